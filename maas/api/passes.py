"""`/v1/passes`: which passes cover a journey that was found, beside what its single fares cost."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from maas.adapters.product_area import operators_of, vehicle_of, zones_at
from maas.api.context import Call, query_of
from maas.api.errors import ApiError
from maas.api.itineraries import decode_id, parts_of_id
from maas.api.rides import Ride as Part
from maas.api.view import View
from maas.core.clock import JAPAN
from maas.core.errors import Kind, MaasError
from maas.core.ids import split_feed_scoped
from maas.rest.session import SessionDep
from maas.wiring import Served
from routing.boards.index import instant
from ticketing.edge import DeskDep, reading
from ticketing.fares.book import FareBook
from ticketing.fares.facts import RideFact
from ticketing.fares.journey import price_journey
from ticketing.fares.singles import RideFare, fare_of
from ticketing.products.covering import Covering, covering_products
from ticketing.products.definition import Calendar, VehicleClass
from ticketing.products.holidays import national_holidays
from ticketing.products.schemas import ProductRead
from ticketing.products.service import ProductService
from ticketing.products.validity import Ride, service_day

router = APIRouter(prefix="/passes", tags=["products"], dependencies=[Depends(reading)])


class ItineraryUnknown(MaasError):
    """The id was not made by us, or its trips are no longer in the timetable."""

    code = "itinerary-unknown"
    title = "There is no such itinerary"
    kind = Kind.INVALID


class NothingToSearch(MaasError):
    """The server sells, but has no timetable."""

    code = "no-network"
    title = "There is no timetable to search yet"
    kind = Kind.UNAVAILABLE


class SingleFares(BaseModel):
    """What the journey costs without a pass, as far as feeds publish fares."""

    total: int | None
    """None where the fare of a ride is not known; never a part of the sum."""
    currency: str = "JPY"
    unknown_rides: int
    rides: int


class RideTicket(BaseModel):
    """One ride of the journey, as `POST /v1/offers` takes it for a single ticket."""

    origin: str
    """Id of the stop where one boards."""
    destination: str
    route: str
    first_day: str
    """Service day of the ride."""
    yen: int | None
    """For an adult; None where it is not one certain price, and no ticket is sold."""
    child_yen: int | None
    """For a child; None where the feed publishes no price for children, and none is sold."""


class PassRead(BaseModel):
    """A pass on which every ride of the journey is good."""

    product: ProductRead
    price: int
    """For one adult."""
    first_day: str | None
    pay_extra: bool
    """An express surcharge comes on top; how much is not known."""
    seat_slip: bool
    exchange: bool
    proof: str
    cheapest: bool
    """The cheapest that anybody can use for its price alone."""


class PassesRead(BaseModel):
    """The answer."""

    fare: SingleFares
    tickets: list[RideTicket]
    """Single tickets of the rides, in their order; a change of line while seated needs its own."""
    passes: list[PassRead]


@router.get("")
def passes_of_journey(
    itinerary_id: Annotated[str, Query(alias="itineraryId", min_length=1, max_length=8000)],
    request: Request,
    session: SessionDep,
    desk: DeskDep,
) -> PassesRead:
    """Say which passes on sale cover every ride of an itinerary (its `id` in `/api/v6/plan`)."""
    served = _served(request)
    view = Call(served, query_of((), (), served), 6).view(languages=False)
    try:
        parts = parts_of_id(view, decode_id(itinerary_id))
    except ApiError as error:
        raise ItineraryUnknown(error.message) from error
    rides = [part for part in parts if isinstance(part, Part)]
    groups = _seated(rides)
    facts = [_fact(view, group) for group in groups]
    fare = price_journey(facts, served.fares)
    unknown = sum(not leg.prices for transfer in fare.transfers for leg in transfer.legs)
    found = covering_products(
        ProductService(session, desk.clock).on_sale(),
        [_candidates(view, part) for part in rides],
        desk.clock.now(),
        national_holidays(),
    )
    best = next((one for one in found if one.open_to_all), None)
    return PassesRead(
        fare=SingleFares(total=fare.total("JPY"), unknown_rides=unknown, rides=len(rides)),
        tickets=[
            _ticket(view, group, fact, served.fares)
            for group, fact in zip(groups, facts, strict=True)
        ],
        passes=[_shown(one, cheapest=one is best) for one in found],
    )


def _served(request: Request) -> Served:
    current = getattr(request.app.state, "current", None)
    if current is None:
        raise NothingToSearch("This server has no timetable.")
    served: Served = current()
    return served


def _candidates(view: View, part: Part) -> list[Ride]:
    """Return a ride under every id by which a product may know its operator."""
    run = view.runs.run(part.key)
    route = run.route
    if route < 0:
        return [Ride(instant(run.departure[part.first]), instant(run.arrival[part.last]), "")]
    mode, kind = vehicle_of(view.network, route)
    reserved = part.key.trip >= 0 and int(view.network.trips.reservation[part.key.trip]) == 1
    tag, route_id = split_feed_scoped(view.network.routes.id[route])
    return [
        Ride(
            boarded_at=instant(run.departure[part.first]),
            alights_at=instant(run.arrival[part.last]),
            operator_id=operator,
            route_id=route_id,
            mode=mode,
            vehicle_class=kind or (VehicleClass.RESERVED if reserved else None),
            from_zones=zones_at(*view.point(run.stop[part.first])),
            to_zones=zones_at(*view.point(run.stop[part.last])),
            has_seat_slip=True,
            proof_shown=True,
        )
        for operator in operators_of(tag)
    ]


def _seated(rides: list[Part]) -> list[list[Part]]:
    """Return the rides as the fares of the feeds ask for them; staying seated is one ride."""
    groups: list[list[Part]] = []
    for part in rides:
        if part.stays_seated and groups:
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def _ticket(
    view: View, group: list[Part], fact: RideFact, books: Mapping[str, FareBook]
) -> RideTicket:
    network = view.network
    part = group[0]
    run = view.runs.run(part.key)
    ends = [int(run.scheduled_stop[place]) for place in (part.first, part.last)]
    # Products are of one route of the timetable; an added run, and two lines in one seat, are not.
    sold = len(group) == 1 and run.route >= 0
    fare = fare_of(fact, books) if sold else RideFare(None, None)
    return RideTicket(
        origin=network.stops.id[ends[0]],
        destination=network.stops.id[ends[1]],
        route=network.routes.id[run.route] if sold else "",
        first_day=service_day(Calendar(), fact.departure).isoformat(),
        yen=fare.adult,
        child_yen=fare.child,
    )


def _fact(view: View, group: list[Part]) -> RideFact:
    network = view.network
    first, last = view.runs.run(group[0].key), view.runs.run(group[-1].key)
    stops: list[str] = []
    for part in group:
        run = view.runs.run(part.key)
        rows = run.scheduled_stop[part.first : part.last + 1]
        stops += [split_feed_scoped(network.stops.id[row])[1] for row in rows]
    route = first.route
    tag = split_feed_scoped(first.trip_id)[0]
    agency = int(network.routes.agency[route]) if route >= 0 else -1
    return RideFact(
        feed=tag,
        route=split_feed_scoped(network.routes.id[route])[1] if route >= 0 else "",
        agency=split_feed_scoped(network.agencies.id[agency])[1] if agency >= 0 else "",
        stops=tuple(dict.fromkeys(stops)),
        departure=instant(first.scheduled_departure[group[0].first]).astimezone(JAPAN),
        arrival=instant(last.scheduled_arrival[group[-1].last]).astimezone(JAPAN),
        trip=split_feed_scoped(first.trip_id)[1] if group[0].key.trip >= 0 else "",
    )


def _shown(one: Covering, *, cheapest: bool) -> PassRead:
    shown: dict[str, Any] = {
        "product": ProductRead.of(one.definition),
        "price": one.price.price,
        "first_day": one.first_day.isoformat() if one.first_day else None,
        "pay_extra": one.pay_extra,
        "seat_slip": one.seat_slip,
        "exchange": one.exchange,
        "proof": one.price.proof.value,
        "cheapest": cheapest,
    }
    return PassRead(**shown)
