"""
Close a month: one statement an operator, to the last yen; then it never changes.

The facts come through `Books`, which an adapter fills from the ledger and the scans. Only cohorts
that moved are computed again, so a close costs what the month brought, not what the years hold.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from maas.core.clock import Clock, japan_date
from maas.core.money import Yen
from operators.settlement import agreement as agreements
from operators.settlement.agreement import Agreement
from operators.settlement.apportion import CannotApportion, CohortFacts, Split, gather, split
from operators.settlement.errors import (
    AgreementInvalid,
    AgreementMissing,
    FactsMissing,
    PeriodClosed,
    PeriodNotOver,
    StatementNotFound,
)
from operators.settlement.models import (
    SettlementAgreement,
    SettlementCohort,
    SettlementPeriod,
    SettlementStatement,
)
from operators.settlement.records import RefundRecord, SaleRecord, UsageRecord
from operators.settlement.statement import Cohort, Party, build, facts_from_json, facts_to_json


@dataclass(frozen=True, slots=True)
class CohortKey:
    """Product, agreement version and month of sale."""

    product: str
    agreement: str
    month: str

    @property
    def id(self) -> str:
        """Return the name that statements use."""
        return f"{self.product}/{self.agreement}/{self.month}"


class Books(Protocol):
    """What settlement asks of the ledger and the scans."""

    def moved(self, period: str) -> Sequence[CohortKey]:
        """Return the cohorts of which a sale, refund or use was booked in the period."""
        ...

    def facts(
        self, cohort: CohortKey, until: date
    ) -> tuple[Sequence[SaleRecord], Sequence[RefundRecord], Sequence[UsageRecord]]:
        """Return everything of a cohort that was booked up to a day, that day included."""
        ...


@dataclass(frozen=True, slots=True)
class Closed:
    """What a close gave."""

    period: str
    statements: Mapping[str, Mapping[str, Any]]
    """By operator."""
    pool: Yen
    commission: Yen
    card_fees: Yen
    card_fees_borne: Yen
    """The part of the card fees that pools bore, by their agreements."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A cohort split by terms that are not signed, beside the terms under which it was sold."""

    parties: tuple[str, ...]
    """Of the signed agreement; empty where nobody signed one for these sales."""
    proposed: Split
    signed: Split | None
    """None where nobody signed an agreement for the sales."""


class SettlementService:
    """Signs agreements and closes periods."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def sign(self, agreement: Agreement) -> SettlementAgreement:
        """
        Keep a version of an agreement.

        Raises:
            AgreementInvalid: It could leave a yen over, its id is taken by other terms, or its
                days overlap another version for the same product.

        """
        flaws = agreements.flaws(agreement)
        if flaws:
            raise AgreementInvalid(" ".join(f"{flaw.ja} / {flaw.en}" for flaw in flaws))
        known = self._session.get(SettlementAgreement, agreement.id)
        if known is not None:
            if known.fingerprint == agreements.fingerprint(agreement):
                return known
            raise AgreementInvalid("This version is signed with other terms.", id=agreement.id)
        for other in self._session.scalars(
            select(SettlementAgreement).where(SettlementAgreement.product == agreement.product)
        ):
            if _overlap(agreement, other):
                raise AgreementInvalid("Its days overlap another version.", other=other.id)
        row = SettlementAgreement(
            id=agreement.id,
            product=agreement.product,
            valid_from=agreement.valid_from,
            valid_until=agreement.valid_until,
            document=agreements.to_json(agreement),
            fingerprint=agreements.fingerprint(agreement),
            signed_at=self._clock.now(),
        )
        self._session.add(row)
        self._session.flush()
        return row

    def agreement(self, agreement_id: str) -> Agreement:
        """
        Return a signed agreement.

        Raises:
            AgreementMissing: There is none.

        """
        row = self._session.get(SettlementAgreement, agreement_id)
        if row is None:
            raise AgreementMissing("Nobody signed this agreement.", id=agreement_id)
        return agreements.from_json(row.document)

    def try_out(
        self, agreement: Agreement, books: Books, period: str, *, operator: str | None = None
    ) -> dict[str, Trial]:
        """
        Split a month that is over by an agreement that is not signed yet: the sandbox.

        Every cohort of the agreement's product that moved in the month is split, as far as it
        was known at the month's end, as if it had been sold under these terms; nothing is stored.

        Args:
            agreement: The terms to try.
            books: Sales, refunds and uses.
            period: The month, `2026-12`.
            operator: Only cohorts of which this operator is a party, by terms that were signed:
                nobody gets to see a pool by writing itself into a draft.

        Raises:
            AgreementInvalid: The terms could leave a yen over.
            FactsMissing: Uses lack what they weigh.
            PeriodNotOver: The month's last day has not passed in Japan.

        """
        flaws = agreements.flaws(agreement)
        if flaws:
            raise AgreementInvalid(" ".join(f"{flaw.ja} / {flaw.en}" for flaw in flaws))
        until = _last_day(period)
        if until >= japan_date(self._clock):
            raise PeriodNotOver("The month is not over in Japan.", period=period)
        results = {}
        for key in books.moved(period):
            if key.product != agreement.product:
                continue
            row = self._session.get(SettlementAgreement, key.agreement)
            signed = agreements.from_json(row.document) if row else None
            parties = signed.operators if signed else ()
            if operator is not None and operator not in parties:
                continue
            facts = books.facts(key, until)
            results[key.id] = Trial(
                parties,
                split(agreement, _sum_up(agreement, key, *facts)),
                split(signed, _sum_up(signed, key, *facts)) if signed else None,
            )
        return results

    def close(
        self, period: str, books: Books, parties: Mapping[str, Party], platform: Party, *, by: str
    ) -> Closed:
        """
        Close a month.

        Raises:
            PeriodClosed: It is closed already.
            PeriodNotOver: Its last day has not passed in Japan, or an earlier month that saw
                a close of its successor is missing.
            AgreementMissing: Something was sold under an agreement that nobody signed.
            FactsMissing: Uses lack what an agreement weighs; they are named.

        """
        self._require_open(period)
        until = _last_day(period)
        before = self._latest_facts()
        cohorts: list[tuple[CohortKey, Agreement, CohortFacts, CohortFacts | None]] = []
        uses: dict[str, Sequence[UsageRecord]] = {}
        for key in sorted(books.moved(period), key=lambda row: row.id):
            agreement = self.agreement(key.agreement)
            sales, refunds, rides = books.facts(key, until)
            now = _sum_up(agreement, key, sales, refunds, rides)
            if before.get(key.id) != now:
                cohorts.append((key, agreement, now, before.get(key.id)))
                uses[key.id] = rides
        documents = self._statements(period, cohorts, uses, parties, platform)
        closed = _closed(period, cohorts, documents)
        self._store(closed, cohorts, by)
        return closed

    def statement(self, period: str, operator: str) -> Mapping[str, Any]:
        """
        Return an operator's statement.

        Raises:
            StatementNotFound: There is none.

        """
        row = self._session.scalar(
            select(SettlementStatement).where(
                SettlementStatement.period == period, SettlementStatement.operator == operator
            )
        )
        if row is None:
            raise StatementNotFound("No statement for this month.", period=period)
        return row.document

    def totals(self, period: str) -> dict[str, int]:
        """Return the total of every statement of a closed month, by operator."""
        rows = self._session.execute(
            select(SettlementStatement.operator, SettlementStatement.total).where(
                SettlementStatement.period == period
            )
        )
        return {row.operator: int(row.total) for row in rows}

    def periods(self) -> Sequence[SettlementPeriod]:
        """Return the closed months in order."""
        return self._session.scalars(
            select(SettlementPeriod).order_by(SettlementPeriod.period)
        ).all()

    def _require_open(self, period: str) -> None:
        if self._session.get(SettlementPeriod, period) is not None:
            raise PeriodClosed("A correction belongs to a month that is open.", period=period)
        if _last_day(period) >= japan_date(self._clock):
            raise PeriodNotOver("The month is not over in Japan.", period=period)
        newest = self._session.scalar(select(func.max(SettlementPeriod.period)))
        if newest is not None and period != _next(newest):
            raise PeriodNotOver("Months are closed in order.", next=_next(newest))

    def _latest_facts(self) -> dict[str, CohortFacts]:
        rows = self._session.scalars(select(SettlementCohort).order_by(SettlementCohort.period))
        return {row.cohort: facts_from_json(row.facts) for row in rows}

    def _statements(
        self,
        period: str,
        cohorts: Sequence[tuple[CohortKey, Agreement, CohortFacts, CohortFacts | None]],
        uses: Mapping[str, Sequence[UsageRecord]],
        parties: Mapping[str, Party],
        platform: Party,
    ) -> dict[str, dict[str, Any]]:
        operators = sorted({name for _, row, _, _ in cohorts for name in row.operators})
        hashes = self._newest_hashes()
        own: dict[tuple[str, str], list[UsageRecord]] = {}
        for cohort, rides in uses.items():
            for ride in {ride.usage_id: ride for ride in rides}.values():
                own.setdefault((cohort, ride.operator), []).append(ride)
        issued_on = japan_date(self._clock).isoformat()
        return {
            operator: build(
                number=f"{period}-{operator}",
                period=period,
                issued_on=issued_on,
                operator=parties.get(operator, Party(operator, operator)),
                platform=platform,
                cohorts=[
                    Cohort(key.id, row, now, before, tuple(own.get((key.id, operator), ())))
                    for key, row, now, before in cohorts
                    if operator in row.operators
                ],
                previous_hash=hashes.get(operator, ""),
            )
            for operator in operators
        }

    def _newest_hashes(self) -> dict[str, str]:
        rows = self._session.execute(
            select(SettlementStatement.operator, SettlementStatement.hash).order_by(
                SettlementStatement.period
            )
        )
        return {row.operator: row.hash for row in rows}

    def _store(
        self,
        closed: Closed,
        cohorts: Iterable[tuple[CohortKey, Agreement, CohortFacts, CohortFacts | None]],
        by: str,
    ) -> None:
        now = self._clock.now()
        self._session.add(
            SettlementPeriod(
                period=closed.period,
                closed_at=now,
                closed_by=by,
                pool=closed.pool,
                commission=closed.commission,
                card_fees=closed.card_fees,
                statements=len(closed.statements),
            )
        )
        for key, agreement, facts, _ in cohorts:
            self._session.add(
                SettlementCohort(
                    cohort=key.id,
                    period=closed.period,
                    agreement=agreement.id,
                    facts=facts_to_json(facts),
                )
            )
        for operator, document in closed.statements.items():
            self._session.add(
                SettlementStatement(
                    number=document["number"],
                    period=closed.period,
                    operator=operator,
                    total=Yen(document["total"]),
                    hash=document["hash"],
                    issued_at=now,
                    document=dict(document),
                )
            )
        self._session.flush()


def _closed(
    period: str,
    cohorts: Iterable[tuple[CohortKey, Agreement, CohortFacts, CohortFacts | None]],
    documents: Mapping[str, Mapping[str, Any]],
) -> Closed:
    """Add up, and check that the statements are the pool to the yen before anything is stored."""
    pool = commission = card_fees = borne = 0
    for _, agreement, now, before in cohorts:
        after = split(agreement, now)
        earlier = split(agreement, before) if before else None
        pool += after.pool - (earlier.pool if earlier else 0)
        commission += after.commission - (earlier.commission if earlier else 0)
        fees = after.card_fees - (earlier.card_fees if earlier else 0)
        card_fees += fees
        borne += fees if agreement.card_fee_from_pool else 0
    stated = sum(int(document["total"]) for document in documents.values())
    assert stated == pool, f"{period}: statements {stated}, pool {pool}"
    return Closed(period, documents, Yen(pool), Yen(commission), Yen(card_fees), Yen(borne))


def _sum_up(
    agreement: Agreement,
    key: CohortKey,
    sales: Sequence[SaleRecord],
    refunds: Sequence[RefundRecord],
    uses: Sequence[UsageRecord],
) -> CohortFacts:
    try:
        return gather(agreement, sales, refunds, uses)
    except CannotApportion as error:
        named = ", ".join(error.uses[:20])
        raise FactsMissing(f"{error} {named}", cohort=key.id, uses=len(error.uses)) from error


def _overlap(new: Agreement, old: SettlementAgreement) -> bool:
    starts_before_end = old.valid_until is None or new.valid_from <= old.valid_until
    ends_after_start = new.valid_until is None or new.valid_until >= old.valid_from
    return starts_before_end and ends_after_start


def _last_day(period: str) -> date:
    year, month = (int(part) for part in period.split("-"))
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _next(period: str) -> str:
    return f"{_last_day(period) + timedelta(days=1):%Y-%m}"
