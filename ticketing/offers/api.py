"""Endpoints: ask for a price."""

from uuid import UUID

from fastapi import APIRouter, Depends

from maas.rest.idempotency import IdempotentRoute
from maas.rest.session import SessionDep
from ticketing.edge import DeskDep, buying
from ticketing.fares.singles import SingleTickets
from ticketing.offers.models import Offer
from ticketing.offers.schemas import OfferCreate, OfferRead
from ticketing.offers.service import OfferService, Wish

router = APIRouter(
    prefix="/offers",
    tags=["offers"],
    route_class=IdempotentRoute,
    dependencies=[Depends(buying)],
)


@router.post("", status_code=201, response_model=OfferRead)
def make_offer(body: OfferCreate, session: SessionDep, desk: DeskDep) -> Offer:
    """Price a basket; the price holds until `expires_at`, places are taken by the order."""
    singles = SingleTickets(session, desk.clock, desk.fares)
    wishes = [
        Wish(
            item.product_id
            if item.single is None
            else singles.publish(item.single.origin, item.single.destination, item.single.route).id,
            dict(item.riders),
            item.first_day,
        )
        for item in body.items
    ]
    return OfferService(session, desk.clock, desk.config).make(wishes)


@router.get("/{offer_id}", response_model=OfferRead)
def read_offer(offer_id: UUID, session: SessionDep, desk: DeskDep) -> Offer:
    """Read an offer."""
    return OfferService(session, desk.clock, desk.config).get(offer_id)
