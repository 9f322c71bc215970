"""
The relay: tells a queue which outbox rows are due.

Only ids travel. Losing the queue costs time, not work: an id that nobody claims is offered again
when its offer ends.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from maas.core.clock import Clock
from maas.db.outbox import OutboxJob
from maas.db.periodic import Periodic, schedule
from maas.db.session import Sessions

log = logging.getLogger(__name__)

OFFER: Final = timedelta(seconds=30)


def offer_due(
    sessions: Sessions, clock: Clock, send: Callable[[int], object], limit: int = 200
) -> int:
    """Hand the ids of due rows to the queue, each at most once per offer; return how many."""
    now = clock.now()
    with sessions.begin() as session:
        due = list(
            session.scalars(
                select(OutboxJob.id)
                .where(
                    OutboxJob.done_at.is_(None),
                    OutboxJob.dead_at.is_(None),
                    OutboxJob.run_after <= now,
                    or_(OutboxJob.leased_until.is_(None), OutboxJob.leased_until <= now),
                    or_(OutboxJob.offered_until.is_(None), OutboxJob.offered_until <= now),
                )
                .order_by(OutboxJob.run_after, OutboxJob.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
        )
        if due:
            session.execute(
                update(OutboxJob)
                .where(OutboxJob.id.in_(due))
                .values(offered_until=now + OFFER)
                .execution_options(synchronize_session=False)
            )
    for job_id in due:
        send(job_id)
    return len(due)


@dataclass(slots=True)
class Relay:
    """A thread that keeps the schedule and offers what is due."""

    sessions: Sessions
    clock: Clock
    send: Callable[[int], object]
    periodic: Sequence[Periodic] = ()
    poll_s: float = 0.2
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Start offering."""
        self._thread = threading.Thread(target=self._run, name="outbox-relay", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop offering."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                schedule(self.sessions, self.clock, self.periodic)
                offered = offer_due(self.sessions, self.clock, self.send)
            except (SQLAlchemyError, OSError):
                log.exception("the relay could not offer work; trying again")
                offered = 0
            if not offered:
                self._stop.wait(self.poll_s)
