"""Post, and read what was posted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from maas.core.clock import JAPAN, Clock
from maas.core.money import Yen
from ticketing.ledger.models import LedgerEntry, LedgerTransaction


class Account(StrEnum):
    """The accounts. Assets grow by debit (+), debts and income by credit (−)."""

    GATEWAY = "gateway_clearing"
    """What the payment gateway owes us."""
    GATEWAY_FEE = "gateway_fee"
    """What the gateway keeps of payments; pools bear it by their agreements."""
    BANK = "bank"
    """What the gateway has paid out to us."""
    PARTNER = "partner_receivable"
    """What partners owe us for what they sold; the posting's note says who."""
    PASS_LIABILITY = "pass_liability"  # noqa: S105  # a pass, not a password
    """Sold and not yet apportioned to operators: owed to travellers and operators."""
    REFUND_PAYABLE = "refund_payable"
    """Promised back and not yet paid out."""
    HANDLING_FEE = "refund_handling_fee"
    """Taxable service (NTA No. 6253)."""
    CANCELLATION_FEE = "refund_cancellation_fee"
    """Damages, not taxable (NTA No. 6253)."""
    SUSPENSE = "suspense"
    """Money that came without an order to belong to."""
    DISPUTES_HELD = "disputes_held"
    """Taken by the gateway while a chargeback is decided."""
    DISPUTE_LOSS = "dispute_loss"
    """Lost chargebacks of used tickets, and what every chargeback costs."""
    OPERATOR_PAYABLE = "operator_payable"
    """Apportioned by a closed month and owed to operators; the statements say to whom."""
    COMMISSION = "sales_commission"


@dataclass(frozen=True, slots=True)
class Posting:
    """One fact in money; the entries sum to zero."""

    kind: str
    key: str
    entries: Sequence[tuple[Account, int]]
    order_id: str | None = None
    note: str | None = None
    reverses: str | None = None


class Unbalanced(ValueError):
    """A posting that does not sum to zero: a fault of the program."""


class Ledger:
    """Writes postings in the caller's transaction; the database refuses what is not balanced."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def post(self, posting: Posting, *, effective: date | None = None) -> bool:
        """Write a posting; False where its key was posted before, and then nothing happens."""
        entries = [(account, amount) for account, amount in posting.entries if amount]
        if sum(amount for _, amount in entries) != 0 or len(entries) < 2:
            raise Unbalanced(f"{posting.key}: {entries}")
        if self.find(posting.key) is not None:
            return False
        now = self._clock.now()
        identity = uuid4().hex
        try:
            with self._session.begin_nested():
                self._session.execute(
                    insert(LedgerEntry),
                    [
                        {"transaction_id": identity, "account": account.value, "amount": amount}
                        for account, amount in entries
                    ],
                )
                self._session.execute(
                    insert(LedgerTransaction).values(
                        id=identity,
                        kind=posting.kind,
                        key=posting.key,
                        order_id=posting.order_id,
                        effective_date=effective or now.astimezone(JAPAN).date(),
                        posted_at=now,
                        reverses=posting.reverses,
                        note=posting.note,
                    )
                )
        except IntegrityError:
            if self.find(posting.key) is None:
                raise
            return False
        return True

    def find(self, key: str) -> str | None:
        """Return the id of the transaction with this key, or None."""
        return self._session.scalar(
            select(LedgerTransaction.id).where(LedgerTransaction.key == key)
        )

    def balances(self, *, order_id: str | None = None) -> dict[str, Yen]:
        """Return the balance of every account, of one order or of all."""
        query = select(LedgerEntry.account, func.sum(LedgerEntry.amount)).group_by(
            LedgerEntry.account
        )
        if order_id is not None:
            query = query.join(LedgerTransaction).where(LedgerTransaction.order_id == order_id)
        rows = self._session.execute(query.order_by(LedgerEntry.account))
        return {account: Yen(int(amount)) for account, amount in rows}

    def journal(self, *, order_id: str | None = None, limit: int = 1000) -> list["JournalLine"]:
        """Return the lines of the journal, oldest first."""
        query = (
            select(
                LedgerTransaction.posted_at,
                LedgerTransaction.kind,
                LedgerTransaction.key,
                LedgerTransaction.order_id,
                LedgerEntry.account,
                LedgerEntry.amount,
            )
            .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
            .order_by(LedgerEntry.id)
            .limit(limit)
        )
        if order_id is not None:
            query = query.where(LedgerTransaction.order_id == order_id)
        return [JournalLine(*row) for row in self._session.execute(query)]


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One entry with its head."""

    posted_at: datetime
    kind: str
    key: str
    order_id: str | None
    account: str
    amount: Yen
