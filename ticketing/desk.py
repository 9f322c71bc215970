"""
The sales desk: the services of this package, wired for one process.

`ticketing.api` finds it at `app.state.desk`; the worker and the demo hold one of their own. What
works off the outbox is registered here, so the server's runner and a Celery worker do the same.
"""

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.core.mail import Outbox
from maas.db.outbox import Handlers, Job, OutboxJob, RetryLater, record
from maas.db.periodic import Periodic
from maas.db.session import Sessions, read_session
from maas.rest.models import IdempotentAnswer
from ticketing.audit import audit
from ticketing.config import TicketingConfig
from ticketing.customers.service import forget_buyer, old_buyers
from ticketing.fares.singles import FareSource
from ticketing.mails.service import OrderMails
from ticketing.orders.events import OrderEnded, OrderPaid
from ticketing.orders.models import Order
from ticketing.orders.service import EXPIRE
from ticketing.orders.steps import UNPAID
from ticketing.payments.events import (
    GatewayDisputeChanged,
    GatewayRefundChanged,
    MoneyArrivedLate,
    VoucherOut,
)
from ticketing.payments.gateway import GatewayUnavailable, PaymentGateway
from ticketing.payments.inbox import WORK, Inbox
from ticketing.payments.movements import book_movements, fees_since
from ticketing.payments.service import SYNC, PaymentService
from ticketing.reconcile import MARGIN, reconcile
from ticketing.refunds.disputes import DisputeService
from ticketing.refunds.events import RefundNeedsPerson, RefundPaid
from ticketing.refunds.service import CANCELLED, PAY_OUT, RefundService
from ticketing.tickets.entitlements import EntitlementService
from ticketing.tickets.events import EntitlementEnded, EntitlementIssued, EntitlementRestored
from ticketing.tickets.subscriptions import KEYS

log = logging.getLogger(__name__)

SWEEP: Final = "orders.sweep"
AUDIT: Final = "ticketing.audit"
MOVEMENTS: Final = "ticketing.movements"
RECONCILE: Final = "ticketing.reconcile"
PRUNE: Final = "ticketing.prune"

PERIODIC: Final = (
    Periodic(SWEEP, timedelta(minutes=1)),
    Periodic(AUDIT, timedelta(hours=1)),
    Periodic(MOVEMENTS, timedelta(hours=1)),
    Periodic(RECONCILE, timedelta(days=1)),
    Periodic(KEYS, timedelta(days=1)),
    Periodic(PRUNE, timedelta(days=1)),
)
"""Work that runs once in every period, however many schedulers there are."""

ANSWERS_KEPT: Final = timedelta(days=2)
JOBS_KEPT: Final = timedelta(days=30)


@dataclass(slots=True)
class Desk:
    """Everything that sells."""

    sessions: Sessions
    clock: Clock
    gateway: PaymentGateway
    config: TicketingConfig = field(default_factory=TicketingConfig)
    fares: FareSource | None = None
    """Fares of the timetable in use; without it no single tickets are sold."""
    mail: Outbox | None = None
    """Through which buyers are written to; without it nobody is."""
    url: str = ""
    """Where people reach this service, for the links in mails."""
    staff: str = ""
    """The mail address of whoever runs the service: refunds that need a person."""

    @property
    def payments(self) -> PaymentService:
        """Money in."""
        return PaymentService(self.sessions, self.clock, self.config, self.gateway)

    @property
    def refunds(self) -> RefundService:
        """Money back."""
        return RefundService(self.sessions, self.clock, self.config, self.gateway)

    @property
    def disputes(self) -> DisputeService:
        """Chargebacks."""
        return DisputeService(self.sessions, self.clock, self.config, self.gateway)

    @property
    def inbox(self) -> Inbox:
        """Webhooks."""
        return Inbox(self.sessions, self.clock, self.gateway, self.payments)

    def register(self, handlers: Handlers) -> None:
        """Say who works off what."""
        handlers.subscribe(OrderPaid, "entitlements", self._issue)
        handlers.subscribe(MoneyArrivedLate, "refund", self.refunds.return_late_money)
        handlers.declare(
            OrderEnded,
            VoucherOut,
            EntitlementIssued,
            EntitlementEnded,
            EntitlementRestored,
            RefundPaid,
            RefundNeedsPerson,
        )
        if self.mail is not None:
            mails = OrderMails(self.sessions, self.clock, self.mail, self.url, self.staff)
            mails.register(handlers)
        handlers.on_outside(GatewayRefundChanged.kind, self.refunds.hear)
        handlers.on_outside(GatewayDisputeChanged.kind, self.disputes.hear)
        handlers.on_outside(SYNC, self.payments.work_sync)
        handlers.on_outside(EXPIRE, self.payments.work_expire)
        handlers.on_outside(WORK, self.inbox.work)
        handlers.on_outside(PAY_OUT, self.refunds.work_pay_out)
        handlers.on(CANCELLED, self.refunds.work_cancelled)
        handlers.on_outside(RECONCILE, self._reconcile)
        handlers.on_outside(MOVEMENTS, self._book_movements)
        handlers.on(SWEEP, self._sweep)
        handlers.on(AUDIT, self._audit)
        handlers.on(PRUNE, self._prune)

    def forget(self, session: Session, order: Order) -> None:
        """
        Remove a buyer's e-mail and name, and what is kept of mails to them.

        Raises:
            StepNotAllowed: The order is not paid yet.

        """
        email = forget_buyer(session, order, self.clock.now())
        if email and self.mail is not None:
            self.mail.forget(email)

    def _issue(self, session: Session, job: Job) -> None:
        EntitlementService(session, self.clock, self.config).issue(UUID(job.payload["order_id"]))

    def _sweep(self, session: Session, job: Job) -> None:
        """Record the end of every order whose hold is over, should its own job be missing."""
        now = self.clock.now()
        due = session.scalars(
            select(Order.id)
            .where(Order.status.in_(list(UNPAID)), Order.hold_until <= now)
            .limit(500)
        )
        for order_id in due:
            payload = {"order_id": str(order_id)}
            record(session, EXPIRE, f"{EXPIRE}:{order_id}:{job.key}", payload, now=now)

    def _audit(self, session: Session, _job: Job) -> None:
        for violation in audit(session):
            log.error("audit: %s %s: %s", violation.code, violation.what, violation.en)

    def book_movements(self) -> int:
        """Book the fees and payouts that the gateway has written since the last time."""
        with read_session(self.sessions) as session:
            since = fees_since(session)
        if since is None:
            return 0
        try:
            movements = self.gateway.movements(since)
        except GatewayUnavailable as lost:
            raise RetryLater(str(lost), timedelta(minutes=5)) from lost
        with self.sessions.begin() as session:
            return book_movements(session, self.clock, movements)

    def _book_movements(self, _job: Job) -> None:
        self.book_movements()

    def _reconcile(self, _job: Job) -> None:
        """Compare two days, so that what came at midnight is seen twice rather than never."""
        self.book_movements()
        until = self.clock.now() - MARGIN
        since = until - timedelta(days=2)
        try:
            movements = self.gateway.movements(since - MARGIN)
        except GatewayUnavailable as lost:
            raise RetryLater(str(lost), timedelta(minutes=5)) from lost
        with read_session(self.sessions) as session:
            for violation in reconcile(session, movements, since, until):
                log.error("reconciliation: %s %s", violation.code, violation.what)

    def _prune(self, session: Session, _job: Job) -> None:
        """Forget stored answers, finished jobs and old buyers; ledger, orders and webhooks stay."""
        now = self.clock.now()
        for order in old_buyers(session, now, self.config.buyer_kept):
            self.forget(session, order)
        session.execute(
            delete(IdempotentAnswer).where(IdempotentAnswer.created_at < now - ANSWERS_KEPT)
        )
        session.execute(delete(OutboxJob).where(OutboxJob.done_at < now - JOBS_KEPT))
