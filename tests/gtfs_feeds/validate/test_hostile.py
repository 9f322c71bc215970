"""Whatever a feed holds, validation ends with a report and no rule breaks."""

import re

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtfs_feeds.read import FeedTables, read_feed, read_files
from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate import Report, as_html, validate
from gtfs_feeds.validate.check import BROKEN_RULE
from gtfs_feeds.validate.spec import spec
from tests.support.shared import SHARED, needs_shared
from tests.support.valid_feed import TODAY, VALID, tables

ODD = [
    "", " ", "0", "-1", "1", "3", "99999999999999999999", "1e308", "-0.0", "nan", "inf", "１２",
    "24:00:00", "8:5:0", "-1:00:00", "999:59:59", "20261301", "00010101", "99991231", "A", "B",
    "S", "T1", "T2", "R", "P", "ja", "JPY", "\ufffd", "\x00", "𠮷野家", "'; DROP TABLE stops;--",
    "x" * 5000, "33.59", "130.42", "90", "-180", "20260601", "20270331", "08:00:00", "08:10:00",
]  # fmt: skip


def broken(report: Report) -> list[object]:
    return [dict(f.samples[0].facts) for f in report.findings if f.code == BROKEN_RULE]


@st.composite
def random_feeds(draw: st.DrawFn) -> FeedTables:
    """Draw tables of the specification with columns of odd cells."""
    names = draw(st.lists(st.sampled_from(sorted(spec())), unique=True, max_size=9))
    made: dict[str, pl.DataFrame] = {}
    for name in names:
        fields = draw(st.lists(st.sampled_from(sorted(spec()[name].fields)), unique=True))
        height = draw(st.integers(0, 4))
        columns = {
            field: draw(st.lists(st.sampled_from(ODD), min_size=height, max_size=height))
            for field in fields
        }
        made[name] = pl.DataFrame(
            columns | {ROW: list(range(2, 2 + height))},
            schema=dict.fromkeys(fields, pl.String) | {ROW: pl.Int64},
        )
    return FeedTables("random", made)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(feed=random_feeds())
def test_no_rule_breaks_on_random_tables(feed: FeedTables) -> None:
    report = validate(feed, today=TODAY, previous=feed, realtime_trip_ids=["T1"])

    assert broken(report) == []
    assert as_html(report)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_rule_breaks_on_the_valid_feed_with_odd_cells(data: st.DataObject) -> None:
    files = dict(VALID)
    for _ in range(data.draw(st.integers(1, 12))):
        name = data.draw(st.sampled_from(sorted(files)))
        cells = re.split(r"([,\n])", files[name])
        at = data.draw(st.integers(0, len(cells) - 1))
        if cells[at] not in {",", "\n"}:
            cells[at] = data.draw(st.sampled_from([odd for odd in ODD if "\x00" not in odd]))
        files[name] = "".join(cells)

    report = validate(read_files(files), today=TODAY)

    assert broken(report) == []


def test_a_rule_that_breaks_is_reported_and_the_others_go_on() -> None:
    def faulty(feed: object) -> list[object]:
        raise ZeroDivisionError

    def sound(feed: object) -> list[object]:
        return []

    report = validate(tables(), today=TODAY, rules=(faulty, sound))

    (finding,) = report.findings
    assert finding.code == BROKEN_RULE
    assert finding.samples[0].facts["exception"] == "ZeroDivisionError"
    assert [timing.rule for timing in report.timings][:2] == [
        "test_hostile.faulty",
        "test_hostile.sound",
    ]


def test_feeds_made_to_cost_the_square_of_their_size_are_judged() -> None:
    count = 1500
    trips = "route_id,service_id,trip_id,block_id\n" + "".join(
        f"R,S,B{n},same\n" for n in range(count)
    )
    calls = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    calls += "".join(
        f"B{n},08:00:00,08:00:00,A,1\nB{n},09:00:00,09:00:00,C,2\n" for n in range(count)
    )
    # One trip of 6,000 calls that runs to and fro within one minute.
    calls += "".join(f"B0,08:00:00,08:00:00,{'AC'[n % 2]},{n}\n" for n in range(3, 6_000))
    name = "あ" + "の" * 4000
    stops = VALID["stops.txt"] + "".join(f"L{n},{name},,33.59,130.42,,,0,,,,\n" for n in range(100))
    readings = VALID["translations.txt"] + f"stops,stop_name,ja-Hrkt,{'の' * 4000},,,{name}\n"
    files = dict(VALID) | {
        "trips.txt": trips,
        "stop_times.txt": calls,
        "stops.txt": stops,
        "translations.txt": readings,
    }

    report = validate(read_files(files), today=TODAY)

    assert broken(report) == []
    assert "block_trips_with_overlapping_stop_times" in {f.code for f in report.findings}


FEEDS = sorted((SHARED / "data").glob("*/*.zip")) if (SHARED / "data").is_dir() else []


@needs_shared
@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.stem)
def test_every_real_feed_is_judged_without_a_broken_rule(path) -> None:
    report = validate(read_feed(path), today=TODAY)

    assert broken(report) == []
    errors = {f.code for f in report.findings if f.severity == "ERROR"}
    if path.stem == "broken_sanko_bus_no_stop_times":
        assert errors == {"missing_required_file"}
