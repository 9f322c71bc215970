"""Refunds on the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from maas.rest.wire import Wire
from ticketing.refunds.policy import Cause


class RefundCreate(Wire):
    """Ask what would go back."""

    order_id: UUID
    entitlement_ids: Annotated[list[UUID], Field(min_length=1, max_length=50)] | None = None
    """All of the order's where nothing is named."""
    cause: Cause = Cause.BUYER
    """`operator-cancelled` needs the right `refunds:write`."""
    reason: Annotated[str, Field(max_length=200)] | None = None


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
