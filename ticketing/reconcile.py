"""Compare the ledger with the gateway's own account, to the yen."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.audit import Violation, sentence
from ticketing.ledger.models import LedgerEntry, LedgerTransaction
from ticketing.ledger.service import Account
from ticketing.payments.gateway import GatewayMovement


def reconcile(
    session: Session, movements: Iterable[GatewayMovement], since: datetime
) -> list[Violation]:
    """
    Return what only one side has.

    The gateway writes the same movements that we post to its clearing account, fees aside; each
    amount must appear as often on both sides.
    """
    theirs = Counter(int(movement.amount) for movement in movements)
    rows = session.execute(
        select(LedgerEntry.amount, func.count())
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(LedgerEntry.account == Account.GATEWAY.value, LedgerTransaction.posted_at >= since)
        .group_by(LedgerEntry.amount)
    )
    ours = Counter({int(amount): count for amount, count in rows})
    return [
        *(
            sentence("no-such-movement", f"¥{amount} × {n}")
            for amount, n in (theirs - ours).items()
        ),
        *(sentence("not-at-gateway", f"¥{yen} × {n}") for yen, n in (ours - theirs).items()),
    ]
