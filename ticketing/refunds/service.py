"""
Give money back: offer, confirm, pay out, and what to do when that fails.

Confirming takes the right away and writes the debt down in one transaction; paying out is work
of the outbox, each attempt under its own stored key. Until the gateway says that the money is
out, the debt stays in `refund_payable`.
"""

import logging
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.core.money import Yen
from maas.db.outbox import Job, RetryLater, publish, record
from maas.db.session import Sessions, read_session
from ticketing.config import TicketingConfig
from ticketing.inspection.used import used_days
from ticketing.ledger.service import Account, Ledger, Posting
from ticketing.orders.models import Order, OrderLine, OrderStatus
from ticketing.orders.service import OrderService
from ticketing.payments.events import MoneyArrivedLate
from ticketing.payments.gateway import (
    GatewayRefund,
    GatewayRefused,
    GatewayUnavailable,
    PaymentGateway,
)
from ticketing.payments.models import Method, Payment, PaymentStatus
from ticketing.products.service import ProductService
from ticketing.products.validity import Usage
from ticketing.refunds.errors import (
    NotRefundable,
    RefundNotFailed,
    RefundNotFound,
    RefundOfferExpired,
)
from ticketing.refunds.events import RefundNeedsPerson, RefundPaid
from ticketing.refunds.models import (
    Refund,
    RefundAttempt,
    RefundItem,
    RefundKind,
    RefundStatus,
)
from ticketing.refunds.policy import Cause, Quote, Why, quote, sentences
from ticketing.tickets.entitlements import LIVE, EntitlementService
from ticketing.tickets.models import Entitlement, EntitlementStatus

PAY_OUT: Final = "refund.pay-out"
"""Outbox job: carry out an attempt."""

CANCELLED: Final = "refund.cancelled-service"
"""Outbox job: refund an order whose service was stopped."""

log = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 3
REFUNDABLE_ORDERS: Final = frozenset({OrderStatus.FULFILLED, OrderStatus.PARTLY_REFUNDED})


class RefundService:
    """Offers, confirms and pays refunds."""

    def __init__(
        self, sessions: Sessions, clock: Clock, config: TicketingConfig, gateway: PaymentGateway
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._config = config
        self._gateway = gateway

    def offer(
        self,
        session: Session,
        order: Order,
        entitlement_ids: Sequence[UUID] | None,
        *,
        cause: Cause = Cause.BUYER,
        reason: str | None = None,
        by_hand: int | None = None,
        by_staff: bool = False,
    ) -> Refund:
        """
        Say what would go back for these entitlements (all by default), and hold it for a while.

        `by_hand` is what a person decided per ticket, where the product's rule leaves it to one.
        What a companion took goes back only where staff say so, or its service was stopped.

        Raises:
            NotRefundable: Nothing would go back; the facts say why.

        """
        if order.status not in REFUNDABLE_ORDERS:
            raise NotRefundable(
                "The order's state allows no refund.", order_status=order.status.value
            )
        chosen = self._chosen(session, order, entitlement_ids)
        gone = EntitlementService(session, self._clock, self._config).given_away(order.id)
        kept = gone if cause is Cause.BUYER and not by_staff else frozenset[UUID]()
        quotes = [
            (
                row,
                Quote(Why.GIVEN_AWAY)
                if row.id in kept
                else self._quote(session, row, order, cause, by_hand),
            )
            for row in chosen
        ]
        good = [(row, answer) for row, answer in quotes if answer.refundable]
        if not good:
            why = quotes[0][1].why if quotes else Why.ENDED
            words = sentences()[why.value]
            raise NotRefundable(f"{words['ja']} / {words['en']}", reason=why.value)
        now = self._clock.now()
        kind = (
            RefundKind.OPERATOR_CANCELLED
            if cause is Cause.OPERATOR_CANCELLED
            else RefundKind.REQUESTED
        )
        gross = sum(answer.gross for _, answer in good)
        amount = sum(answer.amount for _, answer in good)
        refund = Refund(
            order_id=order.id,
            payment_id=_paid_by(session, order).id,
            kind=kind,
            status=RefundStatus.OFFERED,
            gross=Yen(gross),
            fee=Yen(gross - amount),
            amount=Yen(amount),
            reason=reason,
            quote={"items": [_shown(row, answer, row.id in gone) for row, answer in quotes]},
            created_at=now,
            expires_at=now + self._config.refund_offer_holds,
        )
        session.add(refund)
        session.flush()
        return refund

    def _chosen(
        self, session: Session, order: Order, entitlement_ids: Sequence[UUID] | None
    ) -> list[Entitlement]:
        mine = EntitlementService(session, self._clock, self._config).of_order(order.id)
        if entitlement_ids is None:
            return [row for row in mine if row.status in LIVE] or mine[:1]
        by_id = {row.id: row for row in mine}
        unknown = [each for each in entitlement_ids if each not in by_id]
        if unknown:
            raise NotRefundable("These tickets are not of this order.", reason="not-of-this-order")
        return [by_id[each] for each in dict.fromkeys(entitlement_ids)]

    def _quote(
        self, session: Session, row: Entitlement, order: Order, cause: Cause, by_hand: int | None
    ) -> Quote:
        if row.status not in LIVE:
            return Quote(Why.ENDED)
        definition = ProductService(session, self._clock).get(row.product_id, row.product_version)
        now = self._clock.now()
        usage = Usage(
            sold_at=order.paid_at or order.created_at,
            first_day=row.first_day,
            activated_at=row.activated_at,
            days=tuple(sorted(used_days(session, row.id, definition.calendar, now).items())),
        )
        answer = quote(definition, row.price, usage, now, cause)
        if answer.why is Why.BY_HAND and by_hand is not None:
            return Quote(Why.BY_HAND, Yen(min(by_hand, row.price)))
        return answer

    def confirm(self, session: Session, refund_id: UUID) -> Refund:
        """
        Take the rights away and owe the money; confirmed again, it returns what is there.

        Raises:
            RefundNotFound: There is none.
            RefundOfferExpired: Its deadline has passed.
            NotRefundable: A ticket was used or refunded meanwhile; nothing is changed.

        """
        refund = self._locked(session, refund_id)
        if refund.status is not RefundStatus.OFFERED:
            return refund
        now = self._clock.now()
        if refund.expires_at <= now:
            raise RefundOfferExpired("Ask for a new refund offer.")
        orders = OrderService(session, self._clock, self._config)
        order = orders.get(refund.order_id, lock=True)
        if order.status not in REFUNDABLE_ORDERS:
            raise NotRefundable(
                "The order's state allows no refund.", order_status=order.status.value
            )
        handling, cancellation = self._take_rights(session, order, refund)
        refund.status = RefundStatus.CONFIRMED
        refund.confirmed_at = now
        Ledger(session, self._clock).post(
            Posting(
                kind="refund-owed",
                key=f"refund-owed:{refund.id}",
                entries=[
                    (Account.PASS_LIABILITY, refund.gross),
                    (Account.REFUND_PAYABLE, -refund.amount),
                    (Account.HANDLING_FEE, -handling),
                    (Account.CANCELLATION_FEE, -cancellation),
                ],
                order_id=str(order.id),
            )
        )
        left = [
            row
            for row in EntitlementService(session, self._clock, self._config).of_order(order.id)
            if row.status in LIVE
        ]
        step = OrderStatus.PARTLY_REFUNDED if left else OrderStatus.REFUNDED
        if order.status is not step:
            orders.move(order, step)
        self._new_attempt(session, refund)
        return refund

    def _take_rights(self, session: Session, order: Order, refund: Refund) -> tuple[int, int]:
        """End the entitlements, and return (handling fees, cancellation fees)."""
        entitlements = EntitlementService(session, self._clock, self._config)
        orders = OrderService(session, self._clock, self._config)
        lines: dict[int, OrderLine] = {line.id: line for line in order.lines}
        freed: dict[int, int] = {}
        handling = cancellation = 0
        for item in refund.quote["items"]:
            if not item["refundable"]:
                continue
            row = session.get(Entitlement, UUID(item["entitlement_id"]))
            assert row is not None
            # What was offered for an unused ticket is not paid for one that was used since.
            allowed = {EntitlementStatus(item["status"])}
            ended = entitlements.end(
                row, EntitlementStatus.REFUNDED, f"refund:{refund.id}", allowed=allowed
            )
            if not ended:
                raise NotRefundable(
                    "The ticket was used or refunded meanwhile: ask again.", reason="changed"
                )
            # Asked when its row is ours: a companion who takes it now waits, and finds it ended.
            given = row.id in entitlements.given_away(order.id)
            if given and not item.get("given_away", False):
                raise NotRefundable("A companion took it meanwhile.", reason="changed")
            session.add(
                RefundItem(
                    entitlement_id=row.id,
                    refund_id=refund.id,
                    gross=Yen(item["gross"]),
                    fee=Yen(item["handling_fee"] + item["cancellation_fee"]),
                )
            )
            handling += item["handling_fee"]
            cancellation += item["cancellation_fee"]
            if item["status"] == EntitlementStatus.ISSUED.value:
                freed[row.order_line_id] = freed.get(row.order_line_id, 0) + 1
        session.flush()
        for line_id, tickets in sorted(freed.items()):
            orders.release_tickets(lines[line_id], tickets)
        return handling, cancellation

    def return_late_money(self, session: Session, job: Job) -> None:
        """Outbox (`money-arrived-late`): owe back what came too late, without being asked."""
        event = MoneyArrivedLate(**job.payload)
        payment_id = UUID(event.payment_id)
        known = session.scalar(
            select(Refund).where(
                Refund.payment_id == payment_id, Refund.kind == RefundKind.LATE_PAYMENT
            )
        )
        if known is not None:
            return
        now = self._clock.now()
        amount = Yen(event.amount)
        refund = Refund(
            order_id=UUID(event.order_id),
            payment_id=payment_id,
            kind=RefundKind.LATE_PAYMENT,
            status=RefundStatus.CONFIRMED,
            gross=amount,
            fee=Yen(0),
            amount=amount,
            quote={"items": []},
            created_at=now,
            expires_at=now,
            confirmed_at=now,
        )
        session.add(refund)
        session.flush()
        Ledger(session, self._clock).post(
            Posting(
                kind="late-money-owed",
                key=f"refund-owed:{refund.id}",
                entries=[(Account.SUSPENSE, amount), (Account.REFUND_PAYABLE, -amount)],
                order_id=event.order_id,
            )
        )
        self._new_attempt(session, refund)

    def _new_attempt(self, session: Session, refund: Refund) -> None:
        count = session.scalar(
            select(func.count())
            .select_from(RefundAttempt)
            .where(RefundAttempt.refund_id == refund.id)
        )
        number = int(count or 0) + 1
        now = self._clock.now()
        attempt = RefundAttempt(
            refund_id=refund.id,
            number=number,
            idempotency_key=f"refund-{refund.id}-{number}",
            status="created",
            created_at=now,
        )
        session.add(attempt)
        session.flush()
        # A new attempt waits a little: what made the last one fail may pass.
        wait = timedelta(0) if number == 1 else timedelta(minutes=5 * number)
        record(
            session,
            PAY_OUT,
            f"{PAY_OUT}:{attempt.idempotency_key}",
            {"attempt_id": attempt.id},
            now=now,
            run_after=now + wait,
        )

    def work_pay_out(self, job: Job) -> None:
        """Outbox: call the gateway for an attempt, or ask how it stands."""
        with read_session(self._sessions) as session:
            attempt = session.get(RefundAttempt, job.payload["attempt_id"])
            assert attempt is not None
            refund = session.get(Refund, attempt.refund_id)
            assert refund is not None
            payment = session.get(Payment, refund.payment_id)
            assert payment is not None
        if attempt.status in {"succeeded", "failed"} or refund.amount == 0:
            self._close_empty(refund)
            return
        intent = payment.intent_id or payment.gateway_id or ""
        try:
            if payment.method is Method.PARTNER:  # no money moves: his account is credited
                answer = GatewayRefund("", "succeeded", refund.amount)
            else:
                answer = self._ask(attempt, intent, refund.amount)
        except GatewayUnavailable as lost:
            raise RetryLater(str(lost), timedelta(seconds=10)) from lost
        except GatewayRefused as refused:
            answer = GatewayRefund("", "failed", refund.amount, refused.code)
        self._apply(attempt.id, answer)
        if answer.status in {"pending", "requires_action"}:
            raise RetryLater(answer.status, timedelta(hours=1))

    def _close_empty(self, refund: Refund) -> None:
        """Finish a refund of which fees have left nothing."""
        if refund.amount == 0 and refund.status is RefundStatus.CONFIRMED:
            with self._sessions.begin() as session:
                row = self._locked(session, refund.id)
                row.status, row.paid_at = RefundStatus.SUCCEEDED, self._clock.now()

    def _ask(self, attempt: RefundAttempt, intent: str, amount: Yen) -> GatewayRefund:
        if attempt.gateway_id:
            return self._gateway.read_refund(attempt.gateway_id)
        try:
            return self._gateway.refund(intent, amount, attempt.idempotency_key)
        except GatewayUnavailable:
            # The gateway repeats its first answer for a key, a 500 too: look for the effect.
            found = self._gateway.find_refund(intent, attempt.idempotency_key)
            if found is None:
                raise
            return found
        except GatewayRefused:
            found = self._gateway.find_refund(intent, attempt.idempotency_key)
            if found is None:
                raise
            return found

    def _apply(self, attempt_id: int, answer: GatewayRefund) -> None:
        with self._sessions.begin() as session:
            attempt = session.get(RefundAttempt, attempt_id)
            assert attempt is not None
            refund = self._locked(session, attempt.refund_id)
            session.refresh(attempt)
            attempt.gateway_id = attempt.gateway_id or (answer.gateway_id or None)
            attempt.synced_at = self._clock.now()
            attempt.failure_code = answer.failure_code
            before, attempt.status = attempt.status, answer.status
            if answer.status == "succeeded":
                self._paid_out(session, refund, attempt)
            elif answer.status in {"failed", "canceled"} and before != "failed":
                attempt.status = "failed"
                self._failed(session, refund, attempt, was_out=before == "succeeded")
            elif refund.status is RefundStatus.CONFIRMED:
                refund.status = RefundStatus.PENDING
                if answer.status == "requires_action":
                    self._call_person(session, refund, "bank-account-needed")

    def _paid_out(self, session: Session, refund: Refund, attempt: RefundAttempt) -> None:
        payment = session.get_one(Payment, refund.payment_id)
        sold_by_partner = payment.method is Method.PARTNER
        posted = Ledger(session, self._clock).post(
            Posting(
                kind="refund-paid",
                key=f"refund-paid:{attempt.idempotency_key}",
                entries=[
                    (Account.REFUND_PAYABLE, refund.amount),
                    (Account.PARTNER if sold_by_partner else Account.GATEWAY, -refund.amount),
                ],
                order_id=str(refund.order_id),
                note=payment.client_key.removeprefix("partner:") if sold_by_partner else None,
            )
        )
        if posted:
            refund.status = RefundStatus.SUCCEEDED
            refund.paid_at = self._clock.now()
            event = RefundPaid(str(refund.id), str(refund.order_id), refund.amount)
            publish(session, event, now=self._clock.now())

    def _failed(
        self, session: Session, refund: Refund, attempt: RefundAttempt, *, was_out: bool
    ) -> None:
        """Write the money back where it had gone out, and try again or call a person."""
        if was_out:
            Ledger(session, self._clock).post(
                Posting(
                    kind="refund-failed",
                    key=f"refund-failed:{attempt.idempotency_key}",
                    entries=[
                        (Account.GATEWAY, refund.amount),
                        (Account.REFUND_PAYABLE, -refund.amount),
                    ],
                    order_id=str(refund.order_id),
                    reverses=f"refund-paid:{attempt.idempotency_key}",
                )
            )
            refund.paid_at = None
        if attempt.number < MOST_ATTEMPTS:
            refund.status = RefundStatus.CONFIRMED
            session.flush()
            self._new_attempt(session, refund)
        else:
            refund.status = RefundStatus.FAILED
            self._call_person(session, refund, "all-attempts-failed")

    def _call_person(self, session: Session, refund: Refund, reason: str) -> None:
        publish(session, RefundNeedsPerson(str(refund.id), reason), now=self._clock.now())

    def in_state(self, session: Session, status: RefundStatus) -> list[Refund]:
        """Return the refunds in a state, oldest first, at most 500."""
        return list(
            session.scalars(
                select(Refund).where(Refund.status == status).order_by(Refund.created_at).limit(500)
            )
        )

    def retry(self, session: Session, refund_id: UUID) -> Refund:
        """
        Try again what failed until a person was called.

        Raises:
            RefundNotFound: There is none.
            RefundNotFailed: It has not failed.

        """
        refund = self._failed_one(session, refund_id)
        refund.status = RefundStatus.CONFIRMED
        session.flush()
        self._new_attempt(session, refund)
        return refund

    def paid_by_transfer(self, session: Session, refund_id: UUID, reference: str) -> Refund:
        """
        Note that a person paid from our bank account what the gateway could not.

        Raises:
            RefundNotFound: There is none.
            RefundNotFailed: It has not failed, so the gateway may still pay it.

        """
        refund = self._failed_one(session, refund_id)
        Ledger(session, self._clock).post(
            Posting(
                kind="refund-transferred",
                key=f"refund-transferred:{refund.id}",
                entries=[(Account.REFUND_PAYABLE, refund.amount), (Account.BANK, -refund.amount)],
                order_id=str(refund.order_id),
                note=reference,
            )
        )
        refund.status, refund.paid_at = RefundStatus.SUCCEEDED, self._clock.now()
        event = RefundPaid(str(refund.id), str(refund.order_id), refund.amount)
        publish(session, event, now=self._clock.now())
        return refund

    def _failed_one(self, session: Session, refund_id: UUID) -> Refund:
        refund = self._locked(session, refund_id)
        if refund.status is not RefundStatus.FAILED:
            raise RefundNotFailed("The gateway is at it.", refund_status=refund.status.value)
        return refund

    def cancel_service(
        self, session: Session, product_id: str, first_day: date | None, reason: str
    ) -> int:
        """Have every order with living tickets of a stopped service refunded; return how many."""
        query = select(Entitlement.order_id).where(
            Entitlement.product_id == product_id, Entitlement.status.in_(list(LIVE))
        )
        if first_day is not None:
            query = query.where(Entitlement.first_day == first_day)
        orders = session.scalars(query.distinct()).all()
        now = self._clock.now()
        for order_id in orders:
            payload = {
                "order_id": str(order_id),
                "product_id": product_id,
                "first_day": first_day.isoformat() if first_day else None,
                "reason": reason,
            }
            record(session, CANCELLED, f"{CANCELLED}:{order_id}:{uuid4()}", payload, now=now)
        return len(orders)

    def work_cancelled(self, session: Session, job: Job) -> None:
        """Outbox: refund the tickets of one order whose service was stopped."""
        order = OrderService(session, self._clock, self._config).get(
            UUID(job.payload["order_id"]), lock=True
        )
        day = job.payload["first_day"]
        rows = EntitlementService(session, self._clock, self._config).of_order(order.id)
        concerned = [
            row.id
            for row in rows
            if row.product_id == job.payload["product_id"]
            and row.status in LIVE
            and (day is None or row.first_day == date.fromisoformat(day))
        ]
        if not concerned:
            return
        try:
            refund = self.offer(
                session,
                order,
                concerned,
                cause=Cause.OPERATOR_CANCELLED,
                reason=job.payload["reason"],
            )
        except NotRefundable as refused:
            # By the product's rule a person decides, or nothing is left: said, not retried.
            log.warning("order %s: %s", order.number, refused.detail)
            return
        self.confirm(session, refund.id)

    def hear(self, job: Job) -> None:
        """Outbox (`gateway-refund-changed`): the gateway has news of a refund of ours."""
        gateway_id = job.payload["gateway_id"]
        try:
            answer = self._gateway.read_refund(gateway_id)
        except GatewayUnavailable as lost:
            raise RetryLater(str(lost)) from lost
        with read_session(self._sessions) as session:
            attempt_id = session.scalar(
                select(RefundAttempt.id).where(
                    (RefundAttempt.gateway_id == gateway_id)
                    | (RefundAttempt.idempotency_key == (answer.refund_attempt or ""))
                )
            )
        if attempt_id is None:
            if job.attempt < 5:
                raise RetryLater("about a refund that we do not know yet")
            return
        self._apply(attempt_id, answer)

    def get(self, session: Session, refund_id: UUID) -> Refund:
        """
        Return a refund.

        Raises:
            RefundNotFound: There is none.

        """
        refund = session.get(Refund, refund_id)
        if refund is None:
            raise RefundNotFound("Check the id.")
        return refund

    def _locked(self, session: Session, refund_id: UUID) -> Refund:
        refund = session.get(Refund, refund_id, with_for_update=True, populate_existing=True)
        if refund is None:
            raise RefundNotFound("Check the id.")
        return refund


def _paid_by(session: Session, order: Order) -> Payment:
    """Return the payment that paid the order: the first whose money was in time."""
    payment = session.scalar(
        select(Payment)
        .where(Payment.order_id == order.id, Payment.status == PaymentStatus.SUCCEEDED)
        .order_by(Payment.captured_at)
    )
    if payment is None:
        raise NotRefundable("The order was free.", reason=Why.NOTHING_LEFT.value)
    return payment


def _shown(row: Entitlement, answer: Quote, given_away: bool) -> dict[str, Any]:
    words = sentences()[answer.why.value]
    return {
        "entitlement_id": str(row.id),
        "product_id": row.product_id,
        "status": row.status.value,
        "price": row.price,
        "gross": answer.gross,
        "handling_fee": answer.handling_fee,
        "cancellation_fee": answer.cancellation_fee,
        "amount": answer.amount,
        "refundable": answer.refundable,
        "given_away": given_away,
        "why": answer.why.value,
        "ja": words["ja"],
        "en": words["en"],
    }
