"""Refunds, their attempts, and disputes."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from maas.core.money import Yen
from maas.db.base import Base, RowNumber


class RefundKind(StrEnum):
    """Why money goes back."""

    REQUESTED = "requested"
    OPERATOR_CANCELLED = "operator-cancelled"
    LATE_PAYMENT = "late-payment"
    """The money came after the order had ended, or a second time."""


class RefundStatus(StrEnum):
    """Where a refund stands."""

    OFFERED = "offered"
    """A price with a deadline; nothing has happened."""
    CONFIRMED = "confirmed"
    """The right is gone and the money is owed."""
    PENDING = "pending"
    """The gateway has it; konbini buyers must name a bank account."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """All attempts failed: the money is still owed and a person must act."""
    LAPSED = "lapsed"


class Refund(Base):
    """Money that goes back for a part of an order."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount >= 0 AND fee >= 0", name="not_negative"),
        CheckConstraint("gross = amount + fee", name="adds_up"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"), index=True)
    kind: Mapped[RefundKind]
    status: Mapped[RefundStatus]
    gross: Mapped[Yen]
    fee: Mapped[Yen]
    amount: Mapped[Yen]
    """What the buyer gets."""
    reason: Mapped[str | None]
    quote: Mapped[dict[str, Any]]
    """Per entitlement: what, how much, which fee and why, as shown to the buyer."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    attempts: Mapped[list["RefundAttempt"]] = relationship(
        order_by="RefundAttempt.number", lazy="selectin"
    )


class RefundAttempt(Base):
    """One call to the gateway, with its own idempotency key."""

    __tablename__ = "refund_attempts"
    __table_args__ = (UniqueConstraint("refund_id", "number"),)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    refund_id: Mapped[UUID] = mapped_column(ForeignKey("refunds.id"))
    number: Mapped[int]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    gateway_id: Mapped[str | None] = mapped_column(unique=True)
    failure_code: Mapped[str | None]
    created_at: Mapped[datetime]
    synced_at: Mapped[datetime | None]


class RefundItem(Base):
    """An entitlement goes back once: its id is the key of a confirmed refund."""

    __tablename__ = "refund_items"

    entitlement_id: Mapped[UUID] = mapped_column(ForeignKey("entitlements.id"), primary_key=True)
    refund_id: Mapped[UUID] = mapped_column(ForeignKey("refunds.id"), index=True)
    gross: Mapped[Yen]
    fee: Mapped[Yen]


class Dispute(Base):
    """A chargeback, as the gateway reports it."""

    __tablename__ = "disputes"

    gateway_id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"), index=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    amount: Mapped[Yen]
    reason: Mapped[str]
    status: Mapped[str]
    """`open`, `won`, `lost`."""
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
