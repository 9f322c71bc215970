"""Payments on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from maas.rest.wire import Wire
from ticketing.payments.failures import words
from ticketing.payments.models import Method, Payment


class CheckoutCreate(Wire):
    """Pay an order."""

    order_id: UUID
    method: Literal[Method.CARD, Method.KONBINI, Method.CHECKOUT] = Method.CARD
    token: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,200}$")] | None = None
    """The browser's payment-method token; without it the browser confirms by `client_secret`."""
    return_url: Annotated[str, Field(pattern=r"^https?://[^\s]{1,500}$")]


class FailureRead(BaseModel):
    """Why an attempt failed, in words for the buyer."""

    code: str
    ja: str
    en: str


class PaymentRead(BaseModel):
    """One attempt to pay."""

    id: UUID
    order_id: UUID
    method: str
    status: str
    amount: int
    currency: str = "JPY"
    client_secret: str | None
    next_action: dict[str, Any] | None
    failure: FailureRead | None
    voucher_until: datetime | None

    @classmethod
    def of(cls, payment: Payment) -> "PaymentRead":
        """Shape a payment; the client secret is of use only while it is open."""
        failure = None
        if payment.failure_code:
            said = words(payment.failure_code)
            failure = FailureRead(code=payment.failure_code, ja=said["ja"], en=said["en"])
        return cls(
            id=payment.id,
            order_id=payment.order_id,
            method=payment.method.value,
            status=payment.status.value,
            amount=payment.amount,
            client_secret=payment.client_secret,
            next_action=payment.next_action,
            failure=failure,
            voucher_until=payment.voucher_until,
        )


class WebhookTaken(BaseModel):
    """The message is stored."""

    stored: bool
    """False where it was stored before."""
