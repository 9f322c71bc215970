"""
The search for a window of departures: range RAPTOR, in turns and slices, from both sides.

Within a turn, departures go from the latest to the earliest and labels are kept: an earlier one
matters only where it arrives earlier than all later ones. Each turn allows more rides, as in
`instant.py`; so the next one knows, for every departure, by when it must arrive to better
anything. Departures with the same deadline are a slice:

    departures   ●   ●  ●     ●│ ●    ●  ●│  ●      latest
    deadline     ────10:40─────┴──10:58───┴─11:20   of the turn before

A turn that will hardly find anything asks first whether somebody who leaves with the earliest of a
slice finds something better: that is one search for an instant, and mostly settles the slice. Else
its departures are searched, and from the deadline a second search runs back, no further than to
the earliest departure; it lowers what all of them must look at (`Goal.gate`) and may use as many
boardings as they have used.
"""

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.kernel.arrays import FAR, Ends, Labels, Rides
from routing.kernel.jit import kernel
from routing.raptor.goal import (
    EVENTS,
    MEET,
    TAILS,
    Best,
    Goal,
    Side,
    mark_ends,
    nearest_s,
    set_limits,
    unmark_ends,
)
from routing.raptor.instant import Terms, search_turn
from routing.raptor.results import write_results
from routing.raptor.rounds import TURNS, foremost, forget, met_rides, one_round, seed, unmark, work


@kernel
def departure_events(
    rides: Rides, origins: Ends, unit: int, first_s: int, last_s: int, out: Int64s
) -> int:
    """
    Write when travellers leave an origin to catch something in [first, last]; latest first.

    Returns how many, -1 where they do not fit.
    """
    count = 0
    for x in range(origins.node.size):
        node = origins.node[x]
        offset = np.int64(origins.offset_s[x])
        for e in range(rides.board_start[node], rides.board_start[node + 1]):
            pattern = rides.board_pattern[e]
            rows = np.int64(rides.rows[pattern])
            base = rides.event_start[pattern] + rides.board_position[e] * rows
            for row in range(rows):
                leaves = np.int64(rides.departure[base + row]) * unit - offset
                if leaves >= origins.until_s[x]:
                    leaves = (origins.until_s[x] - 1) // unit * unit
                if first_s <= leaves <= last_s and leaves >= origins.from_s[x]:
                    if count == out.size:
                        return -1
                    out[count] = leaves
                    count += 1
    if count == 0:
        return 0
    out[:count].sort()
    kept = 1
    for x in range(1, count):
        if out[x] != out[kept - 1]:
            out[kept] = out[x]
            kept += 1
    for x in range(kept // 2):
        out[x], out[kept - 1 - x] = out[kept - 1 - x], out[x]
    return kept


@kernel
def no_best(width: int, end_s: int) -> Best:
    """Return that nothing is known before `end_s`."""
    return Best(
        np.full(width, end_s, np.int64), np.full(width, -1, np.int64),
        np.empty(width, np.int64), np.empty(width, np.int64),
    )  # fmt: skip


@kernel
def without_notes(side: Side) -> Side:
    """Return a side that writes no vehicles, so that its labels share rows with another's."""
    x = side.labels
    labels = Labels(
        x.raw, x.ready, x.raw_event[:0], x.ready_from[:0], x.fresh, x.first, x.last, x.leave,
        x.queue, x.caught, x.marked, x.ridden, x.line_round, x.raw_round, x.ready_round, x.flag,
    )  # fmt: skip
    return Side(
        side.rides, side.walks, side.time, side.need, side.onward, side.starts, side.ends, labels
    )  # fmt: skip


@kernel
def search_slice(
    side: Side, other: Side, terms: Terms, most_s: int, best: Best, floor: Best, events: Int64s,
    profile: Int64s, begin: int, end: int, settled: int, cap: int, results: int, out: Int64s,
    legs: Int32s,
) -> tuple[int, int]:  # fmt: skip
    """
    Search departures [begin, end) of one deadline until one arrives earlier.

    Lowers their profile; returns the departure after the last one searched and how many results.
    Nothing in the slice can end before `floor`.
    """
    unit, minute, top = terms.unit, terms.minute, terms.top
    nodes = np.int64(side.rides.board_start.size - 1)
    width = np.int64(best.end_s.size)
    held = width * nodes
    there = other.labels
    use_events = terms.switches & EVENTS != 0
    patience = 0 if terms.switches & TAILS != 0 else FAR
    nearest = nearest_s(side.ends)
    limit = np.empty(width, np.int64)
    until_s = events[begin] + most_s
    for k in range(width):
        best.end_s[k] = min(best.end_s[k], profile[begin])
    deadline_s = set_limits(side, best, limit, until_s, settled, unit, use_events)
    weakest_s = best.end_s[settled + 1]
    gate = np.array([FAR, 0], np.int64)
    goal = Goal(
        minute, cap, limit, gate,
        there.raw[held : held + nodes], there.ready[held : held + nodes],
        there.line_round, there.raw_round, there.ready_round, met_rides(terms.switches, cap), top,
        patience,
    )  # fmt: skip
    back_limit = np.full(width, top - (events[end - 1] + nearest_s(side.starts)) // unit, np.int64)
    back_goal = Goal(
        minute, cap, back_limit, np.array([FAR, 0], np.int64), there.raw[:0], there.raw[:0],
        there.line_round, there.raw_round, there.ready_round, FAR, 0, patience,
    )  # fmt: skip
    back_count = 0
    if terms.switches & MEET != 0:
        forget(there, held, held + nodes)
        back_count = seed(other, top * unit - deadline_s, unit, held, 1)
    back_ride, spent = np.int64(0), np.int64(0)
    x = begin
    better = False
    while x < end and not better:
        until_s = events[x] + most_s
        for k in range(width):
            limit[k] = min(limit[k], (until_s - nearest) // unit)
        best.found_s[:] = -1
        count = seed(side, events[x], unit, 0, cap + 1)
        ride = np.int64(0)
        while count > 0 and ride < cap:
            if back_count > 0:
                spent += work(side, count)
            while back_count > 0 and back_ride + 1 < cap:
                needed = work(other, back_count)
                if needed > spent:
                    break
                spent -= needed
                back_ride += 1
                back_count = one_round(
                    other, back_goal, best, unit, until_s, use_events, back_count, back_ride,
                    held, 1,
                )  # fmt: skip
                gate[0] = top - foremost(other, side, minute, back_count) + terms.loose
                gate[1] = back_ride + 1
            ride += 1
            count = one_round(
                side, goal, best, unit, until_s, use_events, count, ride, ride * nodes,
                cap + 1 - ride,
            )  # fmt: skip
        unmark(side.labels, count)
        results = write_results(
            side, best, events[x], np.int64(1) << 60, cap, True, results, out, legs
        )
        profile[x] = min(profile[x], best.end_s[cap])
        better = best.end_s[settled + 1] < weakest_s
        x += 1
        if (best.end_s[settled + 1 : cap + 1] <= floor.end_s[settled + 1 : cap + 1]).all():
            while x < end:
                profile[x] = min(profile[x], best.end_s[cap])
                x += 1
    unmark(there, back_count)
    return x, results


@kernel
def search_window(
    side: Side, other: Side, events: Int64s, caps: Int64s, unit: int, minute: int, top: int,
    most_s: int, before_s: int, loose: int, switches: int, out: Int64s, legs: Int32s,
) -> int:  # fmt: skip
    """
    Find the complete Pareto set of (departure, end, rides) for the departures in `events`.

    Row k of the labels holds the best with at most k rides over all departures so far.
    Only ends before `before_s` are found. Other arguments and results are those of
    `instant.search_instant`.
    """
    if events.size == 0:
        return 0
    width = np.int64(caps[-1] + 1)
    nodes = np.int64(side.rides.board_start.size - 1)
    terms = Terms(unit, minute, top, loose, switches)
    quiet = without_notes(side)
    profile = np.full(events.size, before_s, np.int64)
    mark_ends(side)
    results = 0
    # Fewer rides than the bound allows lead nowhere.
    settled = np.int64(caps[0] - 1)
    for x in range(side.starts.node.size):
        settled = min(settled, max(np.int64(side.onward[side.starts.node[x]]) - 1, 0))
    known = 0
    for turn in range(caps.size):
        if turn + 1 < caps.size and profile[0] <= events[0] + most_s:
            known += 1
            if known > TURNS:
                continue
        cap = np.int64(caps[turn])
        before = results
        best = no_best(width, before_s)
        floor = no_best(width, -1)
        # Right after the first answers a turn mostly finds better ones; later it rarely does.
        prove = switches & MEET != 0 and known > 1
        fresh = True
        x, floored = 0, 0
        while x < events.size:
            known_s = best.end_s[settled + 1]
            end = x + 1
            while end < events.size and min(profile[end], known_s) == min(profile[x], known_s):
                end += 1
            if prove and x >= floored:
                floored = end
                for k in range(width):
                    floor.end_s[k] = min(best.end_s[k], profile[x])
                reached, better = settled, False
                while reached < cap:
                    reached = search_turn(
                        quiet, other, terms, floor, events[end - 1], events[x] + most_s, reached,
                        cap,
                    )  # fmt: skip
                    better = better or floor.found_s.max() >= 0
                if not better:
                    while x < end:
                        profile[x] = min(profile[x], best.end_s[cap])
                        x += 1
                    continue
            if prove:
                end = min(end, floored)
            if fresh:
                fresh = False
                forget(side.labels, np.int64(0), (cap + 1) * nodes)
            x, results = search_slice(
                side, other, terms, most_s, best, floor, events, profile, x, end, settled, cap,
                results, out, legs,
            )  # fmt: skip
        settled = cap
        if known > 0 and results == before:
            # Where one more ride helped nobody, another seldom does.
            known = TURNS
    unmark_ends(side)
    return results
