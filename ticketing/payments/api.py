"""Endpoints: pay, ask how a payment stands, and the gateway's messages."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request

from maas.core.errors import Kind, MaasError
from maas.db.session import read_session
from maas.rest.idempotency import IdempotentRoute
from maas.rest.principal import Principal, PrincipalDep
from maas.rest.session import SessionsDep
from ticketing.desk import Desk
from ticketing.edge import DeskDep, buying
from ticketing.orders.errors import OrderNotFound
from ticketing.orders.service import OrderService
from ticketing.payments.errors import PaymentNotFound
from ticketing.payments.gateway import GatewayUnavailable
from ticketing.payments.models import Payment
from ticketing.payments.schemas import CheckoutCreate, PaymentRead, WebhookTaken

LARGEST_MESSAGE: Final = 1_000_000

checkout = APIRouter(
    prefix="/checkout",
    tags=["checkout"],
    route_class=IdempotentRoute,
    dependencies=[Depends(buying)],
)
webhooks = APIRouter(prefix="/webhooks", tags=["webhooks"])


class MessageTooLarge(MaasError):
    """No message of the gateway is as large as this."""

    code = "message-too-large"
    title = "The message is too large"
    kind = Kind.TOO_LARGE


@checkout.post("", status_code=201)
def start_payment(
    body: CheckoutCreate,
    sessions: SessionsDep,
    desk: DeskDep,
    principal: PrincipalDep,
    idempotency_key: Annotated[str, Header()],
) -> PaymentRead:
    """
    Pay an order. A declined card is an answer with status `failed`, not an error.

    Where `next_action` is given, the buyer has something to do: 3-D Secure, a payment page, or a
    convenience-store voucher.
    """
    with read_session(sessions) as session:
        OrderService(session, desk.clock, desk.config).get_for(
            principal, body.order_id, right="orders:write"
        )
    payment = desk.payments.start(
        body.order_id,
        body.method,
        idempotency_key,
        return_url=body.return_url,
        token=body.token,
    )
    return PaymentRead.of(payment)


@checkout.get("/{payment_id}")
def read_payment(
    payment_id: UUID, sessions: SessionsDep, desk: DeskDep, principal: PrincipalDep
) -> PaymentRead:
    """Read an attempt as we know it."""
    return PaymentRead.of(_visible(sessions, desk, principal, payment_id))


@checkout.post("/{payment_id}/refresh")
def refresh_payment(
    payment_id: UUID, sessions: SessionsDep, desk: DeskDep, principal: PrincipalDep
) -> PaymentRead:
    """Ask the gateway how an attempt stands: what the page does when the buyer comes back."""
    payment = _visible(sessions, desk, principal, payment_id)
    try:
        return PaymentRead.of(desk.payments.sync(payment.id))
    except GatewayUnavailable:
        return PaymentRead.of(payment)


def _visible(sessions: SessionsDep, desk: Desk, principal: Principal, payment_id: UUID) -> Payment:
    payment = desk.payments.get(payment_id)
    with read_session(sessions) as session:
        try:
            OrderService(session, desk.clock, desk.config).get_for(principal, payment.order_id)
        except OrderNotFound as hidden:
            raise PaymentNotFound("Check the id, and send the order's secret.") from hidden
    return payment


async def raw_body(request: Request) -> bytes:
    """
    Return the body as it came: its signature counts every byte.

    Raises:
        MessageTooLarge: It is larger than any message of the gateway.

    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_MESSAGE:
            raise MessageTooLarge("Nothing was read.", limit=LARGEST_MESSAGE)
        parts.append(part)
    return b"".join(parts)


@webhooks.post("/stripe")
def take_message(
    request: Request,
    desk: DeskDep,
    body: Annotated[bytes, Depends(raw_body)],
    stripe_signature: Annotated[str, Header(max_length=2000)] = "",
) -> WebhookTaken:
    """Store a message of the gateway; it is worked off after the answer."""
    stored = desk.inbox.receive(body, stripe_signature)
    runner = getattr(request.app.state, "runner", None)
    if stored and runner is not None:
        runner.wake()
    return WebhookTaken(stored=stored)
