"""What signed tickets do when a right ends."""

from uuid import UUID

from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.db.outbox import Handlers, Job
from ticketing.config import TicketingConfig
from ticketing.tickets.events import EntitlementEnded, EntitlementRestored
from ticketing.tickets.keyring import Keyring
from ticketing.tickets.service import TicketService


def subscribe(handlers: Handlers, clock: Clock, config: TicketingConfig, keyring: Keyring) -> None:
    """Revoke the signed ticket of every right that ends; sign anew what a chargeback gave back."""

    def revoke(session: Session, job: Job) -> None:
        service = TicketService(session, clock, config, keyring)
        service.end(UUID(job.payload["entitlement_id"]), job.payload["reason"])

    def sign_again(session: Session, job: Job) -> None:
        service = TicketService(session, clock, config, keyring)
        service.restore(UUID(job.payload["entitlement_id"]))

    handlers.subscribe(EntitlementEnded, "revocation", revoke)
    handlers.subscribe(EntitlementRestored, "tickets", sign_again)
