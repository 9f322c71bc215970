"""Offers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from maas.core.money import Yen
from maas.db.base import Base


class Offer(Base):
    """A price for these riders, held until `expires_at`. Nothing in it is ever edited."""

    __tablename__ = "offers"
    __table_args__ = (CheckConstraint("total >= 0", name="total_not_negative"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    total: Mapped[Yen]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    lines: Mapped[list["OfferLine"]] = relationship(order_by="OfferLine.position", lazy="selectin")


class OfferLine(Base):
    """One product for one kind of rider."""

    __tablename__ = "offer_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("price = unit_price * quantity", name="price_adds_up"),
        ForeignKeyConstraint(
            ["product_id", "product_version"],
            ["product_versions.product_id", "product_versions.version"],
        ),
    )

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[str]
    product_version: Mapped[int]
    rider_category: Mapped[str]
    persons: Mapped[int]
    """Riders on one ticket."""
    quantity: Mapped[int]
    unit_price: Mapped[Yen]
    price: Mapped[Yen]
    first_day: Mapped[date | None]
    tax_percent: Mapped[int]
    details: Mapped[dict[str, Any]]
    """Names, price per component, what is covered and what is not: as shown to the buyer."""
