"""Make offers, and read them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.core.money import Yen, split_largest_remainder
from ticketing.config import TicketingConfig
from ticketing.offers.errors import NotForSale, OfferExpired, OfferNotFound, SoldOut
from ticketing.offers.models import Offer, OfferLine
from ticketing.products.definition import Definition, RiderCategory, RiderPrice
from ticketing.products.holidays import national_holidays
from ticketing.products.service import ProductService, places
from ticketing.products.validity import Reason, Sale, may_sell

LEAST_CHARGE = 50
"""Yen below which the gateway takes no payment; 0 is free and needs none."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants: a product for these riders, from this day."""

    product_id: str
    riders: dict[RiderCategory, int] = field(default_factory=dict)
    first_day: date | None = None


class OfferService:
    """Prices wishes. The caller never names a price."""

    def __init__(self, session: Session, clock: Clock, config: TicketingConfig) -> None:
        self._session = session
        self._clock = clock
        self._config = config
        self._products = ProductService(session, clock)

    def make(self, wishes: Sequence[Wish]) -> Offer:
        """
        Price a basket and hold the price until the deadline. No place is taken yet.

        Raises:
            ProductNotFound: A product is not on sale.
            NotForSale: The day, the riders or the amount cannot be had; `reason` says which.
            SoldOut: The quota has no place left now.

        """
        now = self._clock.now()
        offer = Offer(created_at=now, expires_at=now + self._config.offer_holds, total=Yen(0))
        for wish in wishes:
            definition = self._products.get(wish.product_id)
            self._check(definition, wish)
            for category, quantity in wish.riders.items():
                price = definition.price_for(category)
                if price is None:
                    raise NotForSale(
                        "The product has no price for this rider category.",
                        reason="no-such-category",
                        product=definition.id,
                        category=category.value,
                    )
                offer.lines.append(
                    _line(definition, price, quantity, wish.first_day, len(offer.lines))
                )
        tickets = sum(line.quantity for line in offer.lines)
        if not 1 <= tickets <= self._config.most_tickets:
            raise NotForSale(
                f"One offer holds 1 to {self._config.most_tickets} tickets.",
                reason="number-of-tickets",
                most=self._config.most_tickets,
            )
        offer.total = Yen(sum(line.price for line in offer.lines))
        if 0 < offer.total < LEAST_CHARGE:
            raise NotForSale("Less than 50 yen cannot be charged.", reason="amount-too-small")
        self._session.add(offer)
        self._session.flush()
        return offer

    def get(self, offer_id: UUID) -> Offer:
        """
        Return an offer, open or not.

        Raises:
            OfferNotFound: There is none.

        """
        offer = self._session.get(Offer, offer_id)
        if offer is None:
            raise OfferNotFound("Make an offer first.")
        return offer

    def get_open(self, offer_id: UUID) -> Offer:
        """
        Return an offer whose price still holds.

        Raises:
            OfferNotFound: There is none.
            OfferExpired: Its deadline has passed.

        """
        offer = self.get(offer_id)
        if offer.expires_at <= self._clock.now():
            raise OfferExpired(
                "Ask for a new offer.", offer=str(offer_id), expired_at=str(offer.expires_at)
            )
        return offer

    def _check(self, definition: Definition, wish: Wish) -> None:
        if definition.sample and not self._config.sell_samples:
            raise NotForSale("It is a sample and never sold for money.", reason="sample")
        first_day = wish.first_day if definition.start == "chosen-day" else None
        if definition.start == "chosen-day" and first_day is None:
            raise NotForSale("Choose the first day.", reason="first-day-needed")
        sale = Sale(self._clock.now(), first_day, national_holidays())
        reason = may_sell(definition, sale)
        if reason is not Reason.VALID:
            raise NotForSale(
                "It is not sold for this day.", reason=reason.value, product=definition.id
            )
        if definition.quota is None:
            return
        left = self._products.places_left(definition, first_day)
        needed = sum(
            places(definition, price.persons, quantity)
            for category, quantity in wish.riders.items()
            if (price := definition.price_for(category)) is not None
        )
        if left is not None and needed > left:
            raise SoldOut("Choose another day.", product=definition.id, left=left)


def _line(
    definition: Definition, price: RiderPrice, quantity: int, day: date | None, position: int
) -> OfferLine:
    return OfferLine(
        position=position,
        product_id=definition.id,
        product_version=definition.version,
        rider_category=price.category.value,
        persons=price.persons,
        quantity=quantity,
        unit_price=Yen(price.price),
        price=Yen(price.price * quantity),
        first_day=day if definition.start == "chosen-day" else None,
        tax_percent=definition.tax_percent,
        details=describe(definition, price, quantity),
    )


def describe(definition: Definition, price: RiderPrice, quantity: int) -> dict[str, Any]:
    """
    Return what the buyer is shown of a line, kept with the offer and the order.

    The price is split over the operators of the product by its weights; the parts sum to it.
    """
    parts = split_largest_remainder(
        Yen(price.price * quantity), [part.weight for part in definition.components]
    )
    tax = definition.tax_percent
    whole = price.price * quantity
    return {
        "name": definition.name.model_dump(),
        "covers": definition.area.description.model_dump(),
        "not_covered": definition.not_covered.model_dump(),
        "proof": price.proof.value,
        "adults": price.adults,
        "children": price.children,
        "sample": definition.sample,
        "tax_included": whole * tax // (100 + tax),
        "by_air": any(part.by_air for part in definition.components),
        "components": [
            {"operator_id": part.operator_id, "label": part.label.model_dump(), "yen": yen}
            for part, yen in zip(definition.components, parts, strict=True)
        ],
    }
