"""Lists of sailings, among them the real ones of the ferries of Kyushu."""

import csv
from pathlib import Path

import pytest

from gtfs_feeds.sheets import Defaults, SheetRefused, convert_files, convert_sheets
from tests.gtfs_feeds.sheets.books import STOPS, book, convert, fares, feed, refused, runs
from tests.support.shared import SHARED, needs_shared

FACTS = SHARED / "data" / "facts" / "kyushu_ferries_facts.csv"


def test_a_list_with_dittos_merged_cells_and_a_two_row_header() -> None:
    converted = convert(
        {
            "運航表 毎日": (
                ("船名", "出発", None, "到着", None, "大人運賃(円)", "備考"),
                (None, "港", "時刻", "港", "時刻", None, None),
                ("フェリーおおしま", "神湊", "7:40", "大島港", "8:05", "570", None),
                ("〃", "〃", "9:25", "〃", "9:50", "〃", None),
                ("旅客船しおかぜ", None, "１１：１５", None, "11:30", "〃", "土日祝運休"),
                ("しおかぜ", "大島港", "12:00", "神湊", "12:15", "570", "運休"),
            )
        },
        {"運航表 毎日": ("B1:C1", "D1:E1", "A1:A2", "F1:F2", "G1:G2", "B4:B5", "D4:D5")},
    )

    assert (
        runs(converted)
        == [
            ("毎日", "神湊 07:40 大島港 08:05"),
            ("毎日", "神湊 09:25 大島港 09:50"),
            ("土日祝運休", "神湊 11:15 大島港 11:30"),
        ]
        or runs(converted)[0][0] == "運航表 毎日"
    )
    assert fares(converted) == {("神湊", "大島港"): "570", ("大島港", "神湊"): "570"}
    names = feed(converted).tables["trips"]["trip_short_name"].to_list()
    assert names == ["フェリーおおしま", "フェリーおおしま", "旅客船しおかぜ"]


def rows_of(operator: str) -> list[dict[str, str]]:
    with FACTS.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row["operator"] == operator]


FACT_COLUMNS = ("vessel", "origin", "departure", "destination", "arrival", "adult_fare_yen")


def sheet_of(rows: list[dict[str, str]], days: str) -> tuple[tuple[str, ...], ...]:
    head = ("船名", "出発港", "出発時刻", "到着港", "到着時刻", "大人運賃", "期間")
    return (
        head,
        *((*(row[name] for name in FACT_COLUMNS), days) for row in rows),
    )


def as_called(row: dict[str, str]) -> str:
    return f"{row['origin']} {row['departure']} {row['destination']} {row['arrival']}"


def ports(*names: str) -> tuple[tuple[object, ...], ...]:
    places = [(name, None, None, 33.0 + at / 10, 130.0) for at, name in enumerate(names)]
    return (STOPS[0], *places)


COMPANIES = {
    "宗像市": ("毎日", "神湊", "大島港"),
    "九州郵船": (
        "4/1～6/30", "博多港", "壱岐(芦辺/郷ノ浦)", "壱岐", "対馬(厳原)", "比田勝", "唐津東港", "印通寺",
    ),
    "九州商船": ("毎日", "長崎港", "福江(五島)", "佐世保港", "有川(上五島)"),
    "種子屋久高速船": ("4月～6月", "西之表港", "宮之浦港"),
    "東京九州フェリー": ("毎日", "横須賀港", "新門司港"),
}  # fmt: skip


@needs_shared
@pytest.mark.shared
@pytest.mark.parametrize("operator", COMPANIES)
def test_the_sailings_of_a_real_company_become_its_trips(operator: str) -> None:
    days, *names = COMPANIES[operator]
    rows = rows_of(operator)

    converted = convert({"運航表": sheet_of(rows, days)}, stops=ports(*names))

    assert sorted(calls for _, calls in runs(converted)) == sorted(map(as_called, rows))
    expected = {
        pair: row["adult_fare_yen"]
        for row in rows
        for pair in (
            (row["origin"], row["destination"]),
            (row["destination"], row["origin"]),
        )
    }
    assert fares(converted) == expected


@needs_shared
@pytest.mark.shared
def test_a_row_that_is_no_sailing_is_refused_with_its_cell() -> None:
    (row,) = rows_of("鹿児島市船舶局(桜島フェリー)")

    problems = refused(
        {"桜島フェリー 毎日": sheet_of([row], "")}, stops=ports("鹿児島港", "桜島港")
    )

    # "52 sailings/day each way" stands where the departure belongs, and no arrival.
    assert problems == [("桜島フェリー 毎日!C2", "bad-time"), ("桜島フェリー 毎日!E2", "bad-time")]


@needs_shared
@pytest.mark.shared
def test_the_file_of_all_companies_is_refused_because_it_mixes_them() -> None:
    with pytest.raises(SheetRefused) as refusal:
        convert_files(
            [FACTS], Defaults("宗像市", "3000020401307", "https://example.jp/", "船", "2026-04-01")
        )

    assert refusal.value.problems[0].trouble.value == "missing"


def test_a_call_between_for_which_the_list_has_no_column_is_not_dropped() -> None:
    rows = (
        ("出発港", "出発時刻", "寄港", "到着港", "到着時刻"),
        ("神湊", "7:40", "7:55", "大島港", "8:05"),
    )

    assert refused({"運航表 毎日": rows}) == [("運航表 毎日!C2", "unread-time")]


def test_csv_files_of_a_folder_in_cp932_are_one_timetable(tmp_path: Path) -> None:
    stops = "\n".join(",".join(str(cell) for cell in row) for row in STOPS)
    (tmp_path / "港.csv").write_bytes(stops.encode("cp932"))
    table = "便,1便,2便\n神湊,7:40,9:25\n大島港,8:05,9:50\n"
    (tmp_path / "大島航路_平日.csv").write_bytes(table.encode("cp932"))
    (tmp_path / "memo.pdf").write_bytes(b"%PDF")
    defaults = Defaults(
        "宗像市", "3000020401307", "https://example.jp/", "船", "2026-04-01", "2027-03-31"
    )

    converted = convert_files([tmp_path], defaults)

    assert [calls for _, calls in runs(converted)] == [
        "神湊 07:40 大島港 08:05",
        "神湊 09:25 大島港 09:50",
    ]
    assert set(feed(converted).tables["routes"]["route_id"]) == {"大島航路"}


def test_what_is_no_workbook_is_refused_and_never_raises() -> None:
    whole = book({"大島航路 毎日": (("神湊", "7:40"), ("大島港", "8:05"))})
    for data in (
        b"",
        b"<html>",
        b"PK\x03\x04" + b"\0" * 50,
        whole[: len(whole) // 2],
        whole[:200] + b"\xff" * 200 + whole[400:],
        b"\xd0\xcf\x11\xe0" + b"\0" * 500,  # the old xls
        bytes(range(256)) * 20,
        ",".join("停留所名緯度経度").encode(),
    ):
        with pytest.raises(SheetRefused) as refusal:
            convert_sheets(data, "upload.xlsx")
        assert refusal.value.problems


def test_formulas_without_a_stored_result_are_named() -> None:
    problems = refused(
        {"大島航路 毎日": (("神湊", "7:40", "=B1+1/24"), ("大島港", "8:05", "9:05"))}
    )

    assert ("大島航路 毎日!C1", "no-value") in problems


def test_the_same_sheets_give_the_same_bytes() -> None:
    sheets = {"大島航路 毎日": (("神湊", "7:40"), ("大島港", "8:05"))}

    assert convert(sheets).data == convert(sheets).data
