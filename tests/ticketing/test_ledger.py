"""Nothing unbalanced gets in, nothing is changed, and no history of sales can break the books."""

import os
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import text

from maas.core.clock import FrozenClock
from maas.db.session import make_sessions
from tests.support.database import BACKENDS, fresh_engine
from tests.support.shop import ALL_MODES, open_shop
from ticketing.ledger.service import Account, Ledger, Posting, Unbalanced

NOW = datetime(2026, 5, 1, 15, 30, tzinfo=UTC)


@pytest.fixture(params=BACKENDS)
def sessions(request, tmp_path):
    with fresh_engine(request.param, tmp_path) as engine:
        yield make_sessions(engine)


def capture(key="capture:1", amount=12_000):
    entries = [(Account.GATEWAY, amount), (Account.PASS_LIABILITY, -amount)]
    return Posting(kind="capture", key=key, entries=entries, order_id="o1")


def post(sessions, posting):
    with sessions.begin() as session:
        return Ledger(session, FrozenClock(NOW)).post(posting)


def run(sessions, *statements):
    with sessions.begin() as session:
        for statement in statements:
            session.execute(text(statement))


def test_the_same_fact_is_posted_once(sessions):
    assert [post(sessions, capture()), post(sessions, capture())] == [True, False]
    with sessions() as session:
        assert Ledger(session, FrozenClock(NOW)).balances() == {
            "gateway_clearing": 12_000,
            "pass_liability": -12_000,
        }


def test_the_day_of_a_posting_is_japans(sessions):
    post(sessions, capture())
    with sessions() as session:
        day = session.execute(text("SELECT effective_date FROM ledger_transactions")).scalar()
    assert str(day) == "2026-05-02"  # 15:30 UTC is half past midnight in Japan


@pytest.mark.parametrize(
    "entries",
    [
        [(Account.GATEWAY, 1)],
        [(Account.GATEWAY, 1), (Account.PASS_LIABILITY, -2)],
        [(Account.GATEWAY, 0), (Account.PASS_LIABILITY, 0)],
        [],
    ],
)
def test_an_unbalanced_posting_is_a_fault_of_the_program(sessions, entries):
    with pytest.raises(Unbalanced):
        post(sessions, Posting(kind="x", key="x", entries=entries))


HEAD = (
    "INSERT INTO ledger_transactions (id, kind, key, effective_date, posted_at) "
    "VALUES ('t', 'x', 'x', '2026-05-01', '2026-05-01 00:00:00+00')"
)
ENTRY = "INSERT INTO ledger_entries (transaction_id, account, amount) VALUES ('t', 'a', {})"


@pytest.mark.parametrize(
    ("statements", "complaint"),
    [
        ([ENTRY.format(5), ENTRY.format(-4), HEAD], "sum to zero"),
        ([HEAD], "sum to zero"),
        ([ENTRY.format(5), ENTRY.format(-5), HEAD, ENTRY.format(1)], "closed"),
        ([ENTRY.format(5), ENTRY.format(-5)], "(?i)foreign key"),
        ([ENTRY.format(0)], "amount_not_zero"),
    ],
)
def test_the_database_refuses_what_does_not_balance_whoever_writes_it(
    sessions, statements, complaint
):
    with pytest.raises(Exception, match=complaint):
        run(sessions, *statements)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET amount = 1",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_transactions SET note = 'x'",
        "DELETE FROM ledger_transactions",
    ],
)
def test_what_is_posted_stays_as_it_is(sessions, statement):
    post(sessions, capture())
    with pytest.raises(Exception, match="append-only"):
        run(sessions, statement)


class Histories(RuleBasedStateMachine):
    """
    Buyers, tills, banks and a gateway with faults, in any order: the books must hold.

    `MAAS_LEDGER_EXAMPLES=2000` tries thousands of histories.
    """

    @initialize()
    def open(self):
        import tempfile
        from pathlib import Path

        self.folder = tempfile.TemporaryDirectory()
        self.context = open_shop("sqlite", Path(self.folder.name))
        self.shop = self.context.__enter__()
        self.orders = []
        self.fulfilled_before = 0

    def teardown(self):
        if hasattr(self, "context"):
            self.settle()
            self.context.__exit__(None, None, None)
            self.folder.cleanup()

    @rule(adults=st.integers(0, 2), children=st.integers(0, 2))
    def order(self, adults, children):
        riders = {k: v for k, v in (("adult", adults), ("child", children)) if v}
        self.orders.append(self.shop.order(ALL_MODES, 9, **(riders or {"adult": 1})))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), token=st.sampled_from(["pm_card_visa", "3ds", "poor", "konbini"]))
    def pay(self, data, token):
        order = data.draw(st.sampled_from(self.orders))
        names = {
            "3ds": "pm_card_threeDSecure2Required",
            "poor": "pm_card_visa_chargeDeclinedInsufficientFunds",
        }
        if token == "konbini":
            self.shop.pay(order, None, method="konbini")
        else:
            self.shop.pay(order, names.get(token, token))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), ok=st.booleans())
    def act_at_the_gateway(self, data, ok):
        waiting = [
            thing
            for thing in self.shop.fake.state.things.values()
            if thing["object"] == "payment_intent" and thing["status"] == "requires_action"
        ]
        if waiting:
            thing = data.draw(st.sampled_from(waiting))
            way = "till" if "konbini" in thing["payment_method_types"] else "3ds"
            self.shop.hand(f"{way}/{thing['id']}", ok="1" if ok else "0")

    @rule(fault=st.sampled_from(["lose_answers", "keep_500", "unavailable", "refund_fails"]))
    def break_the_gateway(self, fault):
        self.shop.faults(**{fault: 1})

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def cancel(self, data):
        order = data.draw(st.sampled_from(self.orders))
        headers = self.shop.auth(order) | {"idempotency-key": f"cancel-{order['id']}"}
        self.shop.client.post(f"/orders/{order['id']}/cancel", headers=headers)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), part=st.booleans())
    def refund(self, data, part):
        order = data.draw(st.sampled_from(self.orders))
        rights = [r["id"] for r in self.shop.rights(order) if r["status"] == "issued"]
        if rights:
            offered = self.shop.refund(order, rights[:1] if part else rights)
            if offered.status_code == 201:
                self.shop.confirm(order, offered.json())

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), won=st.booleans())
    def dispute(self, data, won):
        charged = [
            thing
            for thing in self.shop.fake.state.things.values()
            if thing["object"] == "charge"
            and thing["status"] == "succeeded"
            and not thing["disputed"]
            and thing["amount_refunded"] < thing["amount"]
        ]
        if charged:
            thing = data.draw(st.sampled_from(charged))
            dispute = self.shop.hand(f"dispute/{thing['payment_intent']}")
            self.shop.hand(f"decide/{dispute['id']}", won="1" if won else "0")

    @rule(data=st.data())
    def hear(self, data):
        messages = self.shop.messages()
        chosen = data.draw(st.lists(st.sampled_from(messages), max_size=4)) if messages else []
        self.shop.deliver(chosen)

    @rule()
    def work(self):
        self.shop.work(rounds=2)

    @invariant()
    def books_hold(self):
        if hasattr(self, "shop"):
            assert self.shop.audit(settled=False) == []

    def settle(self):
        """When all news is in and all work is done, our books and the gateway's are the same."""
        from datetime import timedelta

        from ticketing.reconcile import reconcile

        shop = self.shop
        shop.faults(lose_answers=0, keep_500=0, unavailable=0, refund_fails=0)
        for _ in range(6):
            shop.deliver()
            shop.hurry()
            shop.work(rounds=3)
            asked = [
                thing
                for thing in list(shop.fake.state.things.values())
                if thing["object"] == "refund" and thing["status"] == "requires_action"
            ]
            for thing in asked:
                shop.hand(f"refund/{thing['id']}")
        assert shop.audit() == []
        since = shop.clock.now() - timedelta(days=1)
        shop.desk.book_movements()
        with shop.sessions() as session:
            apart = reconcile(session, shop.gateway.movements(since), since)
        assert [f"{v.code} {v.what}" for v in apart] == []
        kept = sum(thing["fee"] for thing in shop.fake.state.of_kind("balance_transaction"))
        balances = shop.balances()
        # What the gateway holds for us is what it says, net of every fee that it kept.
        held = sum(thing["net"] for thing in shop.fake.state.of_kind("balance_transaction"))
        assert balances.get("gateway_clearing", 0) == held
        assert shop.desk.book_movements() == 0
        assert kept >= balances.get("gateway_fee", 0)


HISTORIES = int(os.environ.get("MAAS_LEDGER_EXAMPLES", "6"))
TestHistories = Histories.TestCase
TestHistories.pytestmark = [pytest.mark.timeout(300 if HISTORIES <= 10 else 0)]
TestHistories.settings = settings(
    max_examples=HISTORIES,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
