"""Fares of a journey over HTTP, from a network as it is published and opened."""

from pathlib import Path
from typing import Any

from maas.adapters.fares import FareShelf
from maas.core.clock import FrozenClock
from maas.usecases.prepare_feeds import FeedSource
from maas.usecases.publish_network import publish_network
from maas.wiring import NetworkHolder
from tests.support.feed_text import write_feed
from tests.support.served import NOON, client_of, get

FARES = "fare_id,price,currency_type\nf180,180,JPY\n"


def journey(folder: Path, query: str = "&withFares=true", **files: str) -> dict[str, Any]:
    write_feed(folder / "f.zip", **files)
    publish_network([FeedSource("f", folder / "f.zip")], folder / "net")
    holder = NetworkHolder(folder / "net", FrozenClock(NOON))
    holder.look()
    url = (
        "/api/v6/plan?fromPlace=f_s1&toPlace=f_s3&time=2026-12-01T00:00%2B09:00&searchWindow=86400"
    )
    return get(client_of(holder.current()), url + query)["itineraries"][0]


def test_a_fare_of_the_feed_is_told_with_the_journey(tmp_path: Path) -> None:
    shown = journey(tmp_path, fare_attributes=FARES)

    product = {"name": "f180", "amount": 180, "currency": "JPY"}
    assert shown["fareTransfers"] == [{"effectiveFareLegProducts": [[[product]]]}]
    assert shown["fare"] == {"total": 180, "currency": "JPY", "unknownLegs": 0}
    ride = next(leg for leg in shown["legs"] if "tripId" in leg)
    assert (ride["fareTransferIndex"], ride["effectiveFareLegIndex"]) == (0, 0)


def test_an_unknown_fare_is_null_and_not_zero(tmp_path: Path) -> None:
    shown = journey(tmp_path)

    assert shown["fareTransfers"] == [{"effectiveFareLegProducts": [[]]}]
    assert shown["fare"] == {"total": None, "currency": "JPY", "unknownLegs": 1}


def test_fares_are_told_only_where_they_are_asked_for(tmp_path: Path) -> None:
    shown = journey(tmp_path, "", fare_attributes=FARES)

    assert "fareTransfers" not in shown


def test_a_shelf_lists_the_feeds_that_publish_fares(tmp_path: Path) -> None:
    write_feed(tmp_path / "paid.zip", fare_attributes=FARES)
    write_feed(tmp_path / "silent.zip")
    sources = [FeedSource(tag, tmp_path / f"{tag}.zip") for tag in ("paid", "silent")]
    published = publish_network(sources, tmp_path / "net")
    holder = NetworkHolder(tmp_path / "net", FrozenClock(NOON))
    holder.look()

    shelf = FareShelf(published.folder, holder.current().network)

    assert list(shelf) == ["paid"]
    assert shelf.get("silent") is None
