"""
Stripe behind the port: the only importer of its SDK (beside the fake, which reads its types).

The API version is pinned. Since `2026-09-30.endive` Stripe refuses `payment_method_types`;
`allowed_payment_method_types` is what narrows the methods. Retries are ours, under keys that are
stored before the call, so the SDK's own retries are off.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import stripe

from maas.core.money import Yen
from ticketing.payments.gateway import (
    BadSignature,
    Charge,
    GatewayDispute,
    GatewayMovement,
    GatewayPayment,
    GatewayRefund,
    GatewayRefused,
    GatewayUnavailable,
    WebhookMessage,
)
from ticketing.payments.models import Method, PaymentStatus

API_VERSION: Final = "2026-10-28.endive"
"""What this code was written for; a test fails when the SDK moves on."""

TOLERANCE_S: Final = 300
"""A message older, or from further in the future, is refused. The SDK takes future ones."""

Answer = TypeVar("Answer")

STATUS: Final = {
    "requires_payment_method": PaymentStatus.REQUIRES_METHOD,
    "requires_confirmation": PaymentStatus.REQUIRES_METHOD,
    "requires_action": PaymentStatus.REQUIRES_ACTION,
    "requires_capture": PaymentStatus.PROCESSING,
    "processing": PaymentStatus.PROCESSING,
    "succeeded": PaymentStatus.SUCCEEDED,
    "canceled": PaymentStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class StripeKeys:
    """How to reach Stripe; `base_url` is set for the fake server only."""

    api_key: str
    webhook_secret: str = ""
    base_url: str = ""
    timeout_s: float = 20.0


class StripeGateway:
    """Stripe as a `PaymentGateway`."""

    def __init__(self, keys: StripeKeys) -> None:
        if keys.base_url and not keys.api_key.startswith("sk_test_"):
            raise ValueError("Another server than Stripe's own is only for test keys (sk_test_…).")
        addresses: Any = {"api": keys.base_url} if keys.base_url else None
        client = stripe.StripeClient(
            keys.api_key,
            stripe_version=API_VERSION,
            base_addresses=addresses,
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=keys.timeout_s),
        )
        self._keys = keys
        self._api: Any = client.v1

    @property
    def webhook_enabled(self) -> bool:
        """Whether there is a secret: an empty one would verify anything."""
        return bool(self._keys.webhook_secret.strip())

    def start(self, charge: Charge, idempotency_key: str) -> GatewayPayment:
        """Create (and where the browser gave a token, confirm) an intent, or a payment page."""
        options = {"idempotency_key": idempotency_key}
        try:
            if charge.method is Method.CHECKOUT:
                page = _call(lambda: self._api.checkout.sessions.create(_page(charge), options))
                return _of_page(page)
            return _of_intent(
                _call(lambda: self._api.payment_intents.create(_intent(charge), options))
            )
        except _Declined as declined:
            return declined.payment

    def read(self, gateway_id: str) -> GatewayPayment:
        """Say how an intent or a page stands."""
        if gateway_id.startswith("cs_"):
            return _of_page(_call(lambda: self._api.checkout.sessions.retrieve(gateway_id)))
        return _of_intent(_call(lambda: self._api.payment_intents.retrieve(gateway_id)))

    def cancel(self, gateway_id: str, idempotency_key: str) -> GatewayPayment:
        """Cancel an intent or close a page; one that is paid is read instead."""
        options = {"idempotency_key": idempotency_key}
        try:
            if gateway_id.startswith("cs_"):
                return _of_page(
                    _call(lambda: self._api.checkout.sessions.expire(gateway_id, {}, options))
                )
            asked = {"cancellation_reason": "abandoned"}
            return _of_intent(
                _call(lambda: self._api.payment_intents.cancel(gateway_id, asked, options))
            )
        except GatewayRefused:
            return self.read(gateway_id)

    def find(self, payment_id: str) -> GatewayPayment | None:
        """Look through the newest intents for our own id (Stripe's search lags by a minute)."""
        found = _call(lambda: self._api.payment_intents.list({"limit": 100}))
        for intent in found.data:
            if _plain(intent.metadata).get("payment_id") == payment_id:
                return _of_intent(intent)
        return None

    def refund(self, intent_id: str, amount: Yen, idempotency_key: str) -> GatewayRefund:
        """Pay back a part of an intent."""
        asked = {
            "payment_intent": intent_id,
            "amount": amount,
            "metadata": {"attempt": idempotency_key},
        }
        options = {"idempotency_key": idempotency_key}
        return _of_refund(_call(lambda: self._api.refunds.create(asked, options)))

    def find_refund(self, intent_id: str, idempotency_key: str) -> GatewayRefund | None:
        """Look through the refunds of an intent for the key that we kept with each."""
        asked = {"payment_intent": intent_id, "limit": 100}
        for refund in _call(lambda: self._api.refunds.list(asked)).data:
            if _plain(refund.metadata).get("attempt") == idempotency_key:
                return _of_refund(refund)
        return None

    def read_refund(self, gateway_id: str) -> GatewayRefund:
        """Say how a refund stands."""
        return _of_refund(_call(lambda: self._api.refunds.retrieve(gateway_id)))

    def read_dispute(self, gateway_id: str) -> GatewayDispute:
        """Say how a chargeback stands."""
        dispute = _call(lambda: self._api.disputes.retrieve(gateway_id))
        return GatewayDispute(
            gateway_id=dispute.id,
            intent_id=_id(dispute.payment_intent),
            amount=Yen(dispute.amount),
            reason=dispute.reason,
            status=dispute.status,
        )

    def movements(self, since: datetime) -> list[GatewayMovement]:
        """Return the balance transactions since an instant, oldest first."""
        asked = {
            "limit": 100,
            "created": {"gte": int(since.timestamp())},
            "expand": ["data.source"],
        }
        page = _call(lambda: self._api.balance_transactions.list(asked))
        rows = _call(lambda: list(page.auto_paging_iter()))
        found = [
            GatewayMovement(
                gateway_id=row.id,
                kind=row.type,
                source_id=_id(row.source),
                amount=Yen(row.amount),
                fee=Yen(row.fee),
                created=_instant(row.created),
                source_kind=_plain(row.source).get("object", ""),
                intent_id=_id(_plain(row.source).get("payment_intent")),
            )
            for row in rows
        ]
        return sorted(found, key=lambda row: (row.created, row.gateway_id))

    def open_webhook(self, body: bytes, signature: str, now: datetime) -> WebhookMessage:
        """Check the signature, refuse what is too old or from the future, and read the message."""
        try:
            text = body.decode("utf-8")
            stripe.WebhookSignature.verify_header(text, signature, self._keys.webhook_secret)
            sent = int(next(part[2:] for part in signature.split(",") if part.startswith("t=")))
            if abs(now.timestamp() - sent) > TOLERANCE_S:
                raise BadSignature("The message is not of this time.")
            event = json.loads(text)
            thing = event["data"]["object"]
            return WebhookMessage(
                event_id=str(event["id"]),
                type=str(event["type"]),
                object_id=str(thing["id"]),
                created=_instant(event["created"]),
                body=text,
                related=_related(thing),
            )
        except (stripe.SignatureVerificationError, StopIteration) as error:
            raise BadSignature("The signature is wrong.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadSignature("The message cannot be read.") from error


class _Declined(Exception):
    def __init__(self, payment: GatewayPayment) -> None:
        super().__init__(payment.failure_code)
        self.payment = payment


def _call(ask: Callable[[], Answer]) -> Answer:
    """Call Stripe, and say what its errors mean: nothing happened, declined, or unknown."""
    try:
        return ask()
    except stripe.CardError as error:
        said: Any = error.json_body or {}
        intent = said.get("error", {}).get("payment_intent")
        if intent is None:
            raise GatewayRefused(str(error.code), str(error.user_message)) from error
        raise _Declined(_of_intent(_Attributes(intent))) from error
    except (stripe.InvalidRequestError, stripe.IdempotencyError) as error:
        raise GatewayRefused(str(error.code or "invalid"), str(error.user_message)) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise GatewayUnavailable("The gateway does not accept our key.") from error
    except stripe.StripeError as error:
        raise GatewayUnavailable(type(error).__name__) from error


class _Attributes(dict[str, Any]):
    """A plain JSON object that reads like the SDK's."""

    def __getattr__(self, name: str) -> Any:
        value = self.get(name)
        return _Attributes(value) if isinstance(value, dict) else value


def _intent(charge: Charge) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "amount": charge.amount,
        "currency": "jpy",
        "description": charge.description,
        "metadata": _metadata(charge),
        "allowed_payment_method_types": ["konbini" if charge.method is Method.KONBINI else "card"],
    }
    if charge.buyer_email:
        asked["receipt_email"] = charge.buyer_email
    if charge.method is Method.KONBINI:
        who = {"name": charge.buyer_name or charge.buyer_email, "email": charge.buyer_email}
        asked["payment_method_data"] = {"type": "konbini", "billing_details": who}
        asked["payment_method_options"] = {"konbini": {"expires_at": charge.voucher_until}}
        asked["confirm"] = True
    elif charge.token:
        asked |= {"payment_method": charge.token, "confirm": True}
        asked["return_url"] = charge.return_url
        # 3-D Secure is the rule in Japan since March 2025: ask for it whenever it is possible.
        asked["payment_method_options"] = {"card": {"request_three_d_secure": "any"}}
    return asked


def _page(charge: Charge) -> dict[str, Any]:
    separator = "&" if "?" in charge.return_url else "?"
    asked: dict[str, Any] = {
        "mode": "payment",
        # A voucher is started by ourselves: its places are held, and it ends before the first day.
        "allowed_payment_method_types": ["card"],
        "client_reference_id": charge.order_id,
        "success_url": f"{charge.return_url}{separator}paid=1",
        "cancel_url": f"{charge.return_url}{separator}paid=0",
        "locale": charge.language if charge.language in {"ja", "en"} else "auto",
        "metadata": _metadata(charge),
        "payment_intent_data": {"metadata": _metadata(charge)},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "jpy",
                    "unit_amount": charge.amount,
                    "product_data": {"name": charge.description},
                },
            }
        ],
    }
    if charge.buyer_email:
        asked["customer_email"] = charge.buyer_email
    if charge.page_until:
        asked["expires_at"] = charge.page_until
    return asked


def _metadata(charge: Charge) -> dict[str, str]:
    return {
        "payment_id": charge.payment_id,
        "order_id": charge.order_id,
        "order_number": charge.order_number,
    }


def _of_intent(intent: Any) -> GatewayPayment:
    status = STATUS.get(intent.status, PaymentStatus.PROCESSING)
    action = _plain(intent.next_action) or None
    voucher = (action or {}).get("konbini_display_details") or {}
    error = _plain(getattr(intent, "last_payment_error", None))
    if voucher:
        status = PaymentStatus.VOUCHER_OUT
    if error and status is PaymentStatus.REQUIRES_METHOD:
        status = PaymentStatus.FAILED
    return GatewayPayment(
        gateway_id=intent.id,
        intent_id=intent.id,
        status=status,
        received=Yen(intent.amount_received or 0),
        client_secret=intent.client_secret,
        next_action=action,
        voucher_until=_instant(voucher["expires_at"]) if voucher.get("expires_at") else None,
        failure_code=(error.get("decline_code") or error.get("code")) if error else None,
        payment_id=_plain(intent.metadata).get("payment_id"),
    )


def _of_page(page: Any) -> GatewayPayment:
    if page.payment_status == "paid":
        status = PaymentStatus.SUCCEEDED
    elif page.status == "expired":
        status = PaymentStatus.CANCELLED
    elif page.status == "complete":
        status = PaymentStatus.PROCESSING
    else:
        status = PaymentStatus.REQUIRES_ACTION
    paid = status is PaymentStatus.SUCCEEDED
    url = {"type": "redirect_to_url", "redirect_to_url": {"url": page.url}} if page.url else None
    return GatewayPayment(
        gateway_id=page.id,
        intent_id=_id(page.payment_intent) or None,
        status=status,
        received=Yen(page.amount_total if paid else 0),
        next_action=None if paid else url,
        payment_id=_plain(page.metadata).get("payment_id"),
    )


def _of_refund(refund: Any) -> GatewayRefund:
    return GatewayRefund(
        gateway_id=refund.id,
        status=refund.status,
        amount=Yen(refund.amount),
        failure_code=getattr(refund, "failure_reason", None),
        refund_attempt=_plain(refund.metadata).get("attempt"),
    )


def _related(thing: dict[str, Any]) -> dict[str, str]:
    kind = thing.get("object")
    intent = thing["id"] if kind == "payment_intent" else _id(thing.get("payment_intent"))
    found = {"intent": intent, "page": thing["id"] if kind == "checkout.session" else ""}
    return {name: value for name, value in found.items() if value}


def _plain(value: Any) -> dict[str, Any]:
    if value is None or isinstance(value, str):
        return {}
    plain: dict[str, Any] = dict(value) if isinstance(value, dict) else value.to_dict()
    return plain


def _id(value: Any) -> str:
    """Return the id of what may be an id or the object itself."""
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value["id"])


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
