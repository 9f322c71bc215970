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
        """Once per entitlement: it ends once."""
        return self.entitlement_id
