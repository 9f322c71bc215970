"""The council's background work: recorded once, shared among workers, kept by fingerprint."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gtfs_feeds.watch import FeedStore
from gtfs_feeds.watch.store import State as FeedState
from gtfs_feeds.watch.verdicts import Judged, Verdict
from maas.core.clock import FrozenClock
from maas.council import LOOK, CouncilWork
from maas.db.outbox import Handlers, OutboxJob, record, work_off
from maas.db.session import Sessions, make_sessions
from maas.usecases.monthly_report import ranked
from maas.usecases.prepare_feeds import FeedSource
from maas.usecases.publish_network import publish_network
from maas.usecases.study_kinds import IMPACT
from maas.usecases.workshop import Workshop
from operators.council.service import Results
from operators.registry.models import Company, FeedRegistration
from operators.registry.states import Kind, State
from routing.timetable.compile import compile_timetable
from routing.timetable.store import save_timetable
from tests.maas.cli.test_council_impact import write
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


def in_test(work: CouncilWork, sessions: Sessions, clock: FrozenClock, tag: str, data: bytes):
    """A candidate that has sent a feed, and is not live."""
    judged = Judged(Verdict.GOOD, "", 1, None)
    version = work.store.add(tag, data, judged, clock.now().isoformat())
    work.store.save(tag, FeedState(held=version.sha256))
    with sessions.begin() as session:
        company = Company(
            slug=tag,
            kind=Kind.OPERATOR,
            name=tag,
            name_kana="",
            name_en="",
            modes=["ferry"],
            prefectures=[],
            brands=[],
            state=State.IN_TEST,
            created_at=clock.now(),
            notes="",
        )
        session.add(company)
        session.flush()
        session.add(
            FeedRegistration(
                tag=tag,
                company_id=company.id,
                kind="zip",
                url="",
                created_at=clock.now(),
                created_by="test",
            )
        )


@pytest.fixture
def land(tmp_path: Path, work: CouncilWork) -> CouncilWork:
    """The network without the ferry, as it was published from its own feeds."""
    folder = tmp_path / "land"
    (folder / "feeds").mkdir(parents=True)
    write(folder / "feeds" / "land.zip", {"rb", "rt", "rs"})
    publish_network([FeedSource("land", folder / "feeds" / "land.zip")], folder)
    return CouncilWork(
        work.sessions, work.clock, folder, work.store, Workshop(beside=False), origins=4
    )


def test_what_a_candidate_in_test_would_bring_is_found_in_the_background(
    tmp_path: Path, land: CouncilWork, sessions: Sessions, clock: FrozenClock
) -> None:
    write(tmp_path / "ferry.zip", {"rf"})
    in_test(land, sessions, clock, "ferry", (tmp_path / "ferry.zip").read_bytes())
    handlers = look(land, sessions, clock, "first")

    # The look, the companies that run, the quality, and what the candidate brings.
    assert work_off(sessions, clock, handlers, rounds=5) == 4

    with sessions() as session:
        results = Results(session, clock)
        (found,), complete = results.newest("joins")
        running = {row["name"] for part in results.newest("impact")[0] for row in part["companies"]}
    assert complete
    (ferry,) = found["companies"]
    # No other way leads to the island; the candidate itself does not run yet.
    assert (ferry["name"], ferry["cut_off"]) == ("Ferry", ["Island"])
    assert running == {"Bus", "Train", "Slow Bus"}

    # The same feed again is the same work; a new version of it is new work.
    assert work_off(sessions, clock, look(land, sessions, clock, "again"), rounds=5) == 1
    write(tmp_path / "ferry.zip", {"rf", "rs"})
    changed = land.store.add(
        "ferry",
        (tmp_path / "ferry.zip").read_bytes(),
        Judged(Verdict.GOOD, "", 1, None),
        clock.now().isoformat(),
    )
    land.store.save("ferry", FeedState(held=changed.sha256))
    assert work_off(sessions, clock, look(land, sessions, clock, "third"), rounds=5) == 2


def test_a_candidate_whose_feed_cannot_be_merged_brings_nothing_and_stops_nobody(
    tmp_path: Path, land: CouncilWork, sessions: Sessions, clock: FrozenClock
) -> None:
    write(tmp_path / "ferry.zip", {"rf"})
    in_test(land, sessions, clock, "broken", b"<html>no feed</html>")
    in_test(land, sessions, clock, "ferry", (tmp_path / "ferry.zip").read_bytes())

    assert work_off(sessions, clock, look(land, sessions, clock, "first"), rounds=5) == 4

    with sessions() as session:
        (found,), complete = Results(session, clock).newest("joins")
    assert complete
    assert [row["name"] for row in found["companies"]] == ["Ferry"]


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
