"""Ledger, entitlements, refunds and scans as the council's figures see them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from maas.adapters.books import chunks, midnight
from maas.core.clock import JAPAN
from maas.core.money import Yen
from operators.council.records import UNKNOWN, Return, Ride, Sale
from operators.registry.models import Company
from ticketing.customers.models import Customer
from ticketing.inspection.models import Scan
from ticketing.ledger.models import LedgerTransaction
from ticketing.orders.models import Order
from ticketing.products.models import ProductVersion
from ticketing.refunds.models import Refund, RefundItem
from ticketing.tickets.issued import SignedTicket
from ticketing.tickets.models import Entitlement


class Zones(Protocol):
    """Says where a stop of the network lies."""

    def of(self, stop_id: str) -> tuple[str, str]:
        """Return prefecture and municipality, each empty where it is not known."""
        ...


class SqlActivity:
    """`operators.council.records.Activity` over the database of one session."""

    def __init__(self, session: Session, zones: Zones | None = None) -> None:
        self._session = session
        self._zones = zones
        self._companies = {
            row.slug: (list(row.modes), list(row.prefectures))
            for row in session.execute(select(Company.slug, Company.modes, Company.prefectures))
        }

    def sales(self, first: date, last: date) -> Sequence[Sale]:
        """Return what was captured on these days, a row a pass."""
        captured = {
            UUID(row.order_id): row.effective_date
            for row in self._session.execute(
                select(LedgerTransaction.order_id, LedgerTransaction.effective_date).where(
                    LedgerTransaction.kind == "capture",
                    LedgerTransaction.order_id.is_not(None),
                    LedgerTransaction.effective_date >= first,
                    LedgerTransaction.effective_date <= last,
                )
            )
        }
        found: list[Sale] = []
        for part in chunks(sorted(captured)):
            query = (
                select(
                    Entitlement.order_id,
                    Entitlement.product_id,
                    Entitlement.persons,
                    Entitlement.price,
                    Customer.language,
                )
                .join(Order, Order.id == Entitlement.order_id)
                .join(Customer, Customer.id == Order.customer_id)
                .where(Entitlement.order_id.in_(part))
                .order_by(Entitlement.id)
            )
            found += [
                Sale(
                    day=captured[row.order_id],
                    product=row.product_id,
                    persons=row.persons,
                    yen=Yen(row.price),
                    language=row.language or UNKNOWN,
                )
                for row in self._session.execute(query)
            ]
        return found

    def returns(self, first: date, last: date) -> Sequence[Return]:
        """Return what was owed back on these days, a row a pass."""
        query = (
            select(RefundItem.gross, RefundItem.fee, Refund.confirmed_at, Entitlement.product_id)
            .join(Refund, Refund.id == RefundItem.refund_id)
            .join(Entitlement, Entitlement.id == RefundItem.entitlement_id)
            .where(
                Refund.confirmed_at >= midnight(first),
                Refund.confirmed_at < midnight(last + timedelta(days=1)),
            )
            .order_by(Refund.confirmed_at, RefundItem.entitlement_id)
        )
        return [
            Return(
                day=row.confirmed_at.astimezone(JAPAN).date(),
                product=row.product_id,
                yen=Yen(row.gross - row.fee),
                fee=Yen(row.fee),
            )
            for row in self._session.execute(query)
        ]

    def rides(self, first: date, last: date) -> Sequence[Ride]:
        """Return the accepted scans of these days."""
        query = (
            select(
                Scan.operator_id,
                Scan.scanned_at,
                Scan.place,
                Entitlement.id,
                Entitlement.product_id,
                Customer.language,
            )
            .join(SignedTicket, SignedTicket.serial == Scan.serial)
            .join(Entitlement, Entitlement.id == SignedTicket.entitlement_id)
            .join(Order, Order.id == Entitlement.order_id)
            .join(Customer, Customer.id == Order.customer_id)
            .where(
                Scan.accepted,
                Scan.scanned_at >= midnight(first),
                Scan.scanned_at < midnight(last + timedelta(days=1)),
            )
            .order_by(Scan.number)
        )
        return [self._ride(row) for row in self._session.execute(query)]

    def product_names(self) -> dict[str, str]:
        """Return the Japanese name of every product, that of its newest version."""
        query = select(ProductVersion.product_id, ProductVersion.definition).order_by(
            ProductVersion.product_id, ProductVersion.version
        )
        return {
            row.product_id: str(row.definition["name"]["ja"])
            for row in self._session.execute(query)
        }

    def _ride(self, row: Any) -> Ride:
        place: Mapping[str, Any] = row.place
        modes, prefectures = self._companies.get(row.operator_id, ([], []))
        begins, ends = self._zone(place, "from_stop"), self._zone(place, "to_stop")
        only = prefectures[0] if len(prefectures) == 1 else UNKNOWN
        return Ride(
            day=row.scanned_at.astimezone(JAPAN).date(),
            product=row.product_id,
            ticket=str(row.id),
            operator=row.operator_id,
            mode=str(place.get("mode", "")) or (modes[0] if len(modes) == 1 else UNKNOWN),
            prefecture=begins[0] or only,
            language=row.language or UNKNOWN,
            from_zone="".join(begins) if all(begins) else UNKNOWN,
            to_zone="".join(ends) if all(ends) else UNKNOWN,
        )

    def _zone(self, place: Mapping[str, Any], end: str) -> tuple[str, str]:
        stop = str(place.get(end, ""))
        return self._zones.of(stop) if self._zones and stop else ("", "")
