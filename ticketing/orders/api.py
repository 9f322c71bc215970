"""Endpoints: order what was offered, look at it, cancel it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends

from maas.db.session import read_session
from maas.rest.idempotency import IdempotentRoute
from maas.rest.principal import PrincipalDep
from maas.rest.session import SessionDep, SessionsDep
from ticketing.edge import DeskDep, buying
from ticketing.orders.models import Order
from ticketing.orders.schemas import OrderCreate, OrderPlaced, OrderRead
from ticketing.orders.service import Buyer, OrderService

router = APIRouter(
    prefix="/orders",
    tags=["orders"],
    route_class=IdempotentRoute,
    dependencies=[Depends(buying)],
)


@router.post("", status_code=201)
def place_order(body: OrderCreate, session: SessionDep, desk: DeskDep) -> OrderPlaced:
    """Order offers. Keep the `secret`: as bearer token it opens this order, and nothing else."""
    orders = OrderService(session, desk.clock, desk.config)
    buyer = Buyer(body.buyer.email, body.buyer.language, body.buyer.name)
    order, secret = orders.place(body.offer_ids, buyer, terms_accepted=body.terms_accepted)
    shown: dict[str, Any] = OrderRead.model_validate(order).model_dump()
    return OrderPlaced(**shown, secret=secret)


@router.get("/{order_id}", response_model=OrderRead)
def read_order(
    order_id: UUID, session: SessionDep, desk: DeskDep, principal: PrincipalDep
) -> Order:
    """Read an order: its buyer with the secret, staff with the right `orders:read`."""
    return OrderService(session, desk.clock, desk.config).get_for(principal, order_id)


@router.post("/{order_id}/cancel", response_model=OrderRead)
def cancel_order(
    order_id: UUID, sessions: SessionsDep, desk: DeskDep, principal: PrincipalDep
) -> Order:
    """Cancel an order that is not paid; its places are free at once."""
    with read_session(sessions) as session:
        orders = OrderService(session, desk.clock, desk.config)
        orders.get_for(principal, order_id, right="orders:write")
    return desk.payments.cancel_order(order_id)


@router.post("/{order_id}/forget", response_model=OrderRead)
def forget(order_id: UUID, session: SessionDep, desk: DeskDep, principal: PrincipalDep) -> Order:
    """Remove the buyer's e-mail and name; the order, its tickets and its receipt stay."""
    orders = OrderService(session, desk.clock, desk.config)
    order = orders.get_for(principal, order_id, right="orders:write")
    desk.forget(session, order)
    return order
