"""Offers on the wire."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from maas.rest.wire import Wire
from ticketing.offers.service import Wish
from ticketing.products.definition import RiderCategory


class WishCreate(Wire):
    """A product for some riders."""

    product_id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,80}$")]
    riders: Annotated[
        dict[RiderCategory, Annotated[int, Field(ge=1, le=50)]], Field(min_length=1, max_length=4)
    ]
    """How many tickets of which rider category."""
    first_day: date | None = None

    def to_wish(self) -> Wish:
        """Return what the service takes."""
        return Wish(self.product_id, dict(self.riders), self.first_day)


class OfferCreate(Wire):
    """A basket."""

    items: Annotated[list[WishCreate], Field(min_length=1, max_length=20)]


class LineRead(BaseModel):
    """One product for one kind of rider."""

    model_config = ConfigDict(from_attributes=True)

    product_id: str
    product_version: int
    rider_category: str
    persons: int
    quantity: int
    unit_price: int
    price: int
    first_day: date | None
    tax_percent: int
    details: dict[str, Any]


class OfferRead(BaseModel):
    """A price that holds until `expires_at`."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    total: int
    currency: str = "JPY"
    created_at: datetime
    expires_at: datetime
    lines: list[LineRead]
