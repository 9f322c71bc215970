"""Who buys."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Mapped, mapped_column

from maas.db.base import Base


class Customer(Base):
    """A contact for one order: no account, no password, nothing that the ticket does not need."""

    __tablename__ = "customers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str]
    name: Mapped[str | None]
    """For the receipt (宛名); a ticket does not need it."""
    language: Mapped[str]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    """When e-mail and name were removed; the order and its receipt stay (電帳法)."""
