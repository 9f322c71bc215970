"""The stops of a leg, written out only where somebody looks at them."""

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from routing.model import StopCall


class Calls(Sequence[StopCall]):
    """
    The calls of a leg, each made when it is read.

    Equal to any sequence of the same calls. Searches compare journeys by times and vehicles, which
    the legs hold; only who shows a leg wants names and places of its stops.
    """

    __slots__ = ("_all", "_call", "_count")

    def __init__(self, count: int, call: Callable[[int], StopCall]) -> None:
        self._count = count
        self._call = call
        self._all: tuple[StopCall, ...] | None = None

    def _made(self) -> tuple[StopCall, ...]:
        if self._all is None:
            self._all = tuple(map(self._call, range(self._count)))
        return self._all

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> StopCall: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[StopCall, ...]: ...
    def __getitem__(self, at: int | slice) -> StopCall | tuple[StopCall, ...]:
        if self._all is None and at in (0, -1):
            return self._call(0 if at == 0 else self._count - 1)
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
