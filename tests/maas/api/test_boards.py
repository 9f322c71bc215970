"""Boards: departures and arrivals at stops."""

import json
from functools import cache
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.support.served import client_of, get, served_of
from tests.support.shared import SHARED, needs_shared

CASES = SHARED / "acceptance" / "cases"


@cache
def case(name: str) -> tuple[dict[str, Any], TestClient]:
    """An acceptance case and the application over its feed and message."""
    content = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return content, client_of(served_of(content["gtfs"], content.get("gtfs_rt")))


@needs_shared
@pytest.mark.shared
def test_arrivals_show_platform_change_delay_and_alert() -> None:
    content, client = case("63-http-stoptimes")
    answer = get(client, content["queries"][0]["request"]["url"])

    assert answer["place"]["stopId"] == "test_FFM_10"
    ice, u4, s3 = answer["stopTimes"]
    assert ice["tripId"] == "20190501_00:35_test_ICE"
    assert (ice["mode"], ice["headsign"], ice["displayName"]) == (
        "HIGHSPEED_RAIL",
        "FFM Hbf",
        "ICE",
    )
    assert ice["tripFrom"]["stopCode"] == "DA-10-CODE"
    assert ice["tripTo"]["stopId"] == "test_FFM_12"
    assert "stopCode" not in ice["tripTo"]
    assert ice["place"]["arrival"] == "2019-04-30T22:55:00Z"
    assert ice["place"]["scheduledArrival"] == "2019-04-30T22:45:00Z"
    assert ice["realTime"]
    assert len(ice["previousStops"]) == 1
    assert [alert["headerText"] for alert in ice["place"]["alerts"]] == ["Hello"]
    assert u4["tripId"] == "20190501_01:05_test_U4"
    assert s3["mode"] == "SUBWAY", "a block keeps the mode with which it began"
    assert s3["tripFrom"]["stopId"] == "test_FFM_101"
    assert len(s3["previousStops"]) == 2
    assert not s3["realTime"]


@needs_shared
@pytest.mark.shared
def test_realtime_can_be_switched_off_or_only_shown() -> None:
    content, client = case("63-http-stoptimes")
    urls = {query["name"]: query["request"]["url"] for query in content["queries"]}
    off = get(client, urls["realtimeMode=OFF"])["stopTimes"][0]
    noted = get(client, urls["realtimeMode=REALTIME_ANNOTATION_ONLY"])["stopTimes"][0]

    assert off["tripTo"]["stopId"] == "test_FFM_10"
    assert off["place"]["arrival"] == "2019-04-30T22:45:00Z"
    assert not off["place"].get("alerts")
    assert noted["place"]["arrival"] == "2019-04-30T22:55:00Z"
    assert len(noted["place"]["alerts"]) == 1


@needs_shared
@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("unknown stop", 404),
        ("unknown feed tag is 404 even with centre", 404),
        ("neither stopId nor center", 400),
        ("center without radius", 400),
        ("centre only", 200),
        ("unknown stop with centre falls back", 200),
    ],
)
def test_a_place_that_cannot_be_found_is_an_error_of_the_caller(name: str, status: int) -> None:
    content, client = case("63-http-stoptimes")
    urls = {query["name"]: query["request"]["url"] for query in content["queries"]}
    answer = get(client, urls[name], status)

    if status == 200:
        assert answer["place"]["name"] == "center"
        assert "stopId" not in answer["place"]
        assert answer["stopTimes"]
    else:
        assert set(answer) == {"error"}


@needs_shared
@pytest.mark.shared
def test_windows_bound_the_board_and_n_widens_them() -> None:
    content, client = case("63-http-stoptimes")
    urls = {query["name"]: query["request"]["url"] for query in content["queries"]}
    later = get(client, urls["window LATER"])
    earlier = get(client, urls["window EARLIER"])
    small = get(client, urls["small window, n=2 keeps going"])

    arrivals = [row["place"]["arrival"] for row in later["stopTimes"]]
    assert arrivals == ["2019-04-30T23:15:00Z", "2019-04-30T23:20:00Z"]
    assert later["previousPageCursor"].startswith("EARLIER|")
    assert later["nextPageCursor"].startswith("LATER|")
    assert all(
        "2019-04-30T22:45:00Z" <= row["place"]["arrival"] <= "2019-04-30T23:15:00Z"
        for row in earlier["stopTimes"]
    )
    assert len(small["stopTimes"]) > 1


@needs_shared
@pytest.mark.shared
def test_a_skipped_stop_stays_among_the_next_stops() -> None:
    content, client = case("66-http-skipped-next-stop")
    answer = get(client, content["queries"][0]["request"]["url"])

    stops = [(row["stopId"], row["cancelled"]) for row in answer["stopTimes"][0]["nextStops"]]
    assert stops == [("test_B", True), ("test_C", False)]


@needs_shared
@pytest.mark.shared
@pytest.mark.parametrize("row", range(6))
def test_a_stop_lists_the_routes_that_serve_it(row: int) -> None:
    content, client = case("68-http-routes-at-stop")
    query = content["queries"][row]
    answer = get(client, query["request"]["url"])

    expected = query["expect"]["set(routes[].routeId)"]
    assert sorted(route["routeId"] for route in answer["routes"]) == expected
    assert answer["place"]["name"]
