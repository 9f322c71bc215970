"""Orders on the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from maas.rest.wire import Wire
from ticketing.offers.schemas import LineRead
from ticketing.orders.models import OrderStatus

_MARK = r"""[^@\s\x00-\x1f\x7f,;:<>()\[\]"\\]"""
"""None that a mail's header reads as a second address, a name or a comment."""
_LAST = _MARK.replace("@", "@.")
Email = Annotated[
    str, Field(pattern=rf"^{_MARK}{{1,64}}@{_MARK}{{1,180}}\.{_LAST}{{2,}}$", max_length=250)
]


class BuyerCreate(Wire):
    """Who buys."""

    email: Email
    name: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,100}$")] | None = None
    """As it is printed on the receipt: one line, without control characters."""
    language: Literal["ja", "en"] = "ja"


class OrderCreate(Wire):
    """Buy what was offered."""

    offer_ids: Annotated[list[UUID], Field(min_length=1, max_length=10)]
    buyer: BuyerCreate
    terms_accepted: bool
    """The buyer saw the final confirmation (特商法) and accepted it."""


class OrderRead(BaseModel):
    """An order as its buyer sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    status: OrderStatus
    total: int
    currency: str = "JPY"
    created_at: datetime
    hold_until: datetime
    paid_at: datetime | None
    ended_at: datetime | None
    lines: list[LineRead]
    confirmation: dict[str, Any]


class OrderPlaced(OrderRead):
    """A new order with its secret, which is told this once."""

    secret: str


class EntitlementRead(BaseModel):
    """A right that was bought."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    product_id: str
    product_version: int
    rider_category: str
    persons: int
    price: int
    first_day: date | None
    status: str
    issued_at: datetime
    activated_at: datetime | None


class EntitlementList(BaseModel):
    """The rights of an order."""

    entitlements: list[EntitlementRead]
