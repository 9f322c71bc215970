"""Differences between two versions of the tiny feed, each made by one edit."""

import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtfs_feeds.diff import as_json, as_text, compare
from gtfs_feeds.diff.report import WORDS
from gtfs_feeds.read import FeedTables, read_feed, read_files
from tests.support.shared import SHARED, needs_shared
from tests.support.valid_feed import VALID, Edit, tables

ST = "stop_times.txt"


def test_a_version_does_not_differ_from_itself() -> None:
    diff = compare(tables(), tables())

    assert diff.is_empty
    assert "違いはありません。" in as_text(diff)
    assert json.loads(as_json(diff))["is_empty"] is True


def test_a_moved_stop_is_named_with_its_metres() -> None:
    # 0.001 degrees of latitude are 111.2 m on a sphere of 6,371 km: 6371008.8 · π / 180 / 1000.
    diff = compare(tables(), tables([("stops.txt", "33.5950,130.4200", "33.5960,130.4200")]))

    (moved,) = diff.stops_moved
    assert (moved.stop_id, moved.name) == ("B", "中洲")
    assert moved.metres == pytest.approx(111.2, abs=0.1)
    assert "中洲 (B): 111 m" in as_text(diff)


def test_a_stop_moved_by_rounding_is_not_reported() -> None:
    diff = compare(tables(), tables([("stops.txt", "33.5950,130.4200", "33.59501,130.42001")]))

    assert diff.is_empty


def test_a_renamed_stop_keeps_its_id() -> None:
    diff = compare(tables(), tables([("stops.txt", "中洲", "中洲川端")]))

    (renamed,) = diff.stops_renamed
    assert (renamed.name_before, renamed.name) == ("中洲", "中洲川端")
    assert not diff.stops_added


def test_a_stop_under_another_id_is_renumbered_not_removed_and_added() -> None:
    edits: list[Edit] = [("stops.txt", "B,中洲,,33.5950,130.4200,B", "B9,中洲,,33.5950,130.4200,B")]
    edits += [(ST, ",B,2", ",B9,2")]
    diff = compare(tables(), tables(edits))

    (pair,) = diff.stops_renumbered
    assert (pair.id_before, pair.id_now) == ("B", "B9")
    assert not diff.stops_added
    assert not diff.stops_removed
    # The trips call at the same place at the same time, so they did not change.
    assert not diff.routes


def test_trips_are_counted_as_added_removed_changed_or_renumbered() -> None:
    def change(edits: list[Edit]) -> tuple[int, int, int, int]:
        (route,) = compare(tables(), tables(edits)).routes
        return route.added, route.removed, route.changed, route.renumbered

    third = "R,S,T3,天神,,P,1\n"
    calls = "T3,10:00:00,10:00:00,A,1,0,1,0,1\nT3,10:10:00,10:10:00,C,2,1,0,1.1,1\n"
    more: list[Edit] = [
        ("trips.txt", None, VALID["trips.txt"] + third),
        (ST, None, VALID[ST] + calls),
    ]
    assert change(more) == (1, 0, 0, 0)
    (route,) = compare(tables(more), tables()).routes
    assert (route.added, route.removed, route.trips_before, route.trips_now) == (0, 1, 3, 2)
    assert change([(ST, "08:10:00,08:10:00", "08:11:00,08:11:00")]) == (0, 0, 1, 0)
    assert change([("trips.txt", "T1", "N1"), (ST, "T1,", "N1,")]) == (0, 0, 0, 1)


def test_days_that_a_service_gains_are_told_by_the_service() -> None:
    diff = compare(tables(), tables([("calendar.txt", "20270331", "20270410")]))

    (service,) = diff.services
    # 1 April 2026 to 31 March 2027 are 365 days, less New Year's Day.
    assert (service.days_before, service.days_now) == (364, 374)
    assert service.last_now == date(2027, 4, 10)
    assert not diff.routes


def test_fares_that_change_are_named_by_their_stops() -> None:
    diff = compare(tables(), tables([("fare_rules.txt", "F1,R,A,B", "F2,R,A,B")]))

    (fare,) = diff.fares
    assert (fare.origin, fare.destination) == ("博多駅前", "中洲")
    assert (fare.price_before, fare.price_now) == (200, 250)
    assert "値上げ 1" in as_text(diff)
    assert "raised 1" in as_text(diff, "en")


def test_the_validity_is_compared() -> None:
    diff = compare(tables(), tables([("feed_info.txt", "20270331", "20280331")]))

    assert diff.valid_before == ("20260401", "20270331")
    assert diff.valid_now == ("20260401", "20280331")


def test_every_word_is_in_both_languages() -> None:
    assert all(texts["ja"] and texts["en"] for texts in WORDS.values())


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    names=st.lists(st.sampled_from(sorted(VALID)), unique=True),
    cell=st.sampled_from(["", "x", "\ufffd", "99:99:99", "A", "-1", "nan"]),
    at=st.integers(0, 60),
)
def test_any_two_versions_can_be_compared(names: list[str], cell: str, at: int) -> None:
    files = {name: text for name, text in VALID.items() if name not in names}
    cells = files.get(ST, VALID[ST]).split(",")
    cells[at % len(cells)] = cell
    files[ST] = ",".join(cells)
    spoiled = read_files(files)

    for before, now in ((tables(), spoiled), (spoiled, tables()), (FeedTables("", {}), spoiled)):
        diff = compare(before, now)
        assert as_text(diff)
        assert json.loads(as_json(diff))


@needs_shared
def test_two_real_versions_of_saga_differ_in_stops_trips_days_and_fares() -> None:
    folder = SHARED / "data" / "feeds"
    before, now = read_feed(folder / "saga_2025-12.zip"), read_feed(folder / "saga_2026-04.zip")
    diff = compare(before, now)

    old, new = set(before.tables["stops"]["stop_id"]), set(now.tables["stops"]["stop_id"])
    assert len(diff.stops_added) + len(diff.stops_renumbered) == len(new - old)
    assert len(diff.stops_removed) + len(diff.stops_renumbered) == len(old - new)
    # A trip may pass from one route to another, so the balance holds over all routes together.
    grown = sum(route.trips_now - route.trips_before for route in diff.routes)
    assert grown == sum(route.added - route.removed for route in diff.routes)
    assert grown == now.tables["trips"].height - before.tables["trips"].height
    assert diff.services
    assert diff.fares
