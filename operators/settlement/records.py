"""What settlement reads: sales, refunds and uses, in its own words."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from maas.core.money import Yen

NOTHING: Final = Yen(0)


@dataclass(frozen=True, slots=True)
class SaleRecord:
    """One sold pass or ticket, as the ledger has it."""

    sale_id: str
    product: str
    agreement: str
    """Id of the agreement version under which it was sold: `SUNQ-2026@3`."""
    sold_on: date
    amount: Yen
    """What the buyer paid, tax included."""
    card_fee: Yen
    """What the payment provider kept, as booked; not estimated."""
    seller: str = ""
    """Operator who sold it; empty where the platform did."""


@dataclass(frozen=True, slots=True)
class RefundRecord:
    """Money that went back to a buyer, or that a bank took back (chargeback)."""

    refund_id: str
    sale_id: str
    booked_on: date
    amount: Yen
    """Positive: what went back."""
    fee_kept: Yen = NOTHING
    """Handling fee that the buyer paid; income of the seller, not of the pool."""


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One accepted check of a pass: a ride, as far as anybody knows."""

    usage_id: str
    sale_id: str
    operator: str
    used_on: date
    nominal_fare: Yen | None = None
    """Single fare of the ride (みなし運賃); None where it is not known, which is not zero."""
    distance_m: int | None = None
    duration_s: int | None = None
