import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maas.core.geo import distance_m
from maas.core.near import near_pairs
from routing.street.barriers import Barrier, Crossing, Water
from routing.street.footpaths import FootpathOptions, footpaths
from tests.support.towns import LAT0, LON0, METRES_A_DEGREE, NARROW, merged, spot, town


def walks(network, options=None):
    """(from, to) → metres, by the feeds' own ids."""
    table = footpaths(network, options)
    ids = [text.partition("_")[2] for text in network.stops.id]
    return {
        (ids[a], ids[b]): metres
        for a, b, metres in zip(
            table.from_stop.tolist(), table.to_stop.tolist(), table.metres.tolist(), strict=True
        )
    }


def test_stops_within_half_a_kilometre_are_linked_both_ways() -> None:
    network = merged(
        town({"a": (0, 0), "b": (300, 0), "c": (9000, 0)}, {"1": "ac", "2": "bc"})
    ).network

    found = walks(network)

    # 300 m × 1.3
    assert found == {("a", "b"): pytest.approx(390, abs=1), ("b", "a"): pytest.approx(390, abs=1)}
    # 390 m at 1.2 m/s = 325 s
    assert footpaths(network).seconds().tolist() == [325, 325]


def test_a_longer_walk_leads_only_to_the_nearest_stop_of_a_new_line() -> None:
    # c and d (800 m and 1,000 m from a) serve line 2, which a does not; e (900 m) serves only a's
    # own line; at x beside them c and d have line 1 without going to a.
    network = merged(
        town(
            {
                "a": (0, 0),
                "c": (800, 0),
                "d": (1000, 0),
                "e": (0, 900),
                "x": (1200, 0),
                "z": (0, 20000),
            },
            {"1": "aexz", "2": "dcz"},
        )
    ).network

    found = walks(network)

    assert {pair for pair in found if "a" in pair} == {("a", "c"), ("c", "a")}


def test_both_directions_of_a_line_are_worth_a_walk() -> None:
    # The two poles of line 2 stand 800 m and 1,100 m away; each is the only one for its direction.
    network = merged(
        town(
            {"a": (0, 0), "out": (800, 0), "back": (1100, 0), "y": (0, 30000), "z": (0, -30000)},
            {"1": "ay", "2": ["y", "out", "z"], "3": ["z", "back", "y"]},
        )
    ).network

    found = walks(network)

    assert ("a", "out") in found
    assert ("a", "back") in found


def test_the_last_stop_of_a_line_opens_nothing() -> None:
    network = merged(town({"a": (0, 0), "b": (800, 0), "z": (0, 9000)}, {"1": "az", "2": "zb"}))

    # b is reached by line 2 but left by none, so nobody walks to b to ride; a is left by line 1,
    # so people walk from b to a, and walks are kept both ways.
    assert set(walks(network.network)) == {("a", "b"), ("b", "a")}


def test_stops_of_one_place_are_linked_however_far() -> None:
    network = merged(
        town(
            {"a": (0, 0), "b": (250, 0), "c": (500, 0), "z": (0, 9000)},
            {"1": "abcz"},
            names={"a": "中央", "b": "中央", "c": "中央"},
        )
    ).network

    found = walks(network, FootpathOptions(near_m=200, far_m=200))

    assert set(found) == {(x, y) for x in "abc" for y in "abc" if x != y}


def test_a_stop_without_coordinate_is_never_linked() -> None:
    network = merged(
        town(
            {"a": (0, 0), "b": None, "z": (0, 9000)}, {"1": "abz"}, names={"a": "中央", "b": "中央"}
        )
    ).network

    assert walks(network) == {}


def test_nobody_walks_from_pier_to_pier_of_a_short_ferry() -> None:
    stops = {"west": (0, 0), "east": (450, 0), "inn": (430, 60), "z": (0, 9000)}
    lines = {"1": ["west", "z"], "2": ["inn", "z"], "3": ["west", "east"]}

    by_bus = walks(merged(town(stops, lines)).network)
    by_ferry = walks(merged(town(stops, lines, types={"3": 4})).network)

    assert ("west", "east") in by_bus
    assert ("west", "inn") in by_bus
    assert set(by_ferry) == {("east", "inn"), ("inn", "east")}


def test_a_bridge_leads_across_water_at_its_own_length() -> None:
    # A river runs north to south at 200 m east; the bridge is 100 m north.
    river = Barrier("river", *spot(200, -5000), *spot(200, 5000))
    bridge = Crossing("river", *spot(150, 100), *spot(250, 100), 120.0)
    network = merged(town({"a": (0, 0), "b": (400, 0), "z": (0, 9000)}, {"1": "az", "2": "bz"}))

    without = walks(network.network, FootpathOptions(water=Water((river,))))
    across = walks(network.network, FootpathOptions(water=Water((river,), (bridge,))))

    assert without == {}
    # a to the bridge: √(150² + 100²) = 180.3 m; the same on the other side; 120 m of bridge; × 1.3
    assert across["a", "b"] == pytest.approx((2 * 180.3 + 120) * 1.3, abs=1)


def test_moji_and_shimonoseki_meet_only_in_the_tunnel() -> None:
    def at(lat, lon):
        return ((lon - LON0) * METRES_A_DEGREE * NARROW, (lat - LAT0) * METRES_A_DEGREE)

    # the two mouths of the tunnel for pedestrians, 780 m long, and two stops of the shores further
    # south, 1.2 km apart over the water
    network = merged(
        town(
            {
                "moji": at(33.9611, 130.9627),
                "shimonoseki": at(33.9663, 130.9578),
                "east": at(33.9480, 130.9600),
                "west": at(33.9560, 130.9485),
                "z": at(33.80, 130.90),
            },
            {"1": ["moji", "east", "z"], "2": ["shimonoseki", "west", "z"]},
        )
    ).network

    found = walks(network)

    assert found["moji", "shimonoseki"] == pytest.approx(780 * 1.3, abs=5)
    assert ("east", "west") not in found


points = st.lists(
    st.tuples(st.integers(-1500, 1500), st.integers(-1500, 1500), st.integers(0, 2)), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(points=points)
def test_the_grid_finds_the_pairs_that_comparing_all_finds(points) -> None:
    spots = [spot(east, north) for east, north, _ in points]
    lat = np.array([s[0] for s in spots])
    lon = np.array([s[1] for s in spots])
    group = np.array([g for _, _, g in points], np.int64)

    a, b, metres = near_pairs(lat, lon, 400.0, group)

    wanted = {
        (i, j)
        for j in range(len(points))
        for i in range(j)
        if group[i] == group[j] and distance_m(lat[i], lon[i], lat[j], lon[j]) <= 400.0
    }
    assert set(zip(a.tolist(), b.tolist(), strict=True)) == wanted
    assert len(a) == len(wanted)
    assert (metres <= 400).all()


def test_a_thousand_stops_on_one_spot_cost_no_million_pairs() -> None:
    lat, lon = np.full(1000, 33.0), np.full(1000, 130.0)

    a, _, _ = near_pairs(lat, lon, 300.0, at_most=64)

    assert len(a) <= 64_000
