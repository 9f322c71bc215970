"""What the buyer confirmed (特定商取引法 第12条の6), kept with the order word for word."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from ticketing.config import TicketingConfig
from ticketing.offers.models import Offer


@cache
def _texts() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = json.loads(
        files("ticketing.orders").joinpath("confirmation.json").read_text("utf-8")
    )
    return loaded


def confirmation(offers: Sequence[Offer], config: TicketingConfig, now: datetime) -> dict[str, Any]:
    """
    Return the six things of the final confirmation screen, and the seller.

    Quantity, price, when and how to pay, when it is delivered, how long the offer stands, and
    how to withdraw; in Japanese and English, as they were on this day.
    """
    return {
        "confirmed_at": now.isoformat(),
        "quantity": [
            {
                "product": line.product_id,
                "version": line.product_version,
                "name": line.details["name"],
                "category": line.rider_category,
                "tickets": line.quantity,
                "unit_price": line.unit_price,
                "first_day": line.first_day.isoformat() if line.first_day else None,
            }
            for offer in offers
            for line in offer.lines
        ],
        "total": sum(offer.total for offer in offers),
        "offer_stands_until": min(offer.expires_at for offer in offers).isoformat(),
        **terms(config),
    }


def terms(config: TicketingConfig) -> dict[str, Any]:
    """Return what holds for every order: payment, delivery, withdrawal, and who sells."""
    texts = _texts()
    seller = config.seller
    return {
        "payment": texts["payment"],
        "delivery": texts["delivery"],
        "withdrawal": texts["withdrawal"],
        "seller": {
            "name": seller.name,
            "address": seller.address,
            "phone": seller.phone,
            "responsible": seller.responsible,
            "registration_number": seller.registration_number,
        },
    }
