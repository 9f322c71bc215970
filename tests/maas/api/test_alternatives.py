"""Other vehicles for a ride: the next ones, without looking at all of the day."""

from typing import Any

import pytest

from maas.api import alternatives
from tests.support.served import client_of, get, served_of

EVERY_MIN = 5
URL = (
    "/api/v6/plan?fromPlace=test_A&toPlace=test_C&time=2026-12-01T10:00:00%2B09:00"
    "&searchWindow=60&numItineraries=1&maxItineraries=1"
)


def bus_and_train(*, late: bool = False) -> Any:
    """A bus every five minutes from A to B in 10, a train every half hour from B to C in 20."""
    trips, calls = [], []
    for start in range(6 * 60, 22 * 60, EVERY_MIN):
        trips.append(f"bus,all,b{start}")
        calls.append(f"b{start},{clock(start)},{clock(start)},A,1")
        calls.append(f"b{start},{clock(start + 10)},{clock(start + 10)},B,2")
    for start in range(6 * 60, 22 * 60, 30):
        trips.append(f"train,all,t{start}")
        calls.append(f"t{start},{clock(start)},{clock(start)},B,1")
        calls.append(f"t{start},{clock(start + 20)},{clock(start + 20)},C,2")
    gtfs = {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n"
        "a,Agency,https://example.org,Asia/Tokyo\n",
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
        "A,A,33.0,130.0\nB,B,33.1,130.0\nC,C,33.3,130.0\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_type\n"
        "bus,a,bus,3\ntrain,a,train,2\n",
        "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
        "start_date,end_date\nall,1,1,1,1,1,1,1,20261129,20261205\n",
        "trips.txt": "route_id,service_id,trip_id\n" + "\n".join(trips) + "\n",
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        + "\n".join(calls)
        + "\n",
    }
    return served_of(gtfs, delayed("t630", 7) if late else None)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}:00"


def delayed(trip: str, minutes: int) -> dict[str, Any]:
    late = {"delay": minutes * 60}
    update = {
        "trip": {"tripId": trip, "startDate": "20261201"},
        "stopTimeUpdate": [{"stopSequence": 1, "arrival": late, "departure": late}],
    }
    return {
        "header": {"gtfsRealtimeVersion": "2.0", "timestamp": "1796088600"},
        "entity": [{"id": "1", "tripUpdate": update}],
    }


def departures(answer: Any, ride: int) -> list[str]:
    """When the other vehicles of a ride leave, in Japan."""
    legs = [leg for leg in answer["itineraries"][0]["legs"] if "tripId" in leg]
    rides = [next(leg for leg in way if "tripId" in leg) for way in legs[ride]["alternatives"]]
    return [f"{(int(leg['startTime'][11:13]) + 9) % 24}{leg['startTime'][13:16]}" for leg in rides]


def test_the_next_vehicles_are_told_and_the_first_ride_s_backwards() -> None:
    answer = get(client_of(bus_and_train()), f"{URL}&numLegAlternatives=3")
    legs = [leg for leg in answer["itineraries"][0]["legs"] if "tripId" in leg]
    # The bus that catches the train of 10:30 at the latest leaves at 10:15 (two minutes to
    # change); other buses for that train leave before it. The trains after that of 10:30 follow.
    assert [leg["startTime"][11:16] for leg in legs] == ["01:15", "01:30"]
    assert departures(answer, 0) == ["10:10", "10:05", "10:00"]
    assert departures(answer, 1) == ["11:00", "11:30", "12:00"]


def test_a_late_train_is_put_where_it_leaves_today() -> None:
    answer = get(client_of(bus_and_train(late=True)), f"{URL}&numLegAlternatives=3")
    legs = [leg for leg in answer["itineraries"][0]["legs"] if "tripId" in leg]
    # It leaves at 10:37, so the bus of 10:25 (10:35 at B) catches it, and 10:20 is the one before.
    assert [leg["startTime"][11:16] for leg in legs] == ["01:25", "01:37"]
    assert departures(answer, 0) == ["10:20", "10:15", "10:10"]
    assert departures(answer, 1) == ["11:00", "11:30", "12:00"]


def test_only_vehicles_near_the_ride_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    across = alternatives._way

    def counted(*given: Any) -> Any:
        looked.append(given)
        return across(*given)

    monkeypatch.setattr(alternatives, "_way", counted)
    get(client_of(bus_and_train()), f"{URL}&numLegAlternatives=3")
    # Of 192 buses and 32 trains a day, over several days: for each ride its own vehicle, the
    # three that are told, one to know that none is missing, and a bus that misses the train.
    assert len(looked) <= 12
