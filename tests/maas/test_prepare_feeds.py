import json
import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtfs_feeds.merge import MergeOptions
from maas.usecases import prepare_feeds as module
from maas.usecases.prepare_feeds import FeedSource, Preparation, PreparedFeed, prepare_feeds
from maas.usecases.publish_network import publish_network
from routing.street import footpaths
from routing.timetable import bounds as bounding
from tests.support.feed_text import SMALL, write_feed


def feed_of(path: Path, minute: int) -> FeedSource:
    """Write a feed whose only trip leaves at this minute; all have the same stops."""
    times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        f"t1,08:{minute:02}:00,08:{minute:02}:00,s1,1\n"
        f"t1,09:{minute:02}:00,09:{minute:02}:00,s2,2\n"
    )
    return FeedSource(path.stem, write_feed(path, stop_times=times))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tags of the feeds that were really read, in order."""
    tags: list[str] = []
    prepare = module.prepare

    def watched(source: FeedSource, options: MergeOptions, good_on: date | None) -> PreparedFeed:
        tags.append(source.tag)
        return prepare(source, options, good_on)

    monkeypatch.setattr(module, "prepare", watched)
    return tags


def test_only_the_feed_that_was_replaced_is_read_again(tmp_path: Path, read: list[str]) -> None:
    sources = [feed_of(tmp_path / f"{tag}.zip", 0) for tag in "abc"]
    publish_network(sources, tmp_path / "net")
    feed_of(tmp_path / "b.zip", 5)

    publish_network(sources, tmp_path / "net")

    assert read == ["a", "b", "c", "b"]


def test_another_tag_option_or_day_of_validation_reads_a_feed_again(
    tmp_path: Path, read: list[str]
) -> None:
    source = feed_of(tmp_path / "a.zip", 0)
    net = tmp_path / "net"
    publish_network([source], net)
    publish_network([FeedSource("other", source.path)], net)
    publish_network([source], net, MergeOptions(service_days=(date(2026, 12, 1),) * 2))
    publish_network([source], net, good_on=date(2026, 12, 1))
    assert read == ["a", "other", "a", "a"]

    publish_network([source], net, good_on=date(2026, 12, 1))
    assert read == ["a", "other", "a", "a"]


def test_a_damaged_prepared_feed_is_prepared_again(tmp_path: Path, read: list[str]) -> None:
    source = feed_of(tmp_path / "a.zip", 0)
    first = publish_network([source], tmp_path / "net")
    for kept in (tmp_path / "net" / "prepared").iterdir():
        kept.write_bytes(kept.read_bytes()[:-9])

    again = publish_network([source], tmp_path / "net")

    assert read == ["a", "a"]
    assert again.folder == first.folder


@dataclass(frozen=True)
class Later:
    """What a later version of a feed may have otherwise."""

    minute: int = 0
    """Past eight, when it leaves."""
    rides: tuple[int, ...] = (10,)
    """Minutes of each trip; the fastest of them makes the bounds."""
    away: int = 0
    """How far its second stop has moved, in steps of a hundred metres."""
    stops: int = 3
    last_day: int = 31
    name: str = "1"

    def write(self, path: Path) -> FeedSource:
        times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        trips = "route_id,service_id,trip_id\n"
        for number, ride in enumerate(self.rides):
            trips += f"r1,daily,t{number}\n"
            for at in range(self.stops):
                clock = f"{8 + number:02}:{self.minute + at * ride:02}:00"
                times += f"t{number},{clock},{clock},s{at + 1},{at + 1}\n"
        moved = SMALL["stops.txt"].replace("33.6000", f"{33.6 + self.away / 1000:.4f}")
        calendar = SMALL["calendar.txt"].replace("20261231", f"202612{self.last_day:02}")
        routes = SMALL["routes.txt"].replace(",1,3", f",{self.name},3")
        write_feed(
            path, stop_times=times, trips=trips, stops=moved, calendar=calendar, routes=routes
        )
        return FeedSource(path.stem, path)


LATER = st.builds(
    Later,
    minute=st.integers(0, 2),
    rides=st.lists(st.sampled_from([5, 10, 20]), min_size=1, max_size=3).map(tuple),
    away=st.sampled_from([0, 0, 1, 9]),
    stops=st.sampled_from([3, 3, 2]),
    last_day=st.sampled_from([31, 30]),
    name=st.sampled_from(["1", "2"]),
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 2), LATER), min_size=1, max_size=4))
def test_a_build_after_replacements_equals_one_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, replacements: list[tuple[int, Later]]
) -> None:
    # A version is named by the hash of everything in it, so equal names are equal networks.
    folder = tmp_path_factory.mktemp("feeds")
    sources = [Later().write(folder / f"{tag}.zip") for tag in "abc"]
    publish_network(sources, folder / "net")
    for which, later in replacements:
        later.write(sources[which].path)
        kept = publish_network(sources, folder / "net")
    fresh = publish_network(sources, folder / "fresh")

    assert kept.folder is not None
    assert fresh.folder is not None
    assert kept.folder.name == fresh.folder.name


@pytest.mark.parametrize(
    ("later", "made"),
    [
        (Later(last_day=30), []),
        (Later(name="2"), []),
        (Later(minute=2), []),
        (Later(rides=(10, 20)), []),
        (Later(rides=(5,)), ["bounds"]),
        (Later(away=1), ["walks", "bounds"]),
        (Later(stops=2), ["walks", "bounds"]),
    ],
)
def test_walks_and_bounds_are_made_anew_only_where_they_may_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: Later, made: list[str]
) -> None:
    # Another minute each: of trips that two feeds publish alike, one would be left out.
    sources = [Later(minute=9).write(tmp_path / "a.zip"), Later().write(tmp_path / "b.zip")]
    publish_network(sources, tmp_path / "net")
    seen: list[str] = []

    def watched(name: str, make: Callable[..., object]) -> Callable[..., object]:
        return lambda *args: seen.append(name) or make(*args)

    monkeypatch.setattr(footpaths, "_walks", watched("walks", footpaths._walks))
    monkeypatch.setattr(bounding, "_in_threads", watched("bounds", bounding._in_threads))
    later.write(sources[1].path)

    publish_network(sources, tmp_path / "net")

    assert list(dict.fromkeys(seen)) == made


def test_feeds_prepared_in_processes_are_those_prepared_in_one(tmp_path: Path) -> None:
    sources = [feed_of(tmp_path / f"{tag}.zip", minute) for minute, tag in enumerate("abc")]
    (tmp_path / "page.zip").write_text("<html>404</html>")
    sources.append(FeedSource("page", tmp_path / "page.zip"))

    alone = publish_network(sources, tmp_path / "one", processes=1)
    beside = publish_network(sources, tmp_path / "two", processes=2)

    assert alone.folder is not None
    assert beside.folder is not None
    assert alone.folder.name == beside.folder.name
    assert alone.report == beside.report


def test_a_feed_that_kills_its_process_stays_outside_and_the_others_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [feed_of(tmp_path / f"{tag}.zip", 0) for tag in ("a", "killer", "c")]
    submit = module._submit

    def deadly(pool: ProcessPoolExecutor, source: FeedSource, how: Preparation) -> Future:
        return pool.submit(os._exit, 9) if source.tag == "killer" else submit(pool, source, how)

    monkeypatch.setattr(module, "_submit", deadly)

    found = prepare_feeds(sources, Preparation(MergeOptions(), processes=2))

    assert [feed.converted.outcome.quarantined for feed in found] == ["", "internal-error", ""]


def test_the_report_says_what_the_validator_found(tmp_path: Path) -> None:
    write_feed(tmp_path / "good.zip")
    write_feed(
        tmp_path / "bad.zip",
        agency="agency_id,agency_name,agency_url,agency_timezone\nA1,会社,nowhere,Asia/Tokyo\n",
    )
    sources = [FeedSource(tag, tmp_path / f"{tag}.zip") for tag in ("good", "bad")]

    publish_network(sources, tmp_path / "net", good_on=date(2026, 12, 1))

    report = json.loads((tmp_path / "net" / "report.json").read_text())
    # The one thing in which they differ is an address that is none: invalid_url.
    found = report["validated"]
    assert found["bad"]["ERROR"] == found["good"]["ERROR"] + 1
