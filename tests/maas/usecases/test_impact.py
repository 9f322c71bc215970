"""Who is missed, on a network small enough to see it."""

from datetime import datetime

import pytest

from maas.core.clock import JAPAN
from maas.usecases.impact import Impact, Question, impacts
from maas.usecases.place_weights import departures_of_places
from routing.planner import JourneyPlanner
from routing.timetable.compile import compile_timetable
from tests.support.served import network_of

AT = datetime(2026, 12, 1, 8, 0, tzinfo=JAPAN)


def feed() -> dict[str, str]:
    """
    Town – Port by bus every half hour, Port – Island by ferry only, Town – City by train (30 min)
    and by bus (90 min).
    """
    trips, times = [], []
    lines = [
        ("rb", "Town", "Port", 10, range(480, 1200, 30)),
        ("rb", "Port", "Town", 10, range(480, 1200, 30)),
        ("rf", "Port", "Island", 40, range(500, 1100, 120)),
        ("rf", "Island", "Port", 40, range(550, 1100, 120)),
        ("rt", "Town", "City", 30, range(480, 1200, 20)),
        ("rt", "City", "Town", 30, range(480, 1200, 20)),
        ("rs", "Town", "City", 90, range(480, 1200, 60)),
        ("rs", "City", "Town", 90, range(480, 1200, 60)),
    ]
    for route, start, end, minutes, leaves in lines:
        for minute in leaves:
            name = f"{route}{start}{minute}"
            trips.append(f"{route},daily,{name}")
            for at, stop, number in ((minute, start, 1), (minute + minutes, end, 2)):
                clock = f"{at // 60:02}:{at % 60:02}:00"
                times.append(f"{name},{clock},{clock},{stop},{number}")
    return {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n"
        + "".join(
            f"{x},{n},https://e.example,Asia/Tokyo\n"
            for x, n in (("b", "Bus"), ("f", "Ferry"), ("t", "Train"), ("s", "Slow Bus"))
        ),
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nTown,Town,33.5,130.4\nPort,Port,33.6,130.4\nIsland,Island,33.9,130.4\nCity,City,33.5,130.9\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nrb,b,B,3\nrf,f,F,4\nrt,t,T,2\nrs,s,S,3\n",
        "trips.txt": "route_id,service_id,trip_id\n" + "\n".join(trips) + "\n",
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        + "\n".join(times)
        + "\n",
        "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\ndaily,1,1,1,1,1,1,1,20261201,20261231\n",
    }


@pytest.fixture(scope="module")
def found() -> dict[str, Impact]:
    network = network_of(feed())
    planner = JourneyPlanner(compile_timetable(network))
    rows = impacts(network, planner, Question(AT, origins=4, threads=1))
    return {row.name: row for row in rows} | {"first": rows[0]}


def test_the_only_ferry_cuts_its_island_off(found: dict[str, Impact]) -> None:
    assert found["Ferry"].cut_off == ("Island",)
    assert found["Ferry"].gain[120] > 0


def test_a_line_with_a_rival_cuts_nothing_off_but_costs_time(found: dict[str, Impact]) -> None:
    train = found["Train"]

    assert train.cut_off == ()
    # Town to City is 30 minutes by train and 90 by bus; from the island the day gets longer, too.
    assert train.gain[60] > train.gain[240]
    assert {(d.start, d.end) for d in train.detours} >= {("Town", "City")}


def test_the_slower_rival_changes_nothing(found: dict[str, Impact]) -> None:
    slow = found["Slow Bus"]

    assert (slow.cut_off, slow.detours) == ((), ())
    assert set(slow.gain.values()) == {0.0}


def test_sentences_say_it_in_both_languages(found: dict[str, Impact]) -> None:
    for name, row in found.items():
        if name != "first":
            for question in ("joins", "stops"):
                assert row.name in row.sentence(question, "ja")
                assert row.name in row.sentence(question, "en")


def test_places_weigh_by_their_departures() -> None:
    network = network_of(feed())
    weights = dict(zip(network.places.name, departures_of_places(network), strict=True))

    # Calls a day: the town has bus (24 + 24), train (36 + 36) and slow bus (12 + 12).
    assert weights["Town"] == pytest.approx(144)
    assert weights["Island"] == pytest.approx(10)
