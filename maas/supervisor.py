"""
Processes that share what their parent holds: forked when all is loaded, renewed when one dies.

Memory that nobody writes is one copy for all. So the parent loads, freezes the garbage collector's
view of it, and does nothing else: it has no threads, opens no connection, answers nobody.
"""

import ctypes
import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType
from typing import Final

log = logging.getLogger(__name__)

SHORT_LIFE_S: Final = 5.0
"""A process that dies sooner is started again only after a pause."""
LONGEST_PAUSE_S: Final = 30.0


class _Ended(BaseException):
    """Somebody asked for the end."""


class Supervisor:
    """
    Runs one process for each task, by name, until SIGTERM or SIGINT.

    A task returns when its process gets SIGTERM. One that ends before is started again; when the
    parent dies, even by SIGKILL, the others notice and end as well.
    """

    def __init__(self, tasks: Mapping[str, Callable[[], None]], *, grace_s: float = 15.0) -> None:
        self._tasks = tasks
        self._grace_s = grace_s
        self._running: dict[int, tuple[str, float]] = {}
        self._pause_s = dict.fromkeys(tasks, 0.0)
        self._alive = os.pipe()
        """Its writing end is open in the parent only, so reading ends when the parent does."""

    def run(self) -> None:
        """Start the processes and keep them running; return when all of them have ended."""
        _return_memory()
        gc.collect()
        gc.freeze()
        before = {number: signal.signal(number, _end) for number in _ENDS}
        try:
            for name in self._tasks:
                self._start(name)
            while True:
                self._renew(*os.wait())
        except _Ended:
            self._stop()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self, name: str) -> None:
        """Fork; the child never returns from here."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
        pid = os.fork()
        if pid:
            self._running[pid] = (name, time.monotonic())
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)
            return
        status = 1
        try:
            for number in _ENDS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)
            os.close(self._alive[1])
            threading.Thread(target=self._end_with_parent, name="parent", daemon=True).start()
            self._tasks[name]()
            status = 0
        except BaseException:
            log.exception("process %s (%s) failed", os.getpid(), name)
        finally:
            # Not sys.exit: what the parent has registered for its own end must not run here.
            logging.shutdown()
            os._exit(status)

    def _end_with_parent(self) -> None:
        os.read(self._alive[0], 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _renew(self, pid: int, status: int) -> None:
        """Start again what ended, at once the first time."""
        name, since = self._running.pop(pid, ("", 0.0))
        if not name:
            return
        log.warning("process %s (%s) ended with %s", pid, name, os.waitstatus_to_exitcode(status))
        short = time.monotonic() - since < SHORT_LIFE_S
        pause = self._pause_s[name] if short else 0.0
        self._pause_s[name] = min(max(1.0, 2 * pause), LONGEST_PAUSE_S)
        time.sleep(pause)
        self._start(name)

    def _stop(self) -> None:
        """Ask the processes to end, and end those that do not."""
        for number in _ENDS:
            signal.signal(number, signal.SIG_IGN)
        self._tell(signal.SIGTERM)
        until = time.monotonic() + self._grace_s
        while self._running and time.monotonic() < until:
            self._collect()
            time.sleep(0.05)
        self._tell(signal.SIGKILL)
        while self._running:
            self._collect()
            time.sleep(0.01)
        for end in self._alive:
            os.close(end)

    def _tell(self, number: signal.Signals) -> None:
        for pid in self._running:
            os.kill(pid, number)

    def _collect(self) -> None:
        """Forget the processes that have ended; nobody else waits for them, so none is unknown."""
        pid, _ = os.waitpid(-1, os.WNOHANG)
        self._running.pop(pid, None)


def _return_memory() -> None:
    """
    Let large blocks go back to the system when they are freed, in this process and its children.

    By default glibc takes ever larger blocks from its heap once such a block was freed, and keeps
    them: whoever once made a view would hold its 20 MB for good.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


_M_MMAP_THRESHOLD: Final = -3
"""Of malloc.h; other C libraries have no `mallopt`."""
_LARGE_BYTES: Final = 1 << 18
_ENDS: Final = (signal.SIGTERM, signal.SIGINT)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise _Ended
