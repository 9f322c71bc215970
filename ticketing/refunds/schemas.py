"""Refunds on the wire."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from maas.rest.wire import Wire
from ticketing.products.definition import MONEY_LIMIT
from ticketing.refunds.policy import Cause


class RefundCreate(Wire):
    """Ask what would go back."""

    order_id: UUID
    entitlement_ids: Annotated[list[UUID], Field(min_length=1, max_length=50)] | None = None
    """All of the order's where nothing is named."""
    cause: Cause = Cause.BUYER
    """`operator-cancelled` needs the right `refunds:write`."""
    reason: Annotated[str, Field(max_length=200)] | None = None
    yen_by_hand: Annotated[int, Field(ge=1, le=MONEY_LIMIT)] | None = None
    """Per ticket, decided by a person, where the product's rule says `by-hand`."""


class CancelledService(Wire):
    """A service that its operator stopped: every ticket that cannot be used goes back."""

    product_id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,80}$")]
    first_day: date | None = None
    """Only tickets for this first day; None: all that are still good."""
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class OrdersConcerned(BaseModel):
    """How many orders are being refunded."""

    orders: int


class PaidByTransfer(Wire):
    """A person paid a refund that the gateway could not, from our bank account."""

    reference: Annotated[str, Field(min_length=1, max_length=100)]
    """Of the transfer, for the books."""


class RefundList(BaseModel):
    """Refunds in one state, or of one order."""

    refunds: list["RefundRead"]


class RefundRead(BaseModel):
    """A refund: an offer until it is confirmed."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    order_id: UUID
    kind: str
    status: str
    gross: int
    fee: int
    amount: int
    currency: str = "JPY"
    quote: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None
    paid_at: datetime | None
