"""Every rule on one feed that breaks it and on feeds that do not."""

import re
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from gtfs_feeds.read import FAULT_TEXTS, Fault, FeedTables
from gtfs_feeds.validate import Profile, Report, validate
from gtfs_feeds.validate.profiles import codes, entries
from tests.gtfs_feeds.validate.spoiled_feeds import NEAR_MISSES, SPOILED
from tests.support.shared import SHARED, needs_shared
from tests.support.valid_feed import TODAY, tables

ELSEWHERE = {
    "jp_stop_id_churn": "needs a previous version; below",
    "jp_trip_id_churn": "needs a previous version; below",
    "jp_realtime_trip_unknown": "needs realtime ids; below",
    "runtime_exception_in_validator_error": "only a defect of ours; test_hostile",
}


def found(report: Report) -> set[str]:
    """Return every code that fired, reported or silenced."""
    return {finding.code for finding in report.findings} | set(report.silenced)


@pytest.mark.parametrize("profile", list(Profile))
def test_the_valid_feed_has_no_finding_in_any_profile(profile: Profile) -> None:
    report = validate(tables(), today=TODAY, profile=profile)

    assert found(report) == set()
    assert report.is_valid


@pytest.mark.parametrize("code", sorted(SPOILED))
def test_a_rule_fires_on_a_feed_that_breaks_it(code: str) -> None:
    report = validate(tables(SPOILED[code]), today=TODAY)

    assert code in found(report)
    assert "runtime_exception_in_validator_error" not in found(report)


@pytest.mark.parametrize("code", sorted(NEAR_MISSES))
def test_a_rule_is_silent_at_its_very_edge(code: str) -> None:
    report = validate(tables(NEAR_MISSES[code]), today=TODAY)

    assert code not in found(report)


def test_every_code_of_the_tables_has_a_feed_that_makes_it_fire() -> None:
    assert set(codes()) - set(SPOILED) - set(ELSEWHERE) - set(FAULT_TEXTS) == set()
    assert set(SPOILED) <= set(codes())


@pytest.mark.parametrize("code", sorted(FAULT_TEXTS))
def test_a_fault_of_reading_is_reported_with_its_count(code: str) -> None:
    faults = (
        Fault(code, "stops.txt", 3, field="stop_name", value="x"),
        Fault(code, "stops.txt", 4, field="stop_name", count=7),
    )
    report = validate(replace(tables(), faults=faults), today=TODAY)

    counts = {finding.code: finding.count for finding in report.findings} | report.silenced
    assert counts == {code: 8}


@needs_shared
def test_every_core_rule_of_the_canonical_validator_is_there() -> None:
    page = (SHARED / "research" / "gtfs_validator_rules.md").read_text(encoding="utf-8")
    core = set(re.findall(r"^\| ([a-z0-9_]+) \| x \|", page, re.MULTILINE))

    assert len(core) == 75
    assert core <= set(codes())
    assert core == {entry.code for entry in entries().values() if entry.is_core}


def test_one_finding_names_line_column_value_and_stop() -> None:
    edits = [("stops.txt", "33.5950", "93.5950")]
    report = validate(tables(edits), today=TODAY)

    (finding,) = [f for f in report.findings if f.code == "number_out_of_range"]
    assert (finding.file, finding.field, finding.count) == ("stops.txt", "stop_lat", 1)
    # The header is line 1, A is line 2, B is line 3.
    assert finding.samples[0].row == 3
    assert finding.samples[0].value == "93.595"
    assert finding.samples[0].facts["stopName"] == "中洲"


def test_many_rows_are_one_finding_with_the_first_twenty_lines() -> None:
    rows = "".join(f"T1,08:00:00,08:00:00,missing{n},{n},,,,1\n" for n in range(10, 60))
    edits = [("stop_times.txt", "T2,09:00:00,09:00:00,C", f"{rows}T2,09:00:00,09:00:00,C")]
    report = validate(tables(edits), today=TODAY)

    (finding,) = [f for f in report.findings if f.code == "foreign_key_violation"]
    assert finding.count == 50
    # Three calls of T1 stand in lines 2 to 4.
    assert [sample.row for sample in finding.samples] == list(range(5, 25))


def previous_version() -> FeedTables:
    ids = [f"old{n}" for n in range(30)]
    return FeedTables(
        "before", {"trips": pl.DataFrame({"trip_id": ids}), "stops": pl.DataFrame({"stop_id": ids})}
    )


def test_new_ids_for_nearly_everything_are_reported_against_the_version_before() -> None:
    report = validate(tables(), today=TODAY, previous=previous_version())

    assert {"jp_trip_id_churn", "jp_stop_id_churn"} <= found(report)
    facts = next(f for f in report.findings if f.code == "jp_trip_id_churn").samples[0].facts
    assert facts == {"idsBefore": 30, "idsNow": 2, "idsKept": 0}


def test_the_same_ids_as_before_are_not_reported() -> None:
    assert found(validate(tables(), today=TODAY, previous=tables())) == set()


def test_trips_of_realtime_messages_that_the_feed_lacks_are_named() -> None:
    report = validate(tables(), today=TODAY, realtime_trip_ids=["T1", "T9"])

    (finding,) = report.findings
    assert finding.code == "jp_realtime_trip_unknown"
    assert [sample.value for sample in finding.samples] == ["T9"]


def test_every_holiday_on_a_weekday_is_named_and_none_at_the_weekend() -> None:
    report = validate(tables(SPOILED["jp_holiday_without_exception"]), today=date(2026, 9, 1))

    (finding,) = [f for f in report.findings if f.code == "jp_holiday_without_exception"]
    days = [sample.value for sample in finding.samples]
    # Cabinet Office list: 敬老の日 (Mon), 休日 (Tue) and 秋分の日 (Wed) of September 2026; New
    # Year's Day has an exception in the feed; 2027-03-21 is a Sunday, and the Monday after is off.
    assert days[:3] == ["20260921", "20260922", "20260923"]
    assert "20270101" not in days
    assert "20270321" not in days
    assert "20270322" in days


@pytest.mark.parametrize(
    ("route_type", "is_fast"), [("3", True), ("2", False), ("1100", False), ("200", True)]
)
def test_what_is_too_fast_depends_on_the_kind_of_vehicle(route_type: str, is_fast: bool) -> None:
    # About 33 km in 5 minutes and the allowed one more: 334 km/h.
    edits = [
        ("stops.txt", "33.6000,130.4200", "33.8950,130.4200"),
        ("routes.txt", ",3,", f",{route_type},"),
    ]
    report = validate(tables(edits), today=TODAY)

    assert ("fast_travel_between_consecutive_stops" in found(report)) is is_fast
