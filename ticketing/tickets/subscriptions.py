"""What signed tickets do when a right ends."""

import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.db.outbox import Handlers, Job
from ticketing.config import TicketingConfig
from ticketing.tickets.events import EntitlementEnded, EntitlementRestored
from ticketing.tickets.keyring import Keyring
from ticketing.tickets.rotation import Reminder, reminders
from ticketing.tickets.service import TicketService

log = logging.getLogger(__name__)

KEYS: Final = "tickets.keys"
"""Periodic: remind whoever runs the service of keys that must be changed."""


def subscribe(
    handlers: Handlers,
    clock: Clock,
    config: TicketingConfig,
    keyring: Keyring,
    tell: Callable[[Reminder], None] | None = None,
) -> None:
    """Revoke the signed ticket of every right that ends; sign anew what a chargeback gave back."""

    def revoke(session: Session, job: Job) -> None:
        service = TicketService(session, clock, config, keyring)
        service.end(UUID(job.payload["entitlement_id"]), job.payload["reason"])

    def sign_again(session: Session, job: Job) -> None:
        service = TicketService(session, clock, config, keyring)
        service.restore(UUID(job.payload["entitlement_id"]))

    def remind(_job: Job) -> None:
        for reminder in reminders(keyring, clock.now()):
            log.warning("keys: %s", reminder.en)
            if tell is not None:
                tell(reminder)

    handlers.on_outside(KEYS, remind)
    handlers.subscribe(EntitlementEnded, "revocation", revoke)
    handlers.subscribe(EntitlementRestored, "tickets", sign_again)
