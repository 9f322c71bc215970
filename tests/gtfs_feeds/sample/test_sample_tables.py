"""The little languages of the sample's tables: names, runs, departures, days, prices."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtfs_feeds.sample.days import calendar_rows, day_kinds, national_holidays
from gtfs_feeds.sample.fares import Bands
from gtfs_feeds.sample.romaji import english_of, romaji
from gtfs_feeds.sample.tables import (
    Route,
    Run,
    SampleTableError,
    modes,
    operators,
    routes,
    stops,
    straight_km,
)
from gtfs_feeds.sample.timing import Finder, Window, expand, mirrored, windows


@pytest.mark.parametrize(
    ("kana", "text"),
    [
        ("はかた", "Hakata"),
        ("おおいた", "Oita"),
        ("しんばし", "Shimbashi"),
        ("べっぷ", "Beppu"),
        ("いっちょうめ", "Itchome"),
        ("きゅうしゅう", "Kyushu"),
        ("みやの|うら", "Miyanoura"),
        ("あかい、しま", "Akai, Shima"),
    ],
)
def test_readings_are_spelled_in_hepburn_without_macrons(kana, text) -> None:
    assert romaji(kana) == text


@pytest.mark.parametrize(
    ("name", "kana", "english"),
    [
        ("熊本駅前", "くまもとえきまえ", "Kumamoto Sta."),
        ("大分大学病院", "おおいただいがくびょういん", "Oita University Hospital"),
        ("門司港駅前", "もじこうえきまえ", "Mojiko Sta."),
        ("宮之浦港", "みやのうらこう", "Miyanoura Port"),
        ("元岡", "もとおか", "Motooka"),
        ("県庁前", "けんちょうまえ", "Prefectural Office"),
    ],
)
def test_words_that_signs_translate_are_translated(name, kana, english) -> None:
    assert english_of(name, kana) == english


@given(
    st.text(
        alphabet="あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわんがぎぐげござじずぜぞだでどばびぶべぼっー",
        max_size=12,
    )
)
def test_any_reading_becomes_plain_letters(kana) -> None:
    assert romaji(kana).isascii()


def run_of(calls, **flags) -> tuple[Route, Run]:
    run = Run("D", calls, "06:00", "", {key: str(value) for key, value in flags.items()}, "test:1")
    return Route("jr-kyushu", "r", modes()["local"], "", "", "", "", "", (run,)), run


def test_a_star_calls_at_every_station_between_and_shares_the_time_by_distance() -> None:
    calls = expand(*run_of("博多:0 * 南福岡:9 * 二日市:20"), Finder("jr-kyushu"))

    assert [call.spot.name for call in calls] == [
        "博多", "竹下", "笹原", "南福岡", "春日", "大野城", "水城", "都府楼南", "二日市",
    ]  # fmt: skip
    times = [call.arrival for call in calls]
    assert times == sorted(times)
    assert (times[0], times[3], times[-1]) == (0, 9, 20)


def test_the_way_back_takes_the_same_time_and_swaps_boarding_and_alighting() -> None:
    calls = expand(*run_of("+博多:0 鳥栖:20/25 -久留米:33"), Finder("jr-kyushu"))

    back = mirrored(calls)

    assert [(c.spot.name, c.arrival, c.departure) for c in back] == [
        ("久留米", 0, 0), ("鳥栖", 8, 13), ("博多", 33, 33),
    ]  # fmt: skip
    assert (back[0].board, back[0].alight, back[-1].board, back[-1].alight) == (
        True, False, False, True,
    )  # fmt: skip
    assert [(c.arrival, c.departure) for c in mirrored(back)] == [
        (c.arrival, c.departure) for c in calls
    ]


@pytest.mark.parametrize(
    ("calls", "word"),
    [
        ("博多:0 東京:300", "東京"),
        ("博多:0 鳥栖", "last call"),
        ("博多:0 鳥栖:20 久留米:10", "before"),
        ("博多:0 * 別府:100", "no line"),
    ],
)
def test_a_wrong_run_is_refused_with_its_file_and_row(calls, word) -> None:
    with pytest.raises(SampleTableError, match=rf"test:1: .*{word}"):
        expand(*run_of(calls), Finder("jr-kyushu"))


def test_departures_are_single_times_spans_and_shifts() -> None:
    found = windows("05:30-06:30/20 24:10", [], "test:1")

    assert [m for w in found for m in w.departures()] == [330, 350, 370, 390, 1450]
    assert windows("^+25", [Window(330, 390, 20)], "test:1") == [Window(355, 415, 20)]
    assert windows("-", [], "test:1") == []
    with pytest.raises(SampleTableError, match="test:1"):
        windows("half past six", [], "test:1")


@given(st.sampled_from(sorted(day_kinds())), st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_calendar_and_exceptions_together_are_exactly_the_days_of_a_kind(code, first) -> None:
    row, exceptions = calendar_rows(code, first, 40)
    flags = row.split(",")[1:8] if row else ["0"] * 7
    changed = {line.split(",")[1]: line.split(",")[2] for line in exceptions}

    for day in (first + timedelta(n) for n in range(40)):
        usual = flags[day.weekday()] == "1"
        runs = {"1": True, "2": False}.get(changed.get(f"{day:%Y%m%d}", ""), usual)
        assert runs == day_kinds()[code].runs_on(day)


@given(st.integers(2022, 2099))
def test_a_holiday_on_a_sunday_is_followed_by_a_day_off(year) -> None:
    days = national_holidays(year)

    assert all(
        any(day + timedelta(n) in days for n in range(1, 4)) for day in days if day.weekday() == 6
    )


@given(st.floats(0, 600), st.floats(0, 600))
def test_a_longer_way_is_never_cheaper(a, b) -> None:
    bands = Bands(((10, 200), (50, 900), (100, 1700)))

    assert bands.yen(min(a, b)) <= bands.yen(max(a, b))


def test_prices_go_on_beyond_the_last_band_by_its_step() -> None:
    bands = Bands(((80, 1700), (100, 2000)))

    # Each further 20 km cost 300 more.
    assert [bands.yen(km) for km in (100, 101, 120, 121)] == [2000, 2300, 2300, 2600]


def test_distances_agree_with_known_ones() -> None:
    # Hakata to Kagoshima-Chuo as the crow flies: 223 km (by the coordinates of the table).
    spots = {spot.name: spot for spot in Finder("jr-kyushu").lines[1].stations}

    assert straight_km(spots["博多"], spots["鹿児島中央"]) == pytest.approx(223.5, rel=0.01)


def test_ids_of_stops_are_plain_and_unique() -> None:
    ids = [spot.id for spot in stops().values()]

    assert len(ids) == len(set(ids))
    assert all(id_.isascii() and "_" not in id_ and " " not in id_ for id_ in ids)


def test_every_company_runs_something_and_tags_are_plain() -> None:
    running = {route.feed for route in routes()}

    assert running == set(operators())
    assert all(tag.replace("-", "").isalnum() and tag.isascii() for tag in running)
