"""Chargebacks: the gateway takes the money, we take the rights, and the ledger follows."""

from collections import Counter
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.core.money import Yen
from maas.db.outbox import Job, RetryLater
from maas.db.session import Sessions
from ticketing.config import TicketingConfig
from ticketing.ledger.service import Account, Ledger, Posting
from ticketing.orders.models import Order, OrderStatus
from ticketing.orders.service import OrderService
from ticketing.orders.steps import STEPS
from ticketing.payments.gateway import GatewayDispute, GatewayUnavailable, PaymentGateway
from ticketing.payments.models import Payment
from ticketing.refunds.models import Dispute
from ticketing.tickets.entitlements import LIVE, EntitlementService
from ticketing.tickets.models import Entitlement, EntitlementStatus

WON: Final = frozenset({"won", "warning_closed", "prevented"})
LOST: Final = frozenset({"lost"})


class DisputeService:
    """Follows what the gateway says of chargebacks."""

    def __init__(
        self, sessions: Sessions, clock: Clock, config: TicketingConfig, gateway: PaymentGateway
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._config = config
        self._gateway = gateway

    def hear(self, job: Job) -> None:
        """Outbox (`gateway-dispute-changed`): read the dispute and follow it, in any order."""
        try:
            said = self._gateway.read_dispute(job.payload["gateway_id"])
        except GatewayUnavailable as lost:
            raise RetryLater(str(lost)) from lost
        with self._sessions.begin() as session:
            payment = session.scalar(
                select(Payment).where(
                    (Payment.intent_id == said.intent_id) | (Payment.gateway_id == said.intent_id)
                )
            )
            if payment is None:
                if job.attempt < 5:
                    raise RetryLater(
                        "about a payment that we do not know yet", timedelta(minutes=1)
                    )
                return
            self._follow(session, payment, said)

    def _follow(self, session: Session, payment: Payment, said: GatewayDispute) -> None:
        orders = OrderService(session, self._clock, self._config)
        order = orders.get(payment.order_id, lock=True)
        dispute = session.get(Dispute, said.gateway_id)
        if dispute is None:
            dispute = self._open(session, orders, order, payment, said)
        if dispute.status != "open":
            return
        if said.status in WON:
            self._won(session, orders, order, dispute)
        elif said.status in LOST:
            self._lost(session, orders, order, dispute)

    def _open(
        self,
        session: Session,
        orders: OrderService,
        order: Order,
        payment: Payment,
        said: GatewayDispute,
    ) -> Dispute:
        """Book that the gateway took the money, and stop what was bought with it."""
        dispute = Dispute(
            gateway_id=said.gateway_id,
            payment_id=payment.id,
            order_id=order.id,
            amount=Yen(said.amount),
            reason=said.reason,
            status="open",
            opened_at=self._clock.now(),
        )
        session.add(dispute)
        session.flush()
        self._post(
            session,
            dispute,
            "dispute-opened",
            (Account.DISPUTES_HELD, said.amount),
            (Account.GATEWAY, -said.amount),
        )
        if OrderStatus.DISPUTED in STEPS[order.status]:
            orders.move(order, OrderStatus.DISPUTED)
        rights = EntitlementService(session, self._clock, self._config)
        rights.end_all(order, f"dispute:{said.gateway_id}")
        return dispute

    def _won(self, session: Session, orders: OrderService, order: Order, dispute: Dispute) -> None:
        dispute.status, dispute.closed_at = "won", self._clock.now()
        self._post(
            session,
            dispute,
            "dispute-won",
            (Account.GATEWAY, dispute.amount),
            (Account.DISPUTES_HELD, -dispute.amount),
        )
        if _others(session, dispute):
            return  # another chargeback still holds, or has taken, the rights
        rights = EntitlementService(session, self._clock, self._config)
        rights.restore_all(order, f"dispute-won:{dispute.gateway_id}")
        if order.status is OrderStatus.DISPUTED:
            rows = rights.of_order(order.id)
            if not rows:  # the chargeback came before the tickets
                orders.move(order, OrderStatus.PAID)
                rights.issue(order.id)
                return
            refunded = [row for row in rows if row.status is EntitlementStatus.REFUNDED]
            step = OrderStatus.FULFILLED
            if refunded:
                whole = len(refunded) == len(rows)
                step = OrderStatus.REFUNDED if whole else OrderStatus.PARTLY_REFUNDED
            orders.move(order, step)

    def _lost(self, session: Session, orders: OrderService, order: Order, dispute: Dispute) -> None:
        """Book the loss: against the passes where nobody rode on them, else against us."""
        dispute.status, dispute.closed_at = "lost", self._clock.now()
        balances = Ledger(session, self._clock).balances(order_id=str(order.id))
        owed = -balances.get(Account.PASS_LIABILITY.value, 0)
        unused = min(owed, dispute.amount, _never_used(session, order))
        self._post(
            session,
            dispute,
            "dispute-lost",
            (Account.PASS_LIABILITY, unused),
            (Account.DISPUTE_LOSS, dispute.amount - unused),
            (Account.DISPUTES_HELD, -dispute.amount),
        )
        if order.status is OrderStatus.DISPUTED:
            orders.move(order, OrderStatus.CHARGED_BACK)
        self._free_places(session, orders, order)

    def _free_places(self, session: Session, orders: OrderService, order: Order) -> None:
        """Give back the places of tickets that were taken back before anybody used them."""
        freed: Counter[int] = Counter()
        for row in EntitlementService(session, self._clock, self._config).of_order(order.id):
            if row.status is EntitlementStatus.REVOKED and row.activated_at is None:
                freed[row.order_line_id] += 1
        for line in order.lines:
            if freed[line.id]:
                orders.release_tickets(line, freed[line.id])

    def _post(
        self, session: Session, dispute: Dispute, kind: str, *entries: tuple[Account, int]
    ) -> None:
        Ledger(session, self._clock).post(
            Posting(
                kind=kind,
                key=f"{kind}:{dispute.gateway_id}",
                entries=list(entries),
                order_id=str(dispute.order_id),
            )
        )


def _others(session: Session, dispute: Dispute) -> bool:
    """Tell whether another chargeback of the order is open or was lost."""
    other = session.scalar(
        select(Dispute.gateway_id).where(
            Dispute.order_id == dispute.order_id,
            Dispute.gateway_id != dispute.gateway_id,
            Dispute.status != "won",
        )
    )
    return other is not None


def _never_used(session: Session, order: Order) -> int:
    """Return the price of the order's tickets that were revoked before first use."""
    rows = session.scalars(select(Entitlement).where(Entitlement.order_id == order.id))
    revoked = {EntitlementStatus.REVOKED} | LIVE
    return sum(row.price for row in rows if row.activated_at is None and row.status in revoked)
