"""The outbox does every job once, in spite of failures, deaths and many workers."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from maas.core.clock import FrozenClock
from maas.core.events import Event
from maas.db.outbox import (
    LEASE,
    MAX_ATTEMPTS,
    Handlers,
    OutboxJob,
    RetryLater,
    claim,
    dispatch,
    publish,
    record,
    work_off,
)
from maas.db.periodic import Periodic, schedule
from maas.rest.models import IdempotentAnswer

START = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sold(Event):
    kind: ClassVar[str] = "sold"
    what: str

    @property
    def key(self) -> str:
        return self.what


@pytest.fixture
def clock():
    return FrozenClock(START)


def put(sessions, clock, key, kind="note", **payload):
    with sessions.begin() as session:
        return record(session, kind, key, payload, now=clock.now())


def row(sessions, key):
    with sessions() as session:
        return session.scalar(select(OutboxJob).where(OutboxJob.key == key))


def note(session, job):
    """An effect that the database shows: one row, and no uniqueness that could hide a repeat."""
    session.add(
        IdempotentAnswer(
            scope=job.key,
            key=str(job.attempt),
            fingerprint="",
            created_at=START,
            held_until=START,
        )
    )


def effects(sessions):
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(IdempotentAnswer))


def test_recording_the_same_key_twice_is_one_job(sessions, clock):
    assert put(sessions, clock, "a") is True
    assert put(sessions, clock, "a") is False


def test_work_recorded_in_a_transaction_that_fails_never_happened(sessions, clock):
    with pytest.raises(ZeroDivisionError), sessions.begin() as session:
        record(session, "note", "a", {}, now=clock.now())
        1 / 0  # noqa: B018

    assert row(sessions, "a") is None


def test_a_failing_job_leaves_no_trace_and_is_tried_again_later(sessions, clock):
    handlers = Handlers()
    failures = [RuntimeError("no network")]

    def flaky(session, job):
        note(session, job)
        if failures:
            raise failures.pop()

    handlers.on("note", flaky)
    put(sessions, clock, "a")

    assert work_off(sessions, clock, handlers) == 0
    assert effects(sessions) == 0
    assert row(sessions, "a").last_error == "RuntimeError: no network"
    assert work_off(sessions, clock, handlers) == 0  # it waits
    clock.move(timedelta(seconds=2))
    assert work_off(sessions, clock, handlers) == 1
    assert effects(sessions) == 1
    assert row(sessions, "a").done_at == clock.now()


def test_a_job_that_waits_for_something_is_no_error_but_is_tried_again(sessions, clock):
    handlers = Handlers()
    ready = []

    def wait(session, job):
        if not ready:
            raise RetryLater("not there yet", timedelta(seconds=30))

    handlers.on("note", wait)
    put(sessions, clock, "a")
    work_off(sessions, clock, handlers)
    ready.append(True)
    clock.move(timedelta(seconds=29))
    assert work_off(sessions, clock, handlers) == 0
    clock.move(timedelta(seconds=1))
    assert work_off(sessions, clock, handlers) == 1


def test_a_job_nobody_can_do_is_given_up_and_kept_for_a_person(sessions, clock):
    put(sessions, clock, "a", kind="unheard-of")
    for _ in range(MAX_ATTEMPTS + 5):
        work_off(sessions, clock, Handlers())
        clock.move(timedelta(hours=3))

    given_up = row(sessions, "a")
    assert given_up.dead_at is not None
    assert given_up.attempts == MAX_ATTEMPTS
    assert "unheard-of" in given_up.last_error


def test_a_job_that_waits_is_never_given_up(sessions, clock):
    handlers = Handlers()

    def wait(session, job):
        raise RetryLater("the voucher is open", timedelta(minutes=10))

    handlers.on("note", wait)
    put(sessions, clock, "a")
    for _ in range(MAX_ATTEMPTS + 5):
        work_off(sessions, clock, handlers)
        clock.move(timedelta(minutes=10))

    assert row(sessions, "a").dead_at is None
    assert row(sessions, "a").attempts == MAX_ATTEMPTS + 5


def test_a_worker_that_died_frees_its_job_when_the_lease_ends(sessions, clock):
    put(sessions, clock, "a")
    job_id = row(sessions, "a").id

    assert claim(sessions, clock, job_id) is not None  # and then the process is gone
    assert claim(sessions, clock, job_id) is None
    clock.move(LEASE)
    again = claim(sessions, clock, job_id)

    assert again is not None
    assert again.attempt == 2


def test_a_worker_that_was_too_slow_loses_what_it_wrote(sessions, clock):
    handlers = Handlers()
    handlers.on("note", note)
    put(sessions, clock, "a")
    job_id = row(sessions, "a").id
    slow = claim(sessions, clock, job_id)
    clock.move(LEASE)
    quick = claim(sessions, clock, job_id)

    assert dispatch(sessions, clock, handlers, slow) is False
    assert dispatch(sessions, clock, handlers, quick) is True
    assert effects(sessions) == 1


def test_many_workers_do_every_job_once(sessions, clock):
    handlers = Handlers()
    handlers.on("note", note)
    for n in range(30):
        put(sessions, clock, f"job-{n}")

    workers = [
        threading.Thread(target=work_off, args=(sessions, clock, handlers)) for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert effects(sessions) == 30


def test_every_subscriber_hears_an_event_once_and_fails_alone(sessions, clock):
    handlers = Handlers()
    heard = []

    def broken(session, job):
        raise ValueError("broken")

    handlers.subscribe(Sold, "ticket", lambda session, job: heard.append(job.payload["what"]))
    handlers.subscribe(Sold, "receipt", broken)
    with sessions.begin() as session:
        publish(session, Sold("pass-1"), now=clock.now())
        publish(session, Sold("pass-1"), now=clock.now())

    work_off(sessions, clock, handlers, rounds=5)

    assert heard == ["pass-1"]
    assert row(sessions, "sold:pass-1>receipt").last_error == "ValueError: broken"


def periodic_runs(sessions, clock, schedulers=8, hours=3) -> int:
    """Let many schedulers and many workers at the same hours; return how often the job ran."""
    handlers = Handlers()
    handlers.on("hourly", note)
    hourly = [Periodic("hourly", timedelta(hours=1))]
    for _ in range(hours):
        ready = threading.Barrier(schedulers)

        def ask(ready=ready):
            ready.wait()
            schedule(sessions, clock, hourly)
            work_off(sessions, clock, handlers)

        threads = [threading.Thread(target=ask) for _ in range(schedulers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        clock.move(timedelta(hours=1))
    work_off(sessions, clock, handlers)
    return effects(sessions)


def test_eight_schedulers_at_once_run_an_hourly_job_once_an_hour(sessions, clock):
    assert periodic_runs(sessions, clock) == 3


def test_without_the_slot_as_key_the_job_runs_again_and_again_so_the_test_above_proves_something(
    sessions, clock, monkeypatch
):
    def careless(session, kind, key, payload, **when):
        return record(session, kind, f"{key}:{uuid4()}", payload, **when)

    monkeypatch.setattr("maas.db.periodic.record", careless)

    assert periodic_runs(sessions, clock) > 3


def test_a_period_becomes_one_job_however_many_schedulers_ask(sessions, clock):
    nightly = [Periodic("check", timedelta(hours=1))]

    assert [schedule(sessions, clock, nightly) for _ in range(3)] == [1, 0, 0]
    clock.move(timedelta(minutes=59))
    assert schedule(sessions, clock, nightly) == 0
    clock.move(timedelta(minutes=1))
    assert schedule(sessions, clock, nightly) == 1
