"""Products on the wire."""

from datetime import date
from typing import Any

from pydantic import BaseModel

from ticketing.fares.singles import SingleFare
from ticketing.products.definition import Definition, Localized


class ProductRead(BaseModel):
    """A product as a list shows it."""

    id: str
    version: int
    number: int
    sample: bool
    kind: str
    name: Localized
    summary: Localized
    covers: Localized
    not_covered: Localized
    start: str
    counting: dict[str, Any]
    prices: list[dict[str, Any]]
    sold_ahead_days: int

    @classmethod
    def of(cls, definition: Definition) -> "ProductRead":
        """Shape a definition for the list."""
        return cls(
            id=definition.id,
            version=definition.version,
            number=definition.number,
            sample=definition.sample,
            kind=definition.kind,
            name=definition.name,
            summary=definition.summary,
            covers=definition.area.description,
            not_covered=definition.not_covered,
            start=definition.start,
            counting=definition.counting.model_dump(mode="json"),
            prices=[price.model_dump(mode="json") for price in definition.riders],
            sold_ahead_days=definition.calendar.sold_ahead_days,
        )


class ProductList(BaseModel):
    """Everything that is on sale."""

    products: list[ProductRead]


class SingleRead(BaseModel):
    """What one ride costs, and on which routes."""

    operator_id: str
    operator_name: Localized
    origin: str
    origin_name: Localized
    destination: str
    destination_name: Localized
    yen: int
    """For an adult."""
    child_yen: int | None
    """For a child; None where no price for children is published: then no ticket is sold."""
    routes: list[str]
    """Only on these; empty: on every route of the operator."""
    sample: bool

    @classmethod
    def of(cls, fare: SingleFare) -> "SingleRead":
        """Shape a fare for the list."""
        return cls(
            operator_id=fare.operator_id,
            operator_name=fare.operator_name,
            origin=fare.origin,
            origin_name=fare.origin_name,
            destination=fare.destination,
            destination_name=fare.destination_name,
            yen=fare.yen,
            child_yen=fare.child_yen,
            routes=list(fare.routes),
            sample=fare.sample,
        )


class SingleList(BaseModel):
    """The fares between two stops, cheapest first."""

    singles: list[SingleRead]


class PlacesLeft(BaseModel):
    """What is left of a quota."""

    product_id: str
    first_day: date | None
    left: int | None
    """None where the product has no quota."""
