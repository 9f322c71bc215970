"""Refunds with their limits, and disputes."""

from typing import Any

from ticketing.payments.fake_stripe.errors import invalid, missing
from ticketing.payments.fake_stripe.moment import unix_now
from ticketing.payments.fake_stripe.params import check
from ticketing.payments.fake_stripe.state import State, Thing, new_id

DISPUTE_FEE = 1_300


def create(state: State, given: Thing) -> Thing:
    """Pay back a part of a charge; konbini buyers are asked for a bank account first."""
    check("refunds.create", given)
    charge = _charge(state, given)
    left = charge["amount"] - charge["amount_refunded"]
    if charge["disputed"]:
        raise invalid("This charge has been charged back.", "charge_disputed")
    if left == 0:
        raise invalid("Charge has already been refunded.", "charge_already_refunded")
    amount = int(given.get("amount", left))
    if amount <= 0:
        raise invalid("Invalid positive integer", "parameter_invalid_integer", "amount")
    if amount > left:
        raise invalid(
            f"Refund amount (¥{amount:,}) is greater than unrefunded amount on charge (¥{left:,})",
            None,
            "amount",
        )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    intent = state.get(charge["payment_intent"], "payment_intent")
    by_bank = "konbini" in intent["payment_method_types"]
    refund = state.add(
        {
            "id": new_id("re_"),
            "object": "refund",
            "amount": amount,
            "charge": charge["id"],
            "created": unix_now(),
            "currency": "jpy",
            "failure_reason": None,
            "metadata": dict(given.get("metadata") or {}),
            "payment_intent": charge["payment_intent"],
            "reason": given.get("reason"),
            "receipt_number": None,
            "status": "requires_action" if by_bank else "succeeded",
        }
    )
    if not by_bank:
        state.move_money("refund", refund["id"], -amount)
    state.emit("refund.created", refund)
    state.emit("charge.refunded", charge)
    if state.faults.refund_fails > 0:
        state.faults.refund_fails -= 1
        fail(state, refund)
    return refund


def _charge(state: State, given: Thing) -> Thing:
    if given.get("charge"):
        return state.get(given["charge"], "charge")
    intent = state.get(given.get("payment_intent"), "payment_intent")
    if intent["status"] != "succeeded":
        raise invalid(
            "This PaymentIntent does not have a successful charge to refund.",
            "payment_intent_unexpected_state",
        )
    charge = state.things.get(intent["latest_charge"])
    if charge is None:
        raise missing(intent["id"])
    return charge


def fail(state: State, refund: Thing) -> None:
    """Let a refund fail, as a closed card account does days later."""
    charge = state.get(refund["charge"], "charge")
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    if refund["status"] == "succeeded":
        state.move_money("refund_failure", refund["id"], refund["amount"])
    refund.update(status="failed", failure_reason="expired_or_canceled_card")
    state.emit("refund.failed", refund)
    state.emit("refund.updated", refund)


def settle(state: State, refund: Thing) -> None:
    """Finish a refund that waited for a bank account."""
    if refund["status"] in {"requires_action", "pending"}:
        refund["status"] = "succeeded"
        state.move_money("refund", refund["id"], -refund["amount"])
        state.emit("refund.updated", refund)


def open_dispute(state: State, charge: Thing, reason: str) -> Thing:
    """Charge back what is left of a charge."""
    amount = charge["amount"] - charge["amount_refunded"]
    if charge["disputed"] or amount <= 0:
        raise invalid("There is nothing to dispute.")
    charge["disputed"] = True
    dispute = state.add(
        {
            "id": new_id("du_"),
            "object": "dispute",
            "amount": amount,
            "charge": charge["id"],
            "created": unix_now(),
            "currency": "jpy",
            "is_charge_refundable": False,
            "livemode": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
        }
    )
    state.move_money("adjustment", dispute["id"], -amount, DISPUTE_FEE)
    state.emit("charge.dispute.created", dispute)
    state.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(state: State, dispute: Thing, *, won: bool) -> Thing:
    """Decide a dispute."""
    if dispute["status"] not in {"needs_response", "under_review"}:
        raise invalid("The dispute is closed.")
    dispute["status"] = "won" if won else "lost"
    if won:
        charge = state.get(dispute["charge"], "charge")
        charge["disputed"] = False
        state.move_money("adjustment", dispute["id"], dispute["amount"])
        state.emit("charge.dispute.funds_reinstated", dispute)
    state.emit("charge.dispute.closed", dispute)
    return dispute


def accept_dispute(state: State, dispute_id: str, given: Thing) -> Thing:
    """Give a dispute up (`disputes.close`)."""
    check("disputes.close", given)
    return close_dispute(state, state.get(dispute_id, "dispute"), won=False)


def listing(url: str, rows: list[Any]) -> Thing:
    """Return a page of objects in Stripe's shape."""
    return {"object": "list", "url": url, "has_more": False, "data": rows}
