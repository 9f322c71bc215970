"""Where in a view the run of a trip on a day is."""

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.kernel.jit import kernel
from routing.timetable.model import Timetable


class RunIndex:
    """Finds legs by trip and rows by run and day; built once a view, when messages first come."""

    def __init__(self, timetable: Timetable, row_run: Int32s, row_day: Int32s) -> None:
        runs = timetable.runs
        self._size = np.diff(runs.leg_start)
        self._run = np.repeat(np.arange(len(self._size)), self._size)
        self._leg_start, self._legs = _grouped(runs.leg_trip, len(timetable.network.trips.id))
        self._row_start, self._rows = _grouped(row_run, len(self._size))
        self._day = row_day

    def legs_of(self, trip: int) -> list[int]:
        """Return the legs (rows of `Runs.leg_*`) that are this trip; several where trains split."""
        legs: list[int] = self._legs[self._leg_start[trip] : self._leg_start[trip + 1]].tolist()
        return legs

    def run_of(self, leg: int) -> int:
        """Return the run that a leg belongs to."""
        return int(self._run[leg])

    def lone_legs(self, trips: Int64s) -> Int64s:
        """Return the leg of each trip that is a run of its own, -1 for trips that are joined."""
        alone = self._leg_start[trips + 1] - self._leg_start[trips] == 1
        leg = np.where(alone, self._legs[np.where(alone, self._leg_start[trips], 0)], -1)
        return np.where((leg >= 0) & (self._size[self._run[leg]] == 1), leg, -1)

    def runs_of(self, legs: Int64s) -> Int64s:
        """Return the run that each leg belongs to."""
        return self._run[legs]

    def rows_of(self, runs: Int64s, days: Int64s) -> Int64s:
        """Return the row of each run on the service day (of its first trip) beside it, or -1."""
        found = np.empty(len(runs), np.int64)
        _find_rows(runs, days, self._row_start, self._rows, self._day, found)
        return found

    def row_of(self, run: int, day: int) -> int:
        """Return the row of the run on this service day (of its first trip), or -1."""
        return int(self.rows_of(np.array([run], np.int64), np.array([day], np.int64))[0])


@kernel
def _grouped(key: Int32s, groups: int) -> tuple[Int32s, Int32s]:
    """Return (start, rows): rows of group g are `rows[start[g]:start[g + 1]]`; no key is -1."""
    start = np.zeros(groups + 1, np.int32)
    for row in range(key.size):
        if key[row] >= 0:
            start[key[row] + 1] += 1
    for group in range(groups):
        start[group + 1] += start[group]
    rows = np.empty(start[groups], np.int32)
    end = start[:-1].copy()
    for row in range(key.size):
        if key[row] >= 0:
            rows[end[key[row]]] = row
            end[key[row]] += 1
    return start, rows


@kernel
def _find_rows(
    runs: Int64s, days: Int64s, start: Int32s, rows: Int32s, day: Int32s, found: Int64s
) -> None:
    for x in range(runs.size):
        found[x] = -1
        for at in range(start[runs[x]], start[runs[x] + 1]):
            if day[rows[at]] == days[x]:
                found[x] = rows[at]
                break
