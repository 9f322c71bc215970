"""
The promises of `PaymentGateway`, kept by our fake and by Stripe's own test mode.

The fake runs always. With `STRIPE_TEST_KEY` (`sk_test_…`) the same scenarios run against Stripe.
"""

import os
import uuid

import pytest

from maas.core.money import Yen
from ticketing.payments.fake_stripe import FakeStripe
from ticketing.payments.gateway import Charge, GatewayRefused
from ticketing.payments.models import Method, PaymentStatus
from ticketing.payments.stripe_gateway import API_VERSION, StripeGateway, StripeKeys

KEY = os.environ.get("STRIPE_TEST_KEY", "")


@pytest.fixture(params=["fake", "stripe"])
def gateway(request):
    if request.param == "stripe":
        if not KEY.startswith("sk_test_"):
            pytest.skip("no STRIPE_TEST_KEY (sk_test_…): Stripe's own test mode is left out")
        yield StripeGateway(StripeKeys(KEY))
        return
    with FakeStripe(version=API_VERSION) as fake:
        yield StripeGateway(StripeKeys("sk_test_x", "", fake.url))


def charge(method=Method.CARD, token="pm_card_visa", amount=12_000):
    return Charge(
        payment_id=str(uuid.uuid4()),
        order_id=str(uuid.uuid4()),
        order_number="CONTRACT",
        amount=Yen(amount),
        method=method,
        description="契約テスト / contract test",
        return_url="https://shop.example/return",
        token=token,
        buyer_email="taro@example.jp",
        buyer_name="九州 太郎",
    )


def start(gateway, wanted):
    return gateway.start(wanted, f"pay-{wanted.payment_id}")


def test_a_payment_is_found_by_its_id_and_by_ours(gateway):
    wanted = charge(token="pm_card_threeDSecure2Required")
    started = start(gateway, wanted)

    assert started.status is PaymentStatus.REQUIRES_ACTION
    assert started.next_action["type"] == "redirect_to_url"
    assert gateway.read(started.gateway_id).payment_id == wanted.payment_id
    assert gateway.find(wanted.payment_id).gateway_id == started.gateway_id
    assert gateway.find(str(uuid.uuid4())) is None


def test_the_same_key_starts_one_payment_and_refuses_another_amount(gateway):
    wanted = charge()
    first = start(gateway, wanted)

    assert start(gateway, wanted).gateway_id == first.gateway_id
    with pytest.raises(GatewayRefused):
        gateway.start(charge(amount=500), f"pay-{wanted.payment_id}")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ],
)
def test_a_declined_card_is_an_answer(gateway, token, code):
    answer = start(gateway, charge(token=token))

    assert (answer.status, answer.failure_code) == (PaymentStatus.FAILED, code)


def test_a_voucher_has_a_deadline(gateway):
    answer = start(gateway, charge(Method.KONBINI, None))

    assert answer.status is PaymentStatus.VOUCHER_OUT
    assert answer.voucher_until is not None


def test_a_cancelled_payment_stays_cancelled(gateway):
    started = start(gateway, charge(token=None))

    assert gateway.cancel(started.gateway_id, "c1").status is PaymentStatus.CANCELLED
    assert gateway.cancel(started.gateway_id, "c2").status is PaymentStatus.CANCELLED


def test_a_page_opens_and_closes(gateway):
    opened = start(gateway, charge(Method.CHECKOUT, None))

    assert opened.next_action["redirect_to_url"]["url"]
    assert gateway.cancel(opened.gateway_id, "c").status is PaymentStatus.CANCELLED


@pytest.mark.parametrize("amount", [49, 100_000_000])
def test_an_amount_that_cannot_be_charged_is_refused(gateway, amount):
    with pytest.raises(GatewayRefused) as refused:
        start(gateway, charge(amount=amount))
    assert refused.value.code in {"amount_too_small", "amount_too_large"}


def test_refunds_stop_at_what_came_in_and_are_found_by_their_key(gateway):
    paid = start(gateway, charge(token="pm_card_visa"))
    if paid.status is not PaymentStatus.SUCCEEDED:
        pytest.skip("this account asks every card for 3-D Secure")
    key = f"refund-{uuid.uuid4()}"
    refund = gateway.refund(paid.intent_id, Yen(3_000), key)

    assert refund.amount == 3_000
    assert gateway.find_refund(paid.intent_id, key).gateway_id == refund.gateway_id
    with pytest.raises(GatewayRefused):
        gateway.refund(paid.intent_id, Yen(9_001), f"{key}-2")
