"""What the council's figures are counted from, in its own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from maas.core.money import Yen

UNKNOWN: Final = "unknown"
"""In the place of what nobody asked or nobody knows; it is shown as such."""


@dataclass(frozen=True, slots=True)
class Sale:
    """A pass or ticket, on the day on which its money came."""

    day: date
    product: str
    persons: int
    yen: Yen
    language: str
    """In which the buyer bought: all that is known of where buyers come from."""


@dataclass(frozen=True, slots=True)
class Return:
    """Money that went back for a pass, on the day on which it was owed."""

    day: date
    product: str
    yen: Yen
    fee: Yen


@dataclass(frozen=True, slots=True)
class Ride:
    """An accepted check of a pass: a ride, as far as anybody knows."""

    day: date
    product: str
    ticket: str
    """The same for all rides of one pass; never shown."""
    operator: str
    mode: str
    """As the reader said, or the operator's only one, else `UNKNOWN`."""
    prefecture: str
    language: str
    from_zone: str = UNKNOWN
    """Municipality where the ride began."""
    to_zone: str = UNKNOWN


class Activity(Protocol):
    """Where the figures come from; days are Japanese, first and last included."""

    def sales(self, first: date, last: date) -> Sequence[Sale]:
        """Return what was sold."""
        ...

    def returns(self, first: date, last: date) -> Sequence[Return]:
        """Return what was paid back."""
        ...

    def rides(self, first: date, last: date) -> Sequence[Ride]:
        """Return the rides of these days."""
        ...

    def product_names(self) -> dict[str, str]:
        """Return the Japanese name of every product."""
        ...
