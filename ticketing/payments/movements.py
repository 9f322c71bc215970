"""
What the gateway does on its own account: the fees that it keeps, and payouts to our bank.

Captures, refunds and chargebacks are booked when their news comes; these have no news of ours, so
they are booked from the gateway's balance transactions, each once under that transaction's id.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from ticketing.ledger.models import LedgerTransaction
from ticketing.ledger.service import Account, Ledger, Posting
from ticketing.payments.gateway import GatewayMovement
from ticketing.payments.models import Payment

FEE: Final = "gateway-fee"
"""What was kept of a movement that is booked elsewhere."""
COST: Final = "gateway-cost"
"""A fee that is a movement of its own (a month's invoice)."""
PAYOUT: Final = "payout"

LOOK_BACK: Final = timedelta(days=3)
"""The gateway may write a line some days after the one behind it."""


def fees_since(session: Session) -> datetime | None:
    """Return from when on movements may not be booked yet; None where no money ever came."""
    booked = session.scalar(
        select(func.max(LedgerTransaction.posted_at)).where(
            LedgerTransaction.kind.in_([FEE, COST, PAYOUT])
        )
    )
    if booked is not None:
        return booked - LOOK_BACK
    first = session.scalar(select(func.min(LedgerTransaction.posted_at)))
    return first - LOOK_BACK if first is not None else None


def book_movements(session: Session, clock: Clock, movements: Iterable[GatewayMovement]) -> int:
    """
    Book fees and payouts that are not booked yet; return how many were.

    What a card payment costs is a cost of its order, so that settlement finds it there; what a
    chargeback costs is the seller's loss, not the pool's.
    """
    ledger = Ledger(session, clock)
    return sum(
        ledger.post(posting)
        for movement in movements
        if (posting := _posting(session, movement)) is not None
    )


def _posting(session: Session, movement: GatewayMovement) -> Posting | None:
    if movement.kind.startswith("payout"):
        entries = [(Account.BANK, -movement.amount), (Account.GATEWAY, movement.amount)]
        return Posting(PAYOUT, f"{PAYOUT}:{movement.gateway_id}", entries)
    if movement.kind == "stripe_fee":
        entries = [(Account.GATEWAY_FEE, -movement.amount), (Account.GATEWAY, movement.amount)]
        return Posting(COST, f"{COST}:{movement.gateway_id}", entries)
    if movement.fee == 0:
        return None
    account = Account.DISPUTE_LOSS if movement.source_kind == "dispute" else Account.GATEWAY_FEE
    return Posting(
        FEE,
        fee_key(movement),
        [(account, movement.fee), (Account.GATEWAY, -movement.fee)],
        order_id=_order(session, movement.intent_id),
    )


def fee_key(movement: GatewayMovement) -> str:
    """Return the key under which a movement's fee is booked."""
    return f"{FEE}:{movement.gateway_id}"


def _order(session: Session, intent_id: str) -> str | None:
    if not intent_id:
        return None
    order = session.scalar(
        select(Payment.order_id).where(
            (Payment.intent_id == intent_id) | (Payment.gateway_id == intent_id)
        )
    )
    return str(order) if order is not None else None
