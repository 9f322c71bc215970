"""
Single fares as the feeds publish them: the port through which they come in.

Whoever knows the feeds (`maas.adapters.feed_fares`) fills it; this package knows no feed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from maas.core.money import Yen


@dataclass(frozen=True, slots=True)
class SingleFare:
    """One published price from one fare zone to another."""

    feed: str
    fare_id: str
    operator_id: str
    operator_name: str
    origin_zone: str
    origin_name: str
    destination_zone: str
    destination_name: str
    yen: Yen
    route_id: str = ""
    """Only on this route; empty: on every route of the operator."""
    sample: bool = False
    """Whether the feed is made up."""


class FareSource(Protocol):
    """Knows published single fares."""

    def single_fares(self) -> Sequence[SingleFare]:
        """Return every fare that can be sold as a ticket, in the feed's order."""
        ...
