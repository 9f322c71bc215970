"""The words of the mails, from their catalogue; nothing of the buyer is in them but the order."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from maas.core.clock import JAPAN
from maas.core.mail import Mail
from ticketing.orders.models import Order, OrderLine
from ticketing.payments.models import Payment
from ticketing.refunds.models import Refund


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Return every text by key and language; a mail is a subject and a body."""
    loaded: dict[str, dict[str, Any]] = json.loads(
        files("ticketing.mails").joinpath("texts.json").read_text("utf-8")
    )
    return loaded


def order_mail(to: str, order: Order, language: str, links: Mapping[str, str]) -> Mail:
    """
    Return the confirmation of a paid order, with what the buyer confirmed (特商法) word for word.

    Args:
        to: The buyer's address.
        order: What was bought.
        language: `ja` or `en`.
        links: `link` opens the order, `legal` is the seller's notice.

    """
    said = order.confirmation
    confirmed = datetime.fromisoformat(said["confirmed_at"]).astimezone(JAPAN)
    return _filled(
        to,
        catalogue()["order"][language],
        number=order.number,
        lines="\n".join(_line(line, language) for line in order.lines),
        total=_yen(order.total),
        confirmed=f"{confirmed:%Y-%m-%d %H:%M}",
        seller=_fill(catalogue()["seller"][language], said["seller"]),
        **{name: said[name][language] for name in ("payment", "delivery", "withdrawal")},
        **links,
    )


def refund_mail(to: str, order: Order, refund: Refund, language: str, link: str) -> Mail:
    """Return the news that money went back."""
    return _filled(
        to,
        catalogue()["refunded"][language],
        why=catalogue()[f"why.{refund.kind.value}"][language],
        number=order.number,
        amount=_yen(refund.amount),
        fee=_yen(refund.fee),
        link=link,
    )


def voucher_mail(to: str, order: Order, payment: Payment, language: str, link: str) -> Mail:
    """Return how to pay at a convenience store: numbers by shop, the slip, the deadline."""
    action: dict[str, Any] = payment.next_action or {}
    slip: dict[str, Any] = action.get("konbini_display_details") or {}
    words = catalogue()
    shops = [
        _fill(
            words["voucher.shop"][language],
            {
                "shop": words[f"shop.{name}"][language],
                "number": shop["confirmation_number"],
                "code": shop.get("payment_code") or "–",
            },
        )
        for name, shop in (slip.get("stores") or {}).items()
        if shop and f"shop.{name}" in words
    ]
    until = payment.voucher_until
    return _filled(
        to,
        words["voucher"][language],
        number=order.number,
        lines="\n".join(_line(line, language) for line in order.lines),
        total=_yen(order.total),
        until=f"{until.astimezone(JAPAN):%Y-%m-%d %H:%M}" if until else "–",
        shops="\n".join(shops),
        slip=slip.get("hosted_voucher_url") or link,
        link=link,
    )


def expired_mail(to: str, order: Order, language: str, link: str) -> Mail:
    """Return the news that nobody paid a voucher in time, and the order is over."""
    return _filled(to, catalogue()["expired"][language], number=order.number, link=link)


def delay_mail(
    to: str, order: Order, refund: Refund, reason: str, language: str, link: str
) -> Mail:
    """Return the news that a refund waits: for our staff, or for the buyer's bank account."""
    words = catalogue()[f"late.{reason}"][language]
    return _filled(to, words, number=order.number, amount=_yen(refund.amount), link=link)


def staff_mail(to: str, order: Order, refund: Refund, reason: str) -> Mail:
    """Return the alert to whoever runs the service: a refund needs a person."""
    return _filled(
        to,
        catalogue()["staff"]["ja"],
        refund=str(refund.id),
        number=order.number,
        amount=_yen(refund.amount),
        reason=catalogue()[f"reason.{reason}"]["ja"],
    )


def _line(line: OrderLine, language: str) -> str:
    words = catalogue()
    day = line.first_day
    return _fill(
        words["line"][language],
        {
            "name": line.details["name"][language],
            "rider": words[f"rider.{line.rider_category}"][language],
            "day": _fill(words["day"][language], {"day": day.isoformat()}) if day else "",
            "quantity": line.quantity,
            "price": _yen(line.price),
        },
    )


def _filled(to: str, words: Mapping[str, str], **parts: object) -> Mail:
    return Mail(to, _fill(words["subject"], parts), _fill(words["body"], parts))


def _fill(text: str, parts: Mapping[str, object]) -> str:
    return text.format_map(parts)


def _yen(amount: int) -> str:
    return f"¥{amount:,}"
