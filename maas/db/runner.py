"""The runner inside the server: threads that work off the outbox and keep the schedule."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from maas.core.clock import Clock
from maas.db.outbox import LEASE, Handlers, work_off
from maas.db.periodic import Periodic, schedule
from maas.db.session import Sessions

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Runner:
    """
    Work off the outbox in this process.

    `wake` cuts the wait short after a commit that recorded work; without it the work is found
    within `poll_s`.
    """

    sessions: Sessions
    clock: Clock
    handlers: Handlers
    periodic: Sequence[Periodic] = ()
    threads: int = 1
    poll_s: float = 1.0
    schedule_s: float = 5.0
    lease: timedelta = LEASE
    """Longer than any job; a process that dies holds its jobs for so long."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _woken: threading.Event = field(default_factory=threading.Event)
    _running: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Start the threads; they are daemons, so they never hold up the process's end."""
        self._stop.clear()
        names = [f"outbox-{n}" for n in range(self.threads)]
        self._running = [
            threading.Thread(target=self._work, name=name, daemon=True) for name in names
        ]
        if self.periodic:
            self._running.append(
                threading.Thread(target=self._keep_schedule, name="schedule", daemon=True)
            )
        for thread in self._running:
            thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Let the jobs in hand end, then stop."""
        self._stop.set()
        self._woken.set()
        for thread in self._running:
            thread.join(timeout_s)
        self._running = []

    def wake(self) -> None:
        """Look for work now."""
        self._woken.set()

    def _work(self) -> None:
        while not self._stop.is_set():
            self._woken.clear()
            try:
                done = work_off(self.sessions, self.clock, self.handlers, lease=self.lease)
            except SQLAlchemyError:
                log.exception("the outbox could not be read; trying again")
                done = 0
            if not done:
                self._woken.wait(self.poll_s)

    def _keep_schedule(self) -> None:
        while not self._stop.is_set():
            try:
                if schedule(self.sessions, self.clock, self.periodic):
                    self._woken.set()
            except SQLAlchemyError:
                log.exception("the schedule could not be kept; trying again")
            self._stop.wait(self.schedule_s)
