"""Point-to-point tickets from the fares that a feed publishes."""

import polars as pl

from gtfs_feeds.read.tables import ROW, FeedTables
from maas.adapters.feed_fares import FeedFares
from tests.support.shop import key
from ticketing.fares.singles import single_product
from ticketing.products.lint import Severity, lint
from ticketing.products.service import ProductService


def table(text: str) -> pl.DataFrame:
    header, *rows = [line.split(",") for line in text.split()]
    columns = {name: [row[at] for row in rows] for at, name in enumerate(header)}
    lines = pl.Series(ROW, range(2, len(rows) + 2), dtype=pl.Int64)
    return pl.DataFrame(columns, schema=dict.fromkeys(header, pl.String)).with_columns(lines)


def feed(price="210", currency="JPY") -> FeedTables:
    return FeedTables(
        "t",
        {
            "agency": table("agency_id,agency_name a1,見本バス"),
            "stops": table("stop_id,stop_name,zone_id s1,天神,z1 s2,博多駅,z2 s3,中洲,z2"),
            "fare_attributes": table(f"fare_id,price,currency_type f1,{price},{currency}"),
            "fare_rules": table(
                "fare_id,route_id,origin_id,destination_id f1,,z1,z2 f1,r1,, nope,,z1,z2"
            ),
        },
    )


def fares(**changes):
    return FeedFares("t", feed(**changes), sample=True)


def test_a_rule_with_two_zones_becomes_a_ticket_and_the_others_are_named():
    source = fares()
    [fare] = source.single_fares()

    assert (fare.origin_name, fare.destination_name, fare.yen) == ("天神", "博多駅", 210)
    assert fare.operator_id == "t_a1"
    assert [(left.line, left.reason) for left in source.left_out] == [
        (3, "no-zones"),
        (4, "no-such-fare"),
    ]


def test_a_price_that_is_no_whole_yen_is_not_guessed():
    for changes in ({"price": "210.5"}, {"price": ""}, {"price": "x"}, {"currency": "USD"}):
        assert list(fares(**changes).single_fares()) == []
    [fare] = fares(price="210.00").single_fares()
    assert fare.yen == 210


def test_a_single_ticket_is_sold_and_a_changed_fare_is_the_next_version(shop):
    [fare] = fares().single_fares()
    product = single_product(fare)
    assert [found for found in lint(product) if found.severity is Severity.ERROR] == []
    with shop.sessions.begin() as session:
        first = ProductService(session, shop.clock).publish_single(product)
        again = ProductService(session, shop.clock).publish_single(product)
    [dearer] = fares(price="230").single_fares()
    with shop.sessions.begin() as session:
        second = ProductService(session, shop.clock).publish_single(single_product(dearer))

    assert again == first
    assert (second.id, second.number) == (first.id, first.number)
    assert (first.version, second.version) == (1, 2)
    item = {"product_id": first.id, "riders": {"adult": 2}, "first_day": shop.tomorrow()}
    offer = shop.client.post("/offers", json={"items": [item]}, headers=key()).json()
    assert offer["total"] == 460
