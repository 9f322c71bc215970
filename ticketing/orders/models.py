"""Orders."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from maas.core.money import Yen
from maas.db.base import Base, RowNumber


class OrderStatus(StrEnum):
    """Where an order stands."""

    AWAITING_PAYMENT = "awaiting-payment"
    PAYMENT_PENDING = "payment-pending"
    """A voucher is out (konbini): seats are held until it ends."""
    PAID = "paid"
    FULFILLED = "fulfilled"
    """Its entitlements are issued."""
    PARTLY_REFUNDED = "partly-refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged-back"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Order(Base):
    """
    The purchase of one or more offers at the prices that they held.

    An order is never deleted: before payment it is cancelled or expires, after payment it is
    refunded.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("total >= 0", name="total_not_negative"),
        Index("ix_orders_status_hold", "status", "hold_until"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str] = mapped_column(unique=True)
    """Short code that a person can read aloud."""
    secret_digest: Mapped[str]
    """Whoever holds the secret may see the order; only its digest is kept."""
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    status: Mapped[OrderStatus] = mapped_column(default=OrderStatus.AWAITING_PAYMENT)
    total: Mapped[Yen]
    created_at: Mapped[datetime]
    hold_until: Mapped[datetime]
    """Seats and prices are held until then; a konbini voucher moves it."""
    paid_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    confirmation: Mapped[dict[str, Any]]
    """What the buyer confirmed (特商法 最終確認画面), word for word."""
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.id", lazy="selectin")


class OrderKey(Base):
    """A further secret that opens an order: the one in the link of a mail to its buyer."""

    __tablename__ = "order_keys"

    digest: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    mail: Mapped[str] = mapped_column(index=True)
    """Which mail carried it: the key of its job."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    """When the mail was handed over; a mail that has one is not sent again."""


class OrderLine(Base):
    """One product for one kind of rider, as bought."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("price = unit_price * quantity", name="price_adds_up"),
        ForeignKeyConstraint(
            ["product_id", "product_version"],
            ["product_versions.product_id", "product_versions.version"],
        ),
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"))
    product_id: Mapped[str]
    product_version: Mapped[int]
    rider_category: Mapped[str]
    persons: Mapped[int]
    quantity: Mapped[int]
    unit_price: Mapped[Yen]
    price: Mapped[Yen]
    first_day: Mapped[date | None]
    tax_percent: Mapped[int]
    details: Mapped[dict[str, Any]]


class OrderedOffer(Base):
    """An offer is bought once: its id is the key."""

    __tablename__ = "ordered_offers"

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)


class QuotaHold(Base):
    """Places of a quota that an order has taken; given back once (`released_at`)."""

    __tablename__ = "quota_holds"
    __table_args__ = (CheckConstraint("places > 0", name="places_positive"),)

    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), primary_key=True)
    bucket_id: Mapped[int] = mapped_column(ForeignKey("quota_buckets.id"), index=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    places: Mapped[int]
    released_at: Mapped[datetime | None]
