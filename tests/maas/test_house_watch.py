"""Watching as the service does it: periodic jobs, digests, snoozing, and the network that follows."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from gtfs_feeds.watch import Answer
from maas.adapters.file_outbox import FileOutbox
from maas.core.clock import FrozenClock
from maas.db.outbox import Handlers, work_off
from maas.db.periodic import schedule
from maas.db.session import make_engine, make_sessions
from maas.house import PERIODIC, VISIT_EVERY, House, open_house
from maas.settings import Settings
from maas.usecases.feed_offers import NotReady
from operators.participation.counting import count_on, members
from operators.registry.service import Because, NewCompany, Registry
from operators.registry.states import State
from routing.timetable.store import load_timetable
from tests.gtfs_feeds.watch.test_watcher import HTML, zipped
from tests.support.database import sqlite_url

NOON = datetime(2026, 6, 1, 3, tzinfo=UTC)
END = date(2027, 3, 31)
"""feed_end_date of the valid feed."""
WHY = Because("x", "seed")
PAPER = "a" * 64


class Server:
    """Says what it is told, and counts how often it was asked."""

    def __init__(self) -> None:
        self.answer = Answer(200, zipped(), etag='"1"')
        self.asked = 0

    def __call__(self, url: str, *, etag: str, last_modified: str) -> Answer:
        self.asked += 1
        return Answer(304) if etag and etag == self.answer.etag else self.answer


class World:
    """A company that is live with a feed that has an address."""

    def __init__(self, folder: Path) -> None:
        self.clock = FrozenClock(NOON)
        self.server = Server()
        self.mails = folder / "mail"
        self.engine = make_engine(sqlite_url(folder))
        sessions = make_sessions(self.engine)
        settings = Settings(data_dir=folder, network=folder / "network", run_jobs=False)
        mail = FileOutbox(self.mails)
        self.house: House = open_house(settings, sessions, self.clock, fetch=self.server, mail=mail)
        self.handlers = Handlers()
        self.house.register(self.handlers)
        with sessions.begin() as session:
            registry = Registry(session, self.clock)
            company = registry.enter(NewCompany("bus", "ためしバス"), WHY)
            registry.move(company.id, State.INVITED, WHY)
            day = NOON.date()
            registry.sign(company.id, title="協定", document=PAPER, signed_on=day, valid_from=day)
            registry.move(company.id, State.AGREED, Because("x", "seed", PAPER))
            registry.add_contact(company.id, role="data", name="係", email="info@bus.example.jp")
        self.house.offers.offer_url("bus", "bus", "https://bus.example.jp/gtfs.zip", "x")
        self.house.offers.go_live("bus", "bus", "x")
        self.work()

    def work(self) -> None:
        """Keep the schedule and work off the outbox, as the runner does."""
        schedule(self.house.sessions, self.clock, PERIODIC)
        work_off(self.house.sessions, self.clock, self.handlers, rounds=5)

    def to(self, day: date) -> None:
        """Move to noon of a day and work."""
        noon = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
        self.clock.move(noon - self.clock.now())
        self.work()

    def subjects(self) -> list[str]:
        """Return the receivers of the digests."""
        found = []
        for path in sorted(self.mails.glob("*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            found.append(mail["To"])
        return found

    def tags(self) -> list[str]:
        """Return the feeds of the network that is published."""
        return load_timetable(self.house.network).network.feeds.tag.tolist()

    def counted(self, day: date) -> int:
        with self.house.sessions() as session:
            return count_on(members(session), day).total


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.engine.dispose()


def test_each_step_of_the_ladder_sends_one_digest_and_no_other_day_does(world: World) -> None:
    sent: list[int] = []
    for before in (100, 90, 89, 60, 45, 30, 14, 10, 7, 1, 0, -1, -13, -14, -30):
        count = len(world.subjects())
        world.to(END - timedelta(days=before))
        if len(world.subjects()) > count:
            sent.append(-before)

    assert sent == [-90, -60, -30, -14, -7, 0, 14]
    assert set(world.subjects()) == {"info@bus.example.jp"}


def test_a_snoozed_feed_is_not_warned_of_before_its_day(world: World) -> None:
    world.house.offers.snooze("bus", "bus", END - timedelta(days=20))
    world.to(END - timedelta(days=60))
    world.to(END - timedelta(days=30))
    assert world.subjects() == []

    world.to(END - timedelta(days=14))

    assert world.subjects() == ["info@bus.example.jp"]


def test_a_company_stops_to_count_when_its_feed_ends(world: World) -> None:
    assert world.counted(END) == 1
    assert world.counted(END + timedelta(days=1)) == 0


def test_a_feed_is_visited_at_most_every_six_hours_and_with_its_marks(world: World) -> None:
    asked = world.server.asked
    world.clock.move(VISIT_EVERY - timedelta(minutes=1))
    world.work()
    assert world.server.asked == asked

    world.clock.move(timedelta(hours=1))
    world.work()

    assert world.server.asked == asked + 1
    assert world.house.offers.report("bus", "bus")["watching"]["failures"] == 0


def test_the_network_follows_a_new_version_and_stays_for_a_bad_one(world: World) -> None:
    assert world.tags() == ["bus"]
    first = world.house.store.state("bus").current
    before = (world.house.network / "report.json").read_bytes()
    world.server.answer = Answer(200, HTML, etag='"2"')
    world.clock.move(VISIT_EVERY)
    world.work()
    assert world.house.store.state("bus").current == first
    assert (world.house.network / "report.json").read_bytes() == before

    later = zipped([("stop_times.txt", "08:10:00,08:10:00", "08:11:00,08:11:00")])
    world.server.answer = Answer(200, later, etag='"3"')
    world.clock.move(VISIT_EVERY)
    world.work()

    assert world.house.store.state("bus").current != first
    assert (world.house.network / "report.json").read_bytes() != before
    assert world.tags() == ["bus"]


def test_a_version_that_the_merge_cannot_use_is_rolled_back_and_told(world: World) -> None:
    first = world.house.store.state("bus").current
    # Valid by the rules, but its zone is none that exists, so the merge puts it aside.
    bad = zipped([("agency.txt", "Asia/Tokyo", "Asia/Nowhere")])
    sha = world.house.watcher.offer("bus", bad, {"kind": "zip", "by": "x"}).sha256
    world.house.watcher.accept("bus", sha)
    world.house.offers.ask_to_publish("bus", sha, "x")
    world.work()

    assert world.house.store.state("bus").current == first
    assert world.tags() == ["bus"]
    failed = world.house.offers.report("bus", "bus")["watching"]["publishFailed"]
    assert failed["sha256"] == sha
    assert failed["text"]["ja"]
    assert failed["text"]["en"]


def test_a_company_that_was_suspended_meanwhile_is_not_published(world: World) -> None:
    later = zipped([("stop_times.txt", "08:10:00,08:10:00", "08:11:00,08:11:00")])
    world.house.offers.offer_zip("bus", "bus", later, "x.zip", "x")
    sha = world.house.offers.go_live("bus", "bus", "x").sha256
    with world.house.sessions.begin() as session:
        registry = Registry(session, world.clock)
        company = registry.find_by_slug("bus")
        assert company is not None
        registry.move(company.id, State.SUSPENDED, WHY)
    world.work()

    assert world.house.store.state("bus").current != sha
    with world.house.sessions() as session:
        company = Registry(session, world.clock).find_by_slug("bus")
        assert company is not None
        assert company.state is State.SUSPENDED


def test_a_suspended_companys_feed_leaves_the_network_and_comes_back(world: World) -> None:
    with world.house.sessions.begin() as session:
        registry = Registry(session, world.clock)
        company = registry.enter(NewCompany("other", "ほかの会社"), WHY)
        registry.move(company.id, State.INVITED, WHY)
        day = NOON.date()
        registry.sign(company.id, title="協定", document=PAPER, signed_on=day, valid_from=day)
        registry.move(company.id, State.AGREED, Because("x", "seed", PAPER))
    later = zipped([("stop_times.txt", "08:10:00,08:10:00", "08:11:00,08:11:00")])
    world.house.offers.offer_zip("other", "other", later, "x.zip", "x")
    world.house.offers.go_live("other", "other", "x")
    world.work()
    assert world.tags() == ["bus", "other"]

    for state, tags in ((State.SUSPENDED, ["other"]), (State.LIVE, ["bus", "other"])):
        with world.house.sessions.begin() as session:
            registry = Registry(session, world.clock)
            company = registry.find_by_slug("bus")
            assert company is not None
            registry.move(company.id, state, WHY)
        world.work()
        assert sorted(world.tags()) == tags


def test_rolling_back_takes_nobody_live_and_never_to_errors(world: World) -> None:
    good = world.house.store.state("bus").current
    flawed = zipped([("stops.txt", "33.5902,130.4207", "133.5902,130.4207")])
    sha = world.house.watcher.offer("bus", flawed, {"kind": "zip", "by": "x"}).sha256
    with pytest.raises(NotReady):
        world.house.offers.roll_back("bus", "bus", sha, "x")
    assert world.house.store.state("bus").current == good

    with world.house.sessions.begin() as session:
        Registry(session, world.clock).enter(NewCompany("new", "新"), WHY)
    for minute in ("08:10", "08:11"):
        edit = ("stop_times.txt", "08:10:00,08:10:00", f"{minute}:00,{minute}:00")
        world.server.answer = Answer(200, zipped([edit]))
        world.house.offers.offer_url("new", "new", "https://new.example.jp/x.zip", "x")
    world.house.offers.roll_back("new", "new", "", "x")
    world.work()

    assert world.tags() == ["bus"]


def test_a_network_that_was_built_elsewhere_is_not_replaced(world: World, tmp_path: Path) -> None:
    shutil.rmtree(world.house.network / "feeds")
    before = (world.house.network / "current").read_text()
    world.house.offers.ask_to_publish("bus", world.house.store.state("bus").current, "x")
    world.work()

    assert (world.house.network / "current").read_text() == before
    failed = world.house.offers.report("bus", "bus")["watching"]["publishFailed"]
    assert "feeds" in failed["text"]["en"]
