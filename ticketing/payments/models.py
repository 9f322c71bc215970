"""Payments, and the inbox of webhooks."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maas.core.money import Yen
from maas.db.base import Base, RowNumber


class Method(StrEnum):
    """How the buyer pays."""

    CARD = "card"
    """Cards and the wallets that carry them; with 3-D Secure as the normal path."""
    KONBINI = "konbini"
    CHECKOUT = "checkout"
    """The gateway's own payment page."""
    PARTNER = "partner"
    """A partner sold it and owes us the price; the gateway knows nothing of it."""


class PaymentStatus(StrEnum):
    """Where an attempt to pay stands."""

    CREATED = "created"
    """Written down; the gateway may or may not have heard of it."""
    REQUIRES_METHOD = "requires-method"
    REQUIRES_ACTION = "requires-action"
    """The buyer must authenticate (3-D Secure) or has a page to finish."""
    VOUCHER_OUT = "voucher-out"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = frozenset(
    {
        PaymentStatus.CREATED,
        PaymentStatus.REQUIRES_METHOD,
        PaymentStatus.REQUIRES_ACTION,
        PaymentStatus.VOUCHER_OUT,
        PaymentStatus.PROCESSING,
    }
)
"""States from which money may still come."""


class Payment(Base):
    """
    One attempt to pay an order.

    `idempotency_key` is stored before the gateway is called, so a call whose answer was lost is
    repeated under the same key and charges once.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("order_id", "client_key"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    client_key: Mapped[str]
    """The caller's Idempotency-Key: tapping twice is one attempt."""
    method: Mapped[Method]
    status: Mapped[PaymentStatus] = mapped_column(default=PaymentStatus.CREATED)
    amount: Mapped[Yen]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    request: Mapped[dict[str, Any]]
    """What is sent to the gateway, so that a repeat sends the same."""
    gateway_id: Mapped[str | None] = mapped_column(unique=True)
    intent_id: Mapped[str | None] = mapped_column(index=True)
    """The gateway's id of the money movement, where `gateway_id` is a payment page."""
    client_secret: Mapped[str | None]
    next_action: Mapped[dict[str, Any] | None]
    failure_code: Mapped[str | None]
    created_at: Mapped[datetime]
    voucher_until: Mapped[datetime | None]
    captured_at: Mapped[datetime | None]
    synced_at: Mapped[datetime | None]


class StoredWebhook(Base):
    """A message of the gateway, stored before it is answered; unique by its event."""

    __tablename__ = "stored_webhooks"
    __table_args__ = (UniqueConstraint("source", "event_id"),)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    source: Mapped[str]
    event_id: Mapped[str]
    type: Mapped[str]
    object_id: Mapped[str | None]
    created_at: Mapped[datetime]
    """When the gateway says that it happened."""
    received_at: Mapped[datetime]
    body: Mapped[str] = mapped_column(Text)
    handled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
