"""
The search for one departure: few rides first, and from both sides.

Each turn of the search allows more rides; as soon as an end is known, all. What the turn before
has found is the deadline of the next: only what arrives earlier is of interest. So a second search
runs from the end against the direction of travel, from the deadline on, and both lower what the
other must look at:

    start ●──round 1──●──round 2──●        ?        ●──round 1──● end
          ready: the earliest               arrives in time: the latest

A label of one side that does not meet the labels of the other (earlier than the latest of them)
can help only somebody who needs still more rides. Those must come past the outermost labels of
the other side, and that gives a limit that knows the waiting on both sides (`gate`). The side
that has less to do makes the next round. When no label is left on one side, nothing better
exists. When the sides meet, something does, with as many rides as both have made and with no
fewer: so the rest of the turn allows no more, and the next one begins with that deadline. (On a
way that arrives in time the sides never part, and others would come through the gate with it.)
(Bidirectional search with pruning by bounds, as A* on both sides, in rounds of RAPTOR.)
"""

from typing import NamedTuple

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.kernel.arrays import FAR, Labels, Times
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
from routing.raptor.results import write_results
from routing.raptor.rounds import foremost, forget, met_rides, one_round, seed, unmark, work


class Terms(NamedTuple):
    """What holds for all turns of a search."""

    unit: int
    """Seconds of a unit of the view."""
    minute: int
    """Units of a minute."""
    top: int
    """The other side's time counts down from here, in units."""
    loose: int
    """By how many units two bounds may miss the triangle inequality."""
    switches: int
    """Bits `EVENTS`, `TAILS`, `MEET`, `ROUNDS`."""


@kernel
def meets(labels: Labels, others: Times, top: int, count: int) -> bool:
    """Return whether somebody at a marked node is early enough for the labels of the other side."""
    for x in range(count):
        node = np.int64(labels.marked[x])
        if np.int64(labels.fresh[node]) + np.int64(others[node]) <= top:
            return True
    return False


@kernel
def with_rides(goal: Goal, most: int) -> Goal:
    """Return the goal for at most so many rides."""
    met = most if goal.met_rides < FAR else goal.met_rides
    return Goal(
        goal.minute, most, goal.limit, goal.gate, goal.met_raw, goal.met_ready, goal.line_round,
        goal.raw_round, goal.ready_round, met, goal.top, goal.patience,
    )  # fmt: skip


@kernel
def search_turn(
    side: Side, other: Side, terms: Terms, best: Best, start_s: int, until_s: int, settled: int,
    cap: int,
) -> int:  # fmt: skip
    """
    Find what ends before those of `best` for who leaves at `start_s`, with at most `cap` rides.

    What can be done with `settled` rides is known. `best.found_s` says what was found. Returns
    with how many rides all is known now: those of the first end that is found, else `cap`.
    """
    unit, minute, top = terms.unit, terms.minute, terms.top
    nodes = np.int64(side.rides.board_start.size - 1)
    width = np.int64(best.end_s.size)
    held = width * nodes
    here, there = side.labels, other.labels
    events = terms.switches & EVENTS != 0
    patience = 0 if terms.switches & TAILS != 0 else FAR
    limit = np.empty(width, np.int64)
    deadline_s = set_limits(side, best, limit, until_s, settled, unit, events)
    best.found_s[:] = -1
    forget(here, held, held + nodes)
    gate = np.array([FAR, 0], np.int64)
    goal = Goal(
        minute, cap, limit, gate,
        there.raw[held : held + nodes], there.ready[held : held + nodes],
        there.line_round, there.raw_round, there.ready_round, met_rides(terms.switches, cap), top,
        patience,
    )  # fmt: skip
    count = seed(side, start_s, unit, held, 1)
    back_limit = np.full(width, top - (start_s + nearest_s(side.starts)) // unit, np.int64)
    back_gate = np.array([FAR, 0], np.int64)
    back_goal = Goal(
        minute, cap, back_limit, back_gate,
        here.raw[held : held + nodes], here.ready[held : held + nodes],
        here.line_round, here.raw_round, here.ready_round, met_rides(terms.switches, cap), top,
        patience,
    )  # fmt: skip
    back_count = 0
    if terms.switches & MEET != 0:
        forget(there, held, held + nodes)
        back_count = seed(other, top * unit - deadline_s, unit, held, 1)
    ride, back_ride, most = np.int64(0), np.int64(0), np.int64(cap)
    while count > 0 and ride < most:
        if (
            back_count > 0
            and ride + back_ride + 1 < most
            and work(other, back_count) <= work(side, count)
        ):
            back_ride += 1
            back_count = one_round(
                other, back_goal, best, unit, until_s, events, back_count, back_ride, held, 1
            )
            gate[0] = top - foremost(other, side, minute, back_count) + terms.loose
            gate[1] = back_ride + 1
            met = meets(there, here.raw[held : held + nodes], top, back_count)
        else:
            ride += 1
            count = one_round(side, goal, best, unit, until_s, events, count, ride, held, 1)
            back_gate[0] = top - foremost(side, other, minute, count) + terms.loose
            back_gate[1] = ride + 1
            if best.found_s[ride] >= 0:
                break
            met = meets(here, there.raw[held : held + nodes], top, count)
        if met and terms.switches & MEET != 0:
            # So many rides do it; fewer do not, or the two would have met before.
            most = min(most, max(ride + back_ride, np.int64(settled) + 1))
            goal = with_rides(goal, most)
            back_goal = with_rides(back_goal, most)
    unmark(here, count)
    unmark(there, back_count)
    return ride if best.found_s[ride] >= 0 else most


@kernel
def search_instant(
    side: Side, other: Side, start_s: int, caps: Int64s, unit: int, minute: int, top: int,
    most_s: int, settled: int, best_s: Int64s, loose: int, switches: int, out: Int64s,
    legs: Int32s,
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
        settled: With so many rides nothing is to be found.
        best_s: Of k: only ends before this one are found with at most k rides.
        loose: By how many units two bounds may miss the triangle inequality.
        switches: Bits `EVENTS`, `TAILS`, `MEET`, `ROUNDS`.
        out: Results and their rides, as `write_results` leaves them.
        legs: See `out`.

    """
    width = best_s.size
    best = Best(
        best_s, np.empty(width, np.int64), np.empty(width, np.int64), np.empty(width, np.int64)
    )
    terms = Terms(unit, minute, top, loose, switches)
    until_s = start_s + most_s
    mark_ends(side)
    results, turn = 0, 0
    settled = np.int64(settled)
    while turn < caps.size:
        if best_s[settled] <= until_s:
            # A deadline is known: the last turn can do the rest.
            turn = caps.size - 1
        cap = np.int64(caps[turn])
        reached = search_turn(side, other, terms, best, start_s, until_s, settled, cap)
        results = write_results(
            side, best, start_s, best_s[settled], reached, False, results, out, legs
        )
        settled = np.int64(reached)
        if settled == cap:
            turn += 1
    unmark_ends(side)
    return results
