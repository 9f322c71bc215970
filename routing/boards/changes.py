"""How long it takes to change, as the search counts it."""

from functools import cached_property

import numpy as np

from routing.model import TransferSettings
from routing.timetable.model import FORBIDDEN, Timetable

Walks = dict[int, int]
"""Stops, each with the seconds to walk there."""

USUAL_S = 120


class Changes:
    """Change times at stops and walks between stops, as compiled; the usual where nothing is."""

    def __init__(self, timetable: Timetable | None) -> None:
        self._timetable = timetable
        self._own: dict[int, int] = {}

    def seconds(self, stop: int, settings: TransferSettings) -> int:
        """Return how long a change between two vehicles at one stop takes."""
        own = self._own.get(stop)
        if own is None:
            own = self._own[stop] = self._published(stop)
        return settled(own, settings)

    def _published(self, stop: int) -> int:
        if self._timetable is None:
            return USUAL_S
        nodes = self._timetable.nodes
        found = nodes.of_stop[int(nodes.of_stop_start[stop]) : nodes.of_stop_start[stop + 1]]
        times = np.asarray(nodes.change_s)[found]
        times = times[times < FORBIDDEN]
        return int(times.min()) if len(times) else USUAL_S

    def walks_from(self, stop: int) -> Walks:
        """Return the stops that are reached on foot from a stop."""
        return {} if self._timetable is None else self._walks(stop, self._starts, self._ends)

    def walks_to(self, stop: int) -> Walks:
        """Return the stops from which a stop is reached on foot."""
        return {} if self._timetable is None else self._walks(stop, self._ends, self._starts)

    def onward(self, stop: int, settings: TransferSettings) -> Walks:
        """Return where one can board after getting off at a stop, with the time it takes."""
        reach = {other: settled(took, settings) for other, took in self.walks_from(stop).items()}
        reach[stop] = self.seconds(stop, settings)
        return reach

    def toward(self, stop: int, settings: TransferSettings) -> Walks:
        """Return where one can get off to board at a stop, with the time it takes."""
        reach = {other: settled(took, settings) for other, took in self.walks_to(stop).items()}
        reach[stop] = self.seconds(stop, settings)
        return reach

    def _walks(self, stop: int, near: "Column", far: "Column") -> Walks:
        assert self._timetable is not None
        stops, order = near
        low, high = np.searchsorted(stops[order], [stop, stop + 1])
        rows = order[low:high]
        seconds = np.asarray(self._timetable.nodes.walk_s)[rows]
        reach: Walks = {}
        for other, took in zip(far[0][rows].tolist(), seconds.tolist(), strict=True):
            if other != stop:
                reach[other] = min(took, reach.get(other, took))
        return reach

    @cached_property
    def _starts(self) -> "Column":
        assert self._timetable is not None
        nodes = self._timetable.nodes
        start = np.asarray(nodes.walk_start)
        source = np.repeat(np.arange(len(start) - 1), start[1:] - start[:-1])
        return _sorted(np.asarray(nodes.stop)[source].astype(np.int64))

    @cached_property
    def _ends(self) -> "Column":
        assert self._timetable is not None
        nodes = self._timetable.nodes
        return _sorted(np.asarray(nodes.stop)[np.asarray(nodes.walk_to)].astype(np.int64))


Column = tuple[
    "np.ndarray[tuple[int], np.dtype[np.int64]]", "np.ndarray[tuple[int], np.dtype[np.int64]]"
]
"""A stop for every walk, and the order that sorts them."""


def _sorted(stops: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Column:
    return stops, np.argsort(stops, kind="stable").astype(np.int64)


def settled(seconds: int, settings: TransferSettings) -> int:
    """Return a change time under the traveller's settings."""
    return int(max(settings.minimum_s, seconds * settings.factor)) + settings.additional_s
