"""
The search for one departure: few rides first, and from both sides.

Each turn of the search allows more rides. What the turn before has found is the deadline of the
next: only what arrives earlier is of interest. So a second search runs from the end against the
direction of travel, from the deadline on, and both lower what the other must look at:

    start ●──round 1──●──round 2──●        ?        ●──round 1──● end
          ready: the earliest               arrives in time: the latest

A label of one side that does not meet the labels of the other (earlier than the latest of them)
can help only somebody who needs still more rides. Those must come past the outermost labels of
the other side, and that gives a limit that knows the waiting on both sides (`gate`). The side
that has less to do makes the next round. When no label is left on one side, nothing better
exists. (Bidirectional search with pruning by bounds, as A* on both sides, in rounds of RAPTOR.)
"""

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.raptor.arrays import FAR
from routing.raptor.jit import kernel
from routing.raptor.rounds import (
    Best,
    Goal,
    Side,
    last_end_before,
    mark_ends,
    nearest_s,
    one_round,
    seed,
    unmark,
    unmark_ends,
    write_results,
)

EVENTS, TAILS, MEET = 1, 2, 4
"""Bits of `switches`."""
TURNS = 2
"""So many turns after the first answer allow one ride more each; then all are allowed."""


@kernel
def _work(side: Side, count: int) -> int:
    """Return how many boardings the next round of a side looks at."""
    total = np.int64(0)
    for x in range(count):
        node = side.labels.marked[x]
        total += side.rides.board_start[node + 1] - side.rides.board_start[node]
    return total


@kernel
def _foremost(ahead: Side, behind: Side, minute: int, count: int) -> int:
    """
    Return how little time a side has lost at its outermost labels, as its own start time.

    That is the least of `ready` minus what one needs at least to come there.
    """
    least = np.int64(1) << 40
    for x in range(count):
        node = np.int64(ahead.labels.marked[x])
        came = np.int64(ahead.labels.fresh[node]) - np.int64(behind.time[node]) * minute
        least = min(least, came)
    return least


@kernel
def search_instant(
    side: Side, other: Side, start_s: int, caps: Int64s, unit: int, minute: int, top: int,
    most_s: int, best_s: Int64s, loose: int, switches: int, out: Int64s, legs: Int32s,
) -> int:  # fmt: skip
    """
    Find the complete Pareto set of (end, rides) for who leaves at `start_s`.

    Args:
        side: The search; `other`: the same from its end, where time counts down from `top`.
        other: See `side`.
        start_s: In seconds of the axis.
        caps: How many rides each turn allows, rising; the last holds.
        unit: Seconds of a unit of the view.
        minute: Units of a minute.
        top: See `other`, in units.
        most_s: The longest journey.
        best_s: Of k: only ends before this one are found with at most k rides.
        loose: By how many units two bounds may miss the triangle inequality.
        switches: Bits `EVENTS`, `TAILS`, `MEET`.
        out: Results and their rides, as `write_results` leaves them.
        legs: See `out`.

    """
    nodes = np.int64(side.rides.board_start.size - 1)
    width = np.int64(best_s.size)
    held = width * nodes
    infinity = 65535 if side.labels.raw.itemsize == 2 else FAR
    events = switches & EVENTS != 0
    patience = 0 if switches & TAILS != 0 else FAR
    until_s = start_s + most_s
    nearest = nearest_s(side.ends)
    limit = np.empty(width, np.int64)
    back_limit = np.empty(width, np.int64)
    back_limit[:] = top - (start_s + nearest_s(side.starts)) // unit
    best = Best(
        best_s, np.empty(width, np.int64), np.empty(width, np.int64), np.empty(width, np.int64)
    )
    here, there = side.labels, other.labels
    mark_ends(side)
    results = 0
    settled = np.int64(0)
    known = 0
    for turn in range(caps.size):
        if turn + 1 < caps.size and best_s[settled] <= until_s:
            known += 1
            if known > TURNS:
                # A good deadline is known: the last turn can do the rest.
                continue
        cap = np.int64(caps[turn])
        last_s = np.int64(0)
        for k in range(width):
            if k == 0 or best_s[k] != best_s[k - 1]:
                before = min(best_s[k], until_s + 1)
                last_s = last_end_before(side.rides, side.ends, unit, events, before)
            limit[k] = (last_s - nearest) // unit
        # Answers with fewer rides are known: only what beats them is of interest.
        limit[:settled] = limit[settled]
        best.found_s[:] = -1
        here.raw[held : held + nodes] = infinity
        here.ready[held : held + nodes] = infinity
        gate = np.array([FAR, 0], np.int64)
        goal = Goal(
            minute, cap, limit, gate,
            there.raw[held : held + nodes], there.ready[held : held + nodes], top, patience,
        )  # fmt: skip
        count = seed(side, start_s, unit, held, 1)
        back_gate = np.array([FAR, 0], np.int64)
        back_goal = Goal(
            minute, cap, back_limit, back_gate,
            here.raw[held : held + nodes], here.ready[held : held + nodes], top, patience,
        )  # fmt: skip
        back_count = 0
        if switches & MEET != 0:
            there.raw[held : held + nodes] = infinity
            there.ready[held : held + nodes] = infinity
            back_count = seed(other, top * unit - last_s, unit, held, 1)
        ride, back_ride = np.int64(0), np.int64(0)
        while count > 0 and ride < cap:
            if (
                back_count > 0
                and ride + back_ride + 1 < cap
                and _work(other, back_count) <= _work(side, count)
            ):
                back_ride += 1
                back_count = one_round(
                    other, back_goal, best, unit, until_s, events, back_count, back_ride, held, 1
                )
                gate[0] = top - _foremost(other, side, minute, back_count) + loose
                gate[1] = back_ride + 1
                continue
            ride += 1
            count = one_round(side, goal, best, unit, until_s, events, count, ride, held, 1)
            back_gate[0] = top - _foremost(side, other, minute, count) + loose
            back_gate[1] = ride + 1
        unmark(here, count)
        unmark(there, back_count)
        results = write_results(
            side, best, start_s, best_s[settled], cap, False, results, out, legs
        )
        settled = cap
    unmark_ends(side)
    return results
