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
        size = np.diff(runs.leg_start)
        self._run = np.repeat(np.arange(len(size)), size)
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

    def row_of(self, run: int, day: int) -> int:
        """Return the row of the run on this service day (of its first trip), or -1."""
        key = run * DAYS + day
        at = int(np.searchsorted(self._keys, key))
        if day < 0 or at == len(self._keys) or self._keys[at] != key:
            return -1
        return int(self._order[at])
