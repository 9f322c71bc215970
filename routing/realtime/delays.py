"""
Vehicles that run at other times and are otherwise as the timetable has them: all at once.

Of two thousand updates nearly all are such. Their times are laid into the columns of a view by one
kernel; whatever is more than a delay (other stops, a cancelled part, an overtaking) is left to
`apply`, run by run.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from maas.core.columns import Bools, Int8s, Int32s, Int64s, UInt8s
from routing.kernel.arrays import MAY_ALIGHT, MAY_BOARD, Times
from routing.kernel.jit import kernel
from routing.realtime.run_columns import columns_of
from routing.realtime.runs import LiveRun, RunKey
from routing.timetable.rows import ranges
from routing.timetable.view import View

NONE = 1
"""pickup_type and drop_off_type: not available."""


@dataclass(frozen=True, slots=True)
class Delays:
    """Vehicles of a view with new times; all times in axis seconds, one vehicle after another."""

    key: tuple[RunKey, ...]
    row: Int64s
    """Row of the view."""
    leg: Int64s
    """Row of `Runs.leg_*`."""
    pattern: Int64s
    start: Int64s
    """Times of vehicle x are `start[x]` to `start[x + 1]`."""
    arrival_s: Int64s
    departure_s: Int64s

    def taken(self, chosen: Int64s) -> "Delays":
        """Return some of them, by their numbers, which rise."""
        if len(chosen) == len(self.row):
            return self
        length = np.diff(self.start)[chosen]
        at = ranges(self.start[:-1][chosen], length)
        start = np.zeros(len(chosen) + 1, np.int64)
        np.cumsum(length, out=start[1:])
        return Delays(
            tuple(self.key[x] for x in chosen.tolist()),
            self.row[chosen], self.leg[chosen], self.pattern[chosen], start,
            self.arrival_s[at], self.departure_s[at],
        )  # fmt: skip


def find_delays(
    view: View, pattern_of_row: Int64s, runs: Mapping[RunKey, LiveRun]
) -> tuple[Delays, dict[RunKey, LiveRun]]:
    """Return the runs of an overlay that only have other times, and those that are left."""
    if not runs or not len(pattern_of_row):
        return no_delays(), dict(runs)
    columns = columns_of(runs)
    timetable, index = view.timetable, view.run_index()
    network, legs = timetable.network, timetable.runs
    trip, start_s = columns.key[:, 0], columns.key[:, 2]
    leg = index.lone_legs(trip)
    run = index.runs_of(np.maximum(leg, 0))
    day = columns.key[:, 1] - network.first_day.toordinal() - legs.leg_shift[np.maximum(leg, 0)]
    row = np.where(leg >= 0, index.rows_of(run, day), -1)
    first = network.calls.departure_s[network.trips.call_start[trip]]
    row[first + legs.offset_s[run] != start_s] = -1
    pattern = pattern_of_row[np.maximum(row, 0)]
    late = np.zeros(len(row), bool)
    shape, nodes = view.shape, timetable.nodes
    only_late(
        row, pattern, columns.cancelled, columns.start, columns.stop, columns.pickup,
        columns.drop_off, shape.start, shape.node, shape.flags, nodes.stop, late,
    )  # fmt: skip
    every = Delays(
        tuple(runs), row, leg, pattern, columns.start,
        columns.arrival_s - view.origin_s, columns.departure_s - view.origin_s,
    )  # fmt: skip
    left = [every.key[x] for x in np.flatnonzero(~late).tolist()]
    return every.taken(np.flatnonzero(late)), {key: runs[key] for key in left}


@kernel
def only_late(
    row: Int64s,
    pattern: Int64s,
    cancelled: Bools,
    start: Int64s,
    stop: Int32s,
    pickup: Int8s,
    drop_off: Int8s,
    shape_start: Int32s,
    node: Int32s,
    flags: UInt8s,
    stop_of_node: Int32s,
    late: Bools,
) -> None:
    """Write whether vehicles keep the stops of their patterns, and who may board and leave."""
    for x in range(row.size):
        begin, end = start[x], start[x + 1]
        own = np.int64(shape_start[pattern[x]])
        if row[x] < 0 or cancelled[x] or shape_start[pattern[x] + 1] - own != end - begin:
            continue
        late[x] = True
        for at in range(begin, end):
            may = 0
            if pickup[at] != NONE and at + 1 < end:
                may |= MAY_BOARD
            if drop_off[at] != NONE and at > begin:
                may |= MAY_ALIGHT
            if stop_of_node[node[own]] != stop[at] or flags[own] & (MAY_BOARD | MAY_ALIGHT) != may:
                late[x] = False
                break
            own += 1


def no_delays() -> Delays:
    """Return none of them."""
    nothing = np.zeros(0, np.int64)
    return Delays((), nothing, nothing, nothing, np.zeros(1, np.int64), nothing, nothing)


@kernel
def lay_times(
    row: Int64s,
    pattern: Int64s,
    start: Int64s,
    arrival_s: Int64s,
    departure_s: Int64s,
    first_row: Int64s,
    rows: Int32s,
    event_start: Int64s,
    unit: int,
    arrival: Times,
    departure: Times,
    overtakes: UInt8s,
    faster: UInt8s,
) -> None:
    """
    Write the times of vehicles over those of the timetable, in the columns of a view.

    Times are lifted where they fall along a vehicle. `faster` becomes 1 where a vehicle is quicker
    between two calls than the timetable has it, `overtakes` where it is no longer in the order
    of its pattern. The times of the vehicles are lifted as well.
    """
    for x in range(row.size):
        begin, width = start[x], start[x + 1] - start[x]
        count = np.int64(rows[pattern[x]])
        base = event_start[pattern[x]]
        own = row[x] - first_row[pattern[x]]
        clock, left = np.int64(-(1 << 60)), np.int64(0)
        for i in range(width):
            here, leaves = base + own * width + i, base + i * count + own
            clock = max(clock, np.int64(arrival_s[begin + i]))
            if i > 0:
                usual = (np.int64(arrival[here]) - left) * unit
                if clock - departure_s[begin + i - 1] < usual:
                    faster[x] = 1
            left = np.int64(departure[leaves])
            arrival_s[begin + i] = clock
            arrival[here] = max(clock, np.int64(0)) // unit
            clock = max(clock, np.int64(departure_s[begin + i]))
            departure_s[begin + i] = clock
            departure[leaves] = max(clock, np.int64(0)) // unit
    for x in range(row.size):
        width = start[x + 1] - start[x]
        count = np.int64(rows[pattern[x]])
        base = event_start[pattern[x]]
        own = row[x] - first_row[pattern[x]]
        for i in range(width):
            here = base + own * width + i
            leaves = base + i * count + own
            if own > 0 and (
                arrival[here - width] > arrival[here] or departure[leaves - 1] > departure[leaves]
            ):
                overtakes[x] = 1
            if own + 1 < count and (
                arrival[here + width] < arrival[here] or departure[leaves + 1] < departure[leaves]
            ):
                overtakes[x] = 1
