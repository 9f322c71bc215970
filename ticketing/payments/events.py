"""What the payments slice tells the others."""

from dataclasses import dataclass
from typing import ClassVar

from maas.core.events import Event


@dataclass(frozen=True, slots=True)
class MoneyArrivedLate(Event):
    """Money came for an order that had ended, or a second time: it must go back."""

    kind: ClassVar[str] = "money-arrived-late"
    payment_id: str
    order_id: str
    amount: int

    @property
    def key(self) -> str:
        """Once per payment: it captures once."""
        return self.payment_id


@dataclass(frozen=True, slots=True)
class VoucherOut(Event):
    """A convenience-store voucher waits for its money."""

    kind: ClassVar[str] = "voucher-out"
    payment_id: str
    order_id: str

    @property
    def key(self) -> str:
        """Once per payment: a voucher is issued once."""
        return self.payment_id


@dataclass(frozen=True, slots=True)
class GatewayRefundChanged(Event):
    """The gateway has news of a refund; whoever made it must look."""

    kind: ClassVar[str] = "gateway-refund-changed"
    event_id: str
    gateway_id: str

    @property
    def key(self) -> str:
        """Once per message."""
        return self.event_id


@dataclass(frozen=True, slots=True)
class GatewayDisputeChanged(Event):
    """The gateway has news of a chargeback."""

    kind: ClassVar[str] = "gateway-dispute-changed"
    event_id: str
    gateway_id: str

    @property
    def key(self) -> str:
        """Once per message."""
        return self.event_id
