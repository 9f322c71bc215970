"""
What the rides of journeys are in the timetable: trips, calls, times, and the walks between them.

One kernel reads all of it for all journeys: number by number from Python, each of thirty columns a
ride costs as much as making the leg, and most of them miss the processor's cache.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from maas.core.columns import Int16s, Int32s, Int64s, UInt8s
from routing.kernel.jit import kernel, straight
from routing.raptor.search import Ride, rides_table
from routing.timetable.model import Timetable
from routing.timetable.rows import owned
from routing.timetable.view import View


class RowColumns(NamedTuple):
    """Columns of a view's `Rows` and `Shape`."""

    start: Int64s
    run: Int32s
    day: Int32s
    position: Int32s
    """Positions of pattern p are from row `position[p]` of the next."""
    node: Int32s


class RunColumns(NamedTuple):
    """Columns of `Runs`."""

    zone: Int16s
    offset_s: Int32s
    leg_start: Int64s
    leg_trip: Int32s
    leg_position: Int32s
    leg_end: Int32s
    leg_shift: Int16s


class CallColumns(NamedTuple):
    """Columns of `Trips` and `Calls`."""

    start: Int64s
    route: Int32s
    stop: Int32s
    arrival_s: Int32s
    departure_s: Int32s
    exact: UInt8s


class WalkColumns(NamedTuple):
    """Columns of `Nodes`; the walks of a node are ordered by their time."""

    start: Int32s
    to: Int32s
    seconds: Int32s


class RiddenTrip(NamedTuple):
    """A trip between two of its calls, as one rides it; times are those of its service day."""

    ride: int
    """Which of the rides that were asked for."""
    trip: int
    route: int
    zone: int
    """Row of `Timetable.zones` in which its run counts its days."""
    day: int
    """Service day, counted from the network's first."""
    offset_s: int
    """How much later than published it runs."""
    start_s: int
    """When it leaves its first stop."""
    first_call: int
    """The trip's first row of `Calls` …"""
    board: int
    """… and where one boards and leaves, counted from there."""
    alight: int
    from_stop: int
    to_stop: int
    departure_s: int
    arrival_s: int
    exact: int
    """1 where both times are published as exact."""


@kernel
def _list_trips(
    rides: Int64s, rows: RowColumns, runs: RunColumns, calls: CallColumns, out: Int64s
) -> int:
    """
    Write the fields of `RiddenTrip` for every trip of every ride; return how many there are.

    Vehicles that messages added have none. Of more than `out` has room for the rest is left out.
    """
    count = 0
    for at in range(rides.shape[0]):
        row = rows.start[rides[at, 0]] + rides[at, 1]
        board, alight = rides[at, 2], rides[at, 3]
        run = np.int64(rows.run[row])
        if run < 0:
            continue
        for leg in range(runs.leg_start[run], runs.leg_start[run + 1]):
            position = np.int64(runs.leg_position[leg])
            begin = max(position, board)
            end = min(np.int64(runs.leg_end[leg]), alight)
            if begin >= end and not (begin == end and board == alight):
                continue
            if count < out.shape[0]:
                trip = np.int64(runs.leg_trip[leg])
                first = calls.start[trip]
                begin, end = begin - position, end - position
                one = out[count]
                one[0], one[1], one[2], one[3] = at, trip, calls.route[trip], runs.zone[run]
                one[4] = np.int64(rows.day[row]) + runs.leg_shift[leg]
                one[5], one[6] = runs.offset_s[run], calls.departure_s[first]
                one[7], one[8], one[9] = first, begin, end
                one[10], one[11] = calls.stop[first + begin], calls.stop[first + end]
                one[12], one[13] = calls.departure_s[first + begin], calls.arrival_s[first + end]
                one[14] = calls.exact[first + begin] & calls.exact[first + end]
            count += 1
    return count


@kernel
def _list_walks(rides: Int64s, rows: RowColumns, walks: WalkColumns, seconds: Int64s) -> None:
    """Write how long one walks from each ride to the next, -1 where no walk is known."""
    seconds[:] = -1
    for at in range(rides.shape[0] - 1):
        origin = np.int64(rows.node[rows.position[rides[at, 0]] + rides[at, 3]])
        target = np.int64(rows.node[rows.position[rides[at + 1, 0]] + rides[at + 1, 2]])
        if origin == target:
            continue
        for walk in range(walks.start[origin], walks.start[origin + 1]):
            if walks.to[walk] == target:
                seconds[at] = walks.seconds[walk]
                break


@kernel
def _list_all(
    rides: Int64s, rows: RowColumns, runs: RunColumns, calls: CallColumns, walks: WalkColumns,
    out: Int64s, seconds: Int64s,
) -> int:  # fmt: skip
    """Do both: every call from Python costs some microseconds."""
    _list_walks(rides, rows, walks, seconds)
    return _list_trips(rides, rows, runs, calls, out)


_list_straight = straight(_list_all)


class RiddenColumns:
    """Reads what rides are in a timetable."""

    def __init__(self, timetable: Timetable) -> None:
        runs, nodes = timetable.runs, timetable.nodes
        trips, calls = timetable.network.trips, timetable.network.calls
        self._runs = RunColumns(*(owned(getattr(runs, name)) for name in RunColumns._fields))
        self._calls = CallColumns(
            owned(trips.call_start), owned(trips.route), owned(calls.stop), owned(calls.arrival_s),
            owned(calls.departure_s), owned(calls.exact),
        )  # fmt: skip
        self._walks = WalkColumns(
            owned(nodes.walk_start), owned(nodes.walk_to), owned(nodes.walk_s)
        )

    def of(self, view: View, rides: Sequence[Ride]) -> tuple[list[RiddenTrip], list[int]]:
        """
        Return the trips of the rides by the timetable, and the walk from each ride to the next.

        The walks are in seconds, -1 where the timetable knows none.
        """
        table = rides_table(rides)
        rows = RowColumns(
            view.rows.start, view.rows.run, view.rows.day, view.shape.start, view.shape.node
        )
        walks = np.empty(len(rides), np.int64)
        room = len(rides) + 4
        while True:
            out = np.empty((room, len(RiddenTrip._fields)), np.int64)
            count = _list_straight(
                np.int64, table, rows, self._runs, self._calls, self._walks, out, walks
            )
            if count <= room:
                break
            # Trips that are joined: one ride may be several.
            room = count
        return list(map(RiddenTrip._make, out[:count].tolist())), walks.tolist()
