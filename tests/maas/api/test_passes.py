"""From an itinerary that was found to the passes that cover it, over HTTP."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from maas.api.v1 import create_v1
from maas.core.clock import FrozenClock
from maas.usecases.prepare_feeds import FeedSource
from maas.usecases.publish_network import publish_network
from maas.wiring import NetworkHolder
from tests.support.feed_text import write_feed
from tests.support.served import NOON, client_of, get
from tests.support.shop import open_shop

SUBWAY = "route_id,agency_id,route_short_name,route_type\nr1,A1,1,1\n"
FARES = "fare_id,price,currency_type\nf260,260,JPY\n"
SEARCH = "/api/v6/plan?fromPlace=fukuoka-subway_s1&toPlace=fukuoka-subway_s3&time=2026-12-02T00:00%2B09:00&searchWindow=86400"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOON)


def asked(tmp_path: Path, clock: FrozenClock, itinerary: str | None = None, **files: str):
    """Search on a line of the subway of Fukuoka, and ask which passes cover the first journey."""
    write_feed(tmp_path / "feed.zip", routes=SUBWAY, **files)
    publish_network([FeedSource("fukuoka-subway", tmp_path / "feed.zip")], tmp_path / "net")
    holder = NetworkHolder(tmp_path / "net", clock)
    holder.look()
    served = replace(holder.current(), clock=clock)
    found = get(client_of(served), SEARCH)["itineraries"][0]
    with open_shop("sqlite", tmp_path, clock) as shop:
        client = TestClient(create_v1(shop.desk, current=lambda: served))
        return client.get(f"/passes?itineraryId={quote(itinerary or found['id'])}")


def test_the_cheapest_pass_stands_beside_the_single_fare(tmp_path: Path, clock) -> None:
    answer = asked(tmp_path, clock, fare_attributes=FARES).json()

    assert answer["fare"] == {"total": 260, "currency": "JPY", "unknown_rides": 0, "rides": 1}
    best = [row for row in answer["passes"] if row["cheapest"]]
    assert [(row["product"]["id"], row["price"]) for row in best] == [("sample-city-24h", 1_500)]
    assert answer["passes"][0] == best[0]


def test_an_unknown_fare_stays_unknown(tmp_path: Path, clock) -> None:
    answer = asked(tmp_path, clock).json()

    assert answer["fare"] == {"total": None, "currency": "JPY", "unknown_rides": 1, "rides": 1}


@pytest.mark.parametrize("text", ["x", "%00", "eJyLjgUAARUAuQ==", "A" * 7_000])
def test_a_damaged_itinerary_is_a_problem_that_says_so(tmp_path: Path, clock, text: str) -> None:
    answer = asked(tmp_path, clock, itinerary=text)

    assert answer.status_code == 422
    assert answer.json()["code"] == "itinerary-unknown"
