"""
The inbox of webhooks: stored before they are answered, worked off later.

A message is a hint. It is unique by its event, so a repeat is nothing new, and its effect is
what the gateway says when asked, so early, late and disordered messages do no harm.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.db.outbox import Job, RetryLater, publish, record
from maas.db.session import Sessions
from ticketing.payments.errors import WebhookOff, WebhookRefused
from ticketing.payments.events import GatewayDisputeChanged, GatewayRefundChanged
from ticketing.payments.gateway import BadSignature, GatewayUnavailable, PaymentGateway
from ticketing.payments.models import StoredWebhook
from ticketing.payments.service import PaymentService

WORK: Final = "webhook.work"
SOURCE: Final = "stripe"
PATIENCE: Final = 12
"""Attempts for a message about something we do not know (yet): about an hour."""


class Inbox:
    """Takes messages in, and works them off."""

    def __init__(
        self, sessions: Sessions, clock: Clock, gateway: PaymentGateway, payments: PaymentService
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._gateway = gateway
        self._payments = payments

    def receive(self, body: bytes, signature: str) -> bool:
        """
        Store a message; False where it was stored before.

        Raises:
            WebhookOff: No secret is set.
            WebhookRefused: The signature is wrong, or the message is not of this time.

        """
        if not self._gateway.webhook_enabled:
            raise WebhookOff("No webhook secret is set.")
        now = self._clock.now()
        try:
            message = self._gateway.open_webhook(body, signature, now)
        except BadSignature as error:
            raise WebhookRefused(str(error)) from error
        with self._sessions.begin() as session:
            insert = (
                postgres_insert
                if session.get_bind().dialect.name == "postgresql"
                else sqlite_insert
            )
            stored = session.execute(
                insert(StoredWebhook)
                .values(
                    source=SOURCE,
                    event_id=message.event_id,
                    type=message.type,
                    object_id=message.object_id,
                    created_at=message.created,
                    received_at=now,
                    body=message.body,
                )
                .on_conflict_do_nothing(index_elements=["source", "event_id"])
                .returning(StoredWebhook.id)
            ).one_or_none()
            if stored is None:
                return False
            record(
                session,
                WORK,
                f"{WORK}:{message.event_id}",
                {
                    "event_id": message.event_id,
                    "type": message.type,
                    "object_id": message.object_id,
                    **message.related,
                },
                now=now,
            )
            return True

    def work(self, job: Job) -> None:
        """Outbox: act on a stored message."""
        kind, thing = job.payload["type"], job.payload["object_id"]
        event_id = job.payload["event_id"]
        if kind.startswith("charge.dispute."):
            self._tell(GatewayDisputeChanged(event_id, thing))
            outcome = "dispute"
        elif kind.startswith("refund."):
            self._tell(GatewayRefundChanged(event_id, thing))
            outcome = "refund"
        elif kind.startswith(("payment_intent.", "checkout.session.")):
            outcome = self._sync(job)
        else:
            outcome = "not needed"
        self._note(event_id, outcome)

    def _sync(self, job: Job) -> str:
        names = [job.payload[name] for name in ("intent", "page") if name in job.payload]
        payment_id = self._payments.of_intent(*names)
        if payment_id is None:
            payment_id = self._by_our_own_id(job)
        if payment_id is None:
            if job.attempt < PATIENCE:
                raise RetryLater("about a payment that we do not know yet")
            return "unknown payment"
        try:
            return self._payments.sync(payment_id).status.value
        except GatewayUnavailable as lost:
            raise RetryLater(str(lost)) from lost

    def _by_our_own_id(self, job: Job) -> UUID | None:
        """Find the payment by the id that the gateway keeps for us: the answer was lost."""
        names = [job.payload[name] for name in ("page", "intent") if name in job.payload]
        for name in names:
            try:
                ours = self._gateway.read(name).payment_id
            except GatewayUnavailable as lost:
                raise RetryLater(str(lost), timedelta(seconds=10)) from lost
            if ours is not None:
                return UUID(ours)
        return None

    def _tell(self, event: GatewayDisputeChanged | GatewayRefundChanged) -> None:
        with self._sessions.begin() as session:
            publish(session, event, now=self._clock.now())

    def _note(self, event_id: str, outcome: str) -> None:
        with self._sessions.begin() as session:
            message = session.scalar(_stored(event_id))
            if message is not None:
                message.handled_at = self._clock.now()
                message.outcome = outcome


def _stored(event_id: str) -> Select[StoredWebhook]:
    return select(StoredWebhook).where(
        StoredWebhook.source == SOURCE, StoredWebhook.event_id == event_id
    )


def unhandled(session: Session) -> list[StoredWebhook]:
    """Return the messages that wait for their turn."""
    return list(session.scalars(select(StoredWebhook).where(StoredWebhook.handled_at.is_(None))))
