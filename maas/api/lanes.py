"""Long questions wait for each other, and short ones never for long ones."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import anyio
from starlette.responses import Response

MUCH: Final[Mapping[str, float]] = {
    "searchWindow": 6 * 3600,
    "numItineraries": 40,
    "numLegAlternatives": 5,
    "radius": 5_000,
    "maxPreTransitTime": 3600,
    "maxPostTransitTime": 3600,
}
"""At these a plain question of 25 ms takes 0.1 s to some seconds (processor time on K)."""
SHARES: Final[Mapping[str, float]] = {"pageCursor": 0.25, "slowDirect": 0.5, "via": 2.0}
"""What asks for much whatever its value: journeys by stops on the way take 0.5 to 5 s on K."""
STREETS: Final = frozenset({"preTransitModes", "postTransitModes"})
LONG_BODY: Final = 50_000
"""Bytes: some 700 stops from which, or to which, the caller has own ways; they take 0.1 s on K."""
WAITING: Final = 16
PATIENCE_S: Final = 20.0


def is_long(pairs: Iterable[tuple[str, str]], body: int = 0) -> bool:
    """
    Return whether a question asks for so much that its answer may take a second or more.

    What it asks for multiplies: 40 itineraries are quick, and so are 5 alternatives, but 5
    alternatives of each of 40 take 3 s. So all that it asks for counts together, each as a share
    of what would be much alone. Who drives to the first stop has thousands to choose from.

    Args:
        pairs: The parameters, as often as they are given.
        body: Bytes that come with them.
    """
    shares = [_share(name, value) for name, value in pairs]
    return sum(shares) > 1 or body > LONG_BODY


def _share(name: str, value: str) -> float:
    if name in MUCH:
        return _number(value) / MUCH[name]
    if name in STREETS:
        return 2.0 if "CAR" in value.upper() else 0.0
    return SHARES.get(name, 0.0) if value.strip() else 0.0


def _number(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0  # refused at once, which is quick


class Lanes:
    """
    Where questions wait for a thread.

    At most `most` long ones are answered at the same time, so the other threads are free for the
    short ones. At most `waiting` more wait for them, each at most `patience_s`; others are told to
    come again. So neither memory nor the time of an answer grows with how many ask.
    """

    def __init__(
        self,
        most: int = 1,
        *,
        threads: int = 4,
        waiting: int = WAITING,
        patience_s: float = PATIENCE_S,
    ) -> None:
        # `anyio` copies contexts and can be cancelled, and takes nearly twice as long for it.
        self._threads = ThreadPoolExecutor(threads)
        self._free = anyio.Semaphore(most)
        self._room = most + waiting
        self._patience_s = patience_s
        self._inside = 0

    async def run(
        self, answer: Callable[[], Response], busy: Callable[[], Response], *, long: bool
    ) -> Response:
        """Return the answer, or `busy` where it would have to wait for too long."""
        if not long:
            return await asyncio.get_running_loop().run_in_executor(self._threads, answer)
        if self._inside >= self._room:
            return busy()
        self._inside += 1
        try:
            with anyio.move_on_after(self._patience_s) as waited:
                await self._free.acquire()
            if waited.cancelled_caught:
                return busy()
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, answer)
            finally:
                self._free.release()
        finally:
            self._inside -= 1
