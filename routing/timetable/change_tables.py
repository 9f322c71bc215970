"""Changes as travellers want them: times between nodes, kept for all views of a timetable."""

from typing import Final

import numpy as np

from maas.core.columns import Int32s
from routing.kernel.arrays import Walks
from routing.model import TransferSettings
from routing.timetable.model import FORBIDDEN, Timetable
from routing.timetable.rows import owned

MOST: Final = 16


class ChangeTables:
    """Makes tables on demand and keeps the last ones. Safe to share between threads."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        self._tables: dict[tuple[bool, int, TransferSettings], Walks] = {}

    def get(self, settings: TransferSettings, unit: int, *, backward: bool) -> Walks:
        """Return the changes in units of so many seconds, with time running backwards or not."""
        key = (backward, unit, settings)
        walks = self._tables.get(key)
        if walks is None:
            walks = self._make(settings, unit, backward=backward)
            while len(self._tables) >= MOST:
                self._tables.pop(next(iter(self._tables)), None)
            self._tables[key] = walks
        return walks

    def _make(self, settings: TransferSettings, unit: int, *, backward: bool) -> Walks:
        nodes = self._timetable.nodes
        change = change_times(nodes.change_s, settings, unit)
        time = change_times(nodes.walk_s, settings, unit)
        if not backward:
            return Walks(change, owned(nodes.walk_start), owned(nodes.walk_to), time)
        count = self._timetable.node_count
        origin = np.repeat(np.arange(count, dtype=np.int32), np.diff(nodes.walk_start))
        order = np.argsort(nodes.walk_to, kind="stable")
        start = np.zeros(count + 1, np.int32)
        np.cumsum(np.bincount(nodes.walk_to, minlength=count), out=start[1:])
        return Walks(change, start, origin[order], time[order])


def change_times(seconds: Int32s, settings: TransferSettings, unit: int) -> Int32s:
    """Return max(minimum, published × factor) + additional, rounded up to the unit."""
    wanted = np.ceil(seconds * settings.factor) if settings.factor != 1.0 else seconds
    total = np.maximum(wanted, settings.minimum_s) + settings.additional_s
    units = -(-total.astype(np.int64) // unit)
    units[seconds >= FORBIDDEN] = FORBIDDEN
    return units.astype(np.int32)
