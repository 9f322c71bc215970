"""
How a few known times become times for every call of a run.

The rules are those of the GTFS Realtime reference ("Trip updates"): a delay runs on to later
calls; a skipped stop does not end it, a call with times of its own and NO_DATA do; calls before
the first known one are unknown, so they keep the timetable's times. What the reference leaves
open: a vehicle cannot travel back in time, so times that are not known give way to known ones
(earlier before them, later after them), and known times that fall are lifted. A known time that
would need a vehicle to have left much before its timetable is lifted as well: drivers wait.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from maas.core.columns import Int64s, UInt8s
from routing.kernel.jit import kernel
from routing.realtime.said import (
    COMES,
    COMES_S,
    LATE,
    LEAVES,
    LEAVES_S,
    NO_DATA,
    RELATION,
    SKIPPED,
    Said,
)

EARLIEST_S: Final = 900
"""A vehicle whose times are not known leaves at most so long before its timetable."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Times of runs in unix seconds, one row a call, one run after another."""

    arrival_s: Int64s
    departure_s: Int64s
    known: UInt8s
    skipped: UInt8s
    lifted: int
    """How many known times were lifted because they fell."""


def propagate(
    start: Int64s,
    arrival_s: Int64s,
    departure_s: Int64s,
    said: Said,
    late: UInt8s,
    delay_s: Int64s,
) -> Progress:
    """
    Return the times of runs whose scheduled times (unix seconds) and updates are given.

    The calls of run x are rows `start[x]` to `start[x + 1]`, and update x is about it. Where
    `late` is 1 the run starts with a delay, where it is 0 the delay at its start is not known.
    """
    arrival, departure = arrival_s.copy(), departure_s.copy()
    known, skipped = np.zeros((2, len(arrival_s)), np.uint8)
    lifted = _propagate(
        start, arrival_s, departure_s, said.first, said.row, said.call, late, delay_s,
        arrival, departure, known, skipped,
    )  # fmt: skip
    return Progress(arrival, departure, known, skipped, int(lifted))


@kernel
def _propagate(
    start: Int64s,
    planned_arrival: Int64s,
    planned_departure: Int64s,
    first: Int64s,
    rows: Int64s,
    calls: Int64s,
    late: UInt8s,
    delays: Int64s,
    arrival: Int64s,
    departure: Int64s,
    known: UInt8s,
    skipped: UInt8s,
) -> int:
    """Lay updates over planned times; rows of run x are `first[x]` to `first[x + 1]`."""
    lifted = 0
    for run in range(start.size - 1):
        delay, follows = delays[run], late[run] != 0
        row, end = first[run], first[run + 1]
        # Before the first update nothing is known.
        begin = start[run] if follows else start[run] + calls[row] if row < end else start[run + 1]
        for call in range(begin, start[run + 1]):
            comes, leaves = 0, 0
            comes_s, leaves_s = np.int64(0), np.int64(0)
            if row < end and start[run] + calls[row] == call:
                relation = rows[row, RELATION]
                comes, comes_s = rows[row, COMES], rows[row, COMES_S]
                leaves, leaves_s = rows[row, LEAVES], rows[row, LEAVES_S]
                row += 1
                if relation == NO_DATA:
                    follows = False
                    continue
                if relation == SKIPPED:
                    skipped[call] = 1
                    comes, leaves = 0, 0
                comes_s += planned_arrival[call] if comes == LATE else 0
                leaves_s += planned_departure[call] if leaves == LATE else 0
            if comes != 0:
                arrival[call] = comes_s
                delay, follows = comes_s - planned_arrival[call], True
            elif follows:
                arrival[call] = planned_arrival[call] + delay
            elif leaves != 0:
                # Only the departure is known: the vehicle is not there later than it leaves.
                arrival[call] = min(planned_arrival[call], leaves_s)
            if leaves != 0:
                departure[call] = leaves_s
                delay, follows = leaves_s - planned_departure[call], True
            elif follows:
                departure[call] = planned_departure[call] + delay
            known[call] = follows
        lifted += _order(start[run], start[run + 1], arrival, departure, known)
    return lifted


@kernel
def _order(begin: int, end: int, arrival: Int64s, departure: Int64s, known: UInt8s) -> int:
    """Make times never fall, unknown ones give way; return how many known ones were lifted."""
    lifted = 0
    first = begin
    while first < end and known[first] == 0:
        first += 1
    # So early that nobody can have left by then: the timetable before it stands.
    drivers_wait = begin < first < end and departure[first - 1] - arrival[first] > EARLIEST_S
    for call in range(first - 1, begin - 1 if not drivers_wait else first - 1, -1):
        later = arrival[call + 1] if call + 1 < end else departure[call]
        departure[call] = min(departure[call], later)
        arrival[call] = min(arrival[call], departure[call])
    for call in range(first, end):
        if call > begin and arrival[call] < departure[call - 1]:
            lifted += known[call]
            arrival[call] = departure[call - 1]
        if departure[call] < arrival[call]:
            lifted += known[call]
            departure[call] = arrival[call]
    return lifted


def lift(arrivals: list[int], departures: list[int], not_before_s: int) -> bool:
    """Make a run leave not before an instant, in place; return whether that changed it."""
    clock, changed = not_before_s, False
    for call in range(len(arrivals)):
        if call > 0 and arrivals[call] < clock:
            arrivals[call], changed = clock, True
        clock = max(clock, arrivals[call])
        if departures[call] < clock:
            departures[call], changed = clock, True
        clock = departures[call]
    return changed
