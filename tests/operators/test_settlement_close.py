from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from maas.core.clock import FrozenClock
from maas.core.money import Yen
from operators.settlement.agreement import Agreement, Method, Part, Party
from operators.settlement.errors import (
    AgreementInvalid,
    AgreementMissing,
    FactsMissing,
    PeriodClosed,
    PeriodNotOver,
    StatementNotFound,
)
from operators.settlement.models import FIXED_TABLES
from operators.settlement.records import RefundRecord, SaleRecord, UsageRecord
from operators.settlement.service import SettlementService
from operators.settlement.statement import verify
from tests.simulation import year
from tests.support.database import BACKENDS, fresh_engine

TERMS = Agreement(
    "p@1",
    "p",
    date(2026, 4, 1),
    None,
    (Party("bus", 1), Party("rail", 1)),
    (Part(Method.NOMINAL_FARE, 10_000),),
)


@pytest.fixture(params=BACKENDS)
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    with fresh_engine(request.param, tmp_path) as engine, Session(engine) as session:
        yield session


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 5, 2, tzinfo=UTC))


@pytest.fixture
def service(session: Session, clock: FrozenClock) -> SettlementService:
    return SettlementService(session, clock)


def books_of_april() -> year.Ledger:
    books = year.Ledger()
    sale = SaleRecord("s1", "p", "p@1", date(2026, 4, 30), Yen(1_000), Yen(0))
    key = books.sell(sale, 0)
    books.uses[key].append(
        (date(2026, 4, 30), UsageRecord("u1", "s1", "bus", date(2026, 4, 30), Yen(300)))
    )
    return books


def add_late_ride(books: year.Ledger, day: date, fare: int | None = 100) -> None:
    key = next(iter(books.sales))
    use = UsageRecord("u2", "s1", "rail", date(2026, 4, 30), None if fare is None else Yen(fare))
    books.uses[key].append((day, use))
    books.days[key].add(f"{day:%Y-%m}")


def test_a_ride_that_comes_late_moves_yen_in_the_open_month_only(
    service: SettlementService, clock: FrozenClock
) -> None:
    service.sign(TERMS)
    books = books_of_april()
    april = service.close("2026-04", books, {}, year.PLATFORM, by="council")
    add_late_ride(books, date(2026, 5, 20))
    clock.move(datetime(2026, 6, 2, tzinfo=UTC) - clock.now())

    may = service.close("2026-05", books, {}, year.PLATFORM, by="council")

    # April: all to the bus. With the late ride 300 : 100 of 1,000, so 250 move to the railway.
    assert {name: row["total"] for name, row in april.statements.items()} == {
        "bus": 1_000,
        "rail": 0,
    }
    assert {name: row["total"] for name, row in may.statements.items()} == {
        "bus": -250,
        "rail": 250,
    }
    assert service.statement("2026-04", "bus") == april.statements["bus"]
    assert may.statements["bus"]["previous_hash"] == april.statements["bus"]["hash"]


def test_a_refund_after_the_close_takes_back_what_was_paid(
    service: SettlementService, clock: FrozenClock
) -> None:
    service.sign(TERMS)
    books = books_of_april()
    service.close("2026-04", books, {}, year.PLATFORM, by="council")
    key = next(iter(books.sales))
    books.refunds[key].append(RefundRecord("r1", "s1", date(2026, 5, 3), Yen(400)))
    books.days[key].add("2026-05")
    clock.move(datetime(2026, 6, 2, tzinfo=UTC) - clock.now())

    may = service.close("2026-05", books, {}, year.PLATFORM, by="council")

    assert {name: row["total"] for name, row in may.statements.items()} == {"bus": -400, "rail": 0}


def test_a_month_is_closed_once_in_order_and_after_its_end(
    service: SettlementService, clock: FrozenClock
) -> None:
    service.sign(TERMS)
    with pytest.raises(PeriodNotOver):
        service.close("2026-05", books_of_april(), {}, year.PLATFORM, by="council")
    service.close("2026-04", books_of_april(), {}, year.PLATFORM, by="council")
    with pytest.raises(PeriodClosed):
        service.close("2026-04", books_of_april(), {}, year.PLATFORM, by="council")
    clock.move(datetime(2026, 8, 2, tzinfo=UTC) - clock.now())
    with pytest.raises(PeriodNotOver):
        service.close("2026-06", books_of_april(), {}, year.PLATFORM, by="council")


def test_what_nobody_signed_is_not_split(service: SettlementService) -> None:
    with pytest.raises(AgreementMissing):
        service.close("2026-04", books_of_april(), {}, year.PLATFORM, by="council")


def test_a_close_names_the_uses_without_a_fare_and_stores_nothing(
    service: SettlementService,
) -> None:
    service.sign(TERMS)
    books = books_of_april()
    add_late_ride(books, date(2026, 4, 30), fare=None)

    with pytest.raises(FactsMissing, match="u2"):
        service.close("2026-04", books, {}, year.PLATFORM, by="council")

    assert list(service.periods()) == []


def test_a_rule_can_be_tried_on_the_month_before_it_is_signed(service: SettlementService) -> None:
    service.sign(TERMS)
    books = books_of_april()
    service.close("2026-04", books, {}, year.PLATFORM, by="council")
    draft = replace(TERMS, id="p@2", parts=(Part(Method.FIXED, 10_000),))

    (result,) = service.try_out(draft, books, "2026-04").values()

    assert result.proposed.shares == {"bus": 500, "rail": 500}
    assert result.signed is not None
    assert result.signed.shares == {"bus": 1_000, "rail": 0}
    assert [row.period for row in service.periods()] == ["2026-04"]


def test_nobody_sees_a_pool_by_writing_itself_into_a_draft(service: SettlementService) -> None:
    service.sign(TERMS)
    draft = replace(TERMS, id="p@2", parties=(*TERMS.parties, Party("spy", 1)))

    assert service.try_out(draft, books_of_april(), "2026-04", operator="spy") == {}
    assert len(service.try_out(draft, books_of_april(), "2026-04", operator="bus")) == 1


def test_a_rule_is_tried_only_on_a_month_that_is_over(service: SettlementService) -> None:
    with pytest.raises(PeriodNotOver):
        service.try_out(TERMS, books_of_april(), "2026-05")


def test_agreements_neither_change_nor_overlap(service: SettlementService) -> None:
    first = service.sign(replace(TERMS, valid_until=date(2026, 12, 31)))
    assert service.sign(replace(TERMS, valid_until=date(2026, 12, 31))) is first
    with pytest.raises(AgreementInvalid, match="other terms"):
        service.sign(replace(TERMS, valid_until=date(2026, 12, 31), commission=1))
    with pytest.raises(AgreementInvalid, match="overlap"):
        service.sign(replace(TERMS, id="p@2", valid_from=date(2026, 12, 31)))
    service.sign(replace(TERMS, id="p@2", valid_from=date(2027, 1, 1)))


def test_a_statement_of_nobody_is_not_found(service: SettlementService) -> None:
    with pytest.raises(StatementNotFound):
        service.statement("2026-04", "bus")


@pytest.mark.parametrize("table", FIXED_TABLES)
def test_the_database_itself_refuses_to_change_what_is_closed(
    session: Session, service: SettlementService, table: str
) -> None:
    service.sign(TERMS)
    service.close("2026-04", books_of_april(), {}, year.PLATFORM, by="council")
    session.commit()
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {_column(table)} = 'x'"):
        with pytest.raises(DBAPIError, match="closed stays"):
            session.execute(text(statement))
        session.rollback()


def _column(table: str) -> str:
    return {
        "settlement_agreements": "product",
        "settlement_periods": "closed_by",
        "settlement_cohorts": "agreement",
        "settlement_statements": "hash",
    }[table]


def test_a_small_year_closes_to_the_yen(session: Session) -> None:
    books, terms = year.simulate(orders=600, operators=9, products=4, seed=5)

    closed = year.close_all(session, books, terms, 16)

    stated = sum(int(row["total"]) for month in closed for row in month.statements.values())
    assert stated == books.balance
    for month in closed:
        for document in month.statements.values():
            assert all(check.passed for check in verify(document))
