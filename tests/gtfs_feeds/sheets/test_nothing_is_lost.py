"""What stands in a sheet is read or named with its cell: no trip, day or yen gets lost or changed."""

import io
from datetime import date

import openpyxl
import pytest

from gtfs_feeds.sheets import Converted, SheetRefused, convert_sheets
from tests.gtfs_feeds.sheets.books import (
    Rows,
    book,
    child_fares,
    convert,
    fares,
    refused,
    runs,
    served,
)

HEAD: Rows = (("路線名", "大島航路"), ("運航日", "毎日"))
LIST_HEAD = ("航路", "出発港", "出発時刻", "到着港", "到着時刻", "備考", "運賃")


def only_days(made: Converted) -> set[date]:
    """Return the days of the one trip of a feed."""
    ((service, _),) = runs(made)
    return {date.fromisoformat(day) for day in served(made, service)}


def table(*rows: tuple[object, ...]) -> dict[str, Rows]:
    return {"時刻表": (*HEAD, *rows)}


def test_a_number_in_a_circle_is_a_mark_and_no_digit_of_the_time() -> None:
    trips = table(("便名", "1便", "2便"), ("神湊", "①8:05", "9:10"), ("大島港", "8:30", "9:35"))
    legend = {"時刻表": (*trips["時刻表"], ("① 土日祝運休",))}

    assert ("時刻表!B4", "unknown-mark") in refused(trips)
    assert [calls for _, calls in runs(convert(legend))] == [
        "神湊 08:05 大島港 08:30",
        "神湊 09:10 大島港 09:35",
    ]


def test_a_number_in_a_circle_is_no_digit_of_a_fare_either() -> None:
    row = ("大島航路", "神湊", "7:00", "大島港", "7:25", "毎日", "①570")

    assert ("運航表!G2", "bad-fare") in refused({"運航表": (LIST_HEAD, row)})


def test_stops_and_trips_may_be_numbered_in_circles() -> None:
    stops = (("港名", "よみがな", "緯度", "経度"), ("①神湊", "こうのみなと", 33.85, 130.49))
    stops += (("②大島港", "おおしまこう", 33.89, 130.44),)
    made = convert(table(("便名", "①"), ("①神湊", "8:05"), ("②大島港", "8:30")), stops=stops)

    assert [calls for _, calls in runs(made)] == ["①神湊 08:05 ②大島港 08:30"]


@pytest.mark.parametrize("written", ["8:05~", "8:5", "7:05\n7:35", "以降毎時05・35分", "20分間隔"])
def test_a_column_without_one_readable_time_is_named(written: str) -> None:
    sheets = table(("便名", "1便", "2便"), ("神湊", written, "9:10"), ("大島港", "", "9:35"))

    assert ("時刻表!B4", "bad-time") in refused(sheets)


@pytest.mark.parametrize("written", ["8時5分", "8時05分発", "８時５分", 0.336805555555556])
def test_further_ways_to_write_five_past_eight(written: object) -> None:
    made = convert(table(("便名", "1便"), ("神湊", written), ("大島港", "8:30")))

    assert [calls for _, calls in runs(made)] == ["神湊 08:05 大島港 08:30"]


def test_a_quarter_of_a_day_is_not_taken_for_25_past_midnight() -> None:
    assert ("時刻表!B4", "bad-time") in refused(
        table(("便名", "1便", "2便"), ("神湊", 0.25, "9:10"), ("大島港", 0.28, "9:35"))
    )


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("令和8年7月20日～令和8年8月31日運航", date(2026, 7, 20), date(2026, 8, 31)),
        ("R8.7.20~R8.8.31のみ", date(2026, 7, 20), date(2026, 8, 31)),
        ("令和9年1月2日～1月3日のみ運航", date(2027, 1, 2), date(2027, 1, 3)),
    ],
)
def test_dates_of_the_reiwa_era_are_days_of_their_year(words: str, first: date, last: date) -> None:
    made = convert(table(("便名", "1便"), ("備考", words), ("神湊", "8:05"), ("大島港", "8:30")))
    days = only_days(made)

    assert (min(days), max(days)) == (first, last)


@pytest.mark.parametrize(
    "words", ["休前日のみ", "金・土・休前日", "26年7月20日～8月31日運航", "令和8年7月～8月運航"]
)
def test_days_that_have_several_meanings_are_refused(words: str) -> None:
    sheets = table(("便名", "1便"), ("備考", words), ("神湊", "8:05"), ("大島港", "8:30"))

    assert ("時刻表!B4", "unclear-days") in refused(sheets)


@pytest.mark.parametrize("note", ["※土日祝は運休します", "注：12月31日～1月3日は全便運休"])
def test_a_note_below_the_table_about_days_alone_holds_for_all_its_trips(note: str) -> None:
    made = convert(table(("便名", "1便"), ("神湊", "8:05"), ("大島港", "8:30"), (), (note,)))
    days = only_days(made)

    assert (date(2027, 1, 2) in days, date(2026, 4, 1) in days) == (False, True)
    assert "whole-sheet" in {remark.note for remark in made.remarks}


@pytest.mark.parametrize("note", ["※日曜は2便運休", "※2便は日曜運休", "※日曜は大島港行き運休"])
def test_a_note_about_some_trips_is_refused_with_its_cell(note: str) -> None:
    down = table(
        ("便名", "1便", "2便"), ("神湊", "8:05", "9:10"), ("大島港", "8:30", "9:35"), (note,)
    )
    across = table(
        ("便名", "神湊", "大島港"), ("1便", "8:05", "8:30"), ("2便", "9:10", "9:35"), (note,)
    )
    listed = (LIST_HEAD, ("大島航路", "神湊", "7:00", "大島港", "7:25", "毎日", ""), (note,))

    assert ("時刻表!A6", "note-unplaced") in refused(down)
    assert {("時刻表!A6", "note-unplaced"), ("時刻表!A6", "unclear-days")} & set(refused(across))
    assert ("運航表!A3", "note-unplaced") in refused({"運航表": listed})


def test_days_beside_a_trip_across_are_not_those_of_the_whole_sheet() -> None:
    rows = (
        ("便名", "神湊", "大島港", ""),
        ("1便", "8:05", "8:30", "8/13～15運休"),
        ("2便", "9:10", "9:35"),
    )

    assert ("時刻表!D4", "note-unplaced") in refused(table(*rows))


def test_a_season_in_the_title_of_a_list_holds_for_its_rows() -> None:
    row = ("大島航路", "神湊", "7:00", "大島港", "7:25", "毎日", "570")
    made = convert({"運航表": (("大島航路 夏季運航（7/20～8/31）",), (), LIST_HEAD, row)})
    days = only_days(made)

    assert (min(days), max(days)) == (date(2026, 7, 20), date(2026, 8, 31))


def test_a_mark_at_a_time_of_a_list_needs_its_line() -> None:
    row = ("大島航路", "神湊", "※7:00", "大島港", "7:25", "毎日", "570")
    with_line = convert({"運航表": (LIST_HEAD, row, ("※ 日曜運休",))})
    days = only_days(with_line)

    assert ("運航表!C2", "unknown-mark") in refused({"運航表": (LIST_HEAD, row)})
    assert {day.weekday() for day in days} == set(range(6))


def test_one_o_clock_below_afternoon_is_not_taken_for_the_night() -> None:
    rows = (("", "午前", "午後", ""), ("便名", "1", "2", "3"))
    rows += (("神湊", "8:05", "1:00", "15:00"), ("大島港", "8:30", "1:25", "15:25"))

    assert refused(table(*rows)) == [("時刻表!C5", "half-day")]


def test_a_season_with_one_end_is_refused() -> None:
    days = (("運行日名", "曜日", "開始", "終了"), ("夏ダイヤ", "毎日", "7/1", ""))
    trips = table(("便名", "1便"), ("備考", "夏ダイヤ"), ("神湊", "8:05"), ("大島港", "8:30"))

    assert ("運行日!C2", "half-span") in refused({**trips, "運行日": days})


def test_each_table_of_a_sheet_has_the_line_that_stands_above_it() -> None:
    made = convert(
        {
            "Sheet1": (
                ("大島線",),
                ("運航日", "毎日"),
                ("神湊", "8:05"),
                ("大島港", "8:30"),
                (),
                ("地島線",),
                ("運航日", "毎日"),
                ("神湊", "9:05"),
                ("地島", "9:20"),
            )
        }
    )

    assert {r.value for r in made.remarks if r.note == "no-fare"} == {"大島線", "地島線"}


def test_fares_of_children_are_not_sold_to_adults() -> None:
    trips = table(("便名", "1便"), ("神湊", "8:05"), ("大島港", "8:30"))
    adults: Rows = (("神湊",), (570, "大島港"))
    children: Rows = (("神湊",), (290, "大島港"))
    made = convert({**trips, "大人運賃": adults, "小児運賃": children})

    assert fares(made) == {("大島港", "神湊"): "570", ("神湊", "大島港"): "570"}
    assert child_fares(made) == {("大島港", "神湊"): (570, 290), ("神湊", "大島港"): (570, 290)}
    pupils = convert({**trips, "大人運賃": adults, "学生運賃": children})
    assert "other-fares" in {remark.note for remark in pupils.remarks}
    assert child_fares(pupils) == {}
    assert ("運賃2!A2", "fare-twice") in refused({**trips, "運賃": adults, "運賃2": children})


def test_hidden_rows_and_columns_are_named_and_hidden_sheets_left_out() -> None:
    trips = table(("便名", "1便", "2便"), ("神湊", "8:05", "9:10"), ("大島港", "8:30", "9:35"))
    made = openpyxl.load_workbook(io.BytesIO(book({**trips, "旧時刻表": trips["時刻表"]})))
    made["旧時刻表"].sheet_state = "hidden"
    left_out = convert_sheets(saved(made), "book.xlsx")
    made["時刻表"].column_dimensions["C"].hidden = True
    made["時刻表"].row_dimensions[5].hidden = True
    with pytest.raises(SheetRefused) as caught:
        convert_sheets(saved(made), "book.xlsx")

    assert left_out.trips == 2
    assert {str(problem.at) for problem in caught.value.problems} >= {"時刻表!C4", "時刻表!B5"}
    assert {problem.trouble for problem in caught.value.problems} == {"hidden"}


def test_days_below_a_merged_head_of_trips_are_days_and_no_names() -> None:
    rows = (("便", "平日", "", "土日祝"), ("", "1", "2", "3"))
    rows += (("神湊", "8:05", "9:05", "10:05"), ("大島港", "8:30", "9:30", "10:30"))
    made = convert(table(*rows), {"時刻表": ("A3:A4", "B3:C3")})
    days = [served(made, service) for service, _ in runs(made)]

    # 4 April 2026 is a Saturday, the 6th a Monday.
    assert ["20260404" in one for one in days] == [False, False, True]
    assert ["20260406" in one for one in days] == [True, True, False]


def test_what_is_missing_of_the_company_is_said_of_the_file_and_may_stand_above_the_stops() -> None:
    stops = "港名,緯度,経度\r\n神湊,33.85,130.49\r\n"
    company = "事業者名,見本交通\r\n法人番号,3000020401307\r\n"
    troubles = []
    for text in (stops, f"{company}\r\n{stops}"):
        with pytest.raises(SheetRefused) as caught:
            convert_sheets(text.encode("cp932"), "港.csv")
        troubles.append({(str(p.at), p.value) for p in caught.value.problems})

    assert ("港", "事業者名") in troubles[0]
    assert ("港", "事業者名") not in troubles[1]


def saved(made: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()
