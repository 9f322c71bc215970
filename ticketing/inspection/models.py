"""Tables of inspection: scans as facts, and cases for a person."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maas.db.base import Base, RowNumber


class Scan(Base):
    """
    One scan of one device. It happened, so it is kept whatever it says.

    The device's verdict and the server's are kept apart: an offline green that should have been
    red is a fact about the list that the device had, not a scan that did not happen.
    """

    __tablename__ = "scans"
    __table_args__ = (
        UniqueConstraint("device_id", "nonce"),
        Index("ix_scans_serial", "serial", "scanned_at"),
    )

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    device_id: Mapped[str]
    nonce: Mapped[str]
    """Chosen by the device: uploading again is once."""
    operator_id: Mapped[str]
    scanned_at: Mapped[datetime]
    """The device's clock, set right by what it knew of the server's."""
    received_at: Mapped[datetime]
    online: Mapped[bool]
    serial: Mapped[bytes | None] = mapped_column(LargeBinary(12))
    """None where no signature held: nothing of a forged code is kept but its hash."""
    text_hash: Mapped[str]
    place: Mapped[dict[str, Any]]
    device_verdict: Mapped[str]
    """Empty where the device asked the server."""
    server_verdict: Mapped[str]
    list_version: Mapped[int] = mapped_column(RowNumber)
    """The revocation list that the device had."""
    accepted: Mapped[bool]
    """Whether the rider rode: green or amber on the device, or on the server when online."""


class Case(Base):
    """Two things that cannot both be right, for a person to look at; never a punishment."""

    __tablename__ = "inspection_cases"
    __table_args__ = (UniqueConstraint("kind", "serial", "first_scan", "second_scan"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    """`two-places`, `accepted-revoked`, `verdicts-differ`, `used-too-often`."""
    serial: Mapped[bytes] = mapped_column(LargeBinary(12))
    first_scan: Mapped[int] = mapped_column(ForeignKey("scans.number"))
    second_scan: Mapped[int] = mapped_column(ForeignKey("scans.number"))
    """The same as `first_scan` where one scan is the case."""
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    outcome: Mapped[str | None]
