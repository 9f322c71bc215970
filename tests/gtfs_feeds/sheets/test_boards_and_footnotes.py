"""Sheets as they hang at stops: minutes without hours, footnotes, boards; files that are no sheet."""

import pytest

from gtfs_feeds.sheets import SheetRefused, convert_sheets
from tests.gtfs_feeds.sheets.books import convert, refused, runs, served


def test_minutes_without_an_hour_follow_the_time_before() -> None:
    converted = convert(
        {
            "大島航路 毎日": (
                ("神湊", "7:40", "9:58", "11:05"),
                ("地島", "55", "05", "‖"),
                ("大島港", "8:05", "20", "30"),
            )
        }
    )

    assert [calls for _, calls in runs(converted)] == [
        "神湊 07:40 地島 07:55 大島港 08:05",
        "神湊 09:58 地島 10:05 大島港 10:20",
        "神湊 11:05 大島港 11:30",
    ]
    assert [str(one.at) for one in converted.remarks if one.note.value == "minutes-only"] == [
        "大島航路 毎日"
    ]


def test_minutes_with_no_time_before_them_are_refused_with_their_cell() -> None:
    rows = (("神湊", "7:40", "40"), ("大島港", "8:05", "9:05"))

    assert ("大島航路 毎日!C1", "bad-time") in refused({"大島航路 毎日": rows})


def test_a_time_with_a_mark_runs_on_the_days_that_its_line_names() -> None:
    converted = convert(
        {
            "大島航路": (
                ("運航日", "毎日"),
                ("便", "1便", "2便", "3便◎"),
                ("神湊", "7:40", "※9:25", "11:00"),
                ("大島港", "8:05", "9:50※", "11:25"),
                (),
                ("※印の便は土日祝運休",),
                ("◎…８月１日～８月３日のみ運航",),
            )
        }
    )

    (daily, _), (marked, _), (summer, _) = runs(converted)
    assert len(served(converted, daily)) == 365
    # Monday 2026-04-06 runs, Saturday 04-11 and Showa Day (Wednesday 04-29) do not.
    days = served(converted, marked)
    assert "20260406" in days
    assert not {"20260411", "20260429"} & days
    assert served(converted, summer) == {"20260801", "20260802", "20260803"}


def test_a_mark_that_nothing_explains_is_refused_with_its_cell() -> None:
    rows = (("神湊", "7:40", "▲9:25"), ("大島港", "8:05", "9:50"))

    assert refused({"大島航路 毎日": rows}) == [("大島航路 毎日!C1", "unknown-mark")]


def test_a_footnote_about_something_else_is_remarked_and_changes_no_day() -> None:
    rows = (("神湊", "7:40※"), ("大島港", "8:05"), ("※ 前日までに電話予約",))
    converted = convert({"大島航路 毎日": rows})

    ((days, _),) = runs(converted)
    assert len(served(converted, days)) == 365
    assert [str(one.at) for one in converted.remarks if one.note.value == "footnote"] == [
        "大島航路 毎日!A3"
    ]


BOARD = (
    ("路線名", "大島航路"),
    ("港", "神湊", "地島", "大島港"),
    ("所要時間(分)", 0, 15, 25),
    (),
    ("時", "平日", None, "土日祝", None),
    (7, "05", "40", "３０", None),
    (8, 10, None, "-", None),
    (9, "00 20 50※", None, 0, "45"),
    (),
    ("※ 4月29日運休",),
)
MERGED = {"のりば": ["B5:C5", "D5:E5"]}


def test_a_board_with_hours_and_minutes_becomes_trips() -> None:
    converted = convert({"のりば": BOARD}, MERGED)
    found = runs(converted)

    assert [calls for days, calls in found if days.startswith("土日祝")] == [
        "神湊 07:30 地島 07:45 大島港 07:55",
        "神湊 09:00 地島 09:15 大島港 09:25",
        "神湊 09:45 地島 10:00 大島港 10:10",
    ]
    # 7:05, 7:40, 8:10, 9:00, 9:20, 9:50 on weekdays.
    weekdays = [calls for days, calls in found if days.startswith("平日")]
    assert [calls[3:8] for calls in weekdays] == [
        "07:05", "07:40", "08:10", "09:00", "09:20", "09:50",
    ]  # fmt: skip


def test_a_board_without_stops_and_durations_says_what_is_missing() -> None:
    alone = (("路線名", "大島航路"), *BOARD[4:])

    assert refused({"のりば": alone})[0] == ("のりば!A2", "board-alone")


@pytest.mark.parametrize(("text", "cell"), [("75", "C6"), ("朝", "C6")])
def test_a_minute_that_is_none_is_refused_with_its_cell(text: str, cell: str) -> None:
    rows = list(BOARD)
    rows[5] = (7, "05", text, "30", None)

    assert refused({"のりば": tuple(rows)}, MERGED) == [(f"のりば!{cell}", "bad-time")]


def test_durations_that_fall_and_stops_that_are_unknown_are_refused_with_their_cells() -> None:
    rows = list(BOARD)
    rows[1] = ("港", "神湊", "どこか", "大島港", "地島")
    rows[2] = ("所要時間(分)", 0, 15, 25, 20)

    assert set(refused({"のりば": tuple(rows)}, MERGED)) == {
        ("のりば!C2", "unknown-stop"),
        ("のりば!E3", "bad-time"),
    }


@pytest.mark.parametrize(
    ("data", "trouble"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old-excel"),
        (b"%PDF-1.7\n%\xe2\xe3", "no-table"),
        (b"\x89PNG\r\n\x1a\n", "no-table"),
    ],
)
def test_files_that_are_no_sheet_are_refused_with_what_to_do(data: bytes, trouble: str) -> None:
    with pytest.raises(SheetRefused) as refusal:
        convert_sheets(data, "時刻表.xls")

    assert refusal.value.problems[0].trouble.value == trouble
    assert "送って" in refusal.value.problems[0].ja or "保存" in refusal.value.problems[0].ja
