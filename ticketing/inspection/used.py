"""On which service days a right was used, as far as scans tell."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.inspection.models import Scan
from ticketing.products.definition import Calendar
from ticketing.products.validity import service_day
from ticketing.tickets.issued import SignedTicket


def used_days(
    session: Session, entitlement_id: UUID, calendar: Calendar, until: datetime
) -> Mapping[date, int]:
    """
    Return the service days on which any ticket of a right was accepted up to an instant.

    The number is 1 each: a scan does not tell how many rode. Scans that were not uploaded yet, and
    rides that nobody scanned, are not known, so a right may have been used on more days than these.
    """
    scans = session.scalars(
        select(Scan.scanned_at)
        .join(SignedTicket, SignedTicket.serial == Scan.serial)
        .where(
            SignedTicket.entitlement_id == entitlement_id,
            Scan.accepted,
            Scan.scanned_at <= until,
        )
    )
    return dict.fromkeys((service_day(calendar, scanned) for scanned in scans), 1)
