"""
Sell through a partner: the same offers, orders and refunds, paid by the partner's account.

A partner collects from the traveller himself and owes us what he confirmed, so a confirmed
package is a capture against `partner_receivable` and not against the gateway.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.desk import Desk
from ticketing.ledger.models import LedgerEntry, LedgerTransaction
from ticketing.ledger.service import Account, Ledger, Posting
from ticketing.orders.errors import OrderNotFound
from ticketing.orders.models import Order, OrderedOffer, OrderStatus
from ticketing.orders.service import Buyer, OrderService
from ticketing.orders.steps import ENDED_UNPAID, UNPAID
from ticketing.partner.errors import (
    NoMoreTime,
    PackageConfirmed,
    PackageExpired,
    PackageNotFound,
    RedressUnknown,
)
from ticketing.payments.models import Method, Payment, PaymentStatus
from ticketing.refunds.errors import NotRefundable
from ticketing.refunds.models import Refund
from ticketing.tickets.entitlements import EntitlementService
from ticketing.tickets.models import Entitlement, EntitlementStatus

LONGEST_HOLD: Final = timedelta(hours=2)
PARTNER: Final = "partner"
"""In the order's confirmation: which partner sold it."""

STATUS: Final = {
    OrderStatus.AWAITING_PAYMENT: "PENDING",
    OrderStatus.PAYMENT_PENDING: "PENDING",
    OrderStatus.PAID: "CONFIRMED",
    OrderStatus.FULFILLED: "CONFIRMED",
    OrderStatus.PARTLY_REFUNDED: "CONFIRMED",
    OrderStatus.REFUNDED: "CANCELLED",
    OrderStatus.DISPUTED: "CONFIRMED",
    OrderStatus.CHARGED_BACK: "CANCELLED",
    OrderStatus.EXPIRED: "EXPIRED",
    OrderStatus.CANCELLED: "ROLLBACK",
}
"""What the specification calls the states of an order (packageStatus)."""


@dataclass(frozen=True, slots=True)
class Package:
    """An order as its partner sees it."""

    order: Order
    rights: Sequence[Entitlement]
    status: str


class PartnerDesk:
    """What one partner may do, in one transaction."""

    def __init__(self, session: Session, desk: Desk, partner: str) -> None:
        self._session = session
        self._desk = desk
        self._partner = partner
        self._orders = OrderService(session, desk.clock, desk.config)
        self._rights = EntitlementService(session, desk.clock, desk.config)

    def purchase(self, offer_id: UUID, buyer: Buyer) -> Package:
        """
        Take the places of an offer until it is confirmed; asked again, return the same package.

        Raises:
            OfferNotFound, OfferExpired, OfferTaken, SoldOut: As `OrderService.place`.

        """
        known = self._session.get(OrderedOffer, offer_id)
        if known is not None:
            order = self._orders.get(known.order_id)
            if order.confirmation.get(PARTNER) == self._partner:
                return self._package(order)
        order, _ = self._orders.place([offer_id], buyer, terms_accepted=True)
        order.confirmation = {**order.confirmation, PARTNER: self._partner}
        self._session.flush()
        return self._package(order)

    def get(self, package_id: str, *, lock: bool = False) -> Package:
        """
        Return a package of this partner.

        Raises:
            PackageNotFound: There is none, or it is not his: he cannot tell which.

        """
        return self._package(self._order(package_id, lock=lock))

    def confirm(self, package_id: str) -> Package:
        """
        Sell the package on the partner's account; confirmed again, it is returned as it is.

        Raises:
            PackageExpired: It was rolled back, or its time is over.
            PackageNotFound: As `get`.

        """
        order = self._order(package_id, lock=True)
        if order.status in ENDED_UNPAID or self._orders.due(order):
            raise PackageExpired("Search again.", status=self._status(order))
        if order.status in UNPAID:
            self._book(order)
            self._orders.mark_paid(order)
            self._rights.issue(order.id)
        return self._package(order)

    def _book(self, order: Order) -> None:
        """Owe us the price: a payment without the gateway."""
        now = self._desk.clock.now()
        payment_id = uuid4()
        self._session.add(
            Payment(
                id=payment_id,
                order_id=order.id,
                client_key=f"partner:{self._partner}",
                method=Method.PARTNER,
                status=PaymentStatus.SUCCEEDED,
                amount=order.total,
                idempotency_key=f"partner-{payment_id}",
                request={},
                created_at=now,
                captured_at=now,
            )
        )
        Ledger(self._session, self._desk.clock).post(
            Posting(
                kind="capture",
                key=f"capture:{payment_id}",
                entries=[
                    (Account.PARTNER, order.total),
                    (Account.PASS_LIABILITY, -order.total),
                ],
                order_id=str(order.id),
                note=self._partner,
            )
        )

    def roll_back(self, package_id: str) -> Package:
        """
        Give the places back before it is confirmed; rolled back again, it is returned as it is.

        Raises:
            PackageConfirmed: It is sold: ask for a redress.
            PackageNotFound: As `get`.

        """
        order = self._order(package_id, lock=True)
        if order.status in UNPAID:
            self._orders.end_unpaid(order, OrderStatus.CANCELLED)
        elif order.status not in ENDED_UNPAID:
            raise PackageConfirmed("Ask for its redress options.", status=self._status(order))
        return self._package(order)

    def extend(self, package_id: str) -> Package:
        """
        Hold the places for another while, up to two hours in all.

        Raises:
            PackageExpired: Its time is over.
            PackageConfirmed: It is sold already.
            NoMoreTime: Two hours are up.
            PackageNotFound: As `get`.

        """
        order = self._order(package_id, lock=True)
        if order.status in ENDED_UNPAID or self._orders.due(order):
            raise PackageExpired("Search again.", status=self._status(order))
        if order.status not in UNPAID:
            raise PackageConfirmed("There is nothing to wait for.", status=self._status(order))
        until = min(
            self._desk.clock.now() + self._desk.config.order_holds,
            order.created_at + LONGEST_HOLD,
        )
        if until <= order.hold_until:
            raise NoMoreTime("Confirm it or roll it back.", hours=2)
        self._orders.hold_until(order, until)
        return self._package(order)

    def redress(self, package_id: str) -> Refund | None:
        """Return what would go back now for the living tickets; None where nothing would."""
        order = self._order(package_id)
        try:
            return self._desk.refunds.offer(self._session, order, None)
        except NotRefundable:
            return None

    def redress_option(self, package_id: str, option: str) -> tuple[Package, Refund]:
        """
        Return a redress option of a package that was offered.

        Raises:
            RedressUnknown: There is none.
            PackageNotFound: As `get`.

        """
        order = self._order(package_id)
        refund_id = _uuid(option)
        refund = self._session.get(Refund, refund_id) if refund_id else None
        if refund is None or refund.order_id != order.id:
            raise RedressUnknown("Ask for the redress options of the package.")
        return self._package(order), refund

    def confirm_redress(self, package_id: str, option: str) -> Package:
        """
        Take the tickets back and owe the partner the amount that was offered.

        Raises:
            RefundOfferExpired, NotRefundable: As `RefundService.confirm`.
            RedressUnknown, PackageNotFound: As `redress_option`.

        """
        package, refund = self.redress_option(package_id, option)
        self._desk.refunds.confirm(self._session, refund.id)
        return self._package(package.order)

    def _order(self, package_id: str, *, lock: bool = False) -> Order:
        order_id = _uuid(package_id)
        if order_id is None:
            raise PackageNotFound("Check the id.")
        try:
            order = self._orders.get(order_id, lock=lock)
        except OrderNotFound as missing:
            raise PackageNotFound("Check the id.") from missing
        if order.confirmation.get(PARTNER) != self._partner:
            raise PackageNotFound("Check the id.")
        return order

    def _package(self, order: Order) -> Package:
        rights = self._rights.of_order(order.id)
        return Package(order, rights, self._status(order, rights))

    def _status(self, order: Order, rights: Sequence[Entitlement] = ()) -> str:
        if order.status in UNPAID and self._orders.due(order):
            return "EXPIRED"
        if any(right.status is EntitlementStatus.ACTIVE for right in rights):
            return "STARTED"
        if rights and all(right.status is EntitlementStatus.USED for right in rights):
            return "ENDED"
        return STATUS[order.status]


def partner_owes(session: Session) -> dict[str, int]:
    """Return what each partner owes us by the books, for the month's invoice."""
    rows = session.execute(
        select(LedgerTransaction.note, func.sum(LedgerEntry.amount))
        .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
        .where(LedgerEntry.account == Account.PARTNER.value)
        .group_by(LedgerTransaction.note)
    )
    return {str(name): int(amount) for name, amount in rows}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
