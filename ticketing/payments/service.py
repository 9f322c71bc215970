"""
Take money for orders.

No database transaction is open while the gateway is called. What is to be done is stored first
(the attempt with its idempotency key), then the gateway is called, then its answer is applied.
`_apply` is the only place where an answer takes effect, whoever brought it: the call itself, a
webhook, the sweep that asks for lost answers. It is repeatable: the ledger's unique key decides
which of many bearers of the same news books the money.
"""

from dataclasses import asdict
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from maas.core.clock import JAPAN, Clock
from maas.core.money import Yen
from maas.db.outbox import Job, RetryLater, publish, record
from maas.db.session import Sessions, read_session
from ticketing.config import TicketingConfig
from ticketing.customers.models import Customer
from ticketing.ledger.service import Account, Ledger, Posting
from ticketing.orders.errors import StepNotAllowed
from ticketing.orders.models import Order, OrderStatus
from ticketing.orders.service import OrderService
from ticketing.orders.steps import UNPAID
from ticketing.payments.errors import (
    OrderNotPayable,
    PaymentNotFound,
    PaymentRefused,
    PaymentUnknown,
)
from ticketing.payments.events import MoneyArrivedLate, VoucherOut
from ticketing.payments.gateway import (
    Charge,
    GatewayPayment,
    GatewayRefused,
    GatewayUnavailable,
    PaymentGateway,
)
from ticketing.payments.models import OPEN, Method, Payment, PaymentStatus

SYNC: Final = "payment.sync"
"""Outbox job: ask the gateway how a payment stands."""

LAST_SECOND: Final = time(23, 59, 59)
"""Vouchers end at midnight in Japan, as Stripe ends them."""
FIRST_SYNC: Final = timedelta(seconds=30)
GIVE_UP_UNKNOWN: Final = timedelta(hours=20)
"""Idempotency keys are kept for at least a day; a repeat after that could charge again."""


class PaymentService:
    """Starts payments and brings them up to date."""

    def __init__(
        self, sessions: Sessions, clock: Clock, config: TicketingConfig, gateway: PaymentGateway
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._config = config
        self._gateway = gateway

    def start(
        self, order_id: UUID, method: Method, client_key: str, *, return_url: str, token: str | None
    ) -> Payment:
        """
        Begin to pay an order, or return the attempt that this key began.

        Returns:
            The attempt. A declined card is an attempt with status `failed`.

        Raises:
            OrderNotFound: There is no such order.
            OrderNotPayable: It is paid, has ended, or its hold is over.
            PaymentRefused: The gateway does not take such a payment.
            PaymentUnknown: No answer; ask again with the same key.

        """
        self._end_other_attempts(order_id, client_key)
        with self._sessions.begin() as session:
            payment = self._write_down(session, order_id, method, client_key, return_url, token)
        if payment.gateway_id is not None or payment.status is not PaymentStatus.CREATED:
            return payment
        return self._send(payment)

    def _end_other_attempts(self, order_id: UUID, client_key: str) -> None:
        """One open attempt an order: the earlier ones are cancelled at the gateway first."""
        with read_session(self._sessions) as session:
            others = list(
                session.scalars(
                    select(Payment.id).where(
                        Payment.order_id == order_id,
                        Payment.client_key != client_key,
                        Payment.status.in_(list(OPEN)),
                    )
                )
            )
        for payment_id in others:
            self.cancel(payment_id)

    def _write_down(
        self,
        session: Session,
        order_id: UUID,
        method: Method,
        client_key: str,
        return_url: str,
        token: str | None,
    ) -> Payment:
        orders = OrderService(session, self._clock, self._config)
        order = orders.get(order_id, lock=True)
        known = session.scalar(
            select(Payment).where(Payment.order_id == order_id, Payment.client_key == client_key)
        )
        if known is not None:
            return known
        now = self._clock.now()
        if order.status not in UNPAID or order.hold_until <= now:
            raise OrderNotPayable("Look at the order.", order_status=order.status.value)
        customer = session.get(Customer, order.customer_id)
        assert customer is not None
        payment_id = uuid4()
        voucher_until = None
        if method is Method.KONBINI:
            voucher_until = _voucher_end(order, self._clock, self._config)
        charge = Charge(
            payment_id=str(payment_id),
            order_id=str(order.id),
            order_number=order.number,
            amount=order.total,
            method=method,
            description=f"{order.number} {order.lines[0].details['name']['ja']}"[:200],
            return_url=return_url,
            token=token,
            buyer_email=customer.email,
            buyer_name=customer.name or "",
            language=customer.language,
            voucher_until=voucher_until,
            page_until=_page_end(order, self._clock) if method is Method.CHECKOUT else None,
        )
        payment = Payment(
            id=payment_id,
            order_id=order.id,
            client_key=client_key,
            method=method,
            amount=order.total,
            idempotency_key=f"pay-{payment_id}",
            request=asdict(charge),
            created_at=now,
        )
        session.add(payment)
        session.flush()
        self._remember_to_ask(session, payment_id)
        return payment

    def _remember_to_ask(self, session: Session, payment_id: UUID) -> None:
        record(
            session,
            SYNC,
            f"{SYNC}:{payment_id}",
            {"payment_id": str(payment_id)},
            now=self._clock.now(),
            run_after=self._clock.now() + FIRST_SYNC,
        )

    def _send(self, payment: Payment) -> Payment:
        request: dict[str, Any] = payment.request
        charge = Charge(**(request | {"method": Method(request["method"])}))
        try:
            answer = self._gateway.start(charge, payment.idempotency_key)
        except GatewayUnavailable as lost:
            raise PaymentUnknown(
                "Ask again with the same Idempotency-Key; you pay once.", retry_after=3
            ) from lost
        except GatewayRefused as refused:
            self._note_refusal(payment.id, refused)
            raise PaymentRefused(str(refused), reason=refused.code) from refused
        return self._apply(payment.id, answer)

    def _note_refusal(self, payment_id: UUID, refused: GatewayRefused) -> None:
        with self._sessions.begin() as session:
            payment = _payment(session, payment_id)
            if payment.gateway_id is None:
                payment.status = PaymentStatus.FAILED
                payment.failure_code = refused.code

    def get(self, payment_id: UUID) -> Payment:
        """
        Return a payment as we know it.

        Raises:
            PaymentNotFound: There is none.

        """
        with read_session(self._sessions) as session:
            return _payment(session, payment_id)

    def of_intent(self, *gateway_ids: str) -> UUID | None:
        """Return our id of a payment by the gateway's ids, or None where we do not know them."""
        with read_session(self._sessions) as session:
            return session.scalar(
                select(Payment.id).where(
                    Payment.gateway_id.in_(gateway_ids) | Payment.intent_id.in_(gateway_ids)
                )
            )

    def sync(self, payment_id: UUID) -> Payment:
        """
        Ask the gateway how a payment stands, and apply the answer.

        An attempt whose first answer was lost is sent again under its stored key, as long as the
        gateway keeps keys; after that it is looked for, and given up when it is not there.

        Raises:
            GatewayUnavailable: No answer; try later.

        """
        payment = self.get(payment_id)
        if payment.gateway_id is not None:
            return self._apply(payment_id, self._gateway.read(payment.gateway_id))
        if payment.status is not PaymentStatus.CREATED:
            return payment
        if self._clock.now() - payment.created_at < GIVE_UP_UNKNOWN:
            try:
                return self._send(payment)
            except PaymentUnknown as lost:
                # The gateway repeats its first answer for a key, a 500 too: look for the effect.
                found = self._gateway.find(str(payment_id))
                if found is None:
                    raise GatewayUnavailable(str(lost)) from lost
                return self._apply(payment_id, found)
            except PaymentRefused:
                return self.get(payment_id)
        found = self._gateway.find(str(payment_id))
        if found is not None:
            return self._apply(payment_id, found)
        self._note_refusal(payment_id, GatewayRefused("never-arrived", "never arrived"))
        return self.get(payment_id)

    def cancel(self, payment_id: UUID) -> Payment:
        """
        Make sure that an attempt brings no money any more; if it did, the money is booked.

        Raises:
            PaymentUnknown: No answer from the gateway.

        """
        try:
            payment = self.sync(payment_id)
            if payment.status not in OPEN or payment.gateway_id is None:
                return payment
            answer = self._gateway.cancel(payment.gateway_id, f"cancel-{payment.id}")
        except GatewayUnavailable as lost:
            raise PaymentUnknown("Try again in a few seconds.", retry_after=3) from lost
        return self._apply(payment_id, answer)

    def work_sync(self, job: Job) -> None:
        """Outbox: ask for news until the payment is closed."""
        payment_id = UUID(job.payload["payment_id"])
        try:
            payment = self.sync(payment_id)
        except GatewayUnavailable as lost:
            raise RetryLater(str(lost), timedelta(seconds=20)) from lost
        if payment.status in OPEN:
            # Webhooks bring the news; this is the net under them.
            raise RetryLater(payment.status.value, timedelta(minutes=10))

    def work_expire(self, job: Job) -> None:
        """
        Outbox: end an order whose hold is over.

        The gateway is told first, so that nobody can pay afterwards; money that came in the
        meantime makes it a paid order instead.
        """
        order_id = UUID(job.payload["order_id"])
        with read_session(self._sessions) as session:
            order = OrderService(session, self._clock, self._config).get(order_id)
            if not OrderService(session, self._clock, self._config).due(order):
                return
        self.close_attempts(order_id)
        with self._sessions.begin() as session:
            orders = OrderService(session, self._clock, self._config)
            order = orders.get(order_id, lock=True)
            if orders.due(order):
                orders.end_unpaid(order, OrderStatus.EXPIRED)

    def close_attempts(self, order_id: UUID) -> None:
        """Cancel every open attempt of an order at the gateway."""
        with read_session(self._sessions) as session:
            open_ids = list(
                session.scalars(
                    select(Payment.id).where(
                        Payment.order_id == order_id, Payment.status.in_(list(OPEN))
                    )
                )
            )
        for payment_id in open_ids:
            try:
                self.cancel(payment_id)
            except PaymentUnknown as lost:
                raise RetryLater("the gateway gives no answer", timedelta(seconds=20)) from lost

    def cancel_order(self, order_id: UUID) -> Order:
        """
        Cancel an unpaid order; the gateway is told first.

        Raises:
            OrderNotFound: There is none.
            StepNotAllowed: It is paid already or has ended otherwise.
            PaymentUnknown: No answer from the gateway; nothing is cancelled.

        """
        try:
            self.close_attempts(order_id)
        except RetryLater as lost:
            raise PaymentUnknown("Try again in a few seconds.", retry_after=3) from lost
        with self._sessions.begin() as session:
            orders = OrderService(session, self._clock, self._config)
            order = orders.get(order_id, lock=True)
            if order.status is OrderStatus.CANCELLED:
                return order
            if order.status not in UNPAID:
                raise StepNotAllowed("Ask for a refund.", order_status=order.status.value)
            orders.end_unpaid(order, OrderStatus.CANCELLED)
            return order

    def _apply(self, payment_id: UUID, answer: GatewayPayment) -> Payment:
        """Let the gateway's word take effect, once."""
        with self._sessions.begin() as session:
            orders = OrderService(session, self._clock, self._config)
            order = orders.get(_payment(session, payment_id).order_id, lock=True)
            payment = session.get(Payment, payment_id, with_for_update=True, populate_existing=True)
            assert payment is not None
            payment.gateway_id = payment.gateway_id or answer.gateway_id
            payment.intent_id = answer.intent_id or payment.intent_id
            payment.client_secret = answer.client_secret or payment.client_secret
            payment.synced_at = self._clock.now()
            if payment.status is PaymentStatus.SUCCEEDED:
                return payment  # money that came does not un-come; what goes back is a refund
            if (
                payment.status is PaymentStatus.CANCELLED
                and answer.status is not PaymentStatus.SUCCEEDED
            ):
                return payment  # an older answer that came later
            payment.status = answer.status
            payment.next_action = answer.next_action
            payment.failure_code = answer.failure_code
            payment.voucher_until = answer.voucher_until or payment.voucher_until
            if answer.status is PaymentStatus.SUCCEEDED:
                self._book(session, orders, order, payment, answer)
            elif answer.status is PaymentStatus.VOUCHER_OUT and order.status in UNPAID:
                if answer.voucher_until is not None:
                    orders.hold_for_voucher(order, answer.voucher_until)
                    out = VoucherOut(str(payment.id), str(order.id))
                    publish(session, out, now=self._clock.now())
            elif (
                answer.status in {PaymentStatus.FAILED, PaymentStatus.CANCELLED}
                and order.status is OrderStatus.PAYMENT_PENDING
            ):
                orders.end_voucher(order)
                if payment.voucher_until and payment.voucher_until <= self._clock.now():
                    orders.end_unpaid(order, OrderStatus.EXPIRED)
            session.flush()
            return payment

    def _book(
        self,
        session: Session,
        orders: OrderService,
        order: Order,
        payment: Payment,
        answer: GatewayPayment,
    ) -> None:
        """Post the money; it pays the order, or it is late and goes back."""
        payment.captured_at = self._clock.now()
        payment.next_action = None
        in_time = order.status in UNPAID and answer.received == order.total
        against = Account.PASS_LIABILITY if in_time else Account.SUSPENSE
        booked = Ledger(session, self._clock).post(
            Posting(
                kind="capture" if in_time else "late-capture",
                key=f"capture:{payment.id}",
                entries=[(Account.GATEWAY, answer.received), (against, -answer.received)],
                order_id=str(order.id),
            )
        )
        if not booked:
            return
        if in_time:
            orders.mark_paid(order)
            return
        late = MoneyArrivedLate(str(payment.id), str(order.id), int(Yen(answer.received)))
        publish(session, late, now=self._clock.now())


def _payment(session: Session, payment_id: UUID) -> Payment:
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise PaymentNotFound("Check the id.")
    return payment


def _voucher_end(order: Order, clock: Clock, config: TicketingConfig) -> int:
    """
    Return when a voucher ends: some days from now, and before the first day of what it pays.

    Raises:
        PaymentRefused: The first day is too near for a way to the shop.

    """
    now = clock.now()
    last = now.astimezone(JAPAN).date() + timedelta(days=config.voucher_days)
    days = [line.first_day - timedelta(days=1) for line in order.lines if line.first_day]
    end = datetime.combine(min([last, *days]), LAST_SECOND, JAPAN)
    if end - now < config.least_voucher:
        raise PaymentRefused("Pay by card: it begins too soon.", reason="no-time-for-voucher")
    return int(end.timestamp())


def _page_end(order: Order, clock: Clock) -> int:
    """Return when a payment page closes: with the hold, but Stripe wants at least 30 minutes."""
    least = clock.now() + timedelta(minutes=31)
    return int(max(order.hold_until, least).timestamp())
