"""A buyer's e-mail and name: gone everywhere when he asks, and by themselves after a time."""

import json
from datetime import timedelta

from sqlalchemy import inspect, text

from tests.support.shop import CITY, Shop, key
from ticketing.audit import audit
from ticketing.customers.service import old_buyers

PERSONAL = ("taro@example.jp", "九州 太郎", json.dumps("九州 太郎")[1:-1])


def held(shop: Shop) -> list[str]:
    """Every column of every table of the database in which the buyer can still be read."""
    found = set()
    with shop.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                # Escaped as JSON holds it, too.
                said = {
                    name: f"{value!r} {json.dumps(value, default=repr)}"
                    for name, value in row.items()
                }
                found |= {
                    f"{table}.{name}"
                    for name, shown in said.items()
                    if any(part in shown for part in PERSONAL)
                }
    return sorted(found)


def forget(shop: Shop, order):
    return shop.client.post(f"/orders/{order['id']}/forget", headers=shop.auth(order) | key())


def test_a_buyer_who_asks_is_forgotten_and_the_order_stays(shop: Shop) -> None:
    order = shop.bought(CITY)
    shop.deliver()
    shop.work()
    assert "customers.email" in held(shop)
    assert len(list(shop.mails.glob("*.eml"))) == 1

    answer = forget(shop, order)

    assert answer.status_code == 200, answer.text
    assert held(shop) == []
    assert list(shop.mails.glob("*.eml")) == []
    assert shop.read(order)["status"] == "fulfilled"
    receipt = shop.client.get(f"/orders/{order['id']}/receipt", headers=shop.auth(order)).json()
    assert (receipt["recipient"], receipt["total"]) == (None, 1_500)
    assert forget(shop, order).status_code == 200
    with shop.sessions() as session:
        assert audit(session) == []


def test_a_refund_still_works_for_a_buyer_who_was_forgotten(shop: Shop) -> None:
    order = shop.bought(CITY)
    forget(shop, order)

    refund = shop.refund(order).json()
    shop.confirm(order, refund)
    shop.work()

    rows = shop.client.get(f"/orders/{order['id']}/refunds", headers=shop.auth(order)).json()
    assert [row["status"] for row in rows["refunds"]] == ["succeeded"]


def test_nobody_is_forgotten_before_the_order_is_paid_or_by_a_stranger(shop: Shop) -> None:
    order, other = shop.order(CITY), shop.bought(CITY)

    assert forget(shop, order).status_code == 409
    stranger = {"id": other["id"], "secret": order["secret"]}
    assert forget(shop, stranger).status_code == 404
    assert "customers.email" in held(shop)


def test_old_buyers_are_forgotten_by_themselves(shop: Shop) -> None:
    shop.bought(CITY)
    kept = shop.desk.config.buyer_kept
    now = shop.clock.now()

    with shop.sessions.begin() as session:
        assert old_buyers(session, now + kept - timedelta(days=1), kept) == []
    with shop.sessions.begin() as session:
        (old,) = old_buyers(session, now + kept + timedelta(days=1), kept)
        shop.desk.forget(session, old)

    assert held(shop) == []
    assert list(shop.mails.glob("*.eml")) == []
