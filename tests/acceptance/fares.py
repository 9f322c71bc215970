"""Fares of a journey, as `fare_legs` expects them."""

from typing import Any

from maas.adapters.fares import fare_book, rides_of
from tests.acceptance.requests import TAG
from ticketing.fares.facts import Price
from ticketing.fares.journey import PricedLeg, price_journey


def price_row(price: Price) -> list[Any]:
    """Return a price as the cases write it: name, medium, amount in whole units, rider."""
    amount = price.amount / 10**price.decimals
    return [price.name, price.medium, amount, price.rider_category or None]


def fare_differences(
    expected: list[dict[str, Any]], itinerary: Any, tables: Any, network: Any
) -> list[str]:
    """Return what is not as expected of the effective fare legs of a journey."""
    books = {TAG: fare_book(TAG, tables, network)}
    fare = price_journey(rides_of(itinerary), books)
    legs: list[PricedLeg] = [leg for transfer in fare.transfers for leg in transfer.legs]
    found = []
    if len(legs) != len(expected):
        found.append(f"{len(legs)} fare legs, expected {len(expected)}")
    for leg, wanted in zip(legs, expected, strict=False):
        rides = [ride.trip for ride in leg.rides]
        if "joined_rides" in wanted and rides != wanted["joined_rides"]:
            found.append(f"rides {rides}, expected {wanted['joined_rides']}")
        rows = [price_row(price) for price in leg.prices]
        prices = wanted.get("prices")
        if prices is not None and sorted(rows, key=str) != sorted(
            ([name, medium, float(amount), rider] for name, medium, amount, rider in prices),
            key=str,
        ):
            found.append(f"prices {rows}, expected {prices}")
        products = {price.product for price in leg.prices}
        if wanted.get("product") and products != {wanted["product"]}:
            found.append(f"products {sorted(products)}, expected {wanted['product']}")
        currencies = {price.currency for price in leg.prices}
        if wanted.get("currency") and currencies - {wanted["currency"]}:
            found.append(f"currencies {sorted(currencies)}, expected {wanted['currency']}")
    return found
