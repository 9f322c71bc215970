"""Endpoints for the holder of a ticket: only the buyer, or the companion who took it, gets in."""

import base64
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from maas.rest.idempotency import IdempotentRoute
from maas.rest.principal import PrincipalDep
from maas.rest.session import SessionDep
from ticketing.edge import reading
from ticketing.orders.service import OrderService
from ticketing.tickets.errors import TicketEnded
from ticketing.tickets.issued import TicketForm
from ticketing.tickets.models import Entitlement
from ticketing.tickets.render import PaperText, pdf, png, svg
from ticketing.tickets.runtime import ClockDep, ConfigDep, TicketsDep
from ticketing.tickets.schemas import (
    ActivateBody,
    HandoverRead,
    Names,
    ReissueBody,
    SignedRead,
    TakeBody,
    TakenRead,
    TicketRead,
)
from ticketing.tickets.service import TicketService

router = APIRouter(
    prefix="/tickets",
    tags=["tickets"],
    route_class=IdempotentRoute,
    # Many phones share an address on board: they get what readers of the shop get.
    dependencies=[Depends(reading)],
)

DISPLAY_S = 60
_RIDERS = {
    "adult": ("大人", "Adult"),
    "child": ("小児", "Child"),
    "concession": ("割引", "Concession"),
    "group": ("グループ", "Group"),
}


@router.get("")
def list_tickets(
    order: UUID,
    session: SessionDep,
    clock: ClockDep,
    config: ConfigDep,
    tickets: TicketsDep,
    principal: PrincipalDep,
) -> list[TicketRead]:
    """List the tickets of an order that the caller holds."""
    OrderService(session, clock, config).get_for(principal, order)
    return [_read(tickets, row, clock) for row in tickets.of_order(order, principal)]


@router.get("/{ticket_id}")
def read_ticket(
    ticket_id: UUID, tickets: TicketsDep, clock: ClockDep, principal: PrincipalDep
) -> TicketRead:
    """Read one ticket."""
    return _read(tickets, tickets.get(ticket_id, principal), clock)


@router.post("/{ticket_id}/activate")
def activate(
    ticket_id: UUID,
    body: ActivateBody,
    tickets: TicketsDep,
    clock: ClockDep,
    principal: PrincipalDep,
) -> TicketRead:
    """Start the use: the clock runs, and the ticket can no longer be given back."""
    tickets.activate(ticket_id, principal, _key(body.device_key))
    return _read(tickets, tickets.get(ticket_id, principal), clock)


@router.post("/{ticket_id}/reissue")
def reissue(
    ticket_id: UUID,
    body: ReissueBody,
    tickets: TicketsDep,
    clock: ClockDep,
    principal: PrincipalDep,
) -> TicketRead:
    """Replace a lost ticket by the product's rule; the old one is revoked."""
    tickets.reissue(ticket_id, principal, _key(body.device_key), why=body.why)
    return _read(tickets, tickets.get(ticket_id, principal), clock)


@router.post("/{ticket_id}/handover")
def hand_over(ticket_id: UUID, tickets: TicketsDep, principal: PrincipalDep) -> HandoverRead:
    """Make a code by which a companion takes the ticket (分配)."""
    code, expires = tickets.hand_over(ticket_id, principal)
    return HandoverRead(code=code, expires_at=expires)


@router.post("/take")
def take(body: TakeBody, tickets: TicketsDep) -> TakenRead:
    """Take a ticket with its code; the secret in the answer is told once."""
    entitlement, secret = tickets.take(body.code)
    return TakenRead(ticket_id=entitlement.id, secret=secret)


@router.get("/{ticket_id}/code.png", response_class=Response)
def code_png(ticket_id: UUID, tickets: TicketsDep, principal: PrincipalDep) -> Response:
    """Draw the code of a paper ticket."""
    return Response(
        png(_paper_text(tickets, tickets.get(ticket_id, principal))), media_type="image/png"
    )


@router.get("/{ticket_id}/code.svg", response_class=Response)
def code_svg(ticket_id: UUID, tickets: TicketsDep, principal: PrincipalDep) -> Response:
    """Draw the code of a paper ticket as SVG."""
    text = _paper_text(tickets, tickets.get(ticket_id, principal))
    return Response(svg(text), media_type="image/svg+xml")


@router.get("/{ticket_id}/paper.pdf", response_class=Response)
def paper(
    ticket_id: UUID,
    session: SessionDep,
    clock: ClockDep,
    config: ConfigDep,
    tickets: TicketsDep,
    principal: PrincipalDep,
) -> Response:
    """Return the sheet for people without a phone."""
    entitlement = tickets.get(ticket_id, principal)
    text = _paper_text(tickets, entitlement)
    definition = tickets.definition(entitlement)
    span = tickets.window_of(entitlement)
    rider = _RIDERS[entitlement.rider_category]
    sheet = PaperText(
        product_ja=definition.name.ja,
        product_en=definition.name.en,
        rider_ja=f"{rider[0]} {entitlement.persons}名",
        rider_en=f"{rider[1]} x{entitlement.persons}",
        valid_from=span.begin,
        valid_until=span.end,
        order_number=OrderService(session, clock, config).get(entitlement.order_id).number,
        not_covered_ja=definition.not_covered.ja,
        not_covered_en=definition.not_covered.en,
        sample=definition.sample,
    )
    return Response(pdf(text, sheet), media_type="application/pdf")


def _key(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def _paper_text(tickets: TicketService, entitlement: Entitlement) -> str:
    signed = tickets.current(entitlement.id)
    if signed is None or signed.form is not TicketForm.PAPER:
        # A bound ticket's picture would be refused on board: better none than a wrong one.
        raise TicketEnded("There is no paper ticket; activate it without a device key.")
    return signed.text


def _read(tickets: TicketService, row: Entitlement, clock: ClockDep) -> TicketRead:
    definition = tickets.definition(row)
    span = tickets.window_of(row)
    signed = tickets.current(row.id)
    return TicketRead(
        id=row.id,
        product=row.product_id,
        product_version=row.product_version,
        name=Names(ja=definition.name.ja, en=definition.name.en),
        rider_category=row.rider_category,
        persons=row.persons,
        status=row.status.value,
        usable_from=span.begin,
        usable_until=span.end,
        activated_at=row.activated_at,
        display_s=DISPLAY_S,
        not_covered=Names(ja=definition.not_covered.ja, en=definition.not_covered.en),
        sample=definition.sample,
        signed=SignedRead(
            form=signed.form.value,
            text=signed.text,
            valid_from=signed.valid_from,
            valid_until=signed.valid_until,
            signed_at=signed.signed_at,
        )
        if signed
        else None,
        server_time=clock.now(),
    )
