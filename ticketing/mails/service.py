"""
Send what a buyer must hear of: the voucher to pay, the paid order, money that went back or is late.

Mail goes out only when money has moved, so nobody can use the shop to write to strangers; of
vouchers, for which money is only awaited, an address is told a few times a day at most. A job
names the order, never the address: that is read from the customer when the mail is made, and who
was forgotten gets none. A mail that was handed over is not sent again, however often its job runs;
where a process dies between handing over and noting it, the second one has the same Message-ID.
"""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.core.mail import Mail, MailRefused, Outbox
from maas.db.outbox import Handlers, Job, record
from maas.db.session import Sessions, read_session
from ticketing.customers.models import Customer
from ticketing.mails.compose import (
    delay_mail,
    expired_mail,
    order_mail,
    refund_mail,
    staff_mail,
    voucher_mail,
)
from ticketing.orders.access import drop_key, new_key, was_sent
from ticketing.orders.events import OrderEnded, OrderPaid
from ticketing.orders.models import Order, OrderKey, OrderStatus
from ticketing.payments.events import VoucherOut
from ticketing.payments.models import Payment, PaymentStatus
from ticketing.refunds.events import RefundNeedsPerson, RefundPaid
from ticketing.refunds.models import Refund

log = logging.getLogger(__name__)

TO_BUYER: Final = "mail.buyer"
"""Outbox job: write to the buyer."""
TO_STAFF: Final = "mail.staff"
"""Outbox job: write to whoever runs the service."""

MOST_VOUCHERS: Final = 5
"""Vouchers that one address is told of in a day."""

NO_ADDRESS: Final = ".invalid"
"""RFC 2606: partners' buyers who gave no address have one that ends so."""


@dataclass(frozen=True, slots=True)
class OrderMails:
    """Writes about orders; `url` is where people reach this service, `staff` may be nobody."""

    sessions: Sessions
    clock: Clock
    outbox: Outbox
    url: str
    staff: str = ""

    def register(self, handlers: Handlers) -> None:
        """Say of which events mails are made."""
        for event in (VoucherOut, OrderEnded, OrderPaid, RefundPaid, RefundNeedsPerson):
            handlers.subscribe(event, "mail", self._owe)
        handlers.subscribe(RefundNeedsPerson, "staff", self._owe_staff)
        handlers.on_outside(TO_BUYER, self.to_buyer)
        handlers.on_outside(TO_STAFF, self.to_staff)

    def _owe(self, session: Session, job: Job) -> None:
        record(session, TO_BUYER, f"{TO_BUYER}:{job.key}", job.payload, now=self.clock.now())

    def _owe_staff(self, session: Session, job: Job) -> None:
        record(session, TO_STAFF, f"{TO_STAFF}:{job.key}", job.payload, now=self.clock.now())

    def to_buyer(self, job: Job) -> None:
        """
        Write to the buyer, once.

        Raises:
            OSError: The mail could not be handed over; the job is tried again.

        """
        with self.sessions.begin() as session:
            if was_sent(session, job.key):
                return
            order, refund = self._subject(session, job)
            customer = session.get_one(Customer, order.customer_id)
            if customer.erased_at is not None or customer.email.endswith(NO_ADDRESS):
                return
            secret = new_key(session, order.id, job.key, self.clock.now())
            link = f"{self.url}/orders/{order.id}#{secret}"
            mail = self._mail(session, job, customer, order, refund, link)
            if mail is None:
                drop_key(session, secret)
                return
        try:
            self.outbox.send(replace(mail, id=_id(job)))
        except MailRefused:
            with self.sessions.begin() as session:
                drop_key(session, secret)
            raise
        with self.sessions.begin() as session:
            session.execute(
                update(OrderKey)
                .where(OrderKey.mail == job.key)
                .values(sent_at=self.clock.now())
                .execution_options(synchronize_session=False)
            )

    def to_staff(self, job: Job) -> None:
        """
        Tell whoever runs the service that a refund needs a person.

        Raises:
            OSError: The mail could not be handed over; the job is tried again.

        """
        with read_session(self.sessions) as session:
            order, refund = self._subject(session, job)
            if refund is None:
                raise LookupError(f"{job.key} names no refund.")
            reason = job.payload["reason"]
            log.error("refund %s of order %s needs a person: %s", refund.id, order.number, reason)
            mail = staff_mail(self.staff, order, refund, reason)
        if self.staff:
            self.outbox.send(replace(mail, id=_id(job)))

    def _told_often(self, session: Session, email: str) -> bool:
        """Whether an address was told of vouchers often enough for a day."""
        told = session.scalar(
            select(func.count(OrderKey.digest))
            .join(Order, Order.id == OrderKey.order_id)
            .join(Customer, Customer.id == Order.customer_id)
            .where(
                Customer.email == email,
                OrderKey.mail.startswith(f"{TO_BUYER}:{VoucherOut.kind}:"),
                OrderKey.sent_at > self.clock.now() - timedelta(days=1),
            )
        )
        return (told or 0) >= MOST_VOUCHERS

    def _subject(self, session: Session, job: Job) -> tuple[Order, Refund | None]:
        if "refund_id" not in job.payload:
            return session.get_one(Order, UUID(job.payload["order_id"])), None
        refund = session.get_one(Refund, UUID(job.payload["refund_id"]))
        return session.get_one(Order, refund.order_id), refund

    def _mail(
        self,
        session: Session,
        job: Job,
        customer: Customer,
        order: Order,
        refund: Refund | None,
        link: str,
    ) -> Mail | None:
        """Return what to write; None where it is of no use any more, or nobody waits for it."""
        to, language = customer.email, customer.language
        reason = job.payload.get("reason", "")
        if "payment_id" in job.payload:
            payment = session.get_one(Payment, UUID(job.payload["payment_id"]))
            if payment.status is not PaymentStatus.VOUCHER_OUT or self._told_often(session, to):
                return None
            return voucher_mail(to, order, payment, language, link)
        if "status" in job.payload:
            vouchers = select(Payment.id).where(
                Payment.order_id == order.id, Payment.voucher_until <= self.clock.now()
            )
            if order.status is not OrderStatus.EXPIRED or session.scalar(vouchers) is None:
                return None
            return expired_mail(to, order, language, link)
        if refund is None:
            links = {"link": link, "legal": f"{self.url}/legal?lang={language}"}
            return order_mail(to, order, language, links)
        if reason:
            return delay_mail(to, order, refund, reason, language, link)
        return refund_mail(to, order, refund, language, link)


def _id(job: Job) -> str:
    """Return the name of a job's mail: the same at every attempt."""
    return "".join(mark if mark.isalnum() else "-" for mark in job.key)
