"""Tables of the HTTP toolkit."""

from datetime import datetime

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maas.db.base import Base, RowNumber


class IdempotentAnswer(Base):
    """
    The first answer to a POST with an `Idempotency-Key`.

    `status` is empty while the first request is at work; its place is free again after
    `held_until`, for the case that the process died.
    """

    __tablename__ = "idempotent_answers"
    __table_args__ = (UniqueConstraint("scope", "key"),)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    scope: Mapped[str]
    """Method, path and a digest of the caller's credentials: callers share no keys."""
    key: Mapped[str]
    fingerprint: Mapped[str]
    """Digest of the body; the same key with another body is refused."""
    created_at: Mapped[datetime]
    held_until: Mapped[datetime]
    status: Mapped[int | None]
    media_type: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


class AccessKey(Base):
    """A secret that lets a person or device of an operator act; only its digest is kept."""

    __tablename__ = "access_keys"

    digest: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    """Who it was given to."""
    operator_id: Mapped[str | None]
    rights: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
