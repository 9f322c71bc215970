"""Kinds of the council's background work, for whoever records or does it."""

from dataclasses import dataclass
from typing import Any, Final

IMPACT: Final = "council.impact"
QUALITY: Final = "council.quality"
JOINS: Final = "council.joins"
KINDS: Final = (IMPACT, QUALITY, JOINS)


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work: its kind, what makes it the same work again, and what it needs to know."""

    kind: str
    subject: str
    payload: dict[str, Any]

    @property
    def key(self) -> str:
        """Return the key of its outbox row."""
        return f"{self.kind}:{self.subject}"
