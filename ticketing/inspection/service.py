"""
Keep scans as facts, judge them again with what the server knows, and open cases for people.

A scan uploaded later is stored whatever it says: it happened. Nothing here blocks a ticket or
charges a rider.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from maas.core.errors import Kind, MaasError
from ticketing.inspection.coverage import Place, RuleBook
from ticketing.inspection.inspect import ReaderPolicy, ReaderState, inspect
from ticketing.inspection.models import Case, Scan
from ticketing.inspection.used import Check, checks_of, exceeds, limit_of
from ticketing.inspection.verdict import CATALOGUE, Light, Verdict
from ticketing.products.definition import AnyDays, Definition
from ticketing.products.service import ProductService
from ticketing.tickets.issued import RevokedSerial, SignedTicket
from ticketing.tickets.keyring import Keyring
from ticketing.tickets.keys import RevocationList, serial_hash
from ticketing.tickets.models import Entitlement
from ticketing.tickets.signing import claimed_serial

APART: Final = timedelta(minutes=3)
"""Two accepted scans by two operators sooner than this after each other cannot be one rider."""
_FUTURE: Final = timedelta(minutes=10)
_ONLINE_POLICY: Final = ReaderPolicy()
_USED_UP: Final = frozenset({"days-used-up", "rides-used-up"})


@dataclass(frozen=True, slots=True)
class NewScan:
    """What a device tells of one scan."""

    nonce: str
    text: str
    scanned_at: datetime
    place: Place
    device_verdict: str = ""
    """Empty where the device asks the server."""
    list_version: int = 0


@dataclass(frozen=True, slots=True)
class _Counted:
    """A product whose uses are counted, and the accepted scans of one right to it."""

    definition: Definition
    checks: Sequence[Check]


class NonceReused(MaasError):
    """A device sent another code under the name of an earlier scan."""

    code = "nonce-reused"
    title = "Another scan has this nonce"
    kind = Kind.CONFLICT


class InspectionService:
    """The only writer of scans and cases."""

    def __init__(self, session: Session, clock: Clock, keyring: Keyring, rules: RuleBook) -> None:
        self._session = session
        self._clock = clock
        self._keyring = keyring
        self._rules = rules

    def judge(self, device_id: str, operator_id: str, new: NewScan) -> tuple[Scan, Verdict]:
        """
        Keep a scan and return the server's verdict; the same nonce again gives the first one.

        An online scan is judged at the server's time; one uploaded later at the device's, but
        never later than now.
        """
        known = self._find(device_id, new.nonce)
        now = self._clock.now()
        online = not new.device_verdict
        at = now if online else min(new.scanned_at, now)
        if known is not None and known.text_hash != _hash(new.text):
            raise NonceReused("Each scan has a nonce of its own.", nonce=new.nonce)
        verdict = inspect(new.text, at, new.place, self._reader(device_id, new, at))
        counted = self._counted(verdict)
        check = Check(at, operator_id, new.place.route, new.place.point)
        if counted is not None and verdict.accepted:
            verdict = _known_use(verdict, counted, check)
        if known is not None:
            return known, Verdict(
                known.server_verdict, verdict.ticket, verdict.product_ja, verdict.product_en
            )
        light = verdict.light if online else CATALOGUE[new.device_verdict].light
        scan = Scan(
            device_id=device_id,
            nonce=new.nonce,
            operator_id=operator_id,
            scanned_at=new.scanned_at if not online else now,
            received_at=now,
            online=online,
            serial=verdict.ticket.serial if verdict.ticket else None,
            text_hash=_hash(new.text),
            place=_place(new.place),
            device_verdict=new.device_verdict,
            server_verdict=verdict.reason,
            list_version=new.list_version,
            accepted=light is not Light.RED,
        )
        try:
            with self._session.begin_nested():
                self._session.add(scan)
        except IntegrityError:
            twin = self._find(device_id, new.nonce)
            if twin is None:
                raise
            return twin, verdict
        self._open_cases(scan, verdict)
        if counted is not None and scan.accepted and scan.serial is not None:
            # Beside all scans, also later ones: devices upload in any order.
            kept = replace(check, at=scan.scanned_at, number=scan.number)
            allowed = exceeds(counted.definition, counted.checks, kept)
            if allowed is not None:
                self._open("used-too-often", scan.serial, allowed[0].number, scan.number)
        return scan, verdict

    def hold(self, texts: Sequence[str]) -> None:
        """
        Keep other uploads from counting the same rights meanwhile, in one order: no deadlock.

        What a text claims is not verified here; whoever names a ticket makes its scans wait, and
        nothing else.
        """
        serials = {claimed_serial(text) for text in texts} - {None}
        rights = select(SignedTicket.entitlement_id).where(SignedTicket.serial.in_(serials))
        self._session.execute(
            select(Entitlement.id)
            .where(Entitlement.id.in_(rights))
            .order_by(Entitlement.id)
            .with_for_update()
        ).all()

    def cases(self, *, operator_id: str | None, open_only: bool = True) -> Sequence[Case]:
        """Return cases; an operator sees those in which one of its own scans takes part."""
        query = select(Case).order_by(Case.opened_at, Case.id)
        if open_only:
            query = query.where(Case.closed_at.is_(None))
        if operator_id is not None:
            own = select(Scan.number).where(Scan.operator_id == operator_id)
            query = query.where(Case.first_scan.in_(own) | Case.second_scan.in_(own))
        return self._session.scalars(query.limit(500)).all()

    def close(self, case_id: UUID, *, by: str, outcome: str) -> bool:
        """Close a case with what a person decided; False where there is none open."""
        case = self._session.get(Case, case_id)
        if case is None or case.closed_at is not None:
            return False
        case.closed_at, case.closed_by, case.outcome = self._clock.now(), by, outcome
        return True

    def _find(self, device_id: str, nonce: str) -> Scan | None:
        return self._session.scalar(
            select(Scan).where(Scan.device_id == device_id, Scan.nonce == nonce)
        )

    def _counted(self, verdict: Verdict) -> _Counted | None:
        """Return the right of a ticket whose uses are counted, held until the scan is kept."""
        if verdict.ticket is None:
            return None
        signed = self._session.scalar(
            select(SignedTicket).where(SignedTicket.serial == verdict.ticket.serial)
        )
        if signed is None:
            return None
        right = self._session.get_one(Entitlement, signed.entitlement_id, with_for_update=True)
        definition = ProductService(self._session, self._clock).get(
            right.product_id, right.product_version
        )
        if limit_of(definition) is None:
            return None
        return _Counted(definition, checks_of(self._session, right.id))

    def _reader(self, device_id: str, new: NewScan, at: datetime) -> ReaderState:
        """Return what the server knows of that instant, and what this device saw just before."""
        seen: dict[bytes, datetime] = {}
        for row in self._session.execute(
            select(Scan.serial, Scan.scanned_at)
            .where(
                Scan.device_id == device_id,
                Scan.accepted,
                Scan.serial.is_not(None),
                Scan.scanned_at >= at - timedelta(minutes=30),
                Scan.scanned_at <= at,
                Scan.nonce != new.nonce,
            )
            .order_by(Scan.scanned_at)
        ):
            seen[row.serial] = row.scanned_at
        # A scan of yesterday is not judged by what was taken back today.
        serials = self._session.scalars(
            select(RevokedSerial.serial).where(
                RevokedSerial.revoked_at <= at, RevokedSerial.valid_until > at
            )
        ).all()
        revoked = RevocationList(
            version=len(serials),
            issued=at,
            not_after=at + timedelta(days=1),
            hashes=tuple(sorted(serial_hash(serial) for serial in serials)),
        )
        return ReaderState(
            keys=self._keyring.keys,
            revoked=revoked,
            rules=self._rules,
            seen=seen,
            clock_checked=at,
            policy=_ONLINE_POLICY,
            test=self._keyring.demo,
        )

    def _open_cases(self, scan: Scan, verdict: Verdict) -> None:
        if scan.serial is None or not scan.accepted:
            return
        if verdict.reason == "revoked":
            self._open("accepted-revoked", scan.serial, scan.number, scan.number)
        elif verdict.reason not in _USED_UP and verdict.light is Light.RED:
            self._open("verdicts-differ", scan.serial, scan.number, scan.number)
        others = self._session.scalars(
            select(Scan).where(
                Scan.serial == scan.serial,
                Scan.number != scan.number,
                Scan.accepted,
                Scan.operator_id != scan.operator_id,
                Scan.scanned_at > scan.scanned_at - APART,
                Scan.scanned_at < scan.scanned_at + APART,
            )
        ).all()
        for other in others:
            first, second = sorted((scan.number, other.number))
            self._open("two-places", scan.serial, first, second)

    def _open(self, kind: str, serial: bytes, first: int, second: int) -> None:
        self._session.add(
            Case(
                kind=kind,
                serial=serial,
                first_scan=first,
                second_scan=second,
                opened_at=self._clock.now(),
            )
        )
        self._session.flush()


def _known_use(verdict: Verdict, counted: _Counted, check: Check) -> Verdict:
    """Refuse what was used up by then: only the server sees the scans of all devices."""
    before = [each for each in counted.checks if each.at <= check.at]
    if exceeds(counted.definition, before, check) is None:
        return verdict
    of_days = isinstance(counted.definition.counting, AnyDays)
    return replace(verdict, reason="days-used-up" if of_days else "rides-used-up", also=())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def plausible(new: NewScan, now: datetime) -> str:
    """Return why an upload cannot be a scan of ours, or the empty text."""
    if new.device_verdict and new.device_verdict not in CATALOGUE:
        return "unknown verdict"
    if new.scanned_at > now + _FUTURE:
        return "scanned in the future"
    return "" if new.scanned_at > now - timedelta(days=60) else "older than 60 days"


def _place(place: Place) -> Mapping[str, Any]:
    return {
        "operator": place.operator,
        "route": place.route,
        "mode": place.mode,
        "vehicle_class": place.vehicle_class,
        "from_stop": place.from_stop,
        "to_stop": place.to_stop,
        "point": place.point,
    }
