"""Products on the wire."""

from datetime import date
from typing import Any

from pydantic import BaseModel

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


class PlacesLeft(BaseModel):
    """What is left of a quota."""

    product_id: str
    first_day: date | None
    left: int | None
    """None where the product has no quota."""
