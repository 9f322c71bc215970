"""
Tables of access.

A staff account is a mail address and a role, nothing else; deleting it deletes the person. Links
are kept as digests only, work once and end soon; a session is an access key that ends.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maas.db.base import Base

SUBJECT: Final = "staff-"


class Role(StrEnum):
    """What a person works for; who has no account is nobody."""

    COUNCIL = "council"
    OPERATOR = "operator"


class StaffAccount(Base):
    """A person of the council or of one company."""

    __tablename__ = "staff_accounts"
    __table_args__ = (UniqueConstraint("email"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str]
    """In small letters."""
    role: Mapped[Role]
    company_id: Mapped[UUID | None] = mapped_column(ForeignKey("companies.id"))
    created_at: Mapped[datetime]

    @property
    def subject(self) -> str:
        """Return how steps and keys name the account: nothing of the person."""
        return f"{SUBJECT}{self.id}"


class Invitation(Base):
    """The council asks a person of a company to join; the link is mailed and works once."""

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("digest"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    email: Mapped[str]
    """Emptied when the invitation is used or taken back."""
    digest: Mapped[str | None]
    """Of the link's secret; empty until a link was made. A new link replaces the one before."""
    invited_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignInLink(Base):
    """A link by mail that opens a session once."""

    __tablename__ = "sign_in_links"

    digest: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
