"""
Vehicles that run at other times and are otherwise as the timetable has them: all at once.

Of two thousand updates nearly all are such. Their times are laid into the columns of a view by one
kernel; whatever is more than a delay (other stops, a cancelled part, an overtaking) is left to
`apply`, run by run.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.kernel.arrays import MAY_ALIGHT, MAY_BOARD, Times
from routing.kernel.jit import kernel
from routing.realtime.runs import LiveRun, RunKey
from routing.timetable.rows import ranges
from routing.timetable.view import View

NONE = 1
"""pickup_type and drop_off_type: not available."""


@dataclass(frozen=True, slots=True)
class Delays:
    """Vehicles of a view with new times; all times in axis seconds, one vehicle after another."""

    row: Int64s
    """Row of the view."""
    leg: Int64s
    """Row of `Runs.leg_*`."""
    pattern: Int64s
    start: Int64s
    """Times of vehicle x are `start[x]` to `start[x + 1]`."""
    arrival_s: Int64s
    departure_s: Int64s
    live: tuple[LiveRun, ...]

    def taken(self, chosen: Int64s) -> "Delays":
        """Return some of them, by their numbers."""
        length = np.diff(self.start)[chosen]
        at = ranges(self.start[:-1][chosen], length)
        start = np.zeros(len(chosen) + 1, np.int64)
        np.cumsum(length, out=start[1:])
        return Delays(
            self.row[chosen], self.leg[chosen], self.pattern[chosen], start,
            self.arrival_s[at], self.departure_s[at],
            tuple(self.live[x] for x in chosen.tolist()),
        )  # fmt: skip


def find_delays(
    view: View, pattern_of_row: Int64s, runs: Mapping[RunKey, LiveRun]
) -> tuple[Delays, dict[RunKey, LiveRun]]:
    """Return the runs of an overlay that only have other times, and those that are left."""
    if not runs or not len(pattern_of_row):
        return no_delays(), dict(runs)
    keys, live = list(runs), list(runs.values())
    table = np.array(keys, np.int64).reshape(-1, 3)
    timetable, index = view.timetable, view.run_index()
    network, legs = timetable.network, timetable.runs
    leg = index.lone_legs(table[:, 0])
    run = index.runs_of(np.maximum(leg, 0))
    day = table[:, 1] - network.first_day.toordinal() - legs.leg_shift[np.maximum(leg, 0)]
    row = np.where(leg >= 0, index.rows_of(run, day), -1)
    first = network.calls.departure_s[network.trips.call_start[table[:, 0]]]
    row[first + legs.offset_s[run] != table[:, 2]] = -1
    pattern = pattern_of_row[np.maximum(row, 0)]
    width = np.diff(view.shape.start)[pattern]
    size = np.array([len(one.stop) for one in live], np.int64)
    cancelled = np.array([one.cancelled for one in live], bool)
    may = np.flatnonzero((row >= 0) & (size == width) & ~cancelled)
    if not len(may):
        return no_delays(), dict(runs)
    start = np.zeros(len(may) + 1, np.int64)
    np.cumsum(size[may], out=start[1:])
    rows = [live[x] for x in may.tolist()]
    same = np.logical_and.reduceat(_as_planned(view, rows, pattern[may], start), start[:-1])
    origin = view.origin_s
    found = Delays(
        row[may], leg[may], pattern[may], start,
        np.concatenate([one.arrival_s for one in rows]) - origin,
        np.concatenate([one.departure_s for one in rows]) - origin,
        tuple(rows),
    ).taken(np.flatnonzero(same))  # fmt: skip
    taken = set(may[same].tolist())
    left = {key: one for x, (key, one) in enumerate(runs.items()) if x not in taken}
    return found, left


def _as_planned(
    view: View, rows: list[LiveRun], pattern: Int64s, start: Int64s
) -> npt.NDArray[np.bool_]:
    """Return, call by call, whether the stop and who may board and leave are the pattern's."""
    shape, nodes = view.shape, view.timetable.nodes
    size = np.diff(start)
    at = ranges(shape.start[pattern].astype(np.int64), size)
    stop = np.concatenate([one.stop for one in rows])
    pickup = np.concatenate([one.pickup for one in rows])
    drop_off = np.concatenate([one.drop_off for one in rows])
    board = np.where(pickup == NONE, 0, MAY_BOARD)
    alight = np.where(drop_off == NONE, 0, MAY_ALIGHT)
    board[start[1:] - 1] = 0
    alight[start[:-1]] = 0
    flags = shape.flags[at] & (MAY_BOARD | MAY_ALIGHT)
    same: npt.NDArray[np.bool_] = (nodes.stop[shape.node[at]] == stop) & (flags == board | alight)
    return same


def no_delays() -> Delays:
    """Return none of them."""
    nothing = np.zeros(0, np.int64)
    return Delays(nothing, nothing, nothing, np.zeros(1, np.int64), nothing, nothing, ())


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
    of its pattern.
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
