"""Place, read and end orders."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.core.money import Yen
from maas.db.outbox import publish, record
from maas.rest.principal import BUYER_PREFIX, Principal, digest, new_secret
from ticketing.config import TicketingConfig
from ticketing.customers.models import Customer
from ticketing.offers.errors import SoldOut
from ticketing.offers.models import Offer, OfferLine
from ticketing.offers.service import OfferService
from ticketing.orders.access import opens
from ticketing.orders.confirmation import confirmation
from ticketing.orders.errors import OfferTaken, OrderNotFound, StepNotAllowed, TermsNotAccepted
from ticketing.orders.events import OrderEnded, OrderPaid
from ticketing.orders.models import Order, OrderedOffer, OrderLine, OrderStatus, QuotaHold
from ticketing.orders.steps import STEPS, UNPAID
from ticketing.products.repository import ProductRepository
from ticketing.products.service import ProductService, bucket_name, places

EXPIRE: Final = "order.expire"
"""Outbox job: end the order if its hold is over and it is not paid."""

LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No letter that is read as another one: an order's number is told over the phone."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys."""

    email: str
    language: str
    name: str | None = None


class OrderService:
    """Places, reads and ends orders; the only writer of their state."""

    def __init__(self, session: Session, clock: Clock, config: TicketingConfig) -> None:
        self._session = session
        self._clock = clock
        self._config = config
        self._offers = OfferService(session, clock, config)
        self._products = ProductService(session, clock)
        self._quotas = ProductRepository(session)

    def place(
        self, offer_ids: Sequence[UUID], buyer: Buyer, *, terms_accepted: bool
    ) -> tuple[Order, str]:
        """
        Order one or more offers at their prices, and take the places that they need.

        Returns:
            The order, and the secret that opens it: it is told once and not stored.

        Raises:
            TermsNotAccepted: The buyer did not confirm.
            OfferNotFound: There is no such offer.
            OfferExpired: An offer's deadline has passed.
            OfferTaken: An offer was ordered before.
            SoldOut: A quota has no place left; nothing is ordered then.

        """
        if not terms_accepted:
            raise TermsNotAccepted("Show the final confirmation and let the buyer accept it.")
        now = self._clock.now()
        offers = [self._offers.get_open(offer_id) for offer_id in dict.fromkeys(offer_ids)]
        secret = new_secret(BUYER_PREFIX)
        customer = Customer(
            email=buyer.email, name=buyer.name, language=buyer.language, created_at=now
        )
        self._session.add(customer)
        self._session.flush()
        order = Order(
            number="".join(secrets.choice(LETTERS) for _ in range(10)),
            secret_digest=digest(secret),
            customer_id=customer.id,
            total=Yen(sum(offer.total for offer in offers)),
            created_at=now,
            hold_until=now + self._config.order_holds,
            confirmation=confirmation(offers, self._config, now),
            lines=[_line(offer, line) for offer in offers for line in offer.lines],
        )
        self._session.add(order)
        self._session.flush()
        self._bind(order, offers)
        self._take_places(order)
        record(
            self._session,
            EXPIRE,
            f"{EXPIRE}:{order.id}:{order.hold_until.isoformat()}",
            {"order_id": str(order.id)},
            now=now,
            run_after=order.hold_until,
        )
        if order.total == 0:
            self.mark_paid(order)
        return order, secret

    def _bind(self, order: Order, offers: Sequence[Offer]) -> None:
        try:
            with self._session.begin_nested():
                for offer in offers:
                    self._session.add(OrderedOffer(offer_id=offer.id, order_id=order.id))
        except IntegrityError as taken:
            raise OfferTaken("Ask for a new offer, or look at your order.") from taken

    def _take_places(self, order: Order) -> None:
        """Take the places of every line, buckets in one order everywhere: no deadlock."""
        wanted: list[tuple[str, OrderLine, int, int]] = []
        for line in order.lines:
            definition = self._products.get(line.product_id, line.product_version)
            if definition.quota is not None:
                count = places(definition, line.persons, line.quantity)
                name = bucket_name(definition, line.first_day)
                wanted.append((name, line, count, definition.quota.size))
        for name, line, count, size in sorted(wanted, key=lambda want: (want[0], want[1].id)):
            bucket = self._quotas.bucket(name, size)
            if not self._quotas.take(bucket, count):
                raise SoldOut("Choose another day.", product=line.product_id)
            self._session.add(
                QuotaHold(order_line_id=line.id, bucket_id=bucket, order_id=order.id, places=count)
            )
        self._session.flush()

    def get(self, order_id: UUID, *, lock: bool = False) -> Order:
        """
        Return an order; `lock` holds its row until the transaction ends.

        Raises:
            OrderNotFound: There is none.

        """
        order = self._session.get(
            Order, order_id, with_for_update=lock or None, populate_existing=lock
        )
        if order is None:
            raise OrderNotFound("Check the id.")
        return order

    def get_for(self, principal: Principal, order_id: UUID, *, right: str = "orders:read") -> Order:
        """
        Return an order that the caller may see: with its secret, or with the right.

        Raises:
            OrderNotFound: There is none, or it is not the caller's: he cannot tell which.

        """
        order = self._session.get(Order, order_id)
        allowed = order is not None and (
            principal.may(right) or opens(self._session, principal.buyer_secret, order)
        )
        if order is None or not allowed:
            raise OrderNotFound("Check the id, and send the order's secret as bearer token.")
        return order

    def move(self, order: Order, to: OrderStatus) -> None:
        """
        Take a step of `STEPS`, in the database and only from the state that we know.

        Raises:
            StepNotAllowed: The table has no such step, or another transaction was first.

        """
        if to not in STEPS[order.status]:
            raise StepNotAllowed(
                f"From {order.status.value} there is no step to {to.value}.",
                order_status=order.status.value,
            )
        moved = self._session.execute(
            update(Order)
            .where(Order.id == order.id, Order.status == order.status)
            .values(status=to)
            .returning(Order.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if moved is None:
            raise StepNotAllowed("Another request was first.", order_status=order.status.value)
        self._session.refresh(order)

    def mark_paid(self, order: Order) -> None:
        """Note that the whole price is in, and tell those who wait for it."""
        self.move(order, OrderStatus.PAID)
        order.paid_at = self._clock.now()
        self._session.flush()
        publish(self._session, OrderPaid(str(order.id)), now=self._clock.now())

    def hold_for_voucher(self, order: Order, until: datetime) -> None:
        """Keep the places until a convenience-store voucher ends, and a little longer."""
        if order.status is OrderStatus.AWAITING_PAYMENT:
            self.move(order, OrderStatus.PAYMENT_PENDING)
        self.hold_until(order, until + self._config.voucher_grace)

    def end_voucher(self, order: Order) -> None:
        """Hold the places no longer than for a new order: what held them for days is gone."""
        self.move(order, OrderStatus.AWAITING_PAYMENT)
        until = self._clock.now() + self._config.order_holds
        if until < order.hold_until:
            self._hold(order, until)

    def hold_until(self, order: Order, until: datetime) -> None:
        """Keep price and places until a later time."""
        if until > order.hold_until:
            self._hold(order, until)

    def _hold(self, order: Order, until: datetime) -> None:
        order.hold_until = until
        self._session.flush()
        record(
            self._session,
            EXPIRE,
            f"{EXPIRE}:{order.id}:{until.isoformat()}",
            {"order_id": str(order.id)},
            now=self._clock.now(),
            run_after=until,
        )

    def end_unpaid(self, order: Order, to: OrderStatus) -> None:
        """Cancel an unpaid order or let it run out; its places are free again."""
        self.move(order, to)
        order.ended_at = self._clock.now()
        self._release(order)
        publish(self._session, OrderEnded(str(order.id), to.value), now=self._clock.now())

    def due(self, order: Order) -> bool:
        """Whether the order is unpaid and its hold is over."""
        return order.status in UNPAID and order.hold_until <= self._clock.now()

    def _release(self, order: Order) -> None:
        freed = self._session.execute(
            update(QuotaHold)
            .where(QuotaHold.order_id == order.id, QuotaHold.released_at.is_(None))
            .values(released_at=self._clock.now())
            .returning(QuotaHold.bucket_id, QuotaHold.places)
            .execution_options(synchronize_session=False)
        ).all()
        for bucket, count in sorted(freed):
            self._quotas.give_back(bucket, count)

    def release_tickets(self, line: OrderLine, tickets: int) -> None:
        """Give back the places of refunded tickets of a line."""
        hold = self._session.scalar(
            select(QuotaHold)
            .where(QuotaHold.order_line_id == line.id, QuotaHold.released_at.is_(None))
            .with_for_update()
        )
        if hold is None:
            return
        definition = self._products.get(line.product_id, line.product_version)
        count = min(hold.places, places(definition, line.persons, tickets))
        if count == hold.places:
            hold.released_at = self._clock.now()
        else:
            hold.places -= count
        self._session.flush()
        self._quotas.give_back(hold.bucket_id, count)


def _line(offer: Offer, line: OfferLine) -> OrderLine:
    details: dict[str, Any] = line.details
    return OrderLine(
        offer_id=offer.id,
        product_id=line.product_id,
        product_version=line.product_version,
        rider_category=line.rider_category,
        persons=line.persons,
        quantity=line.quantity,
        unit_price=line.unit_price,
        price=line.price,
        first_day=line.first_day,
        tax_percent=line.tax_percent,
        details=details,
    )
