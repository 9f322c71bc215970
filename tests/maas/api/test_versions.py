"""Old versions of the API: what their clients still expect."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from maas.api.parameters import Query, coordinate, cursor, parse_time
from maas.api.plan_parameters import PLAN_PARAMETERS
from routing.boards.geometry import encode
from tests.support.feed_text import SMALL
from tests.support.served import client_of, get, served_of

GTFS = {
    **SMALL,
    "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type\nr1,A1,,海岸線,109\n",
    "trips.txt": "route_id,service_id,trip_id,trip_short_name\nr1,daily,t1,快速7号\n",
}
PLAN = "plan?fromPlace=test_s1&toPlace=test_s3&time=2026-12-01T07:30:00"


@cache
def client() -> TestClient:
    return client_of(served_of(GTFS))


def ride(version: int, more: str = "") -> dict[str, Any]:
    found = get(client(), f"/api/v{version}/{PLAN}{more}")["itineraries"]
    return next(leg for leg in found[0]["legs"] if "tripId" in leg)


@pytest.mark.parametrize(
    ("version", "mode"), [(1, "METRO"), (4, "METRO"), (5, "SUBURBAN"), (6, "SUBURBAN")]
)
def test_modes_have_the_names_of_their_version(version: int, mode: str) -> None:
    assert ride(version)["mode"] == mode


def test_before_v4_the_short_name_is_what_is_displayed() -> None:
    assert ride(3)["routeShortName"] == "快速7号"
    assert ride(4)["routeShortName"] == ""
    assert ride(4)["displayName"] == "快速7号"


def test_before_v6_an_unknown_level_is_nought() -> None:
    assert ride(5)["from"]["level"] == 0
    assert "level" not in ride(6)["from"]


def test_before_v3_transfers_count_rides() -> None:
    assert get(client(), f"/api/v2/{PLAN}&maxTransfers=0")["itineraries"] == []
    assert get(client(), f"/api/v3/{PLAN}&maxTransfers=0")["itineraries"]
    assert get(client(), f"/api/v2/{PLAN}&maxTransfers=1")["itineraries"]


def test_geometry_has_a_precision_that_works_in_japan() -> None:
    assert {ride(version)["legGeometry"]["precision"] for version in (1, 2, 6)} == {6}


def test_the_published_example_of_the_polyline_algorithm() -> None:
    # The example of Google's "Encoded Polyline Algorithm Format".
    line = np.array([[38.5, -120.2], [40.7, -120.95], [43.252, -126.453]])

    assert encode(line, 5) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01T07:05:00+09:00",
        "2026-12-01T07:05:00 09:00",
        "2026-12-01T07:05+0900",
        "2026-12-01T7:5",
        "2026-12-01 07:05:00",
        "2026-11-30T22:05:00.000Z",
        "2026-11-30T22:05Z",
        "1796076300",
    ],
)
def test_a_time_is_understood_however_clients_write_it(text: str) -> None:
    assert parse_time(text).isoformat() == "2026-11-30T22:05:00+00:00"


def test_lists_may_be_joined_repeated_or_both() -> None:
    query = Query(PLAN_PARAMETERS, [("transitModes", "BUS,TRAM"), ("transitModes", "FERRY")])

    assert query.items("transitModes") == ["BUS", "TRAM", "FERRY"]
    assert query.items("directModes") == ["WALK"]
    assert Query(PLAN_PARAMETERS, [("directModes", "")]).items("directModes") == []


@pytest.mark.parametrize("text", ["LATER|1796076300", "LATER%7C1796076300", "LATER%257C1796076300"])
def test_cursors_are_read_however_often_they_were_escaped(text: str) -> None:
    assert cursor(text).at == 1796076300


def test_python_booleans_and_unknown_parameters_are_accepted() -> None:
    answer = get(
        client(), f"/api/v3/{PLAN}&arriveBy=False&detailedTransfers=True&tims=7&passengers=2"
    )

    assert answer["itineraries"]
    assert answer["debugOutput"]["ignored_tims"] == 1
    assert answer["debugOutput"]["ignored_passengers"] == 1


def test_a_coordinate_may_have_a_level_and_an_id_is_none() -> None:
    found = coordinate("33.5,130.4,-1")

    assert found is not None
    assert (found.lat, found.lon, found.level) == (33.5, 130.4, -1)
    assert coordinate("test_33,5,1,2") is None


def test_every_answer_may_be_read_from_other_sites_and_says_who_answers() -> None:
    answer = client().get("/api/v1/health", headers={"origin": "https://elsewhere.example"})

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Server"].startswith("MOTIS")


def test_reach_tells_time_and_rides_to_every_stop() -> None:
    url = "/api/v6/one-to-all?one=test_s1&time=2026-12-01T08:00&maxTravelTime=60"
    found = {row["place"]["stopId"]: row for row in get(client(), url)["all"]}

    # 中央 08:00 → 本町 08:10 → 港 08:20, one vehicle all the way.
    assert found["test_s1"]["k"] == 0
    assert (found["test_s2"]["duration"], found["test_s2"]["k"]) == (10, 1)
    assert (found["test_s3"]["duration"], found["test_s3"]["k"]) == (20, 1)


def test_a_trip_is_told_from_end_to_end_and_refreshed() -> None:
    found = get(client(), "/api/v6/trip?tripId=20261201_08:00_test_t1")
    leg = found["legs"][0]

    assert (leg["from"]["name"], leg["to"]["name"]) == ("中央", "港")
    assert [stop["name"] for stop in leg["intermediateStops"]] == ["本町"]
    assert (leg["startTime"], leg["endTime"]) == ("2026-11-30T23:00:00Z", "2026-11-30T23:20:00Z")
    assert get(client(), "/api/v6/trip?tripId=20261201_08:00_other_t1", 404)["error"]
    assert get(client(), "/api/v6/trip?tripId=nonsense", 400)["error"]
