"""Offers on the wire."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from maas.rest.wire import Wire
from ticketing.products.definition import RiderCategory

StopId = Annotated[str, Field(min_length=1, max_length=200)]


class SingleCreate(Wire):
    """A ride between two stops (`GET /v1/products/singles` says what it costs)."""

    origin: Annotated[StopId, Field(alias="from")]
    destination: Annotated[StopId, Field(alias="to")]
    route: Annotated[str, Field(max_length=200)] = ""
    """Needed where the fare depends on the route."""


class WishCreate(Wire):
    """A product, or a ride, for some riders."""

    product_id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,80}$")] = ""
    single: SingleCreate | None = None
    """In the place of `product_id`: a single ticket."""
    riders: Annotated[
        dict[RiderCategory, Annotated[int, Field(ge=1, le=50)]], Field(min_length=1, max_length=4)
    ]
    """How many tickets of which rider category."""
    first_day: date | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "WishCreate":
        if bool(self.product_id) == (self.single is not None):
            raise ValueError("Send either product_id or single.")
        return self


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
