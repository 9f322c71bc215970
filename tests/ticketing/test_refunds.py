"""What goes back by rule, how it is paid out, what happens when that fails, and chargebacks."""

import base64
import uuid
from datetime import date, datetime, timedelta

import pytest
from nacl.signing import SigningKey
from sqlalchemy import select, text, update

from maas.core.clock import JAPAN
from maas.core.money import Yen
from maas.db.outbox import Job
from maas.rest.principal import new_access_key
from tests.support.database import BACKENDS
from tests.support.shop import ALL_MODES, CITY, frozen, key, open_shop
from ticketing.inspection.models import Scan
from ticketing.ledger.service import Ledger
from ticketing.payments.events import GatewayDisputeChanged
from ticketing.products.service import load_samples
from ticketing.products.validity import Usage
from ticketing.reconcile import reconcile
from ticketing.refunds.models import Refund, RefundAttempt
from ticketing.refunds.policy import Cause, Why, quote, sentences
from ticketing.tickets.entitlements import EntitlementService
from ticketing.tickets.issued import RevokedSerial, SignedTicket

PASSES = {definition.id: definition for definition in load_samples()}
DAY = date(2026, 5, 20)


def at(text_: str) -> datetime:
    return datetime.fromisoformat(text_).replace(tzinfo=JAPAN)


def ask(product, price, when, *, first_day=DAY, cause=Cause.BUYER, **usage):
    used = Usage(sold_at=at("2026-05-01T10:00"), first_day=first_day, **usage)
    answer = quote(PASSES[product], Yen(price), used, at(when), cause)
    return answer.why, answer.amount, answer.handling_fee, answer.cancellation_fee


BUS, ROUND, FERRY = "sample-bus-pass-all-3", "sample-jr-round-3", "sample-island-ferry"


def test_an_unused_ticket_goes_back_less_110_yen_until_18_oclock_the_day_before():
    assert ask(BUS, 11_000, "2026-05-19T17:59") == (Why.WITH_FEE, 10_890, 110, 0)
    assert ask(BUS, 11_000, "2026-05-19T18:00") == (Why.TOO_LATE, 0, 0, 0)


def test_nothing_goes_back_after_first_use():
    used = at("2026-05-20T08:00")
    assert ask(BUS, 11_000, "2026-05-20T09:00", activated_at=used)[0] is Why.USED


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        # ¥9,800: nothing a week ahead, 20 % from six days to the day before, 50 % on the day.
        ("2026-05-13T10:00", (Why.FULL, 9_800, 0, 0)),
        ("2026-05-14T10:00", (Why.WITH_FEE, 7_840, 0, 1_960)),
        ("2026-05-19T23:00", (Why.WITH_FEE, 7_840, 0, 1_960)),
        ("2026-05-20T02:59", (Why.WITH_FEE, 7_840, 0, 1_960)),  # still the 19th's service day
        ("2026-05-20T03:00", (Why.WITH_FEE, 4_900, 0, 4_900)),
        ("2026-05-27T03:00", (Why.TOO_LATE, 0, 0, 0)),
    ],
)
def test_the_cancellation_fee_grows_as_the_day_comes_nearer(when, expected):
    assert ask(FERRY, 9_800, when) == expected


def test_a_fixed_fee_and_a_cancellation_fee_are_kept_apart_for_tax():
    # ¥14,300 − ¥220 handling = ¥14,080; 10 % of it, rounded down, is ¥1,408.
    assert ask(ROUND, 14_300, "2026-05-19T10:00") == (Why.WITH_FEE, 12_672, 220, 1_408)


def test_unused_days_go_back_where_the_rule_says_so():
    used = Usage(
        sold_at=at("2026-05-11T09:00"),
        activated_at=at("2026-05-11T10:00"),
        days=((date(2026, 5, 11), 1), (date(2026, 5, 12), 1)),
    )
    answer = quote(
        PASSES["sample-weekday-band"], Yen(2_000), used, at("2026-05-13T09:00"), Cause.BUYER
    )
    # 3 of 5 days are left: 1,200 yen less 110.
    assert (answer.why, answer.gross, answer.amount) == (Why.UNUSED_DAYS, 1_200, 1_090)


def test_a_cancelled_service_gives_everything_back_without_a_fee():
    cause = Cause.OPERATOR_CANCELLED
    assert ask(BUS, 11_000, "2026-05-20T09:00", cause=cause) == (
        Why.OPERATOR_CANCELLED, 11_000, 0, 0,
    )  # fmt: skip
    assert ask("sample-net-pass-2", 11_300, "2026-05-20T09:00", cause=cause)[0] is Why.BY_HAND


def test_every_reason_has_a_sentence_in_both_languages():
    for why in Why:
        assert sentences()[why.value]["ja"]
        assert sentences()[why.value]["en"].isascii()


def test_a_part_of_an_order_goes_back_and_frees_its_places(shop):
    order = shop.bought(adult=2, child=1)
    rights = shop.rights(order)
    offer = shop.refund(order, [rights[0]["id"]]).json()
    assert (offer["gross"], offer["fee"], offer["amount"]) == (12_000, 110, 11_890)
    assert shop.balances()["pass_liability"] == -30_000  # an offer changes nothing

    shop.confirm(order, offer)
    shop.work()

    assert shop.read(order)["status"] == "partly-refunded"
    assert [right["status"] for right in shop.rights(order)] == ["refunded", "issued", "issued"]
    assert shop.balances() == {
        "gateway_clearing": 18_110,
        "pass_liability": -18_000,
        "refund_handling_fee": -110,
    }
    assert shop.sold(f"{ALL_MODES}@{shop.tomorrow(5)}") == 2
    shop.deliver()
    shop.work()
    assert shop.audit() == []


def test_the_rest_goes_back_later_and_then_nothing_is_left(shop):
    order = shop.bought(adult=2)
    first, second = (right["id"] for right in shop.rights(order))
    for each in (first, second):
        shop.confirm(order, shop.refund(order, [each]).json())
    shop.work()

    assert shop.read(order)["status"] == "refunded"
    assert shop.refund(order).status_code == 409
    assert shop.balances() == {"gateway_clearing": 220, "refund_handling_fee": -220}


def test_confirming_twice_pays_once(shop):
    order = shop.bought()
    offer = shop.refund(order).json()
    shop.confirm(order, offer)
    shop.confirm(order, offer)
    shop.work()

    refunds = [t for t in shop.fake.state.things.values() if t["object"] == "refund"]
    assert [refund["amount"] for refund in refunds] == [11_890]


def test_two_offers_for_one_ticket_pay_once(shop):
    order = shop.bought()
    one, two = shop.refund(order).json(), shop.refund(order).json()

    assert shop.confirm(order, one).status_code == 200
    answer = shop.confirm(order, two)
    assert answer.status_code == 409
    assert answer.json()["code"] == "not-refundable"


def test_a_ticket_that_was_used_after_the_offer_is_not_paid_back(shop):
    order = shop.bought()
    offer = shop.refund(order).json()
    [right] = shop.rights(order)
    with shop.sessions.begin() as session:
        rights = EntitlementService(session, shop.clock, shop.desk.config)
        assert rights.activate(uuid.UUID(right["id"]))

    assert shop.confirm(order, offer).json()["reason"] == "changed"
    assert shop.balances() == {"gateway_clearing": 12_000, "pass_liability": -12_000}


def test_a_refund_offer_holds_only_until_its_deadline(shop):
    order = shop.bought()
    offer = shop.refund(order).json()
    with shop.sessions.begin() as session:
        session.execute(update(Refund).values(expires_at=shop.clock.now()))

    assert shop.confirm(order, offer).status_code == 410


def test_strangers_neither_ask_nor_confirm_nor_claim_a_cancelled_service(shop):
    order, other = shop.bought(), shop.order()
    offer = shop.refund(order).json()

    assert shop.refund(order | {"secret": other["secret"]}).status_code == 404
    assert shop.confirm(other, offer).status_code == 404
    assert shop.refund(order, cause="operator-cancelled").status_code == 401


@pytest.mark.parametrize("fault", ["lose_answers", "keep_500", "unavailable"])
def test_a_refund_whose_answer_is_lost_is_paid_once(shop, fault):
    order = shop.bought()
    shop.faults(**{fault: 1})
    shop.confirm(order, shop.refund(order).json())
    shop.work()
    shop.hurry()
    shop.work()

    refunds = [t for t in shop.fake.state.things.values() if t["object"] == "refund"]
    assert len(refunds) == 1
    assert shop.balances() == {"gateway_clearing": 110, "refund_handling_fee": -110}
    shop.deliver()
    shop.work()
    assert shop.audit() == []


def test_a_refund_that_fails_later_is_owed_again_and_tried_under_a_new_key(shop):
    order = shop.bought()
    shop.confirm(order, shop.refund(order).json())
    shop.work()
    [first] = [t for t in shop.fake.state.things.values() if t["object"] == "refund"]
    shop.hand(f"refund/{first['id']}", ok="0")
    shop.deliver()
    shop.work()
    assert shop.balances()["refund_payable"] == -11_890

    shop.hurry()
    shop.work()

    assert shop.balances() == {"gateway_clearing": 110, "refund_handling_fee": -110}
    with shop.sessions() as session:
        keys = list(session.scalars(select(RefundAttempt.idempotency_key)))
    assert len(set(keys)) == 2
    shop.deliver()
    shop.work()
    assert shop.audit() == []


def test_a_refund_that_fails_three_times_waits_for_a_person(shop):
    order = shop.bought()
    shop.faults(refund_fails=3)
    shop.confirm(order, shop.refund(order).json())
    for _ in range(4):
        shop.work()
        shop.deliver()
        shop.hurry()
    shop.work()

    with shop.sessions() as session:
        refund = session.scalar(select(Refund))
        kinds = list(session.scalars(text("SELECT kind FROM outbox")))
    assert refund.status.value == "failed"
    assert shop.balances()["refund_payable"] == -11_890
    assert "refund-needs-person" in kinds


def test_a_konbini_refund_waits_for_a_bank_account(shop):
    order = shop.order()
    payment = shop.pay(order, None, method="konbini").json()
    shop.hand(f"till/{payment['client_secret'].split('_secret')[0]}")
    shop.deliver()
    shop.work()
    shop.confirm(order, shop.refund(order).json())
    shop.work()
    assert shop.balances()["refund_payable"] == -11_890

    [refund] = [t for t in shop.fake.state.things.values() if t["object"] == "refund"]
    shop.hand(f"refund/{refund['id']}")
    shop.deliver()
    shop.work()
    assert shop.balances() == {"gateway_clearing": 110, "refund_handling_fee": -110}


def dispute(shop, order):
    [charge] = [
        t
        for t in shop.fake.state.things.values()
        if t["object"] == "charge" and t["metadata"].get("order_id") == order["id"]
    ]
    return shop.hand(f"dispute/{charge['payment_intent']}")


def test_a_chargeback_stops_the_tickets_and_a_lost_one_is_booked(shop):
    order = shop.bought(CITY)
    opened = dispute(shop, order)
    shop.deliver()
    shop.work()
    assert shop.read(order)["status"] == "disputed"
    assert [right["status"] for right in shop.rights(order)] == ["revoked"]
    assert shop.balances() == {"disputes_held": 1_500, "pass_liability": -1_500}

    shop.hand(f"decide/{opened['id']}", won="0")
    shop.deliver()
    shop.work()
    assert shop.read(order)["status"] == "charged-back"
    assert shop.balances() == {}
    assert shop.audit() == []


def test_a_chargeback_of_a_used_ticket_is_our_loss(shop):
    order = shop.bought(CITY)
    [right] = shop.rights(order)
    with shop.sessions.begin() as session:
        EntitlementService(session, shop.clock, shop.desk.config).activate(uuid.UUID(right["id"]))
    opened = dispute(shop, order)
    shop.hand(f"decide/{opened['id']}", won="0")
    shop.deliver(shop.messages()[::-1])  # closed comes before created
    shop.work()

    assert shop.balances() == {"dispute_loss": 1_500, "pass_liability": -1_500}
    assert shop.audit() == []


def test_a_won_chargeback_brings_the_money_back(shop):
    order = shop.bought(CITY)
    opened = dispute(shop, order)
    shop.deliver()
    shop.work()
    shop.hand(f"decide/{opened['id']}", won="1")
    shop.deliver()
    shop.work()

    assert shop.read(order)["status"] == "fulfilled"
    assert shop.balances() == {"gateway_clearing": 1_500, "pass_liability": -1_500}


def activated(shop, order):
    [right] = shop.rights(order)
    device_key = base64.b64encode(bytes(SigningKey.generate().verify_key)).decode()
    path = f"/tickets/{right['id']}/activate"
    headers = shop.auth(order) | key()
    return right["id"], lambda: shop.client.post(
        path, json={"device_key": device_key}, headers=headers | key()
    ).json()


def test_a_won_chargeback_gives_the_right_and_a_new_ticket_back(shop):
    order = shop.bought(CITY)
    _, ask = activated(shop, order)
    before = ask()["signed"]["text"]
    opened = dispute(shop, order)
    shop.deliver()
    shop.work()
    assert [right["status"] for right in shop.rights(order)] == ["revoked"]
    assert ask()["code"] == "ticket-ended"

    shop.hand(f"decide/{opened['id']}", won="1")
    shop.deliver()
    shop.work()

    assert [right["status"] for right in shop.rights(order)] == ["active"]
    after = ask()["signed"]["text"]
    assert after != before  # the old serial stays on the revocation list
    with shop.sessions() as session:
        signed = {row.text: row for row in session.scalars(select(SignedTicket))}
        revoked = set(session.scalars(select(RevokedSerial.serial)))
    assert signed[before].serial in revoked
    assert signed[after].serial not in revoked
    assert signed[after].device_key == signed[before].device_key
    assert shop.audit() == []


def test_a_restored_ticket_can_be_refunded_and_is_revoked_then(shop):
    order = shop.bought()
    opened = dispute(shop, order)
    shop.hand(f"decide/{opened['id']}", won="1")
    shop.deliver()
    shop.work()
    assert [right["status"] for right in shop.rights(order)] == ["issued"]

    shop.confirm(order, shop.refund(order).json())
    shop.work()

    assert shop.read(order)["status"] == "refunded"
    assert [right["status"] for right in shop.rights(order)] == ["refunded"]
    assert shop.audit() == []


def test_a_chargeback_before_the_tickets_ends_with_tickets_when_it_is_won(shop):
    order = shop.order(CITY)
    shop.pay(order)  # nobody has worked: the tickets are not issued yet
    opened = dispute(shop, order)
    news = GatewayDisputeChanged("evt_1", opened["id"])
    job = Job(1, news.kind, news.key, news.payload(), 1, shop.clock.now())
    shop.desk.disputes.hear(job)
    assert shop.read(order)["status"] == "disputed"
    shop.hand(f"decide/{opened['id']}", won="1")
    shop.deliver()
    shop.work()

    assert shop.read(order)["status"] == "fulfilled"
    assert [right["status"] for right in shop.rights(order)] == ["issued"]
    assert shop.audit() == []


def test_a_lost_chargeback_frees_the_places_of_unused_tickets(shop):
    order = shop.bought(ALL_MODES)
    bucket = f"{ALL_MODES}@{shop.tomorrow()}"
    assert shop.sold(bucket) == 1
    opened = dispute(shop, order)
    shop.hand(f"decide/{opened['id']}", won="0")
    shop.deliver()
    shop.work()

    assert shop.sold(bucket) == 0
    assert shop.audit() == []


def test_the_gateways_fees_are_booked_once_on_their_orders(shop):
    order = shop.bought(CITY)
    opened = dispute(shop, order)
    shop.hand(f"decide/{opened['id']}", won="1")
    shop.deliver()
    shop.work()

    assert [shop.desk.book_movements() for _ in range(2)] == [2, 0]

    # 3.6 % of ¥1,500 is ¥54; the chargeback costs ¥1,300, which no pool bears.
    assert shop.balances() == {
        "gateway_clearing": 1_500 - 54 - 1_300,
        "gateway_fee": 54,
        "dispute_loss": 1_300,
        "pass_liability": -1_500,
    }
    with shop.sessions() as session:
        assert Ledger(session, shop.clock).balances(order_id=order["id"])["gateway_fee"] == 54


def test_a_payout_moves_the_balance_to_our_bank(shop):
    shop.bought(CITY)
    shop.hand("payout")
    shop.desk.book_movements()

    assert shop.balances() == {"bank": 1_446, "gateway_fee": 54, "pass_liability": -1_500}


def test_a_fee_that_is_not_booked_is_found(shop):
    shop.bought(CITY)
    since = shop.clock.now() - timedelta(days=1)
    with shop.sessions() as session:
        [found] = reconcile(session, shop.gateway.movements(since), since)

    assert found.code == "fee-not-booked"


def test_the_books_agree_with_the_gateway_to_the_yen(shop):
    order = shop.bought(adult=2)
    shop.confirm(order, shop.refund(order, [shop.rights(order)[0]["id"]]).json())
    shop.work()
    since = shop.clock.now() - timedelta(days=1)
    movements = shop.gateway.movements(since)
    shop.desk.book_movements()
    with shop.sessions() as session:
        assert reconcile(session, movements, since) == []
        apart = reconcile(session, movements[:-1], since)
    assert [violation.code for violation in apart] == ["not-at-gateway"]


def staff(shop, *rights):
    secret, row = new_access_key("staff-1", list(rights), shop.clock.now())
    with shop.sessions.begin() as session:
        session.add(row)
    return {"authorization": f"Bearer {secret}"}


def failed(shop):
    """An order whose refund failed three times."""
    order = shop.bought()
    shop.faults(refund_fails=3)
    refund = shop.confirm(order, shop.refund(order).json()).json()
    for _ in range(4):
        shop.hurry()
        shop.deliver()
        shop.work()
    return order, refund["id"]


def apart(shop) -> list[str]:
    """What only one of both books has."""
    since = shop.clock.now() - timedelta(days=1)
    movements = shop.gateway.movements(since)
    shop.desk.book_movements()
    with shop.sessions() as session:
        return [violation.code for violation in reconcile(session, movements, since)]


def test_a_refund_that_bounced_before_anybody_heard_of_it_is_no_difference(shop):
    failed(shop)

    assert apart(shop) == []


def test_a_refund_that_bounced_after_it_was_booked_is_missed_until_it_is_booked_back(shop):
    order = shop.bought()
    shop.confirm(order, shop.refund(order).json())
    shop.work()
    shop.deliver()
    shop.work()
    [refund] = shop.fake.state.of_kind("refund")

    shop.hand(f"refund/{refund['id']}", ok="0")
    assert apart(shop) == ["no-such-movement"]

    shop.deliver()
    shop.work(rounds=3)
    assert apart(shop) == []


def test_staff_find_failed_refunds_and_try_them_again(shop):
    order, refund = failed(shop)
    right = staff(shop, "refunds:write")

    [shown] = shop.client.get("/refunds?status=failed", headers=right).json()["refunds"]
    again = shop.client.post(f"/refunds/{refund}/retry", headers=right | key())
    twice = shop.client.post(f"/refunds/{refund}/retry", headers=right | key())
    shop.hurry()
    shop.work()

    assert (shown["id"], again.status_code, twice.status_code) == (refund, 200, 409)
    assert shop.client.get(f"/refunds/{refund}", headers=shop.auth(order)).json()["status"] == (
        "succeeded"
    )
    # The handling fee of ¥110 is what stays.
    assert shop.balances() == {"gateway_clearing": 110, "refund_handling_fee": -110}
    assert shop.audit() == []


def test_what_the_gateway_cannot_pay_is_paid_from_the_bank_and_booked(shop):
    order, refund = failed(shop)
    right = staff(shop, "refunds:write")
    owed = -shop.balances()["refund_payable"]

    body = {"reference": "2026-05-01 #17"}
    path = f"/refunds/{refund}/paid-by-transfer"
    answers = [shop.client.post(path, json=body, headers=right | key()) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 409]
    fee = 110
    assert shop.balances() == {
        "bank": -owed,
        "gateway_clearing": owed + fee,
        "refund_handling_fee": -fee,
    }
    assert shop.read(order)["status"] == "refunded"
    assert shop.audit() == []


def test_a_stopped_service_refunds_every_living_ticket_without_a_fee(shop):
    orders = [shop.bought(adult=2), shop.bought(adult=1), shop.bought(days=6, adult=1)]
    used = uuid.UUID(shop.rights(orders[1])[0]["id"])
    with shop.sessions.begin() as session:
        EntitlementService(session, shop.clock, shop.desk.config).activate(used)
    body = {"product_id": ALL_MODES, "first_day": shop.tomorrow(5), "reason": "台風 / typhoon"}

    refused = shop.client.post("/refunds/cancelled-service", json=body, headers=key())
    told = shop.client.post(
        "/refunds/cancelled-service", json=body, headers=staff(shop, "refunds:write") | key()
    )
    shop.work()

    assert (refused.status_code, told.json()) == (401, {"orders": 2})
    # The third order is for another day.
    assert [shop.read(each)["status"] for each in orders] == ["refunded", "refunded", "fulfilled"]
    price = shop.read(orders[2])["total"]
    assert shop.balances() == {"gateway_clearing": price, "pass_liability": -price}
    assert shop.audit() == []


def test_where_the_rule_leaves_it_to_a_person_the_person_says_how_much(shop):
    order = shop.bought("sample-net-pass-2")
    right = staff(shop, "refunds:write")
    body = {"order_id": order["id"], "cause": "operator-cancelled"}

    without = shop.client.post("/refunds", json=body, headers=right | key())
    offered = shop.client.post(
        "/refunds", json=body | {"yen_by_hand": 3_000}, headers=right | key()
    ).json()
    by_buyer = shop.refund(order, yen_by_hand=3_000)

    assert (without.status_code, without.json()["reason"]) == (409, "by-hand")
    assert (offered["amount"], offered["fee"]) == (3_000, 0)
    assert by_buyer.status_code == 401
    shop.client.post(f"/refunds/{offered['id']}/confirm", headers=right | key())
    shop.work()
    assert shop.audit() == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_days_that_were_scanned_do_not_go_back_and_none_after_the_pass_has_ended(backend, tmp_path):
    clock = frozen("2026-12-01T10:30")  # a Tuesday
    with open_shop(backend, tmp_path, clock) as shop:
        order = shop.bought("sample-weekday-band")
        right, activate = activated(shop, order)
        code = activate()["signed"]["text"]
        with shop.sessions.begin() as session:
            serial = session.scalar(select(SignedTicket.serial).where(SignedTicket.text == code))
            for number in range(4):
                session.add(scan_of(serial, clock.now() + timedelta(days=number), str(number)))
        clock.move(timedelta(days=3, hours=1))

        # Four of five days at ¥2,000: ¥400 are left, less ¥110.
        offered = shop.refund(order, [right]).json()
        assert (offered["gross"], offered["amount"]) == (400, 290)
        clock.move(timedelta(days=27))
        assert shop.refund(order, [right]).json()["reason"] == "too-late"


def scan_of(serial: bytes, at: datetime, nonce: str) -> Scan:
    return Scan(
        device_id="gate",
        nonce=nonce,
        operator_id="kitakyushu-bus",
        scanned_at=at,
        received_at=at,
        online=True,
        serial=serial,
        text_hash="",
        place={},
        device_verdict="",
        server_verdict="valid",
        list_version=0,
        accepted=True,
    )


def test_what_a_companion_took_is_not_given_back_by_the_buyer_but_by_staff(shop):
    order = shop.bought(ALL_MODES, adult=2)
    mine, given = (row["id"] for row in shop.rights(order))
    early = shop.refund(order).json()
    headers = shop.auth(order) | key()
    code = shop.client.post(f"/tickets/{given}/handover", headers=headers).json()["code"]
    taken = shop.client.post("/tickets/take", json={"code": code}, headers=key())
    assert taken.status_code == 200, taken.text

    assert shop.confirm(order, early).json()["code"] == "not-refundable"
    assert shop.refund(order, [given]).json()["reason"] == "given-away"
    offered = shop.refund(order).json()
    assert [item["entitlement_id"] for item in offered["quote"]["items"] if item["refundable"]] == [
        mine
    ]
    by_staff = shop.client.post(
        "/refunds",
        json={"order_id": order["id"], "entitlement_ids": [given]},
        headers=staff(shop, "orders:write", "orders:read", "refunds:write") | key(),
    )
    assert by_staff.status_code == 201, by_staff.text
    assert shop.confirm(order, by_staff.json()).status_code == 200
    shop.work()
    assert shop.audit() == []
