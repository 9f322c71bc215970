"""Tickets on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

DeviceKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""32 bytes of an Ed25519 public key in base64."""


class Strict(BaseModel):
    """A body in which an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")


class ActivateBody(Strict):
    """Start the use of a ticket, on a phone or on paper."""

    device_key: DeviceKey | None = None
    """The phone's public key; without it the ticket is made for paper."""


class ReissueBody(ActivateBody):
    """Replace a lost ticket."""

    why: Annotated[str, Field(min_length=1, max_length=200)] = "lost"


class TakeBody(Strict):
    """Take a ticket from the one who gives it."""

    code: Annotated[str, Field(min_length=8, max_length=80)]


class Names(BaseModel):
    """A text in Japanese and English."""

    ja: str
    en: str


class SignedRead(BaseModel):
    """The signed code that holds."""

    form: str
    text: str
    valid_from: datetime
    valid_until: datetime
    signed_at: datetime


class TicketRead(BaseModel):
    """A ticket as its holder sees it."""

    id: UUID
    product: str
    product_version: int
    name: Names
    rider_category: str
    persons: int
    status: str
    usable_from: datetime
    usable_until: datetime
    """Before first use: when first use must happen."""
    activated_at: datetime | None
    display_s: int
    not_covered: Names
    sample: bool
    signed: SignedRead | None
    server_time: datetime
    """So that the phone knows how far its clock is off."""


class HandoverRead(BaseModel):
    """A code by which a companion takes the ticket."""

    code: str
    expires_at: datetime


class TakenRead(BaseModel):
    """A ticket that was taken, and the secret by which it is held from now on."""

    ticket_id: UUID
    secret: str


class KeysRead(BaseModel):
    """Everything that a reader without a network needs; each document is signed."""

    root: str
    test: bool
    keys: dict[str, str]
    revocations: dict[str, str]
    rules: dict[str, str]
    server_time: datetime
