"""Real orders, refunds and scans, closed into statements that are the ledger's yen."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from maas.adapters.books import SqlBooks
from maas.core.clock import FrozenClock
from maas.rest.principal import Principal
from maas.usecases.close_period import close_period
from operators.settlement.agreement import Agreement, Method, Part, Party
from operators.settlement.errors import AgreementMissing
from operators.settlement.service import SettlementService
from operators.settlement.statement import verify
from tests.support.database import fresh_engine
from tests.support.shop import CITY, Shop
from ticketing.audit import audit
from ticketing.inspection.models import Scan
from ticketing.ledger.service import Ledger
from ticketing.payments.fake_stripe import FakeStripe
from ticketing.payments.stripe_gateway import API_VERSION
from ticketing.tickets.keyring import demo_keyring
from ticketing.tickets.service import TicketService

BEGIN = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
TERMS = Agreement(
    "city@1",
    CITY,
    date(2026, 4, 1),
    None,
    (Party("bus", 1), Party("subway", 3)),
    (Part(Method.FIXED, 5_000), Part(Method.RIDES, 5_000)),
    commission=1_000,
)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(BEGIN)


@pytest.fixture
def shop(tmp_path: Path, clock: FrozenClock) -> Iterator[Shop]:
    with fresh_engine("sqlite", tmp_path) as engine, FakeStripe(version=API_VERSION) as fake:
        yield Shop(engine, fake, tmp_path / "mail", clock)


def ride(shop: Shop, order: dict, operator: str, clock: FrozenClock, *, later: int = 0) -> None:
    """Activate the order's ticket if it is not, and let a reader accept it."""
    with shop.sessions.begin() as session:
        tickets = TicketService(session, clock, shop.desk.config, demo_keyring())
        holder = Principal(buyer_secret=order["secret"])
        (entitlement,) = tickets.of_order(UUID(order["id"]), holder)
        signed = tickets.activate(entitlement.id, holder, None)
        session.add(
            Scan(
                device_id="gate",
                nonce=uuid4().hex,
                operator_id=operator,
                scanned_at=clock.now(),
                received_at=clock.now() + timedelta(days=later),
                online=False,
                serial=signed.serial,
                text_hash="",
                place={},
                device_verdict="valid",
                server_verdict="valid",
                list_version=1,
                accepted=True,
            )
        )


def sign(shop: Shop, clock: FrozenClock) -> None:
    with shop.sessions.begin() as session:
        SettlementService(session, clock).sign(TERMS)


def close(shop: Shop, clock: FrozenClock, period: str) -> dict[str, int]:
    with shop.sessions.begin() as session:
        closed = close_period(session, clock, shop.desk.config, period, by="council")
        for document in closed.statements.values():
            assert all(check.passed for check in verify(document))
        assert audit(session) == []
        return {name: row["total"] for name, row in closed.statements.items()}


def balances(shop: Shop, clock: FrozenClock) -> dict[str, int]:
    with shop.sessions() as session:
        return {name: int(amount) for name, amount in Ledger(session, clock).balances().items()}


def test_what_was_sold_is_owed_to_operators_to_the_yen(shop: Shop, clock: FrozenClock) -> None:
    sign(shop, clock)
    first, second = shop.bought(CITY), shop.bought(CITY)
    price = first["total"]
    ride(shop, first, "bus", clock)
    ride(shop, first, "subway", clock)
    ride(shop, second, "bus", clock, later=20)
    assert balances(shop, clock)["pass_liability"] == -2 * price
    clock.move(datetime(2027, 1, 5, tzinfo=UTC) - clock.now())

    december = close(shop, clock, "2026-12")

    # Two tickets less 10 % commission each; half by 1 : 3, half by rides bus 1 + 1 : subway 1.
    commission = 2 * (price // 10)
    pool = 2 * price - commission
    assert sum(december.values()) == pool
    assert abs(december["bus"] - (pool / 2 / 4 + pool / 2 * 2 / 3)) < 2
    after = balances(shop, clock)
    assert after.get("pass_liability", 0) == 0
    assert after["operator_payable"] == -pool
    assert after["sales_commission"] == -commission


def test_a_refund_of_the_next_month_comes_out_of_that_month(shop: Shop, clock: FrozenClock) -> None:
    sign(shop, clock)
    clock.move(datetime(2026, 12, 30, 3, tzinfo=UTC) - clock.now())
    kept, returned = shop.bought(CITY), shop.bought(CITY)
    ride(shop, kept, "bus", clock)
    clock.move(datetime(2027, 1, 1, tzinfo=UTC) - clock.now())
    december = close(shop, clock, "2026-12")
    answer = shop.refund(returned)
    assert answer.is_success, answer.text
    refund = answer.json()
    assert shop.confirm(returned, refund).is_success
    shop.work()
    clock.move(datetime(2027, 2, 5, tzinfo=UTC) - clock.now())

    january = close(shop, clock, "2027-01")

    price = kept["total"]
    assert sum(december.values()) == 2 * (price - price // 10)
    assert sum(january.values()) == -(price - price // 10)
    assert balances(shop, clock).get("pass_liability", 0) == 0


def test_what_nobody_signed_stops_the_close_and_leaves_nothing(
    shop: Shop, clock: FrozenClock
) -> None:
    shop.bought(CITY)
    clock.move(datetime(2027, 1, 5, tzinfo=UTC) - clock.now())

    with pytest.raises(AgreementMissing), shop.sessions.begin() as session:
        close_period(session, clock, shop.desk.config, "2026-12", by="council")

    assert "operator_payable" not in balances(shop, clock)


def test_the_books_know_nothing_of_a_month_without_sales(shop: Shop) -> None:
    with shop.sessions() as session:
        assert list(SqlBooks(session).moved("2026-11")) == []
