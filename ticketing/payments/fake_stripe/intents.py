"""PaymentIntents: cards with and without 3-D Secure, declines, convenience-store vouchers."""

from typing import Any, Final

from ticketing.payments.fake_stripe.errors import Refusal, invalid, missing
from ticketing.payments.fake_stripe.moment import unix_now
from ticketing.payments.fake_stripe.params import check, yen
from ticketing.payments.fake_stripe.state import State, Thing, new_id

FEE_PER_MILLE: Final = 36
"""What Stripe takes of a card payment in Japan: 3.6 %."""

DECLINES: Final = {
    "pm_card_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_visa_chargeDeclinedLostCard": ("card_declined", "lost_card"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", None),
    "pm_card_chargeDeclinedIncorrectCvc": ("incorrect_cvc", None),
    "pm_card_chargeDeclinedProcessingError": ("processing_error", None),
}
NEEDS_3DS: Final = {"pm_card_threeDSecure2Required", "pm_card_threeDSecureRequired"}
DISPUTED: Final = {"pm_card_createDispute": "fraudulent"}
CARDS: Final = {"pm_card_visa", "pm_card_jcb", "pm_card_mastercard"} | set(DISPUTED)

MESSAGES: Final = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card.",
}


def create(state: State, given: Thing) -> Thing:
    """Create an intent, and confirm it where asked to."""
    check("payment_intents.create", given)
    narrowing = {
        "allowed_payment_method_types",
        "automatic_payment_methods",
        "excluded_payment_method_types",
        "payment_method_configuration",
    } & set(given)
    if "allowed_payment_method_types" in narrowing and len(narrowing) > 1:
        raise invalid(
            "allowed_payment_method_types cannot be used with other ways to choose methods.",
            "parameter_invalid",
            "allowed_payment_method_types",
        )
    amount = yen(given.get("amount"), given.get("currency"), "amount")
    allowed = list((given.get("allowed_payment_method_types") or {"0": "card"}).values())
    intent = new_intent(state, amount, allowed, given)
    state.emit("payment_intent.created", intent)
    if given.get("confirm") == "true":
        return _confirm(state, intent, given)
    if intent["payment_method"]:
        intent["status"] = "requires_confirmation"
    return intent


def new_intent(state: State, amount: int, allowed: list[str], given: Thing) -> Thing:
    """Keep a new intent."""
    identity = new_id("pi_")
    return state.add(
        {
            "id": identity,
            "object": "payment_intent",
            "amount": amount,
            "amount_received": 0,
            "cancellation_reason": None,
            "canceled_at": None,
            "capture_method": "automatic_async",
            "client_secret": f"{identity}_secret_{new_id('')}",
            "confirmation_method": "automatic",
            "created": unix_now(),
            "currency": "jpy",
            "description": given.get("description"),
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": dict(given.get("metadata") or {}),
            "next_action": None,
            "payment_method": given.get("payment_method"),
            "payment_method_types": allowed,
            "receipt_email": given.get("receipt_email"),
            "status": "requires_payment_method",
        }
    )


def confirm(state: State, intent_id: str, given: Thing) -> Thing:
    """Confirm an intent."""
    check("payment_intents.confirm", given)
    return _confirm(state, state.get(intent_id, "payment_intent"), given)


def _confirm(state: State, intent: Thing, given: Thing) -> Thing:
    if intent["status"] not in {
        "requires_payment_method",
        "requires_confirmation",
        "requires_action",
    }:
        raise Refusal(
            400,
            "invalid_request_error",
            f"This PaymentIntent has a status of {intent['status']} and cannot be confirmed.",
            "payment_intent_unexpected_state",
            payment_intent=dict(intent),
        )
    data: dict[str, Any] = given.get("payment_method_data") or {}
    if data.get("type") == "konbini":
        return _voucher(state, intent, data, given)
    method = given.get("payment_method") or intent["payment_method"]
    if not method:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            "payment_intent_unexpected_state",
        )
    if method not in CARDS | NEEDS_3DS | set(DECLINES):
        raise missing(str(method))
    if "card" not in intent["payment_method_types"]:
        raise invalid(
            "The PaymentMethod provided (card) is not allowed for this PaymentIntent.",
            "payment_intent_incompatible_payment_method",
            "payment_method",
        )
    intent["payment_method"] = method
    if method in DECLINES:
        code, reason = DECLINES[method]
        _decline(state, intent, code, reason)
        raise Refusal(
            402,
            "card_error",
            intent["last_payment_error"]["message"],
            code,
            decline_code=reason,
            payment_intent=dict(intent),
        )
    if method in NEEDS_3DS:
        if not given.get("return_url"):
            raise invalid(
                "A `return_url` must be specified because this card may redirect.",
                "parameter_missing",
                "return_url",
            )
        intent["status"] = "requires_action"
        intent["_return_url"] = given["return_url"]
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {
                "url": f"{state.base_url}/_fake/3ds/{intent['id']}",
                "return_url": given["return_url"],
            },
        }
        state.emit("payment_intent.requires_action", intent)
        return intent
    return take(state, intent)


def _voucher(state: State, intent: Thing, data: Thing, given: Thing) -> Thing:
    if "konbini" not in intent["payment_method_types"]:
        raise invalid(
            "The PaymentMethod provided (konbini) is not allowed for this PaymentIntent.",
            "payment_intent_incompatible_payment_method",
            "payment_method_data",
        )
    who = data.get("billing_details") or {}
    for name in ("name", "email"):
        if not who.get(name):
            raise invalid(
                f"Missing required param: payment_method_data[billing_details][{name}].",
                "parameter_missing",
                f"payment_method_data[billing_details][{name}]",
            )
    if intent["amount"] < 120 or intent["amount"] > 300_000:
        code = "amount_too_small" if intent["amount"] < 120 else "amount_too_large"
        raise invalid("Konbini takes ¥120 to ¥300,000.", code, "amount")
    options = ((given.get("payment_method_options") or {}).get("konbini")) or {}
    days = int(options.get("expires_after_days", 3))
    if not 0 <= days <= 60:
        raise invalid("expires_after_days must be from 0 to 60.", "parameter_invalid_integer")
    ends = int(options.get("expires_at") or unix_now() + days * 86_400)
    intent["payment_method"] = new_id("pm_")
    intent["status"] = "requires_action"
    store = {"confirmation_number": "1234567890", "payment_code": "123456"}
    intent["next_action"] = {
        "type": "konbini_display_details",
        "konbini_display_details": {
            "expires_at": ends,
            "hosted_voucher_url": f"{state.base_url}/_fake/voucher/{intent['id']}",
            "stores": {"familymart": store, "lawson": store, "ministop": store, "seicomart": store},
        },
    }
    state.emit("payment_intent.requires_action", intent)
    return intent


def take(state: State, intent: Thing) -> Thing:
    """Charge the intent: what a card without hindrance, a finished 3-D Secure or a till does."""
    charge = _charge(state, intent, succeeded=True)
    fee = intent["amount"] * FEE_PER_MILLE // 1000
    charge["balance_transaction"] = state.move_money("charge", charge["id"], intent["amount"], fee)[
        "id"
    ]
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        next_action=None,
        last_payment_error=None,
    )
    state.emit("charge.succeeded", charge)
    state.emit("payment_intent.succeeded", intent)
    return intent


def fail(state: State, intent: Thing, code: str, reason: str | None = None) -> Thing:
    """Let an authentication fail or a voucher run out."""
    _decline(state, intent, code, reason)
    return intent


def _decline(state: State, intent: Thing, code: str, reason: str | None) -> None:
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_payment_error={
            "type": "card_error",
            "code": code,
            "decline_code": reason,
            "message": MESSAGES.get(reason or code, "Your card was declined."),
        },
    )
    _charge(state, intent, succeeded=False)
    state.emit("payment_intent.payment_failed", intent)


def _charge(state: State, intent: Thing, *, succeeded: bool) -> Thing:
    charge = state.add(
        {
            "id": new_id("ch_"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": intent["amount"] if succeeded else 0,
            "amount_refunded": 0,
            "balance_transaction": None,
            "captured": succeeded,
            "created": unix_now(),
            "currency": "jpy",
            "disputed": False,
            "livemode": False,
            "metadata": dict(intent["metadata"]),
            "paid": succeeded,
            "payment_intent": intent["id"],
            "payment_method": intent["payment_method"],
            "refunded": False,
            "status": "succeeded" if succeeded else "failed",
        }
    )
    intent["latest_charge"] = charge["id"]
    return charge


def cancel(state: State, intent_id: str, given: Thing) -> Thing:
    """Cancel an intent that has brought no money."""
    check("payment_intents.cancel", given)
    intent = state.get(intent_id, "payment_intent")
    if intent["status"] in {"succeeded", "canceled"}:
        raise Refusal(
            400,
            "invalid_request_error",
            f"You cannot cancel this PaymentIntent: its status is {intent['status']}.",
            "payment_intent_unexpected_state",
            payment_intent=dict(intent),
        )
    intent.update(
        status="canceled",
        cancellation_reason=given.get("cancellation_reason"),
        canceled_at=unix_now(),
        next_action=None,
    )
    state.emit("payment_intent.canceled", intent)
    return intent
