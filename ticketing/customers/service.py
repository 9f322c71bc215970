"""
Forget who bought: the one place that removes personal data.

A buyer is an e-mail address and, if given, a name; they are kept with the customer and, as they
were sent to the gateway, with each payment and its messages. Orders, tickets, receipts and
postings stay (電子帳簿保存法, 法人税法: seven years), without the person.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ticketing.customers.models import Customer
from ticketing.orders.errors import StepNotAllowed
from ticketing.orders.models import Order
from ticketing.orders.steps import UNPAID
from ticketing.payments.models import Payment, StoredWebhook

AT_ONCE: Final = 500
_REMOVED: Final = {"buyer_email": "", "buyer_name": ""}


def forget_buyer(session: Session, order: Order, now: datetime) -> str:
    """
    Remove e-mail and name of an order's buyer; done again, it changes nothing.

    Returns:
        The e-mail that was removed, for whoever keeps it elsewhere.

    Raises:
        StepNotAllowed: The order is not paid yet: its payment needs them. Cancel it first.

    """
    if order.status in UNPAID:
        raise StepNotAllowed("Pay or cancel the order first.", order_status=order.status.value)
    customer = session.get_one(Customer, order.customer_id)
    email = customer.email
    if customer.erased_at is None:
        customer.email, customer.name, customer.erased_at = "", None, now
    for payment in session.scalars(select(Payment).where(Payment.order_id == order.id)):
        payment.request = payment.request | _REMOVED
        for gateway_id in filter(None, (payment.gateway_id, payment.intent_id)):
            session.execute(
                update(StoredWebhook)
                .where(
                    StoredWebhook.body.contains(gateway_id, autoescape=True),
                    StoredWebhook.handled_at.is_not(None),
                )
                .values(body="")
            )
    session.flush()
    return email


def old_buyers(session: Session, now: datetime, kept: timedelta) -> list[Order]:
    """Return orders older than `kept` whose buyers must be forgotten, at most `AT_ONCE`."""
    due = session.scalars(
        select(Order)
        .join(Customer, Customer.id == Order.customer_id)
        .where(
            Customer.erased_at.is_(None),
            Order.created_at < now - kept,
            Order.status.not_in(list(UNPAID)),
        )
        .limit(AT_ONCE)
    ).all()
    return list(due)
