"""The council's background work: recorded once, shared among workers, kept by fingerprint."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gtfs_feeds.watch import FeedStore
from maas.core.clock import FrozenClock
from maas.council import LOOK, CouncilWork
from maas.db.outbox import Handlers, OutboxJob, record, work_off
from maas.db.session import Sessions, make_sessions
from maas.usecases.monthly_report import ranked
from maas.usecases.study_kinds import IMPACT
from maas.usecases.workshop import Workshop
from operators.council.service import Results
from routing.timetable.compile import compile_timetable
from routing.timetable.store import save_timetable
from tests.maas.usecases.test_impact import feed
from tests.support.database import fresh_engine
from tests.support.served import network_of


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 30, 1, tzinfo=UTC))


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    with fresh_engine("sqlite", tmp_path) as engine:
        yield make_sessions(engine)


@pytest.fixture
def work(tmp_path: Path, sessions: Sessions, clock: FrozenClock) -> CouncilWork:
    network = tmp_path / "network"
    network.mkdir()
    save_timetable(compile_timetable(network_of(feed())), network)
    store = FeedStore(tmp_path / "feeds")
    return CouncilWork(sessions, clock, network, store, Workshop(beside=False), origins=4)


def look(work: CouncilWork, sessions: Sessions, clock: FrozenClock, key: str) -> Handlers:
    handlers = Handlers()
    work.register(handlers)
    with sessions.begin() as session:
        record(session, LOOK, key, {}, now=clock.now())
    return handlers


def test_a_network_is_studied_once_however_often_it_is_looked_at(
    work: CouncilWork, sessions: Sessions, clock: FrozenClock
) -> None:
    handlers = look(work, sessions, clock, "first")
    assert work_off(sessions, clock, handlers, rounds=5) == 3  # look, four companies, quality
    look(work, sessions, clock, "second")
    again = Handlers()
    work.register(again)
    assert work_off(sessions, clock, again, rounds=5) == 1  # only the look itself

    with sessions() as session:
        results = Results(session, clock)
        found, complete = results.newest("impact")
        assert complete
        assert {row["name"] for row in found[0]["companies"]} == {
            "Bus",
            "Ferry",
            "Train",
            "Slow Bus",
        }
        assert ranked(results, "impact")[0]["gain"]["240"] > 0
        towns = results.newest("quality")[0][0]["features"]
        assert any(town["properties"]["stops"] for town in towns)


def test_recorded_work_waits_until_travellers_have_searched(
    work: CouncilWork, sessions: Sessions, clock: FrozenClock
) -> None:
    work.wait = timedelta(minutes=10)
    handlers = look(work, sessions, clock, "first")

    assert work_off(sessions, clock, handlers, rounds=5) == 1
    clock.move(timedelta(minutes=11))
    assert work_off(sessions, clock, handlers, rounds=5) == 2


def test_without_a_network_there_is_nothing_to_do(
    tmp_path: Path, sessions: Sessions, clock: FrozenClock
) -> None:
    nowhere = CouncilWork(
        sessions, clock, tmp_path / "none", FeedStore(tmp_path), Workshop(beside=False)
    )

    assert nowhere.study() == 0
    with sessions() as session:
        assert session.scalars(select(OutboxJob).where(OutboxJob.kind == IMPACT)).all() == []
