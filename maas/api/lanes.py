"""Long questions wait for each other, and short ones never for long ones."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

MUCH: Final[Mapping[str, float]] = {
    "searchWindow": 6 * 3600,
    "numItineraries": 40,
    "numLegAlternatives": 5,
    "radius": 5_000,
}
"""Beyond these a plain question of 35 ms takes 0.2 s to some seconds (processor time on K)."""
WAITING: Final = 16
PATIENCE_S: Final = 20.0


def is_long(pairs: Iterable[tuple[str, str]]) -> bool:
    """
    Return whether a question asks for so much that its answer may take a second or more.

    Journeys by stops on the way always do: 0.5 to 5 s for five of them on K.
    """
    return any(
        (name in MUCH and _beyond(value, MUCH[name])) or (name == "via" and value.strip() != "")
        for name, value in pairs
    )


def _beyond(text: str, most: float) -> bool:
    try:
        return float(text) > most
    except ValueError:
        return False  # refused at once, which is quick


class Lanes:
    """
    Where questions wait for a thread.

    At most `most` long ones are answered at the same time, so the other threads are free for the
    short ones. At most `waiting` more wait for them, each at most `patience_s`; others are told to
    come again. So neither memory nor the time of an answer grows with how many ask.
    """

    def __init__(
        self, most: int = 1, *, waiting: int = WAITING, patience_s: float = PATIENCE_S
    ) -> None:
        self._free = anyio.Semaphore(most)
        self._room = most + waiting
        self._patience_s = patience_s
        self._inside = 0

    async def run(
        self, answer: Callable[[], Response], busy: Callable[[], Response], *, long: bool
    ) -> Response:
        """Return the answer, or `busy` where it would have to wait for too long."""
        if not long:
            return await run_in_threadpool(answer)
        if self._inside >= self._room:
            return busy()
        self._inside += 1
        try:
            with anyio.move_on_after(self._patience_s) as waited:
                await self._free.acquire()
            if waited.cancelled_caught:
                return busy()
            try:
                return await run_in_threadpool(answer)
            finally:
                self._free.release()
        finally:
            self._inside -= 1
