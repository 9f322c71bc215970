"""
The columns of a view while they are changed.

A vehicle that stays in order among its pattern gets its new times in place; any other goes to a
pattern of its own, and its old row becomes a second copy of its neighbour, so that nothing has to
be moved. The view below stays as it is.
"""

from collections.abc import Mapping

import numpy as np

from maas.core.columns import Bools, Int64s
from routing.kernel.arrays import Times
from routing.kernel.jit import kernel
from routing.realtime.runs import LiveRun, RunKey
from routing.realtime.shown import LiveRows
from routing.realtime.vehicle import Vehicle, Vehicles
from routing.timetable.compile import fifo_patterns
from routing.timetable.live import LiveCalls
from routing.timetable.view import FasterRides, Rows, Shape, View, index_rides, join_shapes


class Patch:
    """Works out one changed view; used once."""

    def __init__(self, view: View) -> None:
        self.arrival = _RoomyTimes(view.rides.arrival)
        self.departure = _RoomyTimes(view.rides.departure)
        self.live: dict[int, LiveCalls | RunKey] = {}
        """What rows show: a run of the overlay, or calls of their own."""
        self._base = view
        self._rows_left = view.rides.rows.copy()
        self._row_run, self._row_day = view.rows.run.copy(), view.rows.day.copy()

    def lay_pattern(
        self, pattern: int, kept: dict[int, Vehicle], gone: set[int]
    ) -> list[list[Vehicle]]:
        """Write a pattern's new times; return the vehicles that need patterns of their own."""
        base = self._base
        first = int(base.rows.start[pattern])
        count = int(base.rides.rows[pattern])
        width = int(base.shape.start[pattern + 1] - base.shape.start[pattern])
        begin = int(base.rides.event_start[pattern])
        span = slice(begin, begin + count * width)
        arrival = self.arrival.times[span].reshape(count, width)
        # Departures lie position by position: seen vehicle by vehicle they are transposed.
        departure = self.departure.times[span].reshape(width, count).T
        for row, vehicle in kept.items():
            arrival[row - first] = _in_units(vehicle.arrival_s, base.unit)
            departure[row - first] = _in_units(vehicle.departure_s, base.unit)
        left = np.ones(count, bool)
        left[[row - first for row in gone]] = False
        moved: list[list[Vehicle]] = []
        if _overtakes(arrival, departure, left):
            # Somebody overtakes: those with new times go to patterns of their own.
            left[[row - first for row in kept]] = False
            moved = _in_order(list(kept.values()))
        else:
            self.live.update({row: v.live for row, v in kept.items() if v.live is not None})
        if not left.any():
            self._rows_left[pattern] = 0
            return moved
        source = _neighbours(left)
        hidden = np.flatnonzero(~left)
        arrival[hidden], departure[hidden] = arrival[source[hidden]], departure[source[hidden]]
        self._row_run[first + hidden] = self._row_run[first + source[hidden]]
        self._row_day[first + hidden] = self._row_day[first + source[hidden]]
        for row in hidden.tolist():
            copied = self.live.get(first + int(source[row]))
            if copied is not None:
                self.live[first + row] = copied
        return moved

    def view(
        self, moved: list[list[Vehicle]], vehicles: Vehicles, runs: Mapping[RunKey, LiveRun]
    ) -> View:
        """
        Return the changed view.

        Args:
            moved: Vehicles that get new patterns, one each group.
            vehicles: Knows which are faster, and new sections.
            runs: Those that rows show.
        """
        base = self._base
        shapes = [base.shape]
        arrivals: list[Int64s] = []
        departures: list[Int64s] = []
        run_of_row, days, counts = [self._row_run], [self._row_day], []
        row = len(self._row_run)
        for group in moved:
            sample = group[0]
            width = len(sample.node)
            shapes.append(
                Shape(
                    np.array([0, width], np.int32),
                    sample.node,
                    sample.flags,
                    sample.section,
                )
            )
            counts.append(len(group))
            run_of_row.append(np.array([vehicle.run for vehicle in group], np.int32))
            days.append(np.array([vehicle.day for vehicle in group], np.int32))
            leaving = np.stack([_in_units(vehicle.departure_s, base.unit) for vehicle in group])
            departures.append(leaving.T.reshape(-1))
            for vehicle in group:
                arrivals.append(_in_units(vehicle.arrival_s, base.unit))
                if vehicle.live is not None:
                    self.live[row] = vehicle.live
                row += 1
        shape = join_shapes(shapes)
        arrival, departure = self.arrival.joined(arrivals), self.departure.joined(departures)
        widths = np.diff(shape.start[len(base.rides.rows) :]).astype(np.int64)
        events = int(base.rides.event_start[-1]) + np.cumsum(widths * np.array(counts, np.int64))
        start = int(base.rows.start[-1]) + np.cumsum(np.array(counts, np.int64))
        rides = index_rides(
            shape.start,
            shape.node,
            shape.flags,
            np.concatenate([self._rows_left, np.array(counts, np.int32)]),
            np.concatenate([base.rides.event_start, events]),
            arrival,
            departure,
            base.timetable.node_count,
        )
        rows = Rows(
            np.concatenate([base.rows.start, start]),
            np.concatenate(run_of_row),
            np.concatenate(days),
        )
        return View(
            base.timetable,
            base.origin_s,
            base.unit,
            shape,
            rows,
            rides,
            sections=vehicles.sections.columns(),
            live=LiveRows(self.live, runs),
            changes=base.changes,
            faster=FasterRides.of(
                [(node, arrives // base.unit, leaves // base.unit)
                 for node, arrives, leaves in vehicles.faster]
            ),
        )  # fmt: skip


class _RoomyTimes:
    """A copy of a column of times, with room for more behind it (which nobody uses: no memory)."""

    def __init__(self, times: Times) -> None:
        size = len(times)
        self._whole: Times = np.empty(size + size // 4 + 4096, times.dtype)
        self.times = self._whole[:size]
        self.times[:] = times

    def joined(self, more: list[Int64s]) -> Times:
        """Return the column with more times after it."""
        if not more:
            return self.times
        tail, size = np.concatenate(more), len(self.times)
        if size + len(tail) > len(self._whole):
            return np.concatenate([self.times, tail.astype(self.times.dtype)])
        self._whole[size : size + len(tail)] = tail
        return self._whole[: size + len(tail)]


@kernel
def _overtakes(arrival: Times, departure: Times, left: Bools) -> bool:
    """Return whether a vehicle is before the one ahead of it; (vehicle, position) each."""
    ahead = -1
    for row in range(left.size):
        if not left[row]:
            continue
        for i in range(arrival.shape[1] if ahead >= 0 else 0):
            if arrival[row, i] < arrival[ahead, i] or departure[row, i] < departure[ahead, i]:
                return True
        ahead = row
    return False


def _in_units(seconds: Int64s, unit: int) -> Int64s:
    """Return axis units; what lies before the axis is held as 0."""
    units: Int64s = np.maximum(seconds, 0) // unit
    return units


def _neighbours(left: Bools) -> Int64s:
    """Return, for each row, the next row that is left, or the last one before it."""
    rows = np.flatnonzero(left)
    at = np.minimum(np.searchsorted(rows, np.arange(len(left))), len(rows) - 1)
    return rows[at].astype(np.int64)


def _in_order(vehicles: list[Vehicle]) -> list[list[Vehicle]]:
    """Return vehicles of one pattern in groups in which none overtakes another."""
    vehicles.sort(key=lambda v: (int(v.departure_s[0]), int(v.arrival_s[-1])))
    size = len(vehicles[0].node)
    pattern = np.empty(len(vehicles), np.int64)
    count = fifo_patterns(
        np.arange(len(vehicles)),
        np.zeros(len(vehicles), np.int64),
        np.arange(len(vehicles) + 1) * size,
        np.concatenate([v.arrival_s for v in vehicles]).astype(np.int32),
        np.concatenate([v.departure_s for v in vehicles]).astype(np.int32),
        pattern,
    )
    return [
        [vehicle for vehicle, own in zip(vehicles, pattern.tolist(), strict=True) if own == group]
        for group in range(count)
    ]
