"""
The port to whoever moves the money.

`ticketing.payments.stripe_gateway` satisfies it; `ticketing.payments.fake_stripe` is the server
that the same gateway talks to in demos and tests.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from maas.core.money import Yen
from ticketing.payments.models import Method, PaymentStatus

NOTHING: Final = Yen(0)


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be paid, and how. It is stored before it is sent, so it holds plain values."""

    payment_id: str
    order_id: str
    order_number: str
    amount: Yen
    method: Method
    description: str
    return_url: str
    token: str | None = None
    """The browser's payment-method token; without it the browser confirms by client secret."""
    buyer_email: str = ""
    buyer_name: str = ""
    language: str = "ja"
    voucher_until: int | None = None
    """Unix time at which a convenience-store voucher ends."""
    page_until: int | None = None
    """Unix time at which a payment page closes."""


@dataclass(frozen=True, slots=True)
class GatewayPayment:
    """What the gateway says of a payment now."""

    gateway_id: str
    status: PaymentStatus
    intent_id: str | None = None
    received: Yen = NOTHING
    client_secret: str | None = None
    next_action: dict[str, Any] | None = None
    voucher_until: datetime | None = None
    failure_code: str | None = None
    payment_id: str | None = None
    """Our own id, as the gateway kept it for us."""


@dataclass(frozen=True, slots=True)
class GatewayRefund:
    """What the gateway says of a refund now."""

    gateway_id: str
    status: str
    """`pending`, `requires_action`, `succeeded`, `failed`, `canceled`."""
    amount: Yen
    failure_code: str | None = None
    refund_attempt: str | None = None
    """Our own idempotency key, as the gateway kept it for us."""


@dataclass(frozen=True, slots=True)
class GatewayDispute:
    """What the gateway says of a chargeback now."""

    gateway_id: str
    intent_id: str
    amount: Yen
    reason: str
    status: str


@dataclass(frozen=True, slots=True)
class GatewayMovement:
    """A line of the gateway's own account, for reconciliation."""

    gateway_id: str
    kind: str
    source_id: str
    amount: Yen
    fee: Yen
    """What the gateway kept of it."""
    created: datetime
    source_kind: str = ""
    """`charge`, `refund`, `dispute`, …"""
    intent_id: str = ""
    """The payment that it belongs to; empty where it belongs to none."""


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """A message whose signature was right."""

    event_id: str
    type: str
    object_id: str
    created: datetime
    body: str
    related: dict[str, str] = field(default_factory=dict)
    """Ids that the message names: `intent`, `payment`."""


class GatewayUnavailable(Exception):
    """No answer, or none that says what happened: the call may have taken effect."""


class GatewayRefused(Exception):
    """The gateway said no, and nothing happened."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BadSignature(Exception):
    """A message that is not the gateway's, or not of this time."""


class PaymentGateway(Protocol):
    """Starts, reads and ends payments; pays back; reads messages."""

    def start(self, charge: Charge, idempotency_key: str) -> GatewayPayment:
        """Begin to take the money; a declined card is an answer, not an error."""
        ...

    def read(self, gateway_id: str) -> GatewayPayment:
        """Say how a payment stands."""
        ...

    def cancel(self, gateway_id: str, idempotency_key: str) -> GatewayPayment:
        """Make sure that no money comes any more; where it has come, say so."""
        ...

    def find(self, payment_id: str) -> GatewayPayment | None:
        """Look for a payment by our own id, after a call whose answer was lost for good."""
        ...

    def refund(self, intent_id: str, amount: Yen, idempotency_key: str) -> GatewayRefund:
        """Pay back a part of a payment."""
        ...

    def find_refund(self, intent_id: str, idempotency_key: str) -> GatewayRefund | None:
        """Look for a refund by the key of its attempt, after an answer that was lost."""
        ...

    def read_refund(self, gateway_id: str) -> GatewayRefund:
        """Say how a refund stands."""
        ...

    def read_dispute(self, gateway_id: str) -> GatewayDispute:
        """Say how a chargeback stands."""
        ...

    def movements(self, since: datetime) -> list[GatewayMovement]:
        """Return the gateway's account since an instant, oldest first."""
        ...

    def open_webhook(self, body: bytes, signature: str, now: datetime) -> WebhookMessage:
        """Check a message's signature and time, and read it."""
        ...

    @property
    def webhook_enabled(self) -> bool:
        """Whether there is a secret; without one the endpoint does not exist."""
        ...
