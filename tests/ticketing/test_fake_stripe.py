"""The fake refuses what Stripe refuses, and remembers what Stripe remembers."""

import time

import httpx2
import pytest
import stripe

from ticketing.payments.fake_stripe import FakeStripe
from ticketing.payments.stripe_gateway import API_VERSION


@pytest.fixture
def fake():
    with FakeStripe(version=API_VERSION) as running:
        yield running


@pytest.fixture
def api(fake):
    client = stripe.StripeClient(
        "sk_test_x",
        base_addresses={"api": fake.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=10),
    )
    return client.v1


def create(api, options=None, **given):
    return api.payment_intents.create({"amount": 12_000, "currency": "jpy"} | given, options or {})


def hand(fake, path, **form):
    return httpx2.post(f"{fake.url}/_fake/{path}", data=form)


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({"payment_metod": "x"}, "parameter_unknown", "payment_metod"),
        (
            {"payment_method_types": ["card"]},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"amount": 100.5}, "parameter_invalid_integer", "amount"),
        ({"currency": "zzz"}, "parameter_invalid", "currency"),
        ({"confirm": "perhaps"}, "parameter_invalid_boolean", "confirm"),
        (
            {"payment_method_data": {"type": "card", "billing_details": {"nmae": "x"}}},
            "parameter_unknown",
            "payment_method_data[billing_details][nmae]",
        ),
        ({"payment_method_options": "card"}, "parameter_invalid_hash", "payment_method_options"),
        (
            {
                "allowed_payment_method_types": ["card"],
                "automatic_payment_methods": {"enabled": True},
            },
            "parameter_invalid",
            "allowed_payment_method_types",
        ),
    ],
)
def test_wrong_parameters_are_refused_as_stripe_refuses_them(api, given, code, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        create(api, **given)

    assert (refused.value.code, refused.value.param) == (code, param)


def test_a_missing_parameter_is_named(api):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.payment_intents.create({"currency": "jpy"})

    assert (refused.value.code, refused.value.param) == ("parameter_missing", "amount")


def test_a_live_key_is_turned_away(fake):
    client = stripe.StripeClient("sk_live_x", base_addresses={"api": fake.url})
    with pytest.raises(stripe.AuthenticationError):
        client.v1.payment_intents.retrieve("pi_x")


def test_another_api_version_is_refused(fake):
    client = stripe.StripeClient(
        "sk_test_x", base_addresses={"api": fake.url}, stripe_version="2024-06-20"
    )
    with pytest.raises(stripe.InvalidRequestError, match="version"):
        client.v1.payment_intents.retrieve("pi_x")


def test_the_same_key_gives_the_same_object_and_other_parameters_an_error(api):
    first = create(api, {"idempotency_key": "k"})
    again = create(api, {"idempotency_key": "k"})

    assert first.id == again.id
    with pytest.raises(stripe.IdempotencyError):
        create(api, {"idempotency_key": "k"}, amount=500)


def test_an_answer_that_was_kept_as_500_stays_500_for_its_key(fake, api):
    hand(fake, "faults", keep_500="1")
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            create(api, {"idempotency_key": "k"})

    assert len(api.payment_intents.list({"limit": 10}).data) == 1


def test_a_card_succeeds_and_its_fee_is_3_6_percent(api):
    intent = create(api, payment_method="pm_card_visa", confirm=True)
    [line] = api.balance_transactions.list({"limit": 10}).data

    assert intent.status == "succeeded"
    assert (line.amount, line.fee, line.net) == (12_000, 432, 11_568)  # 12,000 × 36 ÷ 1,000


def test_a_decline_is_a_card_error_with_the_intent_in_it(api):
    with pytest.raises(stripe.CardError) as declined:
        create(api, payment_method="pm_card_visa_chargeDeclinedLostCard", confirm=True)

    body = declined.value.json_body["error"]
    assert (declined.value.http_status, body["decline_code"]) == (402, "lost_card")
    assert body["payment_intent"]["status"] == "requires_payment_method"


def test_three_d_secure_waits_for_the_buyer(fake, api):
    given = {"payment_method": "pm_card_threeDSecure2Required", "confirm": True}
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        create(api, **given)
    intent = create(api, **given, return_url="https://a.example/")

    assert intent.status == "requires_action"
    hand(fake, f"3ds/{intent.id}")
    assert api.payment_intents.retrieve(intent.id).status == "succeeded"


def konbini(**changes):
    who = {"name": "九州", "email": "a@example.jp"}
    data = {"type": "konbini", "billing_details": who}
    given = {"allowed_payment_method_types": ["konbini"], "confirm": True}
    return given | {"payment_method_data": data} | changes


def test_a_konbini_voucher_is_paid_at_a_till(fake, api):
    intent = create(api, **konbini())
    details = intent.next_action.konbini_display_details
    assert intent.status == "requires_action"
    assert abs(details.expires_at - time.time() - 3 * 86_400) < 60
    hand(fake, f"till/{intent.id}")
    assert api.payment_intents.retrieve(intent.id).amount_received == 12_000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 119}, "amount_too_small"),
        ({"amount": 300_001}, "amount_too_large"),
        (
            {"payment_method_data": {"type": "konbini", "billing_details": {"name": "x"}}},
            "parameter_missing",
        ),
        (
            {"allowed_payment_method_types": ["card"]},
            "payment_intent_incompatible_payment_method",
        ),
    ],
)
def test_konbini_has_limits_of_its_own(api, changes, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        create(api, **konbini(**changes))
    assert refused.value.code == code


def paid(api):
    return create(api, payment_method="pm_card_visa", confirm=True)


def test_refunds_stop_at_what_was_charged(api):
    intent = paid(api)
    part = api.refunds.create({"payment_intent": intent.id, "amount": 3_000})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        api.refunds.create({"payment_intent": intent.id, "amount": 9_001})
    rest = api.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"payment_intent": intent.id})

    assert (part.amount, rest.amount) == (3_000, 9_000)
    assert refused.value.code == "charge_already_refunded"


def test_a_disputed_charge_cannot_be_refunded_until_it_is_won(fake, api):
    intent = paid(api)
    dispute = hand(fake, f"dispute/{intent.id}").json()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_disputed"

    hand(fake, f"decide/{dispute['id']}", won="1")
    assert api.refunds.create({"payment_intent": intent.id}).status == "succeeded"


def test_a_paid_intent_cannot_be_cancelled_nor_a_cancelled_one_confirmed(api):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.payment_intents.cancel(paid(api).id)
    assert refused.value.code == "payment_intent_unexpected_state"

    cancelled = api.payment_intents.cancel(create(api).id)
    with pytest.raises(stripe.InvalidRequestError):
        api.payment_intents.confirm(cancelled.id, {"payment_method": "pm_card_visa"})


def page(api, **changes):
    item = {
        "quantity": 2,
        "price_data": {"currency": "jpy", "unit_amount": 6_000, "product_data": {"name": "券"}},
    }
    given = {"mode": "payment", "success_url": "https://a.example/", "line_items": [item]}
    return api.checkout.sessions.create(given | changes)


def test_a_page_is_paid_once_or_expired_once(fake, api):
    opened = page(api)
    assert (opened.amount_total, opened.payment_status) == (12_000, "unpaid")
    hand(fake, f"checkout/{opened.id}")
    assert api.checkout.sessions.retrieve(opened.id).payment_status == "paid"
    with pytest.raises(stripe.InvalidRequestError):
        api.checkout.sessions.expire(opened.id)


@pytest.mark.parametrize("seconds", [60, 25 * 3600])
def test_a_page_stays_open_between_half_an_hour_and_a_day(api, seconds):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        page(api, expires_at=int(time.time()) + seconds)
    assert refused.value.param == "expires_at"


def test_a_page_takes_no_list_of_method_types(api):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        page(api, payment_method_types=["card"])
    assert refused.value.param == "payment_method_types"


def test_unknown_paths_and_ids_are_not_found(fake, api):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.payment_intents.retrieve("pi_nothing")
    assert refused.value.http_status == 404
    assert hand(fake, "nothing/x").status_code == 404


def test_a_browser_authenticates_on_a_page_and_comes_back_to_the_shop(fake, api):
    given = {"payment_method": "pm_card_threeDSecure2Required", "confirm": True}
    intent = create(api, **given, return_url="https://shop.example/back")
    address = intent.next_action.redirect_to_url.url

    shown = httpx2.get(address)
    assert "¥12,000" in shown.text
    assert "text/html" in shown.headers["content-type"]
    pressed = httpx2.post(address, data={"ok": "1", "from_page": "1"})
    assert (pressed.status_code, pressed.headers["location"]) == (303, "https://shop.example/back")
    assert api.payment_intents.retrieve(intent.id).status == "succeeded"
