"""
The two tables of the ledger.

They can only grow: triggers refuse UPDATE and DELETE on both databases. The entries of a
transaction are written first, then its head; the head's trigger refuses a transaction whose
entries do not sum to zero, and the entries' trigger refuses entries of a head that exists. So
what is in the ledger is balanced, whoever wrote it.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from maas.core.money import Yen
from maas.db.base import Base, RowNumber


class LedgerTransaction(Base):
    """The head of a posting: what happened, once (`key` is unique)."""

    __tablename__ = "ledger_transactions"

    id: Mapped[str] = mapped_column(primary_key=True)
    """A UUID in hex, made before the entries are written."""
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    """`capture:<payment>`, `refund:<refund>` …: the same fact cannot be posted twice."""
    order_id: Mapped[str | None] = mapped_column(index=True)
    effective_date: Mapped[date]
    """The day in Japan to which it counts."""
    posted_at: Mapped[datetime]
    reverses: Mapped[str | None]
    note: Mapped[str | None]


class LedgerEntry(Base):
    """One line: debit positive, credit negative."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        Index("ix_ledger_entries_account", "account"),
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    transaction_id: Mapped[str] = mapped_column(
        ForeignKey("ledger_transactions.id", deferrable=True, initially="DEFERRED"), index=True
    )
    account: Mapped[str]
    amount: Mapped[Yen]


SQLITE_TRIGGERS = {
    "ledger_entries_balanced": """
CREATE TRIGGER ledger_entries_balanced BEFORE INSERT ON ledger_transactions
WHEN (SELECT coalesce(sum(amount), 1) FROM ledger_entries WHERE transaction_id = NEW.id) <> 0
BEGIN SELECT raise(ABORT, 'ledger: the entries do not sum to zero'); END""",
    "ledger_entries_closed": """
CREATE TRIGGER ledger_entries_closed BEFORE INSERT ON ledger_entries
WHEN EXISTS (SELECT 1 FROM ledger_transactions WHERE id = NEW.transaction_id)
BEGIN SELECT raise(ABORT, 'ledger: the transaction is closed'); END""",
    "ledger_transactions_fixed": """
CREATE TRIGGER ledger_transactions_fixed BEFORE UPDATE ON ledger_transactions
BEGIN SELECT raise(ABORT, 'ledger: append-only'); END""",
    "ledger_transactions_kept": """
CREATE TRIGGER ledger_transactions_kept BEFORE DELETE ON ledger_transactions
BEGIN SELECT raise(ABORT, 'ledger: append-only'); END""",
    "ledger_entries_fixed": """
CREATE TRIGGER ledger_entries_fixed BEFORE UPDATE ON ledger_entries
BEGIN SELECT raise(ABORT, 'ledger: append-only'); END""",
    "ledger_entries_kept": """
CREATE TRIGGER ledger_entries_kept BEFORE DELETE ON ledger_entries
BEGIN SELECT raise(ABORT, 'ledger: append-only'); END""",
}

POSTGRES_FUNCTIONS = {
    "ledger_check_balance": """
CREATE FUNCTION ledger_check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT coalesce(sum(amount), 1) FROM ledger_entries WHERE transaction_id = NEW.id) <> 0
  THEN RAISE EXCEPTION 'ledger: the entries do not sum to zero'; END IF;
  RETURN NEW;
END $$""",
    "ledger_check_closed": """
CREATE FUNCTION ledger_check_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM ledger_transactions WHERE id = NEW.transaction_id)
  THEN RAISE EXCEPTION 'ledger: the transaction is closed'; END IF;
  RETURN NEW;
END $$""",
    "ledger_refuse": """
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'ledger: append-only'; END $$""",
}
POSTGRES_TRIGGERS = (
    """CREATE TRIGGER ledger_entries_balanced BEFORE INSERT ON ledger_transactions
    FOR EACH ROW EXECUTE FUNCTION ledger_check_balance()""",
    """CREATE TRIGGER ledger_entries_closed BEFORE INSERT ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION ledger_check_closed()""",
    """CREATE TRIGGER ledger_transactions_kept BEFORE UPDATE OR DELETE OR TRUNCATE
    ON ledger_transactions FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()""",
    """CREATE TRIGGER ledger_entries_kept BEFORE UPDATE OR DELETE OR TRUNCATE
    ON ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()""",
)


def trigger_statements(dialect: str) -> list[str]:
    """Return what creates the triggers on this database; the migration runs them."""
    if dialect == "postgresql":
        return [*POSTGRES_FUNCTIONS.values(), *POSTGRES_TRIGGERS]
    return list(SQLITE_TRIGGERS.values())
