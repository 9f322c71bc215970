import gc
import math
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.merge import FeedInput
from gtfs_feeds.read import read_files
from routing.model import Mode, Point, StopRef
from routing.places import Ambiguous, Match, NotFound, PlaceIndex, Resolved, Resolver, parse_spot
from routing.places.fold import fold, romaji
from routing.places.index import places_in
from tests.support.towns import merged

STOPS = (
    # id, name, reading, English, lat, lon
    ("hk", "博多", "はかた", "Hakata", 33.5897, 130.4207),
    ("hp", "博多港", "はかたこう", "Hakata Port", 33.6060, 130.3990),
    ("oi", "大分", "おおいた", "Oita", 33.2330, 131.6060),
    ("sm", "新門司港", "しんもじこう", "Shin-Moji Port", 33.8728, 131.0207),
    ("mi", "宮之浦港", "みやのうらこう", "Miyanoura Port", 30.4290, 130.5700),
    ("mb", "宮之浦", "みやのうら", "Miyanoura", 30.4250, 130.5640),
    ("tj", "天神", "てんじん", "Tenjin", 33.5903, 130.3990),
    ("t1", "大島", "おおしま", "Oshima", 33.0, 129.5),
    ("t2", "大島", "おおしま", "Oshima", 32.0, 131.5),
    ("ke", "ヶ丘入口", "", "", 33.50, 130.50),
    ("kr", "小倉駅前", "こくらえきまえ", "Kokura Station", 33.8860, 130.8830),
)
LINES = (
    # route type, how many trips a day, stops
    (2, 60, ("hk", "oi")),
    (4, 4, ("hp", "mi")),
    (4, 2, ("sm", "hp")),
    (3, 5, ("mb", "mi")),
    (1, 90, ("tj", "hk")),
    (3, 3, ("t1", "ke")),
    (3, 3, ("t2", "ke")),
    (0, 30, ("kr", "tj")),
)


def small_kyushu() -> FeedInput:
    stops = ["stop_id,stop_name,stop_lat,stop_lon"]
    words = ["table_name,field_name,language,translation,record_id"]
    routes = ["route_id,agency_id,route_short_name,route_type"]
    trips, calls = ["route_id,service_id,trip_id"], []
    for stop, name, kana, english, lat, lon in STOPS:
        stops.append(f"{stop},{name},{lat},{lon}")
        words += [f"stops,stop_name,ja-Hrkt,{kana},{stop}"] if kana else []
        words += [f"stops,stop_name,en,{english},{stop}"] if english else []
    for line, (kind, count, path) in enumerate(LINES):
        routes.append(f"r{line},A,{line},{kind}")
        for trip in range(count):
            trips.append(f"r{line},d,t{line}-{trip}")
            for at, stop in enumerate(path):
                time = f"{6 + at:02}:{trip % 60:02}:00"
                calls.append(f"t{line}-{trip},{time},{time},{stop},{at}")
    calls.insert(0, "trip_id,arrival_time,departure_time,stop_id,stop_sequence")
    lists = {
        "stops": stops,
        "translations": words,
        "routes": routes,
        "trips": trips,
        "stop_times": calls,
        "agency": [
            "agency_id,agency_name,agency_url,agency_timezone",
            "A,A,https://a.example,Asia/Tokyo",
        ],
        "calendar_dates": ["service_id,date,exception_type", "d,20261201,1"],
    }
    return FeedInput("k", read_files({f"{n}.txt": "\n".join(t) + "\n" for n, t in lists.items()}))


@pytest.fixture(scope="module")
def index() -> PlaceIndex:
    return PlaceIndex(merged(small_kyushu()).network)


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        ("hakata", "hk"),
        ("はかた", "hk"),
        ("ハカタ", "hk"),
        ("博多", "hk"),
        ("博多駅", "hk"),
        ("Hakata Station", "hk"),
        ("hakataeki", "hk"),
        ("ＨＡＫＡＴＡ", "hk"),
        ("博多港", "hp"),
        ("hakata port", "hp"),
        ("oita", "oi"),
        ("ooita", "oi"),
        ("Ōita", "oi"),
        ("ohita", "oi"),
        ("shimmojiko", "sm"),
        ("shinmojikou", "sm"),
        ("sinmozikou", "sm"),
        ("新門司", "sm"),
        ("Miyanoura Port", "mi"),
        ("宮ノ浦港", "mi"),
        ("kokura", "kr"),
        ("小倉", "kr"),
        (" 天 神 ", "tj"),
    ],
)
def test_a_place_is_found_however_it_is_spelt(index: PlaceIndex, text: str, stop: str) -> None:
    assert index.search(text, 1)[0].stop_id == f"k_{stop}"


def test_the_port_of_miyanoura_goes_before_its_bus_stop_when_the_port_is_busier(index) -> None:
    # 4 sailings weigh 40 each and 5 buses 2 each, and the bus calls at both.
    found = [match.name for match in index.search("miyanoura")]

    assert set(found[:2]) == {"宮之浦港", "宮之浦"}


def test_an_exact_name_goes_before_a_longer_one(index: PlaceIndex) -> None:
    assert [match.how for match in index.search("はかた")][:1] == [Match.EXACT]
    assert [match.name for match in index.search("はか")] == ["博多", "博多港"]


def test_a_typing_mistake_finds_what_was_meant_and_says_that_it_guessed(index) -> None:
    best = index.search("hakkata")[0]

    assert (best.name, best.how) == ("博多", Match.SIMILAR)


def test_a_part_inside_the_name_is_found(index: PlaceIndex) -> None:
    assert index.search("門司")[0].name == "新門司港"


@pytest.mark.parametrize("word", ["都", "府", "幻県"])
def test_a_word_that_ends_like_a_prefecture_but_is_none_narrows(
    index: PlaceIndex, word: str
) -> None:
    # 天神 alone is found; no name and no prefecture holds the other word.
    assert index.search("天神")[0].how is Match.EXACT
    assert all(match.how is Match.SIMILAR for match in index.search(f"{word} 天神"))


@pytest.mark.parametrize(
    ("text", "held"), [("aba", True), ("abab", True), ("ab", True), ("bb", False)]
)
def test_a_text_that_may_begin_inside_itself_is_found_wherever_it_lies(
    text: str, held: bool
) -> None:
    where = "xababa\nab\nababab\nb"
    # Looked at place by place.
    expected = [at for at in range(len(where)) if where[at : at + len(text)] == text]
    assert places_in(where, text).tolist() == expected
    assert bool(expected) is held


def test_a_town_may_stand_before_a_stop_without_a_blank(index: PlaceIndex) -> None:
    # 天神 lies 2 km from 博多; 大分 is far from it
    found = index.search("博多天神")

    assert [(match.name, match.how) for match in found] == [("天神", Match.INSIDE)]
    assert Resolver(index).resolve("博多天神").match.name == "天神"
    assert all(match.how is Match.SIMILAR for match in index.search("大分天神"))


def test_modes_leave_out_places_without_them(index: PlaceIndex) -> None:
    assert {m.name for m in index.search("hakata", modes={Mode.FERRY})} == {"博多港"}
    assert index.search("hakata", modes=set()) == []


def test_the_nearer_of_two_equal_names_goes_first(index: PlaceIndex) -> None:
    assert index.search("大島", near=(32.0, 131.4))[0].stop_id == "k_t2"
    assert index.search("大島", near=(33.0, 129.4))[0].stop_id == "k_t1"


def test_the_match_says_where_it_stands_in_the_name(index: PlaceIndex) -> None:
    assert index.search("門司")[0].tokens == ((1, 2),)
    assert index.search("shimmoji")[0].tokens == ()


def test_nothing_is_found_for_nothing(index: PlaceIndex) -> None:
    for text in ("", "   ", "・", "?!", "\0"):
        assert index.search(text) == []


def test_ids_coordinates_and_names_resolve(index: PlaceIndex) -> None:
    resolver = Resolver(index)

    assert resolver.resolve("k_hk").location == StopRef("k_hk")
    place = resolver.resolve("博多")
    assert isinstance(place, Resolved)
    assert place.location == StopRef("place:k_hk")
    assert resolver.resolve("place:k_hk").match == index.place(place.match.row)
    assert resolver.resolve("33.59, 130.42").location == Point(33.59, 130.42)
    assert resolver.resolve("33.59,130.42,-2").location == Point(33.59, 130.42, -2.0)


def test_two_equal_names_far_apart_are_ambiguous_unless_one_is_near(index: PlaceIndex) -> None:
    resolver = Resolver(index)

    answer = resolver.resolve("大島")
    assert isinstance(answer, Ambiguous)
    assert {match.stop_id for match in answer.suggestions} == {"k_t1", "k_t2"}
    assert isinstance(resolver.resolve("大島", near=(33.0, 129.4)), Resolved)


def test_an_unknown_name_brings_suggestions_not_a_guess(index: PlaceIndex) -> None:
    answer = Resolver(index).resolve("hakkata")

    assert isinstance(answer, NotFound)
    assert answer.suggestions[0].name == "博多"
    assert isinstance(Resolver(index).resolve("xyzzy"), NotFound)


@pytest.mark.parametrize("text", ["91,130", "33,181", "33.5;130.4", "33", "nan,1", "1e9,1"])
def test_what_is_no_coordinate_is_not_taken_for_one(text: str) -> None:
    assert parse_spot(text) is None


def test_places_around_a_spot_come_nearest_first(index: PlaceIndex) -> None:
    around = index.nearest(33.5900, 130.4000, within_m=3000)

    assert [match.name for match in around] == ["天神", "博多港", "博多"]
    assert around[0].distance_m == pytest.approx(98, abs=5)  # 0.001° of longitude and 0.0003°
    assert [m.name for m in index.nearest(33.59, 130.40, within_m=3000, modes={Mode.FERRY})] == [
        "博多港"
    ]


def test_readings_become_romaji_of_one_spelling() -> None:
    assert romaji("しんもじこう") == "shinmojiko"
    assert romaji("おおいた") == "oita"
    assert romaji("きゅうしゅう") == "kyushu"
    assert romaji("漢字") == ""


def test_spellings_fold_alike() -> None:
    for one, other in (
        ("Shimbashi", "shinbashi"),
        ("tuti", "tsuchi"),
        ("Zyougasaki", "Jōgasaki"),
        ("Fukuoka", "hukuoka"),
        ("霧ヶ丘", "霧ケ丘"),
        ("井の頭", "井ノ頭"),
        ("ｷﾀｷｭｳｼｭｳ", "きたきゅうしゅう"),
    ):
        assert fold(one) == fold(other), (one, other)
    assert fold("はか") != fold("ばか")


@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=120), limit=st.integers(-1, 5))
def test_any_text_is_answered(text: str, limit: int) -> None:
    index = _INDEX[0]

    found = index.search(text, limit)

    assert len(found) <= max(limit, 0)
    assert len({match.row for match in found}) == len(found)
    assert all(math.isfinite(match.score) for match in found)
    assert Resolver(index).resolve(text) is not None


_INDEX = [PlaceIndex(merged(small_kyushu()).network)]


def test_an_index_goes_with_its_network_at_once() -> None:
    index = PlaceIndex(merged(small_kyushu()).network)
    assert index.search("大島")
    seen = weakref.ref(index)

    # A server collects circles rarely, and a network is hundreds of megabytes.
    gc.disable()
    try:
        del index
        assert seen() is None
    finally:
        gc.enable()
