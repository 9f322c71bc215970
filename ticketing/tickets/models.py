"""The right that was bought, independent of the ticket that proves it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maas.core.money import Yen
from maas.db.base import Base


class EntitlementStatus(StrEnum):
    """Where an entitlement stands."""

    ISSUED = "issued"
    """Paid for, not used: may be refunded by the product's rule."""
    ACTIVE = "active"
    """First use has started its clock."""
    USED = "used"
    """Its days or rides are used up, or its time is over."""
    REFUNDED = "refunded"
    REVOKED = "revoked"
    """Taken back: chargeback, misuse, reissue."""


class Entitlement(Base):
    """
    One ticket's worth of right: `(order_line_id, position)` is unique, so issuing again is once.

    What the holder may do follows from the product version; this row only knows what happened.
    """

    __tablename__ = "entitlements"
    __table_args__ = (
        UniqueConstraint("order_line_id", "position"),
        CheckConstraint("price >= 0", name="price_not_negative"),
        ForeignKeyConstraint(
            ["product_id", "product_version"],
            ["product_versions.product_id", "product_versions.version"],
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    position: Mapped[int]
    product_id: Mapped[str]
    product_version: Mapped[int]
    rider_category: Mapped[str]
    persons: Mapped[int]
    price: Mapped[Yen]
    first_day: Mapped[date | None]
    status: Mapped[EntitlementStatus] = mapped_column(default=EntitlementStatus.ISSUED)
    issued_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """When it was refunded, revoked or used up."""
