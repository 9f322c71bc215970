"""What the orders slice tells the others."""

from dataclasses import dataclass
from typing import ClassVar

from maas.core.events import Event


@dataclass(frozen=True, slots=True)
class OrderPaid(Event):
    """The whole price has come in: issue the entitlements."""

    kind: ClassVar[str] = "order-paid"
    order_id: str

    @property
    def key(self) -> str:
        """Once per order."""
        return self.order_id


@dataclass(frozen=True, slots=True)
class OrderEnded(Event):
    """The order was cancelled or ran out before it was paid; its places are free again."""

    kind: ClassVar[str] = "order-ended"
    order_id: str
    status: str

    @property
    def key(self) -> str:
        """Once per order: it ends once."""
        return self.order_id
