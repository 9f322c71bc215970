"""Tables of signed tickets: what was handed out, and what no longer holds."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from maas.db.base import Base, RowNumber


class TicketForm(StrEnum):
    """How a ticket is shown."""

    PHONE = "phone"
    PAPER = "paper"


class SignedTicket(Base):
    """
    One signed code. An entitlement has at most one that holds.

    `text` is what the phone keeps or the paper shows; it can be signed again from the row, but
    handing out the same bytes makes a repeated call harmless.
    """

    __tablename__ = "signed_tickets"
    __table_args__ = (
        # The second lock on the same door: two codes for one right would be two rides.
        Index(
            "uq_signed_tickets_current",
            "entitlement_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    entitlement_id: Mapped[UUID] = mapped_column(ForeignKey("entitlements.id"), index=True)
    serial: Mapped[bytes] = mapped_column(LargeBinary(12), unique=True)
    form: Mapped[TicketForm]
    device_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Empty on paper."""
    text: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    signed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None]


class RevokedSerial(Base):
    """A serial that no longer holds; append-only."""

    __tablename__ = "revoked_serials"

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    serial: Mapped[bytes] = mapped_column(LargeBinary(12), unique=True)
    valid_until: Mapped[datetime]
    """After it the list need not carry the serial: the ticket has expired."""
    revoked_at: Mapped[datetime]
    why: Mapped[str]


class Handover(Base):
    """A ticket on its way to a companion (分配): whoever shows the code takes it, once."""

    __tablename__ = "handovers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    entitlement_id: Mapped[UUID] = mapped_column(ForeignKey("entitlements.id"), index=True)
    code_digest: Mapped[str] = mapped_column(unique=True)
    """Of the code that the companion types or scans."""
    holder_digest: Mapped[str | None]
    """Of the secret that the companion got when he took it."""
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
