"""
Single tickets: a published fare between two stops, as a product.

The fare is the one that `journey.py` reckons for the ride; whoever knows the timetable
(`maas.adapters.singles`) says which rides there are.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import ValidationError
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.core.errors import Kind, MaasError
from maas.core.money import Yen
from ticketing.fares.book import FareBook
from ticketing.fares.facts import RideFact
from ticketing.fares.journey import price_journey
from ticketing.products.definition import (
    Area,
    AreaRule,
    Calendar,
    CheckPoint,
    Component,
    Definition,
    Localized,
    Loss,
    OpenJaw,
    Refunds,
    RiderCategory,
    RiderPrice,
    Rides,
)
from ticketing.products.service import ProductService

REFUNDS: Final = Refunds(before_use=True, deadline="first-use")
"""Until first use, without a fee; an operator with other rules publishes its own product."""

NO_CHILD_FARE: Final = (
    "小児運賃は公表されていないため、小児券はありません。",
    " The operator publishes no child fare, so there is no child ticket.",
)
SOLD_AHEAD_DAYS: Final = 30
CARD: Final = 2
CONTACTLESS: Final = 3
"""Media of Fares v2 whose prices a ticket of ours is not sold for."""


@dataclass(frozen=True, slots=True)
class SingleFare:
    """One price for one ride from one place to another with one operator."""

    operator_id: str
    operator_name: Localized
    origin: str
    origin_name: Localized
    destination: str
    destination_name: Localized
    yen: Yen
    stops: tuple[str, ...]
    """Every stop on the ways there, both ends included."""
    routes: tuple[str, ...] = ()
    """Only on these; empty: on every route of the operator."""
    sample: bool = False
    """Whether the feed is made up."""
    runs_on: tuple[str, ...] = ()
    """The routes on which it is paid today, also where it holds on every route."""
    child_yen: Yen | None = None
    """What a child pays; None where no feed says it."""


@dataclass(frozen=True, slots=True)
class RideFare:
    """What a ticket for one ride costs; None where that is not certain."""

    adult: Yen | None
    child: Yen | None
    """Known only where the feed has a price for children: operators halve and round by rules of
    their own, and some take the full price."""


class FareSource(Protocol):
    """Knows which rides there are between two stops, and what they cost."""

    def singles(self, origin: str, destination: str) -> Sequence[SingleFare]:
        """
        Return the fares from one stop to another, cheapest first; none where none is known.

        Raises:
            StopUnknown: There is no such stop.

        """
        ...


class StopUnknown(MaasError):
    """There is no such stop or place."""

    code = "stop-unknown"
    title = "There is no such stop"
    kind = Kind.NOT_FOUND


class FareUnknown(MaasError):
    """No feed tells what this ride costs, so no ticket is sold for it."""

    code = "fare-unknown"
    title = "What this ride costs is not known"
    kind = Kind.NOT_FOUND


class RouteNeeded(MaasError):
    """The fare depends on the route."""

    code = "route-needed"
    title = "The fare depends on the route: choose one"
    kind = Kind.INVALID


class SinglesOff(MaasError):
    """No timetable is served with this shop."""

    code = "singles-off"
    title = "Single tickets are not sold here"
    kind = Kind.UNAVAILABLE


def fare_of(ride: RideFact, books: Mapping[str, FareBook]) -> RideFare:
    """
    Return what a ticket for this ride costs.

    Fares v1 cannot say who pays which of two prices, and v2 may have prices by time of day or
    medium: where more than one remains, none is preferred.
    """
    [transfer] = price_journey([ride], books).transfers
    prices = [
        price
        for price in transfer.legs[0].prices
        if price.currency == "JPY" and price.medium_type not in {CARD, CONTACTLESS}
    ]
    adult = _only(price.amount for price in prices if price.default_category)
    child = _only(price.amount for price in prices if price.for_children)
    # Nothing, or more than an adult pays, is a slip or a rule that the format cannot tell.
    sound = adult is not None and child is not None and 0 < child <= adult
    return RideFare(adult, child if sound else None)


def _only(amounts: Iterable[int]) -> Yen | None:
    different = set(amounts)
    return Yen(different.pop()) if len(different) == 1 else None


def single_product(fare: SingleFare, refunds: Refunds = REFUNDS) -> Definition:
    """
    Return the product of a fare; the same fare gives the same id.

    Where the feed has no price for children none is guessed, and the buyer is told so. Number and
    version are given on publication (`ProductService.publish_single`).
    """
    riders = [RiderPrice(category=RiderCategory.ADULT, price=fare.yen)]
    if fare.child_yen is not None:
        child = RiderPrice(category=RiderCategory.CHILD, price=fare.child_yen, adults=0, children=1)
        riders.append(child)
    childless = ("", "") if fare.child_yen is not None else NO_CHILD_FARE
    ja = f"{fare.origin_name.ja}→{fare.destination_name.ja}"
    en = f"{fare.origin_name.en} → {fare.destination_name.en}"
    rule = AreaRule(
        operators=(fare.operator_id,),
        routes=fare.routes,
        zones=(fare.origin, fare.destination),
        stops=fare.stops,
    )
    mark = ("【見本】", "[Sample] ") if fare.sample else ("", "")
    return Definition(
        id=product_id(fare),
        number=1,
        version=1,
        sample=fare.sample,
        kind="single",
        name=Localized(ja=f"{mark[0]}片道 {ja}", en=f"{mark[1]}Single {en}"),
        summary=Localized(
            ja=f"{fare.operator_name.ja} {ja} 1回",
            en=f"One ride with {fare.operator_name.en}, {en}",
        ),
        area=Area(covers=(rule,), description=Localized(ja=ja, en=en)),
        journey=OpenJaw(start_zones=(fare.origin,), end_zones=(fare.destination,)),
        calendar=Calendar(sold_ahead_days=SOLD_AHEAD_DAYS),
        counting=Rides(rides=1, within_days=1),
        start="chosen-day",
        check=CheckPoint.ALIGHTING,
        riders=tuple(riders),
        refunds=refunds,
        loss=Loss(reissue="none"),
        components=(Component(operator_id=fare.operator_id, label=fare.operator_name, weight=1),),
        not_covered=Localized(
            ja=f"特急料金・座席指定料金は含みません。途中下車はできません。{childless[0]}",
            en=f"Express and seat surcharges are not included. No break of journey.{childless[1]}",
        ),
    )


def product_id(fare: SingleFare) -> str:
    """Return the id of a fare's product: of what it is for, not of its price."""
    what = "\n".join((fare.operator_id, fare.origin, fare.destination, *fare.routes[:1]))
    digest = hashlib.sha256(what.encode()).hexdigest()[:16]
    return f"{'sample-' if fare.sample else ''}single-{digest}"


def _is_on(fare: SingleFare, route: str) -> bool:
    return route in fare.runs_on or route in fare.routes


class SingleTickets:
    """Finds and puts on sale single tickets, each when somebody first asks for it."""

    def __init__(self, session: Session, clock: Clock, source: FareSource | None) -> None:
        self._products = ProductService(session, clock)
        self._source = source

    def find(self, origin: str, destination: str) -> Sequence[SingleFare]:
        """
        Return the fares from one stop to another.

        Raises:
            SinglesOff: This shop knows no timetable.
            StopUnknown: There is no such stop.
            FareUnknown: No fare is known for a direct ride.

        """
        if self._source is None:
            raise SinglesOff("Ask a server that serves a timetable.")
        fares = self._source.singles(origin, destination)
        if not fares:
            raise FareUnknown(
                "No feed publishes a fare for a direct ride between these stops.",
                origin=origin,
                destination=destination,
            )
        return fares

    def publish(self, origin: str, destination: str, route: str = "") -> Definition:
        """
        Put the ticket from one stop to another on sale, and return its product.

        Raises:
            RouteNeeded: The fare depends on the route and none is named.
            SinglesOff, StopUnknown, FareUnknown: As `find`.

        """
        fares = self.find(origin, destination)
        fitting = [fare for fare in fares if not route or _is_on(fare, route)]
        if not fitting:
            raise FareUnknown("No fare is known on this route.", route=route)
        if len(fitting) > 1:
            raise RouteNeeded(
                "Name the route; `GET /v1/products/singles` lists the fares.",
                routes=" ".join(each for fare in fitting for each in fare.runs_on[:1])[:1000],
            )
        try:
            product = single_product(fitting[0])
        except ValidationError as error:
            raise FareUnknown("The feed's names and ids do not fit a ticket.") from error
        return self._products.publish_single(product)
