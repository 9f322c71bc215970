"""
Three connectors of the sample Kyushu, taken out and put back.

What must be named follows from the map, not from the search: who lives on Sakurajima needs the
ferry, Amakusa's airport needs its airline (or hours by bus), and Nagasaki is reached from Hakata by
the relay to Takeo-Onsen and the Shinkansen from there.
"""

from datetime import date, datetime

import pytest

from gtfs_feeds.merge import FeedInput, MergeOptions, merge
from gtfs_feeds.read import read_feed
from gtfs_feeds.sample import write_sample
from maas.core.clock import JAPAN
from maas.core.network import Network
from maas.usecases.impact import Impact, Question, companies_of, impacts
from routing.planner import JourneyPlanner
from routing.street.boarding import change_seconds
from routing.street.footpaths import footpaths
from routing.timetable.compile import Footpaths, compile_timetable

FERRY, AIRLINE, RELAY = "ferry", "airline", "relay"
SAKURAJIMA = (31.53, 31.64, 130.59, 130.73)
AMAKUSA = (32.1, 32.6, 129.9, 130.5)
WEST_OF_TAKEO = (32.5, 33.3, 129.6, 130.05)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    feeds = write_sample(tmp_path_factory.mktemp("sample"), date(2026, 11, 30), days=4)
    inputs = [FeedInput(feed.tag, read_feed(feed.path), synthetic=True) for feed in feeds]
    return merge(inputs, MergeOptions()).network


@pytest.fixture(scope="module")
def found(network: Network) -> list[Impact]:
    walks = footpaths(network)
    seconds = change_seconds(network, walks)
    timetable = compile_timetable(network, Footpaths(walks.from_stop, walks.to_stop, seconds))
    (ferry,) = companies_of(network, ["sakurajima-ferry"]).values()
    (airline,) = companies_of(network, ["amx"]).values()
    relay = [route for route in network.routes.id if route.endswith("_relay-kamome")]
    assert len(relay) == 1
    question = Question(datetime(2026, 12, 1, 8, tzinfo=JAPAN), origins=40, threads=1)
    subjects = {FERRY: ferry, AIRLINE: airline, RELAY: relay}
    return impacts(timetable.network, JourneyPlanner(timetable), question, subjects)


def of(found: list[Impact], name: str) -> Impact:
    return next(row for row in found if row.name == name)


def inside(network: Network, name: str, box: tuple[float, float, float, float]) -> bool:
    """Whether a place of that name lies in the box (south, north, west, east)."""
    south, north, west, east = box
    return any(
        south <= lat <= north and west <= lon <= east
        for place, lat, lon in zip(
            network.places.name, network.places.lat, network.places.lon, strict=True
        )
        if place == name
    )


def test_without_the_ferry_all_of_sakurajima_is_cut_off_and_nothing_else(
    network: Network, found: list[Impact]
) -> None:
    ferry = of(found, FERRY)

    assert "桜島港" in ferry.terminals
    assert len(ferry.cut_off) >= 3
    assert all(inside(network, name, SAKURAJIMA) for name in ferry.cut_off)


def test_without_the_airline_amakusa_is_reached_by_bus_hours_later(
    network: Network, found: list[Impact]
) -> None:
    airline = of(found, AIRLINE)

    assert airline.cut_off == ()
    assert airline.detours
    for detour in airline.detours:
        assert inside(network, detour.end, AMAKUSA) or inside(network, detour.start, AMAKUSA)
        assert not any("天草エアライン" in ride for ride in detour.way)
    flown = next(row for row in airline.detours if row.end == "天草空港")
    # By air within two hours; the rapid bus from Kumamoto alone takes more than two.
    assert flown.minutes_with < 120
    assert flown.minutes_without > 240


def test_without_the_relay_it_is_nagasaki_that_gets_farther_away(
    network: Network, found: list[Impact]
) -> None:
    relay = of(found, RELAY)

    # The relay and the Shinkansen after it run to Nagasaki and Saga prefectures only.
    assert all({"長崎県", "佐賀県"} & {start, end} for start, end, _ in relay.prefecture_pairs)
    assert "長崎県" in relay.prefecture_pairs[0][:2]
    for detour in relay.detours:
        ends = (detour.start, detour.end)
        assert any(inside(network, name, WEST_OF_TAKEO) for name in ends)
    assert not any("リレーかもめ" in ride for detour in relay.detours for ride in detour.way)


def test_put_back_the_relay_of_a_city_comes_before_a_village_and_an_airport(
    found: list[Impact],
) -> None:
    # Nagasaki and its line weigh more than Sakurajima, and that more than two flights to Amakusa.
    assert [row.name for row in found] == [RELAY, FERRY, AIRLINE]
    assert all(row.gain[240] > 0 for row in found)


def test_each_is_explained_in_one_sentence(found: list[Impact]) -> None:
    for row in found:
        assert row.sentence("joins", "ja").count("。") == 1
        assert row.sentence("joins", "en").count(". ") == 0
