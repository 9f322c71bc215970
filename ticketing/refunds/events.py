"""What the refunds slice tells the others."""

from dataclasses import dataclass
from typing import ClassVar

from maas.core.events import Event


@dataclass(frozen=True, slots=True)
class RefundPaid(Event):
    """Money went back."""

    kind: ClassVar[str] = "refund-paid"
    refund_id: str
    order_id: str
    amount: int

    @property
    def key(self) -> str:
        """Once per refund."""
        return self.refund_id


@dataclass(frozen=True, slots=True)
class RefundNeedsPerson(Event):
    """Every attempt failed, or the buyer must name a bank account."""

    kind: ClassVar[str] = "refund-needs-person"
    refund_id: str
    reason: str

    @property
    def key(self) -> str:
        """Once per refund and reason."""
        return f"{self.refund_id}:{self.reason}"
