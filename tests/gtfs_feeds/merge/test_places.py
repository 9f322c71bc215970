import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.merge import MergeOptions, merge
from gtfs_feeds.merge.handmade import hand_places
from maas.core.geo import distance_m
from maas.core.names import name_key
from tests.support.feed_text import SMALL, feed
from tests.support.towns import METRES_A_DEGREE, merged, town


def places_of(result):
    """Stop id → place id."""
    network = result.network
    ids = network.places.id.tolist()
    return {
        stop: ids[place]
        for stop, place in zip(network.stops.id, network.stops.place.tolist(), strict=True)
    }


def test_poles_of_one_name_on_both_sides_of_a_road_are_one_place() -> None:
    result = merged(
        town(
            {"a": (0, 0), "b": (30, 10), "c": (5000, 0)},
            {"1": "ac", "2": "cb"},
            names={"a": "市役所前", "b": "市役所前"},
        )
    )

    of = places_of(result)
    assert of["a_a"] == of["a_b"] == "place:a_a"
    assert of["a_c"] == "place:a_c"
    row = result.network.places.id.tolist().index("place:a_a")
    assert result.network.places.method[row] == "name"
    assert 0.9 < result.network.places.confidence[row] < 1


def test_two_operators_spellings_of_a_name_are_one_place() -> None:
    one = town({"a": (0, 0), "z": (5000, 0)}, {"1": "az"}, tag="x", names={"a": "霧ヶ丘ＢＴ"})
    two = town(
        {"a": (120, 0), "z": (5000, 0)},
        {"1": "az"},
        tag="y",
        names={"a": "霧ケ丘バスターミナル（2番のりば）"},
    )

    of = places_of(merged(one, two))
    assert of["x_a"] == of["y_a"] == "place:x_a"


@pytest.mark.parametrize(("metres", "together"), [(299, True), (301, False)])
def test_the_same_name_further_away_is_another_place(metres: int, together: bool) -> None:
    result = merged(
        town(
            {"a": (0, 0), "b": (0, metres), "z": (5000, 0)},
            {"1": "az", "2": "bz"},
            names={"a": "本町", "b": "本町"},
        )
    )

    of = places_of(result)
    assert (of["a_a"] == of["a_b"]) is together


def test_near_stops_of_different_names_stay_two_places() -> None:
    of = places_of(
        merged(
            town(
                {"a": (0, 0), "b": (20, 0), "z": (5000, 0)},
                {"1": "abz"},
                names={"a": "博多駅", "b": "博多駅前"},
            )
        )
    )

    assert of["a_a"] != of["a_b"]


def test_a_chain_of_equal_names_does_not_grow_beyond_600_metres() -> None:
    # Nine poles every 200 m: 1,600 m from end to end.
    stops = {f"s{at}": (0, 200 * at) for at in range(9)}
    result = merged(town(stops, {"1": list(stops)}, names=dict.fromkeys(stops, "海岸通")))

    network = result.network
    for place in range(len(network.places.id)):
        north = network.stops.lat[network.stops.place == place] * METRES_A_DEGREE
        assert north.max() - north.min() <= 601
    assert len(network.places.id) >= 3


def test_a_station_and_its_platforms_are_one_place_named_by_the_station() -> None:
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
        "p1,1番線,33.5901,130.4001,0,st\ns2,本町,33.6000,130.4100,0,\ns1,2番線,33.59,130.4,0,st\n"
        "st,中央駅,33.5899,130.4000,1,\ns3,港,33.6100,130.4200,0,\n"
        "en,入口,33.5895,130.4002,2,st\n"
    )

    result = merge([feed(stops=stops)])

    of = places_of(result)
    assert {of["a_p1"], of["a_s1"], of["a_en"], of["a_st"]} == {"place:a_st"}
    network = result.network
    row = network.places.id.tolist().index("place:a_st")
    assert network.places.name[row] == "中央駅"
    assert network.places.method[row] == "parent"
    assert (network.places.lat[row], network.places.lon[row]) == (33.5899, 130.4)


def test_an_id_of_a_place_stays_when_another_feed_joins() -> None:
    first = town({"m": (0, 0), "z": (5000, 0)}, {"1": "mz"}, tag="m", names={"m": "中央"})
    second = town({"a": (40, 0), "z": (5000, 0)}, {"1": "az"}, tag="a", names={"a": "中央"})

    assert places_of(merged(first))["m_m"] == places_of(merged(first, second))["m_m"]


def test_corrections_split_and_join_and_say_so() -> None:
    towns = town(
        {"a": (0, 0), "b": (30, 0), "c": (400, 0), "z": (5000, 0)},
        {"1": "abcz"},
        names={"a": "中央", "b": "中央", "c": "別"},
    )
    corrections = {"a_b": "", "a_a": "hub", "a_c": "hub", "a_nothing": "hub"}

    result = merged(towns, options=MergeOptions(overrides=corrections))

    of = places_of(result)
    assert of["a_a"] == of["a_c"] != of["a_b"]
    network = result.network
    methods = dict(zip(network.places.id, network.places.method, strict=True))
    assert methods[of["a_a"]] == "hand"
    assert methods[of["a_b"]] == "hand"
    assert [finding.code for finding in result.report.findings] == ["override-unknown"]


def test_what_calls_there_tells_the_kind_of_a_place() -> None:
    network = merged(
        town(
            {"r": (0, 0), "f": (3000, 0), "b": (6000, 0), "t": (9000, 0), "x": (9e4, 0)},
            {"1": "rx", "2": "fx", "3": "bx", "4": "tx", "5": "xb"},
            types={"1": 2, "2": 4, "3": 3, "4": 3, "5": 1100},
            names={"t": "中央バスセンター"},
        )
    ).network

    kinds = dict(zip(network.places.name, network.places.kind, strict=True))
    assert kinds == {
        "r": "station",
        "f": "port",
        "b": "airport",
        "中央バスセンター": "terminal",
        "x": "airport",
    }


def test_an_airport_gathers_its_bus_stop_and_its_railway_station() -> None:
    # The spots of 宮崎空港 in the table of hand-made places, and 400 m beside it.
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon\ns1,宮崎空港,31.8772,131.4490\n"
        "s2,宮崎空港駅前,31.8772,131.4532\ns3,宮崎駅,31.9158,131.4320\n"
    )
    network = merge([feed(stops=stops)]).network

    row = network.places.id.tolist().index("place:miyazaki-airport")
    assert network.stops.place.tolist()[:2] == [row, row]
    assert network.stops.place[2] != row
    assert network.places.kind[row] == "airport"
    assert network.places.method[row] == "hand"
    assert network.places.prefecture[row] == "宮崎県"
    assert network.translations["places.name.ja-Hrkt"][row] == "みやざきくうこう"


def test_hand_made_places_have_unique_ids_and_known_prefectures() -> None:
    places = hand_places()
    assert len({place.id for place in places}) == len(places)
    for place in places:
        assert place.prefecture.endswith("県")
        assert place.kind in {"airport", "port", "terminal"}
        assert 24 < place.lat < 35
        assert 122 < place.lon < 133
        assert 100 <= place.radius_m <= 1500


@pytest.mark.parametrize(
    ("lat", "lon", "prefecture"),
    [
        (33.59, 130.42, "福岡県"),
        (33.26, 130.30, "佐賀県"),
        (34.20, 129.29, "長崎県"),
        (32.80, 130.71, "熊本県"),
        (33.23, 131.61, "大分県"),
        (31.91, 131.42, "宮崎県"),
        (30.43, 130.57, "鹿児島県"),
        (26.21, 127.68, "沖縄県"),
        (35.68, 139.77, ""),
    ],
)
def test_a_place_has_the_prefecture_in_which_it_lies(lat, lon, prefecture) -> None:
    stops = SMALL["stops.txt"].replace("33.5900,130.4000", f"{lat},{lon}")

    network = merge([feed(stops=stops)]).network

    assert network.places.prefecture[int(network.stops.place[0])] == prefecture


def test_stops_without_coordinate_are_places_of_their_own() -> None:
    network = merged(
        town({"a": None, "b": None, "z": (0, 0)}, {"1": "abz"}, names={"a": "中央", "b": "中央"})
    ).network

    assert len(set(network.stops.place.tolist())) == 3
    assert np.isnan(network.places.lat).sum() == 2


def test_keys_of_names_keep_what_tells_places_apart() -> None:
    assert name_key("博多駅前Ａ（3番のりば）") == "博多駅前a"
    assert name_key("天神　中央郵便局前") == name_key("天神・中央郵便局前")
    assert name_key("井ノ頭") == name_key("井の頭")
    assert name_key("佐賀駅BC") == "佐賀駅バスセンター"
    for one, other in (("博多駅", "博多駅前"), ("東口", "西口"), ("中央", "中央通"), ("ノ", "の")):
        assert name_key(one) != name_key(other)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 1500), st.integers(0, 1500), st.sampled_from("甲乙")),
        min_size=2,
        max_size=25,
    )
)
def test_places_hold_one_name_and_stay_small(poles) -> None:
    stops = {f"s{at}": (x, y) for at, (x, y, _) in enumerate(poles)}
    names = {f"s{at}": name for at, (_, _, name) in enumerate(poles)}

    network = merged(town(stops, {"1": list(stops)}, names=names)).network

    stop_names = np.array(network.stops.name.tolist())
    for place in range(len(network.places.id)):
        members = np.flatnonzero(network.stops.place == place)
        assert len(set(stop_names[members])) == 1
        lat, lon = network.stops.lat[members], network.stops.lon[members]
        assert distance_m(lat.min(), lon.min(), lat.max(), lon.max()) <= 600.1
        assert len(members) >= 1
