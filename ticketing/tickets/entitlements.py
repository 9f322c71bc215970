"""Issue, use and end entitlements: the rights behind the tickets."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.core.money import Yen
from maas.db.outbox import publish
from ticketing.config import TicketingConfig
from ticketing.orders.models import Order, OrderStatus
from ticketing.orders.service import OrderService
from ticketing.tickets.events import EntitlementEnded, EntitlementIssued, EntitlementRestored
from ticketing.tickets.issued import Handover
from ticketing.tickets.models import Entitlement, EntitlementStatus

LIVE = frozenset({EntitlementStatus.ISSUED, EntitlementStatus.ACTIVE})


class EntitlementService:
    """The only writer of entitlements."""

    def __init__(self, session: Session, clock: Clock, config: TicketingConfig) -> None:
        self._session = session
        self._clock = clock
        self._orders = OrderService(session, clock, config)

    def issue(self, order_id: UUID) -> list[Entitlement]:
        """Issue what a paid order bought; asked again, it returns what is there."""
        order = self._orders.get(order_id, lock=True)
        issued = self.of_order(order_id)
        if issued or order.status is not OrderStatus.PAID:
            return issued
        now = self._clock.now()
        made = [
            Entitlement(
                order_id=order.id,
                order_line_id=line.id,
                position=position,
                product_id=line.product_id,
                product_version=line.product_version,
                rider_category=line.rider_category,
                persons=line.persons,
                price=Yen(line.unit_price),
                first_day=line.first_day,
                issued_at=now,
            )
            for line in order.lines
            for position in range(line.quantity)
        ]
        self._session.add_all(made)
        self._session.flush()
        self._orders.move(order, OrderStatus.FULFILLED)
        for entitlement in made:
            event = EntitlementIssued(str(entitlement.id), str(order.id))
            publish(self._session, event, now=now)
        return made

    def of_order(self, order_id: UUID) -> list[Entitlement]:
        """Return the entitlements of an order, in the order of its lines."""
        return list(
            self._session.scalars(
                select(Entitlement)
                .where(Entitlement.order_id == order_id)
                .order_by(Entitlement.order_line_id, Entitlement.position)
            )
        )

    def given_away(self, order_id: UUID) -> set[UUID]:
        """Return the entitlements of an order that a companion took."""
        taken = (
            select(Handover.entitlement_id)
            .join(Entitlement, Entitlement.id == Handover.entitlement_id)
            .where(Entitlement.order_id == order_id, Handover.taken_at.is_not(None))
        )
        return set(self._session.scalars(taken))

    def activate(self, entitlement_id: UUID) -> bool:
        """Start the clock on first use; False where it was not merely issued."""
        return self._step(
            entitlement_id,
            {EntitlementStatus.ISSUED},
            EntitlementStatus.ACTIVE,
            activated=True,
        )

    def end(
        self,
        entitlement: Entitlement,
        to: EntitlementStatus,
        reason: str,
        *,
        allowed: Collection[EntitlementStatus] = LIVE,
    ) -> bool:
        """
        Refund, revoke or close an entitlement; its tickets stop being valid.

        False where its state does not allow it any more: somebody used or ended it meanwhile.
        """
        ended = self._step(entitlement.id, allowed, to, activated=False)
        if ended and to in {EntitlementStatus.REFUNDED, EntitlementStatus.REVOKED}:
            event = EntitlementEnded(str(entitlement.id), str(entitlement.order_id), reason)
            publish(self._session, event, now=self._clock.now())
        return ended

    def end_all(self, order: Order, reason: str) -> int:
        """Revoke what is left of an order (chargeback); return how many were revoked."""
        return sum(
            self.end(entitlement, EntitlementStatus.REVOKED, reason)
            for entitlement in self.of_order(order.id)
            if entitlement.status in LIVE
        )

    def restore_all(self, order: Order, reason: str) -> list[Entitlement]:
        """Give back what `end_all` took of an order; return what holds again."""
        restored = []
        for row in self.of_order(order.id):
            to = EntitlementStatus.ACTIVE if row.activated_at else EntitlementStatus.ISSUED
            if not self._step(row.id, {EntitlementStatus.REVOKED}, to, activated=None):
                continue
            event = EntitlementRestored(str(row.id), str(order.id), reason)
            publish(self._session, event, now=self._clock.now())
            restored.append(row)
        return restored

    def _step(
        self,
        entitlement_id: UUID,
        allowed: Collection[EntitlementStatus],
        to: EntitlementStatus,
        *,
        activated: bool | None,
    ) -> bool:
        """Move a row; `activated` says which time is noted, None that it has not ended."""
        now = self._clock.now()
        times = {"activated_at" if activated else "ended_at": None if activated is None else now}
        moved = self._session.execute(
            update(Entitlement)
            .where(Entitlement.id == entitlement_id, Entitlement.status.in_(list(allowed)))
            .values(status=to, **times)
            .returning(Entitlement.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if moved is None:
            return False
        row = self._session.get(Entitlement, entitlement_id)
        if row is not None:
            self._session.refresh(row)
        return True
