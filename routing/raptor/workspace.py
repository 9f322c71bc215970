"""The arrays that searches write into: kept and reused, one set a thread."""

import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.kernel.arrays import FAR, Labels, Rides
from routing.raptor.layered import More

MOST_RESULTS = 4096
MOST_RIDES = 33
"""More than any query allows (`planner.MOST_TRANSFERS`)."""
MOST_EVENTS = 1 << 18


@dataclass(slots=True)
class Workspace:
    """The working arrays of one thread."""

    labels: dict[tuple[type, bool], Labels] = field(default_factory=dict)
    events: Int64s = field(default_factory=lambda: np.empty(MOST_EVENTS, np.int64))
    out: Int64s = field(default_factory=lambda: np.empty((MOST_RESULTS + 1, 5), np.int64))
    more: More = field(default_factory=lambda: More(np.zeros(0, np.uint8), np.zeros(0, np.int32)))
    legs: Int32s = field(default_factory=lambda: np.empty((MOST_RESULTS, 10, 4), np.int32))

    back_out: Int64s = field(default_factory=lambda: np.empty((MOST_RIDES + 1, 5), np.int64))
    back_legs: Int32s = field(
        default_factory=lambda: np.empty((MOST_RIDES + 1, MOST_RIDES + 1, 4), np.int32)
    )
    """Results of one step of `successive.py`: at most one with each number of rides."""

    def legs_for(self, width: int) -> Int32s:
        """Return room for the rides of every result."""
        if self.legs.shape[1] < width + 1:
            self.legs = np.empty((MOST_RESULTS, width + 1, 4), np.int32)
        return self.legs

    def more_for(self, size: int) -> More:
        """Return what layered labels need beyond the others."""
        if len(self.more.alight_event) < size:
            self.more = More(np.zeros(size, np.uint8), np.zeros(size, np.int32))
        return self.more

    def labels_for(self, rides: Rides, nodes: int, width: int, *, back: bool = False) -> Labels:
        """
        Return labels with room for `width` rounds and the best of all.

        `back` names a second set, for the search from the other side. Every search leaves `fresh`
        infinite, `first` and `leave` -1 and `flag` 0, as it found them.
        """
        kind = rides.arrival.dtype.type
        size = nodes * (width + 1)
        labels = self.labels.get((kind, back))
        if (
            labels is None
            or len(labels.raw) < size
            # Many rounds of few nodes take as much as few rounds of many, but not as many marks.
            or len(labels.flag) < nodes
            or len(labels.first) < len(rides.rows)
        ):
            times: Any = kind
            size = max(size, len(labels.raw) if labels is not None else 0)
            spots = max(nodes, len(labels.flag) if labels is not None else 0)
            patterns = max(len(rides.rows), len(labels.first) if labels is not None else 0)
            labels = Labels(
                np.zeros(size, times),
                np.zeros(size, times),
                np.zeros(size, np.int32),
                np.zeros(size, np.int32),
                np.full(spots, 65_535 if kind is np.uint16 else FAR, times),
                np.full(patterns, -1, np.int32),
                np.zeros(patterns, np.int32),
                np.full(patterns, -1, np.int32),
                np.zeros(patterns, np.int32),
                np.zeros(patterns, np.int32),
                np.zeros(spots, np.int32),
                np.zeros(spots, np.int32),
                np.zeros(patterns, np.uint8),
                np.zeros(spots, np.uint8),
                np.zeros(spots, np.uint8),
                np.zeros(spots, np.uint8),
            )
            self.labels[kind, back] = labels
        return labels


_threads = threading.local()


def workspace() -> Workspace:
    """Return the working arrays of the calling thread."""
    found: Workspace | None = getattr(_threads, "workspace", None)
    if found is None:
        found = Workspace()
        _threads.workspace = found
    return found
