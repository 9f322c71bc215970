"""
The council's background work: whose joining helps, what breaks, and how good the network is.

Once an hour the network that is served is looked at; for one that was not studied yet (by its
fingerprint: version, day of the question, feeds in test) jobs are recorded, a few companies each,
so that any number of workers share them. Results are kept by fingerprint and never made twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Final, Protocol

from gtfs_feeds.watch import FeedStore
from maas.core.clock import Clock
from maas.db.outbox import Handlers, Job, record
from maas.db.periodic import Periodic
from maas.db.session import Sessions
from maas.usecases.study_kinds import KINDS, Work
from maas.usecases.workshop import Workshop

LOOK: Final = "council.look"
"""Outbox job, periodic: see whether the network was studied."""
PERIODIC: Final = (Periodic(LOOK, timedelta(hours=1)),)


class _Studies(Protocol):
    @property
    def works(self) -> Mapping[str, Callable[[dict[str, Any]], None]]: ...

    def jobs(self) -> Sequence[Work]: ...


@dataclass
class CouncilWork:
    """What works off the council's jobs in one process."""

    sessions: Sessions
    clock: Clock
    network: Path
    """Directory of the network that is served."""
    store: FeedStore
    workshop: Workshop
    origins: int = 100
    wait: timedelta = timedelta()
    """How long recorded work waits: whoever starts a server wants to search first."""

    def __post_init__(self) -> None:
        self._made: _Studies | None = None
        self._lock = Lock()

    @property
    def _studies(self) -> _Studies:
        """The studies: they bring the search and its compiler, so they are loaded when needed."""
        from maas.usecases.studies import Studies  # noqa: PLC0415

        with self._lock:
            if self._made is None:
                self._made = Studies(
                    self.sessions, self.clock, self.network, self.store, self.origins
                )
            return self._made

    def register(self, handlers: Handlers) -> None:
        """Take on the jobs."""
        handlers.on_outside(LOOK, lambda job: self.workshop.do(job.key, self.look))
        for kind in KINDS:
            handlers.on_outside(kind, self._in_workshop)

    def look(self) -> None:
        """Record what is to be studied of the network that is served, once for all workers."""
        now = self.clock.now()
        jobs = self._studies.jobs()
        with self.sessions.begin() as session:
            for job in jobs:
                record(session, job.kind, job.key, job.payload, now=now, run_after=now + self.wait)

    def study(self) -> int:
        """Study the network here and now; return how many pieces of work that took."""
        jobs = self._studies.jobs()
        for job in jobs:
            self._studies.works[job.kind](job.payload)
        return len(jobs)

    def _in_workshop(self, job: Job) -> None:
        """Do a job where it may take longer than it may hold its row."""
        self.workshop.do(job.key, lambda: self._studies.works[job.kind](job.payload))
