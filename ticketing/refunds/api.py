"""Endpoints: ask for a refund, confirm it; receipt and return invoice; the rights of an order."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from maas.rest.idempotency import IdempotentRoute
from maas.rest.principal import Principal, PrincipalDep
from maas.rest.session import SessionDep
from ticketing.customers.models import Customer
from ticketing.desk import Desk
from ticketing.edge import DeskDep, buying, reading
from ticketing.orders.errors import OrderNotFound, StepNotAllowed
from ticketing.orders.models import Order
from ticketing.orders.receipt import receipt
from ticketing.orders.receipt_paper import receipt_pdf, return_invoice_pdf
from ticketing.orders.schemas import EntitlementList, EntitlementRead
from ticketing.orders.service import OrderService
from ticketing.payments.models import Payment, PaymentStatus
from ticketing.refunds.errors import RefundNotFound
from ticketing.refunds.models import Refund, RefundKind, RefundStatus
from ticketing.refunds.policy import Cause
from ticketing.refunds.return_invoice import return_invoice
from ticketing.refunds.schemas import (
    CancelledService,
    OrdersConcerned,
    PaidByTransfer,
    RefundCreate,
    RefundList,
    RefundRead,
)
from ticketing.tickets.entitlements import EntitlementService

router = APIRouter(
    prefix="/refunds",
    tags=["refunds"],
    route_class=IdempotentRoute,
    dependencies=[Depends(buying)],
)
papers = APIRouter(prefix="/orders", tags=["orders"], dependencies=[Depends(reading)])


@router.post("", status_code=201, response_model=RefundRead)
def offer_refund(
    body: RefundCreate, session: SessionDep, desk: DeskDep, principal: PrincipalDep
) -> Refund:
    """Say what would go back, which fee is kept and why; nothing happens until it is confirmed."""
    if body.cause is not Cause.BUYER or body.yen_by_hand is not None:
        principal.require("refunds:write")
    order = _order(session, desk, principal, body.order_id)
    return desk.refunds.offer(
        session,
        order,
        body.entitlement_ids,
        cause=body.cause,
        reason=body.reason,
        by_hand=body.yen_by_hand,
        by_staff=principal.may("refunds:write"),
    )


@router.get("")
def list_refunds(
    session: SessionDep,
    desk: DeskDep,
    principal: PrincipalDep,
    status: RefundStatus = RefundStatus.FAILED,
) -> RefundList:
    """List refunds in a state, oldest first: `failed` and `pending` ones may need a person."""
    principal.require("refunds:write")
    found = desk.refunds.in_state(session, status)
    return RefundList(refunds=[RefundRead.model_validate(row) for row in found])


@router.post("/cancelled-service", status_code=202)
def refund_cancelled_service(
    body: CancelledService, session: SessionDep, desk: DeskDep, principal: PrincipalDep
) -> OrdersConcerned:
    """Refund every ticket of a service that its operator stopped, by the product's rule."""
    principal.require("refunds:write")
    count = desk.refunds.cancel_service(session, body.product_id, body.first_day, body.reason)
    return OrdersConcerned(orders=count)


@router.post("/{refund_id}/retry", response_model=RefundRead)
def retry_refund(
    refund_id: UUID, session: SessionDep, desk: DeskDep, principal: PrincipalDep
) -> Refund:
    """Try a failed refund again, under a new key."""
    principal.require("refunds:write")
    return desk.refunds.retry(session, refund_id)


@router.post("/{refund_id}/paid-by-transfer", response_model=RefundRead)
def note_transfer(
    refund_id: UUID,
    body: PaidByTransfer,
    session: SessionDep,
    desk: DeskDep,
    principal: PrincipalDep,
) -> Refund:
    """Note that a failed refund was paid from our bank account."""
    principal.require("refunds:write")
    return desk.refunds.paid_by_transfer(session, refund_id, body.reference)


@router.post("/{refund_id}/confirm", response_model=RefundRead)
def confirm_refund(
    refund_id: UUID, session: SessionDep, desk: DeskDep, principal: PrincipalDep
) -> Refund:
    """Give the tickets back for the offered amount; the money follows."""
    _visible(session, desk, principal, refund_id, right="refunds:write")
    return desk.refunds.confirm(session, refund_id)


@router.get("/{refund_id}", response_model=RefundRead)
def read_refund(
    refund_id: UUID, session: SessionDep, desk: DeskDep, principal: PrincipalDep
) -> Refund:
    """Read a refund."""
    return _visible(session, desk, principal, refund_id, right="orders:read")


@papers.get("/{order_id}/entitlements")
def list_entitlements(
    order_id: UUID, session: SessionDep, desk: DeskDep, principal: PrincipalDep
) -> EntitlementList:
    """List the rights that an order bought."""
    OrderService(session, desk.clock, desk.config).get_for(principal, order_id)
    rows = EntitlementService(session, desk.clock, desk.config).of_order(order_id)
    return EntitlementList(entitlements=[EntitlementRead.model_validate(row) for row in rows])


@papers.get("/{order_id}/refunds")
def list_refunds_of_order(
    order_id: UUID, session: SessionDep, desk: DeskDep, principal: PrincipalDep
) -> RefundList:
    """List the refunds of an order that were confirmed."""
    OrderService(session, desk.clock, desk.config).get_for(principal, order_id)
    rows = session.scalars(
        select(Refund)
        .where(Refund.order_id == order_id, Refund.confirmed_at.is_not(None))
        .order_by(Refund.confirmed_at)
    )
    return RefundList(refunds=[RefundRead.model_validate(row) for row in rows])


@papers.get("/{order_id}/receipt")
def read_receipt(
    order_id: UUID, session: SessionDep, desk: DeskDep, principal: PrincipalDep
) -> dict[str, Any]:
    """Read the receipt of a paid order, with what went back since."""
    order = OrderService(session, desk.clock, desk.config).get_for(principal, order_id)
    return _receipt(session, desk, order)


@papers.get("/{order_id}/receipt.pdf", response_class=Response)
def print_receipt(
    order_id: UUID, session: SessionDep, desk: DeskDep, principal: PrincipalDep
) -> Response:
    """Return the receipt as PDF."""
    order = OrderService(session, desk.clock, desk.config).get_for(principal, order_id)
    method = session.scalar(
        select(Payment.method).where(
            Payment.order_id == order.id, Payment.status == PaymentStatus.SUCCEEDED
        )
    )
    content = receipt_pdf(_receipt(session, desk, order), paid_by=method.value if method else None)
    return _file(content, f"receipt-{order.number}.pdf")


@router.get("/{refund_id}/invoice")
def read_return_invoice(
    refund_id: UUID, session: SessionDep, desk: DeskDep, principal: PrincipalDep
) -> dict[str, Any]:
    """Read the return invoice (適格返還請求書) of a refund that was confirmed."""
    refund = _visible(session, desk, principal, refund_id, right="orders:read")
    return _return_invoice(session, desk, refund)


@router.get("/{refund_id}/invoice.pdf", response_class=Response)
def print_return_invoice(
    refund_id: UUID, session: SessionDep, desk: DeskDep, principal: PrincipalDep
) -> Response:
    """Return the return invoice as PDF."""
    refund = _visible(session, desk, principal, refund_id, right="orders:read")
    document = _return_invoice(session, desk, refund)
    return _file(return_invoice_pdf(document), f"return-{document['number']}.pdf")


def _receipt(session: Session, desk: Desk, order: Order) -> dict[str, Any]:
    if order.paid_at is None:
        raise StepNotAllowed("Only a paid order has one.", order_status=order.status.value)
    paid = session.scalars(
        select(Refund)
        .where(Refund.order_id == order.id, Refund.status == RefundStatus.SUCCEEDED)
        .order_by(Refund.paid_at)
    )
    back = [(row.paid_at, row.amount, row.fee) for row in paid if row.paid_at is not None]
    return receipt(order, desk.config.seller, _recipient(session, order), back)


def _return_invoice(session: Session, desk: Desk, refund: Refund) -> dict[str, Any]:
    if refund.confirmed_at is None or refund.kind is RefundKind.LATE_PAYMENT:
        # Money that came too late was no sale, so there is nothing to return of one.
        raise StepNotAllowed("Only a confirmed refund has one.", refund_status=refund.status.value)
    order = OrderService(session, desk.clock, desk.config).get(refund.order_id)
    by_id = {line.id: line for line in order.lines}
    rights = EntitlementService(session, desk.clock, desk.config).of_order(order.id)
    line_of = {row.id: by_id[row.order_line_id] for row in rights}
    return return_invoice(refund, order, desk.config.seller, _recipient(session, order), line_of)


def _recipient(session: Session, order: Order) -> str | None:
    customer = session.get(Customer, order.customer_id)
    return customer.name if customer else None


def _file(content: bytes, name: str) -> Response:
    headers = {"content-disposition": f'inline; filename="{name}"'}
    return Response(content, media_type="application/pdf", headers=headers)


def _order(session: Session, desk: Desk, principal: Principal, order_id: UUID) -> Order:
    orders = OrderService(session, desk.clock, desk.config)
    return orders.get_for(principal, order_id, right="refunds:write")


def _visible(
    session: Session, desk: Desk, principal: Principal, refund_id: UUID, *, right: str
) -> Refund:
    refund = desk.refunds.get(session, refund_id)
    orders = OrderService(session, desk.clock, desk.config)
    try:
        orders.get_for(principal, refund.order_id, right=right)
    except OrderNotFound as hidden:
        raise RefundNotFound("Check the id, and send the order's secret.") from hidden
    return refund
