"""
What must always be true of money, seats and rights; checked on a schedule and after every test.

Each check is one query that returns what breaks it. `settled=True` adds what is only true when
no work is waiting: a paid order has its tickets, and what is owed back has an attempt.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, select
from sqlalchemy.orm import Session

from maas.db.outbox import OutboxJob
from ticketing.ledger.models import LedgerEntry, LedgerTransaction
from ticketing.ledger.service import Account
from ticketing.orders.models import Order, OrderStatus, QuotaHold
from ticketing.orders.steps import ENDED_UNPAID
from ticketing.payments.models import Payment, PaymentStatus, StoredWebhook
from ticketing.products.models import QuotaBucket
from ticketing.refunds.models import Refund, RefundAttempt, RefundKind, RefundStatus
from ticketing.tickets.issued import SignedTicket
from ticketing.tickets.models import Entitlement, EntitlementStatus


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must not be."""

    code: str
    what: str
    ja: str
    en: str


@cache
def _sentences() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = json.loads(
        files("ticketing").joinpath("audit.json").read_text("utf-8")
    )
    return loaded


def audit(session: Session, *, settled: bool = False) -> list[Violation]:
    """Return everything that is not as it must be."""
    found: list[Violation] = []
    for code, query in _always():
        found += _violations(code, session, query)
    if settled:
        for code, query in _when_settled():
            found += _violations(code, session, query)
    return found


def sentence(code: str, what: str) -> Violation:
    """Return a violation with its sentences."""
    words = _sentences()[code]
    return Violation(code, what, words["ja"], words["en"])


def _violations(code: str, session: Session, query: Select[Any]) -> Iterator[Violation]:
    for what in session.scalars(query.limit(100)):
        yield sentence(code, str(what))


def _sum(account: Account) -> ColumnElement[int]:
    return func.coalesce(
        func.sum(case((LedgerEntry.account == account.value, LedgerEntry.amount), else_=0)), 0
    )


def _always() -> Iterable[tuple[str, Select[Any]]]:
    yield (
        "unbalanced",
        select(LedgerEntry.transaction_id)
        .group_by(LedgerEntry.transaction_id)
        .having(func.sum(LedgerEntry.amount) != 0),
    )
    held = (
        select(func.coalesce(func.sum(QuotaHold.places), 0))
        .where(QuotaHold.bucket_id == QuotaBucket.id, QuotaHold.released_at.is_(None))
        .scalar_subquery()
    )
    yield "quota-adrift", select(QuotaBucket.name).where(QuotaBucket.sold != held)
    yield (
        "hold-of-an-ended-order",
        select(Order.number)
        .join(QuotaHold, QuotaHold.order_id == Order.id)
        .where(Order.status.in_(list(ENDED_UNPAID)), QuotaHold.released_at.is_(None)),
    )
    captured = (
        select(LedgerTransaction.order_id).where(LedgerTransaction.kind == "capture").subquery()
    )
    yield (
        "ticket-without-money",
        select(Entitlement.id)
        .join(Order, Order.id == Entitlement.order_id)
        .where(
            Order.total > 0,
            func.replace(cast(Entitlement.order_id, String), "-", "").not_in(
                select(func.replace(captured.c.order_id, "-", ""))
            ),
        ),
    )
    yield (
        "captured-twice",
        select(LedgerTransaction.order_id)
        .where(LedgerTransaction.kind == "capture")
        .group_by(LedgerTransaction.order_id)
        .having(func.count() > 1),
    )
    yield (
        "paid-out-too-much",
        select(Refund.payment_id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.status.not_in([RefundStatus.OFFERED, RefundStatus.LAPSED]))
        .group_by(Refund.payment_id, Payment.amount)
        .having(func.sum(Refund.amount) > Payment.amount),
    )
    yield (
        "payable-below-zero",
        select(LedgerTransaction.order_id)
        .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
        .where(LedgerTransaction.order_id.is_not(None))
        .group_by(LedgerTransaction.order_id)
        .having(_sum(Account.REFUND_PAYABLE) > 0),
    )
    yield (
        "liability-below-zero",
        select(LedgerTransaction.order_id)
        .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
        .where(LedgerTransaction.order_id.is_not(None))
        .group_by(LedgerTransaction.order_id)
        .having(_sum(Account.PASS_LIABILITY) > 0),
    )
    yield "job-given-up", select(OutboxJob.key).where(OutboxJob.dead_at.is_not(None))


def _when_settled() -> Iterable[tuple[str, Select[Any]]]:
    yield "paid-without-ticket", select(Order.number).where(Order.status == OrderStatus.PAID)
    tickets = (
        select(func.count())
        .select_from(Entitlement)
        .where(Entitlement.order_id == Order.id)
        .scalar_subquery()
    )
    bought = [OrderStatus.FULFILLED, OrderStatus.PARTLY_REFUNDED, OrderStatus.REFUNDED]
    yield (
        "paid-without-ticket",
        select(Order.number).where(Order.status.in_(bought), tickets == 0),
    )
    returned = (
        select(func.count())
        .select_from(Refund)
        .where(Refund.payment_id == Payment.id, Refund.kind == RefundKind.LATE_PAYMENT)
        .scalar_subquery()
    )
    yield (
        "late-money-kept",
        select(Payment.id)
        .join(Order, Order.id == Payment.order_id)
        .where(
            Payment.status == PaymentStatus.SUCCEEDED,
            Order.status.in_(list(ENDED_UNPAID)),
            returned == 0,
        ),
    )
    tried = (
        select(func.count())
        .select_from(RefundAttempt)
        .where(RefundAttempt.refund_id == Refund.id)
        .scalar_subquery()
    )
    yield (
        "refund-not-tried",
        select(Refund.id).where(
            Refund.status.in_([RefundStatus.CONFIRMED, RefundStatus.PENDING]), tried == 0
        ),
    )
    yield (
        "refunded-ticket-lives",
        select(Entitlement.id)
        .join(Order, Order.id == Entitlement.order_id)
        .where(
            and_(
                Order.status == OrderStatus.REFUNDED,
                Entitlement.status.in_([EntitlementStatus.ISSUED, EntitlementStatus.ACTIVE]),
            )
        ),
    )
    yield (
        "ended-right-shown",
        select(SignedTicket.entitlement_id)
        .join(Entitlement, Entitlement.id == SignedTicket.entitlement_id)
        .where(
            SignedTicket.ended_at.is_(None),
            Entitlement.status.in_([EntitlementStatus.REFUNDED, EntitlementStatus.REVOKED]),
        ),
    )
    yield "webhook-waits", select(StoredWebhook.event_id).where(StoredWebhook.handled_at.is_(None))
