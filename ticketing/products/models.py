"""Tables of the catalogue."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maas.db.base import Base, RowNumber


class ProductVersion(Base):
    """A published version. Never changed: a new rule is a new version."""

    __tablename__ = "product_versions"
    __table_args__ = (UniqueConstraint("number", "version"),)

    product_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    sample: Mapped[bool]
    definition: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    """When the sale of this version ended; what was bought stays valid."""


class QuotaBucket(Base):
    """
    What is left of a quota: of a product, or of one first day.

    `sold` counts what is held and what is paid. It grows by one conditional UPDATE in the
    order's transaction, and the check below is the second lock on the same door.
    """

    __tablename__ = "quota_buckets"
    __table_args__ = (
        CheckConstraint("sold >= 0", name="sold_not_negative"),
        CheckConstraint("sold <= size", name="not_oversold"),
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    """`<product>` or `<product>@<first day>`."""
    size: Mapped[int]
    sold: Mapped[int] = mapped_column(default=0)
