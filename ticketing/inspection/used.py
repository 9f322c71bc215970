"""How often a right was used, as far as scans tell: on which days, or for which rides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.inspection.models import Scan
from ticketing.products.definition import AnyDays, Calendar, CheckPoint, Definition, Rides
from ticketing.products.validity import service_day
from ticketing.tickets.issued import SignedTicket

SAME_RIDE: Final = timedelta(minutes=10)
"""A check again by the same operator sooner than this is of the same ride."""
_LEAVING: Final = frozenset({CheckPoint.ALIGHTING, CheckPoint.GATE_OUT})


@dataclass(frozen=True, slots=True)
class Check:
    """An accepted scan, as far as counting depends on it."""

    at: datetime
    operator: str
    route: str = ""
    point: str = ""
    number: int = 0
    """Of the scan; 0 where it is not kept yet."""


Use = Sequence[Check]
"""The checks of one day or one ride, in order of time."""


def limit_of(definition: Definition) -> int | None:
    """Return how often a ticket may be used; None where uses are not counted."""
    counting = definition.counting
    if isinstance(counting, AnyDays):
        return counting.days
    return counting.rides if isinstance(counting, Rides) else None


def checks_of(session: Session, entitlement_id: UUID) -> list[Check]:
    """Return every accepted scan of any ticket of a right, in order of time."""
    scans = session.scalars(
        select(Scan)
        .join(SignedTicket, SignedTicket.serial == Scan.serial)
        .where(SignedTicket.entitlement_id == entitlement_id, Scan.accepted)
        .order_by(Scan.scanned_at, Scan.number)
    )
    return [
        Check(
            scan.scanned_at,
            scan.operator_id,
            str(scan.place.get("route", "")),
            str(scan.place.get("point", "")),
            scan.number,
        )
        for scan in scans
    ]


def uses(definition: Definition, checks: Iterable[Check]) -> Sequence[Use]:
    """
    Return the uses that checks tell of, in order of time.

    Of a pass of any N days each service day is one. Of a ticket for n rides each check is one, but
    for a second one of the same operator and route within ten minutes, and for one whose reader
    says that it stands elsewhere than where the product is judged: at the exit, where boarding
    counts, or on board.
    """
    ordered = sorted(checks, key=lambda check: (check.at, check.number))
    if isinstance(definition.counting, AnyDays):
        days: dict[date, list[Check]] = {}
        for check in ordered:
            days.setdefault(service_day(definition.calendar, check.at), []).append(check)
        return list(days.values())
    counted = "exit" if definition.check in _LEAVING else "entry"
    rides: list[list[Check]] = []
    for check in ordered:
        if check.point not in {"", counted}:
            continue
        same = next((ride for ride in reversed(rides) if _is_same(ride[0], check)), None)
        if same is None:
            rides.append([check])
        else:
            same.append(check)
    return rides


def exceeds(definition: Definition, known: Iterable[Check], new: Check) -> Use | None:
    """
    Return an allowed use beside which a check is one too many; None where it is within the limit.

    A further check of a day or a ride that is counted already never is.
    """
    limit = limit_of(definition)
    if limit is None:
        return None
    before = uses(definition, known)
    after = uses(definition, [*known, new])
    if len(after) <= max(limit, len(before)):
        return None
    others = [use for use in after if new not in use]
    return others[min(limit, len(others)) - 1]


def used_days(
    session: Session, entitlement_id: UUID, calendar: Calendar, until: datetime
) -> Mapping[date, int]:
    """
    Return the service days on which any ticket of a right was accepted up to an instant.

    The number is 1 each: a scan does not tell how many rode. Scans that were not uploaded yet, and
    rides that nobody scanned, are not known, so a right may have been used on more days than these.
    """
    checks = checks_of(session, entitlement_id)
    return {service_day(calendar, check.at): 1 for check in checks if check.at <= until}


def _is_same(first: Check, later: Check) -> bool:
    return (
        later.at - first.at < SAME_RIDE
        and first.operator == later.operator
        and (first.route == later.route or "" in {first.route, later.route})
    )
