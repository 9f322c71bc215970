"""
A simulated year: sales, rides, refunds and chargebacks of many products, closed month by month.

`python -m tests.simulation.year --orders 100000` prints what twelve closes (and a thirteenth for
what came late) gave, with time and memory, and checks every statement from its own text.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from maas.core.clock import FrozenClock
from maas.core.money import Yen
from operators.settlement.agreement import Agreement, Method, Part, WhenUnknown
from operators.settlement.agreement import Party as Terms
from operators.settlement.records import RefundRecord, SaleRecord, UsageRecord
from operators.settlement.service import Closed, CohortKey, SettlementService
from operators.settlement.statement import Party, verify
from tests.support.database import fresh_engine

FIRST = date(2026, 4, 1)
PLATFORM = Party("platform", "九州MaaS協議会（見本）", "T7000012050002")


@dataclass
class Ledger:
    """Books in memory: what was booked, by cohort, with the day on which it was booked."""

    sales: dict[CohortKey, list[SaleRecord]] = field(default_factory=lambda: defaultdict(list))
    refunds: dict[CohortKey, list[RefundRecord]] = field(default_factory=lambda: defaultdict(list))
    uses: dict[CohortKey, list[tuple[date, UsageRecord]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    days: dict[CohortKey, set[str]] = field(default_factory=lambda: defaultdict(set))
    balance: int = 0
    """Yen that belong to the pools: the independent sum that statements are held against."""

    def sell(self, sale: SaleRecord, commission: int) -> CohortKey:
        """Book a sale."""
        key = CohortKey(sale.product, sale.agreement, f"{sale.sold_on:%Y-%m}")
        self.sales[key].append(sale)
        self.days[key].add(f"{sale.sold_on:%Y-%m}")
        self.balance += sale.amount - sale.card_fee - commission
        return key

    def moved(self, period: str) -> Sequence[CohortKey]:
        """Return the cohorts with a booking in the month."""
        return [key for key, months in self.days.items() if period in months]

    def facts(
        self, cohort: CohortKey, until: date
    ) -> tuple[Sequence[SaleRecord], Sequence[RefundRecord], Sequence[UsageRecord]]:
        """Return what was booked up to a day."""
        return (
            self.sales[cohort],
            [row for row in self.refunds[cohort] if row.booked_on <= until],
            [use for booked, use in self.uses[cohort] if booked <= until],
        )


def agreements(operators: int, products: int, rng: random.Random) -> list[Agreement]:
    """Return one agreement a product, of many shapes."""
    names = [f"op-{number:02}" for number in range(operators)]
    shapes = [
        (Part(Method.NOMINAL_FARE, 10_000, WhenUnknown.AGREED),),
        (Part(Method.FIXED, 4_000), Part(Method.NOMINAL_FARE, 6_000, WhenUnknown.AGREED)),
        (
            Part(Method.FIXED, 3_333),
            Part(Method.RIDES, 3_333),
            Part(Method.DISTANCE, 3_334, WhenUnknown.AGREED),
        ),
        (Part(Method.ACTIVE_DAYS, 5_000), Part(Method.DURATION, 5_000, WhenUnknown.AGREED)),
    ]
    made = []
    for number in range(products):
        chosen = sorted(rng.sample(names, rng.randint(min(3, operators), operators)))
        parties = tuple(
            Terms(name, rng.randint(1, 9), 250, 8_000, 1_200, minimum=rng.choice([0, 0, 0, 500]))
            for name in chosen
        )
        made.append(
            Agreement(
                f"pass-{number:02}@1",
                f"pass-{number:02}",
                FIRST,
                None,
                parties,
                shapes[number % len(shapes)],
                commission=500,
                commission_cap=1_000,
            )
        )
    return made


def simulate(
    orders: int, operators: int, products: int, seed: int
) -> tuple[Ledger, list[Agreement]]:
    """Return a year of bookings."""
    rng = random.Random(seed)
    terms = agreements(operators, products, rng)
    books = Ledger()
    for number in range(orders):
        agreement = rng.choice(terms)
        sold = FIRST + timedelta(days=rng.randrange(365))
        amount = rng.randrange(1_500, 22_800)
        fee = amount * 36 // 1_000
        commission = min(
            amount * agreement.commission // 10_000, agreement.commission_cap or amount
        )
        sale = SaleRecord(
            f"s{number}", agreement.product, agreement.id, sold, Yen(amount), Yen(fee)
        )
        key = books.sell(sale, commission)
        _ride(books, key, sale, agreement, rng)
        _refund(books, key, sale, agreement, commission, rng)
    return books, terms


def _ride(
    books: Ledger, key: CohortKey, sale: SaleRecord, agreement: Agreement, rng: random.Random
) -> None:
    for ride in range(rng.choice([0, 1, 2, 4, 6])):
        used = sale.sold_on + timedelta(days=rng.randrange(10))
        # One in twenty is uploaded weeks later: a reader without a network.
        booked = used + timedelta(days=rng.choice([0] * 19 + [30]))
        known = rng.random() > 0.1
        use = UsageRecord(
            f"{sale.sale_id}-{ride}",
            sale.sale_id,
            rng.choice(agreement.operators),
            used,
            Yen(rng.randrange(150, 4_000)) if known else None,
            rng.randrange(500, 90_000) if known else None,
            rng.randrange(300, 9_000) if known else None,
        )
        books.uses[key].append((booked, use))
        books.days[key].add(f"{booked:%Y-%m}")


def _refund(
    books: Ledger,
    key: CohortKey,
    sale: SaleRecord,
    agreement: Agreement,
    commission: int,
    rng: random.Random,
) -> None:
    if rng.random() > 0.06:
        return
    booked = sale.sold_on + timedelta(days=rng.randrange(80))
    amount = sale.amount if rng.random() < 0.7 else rng.randrange(1, sale.amount)
    books.refunds[key].append(RefundRecord(f"r{sale.sale_id}", sale.sale_id, booked, Yen(amount)))
    books.days[key].add(f"{booked:%Y-%m}")
    kept = sale.amount - amount
    again = min(kept * agreement.commission // 10_000, agreement.commission_cap or kept)
    books.balance -= amount - (commission - again)


def months(count: int) -> list[str]:
    """Return the months from the first on."""
    return [f"{2026 + (3 + n) // 12}-{(3 + n) % 12 + 1:02}" for n in range(count)]


def close_all(
    session: Session, books: Ledger, terms: Sequence[Agreement], count: int
) -> list[Closed]:
    """Sign every agreement and close the months in order."""
    clock = FrozenClock(datetime(2026, 4, 1, tzinfo=UTC))
    service = SettlementService(session, clock)
    for agreement in terms:
        service.sign(agreement)
    closed = []
    for period in months(count):
        year, month = (int(part) for part in period.split("-"))
        after = datetime(year + month // 12, month % 12 + 1, 5, tzinfo=UTC)
        clock.move(after - clock.now())
        closed.append(service.close(period, books, {}, PLATFORM, by="simulation"))
    return closed


def main() -> int:
    """Print the year."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--operators", type=int, default=62)
    parser.add_argument("--products", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begin = time.perf_counter()
    books, terms = simulate(options.orders, options.operators, options.products, options.seed)
    uses = sum(len(rows) for rows in books.uses.values())
    refunds = sum(len(rows) for rows in books.refunds.values())
    print(
        f"{options.orders:,} orders, {uses:,} rides, {refunds:,} refunds and chargebacks, "
        f"{options.operators} operators, made in {time.perf_counter() - begin:.1f} s"
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        fresh_engine("sqlite", Path(folder)) as engine,
        Session(engine) as session,
        session.begin(),
    ):
        begin = time.perf_counter()
        # Four months more, until the last refund and the last late ride have come.
        closed = close_all(session, books, terms, 16)
        spent = time.perf_counter() - begin
    begin = time.perf_counter()
    wrong = checked = stated = 0
    for period in closed:
        total = sum(int(document["total"]) for document in period.statements.values())
        stated += total
        print(
            f"{period.period}: {len(period.statements):3} statements {total:15,} yen, pool {period.pool:15,}"
        )
        for document in period.statements.values():
            reread = json.loads(json.dumps(document, ensure_ascii=False))
            checked += 1
            wrong += not all(check.passed for check in verify(reread))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{len(closed)} closes in {spent:.1f} s, {spent / len(closed):.2f} s a close, peak {memory} MB"
    )
    print(
        f"{checked} statements recomputed from themselves in {time.perf_counter() - begin:.1f} s, {wrong} wrong"
    )
    print(
        f"statements {stated:,} yen, ledger {books.balance:,} yen, difference {stated - books.balance}"
    )
    return 0 if stated == books.balance and not wrong else 1


if __name__ == "__main__":
    raise SystemExit(main())
