"""Faults of reading: each has its file, line and field, and none hides another."""

import io
import re
import zipfile
from pathlib import Path

import pytest

import gtfs_feeds.read
from gtfs_feeds.read import FAULT_TEXTS, Fault, FeedTables, ReadLimits, read_files, read_zip
from gtfs_feeds.validate import text_of

HEAD = "stop_id,stop_name,stop_lat,stop_lon\n"


def stops(text: str | bytes, **more: str) -> FeedTables:
    return read_files({"stops.txt": text} | {f"{name}.txt": data for name, data in more.items()})


def only(feed: FeedTables, code: str) -> Fault:
    (fault,) = [fault for fault in feed.faults if fault.code == code]
    return fault


def test_all_faults_of_a_feed_are_told_not_only_the_first() -> None:
    feed = stops(
        HEAD + "A, 博多,33.5,130.4\nB,香椎,33.6\n\nC,折尾,３３．８,130.7,x\n",
        calendar="service_id,service_id\nX,Y\n",
    )

    assert [(fault.file, fault.row, fault.field, fault.code) for fault in feed.faults] == [
        ("calendar.txt", 1, "service_id", "duplicated_column"),
        ("stops.txt", 2, "stop_name", "leading_or_trailing_whitespaces"),
        ("stops.txt", 3, "", "invalid_row_length"),
        ("stops.txt", 4, "", "empty_row"),
        ("stops.txt", 5, "", "invalid_row_length"),
        ("stops.txt", 5, "stop_lat", "full_width_digits"),
    ]
    assert feed.tables["stops"].rows() == [
        ("A", "博多", "33.5", "130.4", 2),
        ("B", "香椎", "33.6", "", 3),
        ("C", "折尾", "33.8", "130.7", 5),
    ]


def test_lines_are_counted_through_line_breaks_in_quotes() -> None:
    feed = stops('stop_id,stop_desc\r\nA,"two\r\nlines"\r\nB,x\r\n')

    assert feed.tables["stops"].rows() == [("A", "two\r\nlines", 2), ("B", "x", 4)]
    assert only(feed, "new_line_in_value").row == 2


def test_files_that_end_lines_with_cr_alone_are_read() -> None:
    feed = stops("stop_id,stop_name\rA,博多\rB,香椎\r")

    assert feed.tables["stops"].rows() == [("A", "博多", 2), ("B", "香椎", 3)]


def test_tables_saved_as_unicode_text_by_a_spreadsheet_are_read() -> None:
    feed = stops('stop_id\tstop_name\r\nA\t"博多, 駅"\r\n'.encode("utf-16"))

    assert feed.tables["stops"].rows() == [("A", "博多, 駅", 2)]
    assert {fault.code for fault in feed.faults} == {"not_utf8", "wrong_separator"}


def test_an_open_quote_costs_its_own_line_only() -> None:
    rows = "".join(f"S{number},name\n" for number in range(300))
    feed = stops('stop_id,stop_name\nA,"open\n' + rows)

    assert only(feed, "csv_parsing_failed").row == 2
    assert feed.tables["stops"].height == 301
    assert feed.tables["stops"].row(0) == ("A", "open", 2)
    assert feed.tables["stops"].row(300) == ("S299", "name", 302)


def test_headers_are_understood_in_any_case_width_and_spacing() -> None:
    feed = stops("Stop_ID, stop_name ,ｓｔｏｐ＿ｌａｔ,My_Own\nA,博多,1,x\n")

    assert feed.tables["stops"].columns == ["stop_id", "stop_name", "stop_lat", "My_Own", "_row"]
    assert sorted(fault.field for fault in feed.faults) == ["stop_id", "stop_lat", "stop_name"]


def test_a_second_column_of_a_name_and_one_without_a_name_are_kept() -> None:
    feed = stops("stop_id,stop_id,,\nA,B,C,\n")

    assert feed.tables["stops"].columns == ["stop_id", "stop_id#2", "#1", "_row"]
    assert [(fault.code, fault.mended) for fault in feed.faults] == [
        ("empty_column_name", False),
        ("empty_column_name", True),
        ("duplicated_column", False),
    ]


def test_nul_bytes_are_taken_out_with_their_line() -> None:
    feed = stops("stop_id,stop_name\nA,博\0多\n")

    assert feed.tables["stops"].row(0) == ("A", "博多", 2)
    assert only(feed, "null_byte").row == 2


def test_full_width_stays_in_names_and_ids() -> None:
    feed = stops("stop_id,stop_name,location_type\nＡ１,３丁目,０\n")

    assert feed.tables["stops"].row(0) == ("Ａ１", "３丁目", "0", 2)


def test_one_line_in_cp932_does_not_garble_the_others() -> None:
    data = (
        (HEAD + "A,博多,1,1\n").encode() + "B,香椎,1,1\n".encode("cp932") + "C,折尾,1,1\n".encode()
    )
    feed = stops(data)

    assert feed.tables["stops"]["stop_name"].to_list() == ["博多", "香椎", "折尾"]
    assert only(feed, "mixed_encodings").row == 3


def test_a_damaged_character_is_told_with_its_line_and_not_taken_for_cp932() -> None:
    whole = (HEAD + "A,博多駅前通り,1,1\nB,香椎宮前参道,1,1\n").encode()
    damaged = whole.replace("香".encode(), b"\xe9\xa6\x41")
    feed = stops(damaged)

    assert only(feed, "invalid_character").row == 3
    assert feed.tables["stops"]["stop_name"][1].endswith("椎宮前参道")


def test_a_long_cell_is_kept_and_told() -> None:
    feed = stops("stop_id,stop_desc\nA," + "x" * 5000 + "\n")

    assert len(feed.tables["stops"]["stop_desc"][0]) == 5000
    assert only(feed, "too_long_cell").facts == {"chars": 5000}


def test_many_faults_of_a_kind_are_counted_not_listed() -> None:
    feed = read_files(
        {"stops.txt": "stop_id,stop_name\n" + "A, x\n" * 50},
        limits=ReadLimits(listed_faults=3),
    )

    blanks = [fault for fault in feed.faults if fault.code == "leading_or_trailing_whitespaces"]
    assert sum(fault.count for fault in blanks) == 50
    assert sorted(fault.row for fault in blanks if fault.row) == [2, 3, 4, 5]


def test_rows_and_columns_beyond_the_limits_are_left_out_and_told() -> None:
    feed = read_files(
        {"stops.txt": "stop_id,a,b\n" + "A,1,2\n" * 10}, limits=ReadLimits(rows=4, columns=2)
    )

    assert feed.tables["stops"].shape == (4, 3)
    assert only(feed, "too_many_columns").facts == {"columns": 3, "limit": 2}
    assert only(feed, "too_many_rows").row == 6


def test_wrong_file_names_are_understood_and_the_right_one_wins() -> None:
    feed = read_files(
        {
            "STOPS.TXT": "stop_id\nwrong\n",
            "stops.txt": "stop_id\nright\n",
            "route_jp.txt": "route_id,route_update_date\nR,20260401\n",
            "Calendar.Txt": "service_id\nX\n",
            "pass_attributes.txt": "pass_id,price\nP,1\n",
            "locations.geojson": "{}",
        }
    )

    assert set(feed.tables) == {"stops", "routes_jp", "calendar", "pass_attributes"}
    assert feed.tables["stops"]["stop_id"].to_list() == ["right"]
    assert set(feed.others) == {"STOPS.TXT", "locations.geojson"}
    assert {fault.code for fault in feed.faults} == {
        "duplicate_file",
        "file_name_mended",
        "unknown_file",
    }


def test_folders_and_what_macos_leaves_are_looked_through() -> None:
    feed = read_files(
        {
            "GTFS 2026/stops.txt": "stop_id\nA\n",
            "GTFS 2026/routes.txt": "route_id\nR\n",
            "GTFS 2026/map.png": b"\x89PNG",
            "old/stops.txt": "stop_id\nB\n",
            "__MACOSX/GTFS 2026/._stops.txt": b"\0\5\x16\7",
            ".DS_Store": b"\0",
        }
    )

    assert feed.tables["stops"]["stop_id"].to_list() == ["A"]
    assert set(feed.others) == {"map.png", "old/stops.txt"}
    assert only(feed, "invalid_input_files_in_subfolder").value == ""
    assert only(feed, "tables_in_another_folder").file == "old"


def test_names_that_climb_out_of_the_zip_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("stops.txt", "stop_id\nA\n")
        archive.writestr("../../routes.txt", "route_id\nR\n")
        archive.writestr("/etc/trips.txt", "trip_id\nT\n")
        archive.writestr("C:\\x\\agency.txt", "agency_id\n1\n")
    feed = read_zip(buffer.getvalue())

    assert set(feed.tables) == {"stops"}
    assert {fault.code for fault in feed.faults} == {"unsafe_file_name"}
    assert len(feed.faults) == 3


def test_a_zip_in_a_zip_is_opened_once() -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("stops.txt", "stop_id\nA\n")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("gtfs/feed.zip", inner.getvalue())
    feed = read_zip(outer.getvalue())

    assert feed.tables["stops"]["stop_id"].to_list() == ["A"]
    assert only(feed, "nested_zip").mended


def test_every_code_that_reading_uses_is_explained_in_both_languages() -> None:
    folder = Path(gtfs_feeds.read.__file__).parent
    used = {
        code
        for path in folder.glob("*.py")
        for code in re.findall(
            r'(?:faults\.add|code = |code, field =)\(?\s*"(\w+)"', path.read_text("utf-8")
        )
    }

    assert len(used) >= 20
    assert used <= FAULT_TEXTS.keys()
    assert all(
        text.ja and text.en and text.remedy_ja and text.remedy_en for text in FAULT_TEXTS.values()
    )


@pytest.mark.parametrize("code", FAULT_TEXTS)
def test_the_validator_reports_every_fault_in_the_readers_words(code: str) -> None:
    assert text_of(code, "ja").message == FAULT_TEXTS[code].ja
    assert text_of(code, "en").remedy == FAULT_TEXTS[code].remedy_en
    assert text_of(code, "ja").cause
