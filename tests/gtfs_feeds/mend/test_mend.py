"""Mending: safe repairs with their diff, the same bytes every time, nothing left to do after."""

import io
import json
import zipfile

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gtfs_feeds.mend import Mended, Obstacle, Rule, as_json, as_text, mend_feed, mend_zip
from gtfs_feeds.read import FeedUnreadable, read_feed, read_zip
from tests.support.shared import SHARED, needs_shared


def zipped(files: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def mend(**files: bytes | str) -> Mended:
    return mend_zip(zipped({f"{name}.txt": data for name, data in files.items()}))


def diff(mended: Mended) -> list[tuple[str, int | None, str, str, str, str]]:
    return [
        (change.file, change.row, change.field, change.before, change.after, change.rule.value)
        for change in mended.changes
    ]


def test_cells_are_mended_and_each_change_is_told() -> None:
    mended = mend(
        stop_times="trip_id,arrival_time,stop_headsign,stop_sequence\r\n"
        "T, 9:05:00,　博多行,１\r\n"
        "T,10:00:00,１２番,2\r\n"
    )

    assert unzipped(mended.data)["stop_times.txt"].decode() == (
        "trip_id,arrival_time,stop_headsign,stop_sequence\r\n"
        "T,09:05:00,博多行,1\r\n"
        "T,10:00:00,１２番,2\r\n"
    )
    assert diff(mended) == [
        ("stop_times.txt", 2, "arrival_time", " 9:05:00", "9:05:00", "blanks"),
        ("stop_times.txt", 2, "arrival_time", "9:05:00", "09:05:00", "time"),
        ("stop_times.txt", 2, "stop_headsign", "　博多行", "博多行", "blanks"),
        ("stop_times.txt", 2, "stop_sequence", "１", "1", "full-width"),
    ]


@pytest.mark.parametrize(
    ("encoding", "rule"),
    [
        ("utf-8-sig", Rule.BYTE_ORDER_MARK),
        ("cp932", Rule.ENCODING),
        ("utf-16", Rule.ENCODING),
        ("utf-16-be", Rule.ENCODING),
    ],
)
def test_every_encoding_becomes_utf8(encoding: str, rule: Rule) -> None:
    text = "stop_id,stop_name\nA,博多\n"

    mended = mend(stops=text.encode(encoding))

    assert unzipped(mended.data) == {"stops.txt": text.encode()}
    assert [change.rule for change in mended.changes] == [rule]


def test_folders_names_and_separators_are_set_right() -> None:
    mended = mend_zip(
        zipped(
            {
                "feed/route_jp.txt": "route_id\troute_update_date\nR\t20260401\n",
                "feed/Stops.TXT": "Stop_ID,stop_name,\nA,博多,\n",
                "feed/map.png": b"\x89PNG",
            }
        )
    )

    assert unzipped(mended.data) == {
        "routes_jp.txt": b"route_id,route_update_date\nR,20260401\n",
        "stops.txt": "stop_id,stop_name\nA,博多\n".encode(),
        "map.png": b"\x89PNG",
    }
    assert {change.rule for change in mended.changes} == {
        Rule.FOLDER,
        Rule.FILE_NAME,
        Rule.SEPARATOR,
        Rule.HEADER_NAME,
        Rule.EMPTY_COLUMN,
    }


def test_identical_fare_rules_are_kept_once_and_different_ones_all() -> None:
    mended = mend(fare_rules="fare_id,origin_id,destination_id\nF,1,2\nF,1,2\nG,1,2\nF,1,2 \n")

    assert unzipped(mended.data)["fare_rules.txt"] == (
        b"fare_id,origin_id,destination_id\nF,1,2\nG,1,2\n"
    )
    assert [(change.row, change.rule) for change in mended.changes] == [
        (3, Rule.DUPLICATE_FARE_RULE),
        (5, Rule.BLANKS),
        (5, Rule.DUPLICATE_FARE_RULE),
    ]


def test_identical_rows_of_other_tables_stay() -> None:
    rows = "service_id,date,exception_type\nX,20260101,1\nX,20260101,1\n"

    assert unzipped(mend(calendar_dates=rows).data)["calendar_dates.txt"] == rows.encode()


def test_old_translations_are_written_in_the_present_form() -> None:
    mended = mend(
        stops="stop_id,stop_name\n1,博多駅\n2,博多駅\n",
        trips="trip_id,trip_headsign\nT,博多駅\n",
        translations="trans_id,lang,translation\n博多駅,ja-HrKt,はかたえき\n",
    )

    assert unzipped(mended.data)["translations.txt"].decode() == (
        "table_name,field_name,language,translation,record_id,record_sub_id,field_value\n"
        "stops,stop_name,ja-Hrkt,はかたえき,,,博多駅\n"
        "trips,trip_headsign,ja-Hrkt,はかたえき,,,博多駅\n"
    )
    assert ("translations.txt", 2, "lang", "ja-HrKt", "ja-Hrkt", "reading-tag") in diff(mended)


def test_coordinates_ids_and_meanings_of_times_are_never_touched() -> None:
    strange = (
        "stop_id,stop_name,stop_lat,stop_lon\n"
        "a A,博多,130.42,33.59\n"  # latitude and longitude the wrong way round
        "Ｂ,香椎,0,0\n"
    )
    times = "trip_id,arrival_time,departure_time\nT,25:99:00,24:00:00\nT,8:5:0,９時\n"

    mended = mend(stops=strange, stop_times=times)

    assert unzipped(mended.data)["stops.txt"] == strange.encode()
    assert unzipped(mended.data)["stop_times.txt"].decode() == times.replace("９", "9")


def test_what_is_clean_keeps_its_bytes() -> None:
    stops = b'stop_id,"stop_name"\r\n"A","x, y"\r\n'

    mended = mend(stops=stops)

    assert mended.changes == ()
    assert unzipped(mended.data)["stops.txt"] == stops


def test_a_file_with_broken_quotes_or_bytes_is_left_and_named() -> None:
    quotes = 'stop_id,stop_name\nA, x\nB,"y"z\n'
    bytes_ = b"route_id,route_long_name\nR,\xff\xfe\xfd\n"

    mended = mend(stops=quotes.encode("utf-8-sig"), routes=bytes_)

    assert unzipped(mended.data) == {"routes.txt": bytes_, "stops.txt": quotes.encode()}
    assert {(left.file, left.row, left.obstacle) for left in mended.left} == {
        ("routes.txt", 2, Obstacle.UNDECODABLE),
        ("stops.txt", 3, Obstacle.BROKEN_QUOTES),
    }


def test_cells_beside_the_last_column_are_kept_when_they_hold_text() -> None:
    rows = "stop_id,stop_name\nA,博多,extra\n,,more\nC\n"

    mended = mend(stops=rows + "D,香椎,,\n")

    assert unzipped(mended.data)["stops.txt"].decode() == rows + "D,香椎\n"


def test_the_diff_reads_for_people_and_programs() -> None:
    mended = mend(stops="stop_id,stop_name\nA,博多 \n")

    text, values = as_text(mended), as_json(mended)

    assert "stops.txt:2:stop_name" in text
    assert "前後の空白" in text
    assert json.loads(json.dumps(values))["changes"] == [
        {
            "file": "stops.txt",
            "row": 2,
            "field": "stop_name",
            "before": "博多 ",
            "after": "博多",
            "rule": "blanks",
        }
    ]
    assert values["counts"] == {"blanks": 1}


def test_what_is_no_feed_is_refused() -> None:
    with pytest.raises(FeedUnreadable):
        mend_zip(b"<html>")


CELL = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "　",
            "A ",
            "9:00:00",
            "９:00:00",
            "１",
            '"q"',
            '"a,b"',
            '"x\ny "',
            '"',
            "\0",
            "NA",
        ]
    ),
    st.text(st.sampled_from(list('a1１ 　,"\n;\t駅ﾊﾟ´\u200b')), max_size=4),
)
HEADER = st.sampled_from(
    ["stop_id", "Stop_ID", "stop_lat", "arrival_time", "lang", "trans_id", "translation", "", "x "]
)


@st.composite
def dirty_tables(draw: st.DrawFn) -> bytes:
    header = draw(st.lists(HEADER, min_size=1, max_size=4))
    rows = draw(st.lists(st.lists(CELL, max_size=5), max_size=5))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    separator = draw(st.sampled_from([",", ",", ",", "\t"]))
    text = end.join(separator.join(row) for row in [header, *rows])
    codec = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "cp932", "utf-16"]))
    return text.encode(codec, errors="ignore")


def cells(frame: pl.DataFrame) -> list[tuple[str, ...]]:
    return frame.drop("_row").rows()


@given(
    name=st.sampled_from(["stops.txt", "Stop_Times.txt", "fare_rules.txt", "translations.txt"]),
    data=dirty_tables(),
)
@example(name="stops.txt", data=b'stop_id\r"\tA \r1"\n')  # a line break inside a cell
@settings(max_examples=200, deadline=None)
def test_a_mended_feed_leaves_nothing_to_mend(name: str, data: bytes) -> None:
    files = {"in/agency.txt": "agency_id\n1\n", f"in/{name}": data}

    once = mend_zip(zipped(files))
    twice = mend_zip(once.data)

    assert twice.changes == ()
    assert twice.data == once.data
    left = {left.file.lower() for left in once.left}
    after = read_zip(once.data)
    assert [fault for fault in after.faults if fault.mended and fault.file not in left] == []
    # What reading mends in memory and what mending writes must be the same cells.
    before = read_zip(zipped(files))
    if name == "stops.txt" and before.table("stops") is not None:
        table = before.tables["stops"]
        if "arrival_time" not in " ".join(table.columns):
            assert after.tables["stops"].drop("_row").columns == table.drop("_row").columns
            assert cells(after.tables["stops"]) == cells(table)


@needs_shared
@pytest.mark.shared
@pytest.mark.parametrize(
    "path",
    # The feeds of Saga take ten times as long as all others and hold no other kind of fault.
    sorted((SHARED / "data" / "feeds").glob("[!s]*.zip")) or [SHARED / "none.zip"],
    ids=lambda path: path.stem,
)
def test_real_feeds_are_mended_once_and_for_all(path) -> None:
    before = read_feed(path)

    once = mend_feed(path)
    twice = mend_zip(once.data)
    after = read_zip(once.data)

    assert (twice.changes, twice.data) == ((), once.data)
    assert [fault for fault in after.faults if fault.mended] == []
    assert cells(after.tables["stops"]) == cells(before.tables["stops"])
    assert set(after.tables) == set(before.tables)
