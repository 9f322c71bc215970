"""Who may open an order as its buyer: whoever holds its secret, or a key that was mailed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from maas.rest.principal import BUYER_PREFIX, digest, new_secret, same_secret
from ticketing.orders.models import Order, OrderKey


def opens(session: Session, secret: str, order: Order) -> bool:
    """Whether a secret opens an order; an empty one never does."""
    if not secret:
        return False
    if same_secret(secret, order.secret_digest):
        return True
    key = session.get(OrderKey, digest(secret))
    return key is not None and key.order_id == order.id


def new_key(session: Session, order_id: UUID, mail: str, now: datetime) -> str:
    """
    Return a further secret of an order, for the link in a mail; only its digest is kept.

    The order's first secret was told once and is not known any more. Each attempt to send a mail
    has its own: of two that arrive, both links work.
    """
    secret = new_secret(BUYER_PREFIX)
    session.add(OrderKey(digest=digest(secret), order_id=order_id, mail=mail, created_at=now))
    return secret


def drop_key(session: Session, secret: str) -> None:
    """Forget a secret whose mail was certainly not taken: attempts must not pile up."""
    session.execute(delete(OrderKey).where(OrderKey.digest == digest(secret)))


def was_sent(session: Session, mail: str) -> bool:
    """Whether a mail went out."""
    found = select(OrderKey.digest).where(OrderKey.mail == mail, OrderKey.sent_at.is_not(None))
    return session.scalar(found.limit(1)) is not None
