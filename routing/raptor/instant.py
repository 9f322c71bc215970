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

from typing import NamedTuple

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.raptor.arrays import FAR
from routing.raptor.jit import kernel
from routing.raptor.rounds import (
    EVENTS,
    MEET,
    TAILS,
    TURNS,
    Best,
    Goal,
    Side,
    foremost,
    mark_ends,
    nearest_s,
    one_round,
    seed,
    set_limits,
    unmark,
    unmark_ends,
    work,
    write_results,
)


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
    """Bits `EVENTS`, `TAILS`, `MEET`."""


@kernel
def search_turn(
    side: Side, other: Side, terms: Terms, best: Best, start_s: int, until_s: int, settled: int,
    cap: int,
) -> None:  # fmt: skip
    """
    Find what ends before those of `best` for who leaves at `start_s`, with at most `cap` rides.

    What can be done with `settled` rides is known. `best.found_s` says what was found.
    """
    unit, minute, top = terms.unit, terms.minute, terms.top
    nodes = np.int64(side.rides.board_start.size - 1)
    width = np.int64(best.end_s.size)
    held = width * nodes
    here, there = side.labels, other.labels
    infinity = 65535 if here.raw.itemsize == 2 else FAR
    events = terms.switches & EVENTS != 0
    patience = 0 if terms.switches & TAILS != 0 else FAR
    limit = np.empty(width, np.int64)
    deadline_s = set_limits(side, best, limit, until_s, settled, unit, events)
    best.found_s[:] = -1
    here.raw[held : held + nodes] = infinity
    here.ready[held : held + nodes] = infinity
    gate = np.array([FAR, 0], np.int64)
    goal = Goal(
        minute, cap, limit, gate,
        there.raw[held : held + nodes], there.ready[held : held + nodes], top, patience,
    )  # fmt: skip
    count = seed(side, start_s, unit, held, 1)
    back_limit = np.full(width, top - (start_s + nearest_s(side.starts)) // unit, np.int64)
    back_gate = np.array([FAR, 0], np.int64)
    back_goal = Goal(
        minute, cap, back_limit, back_gate,
        here.raw[held : held + nodes], here.ready[held : held + nodes], top, patience,
    )  # fmt: skip
    back_count = 0
    if terms.switches & MEET != 0:
        there.raw[held : held + nodes] = infinity
        there.ready[held : held + nodes] = infinity
        back_count = seed(other, top * unit - deadline_s, unit, held, 1)
    ride, back_ride = np.int64(0), np.int64(0)
    while count > 0 and ride < cap:
        if (
            back_count > 0
            and ride + back_ride + 1 < cap
            and work(other, back_count) <= work(side, count)
        ):
            back_ride += 1
            back_count = one_round(
                other, back_goal, best, unit, until_s, events, back_count, back_ride, held, 1
            )
            gate[0] = top - foremost(other, side, minute, back_count) + terms.loose
            gate[1] = back_ride + 1
            continue
        ride += 1
        count = one_round(side, goal, best, unit, until_s, events, count, ride, held, 1)
        back_gate[0] = top - foremost(side, other, minute, count) + terms.loose
        back_gate[1] = ride + 1
    unmark(here, count)
    unmark(there, back_count)


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
    width = best_s.size
    best = Best(
        best_s, np.empty(width, np.int64), np.empty(width, np.int64), np.empty(width, np.int64)
    )
    terms = Terms(unit, minute, top, loose, switches)
    until_s = start_s + most_s
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
        search_turn(side, other, terms, best, start_s, until_s, settled, cap)
        results = write_results(
            side, best, start_s, best_s[settled], cap, False, results, out, legs
        )
        settled = cap
    unmark_ends(side)
    return results
