"""Compare the ledger with the gateway's own account, to the yen."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.audit import Violation, sentence
from ticketing.ledger.models import LedgerEntry, LedgerTransaction
from ticketing.ledger.service import Account
from ticketing.payments.gateway import GatewayMovement
from ticketing.payments.movements import FEE, fee_key
from ticketing.refunds.models import RefundAttempt

MARGIN: Final = timedelta(hours=1)
"""How long news of a movement may take to reach the ledger."""


def reconcile(
    session: Session,
    movements: Iterable[GatewayMovement],
    since: datetime,
    until: datetime | None = None,
) -> list[Violation]:
    """
    Return what only one side has.

    The gateway writes the same movements that we post to its clearing account; each amount must
    appear as often on both sides, and each fee that it kept must be booked under its id.

    Args:
        session: Reads the ledger.
        movements: The gateway's account, from `MARGIN` before `since` where it goes back so far.
        since: From when to compare.
        until: Until when; what is nearer to an end than `MARGIN` may be booked on its other side,
            and is missed only where the other side has it nowhere.

    """
    lines = list(movements)
    unheard = _bounced_unheard(session, lines)
    theirs = Counter(
        int(line.amount) for line in _within(lines, since, until) if line.source_id not in unheard
    )
    theirs_wide = Counter(int(line.amount) for line in lines)
    ours = _posted(session, since, until)
    ours_wide = _posted(session, since - MARGIN, None)
    only_theirs, only_ours = theirs - ours_wide, ours - theirs_wide
    return [
        *(sentence("no-such-movement", f"¥{yen} × {n}") for yen, n in only_theirs.items()),
        *(sentence("not-at-gateway", f"¥{yen} × {n}") for yen, n in only_ours.items()),
        *_fees(session, lines, since, until),
    ]


def _bounced_unheard(session: Session, lines: Iterable[GatewayMovement]) -> set[str]:
    """
    Return the refunds that went out and came back before we heard that they had gone out.

    We heard only that they failed and booked neither way. One whose way out is booked is not
    among them: its way back must be booked, too.
    """
    sums: Counter[str] = Counter()
    for line in lines:
        if line.source_kind == "refund":
            sums[line.source_id] += int(line.amount)
    bounced = {source for source, left in sums.items() if left == 0}
    booked = session.scalars(
        select(RefundAttempt.gateway_id)
        .join(
            LedgerTransaction,
            LedgerTransaction.key == "refund-paid:" + RefundAttempt.idempotency_key,
        )
        .where(RefundAttempt.gateway_id.in_(bounced))
    )
    return bounced - set(filter(None, booked))


def _fees(
    session: Session,
    lines: Iterable[GatewayMovement],
    since: datetime,
    until: datetime | None,
) -> list[Violation]:
    """Return the fees that are not booked, or with another amount."""
    booked = {
        key: -int(amount)
        for key, amount in session.execute(
            select(LedgerTransaction.key, LedgerEntry.amount)
            .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
            .where(
                LedgerTransaction.kind == FEE,
                LedgerEntry.account == Account.GATEWAY.value,
                LedgerTransaction.posted_at >= since - MARGIN,
            )
        )
    }
    return [
        sentence("fee-not-booked", f"{line.gateway_id} ¥{line.fee}")
        for line in _within(lines, since, until)
        if line.fee and booked.get(fee_key(line)) != line.fee
    ]


def _within(
    lines: Iterable[GatewayMovement], since: datetime, until: datetime | None
) -> list[GatewayMovement]:
    first = since.replace(microsecond=0)  # the gateway counts whole seconds
    return [
        line for line in lines if line.created >= first and (until is None or line.created <= until)
    ]


def _posted(session: Session, since: datetime, until: datetime | None) -> Counter[int]:
    query = (
        select(LedgerEntry.amount, func.count())
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(
            LedgerEntry.account == Account.GATEWAY.value,
            LedgerTransaction.kind != FEE,
            LedgerTransaction.posted_at >= since,
        )
        .group_by(LedgerEntry.amount)
    )
    if until is not None:
        query = query.where(LedgerTransaction.posted_at <= until)
    return Counter({int(amount): count for amount, count in session.execute(query)})
