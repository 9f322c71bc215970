"""
Long work beside the outbox: building a network takes longer than a job may hold its row.

The outbox row stays the truth: its handler starts the work in a thread of its own, waits by
`RetryLater`, and is done when the work is. A process that dies leaves the row, and the work starts
again elsewhere; so it must be repeatable.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Lock

from maas.db.outbox import RetryLater

LOOK_AGAIN = timedelta(milliseconds=500)


class Workshop:
    """One piece of long work after the other."""

    def __init__(self, *, beside: bool = True) -> None:
        """
        Make a workshop.

        Args:
            beside: Work in a thread of its own; False where the caller is a worker process that
                may as well do it itself.
        """
        self._beside = beside
        self._pool = ThreadPoolExecutor(1, "workshop")
        self._running: dict[str, Future[None]] = {}
        self._lock = Lock()

    def do(self, key: str, work: Callable[[], None]) -> None:
        """
        Return when the work with this key is done, which may need several calls.

        Raises:
            RetryLater: It is not done yet.
            Exception: What the work raised; the next call starts it again.
        """
        if not self._beside:
            work()
            return
        with self._lock:
            running = self._running.get(key)
            if running is None:
                self._running[key] = self._pool.submit(work)
                raise RetryLater("started", LOOK_AGAIN)
            if not running.done():
                raise RetryLater("at work", LOOK_AGAIN)
            del self._running[key]
        running.result()

    def close(self) -> None:
        """Start nothing more; what is at work ends with the process at the latest."""
        self._pool.shutdown(wait=False, cancel_futures=True)
