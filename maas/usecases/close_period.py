"""Close a month: statements for every operator, and the posting that owes them the money."""

from sqlalchemy.orm import Session

from maas.adapters.books import SqlBooks, month_span
from maas.adapters.ride_measures import Measures
from maas.core.clock import Clock
from operators.registry.service import Registry
from operators.settlement.service import Closed, SettlementService
from operators.settlement.statement import Party
from ticketing.config import TicketingConfig
from ticketing.ledger.service import Account, Ledger, Posting


def close_period(
    session: Session,
    clock: Clock,
    config: TicketingConfig,
    period: str,
    *,
    by: str,
    measures: Measures | None = None,
) -> Closed:
    """
    Close a month in one transaction: either all of it is there afterwards or nothing.

    `measures` looks up what the rides were worth; without it that is unknown, and an agreement
    that weighs it refuses or takes the values that it names.

    Raises:
        ValueError: The month is not written as `2026-12`.
        PeriodClosed, PeriodNotOver, AgreementMissing, FactsMissing: As `SettlementService.close`.

    """
    month_span(period)
    books = SqlBooks(session, measures)
    service = SettlementService(session, clock)
    closed = service.close(period, books, parties(session, clock), platform(config), by=by)
    books.keep_measures(clock.now())
    # Card fees that pools bore were booked as a cost when they fell due; here the debt pays them.
    owed = closed.pool + closed.commission + closed.card_fees_borne
    entries = [
        (Account.PASS_LIABILITY, owed),
        (Account.OPERATOR_PAYABLE, -closed.pool),
        (Account.COMMISSION, -closed.commission),
        (Account.GATEWAY_FEE, -closed.card_fees_borne),
    ]
    if any(amount for _, amount in entries):
        Ledger(session, clock).post(
            Posting(kind="settlement", key=f"settlement:{period}", entries=entries)
        )
    return closed


def parties(session: Session, clock: Clock) -> dict[str, Party]:
    """Return the head of every company's invoice, by its short name."""
    return {
        company.slug: Party(company.slug, company.name, company.registration_number or "")
        for company in Registry(session, clock).list()
    }


def platform(config: TicketingConfig) -> Party:
    """Return the head of the platform's side."""
    seller = config.seller
    return Party("platform", seller.name, seller.registration_number, seller.address)
