"""From offer to ticket: what a buyer can and cannot do."""

import threading
import uuid

import pytest
from sqlalchemy import text, update

from maas.rest.ratelimit import RateLimit
from tests.support.shop import ALL_MODES, CITY, key
from ticketing.edge import reading
from ticketing.offers.models import Offer
from ticketing.orders.models import Order
from ticketing.products.models import QuotaBucket
from ticketing.products.service import load_samples


def code(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["code"]


def expire(shop, model, name):
    with shop.sessions.begin() as session:
        session.execute(update(model).values({name: shop.clock.now()}))


def test_a_pass_is_offered_ordered_paid_and_issued(shop):
    offer = shop.offer(adult=2, child=1)
    order = shop.place([offer["id"]]).json()
    paid = shop.pay(order)
    shop.work()

    # 2 × 12,000 + 6,000
    assert offer["total"] == order["total"] == paid.json()["amount"] == 30_000
    assert shop.read(order)["status"] == "fulfilled"
    assert [right["price"] for right in shop.rights(order)] == [12_000, 12_000, 6_000]
    assert shop.balances() == {"gateway_clearing": 30_000, "pass_liability": -30_000}
    shop.deliver()
    shop.work()
    assert shop.audit() == []


def test_an_offer_says_what_each_operator_gets_and_what_is_not_covered(shop):
    [line] = shop.offer()["lines"]

    parts = line["details"]["components"]
    # Weights 40, 15, 10, 10, 8, 7, 3, 2, 5 of 100: of 12,000 yen each hundredth is 120.
    assert [part["yen"] for part in parts] == [4800, 1800, 1200, 1200, 960, 840, 360, 240, 600]
    assert line["details"]["not_covered"]["en"]
    assert line["details"]["tax_included"] == 1090  # 12,000 × 10 ÷ 110 = 1,090.9…


def test_one_basket_holds_several_products_and_riders(shop):
    items = [
        {
            "product_id": ALL_MODES,
            "riders": {"adult": 1, "child": 2},
            "first_day": shop.tomorrow(3),
        },
        {"product_id": CITY, "riders": {"concession": 1}},
    ]
    offer = shop.client.post("/offers", json={"items": items}, headers=key()).json()

    assert offer["total"] == 12_000 + 2 * 6_000 + 750
    assert [line["quantity"] for line in offer["lines"]] == [1, 2, 1]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"product_id": ALL_MODES, "riders": {"adult": 1}}, "first-day-needed"),
        ({"product_id": ALL_MODES, "riders": {"group": 1}, "first_day": 5}, "no-such-category"),
        ({"product_id": ALL_MODES, "riders": {"adult": 1}, "first_day": -2}, "expired"),
        ({"product_id": ALL_MODES, "riders": {"adult": 1}, "first_day": 91}, "not-yet"),
        ({"product_id": "sample-jr-round-3", "riders": {"adult": 50, "child": 1}, "first_day": 8},
         "number-of-tickets"),
    ],
)  # fmt: skip
def test_what_cannot_be_sold_is_refused_with_its_reason(shop, item, reason):
    item = dict(item)
    if "first_day" in item:
        item["first_day"] = shop.tomorrow(item["first_day"])
    answer = shop.client.post("/offers", json={"items": [item]}, headers=key())

    assert code(answer) == "not-for-sale"
    assert answer.json()["reason"] == reason


def test_the_caller_never_names_a_price(shop):
    item = {"product_id": CITY, "riders": {"adult": 1}, "price": 1}
    answer = shop.client.post("/offers", json={"items": [item]}, headers=key())

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/body/items/0/price"


def test_an_expired_offer_cannot_be_ordered(shop):
    offer = shop.offer()
    expire(shop, Offer, "expires_at")

    answer = shop.place([offer["id"]])

    assert answer.status_code == 410
    assert code(answer) == "offer-expired"


def test_an_offer_becomes_one_order(shop):
    offer = shop.offer()
    shop.place([offer["id"]])

    assert code(shop.place([offer["id"]])) == "offer-taken"
    assert shop.sold(f"{ALL_MODES}@{shop.tomorrow(5)}") == 1


def test_an_order_needs_the_buyers_consent_and_keeps_what_he_saw(shop):
    offer = shop.offer()

    assert code(shop.place([offer["id"]], terms_accepted=False)) == "terms-not-accepted"
    order = shop.place([offer["id"]]).json()
    kept = order["confirmation"]
    # The six items of the final confirmation screen and the seller.
    assert {"quantity", "total", "payment", "delivery", "offer_stands_until", "withdrawal"} <= set(
        kept
    )
    assert kept["seller"]["registration_number"].startswith("T")


def test_only_the_holder_of_the_secret_sees_an_order(shop):
    order, other = shop.order(), shop.order()
    path = f"/orders/{order['id']}"

    assert shop.client.get(path, headers=shop.auth(order)).status_code == 200
    for headers in ({}, shop.auth(other), {"authorization": "Bearer os_guess"}):
        assert code(shop.client.get(path, headers=headers)) == "order-not-found"
    assert code(shop.client.get(path, headers={"authorization": "Bearer mk_x"})) == "not-signed-in"


def test_staff_with_the_right_see_an_order(shop):
    from maas.rest.principal import new_access_key

    secret, row = new_access_key("desk", ["orders:read"], shop.clock.now())
    with shop.sessions.begin() as session:
        session.add(row)
    order = shop.order()

    staff = {"authorization": f"Bearer {secret}"}
    assert shop.client.get(f"/orders/{order['id']}", headers=staff).status_code == 200
    answer = shop.client.post(f"/orders/{order['id']}/cancel", headers=staff | key())
    assert code(answer) == "order-not-found"


def test_a_repeated_post_repeats_its_answer_and_takes_one_place(shop):
    headers = key()
    body = {
        "offer_ids": [shop.offer()["id"]],
        "buyer": {"email": "a@example.jp"},
        "terms_accepted": True,
    }
    first = shop.client.post("/orders", json=body, headers=headers)
    again = shop.client.post("/orders", json=body, headers=headers)

    assert again.json() == first.json()
    assert shop.sold(f"{ALL_MODES}@{shop.tomorrow(5)}") == 1


def small(size, **changes):
    [base] = [each for each in load_samples() if each.id == ALL_MODES]
    quota = base.quota.model_copy(update={"size": size})
    changes = {"id": "sample-small", "number": 900, "quota": quota} | changes
    return base.model_copy(update=changes)


def test_a_quota_that_is_sold_out_refuses_and_holds_nothing_of_the_basket(shop):
    shop.publish(small(3))
    shop.order("sample-small", adult=2)

    offer = shop.client.post(
        "/offers",
        json={"items": [{"product_id": "sample-small", "riders": {"adult": 2},
                         "first_day": shop.tomorrow(5)}]},
        headers=key(),
    )  # fmt: skip

    assert offer.status_code == 409
    assert (code(offer), offer.json()["left"]) == ("sold-out", 1)


def test_the_last_place_goes_to_the_first_order_not_to_the_first_offer(shop):
    shop.publish(small(1))
    early, late = shop.offer("sample-small"), shop.offer("sample-small")

    assert shop.place([late["id"]]).status_code == 201
    assert code(shop.place([early["id"]])) == "sold-out"
    assert shop.sold(f"sample-small@{shop.tomorrow(5)}") == 1
    assert shop.audit() == []


def test_twelve_buyers_at_once_never_oversell_five_places(shop):
    shop.publish(small(5))
    offers = [shop.offer("sample-small")["id"] for _ in range(12)]
    results: list[int] = []

    def buy(offer_id: str) -> None:
        results.append(shop.place([offer_id]).status_code)

    threads = [threading.Thread(target=buy, args=(offer,)) for offer in offers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == [201] * 5 + [409] * 7
    assert shop.audit() == []


def test_the_database_itself_refuses_to_oversell(shop):
    shop.publish(small(1))
    shop.order("sample-small")

    with pytest.raises(Exception, match="not_oversold"), shop.sessions.begin() as session:
        session.execute(update(QuotaBucket).values(sold=QuotaBucket.sold + 1))


def test_places_count_persons_where_the_product_says_so(shop):
    order = shop.order("sample-island-ferry", adult=2, child=1)

    assert shop.sold(f"sample-island-ferry@{shop.tomorrow(5)}") == 3
    shop.client.post(f"/orders/{order['id']}/cancel", headers=shop.auth(order) | key())
    assert shop.sold(f"sample-island-ferry@{shop.tomorrow(5)}") == 0


def test_a_hold_that_is_over_frees_its_places(shop):
    order = shop.order()
    expire(shop, Order, "hold_until")
    with shop.sessions.begin() as session:
        session.execute(text("UPDATE outbox SET run_after = created_at"))
    shop.work()

    assert shop.read(order)["status"] == "expired"
    assert shop.sold(f"{ALL_MODES}@{shop.tomorrow(5)}") == 0
    assert code(shop.pay(order)) == "order-not-payable"


def test_a_cancelled_order_stays_cancelled_and_cannot_be_paid(shop):
    order = shop.order()
    path = f"/orders/{order['id']}/cancel"

    assert shop.client.post(path, headers=shop.auth(order) | key()).json()["status"] == "cancelled"
    assert shop.client.post(path, headers=shop.auth(order) | key()).status_code == 200
    assert code(shop.pay(order)) == "order-not-payable"


def test_a_paid_order_cannot_be_cancelled(shop):
    order = shop.bought()

    answer = shop.client.post(f"/orders/{order['id']}/cancel", headers=shop.auth(order) | key())
    assert code(answer) == "step-not-allowed"


def test_a_receipt_shows_the_tax_of_each_rate_rounded_once(shop):
    items = [
        {"product_id": CITY, "riders": {"adult": 1, "child": 1, "concession": 1}},
    ]
    offer = shop.client.post("/offers", json={"items": items}, headers=key()).json()
    order = shop.place([offer["id"]]).json()
    shop.pay(order)
    shop.work()
    receipt = shop.client.get(f"/orders/{order['id']}/receipt", headers=shop.auth(order)).json()

    # 1,500 + 750 + 750 = 3,000 → 3,000 × 10 ÷ 110 = 272.7 → 272; by line it would be 136+68+68.
    assert receipt["by_rate"] == [{"tax_percent": 10, "total": 3000, "tax": 272}]
    assert receipt["recipient"] == "九州 太郎"
    assert receipt["invoice_needed"] is False


def test_an_unpaid_order_has_no_receipt(shop):
    order = shop.order()

    answer = shop.client.get(f"/orders/{order['id']}/receipt", headers=shop.auth(order))
    assert code(answer) == "step-not-allowed"


@pytest.mark.parametrize(
    "email",
    ["a,b@c.jp", "a@b.jp,c@d.jp", "a<b@c.jp", "(x)a@b.jp", "a@b.jp\r\nbcc:c@d.jp", "a;b@c.jp"],
)
def test_an_address_names_one_mailbox_and_nothing_else(shop, email):
    answer = shop.place([shop.offer()["id"]], buyer={"email": email})

    assert code(answer) == "invalid-request"


def test_unknown_things_are_problems_too(shop):
    nowhere = uuid.uuid4()

    assert shop.client.get(f"/offers/{nowhere}").status_code == 404
    assert shop.client.get(f"/orders/{nowhere}").status_code == 404
    assert shop.client.get("/products/no-such").status_code == 404
    assert shop.client.get("/nothing").json()["status"] == 404
    assert shop.client.get("/orders/not-a-uuid").status_code == 422


def test_callers_that_ask_too_often_are_told_to_wait(shop):
    limit = RateLimit("few", per_minute=1, burst=2)
    shop.app.state.no_rate_limits = False
    shop.app.dependency_overrides[reading] = limit.__call__

    answers = [shop.client.get("/products").status_code for _ in range(3)]

    assert answers == [200, 200, 429]
