"""Endpoints: ask for a price."""

from uuid import UUID

from fastapi import APIRouter, Depends

from maas.rest.idempotency import IdempotentRoute
from maas.rest.session import SessionDep
from ticketing.edge import DeskDep, buying
from ticketing.offers.models import Offer
from ticketing.offers.schemas import OfferCreate, OfferRead
from ticketing.offers.service import OfferService

router = APIRouter(
    prefix="/offers",
    tags=["offers"],
    route_class=IdempotentRoute,
    dependencies=[Depends(buying)],
)


@router.post("", status_code=201, response_model=OfferRead)
def make_offer(body: OfferCreate, session: SessionDep, desk: DeskDep) -> Offer:
    """Price a basket; the price holds until `expires_at`, places are taken by the order."""
    offers = OfferService(session, desk.clock, desk.config)
    return offers.make([item.to_wish() for item in body.items])


@router.get("/{offer_id}", response_model=OfferRead)
def read_offer(offer_id: UUID, session: SessionDep, desk: DeskDep) -> Offer:
    """Read an offer."""
    return OfferService(session, desk.clock, desk.config).get(offer_id)
