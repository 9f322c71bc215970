"""
The return invoice (適格返還請求書): what goes back of a sale, by tax rate.

It shows the issuer and its number, the day of the return and of the sale, what was returned, the
amount and the tax of each rate (消費税法 第57条の4 第3項), tax rounded once a rate. Fees that are
kept are no smaller return: a handling fee is a service of its own and taxed, a cancellation fee is
damages and is not (NTA No. 6253), so they stand apart.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from maas.core.clock import JAPAN
from ticketing.config import Seller
from ticketing.orders.models import Order, OrderLine
from ticketing.orders.receipt import (
    RETURN_INVOICE_FROM,
    issuer_of,
    tax_included,
    valid_registration_number,
)
from ticketing.refunds.models import Refund

FEE_PERCENT: Final = 10
"""A handling fee is taxed at the standard rate, whatever the ticket's rate."""


def return_invoice(
    refund: Refund,
    order: Order,
    seller: Seller,
    recipient: str | None,
    line_of: Mapping[UUID, OrderLine],
) -> dict[str, Any]:
    """
    Return the return invoice of a confirmed refund.

    Args:
        refund: The refund; what was offered for each ticket stands in its quote.
        order: The order.
        seller: Who sells.
        recipient: 宛名, where the buyer gave one.
        line_of: The order's line of each ticket.

    """
    assert order.paid_at is not None
    assert refund.confirmed_at is not None
    items = [item for item in refund.quote["items"] if item["refundable"]]
    returned: dict[int, int] = defaultdict(int)
    by_line: dict[int, list[int]] = defaultdict(list)
    lines: dict[int, OrderLine] = {}
    for item in items:
        line = line_of[UUID(item["entitlement_id"])]
        lines[line.id] = line
        by_line[line.id].append(item["gross"])
        returned[line.tax_percent] += item["gross"]
    handling = sum(item["handling_fee"] for item in items)
    cancellation = sum(item["cancellation_fee"] for item in items)
    qualified = valid_registration_number(seller.registration_number)
    return {
        "kind": "適格返還請求書 / qualified return invoice" if qualified else "返還明細書",
        "issuer": issuer_of(seller),
        "recipient": recipient,
        "number": order.number,
        "returned_on": refund.confirmed_at.astimezone(JAPAN).date().isoformat(),
        "transaction_date": order.paid_at.astimezone(JAPAN).date().isoformat(),
        "lines": [
            {
                "name": lines[key].details["name"],
                "quantity": len(amounts),
                "returned": sum(amounts),
                "tax_percent": lines[key].tax_percent,
            }
            for key, amounts in sorted(by_line.items())
        ],
        "by_rate": _rates(returned),
        "fees": _fees(handling, cancellation),
        "fees_by_rate": _rates({FEE_PERCENT: handling} if handling else {}),
        "returned": refund.gross,
        "amount": refund.amount,
        "needed": refund.gross >= RETURN_INVOICE_FROM,
        "sample": any(line.details["sample"] for line in order.lines),
    }


def _rates(totals: Mapping[int, int]) -> list[dict[str, int]]:
    return [
        {"tax_percent": rate, "total": total, "tax": tax_included(total, rate)}
        for rate, total in sorted(totals.items())
    ]


def _fees(handling: int, cancellation: int) -> Sequence[dict[str, Any]]:
    fees = (
        ("払戻手数料", "Handling fee", handling, FEE_PERCENT),
        ("取消料", "Cancellation fee", cancellation, None),
    )
    return [
        {"ja": ja, "en": en, "yen": yen, "tax_percent": rate} for ja, en, yen, rate in fees if yen
    ]
