"""
Tables of settlement: agreements, closed periods, and the statements they gave.

A closed period, its statements and a signed agreement are never edited: triggers refuse it. What
arrives later belongs to a period that is open.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maas.core.money import Yen
from maas.db.base import Base


class SettlementAgreement(Base):
    """One signed version of an agreement."""

    __tablename__ = "settlement_agreements"

    id: Mapped[str] = mapped_column(primary_key=True)
    """`NAME@VERSION`."""
    product: Mapped[str] = mapped_column(index=True)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    document: Mapped[dict[str, Any]]
    fingerprint: Mapped[str]
    signed_at: Mapped[datetime]


class SettlementPeriod(Base):
    """A month that is closed."""

    __tablename__ = "settlement_periods"

    period: Mapped[str] = mapped_column(primary_key=True)
    """`2026-12`."""
    closed_at: Mapped[datetime]
    closed_by: Mapped[str]
    pool: Mapped[Yen]
    """What all statements of the period sum to."""
    commission: Mapped[Yen]
    card_fees: Mapped[Yen]
    statements: Mapped[int]


class SettlementCohort(Base):
    """The facts of a cohort as each close knew them; the newest row is where the next begins."""

    __tablename__ = "settlement_cohorts"

    cohort: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    agreement: Mapped[str]
    facts: Mapped[dict[str, Any]]


class SettlementStatement(Base):
    """A statement: the document is the truth, the columns are for finding it."""

    __tablename__ = "settlement_statements"
    __table_args__ = (UniqueConstraint("period", "operator"), UniqueConstraint("number"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str]
    period: Mapped[str]
    operator: Mapped[str]
    total: Mapped[Yen]
    hash: Mapped[str]
    issued_at: Mapped[datetime]
    document: Mapped[dict[str, Any]] = mapped_column(JSON)


class SettlementRide(Base):
    """
    What a ride was worth when its month was first closed: looked up once, then kept.

    Fares and timetables change; a ride is weighed for ever by what held when it was settled.
    """

    __tablename__ = "settlement_rides"

    usage: Mapped[str] = mapped_column(primary_key=True)
    """Id of the use in statements."""
    nominal_fare: Mapped[Yen | None]
    distance_m: Mapped[int | None]
    duration_s: Mapped[int | None]
    settled_at: Mapped[datetime]


FIXED_TABLES = (
    "settlement_agreements",
    "settlement_periods",
    "settlement_cohorts",
    "settlement_statements",
)


def trigger_statements(dialect: str) -> list[str]:
    """Return what makes the tables of the first migration append-only."""
    if dialect == "postgresql":
        refuse = (
            "CREATE FUNCTION settlement_refuse() RETURNS trigger LANGUAGE plpgsql AS $$\n"
            "BEGIN RAISE EXCEPTION 'settlement: what is closed stays as it is'; END $$"
        )
        return [
            refuse,
            *(statement for table in FIXED_TABLES for statement in fixed(table, dialect)),
        ]
    return [statement for table in FIXED_TABLES for statement in fixed(table, dialect)]


def fixed(table: str, dialect: str) -> list[str]:
    """Return what makes one more table append-only."""
    if dialect == "postgresql":
        return [
            (
                f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse()"
            )
        ]
    return [
        (
            f"CREATE TRIGGER {table}_{verb.lower()}_refused BEFORE {verb} ON {table} "
            "BEGIN SELECT raise(ABORT, 'settlement: what is closed stays as it is'); END"
        )
        for verb in ("UPDATE", "DELETE")
    ]
