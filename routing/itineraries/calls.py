"""The stops of a leg, written out only where somebody looks at them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import overload

from routing.model import StopCall


class Calls(Sequence[StopCall]):
    """
    The calls of a ride: first and last are there, those between are made when they are read.

    Equal to any sequence of the same calls. Most journeys of a search are compared by their ends
    only, and a ride has twenty stops between.
    """

    __slots__ = ("_all", "_between", "_count", "_first", "_last")

    def __init__(
        self,
        first: StopCall,
        last: StopCall,
        count: int,
        between: Callable[[], Iterable[StopCall]],
    ) -> None:
        self._first = first
        self._last = last
        self._count = count
        self._between = between
        self._all: tuple[StopCall, ...] | None = None

    def _made(self) -> tuple[StopCall, ...]:
        if self._all is None:
            self._all = (self._first, *self._between(), self._last)
        return self._all

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> StopCall: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[StopCall, ...]: ...
    def __getitem__(self, at: int | slice) -> StopCall | tuple[StopCall, ...]:
        if at == 0:
            return self._first
        if at == -1:
            return self._last
        return self._made()[at]

    def __iter__(self) -> Iterator[StopCall]:
        return iter(self._made())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._made() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._made())

    def __repr__(self) -> str:
        return repr(self._made())

    def __reduce__(self) -> tuple[type[tuple[StopCall, ...]], tuple[tuple[StopCall, ...]]]:
        return tuple, (self._made(),)
