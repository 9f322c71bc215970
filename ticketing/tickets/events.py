"""What the tickets slice tells the others."""

from dataclasses import dataclass
from typing import ClassVar

from maas.core.events import Event


@dataclass(frozen=True, slots=True)
class EntitlementIssued(Event):
    """A right exists and is paid for: sign its ticket."""

    kind: ClassVar[str] = "entitlement-issued"
    entitlement_id: str
    order_id: str

    @property
    def key(self) -> str:
        """Once per entitlement."""
        return self.entitlement_id


@dataclass(frozen=True, slots=True)
class EntitlementEnded(Event):
    """A right was refunded or revoked: put its tickets on the revocation list."""

    kind: ClassVar[str] = "entitlement-ended"
    entitlement_id: str
    order_id: str
    reason: str

    @property
    def key(self) -> str:
        """Once per reason: what a won chargeback restored may end again."""
        return f"{self.entitlement_id}:{self.reason}"


@dataclass(frozen=True, slots=True)
class EntitlementRestored(Event):
    """A right that a chargeback took holds again: sign a new ticket where one was shown."""

    kind: ClassVar[str] = "entitlement-restored"
    entitlement_id: str
    order_id: str
    reason: str

    @property
    def key(self) -> str:
        """Once per chargeback."""
        return f"{self.entitlement_id}:{self.reason}"
