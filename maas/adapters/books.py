"""
Ledger, entitlements and scans as the books that settlement reads.

The ledger is the truth for money: a sale counts on the day of its capture, a refund on the day on
which it was owed, a lost chargeback on the day of its loss. A scan counts on the day on which the
server received it, so that what a reader uploads late falls into a month that is open. What a ride
was worth is looked up once, at the close that first settles it, and kept.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from maas.adapters.ride_measures import UNKNOWN, Measure, Measures
from maas.core.clock import JAPAN
from maas.core.money import Yen, split_largest_remainder
from operators.settlement.models import SettlementAgreement, SettlementRide
from operators.settlement.records import RefundRecord, SaleRecord, UsageRecord
from operators.settlement.service import CohortKey
from ticketing.inspection.models import Scan
from ticketing.ledger.models import LedgerEntry, LedgerTransaction
from ticketing.ledger.service import Account
from ticketing.refunds.models import Refund, RefundItem
from ticketing.tickets.issued import SignedTicket
from ticketing.tickets.models import Entitlement

NOBODY: Final = "unsigned"
"""In the place of an agreement where nobody signed one for the day of sale; a close refuses it."""

Facts = tuple[Sequence[SaleRecord], Sequence[RefundRecord], Sequence[UsageRecord]]


@dataclass(frozen=True, slots=True)
class _Terms:
    id: str
    product: str
    valid_from: date
    valid_until: date | None

    def hold_on(self, product: str, day: date) -> bool:
        return (
            self.product == product
            and self.valid_from <= day
            and (self.valid_until is None or day <= self.valid_until)
        )


class SqlBooks:
    """`operators.settlement.service.Books` over the database of one session."""

    def __init__(self, session: Session, measures: Measures | None = None) -> None:
        self._session = session
        self._measures = measures
        self._new: dict[str, Measure] = {}
        self._terms = [
            _Terms(row.id, row.product, row.valid_from, row.valid_until)
            for row in session.execute(
                select(
                    SettlementAgreement.id,
                    SettlementAgreement.product,
                    SettlementAgreement.valid_from,
                    SettlementAgreement.valid_until,
                )
            )
        ]

    def moved(self, period: str) -> Sequence[CohortKey]:
        """Return the cohorts of which a sale, refund, chargeback or use was booked in the month."""
        first, after = month_span(period)
        booked = (
            select(LedgerTransaction.order_id)
            .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
            .where(
                LedgerTransaction.effective_date >= first,
                LedgerTransaction.effective_date < after,
                LedgerTransaction.order_id.is_not(None),
                LedgerEntry.account.in_([Account.PASS_LIABILITY.value, Account.GATEWAY_FEE.value]),
            )
        )
        orders = {UUID(text) for text in self._session.scalars(booked.distinct())}
        orders |= set(
            self._session.scalars(
                select(Entitlement.order_id)
                .join(SignedTicket, SignedTicket.entitlement_id == Entitlement.id)
                .join(Scan, Scan.serial == SignedTicket.serial)
                .where(
                    Scan.accepted,
                    Scan.received_at >= midnight(first),
                    Scan.received_at < midnight(after),
                )
                .distinct()
            )
        )
        sold = self._sold_on(orders)
        keys = set()
        for row in self._entitlements(list(sold)):
            keys.add(self._key(row.product_id, sold[row.order_id]))
        return sorted(keys, key=lambda key: key.id)

    def facts(self, cohort: CohortKey, until: date) -> Facts:
        """Return everything of a cohort that was booked up to a day."""
        first, after = month_span(cohort.month)
        sold = self._sold_between(first, min(after, until + timedelta(days=1)))
        rows = [
            row
            for row in self._entitlements(list(sold), product=cohort.product)
            if self._key(row.product_id, sold[row.order_id]) == cohort
        ]
        fees = self._card_fees({row.order_id for row in rows}, until)
        by_order: dict[UUID, list[Any]] = defaultdict(list)
        for row in self._entitlements([row.order_id for row in rows]):
            by_order[row.order_id].append(row)
        share: dict[UUID, int] = {}
        for order, lines in by_order.items():
            prices = [line.price for line in lines]
            parts = split_largest_remainder(
                Yen(fees.get(order, 0)), prices if any(prices) else [1] * len(prices)
            )
            share |= {line.id: part for line, part in zip(lines, parts, strict=True)}
        sales = [
            SaleRecord(
                sale_id=str(row.id),
                product=row.product_id,
                agreement=cohort.agreement,
                sold_on=sold[row.order_id],
                amount=Yen(row.price),
                card_fee=Yen(share[row.id]),
            )
            for row in rows
        ]
        own = {row.id for row in rows}
        return sales, self._refunds(own, by_order, until), self._uses(own, until)

    def keep_measures(self, now: datetime) -> None:
        """Keep what the rides seen so far were worth, so that they are weighed alike for ever."""
        self._session.add_all(
            SettlementRide(
                usage=usage,
                nominal_fare=measure.nominal_fare,
                distance_m=measure.distance_m,
                duration_s=measure.duration_s,
                settled_at=now,
            )
            for usage, measure in self._new.items()
        )
        self._session.flush()
        self._new.clear()

    def _key(self, product: str, sold: date) -> CohortKey:
        terms = next((row.id for row in self._terms if row.hold_on(product, sold)), NOBODY)
        return CohortKey(product, terms, f"{sold:%Y-%m}")

    def _captures(self) -> Any:
        return select(LedgerTransaction.order_id, LedgerTransaction.effective_date).where(
            LedgerTransaction.kind == "capture", LedgerTransaction.order_id.is_not(None)
        )

    def _sold_on(self, orders: set[UUID]) -> dict[UUID, date]:
        found: dict[UUID, date] = {}
        for part in chunks([str(order) for order in orders]):
            query = self._captures().where(LedgerTransaction.order_id.in_(part))
            found |= {
                UUID(row.order_id): row.effective_date for row in self._session.execute(query)
            }
        return found

    def _sold_between(self, first: date, after: date) -> dict[UUID, date]:
        query = self._captures().where(
            LedgerTransaction.effective_date >= first, LedgerTransaction.effective_date < after
        )
        return {UUID(row.order_id): row.effective_date for row in self._session.execute(query)}

    def _entitlements(self, orders: Sequence[UUID], product: str = "") -> list[Any]:
        rows: list[Any] = []
        for part in chunks(sorted(set(orders))):
            query = select(
                Entitlement.id,
                Entitlement.order_id,
                Entitlement.product_id,
                Entitlement.price,
                Entitlement.activated_at,
            ).where(Entitlement.order_id.in_(part))
            if product:
                query = query.where(Entitlement.product_id == product)
            rows += self._session.execute(query.order_by(Entitlement.id)).all()
        return rows

    def _card_fees(self, orders: set[UUID], until: date) -> dict[UUID, int]:
        """Return the gateway's fees as booked; what was not booked is not invented."""
        fees: dict[UUID, int] = defaultdict(int)
        for part in chunks(sorted(str(order) for order in orders)):
            query = (
                select(LedgerTransaction.order_id, LedgerEntry.amount)
                .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
                .where(
                    LedgerTransaction.order_id.in_(part),
                    LedgerTransaction.effective_date <= until,
                    LedgerEntry.account == Account.GATEWAY_FEE.value,
                )
            )
            for row in self._session.execute(query):
                fees[UUID(row.order_id)] += row.amount
        return fees

    def _refunds(
        self, own: set[UUID], by_order: dict[UUID, list[Any]], until: date
    ) -> list[RefundRecord]:
        found = []
        for part in chunks(sorted(own)):
            query = (
                select(
                    RefundItem.entitlement_id, RefundItem.gross, RefundItem.fee, Refund.confirmed_at
                )
                .join(Refund, Refund.id == RefundItem.refund_id)
                .where(
                    RefundItem.entitlement_id.in_(part),
                    Refund.confirmed_at < midnight(until + timedelta(days=1)),
                )
            )
            found += [
                RefundRecord(
                    refund_id=f"refund-{row.entitlement_id}",
                    sale_id=str(row.entitlement_id),
                    booked_on=row.confirmed_at.astimezone(JAPAN).date(),
                    # What the buyer does not get back is a fee for the service, not the pool's.
                    amount=Yen(row.gross),
                    fee_kept=Yen(row.fee),
                )
                for row in self._session.execute(query)
            ]
        refunded = {UUID(row.sale_id) for row in found}
        return found + self._losses(own, by_order, refunded, until)

    def _losses(
        self,
        own: set[UUID],
        by_order: dict[UUID, list[Any]],
        refunded: set[UUID],
        until: date,
    ) -> list[RefundRecord]:
        """Return lost chargebacks, as far as they were booked against passes that nobody used."""
        found = []
        for part in chunks(sorted(str(order) for order in by_order)):
            query = (
                select(
                    LedgerTransaction.order_id,
                    LedgerTransaction.key,
                    LedgerTransaction.effective_date,
                    LedgerEntry.amount,
                )
                .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
                .where(
                    LedgerTransaction.order_id.in_(part),
                    LedgerTransaction.kind == "dispute-lost",
                    LedgerTransaction.effective_date <= until,
                    LedgerEntry.account == Account.PASS_LIABILITY.value,
                )
            )
            for row in self._session.execute(query):
                unused = [
                    line
                    for line in by_order[UUID(row.order_id)]
                    if line.activated_at is None and line.id not in refunded
                ]
                parts = split_largest_remainder(Yen(row.amount), [line.price for line in unused])
                found += [
                    RefundRecord(f"{row.key}/{line.id}", str(line.id), row.effective_date, part_of)
                    for line, part_of in zip(unused, parts, strict=True)
                    if line.id in own and part_of
                ]
        return found

    def _uses(self, own: set[UUID], until: date) -> list[UsageRecord]:
        found = []
        for part in chunks(sorted(own)):
            query = (
                select(
                    Scan.number,
                    Scan.operator_id,
                    Scan.scanned_at,
                    Scan.place,
                    SignedTicket.entitlement_id,
                )
                .join(SignedTicket, SignedTicket.serial == Scan.serial)
                .where(
                    SignedTicket.entitlement_id.in_(part),
                    Scan.accepted,
                    Scan.received_at < midnight(until + timedelta(days=1)),
                )
                .order_by(Scan.number)
            )
            rows = self._session.execute(query).all()
            kept = self._kept([f"scan-{row.number}" for row in rows])
            for row in rows:
                usage = f"scan-{row.number}"
                measure = kept.get(usage) or self._measure(usage, row.place, row.scanned_at)
                found.append(
                    UsageRecord(
                        usage_id=usage,
                        sale_id=str(row.entitlement_id),
                        operator=row.operator_id,
                        used_on=row.scanned_at.astimezone(JAPAN).date(),
                        nominal_fare=measure.nominal_fare,
                        distance_m=measure.distance_m,
                        duration_s=measure.duration_s,
                    )
                )
        return found

    def _kept(self, usages: Sequence[str]) -> dict[str, Measure]:
        found: dict[str, Measure] = {}
        for part in chunks(usages):
            query = select(SettlementRide).where(SettlementRide.usage.in_(part))
            found |= {
                row.usage: Measure(row.nominal_fare, row.distance_m, row.duration_s)
                for row in self._session.scalars(query)
            }
        return found

    def _measure(self, usage: str, place: Mapping[str, Any], at: datetime) -> Measure:
        if usage not in self._new:
            self._new[usage] = self._measures.of(place, at) if self._measures else UNKNOWN
        return self._new[usage]


def month_span(period: str) -> tuple[date, date]:
    """
    Return the first day of a month, and the first day after it.

    Raises:
        ValueError: It is not written as `2026-12`.

    """
    first = date.fromisoformat(f"{period}-01")
    return first, date(first.year + first.month // 12, first.month % 12 + 1, 1)


def midnight(day: date) -> datetime:
    """Return when a day begins in Japan."""
    return datetime.combine(day, time(), tzinfo=JAPAN)


Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int = 500) -> Iterator[Sequence[Item]]:
    """Yield parts small enough for one statement's parameters."""
    for begin in range(0, len(items), size):
        yield items[begin : begin + size]
