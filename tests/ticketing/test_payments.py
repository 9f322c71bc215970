"""Every scenario of paying: what the fake gateway does, and what must come out of it."""

import json
import random
import uuid
from datetime import datetime, timedelta

import pytest
import stripe
from sqlalchemy import func, select, text, update

from maas.core.clock import JAPAN
from tests.support.shop import ALL_MODES, RETURN, SECRET, key
from ticketing.orders.models import Order
from ticketing.payments.gateway import GatewayRefused
from ticketing.payments.models import Payment, StoredWebhook
from ticketing.payments.stripe_gateway import API_VERSION, StripeGateway, StripeKeys
from ticketing.refunds.models import Refund

THREE_DS = "pm_card_threeDSecure2Required"
POOR = "pm_card_visa_chargeDeclinedInsufficientFunds"


def intent(payment):
    return payment.json()["client_secret"].split("_secret")[0]


def end_hold(shop, order):
    """Let the order's time run out, as the clock would."""
    with shop.sessions.begin() as session:
        session.execute(update(Order).values(hold_until=shop.clock.now()))
        session.execute(text("UPDATE outbox SET run_after = created_at WHERE done_at IS NULL"))
    shop.work()


def late_refunds(shop):
    with shop.sessions() as session:
        return [
            (row.kind.value, row.status.value, row.amount)
            for row in session.scalars(select(Refund))
        ]


def test_the_pinned_api_version_is_the_sdks():
    assert stripe.api_version == API_VERSION, "read Stripe's changelog, then move the pin"


def test_three_d_secure_is_the_normal_path(shop):
    order = shop.order()
    payment = shop.pay(order, THREE_DS)

    assert payment.json()["status"] == "requires-action"
    assert shop.read(order)["status"] == "awaiting-payment"
    shop.hand(f"3ds/{intent(payment)}")
    shop.deliver()
    shop.work()
    assert shop.read(order)["status"] == "fulfilled"
    assert shop.audit() == []


def test_the_buyer_who_comes_back_before_the_webhook_sees_that_he_has_paid(shop):
    order = shop.order()
    payment = shop.pay(order, THREE_DS).json()
    shop.hand(f"3ds/{payment['client_secret'].split('_secret')[0]}")

    path = f"/checkout/{payment['id']}"
    refreshed = shop.client.post(f"{path}/refresh", headers=shop.auth(order) | key())

    assert refreshed.json()["status"] == "succeeded"
    shop.deliver()
    shop.work()
    assert shop.balances() == {"gateway_clearing": 12_000, "pass_liability": -12_000}


def test_a_failed_authentication_leaves_the_order_open_for_another_card(shop):
    order = shop.order()
    shop.hand(f"3ds/{intent(shop.pay(order, THREE_DS))}", ok="0")
    shop.deliver()
    shop.work()
    assert shop.read(order)["status"] == "awaiting-payment"

    assert shop.pay(order).json()["status"] == "succeeded"
    shop.work()
    assert shop.read(order)["status"] == "fulfilled"


def test_an_abandoned_authentication_frees_the_places_and_can_no_longer_be_paid(shop):
    order = shop.order()
    payment = shop.pay(order, THREE_DS)
    end_hold(shop, order)

    assert shop.read(order)["status"] == "expired"
    assert shop.sold(f"{ALL_MODES}@{shop.tomorrow(5)}") == 0
    assert shop.fake.state.things[intent(payment)]["status"] == "canceled"


def test_a_declined_card_is_an_answer_in_words(shop):
    order = shop.order()
    answer = shop.pay(order, POOR)

    assert answer.status_code == 201
    assert answer.json()["status"] == "failed"
    assert answer.json()["failure"]["code"] == "insufficient_funds"
    assert shop.balances() == {}


@pytest.mark.parametrize(
    ("token", "failure"),
    [
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedLostCard", "lost_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error"),
    ],
)
def test_each_kind_of_decline_has_its_code(shop, token, failure):
    assert shop.pay(shop.order(), token).json()["failure"]["code"] == failure


def test_the_browser_may_confirm_by_the_client_secret(shop):
    order = shop.order()
    payment = shop.pay(order, None)
    assert payment.json()["status"] == "requires-method"

    shop.hand(f"confirm/{intent(payment)}", payment_method="pm_card_visa")
    shop.deliver()
    shop.work()
    assert shop.read(order)["status"] == "fulfilled"


def test_a_voucher_holds_the_places_until_it_ends_and_a_little_longer(shop):
    order = shop.order()
    payment = shop.pay(order, None, method="konbini").json()

    assert payment["status"] == "voucher-out"
    held = shop.read(order)
    assert held["status"] == "payment-pending"
    assert held["hold_until"] > payment["voucher_until"]
    shop.hand(f"till/{payment['client_secret'].split('_secret')[0]}")
    shop.deliver()
    shop.work()
    assert shop.read(order)["status"] == "fulfilled"
    assert shop.audit() == []


def test_a_voucher_that_runs_out_frees_the_places(shop):
    order = shop.order()
    payment = shop.pay(order, None, method="konbini").json()
    with shop.sessions.begin() as session:
        session.execute(update(Payment).values(voucher_until=shop.clock.now()))
    shop.hand(f"till/{payment['client_secret'].split('_secret')[0]}", ok="0")
    shop.deliver()
    shop.work()

    assert shop.read(order)["status"] == "expired"
    assert shop.sold(f"{ALL_MODES}@{shop.tomorrow(5)}") == 0


def test_a_voucher_ends_before_the_day_that_it_pays_begins(shop):
    payment = shop.pay(shop.order(days=2), None, method="konbini").json()

    ends = datetime.fromisoformat(payment["voucher_until"]).astimezone(JAPAN)
    assert ends.isoformat() == f"{shop.tomorrow(1)}T23:59:59+09:00"


def test_what_begins_today_is_not_paid_with_a_voucher(shop):
    answer = shop.pay(shop.order(days=0), None, method="konbini")

    assert answer.status_code == 422
    assert answer.json()["reason"] == "no-time-for-voucher"


def test_a_voucher_that_is_given_up_holds_the_places_no_longer_than_a_new_order(shop):
    order = shop.order()
    shop.pay(order, None, method="konbini")
    shop.pay(order, "pm_card_visa_chargeDeclined")

    left = datetime.fromisoformat(shop.read(order)["hold_until"]) - shop.clock.now()
    assert left <= shop.desk.config.order_holds


def test_a_payment_page_is_paid_and_closed(shop):
    order = shop.order()
    payment = shop.pay(order, None, method="checkout").json()
    page = payment["next_action"]["redirect_to_url"]["url"].rsplit("/", 1)[-1]
    shop.hand(f"checkout/{page}")
    shop.deliver()
    shop.work()

    assert shop.read(order)["status"] == "fulfilled"
    assert shop.fake.state.things[page]["status"] == "complete"
    assert shop.audit() == []


def test_a_page_that_nobody_paid_is_closed_with_the_order(shop):
    order = shop.order()
    payment = shop.pay(order, None, method="checkout").json()
    page = payment["next_action"]["redirect_to_url"]["url"].rsplit("/", 1)[-1]
    end_hold(shop, order)

    assert shop.read(order)["status"] == "expired"
    assert shop.fake.state.things[page]["status"] == "expired"


def test_another_attempt_closes_the_first_so_nobody_pays_twice(shop):
    order = shop.order()
    first = shop.pay(order, THREE_DS)
    second = shop.pay(order)

    assert second.json()["status"] == "succeeded"
    assert shop.fake.state.things[intent(first)]["status"] == "canceled"


def test_tapping_twice_is_one_attempt(shop):
    order = shop.order()
    body = {"order_id": order["id"], "return_url": RETURN, "token": "pm_card_visa"}
    headers = shop.auth(order) | key()
    first = shop.client.post("/checkout", json=body, headers=headers)
    again = shop.client.post("/checkout", json=body, headers=headers)

    assert first.json() == again.json()
    creations = [call for call in shop.fake.state.calls if call == "POST /v1/payment_intents"]
    assert len(creations) == 1


@pytest.mark.parametrize("fault", ["lose_answers", "keep_500"])
def test_a_lost_answer_charges_once(shop, fault):
    order = shop.order()
    shop.faults(**{fault: 1})
    body = {"order_id": order["id"], "return_url": RETURN, "token": "pm_card_visa"}
    headers = shop.auth(order) | key()
    lost = shop.client.post("/checkout", json=body, headers=headers)
    assert lost.status_code == 503
    assert lost.json()["code"] == "payment-unknown"

    shop.deliver()  # the gateway's own news arrives in the meantime
    shop.work()

    assert shop.read(order)["status"] == "fulfilled"
    assert shop.balances() == {"gateway_clearing": 12_000, "pass_liability": -12_000}
    charges = [t for t in shop.fake.state.things.values() if t["object"] == "charge"]
    assert len(charges) == 1
    again = shop.client.post("/checkout", json=body, headers=headers)
    assert again.json()["status"] == "succeeded"


@pytest.mark.parametrize("fault", ["lose_answers", "keep_500"])
def test_a_lost_answer_is_found_without_any_webhook(shop, fault):
    order = shop.order()
    shop.faults(**{fault: 1})
    assert shop.pay(order).status_code == 503
    with shop.sessions.begin() as session:
        session.execute(text("UPDATE outbox SET run_after = created_at WHERE kind='payment.sync'"))
    shop.work()

    assert shop.read(order)["status"] == "fulfilled"
    charges = [t for t in shop.fake.state.things.values() if t["object"] == "charge"]
    assert len(charges) == 1


def test_a_gateway_that_is_down_loses_nothing(shop):
    order = shop.order()
    shop.faults(unavailable=1)
    body = {"order_id": order["id"], "return_url": RETURN, "token": "pm_card_visa"}
    headers = shop.auth(order) | key()

    assert shop.client.post("/checkout", json=body, headers=headers).status_code == 503
    assert shop.client.post("/checkout", json=body, headers=headers).status_code == 201


@pytest.mark.parametrize("seed", range(3))
def test_webhooks_late_repeated_and_disordered_change_nothing(shop, seed):
    orders = [shop.order() for _ in range(3)]
    for order in orders:
        payment = shop.pay(order, THREE_DS)
        shop.hand(f"3ds/{intent(payment)}")
    messages = shop.messages() * 3
    random.Random(seed).shuffle(messages)
    for message in messages:
        shop.deliver([message])
        if random.Random(seed).random() < 0.3:
            shop.work()
    shop.work()

    assert [shop.read(order)["status"] for order in orders] == ["fulfilled"] * 3
    assert shop.balances() == {"gateway_clearing": 36_000, "pass_liability": -36_000}
    assert shop.audit() == []


def test_a_webhook_before_our_own_commit_waits_for_it(shop):
    order = shop.order()
    payment = shop.pay(order, THREE_DS)
    with shop.sessions.begin() as session:  # as if our answer were not yet written
        row = session.scalar(select(Payment))
        kept = (row.gateway_id, row.intent_id)
        row.gateway_id = row.intent_id = None
        row.request = row.request | {"payment_id": str(uuid.uuid4())}
    shop.hand(f"3ds/{intent(payment)}")
    for thing in shop.fake.state.things.values():
        if thing["object"] == "payment_intent":
            thing["metadata"] = {}
    shop.deliver()
    shop.work(rounds=1)
    with shop.sessions.begin() as session:
        row = session.scalar(select(Payment))
        row.gateway_id, row.intent_id = kept
        session.execute(text("UPDATE outbox SET run_after = created_at WHERE done_at IS NULL"))
    shop.work()

    assert shop.read(order)["status"] == "fulfilled"


def test_money_that_comes_after_the_order_ended_is_booked_and_sent_back(shop):
    order = shop.order()
    payment = shop.pay(order, None, method="konbini").json()
    with shop.sessions.begin() as session:  # ended without the gateway hearing of it
        row = session.get(Order, uuid.UUID(order["id"]))
        from ticketing.orders.models import OrderStatus
        from ticketing.orders.service import OrderService

        OrderService(session, shop.clock, shop.desk.config).end_unpaid(row, OrderStatus.EXPIRED)
    shop.hand(f"till/{payment['client_secret'].split('_secret')[0]}")
    shop.deliver()
    shop.work()

    assert shop.balances()["gateway_clearing"] == 12_000
    [(kind, status, amount)] = late_refunds(shop)
    assert (kind, status, amount) == ("late-payment", "pending", 12_000)  # bank account asked
    refund = next(t for t in shop.fake.state.things.values() if t["object"] == "refund")
    shop.hand(f"refund/{refund['id']}")
    shop.deliver()
    shop.work()
    assert shop.balances() == {}
    assert shop.rights(order) == []
    assert shop.audit() == []


def test_a_second_payment_of_a_paid_order_is_sent_back(shop):
    order = shop.order()
    first = shop.pay(order, THREE_DS)
    with shop.sessions.begin() as session:  # the first attempt looks closed, but is not
        session.execute(text("UPDATE payments SET status = 'failed'"))
    assert shop.pay(order).json()["status"] == "succeeded"
    shop.hand(f"3ds/{intent(first)}")
    shop.deliver()
    shop.work()

    assert late_refunds(shop) == [("late-payment", "succeeded", 12_000)]
    assert shop.balances() == {"gateway_clearing": 12_000, "pass_liability": -12_000}
    assert shop.audit() == []


def sign(body, secret=SECRET, at=None, shop=None):
    stamp = int((at or shop.clock.now()).timestamp())
    return stripe.WebhookSignature.generate_signature_header(
        payload=body, secret=secret, timestamp=stamp
    )


def event(**changes):
    thing = {"id": "pi_1", "object": "payment_intent"}
    row = {
        "id": "evt_1",
        "type": "payment_intent.succeeded",
        "created": 1,
        "data": {"object": thing},
    }
    return json.dumps(row | changes)


def post(shop, body, header):
    headers = {"stripe-signature": header}
    return shop.client.post("/webhooks/stripe", content=body.encode(), headers=headers)


def test_a_message_is_stored_once_however_often_it_comes(shop):
    body = event()
    answers = [post(shop, body, sign(body, shop=shop)).json()["stored"] for _ in range(3)]

    assert answers == [True, False, False]
    with shop.sessions() as session:
        assert session.scalar(select(func.count()).select_from(StoredWebhook)) == 1


@pytest.mark.parametrize(
    "forge",
    [
        lambda shop: (event(), sign(event(), "whsec_other", shop=shop)),
        lambda shop: (event(id="evt_2"), sign(event(), shop=shop)),
        lambda shop: (event(), ""),
        lambda shop: (event(), "t=,v1="),
        lambda shop: (event(), "nonsense"),
        lambda shop: (event(), sign(event(), at=shop.clock.now() - timedelta(minutes=6))),
        lambda shop: (event(), sign(event(), at=shop.clock.now() + timedelta(minutes=6))),
        lambda shop: ("{}", sign("{}", shop=shop)),
        lambda shop: ("[]", sign("[]", shop=shop)),
        lambda shop: ("not json", sign("not json", shop=shop)),
        lambda shop: (event(data=3), sign(event(data=3), shop=shop)),
    ],
)
def test_a_message_that_is_not_the_gateways_or_not_of_this_time_is_refused(shop, forge):
    answer = post(shop, *forge(shop))

    assert answer.status_code == 401
    assert answer.json()["code"] == "webhook-refused"
    with shop.sessions() as session:
        assert session.scalar(select(func.count()).select_from(StoredWebhook)) == 0


@pytest.mark.parametrize("secret", ["", "  "])
def test_without_a_secret_the_endpoint_does_not_exist(shop, secret):
    keys = StripeKeys("sk_test_shop", secret, shop.fake.url)
    shop.desk.gateway = StripeGateway(keys)
    body = event()

    assert post(shop, body, sign(body, secret or "x", shop=shop)).status_code == 404


def test_a_huge_message_is_refused_unread(shop):
    assert post(shop, "x" * 1_000_001, "t=1,v1=0").status_code == 413


def test_a_gateway_of_our_own_takes_no_live_key():
    with pytest.raises(ValueError, match="sk_test_"):
        StripeGateway(StripeKeys("sk_live_x", "", "http://127.0.0.1:1"))


def test_a_key_that_the_gateway_does_not_know_is_not_a_lost_sale(shop):
    keys = StripeKeys("rk_live_x", SECRET)
    gateway = StripeGateway(keys)
    gateway._api = shop.gateway._api
    with pytest.raises(GatewayRefused):
        gateway.read("pi_unknown")
