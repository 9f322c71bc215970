"""
The outbox: work that must follow a change, written in the change's own transaction.

The table is the truth. Whoever works it off (the runner in the server, or a Celery worker that
was told an id) claims a row with a lease, does the work, and marks it done; a process that dies
leaves its row to be claimed again when the lease ends. A job that writes only to this database
is done and marked in one transaction, so its effect happens exactly once; a job that calls
others (`own_transactions`) happens at least once and must be repeatable.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, Index, Text, UniqueConstraint, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from maas.core.clock import Clock
from maas.core.events import Event
from maas.db.base import Base, RowNumber
from maas.db.session import Sessions, read_session

log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=60)
MAX_ATTEMPTS: Final = 25
"""With the waits of `backoff` this is about a day and a half; then a person must look."""


class OutboxJob(Base):
    """One piece of work. `key` is unique: recording the same work twice is once."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_outbox_open", "done_at", "dead_at", "run_after"),
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    kind: Mapped[str]
    key: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    run_after: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    offered_until: Mapped[datetime | None]
    """Until when a relay has handed the id to a queue; nobody else offers it before."""
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    """When it was given up; a person may put it back (`maas db retry`)."""
    last_error: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed row. `attempt` counts from 1."""

    id: int
    kind: str
    key: str
    payload: dict[str, Any]
    attempt: int
    lease: datetime


class RetryLater(Exception):
    """
    Raised by a handler that must wait for something: tried again, and no error.

    Waiting is never given up (a voucher stays open for days); a handler that will not wait for
    ever looks at `Job.attempt`.
    """

    def __init__(self, reason: str, after: timedelta = timedelta(seconds=5)) -> None:
        super().__init__(reason)
        self.after = after


InTransaction = Callable[[Session, Job], None]
OwnTransactions = Callable[[Job], None]


@dataclass(slots=True)
class Handlers:
    """Who works off which kind of job; filled once at start."""

    inside: dict[str, InTransaction] = field(default_factory=dict)
    outside: dict[str, OwnTransactions] = field(default_factory=dict)
    subscribers: dict[str, list[str]] = field(default_factory=dict)

    def on(self, kind: str, handler: InTransaction) -> None:
        """Work off `kind` in the transaction that marks it done: exactly once."""
        self._only_once(kind)
        self.inside[kind] = handler

    def on_outside(self, kind: str, handler: OwnTransactions) -> None:
        """Work off `kind` with transactions of its own: at least once."""
        self._only_once(kind)
        self.outside[kind] = handler

    def subscribe(self, event: type[Event], name: str, handler: InTransaction) -> None:
        """Hear of an event; each subscriber gets a job of its own and fails alone."""
        names = self.subscribers.setdefault(event.kind, [])
        self.on(f"{event.kind}>{name}", handler)
        names.append(name)

    def declare(self, *events: type[Event]) -> None:
        """Name events that nobody needs to hear: without a subscriber they are simply done."""
        for event in events:
            self.subscribers.setdefault(event.kind, [])

    def _only_once(self, kind: str) -> None:
        if kind in self.inside or kind in self.outside:
            raise ValueError(f"{kind} has a handler already.")


def record(
    session: Session,
    kind: str,
    key: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    run_after: datetime | None = None,
) -> bool:
    """Write a job in the caller's transaction; False where its key was recorded before."""
    insert = postgres_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    statement = (
        insert(OutboxJob)
        .values(
            kind=kind,
            key=key,
            payload=payload,
            created_at=now,
            run_after=run_after or now,
            attempts=0,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(OutboxJob.id)
    )
    return session.execute(statement).one_or_none() is not None


def publish(session: Session, event: Event, *, now: datetime) -> bool:
    """Write an event in the caller's transaction; its subscribers get their jobs later."""
    return record(session, event.kind, f"{event.kind}:{event.key}", event.payload(), now=now)


def open_ids(session: Session, now: datetime, limit: int) -> list[int]:
    """Return the ids of rows that may run now, oldest first."""
    return list(
        session.scalars(
            select(OutboxJob.id)
            .where(
                OutboxJob.done_at.is_(None),
                OutboxJob.dead_at.is_(None),
                OutboxJob.run_after <= now,
                or_(OutboxJob.leased_until.is_(None), OutboxJob.leased_until <= now),
            )
            .order_by(OutboxJob.run_after, OutboxJob.id)
            .limit(limit)
        )
    )


def claim(sessions: Sessions, clock: Clock, job_id: int, lease: timedelta = LEASE) -> Job | None:
    """Take the row if nobody holds it and it is due; None otherwise."""
    now = clock.now()
    until = now + lease
    with sessions.begin() as session:
        row = session.execute(
            update(OutboxJob)
            .where(
                OutboxJob.id == job_id,
                OutboxJob.done_at.is_(None),
                OutboxJob.dead_at.is_(None),
                OutboxJob.run_after <= now,
                or_(OutboxJob.leased_until.is_(None), OutboxJob.leased_until <= now),
            )
            .values(leased_until=until, attempts=OutboxJob.attempts + 1)
            .returning(OutboxJob.kind, OutboxJob.key, OutboxJob.payload, OutboxJob.attempts)
            .execution_options(synchronize_session=False)
        ).one_or_none()
    if row is None:
        return None
    return Job(job_id, row.kind, row.key, row.payload, row.attempts, until)


def dispatch(sessions: Sessions, clock: Clock, handlers: Handlers, job: Job) -> bool:
    """
    Do a claimed job and mark it done; a failure is written down and tried again later.

    Returns:
        Whether the job was done.

    """
    try:
        outside = handlers.outside.get(job.kind)
        if outside is not None:
            outside(job)
        with sessions.begin() as session:
            if outside is None:
                _work_inside(session, clock, handlers, job)
            _mark_done(session, clock, job)
        return True
    except RetryLater as wait:
        _put_back(sessions, clock, job, str(wait), wait.after, waits=True)
    except _LeaseLost:
        log.warning("outbox job %s (%s): another worker took it over", job.id, job.kind)
    except Exception as error:
        log.exception("outbox job %s (%s) failed", job.id, job.kind)
        _put_back(sessions, clock, job, f"{type(error).__name__}: {error}", backoff(job.attempt))
    return False


def work_off(
    sessions: Sessions,
    clock: Clock,
    handlers: Handlers,
    *,
    limit: int = 50,
    rounds: int = 1,
    lease: timedelta = LEASE,
) -> int:
    """Claim and do what is due, in order, up to `rounds` batches; return how many were done."""
    done = 0
    for _ in range(rounds):
        with read_session(sessions) as session:
            ids = open_ids(session, clock.now(), limit)
        if not ids:
            break
        for job_id in ids:
            job = claim(sessions, clock, job_id, lease)
            if job is not None:
                done += dispatch(sessions, clock, handlers, job)
    return done


def backoff(attempt: int) -> timedelta:
    """Return the wait before the next attempt: 1 s doubling to 2 h, with a quarter of jitter."""
    seconds = min(2.0 ** min(attempt - 1, 13), 7200.0)
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311  # not a secret


class _LeaseLost(Exception):
    """Our lease ended and another worker has the row: what we wrote must not stay."""


def _work_inside(session: Session, clock: Clock, handlers: Handlers, job: Job) -> None:
    names = handlers.subscribers.get(job.kind)
    if names is not None:
        for name in names:
            record(session, f"{job.kind}>{name}", f"{job.key}>{name}", job.payload, now=clock.now())
        return
    handler = handlers.inside.get(job.kind)
    if handler is None:
        raise LookupError(f"Nobody handles {job.kind} in this process.")
    handler(session, job)


def _mark_done(session: Session, clock: Clock, job: Job) -> None:
    session.flush()
    statement = (
        update(OutboxJob)
        .where(
            OutboxJob.id == job.id,
            OutboxJob.done_at.is_(None),
            OutboxJob.leased_until == job.lease,
        )
        .values(done_at=clock.now(), leased_until=None, last_error=None)
        .execution_options(synchronize_session=False)
    )
    if _touched(session, statement) != 1:
        raise _LeaseLost


def _put_back(
    sessions: Sessions,
    clock: Clock,
    job: Job,
    reason: str,
    after: timedelta,
    *,
    waits: bool = False,
) -> None:
    now = clock.now()
    given_up = job.attempt >= MAX_ATTEMPTS and not waits
    with sessions.begin() as session:
        session.execute(
            update(OutboxJob)
            .where(OutboxJob.id == job.id, OutboxJob.leased_until == job.lease)
            .values(
                leased_until=None,
                offered_until=None,
                run_after=now + after,
                last_error=reason[:2000],
                dead_at=now if given_up else None,
            )
            .execution_options(synchronize_session=False)
        )


def _touched(session: Session, statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
