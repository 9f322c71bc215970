"""Timetables as people draw them: each sheet becomes the trips that a reader sees in it."""

from datetime import date, time, timedelta

from tests.gtfs_feeds.sheets.books import STOPS, convert, fares, feed, refused, runs, served


def test_stops_down_and_trips_across_with_a_two_row_header() -> None:
    converted = convert(
        {
            "大島航路": (
                ("大島航路 時刻表", None, None, None, None),
                (None, "平日", None, "土日祝", None),
                ("便", "第１便", "第２便", "第１便", "第２便"),
                ("神湊", "７：４０", "９：２５", "8:00", "１０：００"),
                ("地島", "レ", "9:40", "8:15", "‖"),
                ("大島港", "8:05", "9:55", "8:30", "10:25"),
            )
        },
        {"大島航路": ("A1:E1", "B2:C2", "D2:E2")},
    )

    assert runs(converted) == [
        ("平日", "神湊 07:40 大島港 08:05"),
        ("平日", "神湊 09:25 地島 09:40 大島港 09:55"),
        ("土日祝", "神湊 08:00 地島 08:15 大島港 08:30"),
        ("土日祝", "神湊 10:00 大島港 10:25"),
    ]
    trips = feed(converted).tables["trips"]
    assert trips["trip_short_name"].to_list() == ["第１便", "第２便", "第１便", "第２便"]
    assert set(trips["route_id"]) == {"大島航路"}


def test_trips_down_and_stops_across_with_notes_beside() -> None:
    converted = convert(
        {
            "大島線": (
                ("路線名", "大島線"),
                ("運行日", "毎日"),
                ("便名", "神湊 発", "地島", "大島港 着", "備考"),
                ("1便", "7:40", "7:55", "8:05", None),
                ("2便", "9:25", "・・・", "9:50", "土休日運休"),
                ("3便", "13:50", "↓", "14:15", "月・水・金のみ"),
                ("4便", "15:00", "15:15", "15:30", "運休"),
            )
        }
    )

    assert runs(converted) == [
        ("毎日", "神湊 07:40 地島 07:55 大島港 08:05"),
        ("土休日運休", "神湊 09:25 大島港 09:50"),
        ("月・水・金のみ", "神湊 13:50 大島港 14:15"),
    ]
    assert {remark.note.value for remark in converted.remarks} >= {"not-running", "holidays-too"}
    # 2026-04-29 (Wednesday) is a holiday, 2026-04-30 a Thursday.
    assert "20260429" not in served(converted, "土休日運休")
    assert "20260430" in served(converted, "土休日運休")
    assert "20260429" in served(converted, "月・水・金のみ")
    assert "20260430" not in served(converted, "月・水・金のみ")


def test_arrivals_and_departures_in_two_rows_of_one_stop() -> None:
    converted = convert(
        {
            "大島航路(毎日)": (
                ("神湊", "発", "7:40", "9:00"),
                ("地島", "着", "7:55", "9:15"),
                (None, "発", "8:00", "9:20"),
                ("大島港", "着", "8:10", "9:30"),
            )
        },
        {"大島航路(毎日)": ("A2:A3",)},
    )

    assert [calls for _, calls in runs(converted)] == [
        "神湊 07:40 地島 07:55-08:00 大島港 08:10",
        "神湊 09:00 地島 09:15-09:20 大島港 09:30",
    ]


def test_times_that_excel_itself_holds_also_past_midnight() -> None:
    converted = convert(
        {
            "大島航路": (
                ("運航日", "毎日"),
                (),
                ("神湊", time(7, 40), time(23, 50), timedelta(hours=23, minutes=50)),
                ("大島港", time(8, 5), time(0, 15), timedelta(hours=24, minutes=15)),
            )
        }
    )

    assert [calls for _, calls in runs(converted)] == [
        "神湊 07:40 大島港 08:05",
        "神湊 23:50 大島港 24:15",
        "神湊 23:50 大島港 24:15",
    ]
    assert [str(one.at) for one in converted.remarks if one.note.value == "after-midnight"] == [
        "大島航路!C4"
    ]


def test_blocks_one_below_the_other_have_their_own_days_and_directions() -> None:
    converted = convert(
        {
            "大島航路": (
                ("【平日】", None, None),
                ("神湊", "7:40", "9:25"),
                ("大島港", "8:05", "9:50"),
                (),
                ("【土日祝】", None, None),
                ("大島港", "6:50", "8:35"),
                ("神湊", "7:15", "9:00"),
            )
        }
    )

    assert runs(converted) == [
        ("【平日】", "神湊 07:40 大島港 08:05"),
        ("【平日】", "神湊 09:25 大島港 09:50"),
        ("【土日祝】", "大島港 06:50 神湊 07:15"),
        ("【土日祝】", "大島港 08:35 神湊 09:00"),
    ]
    assert feed(converted).tables["trips"]["direction_id"].to_list() == ["0", "0", "1", "1"]


def test_directions_side_by_side_and_columns_read_from_below() -> None:
    converted = convert(
        {
            "大島航路 毎日": (
                ("下り", None, None, "上り", None),
                ("神湊", "7:40", None, "大島港", "6:50"),
                ("地島", "7:55", None, "地島", "7:00"),
                ("大島港", "8:05", None, "神湊", "7:15"),
            ),
            "地島航路 毎日": (
                ("神湊", "8:00", "9:40"),
                ("地島", "8:15", "9:20"),
                ("大島港", "8:30", "9:00"),
            ),
        }
    )

    assert [calls for _, calls in runs(converted)] == [
        "神湊 07:40 地島 07:55 大島港 08:05",
        "大島港 06:50 地島 07:00 神湊 07:15",
        "神湊 08:00 地島 08:15 大島港 08:30",
        "大島港 09:00 地島 09:20 神湊 09:40",
    ]


def test_seasons_named_on_a_sheet_of_days_and_dates_in_notes() -> None:
    converted = convert(
        {
            "運航日": (
                ("運航日名", "曜日", "開始", "終了", "運休日"),
                ("夏ダイヤ", "土日祝", "7/20", "8/31", "8/15、8月16日"),
                ("冬ダイヤ", "毎日", "11/1", "3/31", None),
            ),
            "大島航路": (
                ("便", "1便", "2便", "3便", "4便"),
                ("運航日", "夏ダイヤ", "冬ダイヤ", "4/29～5/5のみ運航", "毎日（12/31～1/3運休）"),
                ("神湊", "8:00", "9:00", "10:00", "11:00"),
                ("大島港", "8:25", "9:25", "10:25", "11:25"),
            ),
        }
    )

    (summer, _), (winter, _), (golden, _), (most, _) = runs(converted)
    # Saturdays, Sundays and holidays of 2026-07-20 .. 08-31 without 08-15 and 08-16:
    # 07-20 (Marine Day), 07-25/26, 08-01/02, 08-08/09, 08-11 (Mountain Day), 08-22/23, 08-29/30.
    assert served(converted, summer) == {
        "20260720", "20260725", "20260726", "20260801", "20260802", "20260808",
        "20260809", "20260811", "20260822", "20260823", "20260829", "20260830",
    }  # fmt: skip
    # November 30 + December 31 + January 31 + February 28 + March 31 days.
    assert len(served(converted, winter)) == 151
    assert served(converted, golden) == {
        "20260429", "20260430", "20260501", "20260502", "20260503", "20260504", "20260505",
    }  # fmt: skip
    assert len(served(converted, most)) == 365 - 4


def test_a_bus_with_minutes_written_in_many_ways_and_a_flat_fare() -> None:
    stops = (
        ("停留所名", "よみがな", "緯度", "経度", "のりば"),
        ("役場前", "やくばまえ", 33.60, 130.40, None),
        ("中央病院", "ちゅうおうびょういん", 33.61, 130.41, "1"),
        ("中央病院", "ちゅうおうびょういん", 33.6101, 130.41, "2"),
        ("ふれあいセンター", None, 33.62, 130.42, None),
    )
    converted = convert(
        {
            "東コース": (
                ("東コース時刻表", None),
                ("運行日：月曜日～金曜日（祝日運休）",),
                ("運賃", "一律２００円"),
                ("役場前", "8時05分", "９：３０", "午後1:15", "1705"),
                ("中央病院(1)", "8時20分", "9:45", "午後1:30", "1720"),
                ("ふれあいセンター", "8時30分", "9:55", "午後1:40", "1730"),
                ("中央病院(2)", "8.41", "10.06", "13.51", "17.41"),
                ("役場前", "8:55", "10:20", "14:05", "17:55"),
            )
        },
        stops=stops,
    )

    first, _, third, fourth = (calls for _, calls in runs(converted))
    assert first == (
        "役場前 08:05 中央病院_1 08:20 ふれあいセンター 08:30 中央病院_2 08:41 役場前 08:55"
    )
    assert third.startswith("役場前 13:15")
    assert fourth.endswith("役場前 17:55")
    tables = feed(converted).tables
    assert tables["fare_attributes"]["price"].to_list() == ["200"]
    assert tables["fare_rules"].select("route_id", "origin_id").rows() == [("東コース", "")]
    # Every weekday but holidays: 2026-05-04 to 05-06 are holidays, 05-07 a Thursday.
    (service,) = set(tables["trips"]["service_id"])
    assert {"20260504", "20260505", "20260506"}.isdisjoint(served(converted, service))
    assert "20260507" in served(converted, service)


def test_every_unclear_cell_is_named_at_once() -> None:
    problems = refused(
        {
            "大島航路 毎日": (
                ("便", "1便", "2便", "3便", "4便", "5便"),
                ("備考", None, "年末年始運休", None, "休日のみ", None),
                ("神湊", "7:40", "9:25", "11:15", "12:00", "13:00"),
                ("津屋崎", "7:50", "9:35", "11:20", "12:10", None),
                ("大島港", "８時頃", "9:50", "11:05", "12:30", "レ"),
            )
        }
    )

    assert problems == [
        ("大島航路 毎日!A4", "unknown-stop"),
        ("大島航路 毎日!B5", "bad-time"),
        ("大島航路 毎日!B3", "one-call"),
        ("大島航路 毎日!C2", "unclear-days"),
        ("大島航路 毎日!D5", "times-fall"),
        ("大島航路 毎日!E2", "unclear-days"),
        ("大島航路 毎日!F3", "one-call"),
    ]


def test_the_address_is_that_of_the_file_also_where_stops_run_across() -> None:
    problems = refused(
        {
            "大島航路": (
                ("運航日", "毎日"),
                (),
                ("便名", "神湊", "地島", "大島港"),
                ("1便", "7:40", "x時", "8:05"),
            )
        }
    )

    assert problems == [("大島航路!C4", "bad-time")]


def test_days_and_lines_that_nobody_wrote_are_asked_for() -> None:
    rows = (("神湊", "7:40"), ("大島港", "8:05"))

    assert refused({"Sheet1": rows}) == [
        ("Sheet1", "no-line"),
        ("Sheet1", "no-days"),
    ]


def test_a_first_stop_that_is_not_known_is_named_not_left_out() -> None:
    rows = (("津屋崎", "7:20"), ("神湊", "7:40"), ("大島港", "8:05"))

    assert refused({"大島航路 毎日": rows}) == [("大島航路 毎日!A1", "unknown-stop")]


def test_no_time_is_left_out_in_silence() -> None:
    rows = (
        ("神湊", "7:40", "9:25"),
        (None, "7:50", "9:35"),
        ("大島港", "8:05", "9:50"),
        (),
        (None, None, None, "10:15"),
    )

    assert refused({"大島航路 毎日": rows}) == [
        ("大島航路 毎日!B2", "unread-time"),
        ("大島航路 毎日!D5", "unread-time"),
    ]


def test_the_stop_sheet_is_checked_cell_by_cell() -> None:
    stops = (
        *STOPS,
        ("相島", "", "", 43.0, 230.5),
        ("大島港", "", "", 33.89, 130.44),
        ("能古", "", "", "北緯33度", 130.3),
        ("誰も知らない港", "", "", None, None),
    )

    problems = refused({"大島航路 毎日": (("神湊", "7:40"), ("大島港", "8:05"))}, stops=stops)

    assert problems == [
        ("港!E5", "bad-coordinate"),
        ("港!A6", "stop-twice"),
        ("港!D7", "bad-coordinate"),
        ("港!A8", "no-coordinate"),
    ]


def test_the_company_sheet_is_checked_entry_by_entry() -> None:
    operator = (
        ("事業者名", "見本交通"),
        ("法人番号", "1000020401307"),
        ("交通の種類", "ロープウェイ"),
        ("有効開始日", "4月1日"),
        ("有効終了日", date(2027, 3, 31)),
    )

    problems = refused({"大島航路 毎日": (("神湊", "7:40"), ("大島港", "8:05"))}, operator=operator)

    assert problems == [
        ("事業者", "missing"),
        ("事業者!B2", "bad-corporate-number"),
        ("事業者!B3", "unknown-mode"),
        ("事業者!B4", "bad-date"),
    ]


TABLE = {"大島航路 毎日": (("神湊", "7:40"), ("地島", "7:55"), ("大島港", "8:05"))}
PRICES = {
    ("神湊", "地島"): "370",
    ("地島", "神湊"): "370",
    ("神湊", "大島港"): "1570",
    ("大島港", "神湊"): "1570",
    ("地島", "大島港"): "200",
    ("大島港", "地島"): "200",
}


def test_fares_as_triangles_and_squares() -> None:
    shapes = {
        "diagonal": (
            ("神湊",),
            ("３７０円", "地島"),
            ("1,570", "200(100)", "大島港"),
        ),
        "edges": (
            (None, "地島", "大島港"),
            ("神湊", 370, "￥1,570"),
            ("地島", "-", 200),
        ),
        "square": (
            (None, "神湊", "地島", "大島港"),
            ("神湊", "―", 370, 1570),
            ("地島", 370, "―", 200),
            ("大島港", 1570, 200, "―"),
        ),
    }
    for rows in shapes.values():
        converted = convert(TABLE | {"運賃表": rows})

        assert fares(converted) == PRICES


def test_fares_that_contradict_or_stand_nowhere_are_named() -> None:
    problems = refused(
        TABLE
        | {
            "運賃": (
                (None, "神湊", "地島", "大島港"),
                ("神湊", None, 370, "時価1"),
                ("地島", 380, None, 200),
                (None, None, None, 999),
            )
        }
    )

    assert problems == [
        ("運賃!D2", "bad-fare"),
        ("運賃!B3", "fare-twice"),
        ("運賃!D4", "fare-without-stops"),
    ]


def test_readings_and_english_are_suggested_and_marked_so() -> None:
    stops = (
        ("港名", "よみがな", "英語名", "緯度", "経度"),
        ("博多", None, None, None, None),
        ("のこのしま", None, None, 33.63, 130.30),
        ("見本港", "ミホンコウ", None, 33.89, 130.44),
        ("謎港", None, None, 33.9, 130.5),
    )
    rows = (("博多", "7:40"), ("のこのしま", "7:50"), ("見本港", "8:05"), ("謎港", "8:30"))

    converted = convert({"大島航路 毎日": rows}, stops=stops)

    suggested = {(str(one.at), one.field): (one.value, one.source) for one in converted.suggestions}
    assert suggested["港!A2", "reading"] == ("はかた", "known-place")
    assert suggested["港!A2", "english"] == ("Hakata", "known-place")
    assert suggested["港!A2", "coordinate"][1] == "known-place"
    assert suggested["港!A3", "reading"] == ("のこのしま", "from-name")
    assert suggested["港!A4", "english"] == ("Mihon Port", "from-reading")
    assert not any(at == "港!A5" for at, _ in suggested)
    assert ("港!A5", "no-reading") in {(str(one.at), one.note.value) for one in converted.remarks}
    translations = feed(converted).tables["translations"]
    assert ("見本港", "ja-Hrkt", "みほんこう") in translations.select(
        "field_value", "language", "translation"
    ).rows()
