"""`/plan` on the public HTTP cases: wheelchair, blocks, changes, alternatives, saved ids."""

import json
from functools import cache
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.support.served import client_of, get, served_of
from tests.support.shared import SHARED, needs_shared

CASES = SHARED / "acceptance" / "cases"
pytestmark = [needs_shared, pytest.mark.shared]


@cache
def case(name: str) -> tuple[dict[str, Any], TestClient]:
    content = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return content, client_of(served_of(content["gtfs"], content.get("gtfs_rt")))


def minute(text: str) -> str:
    return text[:16]


@pytest.mark.parametrize("row", [0, 1])
def test_a_wheelchair_gets_accessible_vehicles_and_stops(row: int) -> None:
    content, client = case("71-http-plan-wheelchair")
    query = content["queries"][row]
    expected = query["expect"]["itineraries"][0]
    found = get(client, query["request"]["url"])["itineraries"]

    assert len(found) == 1
    assert minute(found[0]["startTime"]) == minute(expected["startTime"])
    assert minute(found[0]["endTime"]) == minute(expected["endTime"])
    assert found[0]["transfers"] == expected["transfers"]
    legs = [[leg["from"]["stopId"], leg["to"]["stopId"], leg["mode"]] for leg in found[0]["legs"]]
    assert legs == expected["legs"]


def told(itinerary: dict[str, Any]) -> list[str]:
    """The vehicles and their alternatives, in the notation of the cases."""
    rows = []
    for leg in itinerary["legs"]:
        if "tripId" not in leg:
            continue
        rows.append(line(leg))
        if "alternatives" not in leg:
            rows.append("  (no alternatives field)")
        elif not leg["alternatives"]:
            rows.append("  (no alternatives)")
        else:
            rows += [f"  alt [{' | '.join(map(line, way))}]" for way in leg["alternatives"]]
    return rows


def line(leg: dict[str, Any]) -> str:
    trip = f" {leg['tripId'].split('_test_')[1]}" if "tripId" in leg else ""
    seated = " [interlined]" if leg.get("interlineWithPreviousLeg") else ""
    return (
        f"{leg['mode']}{trip} {leg['from']['name']} {leg['startTime'][11:16]}"
        f"->{leg['to']['name']} {leg['endTime'][11:16]}{seated}"
    )


@pytest.mark.parametrize(
    ("name", "row"),
    [("73-http-interlined-legs", row) for row in range(4)] + [("76-http-zero-minute-transfer", 0)],
)
def test_rides_and_their_alternatives(name: str, row: int) -> None:
    content, client = case(name)
    query = content["queries"][row]
    found = get(client, query["request"]["url"])["itineraries"]

    assert len(found) == query["expect"]["len(itineraries)"]
    assert told(found[0]) == query["expect"]["transit_legs"]


def test_an_itinerary_id_gives_the_same_journey_again() -> None:
    content, client = case("83-http-refresh-and-timezones")
    url = content["queries"][0]["request"]["url"]
    found = get(client, f"{url}&radius=1000")["itineraries"][0]
    again = get(client, f"/api/v6/refresh-itinerary?itineraryId={found['id']}")

    assert found["legs"][0]["from"]["tz"] == "Europe/Berlin"
    assert found["legs"][-1]["to"]["tz"] == "Europe/Vienna"
    assert again == found


@pytest.mark.parametrize("row", range(6))
def test_stop_groups_are_found_with_the_modes_of_their_members(row: int) -> None:
    content, client = case("81-http-geocode-stop-group")
    query = content["queries"][row]
    found = get(client, query["request"]["url"])
    ids = {match["id"]: match for match in found}
    for key, expected in query["expect"].items():
        if key.startswith("match with id "):
            match = ids[key.removeprefix("match with id ")]
            assert expected["modes contains"] in match["modes"]
            assert match["importance"] > 0
        elif key == "contains id":
            assert expected in ids
        elif key == "does not contain id":
            assert expected not in ids
        else:
            assert all(match["type"] in expected for match in found)
