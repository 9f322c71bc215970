"""From an itinerary that was found to the passes that cover it, over HTTP."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from maas.adapters.singles import SingleFares
from maas.api.v1 import create_v1
from maas.core.clock import FrozenClock
from maas.usecases.prepare_feeds import FeedSource
from maas.usecases.publish_network import publish_network
from maas.wiring import NetworkHolder, Served
from tests.support.feed_text import write_feed
from tests.support.served import NOON, client_of, get
from tests.support.shop import key, open_shop

CLOCK = FrozenClock(NOON)
SUBWAY = "route_id,agency_id,route_short_name,route_type\nr1,A1,1,1\n"
FARES = "fare_id,price,currency_type\nf260,260,JPY\n"
SEARCH = "/api/v6/plan?fromPlace=fukuoka-subway_s1&toPlace=fukuoka-subway_s3&time=2026-12-02T00:00%2B09:00&searchWindow=86400"


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Served]:
    """A line of the subway of Fukuoka, with the fares of its feed or without any."""

    @cache
    def line(fares: str) -> Served:
        folder = tmp_path_factory.mktemp("line")
        write_feed(folder / "feed.zip", routes=SUBWAY, fare_attributes=fares)
        publish_network([FeedSource("fukuoka-subway", folder / "feed.zip")], folder / "net")
        holder = NetworkHolder(folder / "net", CLOCK)
        holder.look()
        return replace(holder.current(), clock=CLOCK)

    return line


def asked(folder: Path, served: Served, itinerary: str | None = None):
    """Search on the line, and ask which passes cover the first journey."""
    found = get(client_of(served), SEARCH)["itineraries"][0]
    with open_shop("sqlite", folder, CLOCK) as shop:
        client = TestClient(create_v1(shop.desk, current=lambda: served))
        return client.get(f"/passes?itineraryId={quote(itinerary or found['id'])}")


def test_the_cheapest_pass_stands_beside_the_single_fare(tmp_path: Path, lines) -> None:
    answer = asked(tmp_path, lines(FARES)).json()

    assert answer["fare"] == {"total": 260, "currency": "JPY", "unknown_rides": 0, "rides": 1}
    [ticket] = answer["tickets"]
    assert ticket == {
        "origin": "fukuoka-subway_s1",
        "destination": "fukuoka-subway_s3",
        "route": "fukuoka-subway_r1",
        "first_day": "2026-12-02",
        "yen": 260,
        "child_yen": None,
    }
    best = [row for row in answer["passes"] if row["cheapest"]]
    assert [(row["product"]["id"], row["price"]) for row in best] == [("sample-city-24h", 1_500)]
    assert answer["passes"][0] == best[0]


def test_the_page_orders_the_single_ticket_that_it_was_told_of(tmp_path: Path, lines) -> None:
    served = lines(FARES)
    ticket = asked(tmp_path, served).json()["tickets"][0]
    single = {"from": ticket["origin"], "to": ticket["destination"], "route": ticket["route"]}
    item = {"single": single, "riders": {"adult": 2}, "first_day": ticket["first_day"]}
    with open_shop("sqlite", tmp_path, CLOCK) as shop:
        shop.desk.fares = SingleFares(lambda: served, shop.sessions)
        answer = shop.client.post("/offers", json={"items": [item]}, headers=key())
        (line,) = answer.json()["lines"]
        sold = shop.client.get(f"/products/{line['product_id']}").json()

    assert (answer.json()["total"], line["first_day"]) == (520, "2026-12-02")
    assert sold["kind"] == "single"


def test_an_unknown_fare_stays_unknown(tmp_path: Path, lines) -> None:
    answer = asked(tmp_path, lines("")).json()

    assert answer["tickets"][0]["yen"] is None
    assert answer["fare"] == {"total": None, "currency": "JPY", "unknown_rides": 1, "rides": 1}


@pytest.mark.parametrize("text", ["x", "%00", "eJyLjgUAARUAuQ==", "A" * 7_000])
def test_a_damaged_itinerary_is_a_problem_that_says_so(tmp_path: Path, lines, text: str) -> None:
    answer = asked(tmp_path, lines(FARES), text)

    assert answer.status_code == 422
    assert answer.json()["code"] == "itinerary-unknown"
