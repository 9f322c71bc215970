"""What the sample Kyushu holds: companies, places, names, times, and that its bytes repeat."""

import itertools
import math
import os
import re
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

from gtfs_feeds.read import Severity, read_feed
from gtfs_feeds.sample import write_sample
from gtfs_feeds.validate import Profile, validate
from tests.support.sample import SampleReader, seconds
from tests.support.shared import SHARED, needs_shared

FIRST_DAY = date(2026, 11, 22)
RAIL_TYPES = {"0", "1", "2", "12", "101", "102"}

# Boxes (south, west, north, east) around the coasts, read off a map with a few km to spare.
ISLANDS = {
    "壱岐": (33.68, 129.60, 33.90, 129.85),
    "対馬": (34.05, 129.15, 34.75, 129.55),
    "五島列島": (32.55, 128.55, 33.15, 129.30),
    "天草": (32.10, 129.90, 32.62, 130.50),
    "甑島": (31.60, 129.65, 31.90, 129.98),
    "種子島": (30.30, 130.80, 30.85, 131.10),
    "屋久島": (30.20, 130.35, 30.48, 130.70),
    "奄美大島": (28.00, 129.10, 28.55, 129.80),
}
REGION = (24.0, 127.3, 34.95, 132.6)
"""From Naha to the ports of western Shikoku and the lines of Yamaguchi."""
PREFECTURE_CAPITALS = {
    "福岡県": (33.59, 130.40),
    "佐賀県": (33.26, 130.30),
    "長崎県": (32.75, 129.87),
    "熊本県": (32.79, 130.70),
    "大分県": (33.23, 131.61),
    "宮崎県": (31.91, 131.42),
    "鹿児島県": (31.58, 130.55),
}


def within(box, stop) -> bool:
    south, west, north, east = box
    return south <= float(stop["stop_lat"]) <= north and west <= float(stop["stop_lon"]) <= east


def kilometres(a, b) -> float:
    """The haversine, written here so that it shares nothing with the sample."""
    lat_a, lon_a, lat_b, lon_b = (
        math.radians(float(x)) for x in (a["stop_lat"], a["stop_lon"], b["stop_lat"], b["stop_lon"])
    )
    half = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    )
    return 2 * 6371 * math.asin(math.sqrt(half))


def all_stops(kyushu: SampleReader):
    return [(tag, row) for tag in kyushu.tags for row in kyushu.table(tag, "stops")]


def test_sixty_companies_and_more_run_all_four_modes(kyushu) -> None:
    types = {row["route_type"] for tag in kyushu.tags for row in kyushu.table(tag, "routes")}

    assert len(kyushu.tags) >= 60
    assert types >= {"0", "1", "2", "3", "4", "7", "12", "101", "102", "200", "1100"}


def test_eleven_hundred_rail_stations_are_served(kyushu) -> None:
    stations = set()
    for tag in kyushu.tags:
        kind = {row["route_id"]: row["route_type"] for row in kyushu.table(tag, "routes")}
        rail = {
            row["trip_id"] for row in kyushu.table(tag, "trips")
            if kind[row["route_id"]] in RAIL_TYPES
        }  # fmt: skip
        parent = {
            row["stop_id"]: row["parent_station"] or row["stop_id"]
            for row in kyushu.table(tag, "stops")
        }
        for row in kyushu.table(tag, "stop_times"):
            if row["trip_id"] in rail:
                stations.add((tag, parent[row["stop_id"]]))

    assert len(stations) >= 1100


@pytest.mark.parametrize("prefecture", PREFECTURE_CAPITALS)
def test_every_capital_has_trains_and_city_buses(kyushu, prefecture) -> None:
    lat, lon = PREFECTURE_CAPITALS[prefecture]
    box = (lat - 0.06, lon - 0.07, lat + 0.06, lon + 0.07)
    tags = {tag for tag, row in all_stops(kyushu) if within(box, row)}
    types = {
        row["route_type"] for tag in tags for row in kyushu.table(tag, "routes")
    }  # fmt: skip

    assert {"2", "3"} <= types
    assert sum(within(box, row) for _, row in all_stops(kyushu)) >= 20


@pytest.mark.parametrize("island", ISLANDS)
def test_every_island_is_reached_from_outside_and_has_buses(kyushu, island) -> None:
    box = ISLANDS[island]
    leaves = set()
    buses = 0
    for tag in kyushu.tags:
        here = {row["stop_id"]: within(box, row) for row in kyushu.table(tag, "stops")}
        if not any(here.values()):
            continue
        kind = {row["route_id"]: row["route_type"] for row in kyushu.table(tag, "routes")}
        route = {row["trip_id"]: kind[row["route_id"]] for row in kyushu.table(tag, "trips")}
        for trip, rows in itertools.groupby(
            kyushu.table(tag, "stop_times"), key=lambda row: row["trip_id"]
        ):
            inside = [here[row["stop_id"]] for row in rows]
            if any(inside) and not all(inside):
                leaves.add(route[trip])
            buses += all(inside) and route[trip] == "3"

    assert leaves & {"4", "1100", "200"}
    assert buses >= 10


def test_every_stop_lies_in_the_region(kyushu) -> None:
    outside = [(tag, row["stop_name"]) for tag, row in all_stops(kyushu) if not within(REGION, row)]

    assert outside == []


def test_stops_of_island_feeds_lie_on_their_island(kyushu) -> None:
    own = {
        "iki-kotsu": "壱岐", "tsushima-kotsu": "対馬", "goto-bus": "五島列島",
        "saihi-kamigoto": "五島列島", "koshiki-bus": "甑島", "tanegashima-kotsu": "種子島",
        "yakushima-kotsu": "屋久島", "matsubanda": "屋久島", "shima-bus": "奄美大島",
    }  # fmt: skip

    for tag, island in own.items():
        for row in kyushu.table(tag, "stops"):
            assert within(ISLANDS[island], row), (tag, row["stop_name"])


def test_times_never_fall_and_no_vehicle_flies(kyushu) -> None:
    # km/h over 5 km and more; what the fastest of each kind does in Kyushu, with a margin.
    fastest = {"101": 300, "102": 130, "2": 110, "200": 110, "3": 90, "4": 85, "1100": 750}
    for tag in kyushu.tags:
        stops = {row["stop_id"]: row for row in kyushu.table(tag, "stops")}
        kind = {row["route_id"]: row["route_type"] for row in kyushu.table(tag, "routes")}
        route = {row["trip_id"]: kind[row["route_id"]] for row in kyushu.table(tag, "trips")}
        looked_at = set()
        for before, after in itertools.pairwise(kyushu.table(tag, "stop_times")):
            left, came = seconds(before["departure_time"]), seconds(after["arrival_time"])
            assert seconds(after["departure_time"]) >= came
            if before["trip_id"] != after["trip_id"]:
                continue
            assert came >= left, (tag, after["trip_id"])
            key = (before["stop_id"], after["stop_id"], came - left)
            if key in looked_at:
                continue
            looked_at.add(key)
            far = kilometres(stops[before["stop_id"]], stops[after["stop_id"]])
            limit = fastest.get(route[after["trip_id"]], 80)
            assert far < 5 or far / max(came - left, 1) * 3600 <= limit, (tag, after["trip_id"])


def test_every_stop_has_a_reading_in_kana_and_an_english_name(kyushu) -> None:
    kana = re.compile(r"[ぁ-ゖー・（）～　、]+")
    for tag in kyushu.tags:
        names: dict[tuple[str, str], str] = {
            (row["record_id"], row["language"]): row["translation"]
            for row in kyushu.table(tag, "translations")
            if row["table_name"] == "stops"
        }
        for stop in kyushu.table(tag, "stops"):
            assert kana.fullmatch(names[stop["stop_id"], "ja-Hrkt"]), (tag, stop["stop_name"])
            english = names[stop["stop_id"], "en"]
            assert (english.isascii() and english[:1].isupper()) or english[:1].isdigit(), english


def test_every_feed_says_that_it_is_synthetic_and_how_long_it_holds(kyushu) -> None:
    for tag in kyushu.tags:
        (info,) = kyushu.table(tag, "feed_info")

        assert "synthetic" in info["feed_publisher_name"]
        assert "合成" in info["feed_publisher_name"]
        assert info["feed_start_date"] == "20261122"
        # 400 days: 40 of 2026 (22 November to 31 December) and 360 of 2027, so 26 December.
        assert info["feed_end_date"] == "20271226"


def test_agency_ids_are_corporate_numbers_with_a_right_check_digit_or_plainly_synthetic(
    kyushu,
) -> None:
    for tag in kyushu.tags:
        for row in kyushu.table(tag, "agency"):
            number = row["agency_id"]
            if number.startswith("synthetic-"):
                continue
            # National Tax Agency: 9 - (sum of digits from the right, every second doubled) mod 9.
            body = [int(digit) for digit in reversed(number[1:])]
            total = sum(digit * (2 if place % 2 else 1) for place, digit in enumerate(body))
            assert len(number) == 13
            assert int(number[0]) == 9 - total % 9


def test_equal_first_days_give_equal_bytes_in_another_process(kyushu, tmp_path) -> None:
    # Another hash seed: nothing may hang on the order of a set.
    command = [sys.executable, "-m", "maas.cli", "feeds", "sample", "--from", "2026-11-22"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path)],
        cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": "."},
        capture_output=True,
        check=True,
        text=True,
    )

    assert [line.split()[-1] for line in done.stdout.splitlines()[:-1]] == kyushu.tags
    for tag, path in kyushu.paths.items():
        assert (tmp_path / f"{tag}.zip").read_bytes() == path.read_bytes(), tag


def test_other_first_days_give_other_calendars_and_progress_is_told(tmp_path) -> None:
    told: list[tuple[int, int, str]] = []

    feeds = write_sample(
        tmp_path, date(2027, 3, 1), days=30, progress=lambda n, of, tag: told.append((n, of, tag))
    )

    assert told == [(n, len(feeds), feed.tag) for n, feed in enumerate(feeds, 1)]
    reader = SampleReader({feed.tag: feed.path for feed in feeds})
    (info,) = reader.table("jr-kyushu", "feed_info")
    # 30 days from 1 March, both ends counted.
    assert (info["feed_start_date"], info["feed_end_date"]) == ("20270301", "20270330")


def test_the_zips_are_small(kyushu) -> None:
    assert sum(path.stat().st_size for path in kyushu.paths.values()) < 8_000_000


def test_every_feed_reads_without_a_fault_and_validates_without_an_error(kyushu) -> None:
    # The validator takes a second for the largest feeds; those and one of each mode stand for all.
    chosen = ["jr-kyushu", "fukuoka-subway", "nagasaki-tram", "toshima-village", "jac", "shima-bus",
              "marue-ferry", "nishitetsu-highway", "kitakyushu-monorail", "saga-city-bus"]  # fmt: skip
    for tag in kyushu.tags:
        tables = read_feed(kyushu.paths[tag])
        assert tables.faults == (), tag
        if tag not in chosen:
            continue
        report = validate(tables, today=FIRST_DAY, profile=Profile.JP4)
        errors = [(f.code, f.file) for f in report.findings if f.severity is Severity.ERROR]
        assert errors == [], tag


def test_blocks_split_trains_frequencies_nights_and_seasons_are_there(kyushu) -> None:
    blocks = {row["block_id"] for row in kyushu.table("fukuoka-subway", "trips")} - {""}
    in_seat = [
        row for row in kyushu.table("jr-kyushu", "transfers") if row["transfer_type"] == "4"
    ]  # fmt: skip
    late = [
        row for row in kyushu.table("marue-ferry", "stop_times")
        if seconds(row["arrival_time"]) > 24 * 3600
    ]  # fmt: skip

    assert len(blocks) >= 50
    assert len(in_seat) >= 10
    assert len(late) >= 5
    assert {row["exact_times"] for row in kyushu.table("kitakyushu-monorail", "frequencies")} == {
        "1"
    }
    assert {row["exact_times"] for row in kyushu.table("nagasaki-tram", "frequencies")} == {"0"}
    assert "WARM" in {row["service_id"] for row in kyushu.table("yakushima-kotsu", "trips")}


def test_a_through_train_leaves_meinohama_after_the_subway_part_has_arrived(kyushu) -> None:
    trips = kyushu.table("fukuoka-subway", "trips")
    calls = kyushu.calls("fukuoka-subway")
    runs: dict[str, list[str]] = {}
    for row in trips:
        if row["block_id"]:
            runs.setdefault(row["block_id"], []).append(row["trip_id"])

    for block, members in runs.items():
        first, second = sorted(members, key=lambda trip: calls[trip][0][2])
        assert calls[first][-1][0] == calls[second][0][0] == "姪浜", block
        assert 0 <= calls[second][0][2] - calls[first][-1][1] <= 300, block


def test_a_split_train_leaves_haiki_after_the_trunk_has_arrived(kyushu) -> None:
    calls = kyushu.calls("jr-kyushu")
    going = {row["trip_id"]: row["trip_headsign"] for row in kyushu.table("jr-kyushu", "trips")}
    for row in kyushu.table("jr-kyushu", "transfers"):
        if row["transfer_type"] == "4":
            before, after = calls[row["from_trip_id"]], calls[row["to_trip_id"]]

            assert before[-1][0] == after[0][0] == "早岐"
            assert going[row["from_trip_id"]] in {"佐世保・ハウステンボス", "博多"}
            assert 60 <= after[0][2] - before[-1][1] <= 900


def test_takeo_onsen_is_one_station_with_three_minutes_across_the_platform(kyushu) -> None:
    stops = {row["stop_id"]: row for row in kyushu.table("jr-kyushu", "stops")}
    (station,) = [
        row for row in stops.values()
        if row["stop_name"] == "武雄温泉" and row["location_type"] == "1"
    ]  # fmt: skip
    platforms = {
        row["platform_code"]: row["stop_id"] for row in stops.values()
        if row["parent_station"] == station["stop_id"]
    }  # fmt: skip
    seconds_to_change = {
        (row["from_stop_id"], row["to_stop_id"]): row["min_transfer_time"]
        for row in kyushu.table("jr-kyushu", "transfers")
    }

    assert seconds_to_change[platforms["10"], platforms["11"]] == "180"
    assert seconds_to_change[platforms["11"], platforms["10"]] == "180"


def test_the_high_season_has_trains_that_other_days_have_not(kyushu) -> None:
    extra = {
        row["date"] for row in kyushu.table("jr-kyushu", "calendar_dates")
        if row["service_id"] == "GWOB"
    }  # fmt: skip

    # Golden Week, Obon and the turn of the year, none in February.
    assert {"20261231", "20270101", "20270503", "20270814"} <= extra
    assert not any(day.startswith("202702") for day in extra)


def test_holidays_are_those_of_the_cabinet_office() -> None:
    from gtfs_feeds.sample.days import national_holidays

    # Cabinet Office, 2026: 6 May stands in for 3 May (Sunday), 22 September lies between two.
    months = {(d.month, d.day) for d in national_holidays(2026)}

    assert months == {
        (1, 1), (1, 12), (2, 11), (2, 23), (3, 20), (4, 29), (5, 3), (5, 4), (5, 5), (5, 6),
        (7, 20), (8, 11), (9, 21), (9, 22), (9, 23), (10, 12), (11, 3), (11, 23),
    }  # fmt: skip


@needs_shared
def test_holidays_agree_with_the_official_list() -> None:
    from gtfs_feeds.sample.days import national_holidays

    text = (SHARED / "data/facts/japan_national_holidays.csv").read_text("cp932")
    official = {
        date(*map(int, line.split(",")[0].split("/"))) for line in text.splitlines()[1:] if line
    }

    for year in range(2022, 2028):
        assert national_holidays(year) == {day for day in official if day.year == year}


def test_a_weekday_service_rests_on_holidays_and_the_turn_of_the_year(kyushu) -> None:
    plain = {row["service_id"]: row for row in kyushu.table("fukuoka-subway", "calendar")}
    taken = {
        row["date"] for row in kyushu.table("fukuoka-subway", "calendar_dates")
        if row["service_id"] == "W" and row["exception_type"] == "2"
    }  # fmt: skip

    assert plain["W"]["monday"] == "1"
    assert plain["W"]["saturday"] == "0"
    # Thanksgiving, New Year's Eve (a Thursday), the founding of the nation, Obon (a Friday).
    assert {"20261123", "20261231", "20270211", "20270813"} <= taken


def test_every_feed_has_a_price_for_each_of_its_routes(kyushu) -> None:
    for tag in kyushu.tags:
        rules = kyushu.table(tag, "fare_rules")
        named = {row["route_id"] for row in rules}
        routes = {row["route_id"] for row in kyushu.table(tag, "routes")}

        assert "" in named or routes <= named, tag
        assert {row["fare_id"] for row in rules} == {
            row["fare_id"] for row in kyushu.table(tag, "fare_attributes")
        }


@pytest.mark.parametrize(
    ("feed", "route", "start", "end", "yen"),
    [
        # kyushu_fares_facts.csv: 16-20 km 450 (Hakata-Futsukaichi is 14.2 km by the timetable's
        # kilometres, so the band 11-15: 340), tram 170, jetfoil 8,900, Sakurajima ferry 250.
        ("jr-kyushu", "", "博多", "二日市", 340),
        ("kyushu-shosen", "jetfoil", "長崎港", "福江港", 8900),
        ("munakata-ferry", "oshima", "神湊港", "大島港", 570),
    ],
)
def test_known_fares_are_there(kyushu, feed, route, start, end, yen) -> None:
    zone = {row["stop_name"]: row["zone_id"] for row in kyushu.table(feed, "stops")}

    prices = {
        row["fare_id"] for row in kyushu.table(feed, "fare_rules")
        if (row["route_id"], row["origin_id"], row["destination_id"])
        == (route, zone[start], zone[end])
    }  # fmt: skip

    assert prices == {f"y{yen}"}


def test_a_feed_names_nothing_that_it_does_not_use(kyushu) -> None:
    for tag in kyushu.tags:
        called = {row["stop_id"] for row in kyushu.table(tag, "stop_times")}
        for row in kyushu.table(tag, "stops"):
            assert row["location_type"] == "1" or row["stop_id"] in called, (tag, row["stop_id"])


def test_the_archives_hold_plain_files_only(kyushu) -> None:
    for path in kyushu.paths.values():
        with zipfile.ZipFile(path) as archive:
            assert all("/" not in name and name.endswith(".txt") for name in archive.namelist())
