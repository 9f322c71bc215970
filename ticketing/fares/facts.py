"""What a fare depends on."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RideFact:
    """One ride of a journey, in the words of its feed: ids without the feed's tag."""

    feed: str
    route: str
    agency: str
    stops: tuple[str, ...]
    """Every stop from boarding to alighting, both included."""
    departure: datetime
    """Zoned in the time zone of the boarding stop."""
    arrival: datetime
    trip: str = ""
    """Empty for a run that the timetable does not know (added in real time): no fare is known."""


@dataclass(frozen=True, slots=True)
class Price:
    """One way to pay for something; `amount` is in the smallest unit of the currency (yen)."""

    product: str
    name: str
    amount: int
    currency: str
    decimals: int
    """How many digits of `amount` stand behind the point: 0 for yen, 2 for euro."""
    medium: str = ""
    medium_type: int | None = None
    rider_category: str = ""
    """Empty: for everybody."""
    default_category: bool = True
    """Whether an adult without any concession pays it."""
    for_children: bool = False
    """Whether it is what a child without any concession pays (小児運賃)."""
