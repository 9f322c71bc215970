"""
Periodic work, exactly once however many schedulers run.

Each scheduler asks which jobs are due; the slot (`name@start of the period`) is the key of an
outbox row, which is unique, so a slot becomes one job no matter who asks, and how often.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from maas.core.clock import Clock
from maas.db.outbox import record
from maas.db.session import Sessions


@dataclass(frozen=True, slots=True)
class Periodic:
    """Run the outbox job `kind` once in every period."""

    kind: str
    every: timedelta

    def slot(self, now: datetime) -> datetime:
        """Return the start of the period that `now` is in, counted from 1970."""
        seconds = int(self.every.total_seconds())
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def schedule(sessions: Sessions, clock: Clock, jobs: Sequence[Periodic]) -> int:
    """Record the jobs of the present period that nobody has recorded; return how many."""
    now = clock.now()
    with sessions.begin() as session:
        return sum(
            record(
                session,
                job.kind,
                f"periodic:{job.kind}@{job.slot(now).isoformat()}",
                {"slot": job.slot(now).isoformat()},
                now=now,
            )
            for job in jobs
        )
