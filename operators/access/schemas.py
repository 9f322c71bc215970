"""Signing in on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from operators.access.models import Role
from operators.access.service import SignedIn
from operators.registry.schemas import Read, Short, Strict
from operators.registry.service import Confirmed

Address = Annotated[str, Field(min_length=3, max_length=200)]
Secret = Annotated[str, Field(min_length=8, max_length=200)]


class InvitationCreate(Strict):
    """Whom to invite."""

    email: Address


class InvitationRead(Read):
    """An invitation as the council sees it."""

    id: UUID
    email: str
    """Empty once it was used or taken back."""
    invited_by: str
    created_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


class LinkUse(Strict):
    """The secret of a link."""

    token: Secret


class InvitationAccept(LinkUse):
    """The secret of an invitation, and the company as its own staff says it is."""

    name: Short
    name_kana: Annotated[str, Field(max_length=255)] = ""
    name_en: Annotated[str, Field(max_length=255)] = ""
    corporate_number: Annotated[str, Field(max_length=40)] = ""
    registration_number: Annotated[str, Field(max_length=40)] = ""
    modes: Annotated[tuple[str, ...], Field(max_length=10)] = ()
    prefectures: Annotated[tuple[str, ...], Field(max_length=20)] = ()

    def confirmed(self) -> Confirmed:
        """Return what was confirmed."""
        return Confirmed(
            name=self.name,
            name_kana=self.name_kana,
            name_en=self.name_en,
            corporate_number=self.corporate_number,
            registration_number=self.registration_number,
            modes=self.modes,
            prefectures=self.prefectures,
        )


class SignInAsk(Strict):
    """Where to send a link."""

    email: Address


class SessionRead(BaseModel):
    """A session; the key is shown once and goes into `Authorization: Bearer`."""

    access_key: str
    expires_at: datetime
    role: Role
    company: str

    @classmethod
    def of(cls, signed_in: SignedIn) -> "SessionRead":
        """Return a session."""
        return cls(
            access_key=signed_in.secret,
            expires_at=signed_in.expires_at,
            role=signed_in.role,
            company=signed_in.company,
        )


class StaffRead(Read):
    """An account of a company."""

    id: UUID
    email: str
    created_at: datetime
