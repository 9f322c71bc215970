"""What a search from one place to everywhere reached, in columns."""

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from maas.core.columns import Int32s, Int64s, Texts
from routing.model import Reached

_RIDES_BITS = 8


class Reach(Sequence[Reached]):
    """
    The stops that were reached, in the order of the network; each is made when it is read.

    `stop` holds their rows in the network, `seconds` and `rides` what it takes to get there.
    """

    def __init__(self, ids: Texts, stop: Int64s, seconds: Int64s, rides: Int32s) -> None:
        self._ids = ids
        self.stop = stop
        self.seconds = seconds
        self.rides = rides

    @classmethod
    def of_nodes(cls, ids: Texts, stop: Int32s, seconds: Int64s, rides: Int32s) -> "Reach":
        """Return the best of the nodes of each stop; `seconds` is -1 where one is not reached."""
        never = np.iinfo(np.int64).max
        # One number says which of two nodes is the better one: the earlier, then fewer rides.
        worth = seconds << _RIDES_BITS | rides
        worth[seconds < 0] = never
        best = np.full(len(ids), never, np.int64)
        np.minimum.at(best, stop, worth)
        found = np.flatnonzero(best < never)
        worth = best[found]
        return cls(
            ids, found, worth >> _RIDES_BITS, (worth & (1 << _RIDES_BITS) - 1).astype(np.int32)
        )

    def __len__(self) -> int:
        return len(self.stop)

    @overload
    def __getitem__(self, at: int) -> Reached: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Reached, ...]: ...
    def __getitem__(self, at: int | slice) -> Reached | tuple[Reached, ...]:
        if isinstance(at, slice):
            return tuple(self[x] for x in range(*at.indices(len(self))))
        return Reached(self._ids[int(self.stop[at])], int(self.seconds[at]), int(self.rides[at]))

    def __iter__(self) -> Iterator[Reached]:
        columns = (self.stop.tolist(), self.seconds.tolist(), self.rides.tolist())
        for stop, seconds, rides in zip(*columns, strict=True):
            yield Reached(self._ids[stop], seconds, rides)
