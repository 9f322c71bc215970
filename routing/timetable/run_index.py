"""Where in a view the run of a trip on a day is."""

import numpy as np

from maas.core.columns import Int64s
from routing.timetable.model import Timetable
from routing.timetable.rows import group_rows

DAYS = 1 << 16


class RunIndex:
    """Finds legs by trip and rows by run and day; built once a view, when messages first come."""

    def __init__(self, timetable: Timetable, row_run: Int64s, row_day: Int64s) -> None:
        runs = timetable.runs
        self._start, self._legs = group_rows(runs.leg_trip, len(timetable.network.trips.id))
        self._size = np.diff(runs.leg_start)
        self._run = np.repeat(np.arange(len(self._size)), self._size)
        keys = row_run * DAYS + row_day
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def legs_of(self, trip: int) -> list[int]:
        """Return the legs (rows of `Runs.leg_*`) that are this trip; several where trains split."""
        legs: list[int] = self._legs[self._start[trip] : self._start[trip + 1]].tolist()
        return legs

    def run_of(self, leg: int) -> int:
        """Return the run that a leg belongs to."""
        return int(self._run[leg])

    def lone_legs(self, trips: Int64s) -> Int64s:
        """Return the leg of each trip that is a run of its own, -1 for trips that are joined."""
        alone = self._start[trips + 1] - self._start[trips] == 1
        leg = np.where(alone, self._legs[np.where(alone, self._start[trips], 0)], -1)
        return np.where((leg >= 0) & (self._size[self._run[leg]] == 1), leg, -1)

    def runs_of(self, legs: Int64s) -> Int64s:
        """Return the run that each leg belongs to."""
        return self._run[legs]

    def rows_of(self, runs: Int64s, days: Int64s) -> Int64s:
        """Return the row of each run on the service day (of its first trip) beside it, or -1."""
        if not len(self._keys):
            return np.full(len(runs), -1, np.int64)
        keys = runs * DAYS + days
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where((days >= 0) & (self._keys[at] == keys), self._order[at], -1)

    def row_of(self, run: int, day: int) -> int:
        """Return the row of the run on this service day (of its first trip), or -1."""
        key = run * DAYS + day
        at = int(np.searchsorted(self._keys, key))
        if day < 0 or at == len(self._keys) or self._keys[at] != key:
            return -1
        return int(self._order[at])
