"""Fares on the wire: the shape of the MOTIS API, and our own total beside it."""

from collections.abc import Iterable, Mapping
from typing import Final, cast

from maas.adapters.fares import rides_of
from maas.api.view import Json
from routing.model import Itinerary
from ticketing.fares.book import FareBook
from ticketing.fares.facts import Price
from ticketing.fares.journey import FareTransfer, price_journey

_RULES: Final = {0: "A_AB", 1: "A_AB_B", 2: "AB"}
_MEDIA: Final = {
    0: "NONE",
    1: "PAPER_TICKET",
    2: "TRANSIT_CARD",
    3: "CONTACTLESS_EMV",
    4: "MOBILE_APP",
}


def add_fares(shown: Json, found: Itinerary, books: Mapping[str, FareBook]) -> None:
    """
    Add what a journey costs to an itinerary that is shown.

    `fareTransfers` is the MOTIS shape; a leg that nobody prices has an empty list there. `fare` is
    ours: the cheapest total in yen for an adult, or null where a part is unknown, never a 0.
    """
    rides = rides_of(found)
    fare = price_journey(rides, books)
    shown["fareTransfers"] = [_transfer(transfer) for transfer in fare.transfers]
    places = [
        (at, leg_at)
        for at, transfer in enumerate(fare.transfers)
        for leg_at, leg in enumerate(transfer.legs)
        for _ in leg.rides
    ]
    unknown = sum(not leg.prices for transfer in fare.transfers for leg in transfer.legs)
    shown["fare"] = {"total": fare.total("JPY"), "currency": "JPY", "unknownLegs": unknown}
    ride = -1
    for leg in cast("list[Json]", shown["legs"]):
        if "tripId" not in leg:
            continue
        if not leg.get("interlineWithPreviousLeg"):
            ride += 1
        if 0 <= ride < len(places):
            leg["fareTransferIndex"], leg["effectiveFareLegIndex"] = places[ride]


def _transfer(transfer: FareTransfer) -> Json:
    shown: Json = {
        "effectiveFareLegProducts": [
            [_products(leg.prices)] if leg.prices else [] for leg in transfer.legs
        ]
    }
    if transfer.rule is not None:
        shown["rule"] = _RULES[transfer.rule.type]
        shown["transferProducts"] = _products(transfer.prices)
    return shown


def _products(prices: Iterable[Price]) -> list[Json]:
    return [_product(price) for price in prices]


def _product(price: Price) -> Json:
    amount = price.amount / 10**price.decimals if price.decimals else price.amount
    shown: Json = {
        "name": price.name or price.product,
        "amount": amount,
        "currency": price.currency,
    }
    if price.rider_category:
        shown["riderCategory"] = {
            "riderCategoryName": price.rider_category,
            "isDefaultFareCategory": price.default_category,
        }
    if price.medium_type in _MEDIA:
        shown["media"] = {
            "fareMediaName": price.medium,
            "fareMediaType": _MEDIA[price.medium_type],
        }
    return shown
