"""
The receipt: what a qualified invoice (適格簡易請求書) must show.

Sources: research of the invoice rules (NTA Q&A 57: tax is rounded once per invoice and rate, not
per line; public transport below ¥30,000 needs no invoice, air is not in that exemption; a return
invoice is waived below ¥10,000).
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from maas.core.clock import JAPAN
from ticketing.config import Seller
from ticketing.orders.models import Order

INVOICE_FROM: Final = 30_000
RETURN_INVOICE_FROM: Final = 10_000
NUMBER: Final = re.compile(r"T\d{13}\Z")


def valid_registration_number(number: str) -> bool:
    """
    Whether a registration number has its form and check digit.

    The 13 digits are a 法人番号: the first is 9 − (Σ Pn·Qn mod 9), where Pn are the other twelve
    from the right and Qn is 1 for odd and 2 for even n (法人番号の指定等に関する省令 第2条).
    """
    if not NUMBER.match(number):
        return False
    digits = [int(digit) for digit in number[2:]]
    total = sum(
        digit * (1 if place % 2 == 1 else 2)
        for place, digit in enumerate(reversed(digits), start=1)
    )
    return int(number[1]) == 9 - total % 9


def tax_included(total: int, percent: int) -> int:
    """Return the tax that is in a total, rounded down once."""
    return total * percent // (100 + percent)


def receipt(
    order: Order,
    seller: Seller,
    recipient: str | None,
    refunds: Sequence[tuple[datetime, int, int]] = (),
) -> dict[str, Any]:
    """
    Return the receipt of a paid order.

    Args:
        order: The order.
        seller: Who sells.
        recipient: 宛名, where the buyer gave one.
        refunds: When, how much went back, and which fee was kept.

    """
    assert order.paid_at is not None
    by_rate: dict[int, int] = defaultdict(int)
    for line in order.lines:
        by_rate[line.tax_percent] += line.price
    returned = sum(amount for _, amount, _ in refunds)
    qualified = valid_registration_number(seller.registration_number)
    by_air = any(line.details["by_air"] for line in order.lines)
    return {
        "kind": "適格簡易請求書 / simplified qualified invoice"
        if qualified
        else "領収書 / receipt",
        "issuer": issuer_of(seller),
        "recipient": recipient,
        "number": order.number,
        "transaction_date": order.paid_at.astimezone(JAPAN).date().isoformat(),
        "lines": [
            {
                "name": line.details["name"],
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "price": line.price,
                "tax_percent": line.tax_percent,
            }
            for line in order.lines
        ],
        "by_rate": [
            {"tax_percent": rate, "total": total, "tax": tax_included(total, rate)}
            for rate, total in sorted(by_rate.items())
        ],
        "total": order.total,
        "invoice_needed": order.total >= INVOICE_FROM or by_air,
        "sample": any(line.details["sample"] for line in order.lines),
        "refunds": [
            {"date": when.astimezone(JAPAN).date().isoformat(), "amount": amount, "fee": fee}
            for when, amount, fee in refunds
        ],
        "returned": returned,
        "return_invoice_needed": returned >= RETURN_INVOICE_FROM,
    }


def issuer_of(seller: Seller) -> dict[str, str]:
    """Return who issues, as receipts and return invoices show it."""
    return {
        "name": seller.name,
        "registration_number": seller.registration_number,
        "address": seller.address,
    }
