"""
What updates say of the stops of their runs, as a table, and which call each row means.

A call is found by its number and by its stop. The stop is the surer of the two, since numbers are
often changed: but a stop that the trip does not have, and that is near the call of the number,
stands for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from maas.core.live import Moment, StopRelation, StopUpdate
from routing.kernel.jit import kernel
from routing.realtime.index import NetworkIndex
from routing.timetable.rows import ranges

SEQUENCE, STOP, ASSIGNED, RELATION, COMES, COMES_S, LEAVES, LEAVES_S, PICKUP, DROP_OFF = range(10)
"""Columns of the table; -1 where an update does not say, or where nobody knows such a stop."""
UNNAMED: Final = -2
"""In place of a stop: the update names none."""
NO_DATA: Final = 1
SKIPPED: Final = 2
"""Relations; 0 is the usual one."""
AT: Final = 1
LATE: Final = 2
"""Kinds of a moment: an instant (unix seconds) or a delay; 0 is none."""
NOT_ON_TRIP: Final = -1
OUT_OF_ORDER: Final = -2
NOT_ASKED: Final = -3
"""In place of a call; the last where an update means no run, or takes the whole of it away."""
_RELATIONS: Final = {StopRelation.NO_DATA: NO_DATA, StopRelation.SKIPPED: SKIPPED}
_NEAR: Final = 1
_SAME: Final = 2


@dataclass(frozen=True, slots=True)
class Said:
    """What updates say of calls: rows of update x are `first[x]` to `first[x + 1]`."""

    first: Int64s
    row: Int64s
    """Columns as named above."""
    call: Int64s
    """Which call of the update's trip it is, or why none."""

    def found(self) -> Int64s:
        """Return how many calls of each update were found."""
        return np.diff(np.concatenate(([0], np.cumsum(self.call >= 0)))[self.first])

    def of(self, updates: Int64s) -> "Said":
        """Return what some updates say of calls that were found; -1 is an update of no rows."""
        size = np.where(updates >= 0, np.diff(self.first)[np.maximum(updates, 0)], 0)
        at = ranges(self.first[np.maximum(updates, 0)], size)
        found = self.call[at] >= 0
        first = np.zeros(len(updates) + 1, np.int64)
        first[1:] = np.concatenate(([0], np.cumsum(found)))[np.cumsum(size)]
        return Said(first, self.row[at[found]], self.call[at[found]])


NOTHING_SAID: Final = Said(
    np.zeros(2, np.int64), np.zeros((0, 10), np.int64), np.zeros(0, np.int64)
)


def said_row(row: StopUpdate, stop: Callable[[str], int]) -> tuple[int, ...]:
    """Return a row of the table; `stop` knows the stops of the feed."""
    named, assigned, relation = row.stop_id, row.assigned_stop_id, row.relation
    return (
        -1 if row.sequence is None else row.sequence,
        stop(named) if named else UNNAMED,
        stop(assigned) if assigned else UNNAMED,
        0 if relation is StopRelation.SCHEDULED else _RELATIONS.get(relation, 0),
        *_moment(row.arrival),
        *_moment(row.departure),
        -1 if row.pickup is None else row.pickup,
        -1 if row.drop_off is None else row.drop_off,
    )


def said_of(index: NetworkIndex, trip: Int64s, stops: Sequence[int], table: Int64s) -> Said:
    """
    Return what updates say of calls.

    Args:
        index: The network.
        trip: The trip that each update means, -1 where it means none.
        stops: How many rows each update has.
        table: The rows.
    """
    network = index.network
    first = np.zeros(len(trip) + 1, np.int64)
    np.cumsum(stops, out=first[1:])
    start, calls = network.trips.call_start, network.calls
    counted, call = np.empty((2, len(table)), np.int64)
    _number_calls(trip, first, table, start, calls.sequence, counted)
    place = np.zeros(len(table), np.uint8)
    stop = table[:, STOP]
    both = np.flatnonzero((counted >= 0) & (stop >= 0))
    there = calls.stop[counted[both]]
    alike = stop[both] == there
    place[both[alike]] = _SAME
    both, there = both[~alike], there[~alike]
    if len(both):
        same = index.same_spots(stop[both], there)
        place[both] = np.where(same, _SAME, np.where(index.near(stop[both], there), _NEAR, 0))
    _find_calls(trip, first, table, counted, place, start, calls.stop, call)
    return Said(first, table, call)


def _moment(moment: Moment | None) -> tuple[int, int]:
    """Return its kind (0 where there is none) and its seconds."""
    if moment is None:
        return 0, 0
    if moment.unix_s is not None:
        return AT, moment.unix_s
    return LATE, moment.delay_s or 0


@kernel
def _number_calls(
    trip: Int64s,
    first: Int64s,
    table: Int64s,
    call_start: Int64s,
    sequence: Int32s,
    counted: Int64s,
) -> None:
    """Write which row of the network's calls has the number that is said, which rise; else -1."""
    for x in range(trip.size):
        for row in range(first[x], first[x + 1]):
            counted[row] = -1
            wanted = table[row, SEQUENCE]
            if trip[x] < 0 or wanted < 0:
                continue
            low, high = call_start[trip[x]], call_start[trip[x] + 1]
            end = high
            while low < high:
                middle = (low + high) // 2
                if sequence[middle] < wanted:
                    low = middle + 1
                else:
                    high = middle
            if low < end and sequence[low] == wanted:
                counted[row] = low


@kernel
def _find_calls(
    trip: Int64s,
    first: Int64s,
    table: Int64s,
    counted: Int64s,
    place: UInt8s,
    call_start: Int64s,
    stops: Int32s,
    call: Int64s,
) -> None:
    """Write which call each row means; they must rise along the trip."""
    for x in range(trip.size):
        last = np.int64(-1)
        for row in range(first[x], first[x + 1]):
            call[row] = NOT_ON_TRIP if trip[x] >= 0 else NOT_ASKED
            if trip[x] < 0:
                continue
            begin, end = call_start[trip[x]], call_start[trip[x] + 1]
            found = counted[row] - begin if counted[row] >= 0 else np.int64(-1)
            stop = table[row, STOP]
            if stop >= 0 and place[row] != _SAME:
                found, elsewhere = np.int64(-1), False
                for at in range(begin, end):
                    if stops[at] == stop:
                        elsewhere = True
                        if at - begin > last:
                            found = at - begin
                            break
                if found < 0 and place[row] == _NEAR and not elsewhere:
                    found = counted[row] - begin
            if found < 0:
                continue
            if found <= last:
                call[row] = OUT_OF_ORDER
                continue
            call[row] = found
            last = found
