"""Calls are written as text and kept: the text says what the place says, whoever asked before."""

import json
import random
from functools import cache
from typing import Any

import pytest

from maas.api.view import View
from maas.wiring import Served
from tests.support.feed_text import SMALL
from tests.support.served import client_of, get, served_of

GTFS = {
    **SMALL,
    # A station with two platforms that the line serves one after the other, a stop in another zone.
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code,stop_timezone\n"
        's1,"中央 ""南""",33.5900,130.4000,0,,,\n'
        "x,本町,33.6000,130.4100,1,,,\nx1,本町,33.6000,130.4100,0,x,1,\nx2,本町 北,33.6010,130.4101,0,x,2,\n"
        "s3,港,33.6100,130.4200,0,,,\ns4,対馬,34.2000,129.3000,0,,,Asia/Seoul\n"
    ),
    "trips.txt": "route_id,service_id,trip_id,trip_headsign\nr1,daily,t1,港\nr1,daily,t2,\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
        "t1,08:00:00,08:00:00,s1,1,0,1\nt1,08:10:00,08:11:00,x1,2,0,0\n"
        "t1,08:13:00,08:13:00,x2,3,1,0\nt1,08:20:00,08:20:30,s3,4,0,1\n"
        "t1,09:40:00,09:40:00,s4,5,1,0\n"
        "t2,08:30:00,08:30:00,s1,1,0,1\nt2,08:40:00,08:41:00,x1,2,0,0\nt2,08:50:00,08:50:00,s3,3,1,0\n"
    ),
    "translations.txt": (
        "table_name,field_name,language,translation,field_value\n"
        "stops,stop_name,en,Port,港\nstops,stop_name,en,Honmachi,本町\n"
    ),
}
RT = {
    "header": {"gtfsRealtimeVersion": "2.0", "timestamp": 1796007600},
    "entity": [
        {
            "id": "1",
            "tripUpdate": {
                "trip": {"tripId": "t1", "startDate": "20261201"},
                "stopTimeUpdate": [
                    {"stopSequence": 2, "scheduleRelationship": "SKIPPED"},
                    {"stopSequence": 3, "departure": {"delay": 120}},
                ],
            },
        }
    ],
}
PLACES = ("test_s1", "test_x1", "test_x2", "test_s3", "test_s4", "33.59,130.40", "33.61,130.42")


@cache
def served(*, live: bool) -> Served:
    return served_of(GTFS, RT if live else None)


@pytest.mark.parametrize("version", [1, 5, 6])
@pytest.mark.parametrize("live", [False, True])
def test_a_call_as_text_says_what_the_place_says(*, live: bool, version: int) -> None:
    view = View(served(live=live).operated, ("en", "ja"), version)
    index = view.index
    for trip in range(2):
        key = view.runs.find(trip, 0, None)
        assert key is not None
        run, zone = view.runs.run(key), index.zone_of_trip(trip)
        for position in range(len(run)):
            for own_name in (False, True):
                text = view.call_text(run, position, zone, own_name=own_name)
                assert json.loads(f"{text}}}") == view.call(run, position, own_name=own_name)


def rides(found: Any) -> list[Any]:
    return [leg for row in found["itineraries"] for leg in row["legs"] if "tripId" in leg]


def test_who_may_board_stands_in_the_calls_of_a_ride() -> None:
    url = "/api/v6/plan?fromPlace=test_s1&toPlace=test_s4&time=2026-12-01T07:30:00"
    (leg, *_) = rides(get(client_of(served(live=False)), url))
    calls = [leg["from"], *leg["intermediateStops"], leg["to"]]
    # As stop_times.txt says for t1: 1 in pickup_type and in drop_off_type means nobody.
    assert [call["pickupType"] == "NORMAL" for call in calls] == [True, True, False, True, False]
    assert [call["dropoffType"] == "NORMAL" for call in calls] == [False, True, True, False, True]
    assert [call["tz"] for call in calls] == ["Asia/Tokyo"] * 4 + ["Asia/Seoul"]
    assert calls[3]["arrival"] == "2026-11-30T23:20:00Z"
    assert calls[3]["departure"] == "2026-11-30T23:20:30Z"


def test_late_times_stand_beside_those_of_the_timetable() -> None:
    url = "/api/v6/plan?fromPlace=test_s1&toPlace=test_s4&time=2026-12-01T07:30:00"
    leg = next(leg for leg in rides(get(client_of(served(live=True)), url)) if leg["realTime"])
    skipped, late = leg["intermediateStops"][:2]
    assert skipped["cancelled"] is True
    assert late["scheduledDeparture"] == "2026-11-30T23:13:00Z"
    assert late["departure"] == "2026-11-30T23:15:00Z"


@pytest.mark.parametrize("live", [False, True])
def test_an_answer_does_not_depend_on_what_was_asked_before(*, live: bool) -> None:
    network = served(live=live)
    client = client_of(network)
    draw = random.Random(7)
    urls = []
    for _ in range(40):
        start, end = draw.sample(PLACES, 2)
        more = draw.choice(("", "&language=en", "&language=ja,en", "&realtimeMode=OFF"))
        urls.append(
            f"/api/v{draw.choice((1, 3, 5, 6))}/plan?fromPlace={start}&toPlace={end}"
            f"&time=2026-12-01T07:30:00{more}"
        )
    kept = [_shown(get(client, url)) for url in urls]
    for url, before in zip(urls, kept, strict=True):
        network.shown.clear()
        assert _shown(get(client, url)) == before


def _shown(answer: Any) -> Any:
    del answer["debugOutput"]
    return answer
