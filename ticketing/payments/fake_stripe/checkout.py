"""Checkout: the gateway's own payment page."""

from ticketing.payments.fake_stripe import intents
from ticketing.payments.fake_stripe.errors import invalid
from ticketing.payments.fake_stripe.moment import unix_now
from ticketing.payments.fake_stripe.params import check, yen
from ticketing.payments.fake_stripe.state import State, Thing, new_id


def create(state: State, given: Thing) -> Thing:
    """Open a page."""
    check("checkout.sessions.create", given)
    if given.get("mode") != "payment":
        raise invalid("Only `payment` is known here.", "parameter_invalid", "mode")
    if not given.get("success_url"):
        raise invalid("Missing required param: success_url.", "parameter_missing", "success_url")
    if not given.get("line_items"):
        raise invalid("Missing required param: line_items.", "parameter_missing", "line_items")
    total = 0
    for index, item in given["line_items"].items():
        price = item.get("price_data") or {}
        path = f"line_items[{index}][price_data]"
        if not (price.get("product_data") or {}).get("name") and not price.get("product"):
            raise invalid(f"Missing required param: {path}[product_data].", "parameter_missing")
        unit = yen(price.get("unit_amount", ""), price.get("currency"), f"{path}[unit_amount]")
        total += unit * int(item.get("quantity", 1))
    now = unix_now()
    ends = int(given.get("expires_at") or now + 86_400)
    if not now + 29 * 60 <= ends <= now + 86_460:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from creation.",
            None,
            "expires_at",
        )
    identity = new_id("cs_test_")
    session = state.add(
        {
            "id": identity,
            "object": "checkout.session",
            "amount_subtotal": total,
            "amount_total": total,
            "client_reference_id": given.get("client_reference_id"),
            "created": now,
            "currency": "jpy",
            "expires_at": ends,
            "livemode": False,
            "metadata": dict(given.get("metadata") or {}),
            "mode": "payment",
            "payment_intent": None,
            "payment_status": "unpaid",
            "status": "open",
            "success_url": given["success_url"],
            "url": f"{state.base_url}/_fake/checkout/{identity}",
        }
    )
    session["_intent_metadata"] = dict(
        (given.get("payment_intent_data") or {}).get("metadata") or {}
    )
    return session


def pay(state: State, session: Thing, method: str) -> Thing:
    """Do what a buyer does on the page."""
    _expire_if_over(state, session)
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.")
    given = {"metadata": session["_intent_metadata"], "payment_method": method}
    intent = intents.new_intent(state, session["amount_total"], ["card"], given)
    session["payment_intent"] = intent["id"]
    intents._confirm(state, intent, {"return_url": session["success_url"]})  # noqa: SLF001
    if intent["status"] == "succeeded":
        complete(state, session)
    return session


def complete(state: State, session: Thing) -> None:
    """Close a page whose money is in."""
    session.update(status="complete", payment_status="paid", url=None)
    state.emit("checkout.session.completed", session)


def of_intent(state: State, intent: Thing) -> Thing | None:
    """Return the page that an intent belongs to, or None."""
    pages = state.of_kind("checkout.session")
    return next((page for page in pages if page["payment_intent"] == intent["id"]), None)


def expire(state: State, session_id: str, given: Thing) -> Thing:
    """Close a page that nobody has paid."""
    check("checkout.sessions.expire", given)
    session = state.get(session_id, "checkout.session")
    _expire_if_over(state, session)
    if session["status"] != "open":
        raise invalid('Only Checkout Sessions with a status in ["open"] can be expired.')
    _close(state, session)
    return session


def read(state: State, session_id: str) -> Thing:
    """Return a page as it is now."""
    session = state.get(session_id, "checkout.session")
    _expire_if_over(state, session)
    return session


def _expire_if_over(state: State, session: Thing) -> None:
    if session["status"] == "open" and session["expires_at"] <= unix_now():
        _close(state, session)


def _close(state: State, session: Thing) -> None:
    session.update(status="expired", url=None)
    state.emit("checkout.session.expired", session)
