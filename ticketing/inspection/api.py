"""Endpoints for readers: keys and lists for everybody, verdicts and uploads for devices."""

import base64
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from maas.core.errors import Kind, MaasError
from maas.rest.errors import NotAllowed
from maas.rest.idempotency import IdempotentRoute
from maas.rest.principal import Principal, PrincipalDep
from maas.rest.session import SessionDep
from ticketing.edge import reading
from ticketing.inspection.coverage import Place, RuleBook, seal_rules
from ticketing.inspection.from_products import rule_book
from ticketing.inspection.models import Case
from ticketing.inspection.service import InspectionService, NewScan, NonceReused, plausible
from ticketing.inspection.verdict import CATALOGUE, Verdict
from ticketing.products.definition import Definition
from ticketing.products.holidays import national_holidays
from ticketing.products.models import ProductVersion
from ticketing.products.service import FIRST_SINGLE_NUMBER
from ticketing.tickets.entitlements import LIVE
from ticketing.tickets.keys import version_at
from ticketing.tickets.models import Entitlement
from ticketing.tickets.runtime import ClockDep, KeyringDep, TicketsDep
from ticketing.tickets.schemas import KeysRead


class ScanRoute(IdempotentRoute):
    """A route that takes what a camera read, whatever it is: one bad code stops no upload."""

    takes_nul = True


router = APIRouter(tags=["inspection"], route_class=ScanRoute)

MAX_BATCH = 500


def _readable(text: object) -> object:
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else text


Short = Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=120)]
Scanned = Annotated[str, Field(max_length=1_000), BeforeValidator(_readable)]
"""What a camera read. Only its hash is kept; half a character is as good as a wrong one."""


class ScanInvalid(MaasError):
    """An upload that cannot be a scan of ours."""

    code = "scan-invalid"
    title = "The scan is not plausible"
    kind = Kind.INVALID


class CaseNotFound(MaasError):
    """There is no such open case, or it is not the caller's."""

    code = "case-not-found"
    title = "There is no such open case"
    kind = Kind.NOT_FOUND


class PlaceBody(BaseModel):
    """Where the ticket is checked; the operator is the device's own."""

    model_config = ConfigDict(extra="forbid")

    route: Short = ""
    mode: Short = ""
    vehicle_class: Short = ""
    from_stop: Short = ""
    """Stop of the network where the ride begins, where the device knows it (fare stage, gate)."""
    to_stop: Short = ""
    """Stop where it ends; with both and the route, settlement knows fare, distance and time."""
    point: Literal["", "entry", "on-board", "exit"] = ""
    """Where on the ride the device stands; rides of a ticket for n rides are counted by it."""


class ScanBody(BaseModel):
    """One scan of a device."""

    model_config = ConfigDict(extra="forbid")

    nonce: Annotated[str, Field(pattern=r"^[^\x00]*$", min_length=8, max_length=64)]
    text: Scanned
    scanned_at: AwareDatetime
    place: PlaceBody = PlaceBody()
    device_verdict: Annotated[str, Field(max_length=40)] = ""
    """Empty: the server is asked. Else what the device said when it had no network."""
    list_version: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0


class Batch(BaseModel):
    """Scans that a device made without a network."""

    model_config = ConfigDict(extra="forbid")

    scans: Annotated[list[ScanBody], Field(max_length=MAX_BATCH)]


class VerdictRead(BaseModel):
    """The verdict, in words that can be read out."""

    nonce: str
    reason: str
    light: str
    ja: str
    en: str
    also: list[str]
    accepted: bool
    product_ja: str
    product_en: str
    riders: int | None
    category: str | None
    valid_until: datetime | None


class UploadRead(BaseModel):
    """What became of one uploaded scan."""

    nonce: str
    verdict: VerdictRead | None = None
    refused: str = ""


class CaseRead(BaseModel):
    """Something for a person to look at."""

    id: UUID
    kind: str
    first_scan: int
    second_scan: int
    opened_at: datetime
    closed_at: datetime | None
    outcome: str | None


class CaseClose(BaseModel):
    """What a person decided."""

    model_config = ConfigDict(extra="forbid")

    outcome: Annotated[str, Field(pattern=r"^[^\x00]*$", min_length=1, max_length=255)]


def rules_now(session: SessionDep, clock: ClockDep) -> RuleBook:
    """Return the rules of every product version: what was bought stays valid when sale ends."""
    return current_rules(session, clock.now())


def current_rules(session: Session, now: datetime) -> RuleBook:
    """
    Return the rule book of this moment.

    Every version of a pass is in it, and of single tickets those that somebody holds: there may
    be tens of thousands, and readers carry the book.
    """
    held = exists().where(
        Entitlement.product_id == ProductVersion.product_id,
        Entitlement.product_version == ProductVersion.version,
        Entitlement.status.in_(list(LIVE)),
    )
    rows = session.scalars(
        select(ProductVersion)
        .where(or_(ProductVersion.number < FIRST_SINGLE_NUMBER, held))
        .order_by(ProductVersion.number, ProductVersion.version)
    )
    definitions = [Definition.model_validate(row.definition) for row in rows]
    return rule_book(definitions, version=version_at(now), issued=now, holidays=national_holidays())


RulesDep = Annotated[RuleBook, Depends(rules_now)]


def inspection_service(
    session: SessionDep, clock: ClockDep, keyring: KeyringDep, rules: RulesDep
) -> InspectionService:
    """Wire the service for one request."""
    return InspectionService(session, clock, keyring, rules)


InspectionDep = Annotated[InspectionService, Depends(inspection_service)]


@router.get("/keys", tags=["keys"], dependencies=[Depends(reading)])
def read_keys(
    tickets: TicketsDep, keyring: KeyringDep, rules: RulesDep, clock: ClockDep
) -> KeysRead:
    """Return what a reader needs to judge without a network: public, and each part signed."""
    return KeysRead(
        root=base64.b64encode(keyring.root).decode(),
        test=keyring.demo,
        keys=keyring.sealed.to_json(),
        revocations=tickets.revocations().to_json(),
        rules=seal_rules(rules, keyring.lists).to_json(),
        server_time=clock.now(),
    )


@router.get("/verdicts", tags=["keys"])
def read_verdicts() -> dict[str, dict[str, str]]:
    """Return every verdict's colour and words, for the reader's page."""
    return {
        reason: {"light": words.light.value, "ja": words.ja, "en": words.en}
        for reason, words in CATALOGUE.items()
    }


@router.post("/inspections")
def inspect_now(
    body: ScanBody, inspection: InspectionDep, principal: PrincipalDep, clock: ClockDep
) -> VerdictRead:
    """Judge a scan, or keep one that was judged without a network."""
    operator = _inspector(principal)
    return _judge(body, operator, inspection, principal, clock)


@router.post("/inspections/batch")
def upload(
    body: Batch, inspection: InspectionDep, principal: PrincipalDep, clock: ClockDep
) -> list[UploadRead]:
    """
    Keep the scans of a device that had no network; sending them again changes nothing.

    A scan that cannot be one of ours is refused by itself; the others are kept.
    """
    operator = _inspector(principal)
    inspection.hold([scan.text for scan in body.scans])
    kept = []
    for scan in body.scans:
        try:
            verdict = _judge(scan, operator, inspection, principal, clock)
        except (ScanInvalid, NonceReused) as error:
            kept.append(UploadRead(nonce=scan.nonce, refused=error.detail))
        else:
            kept.append(UploadRead(nonce=scan.nonce, verdict=verdict))
    return kept


@router.get("/inspections/cases")
def read_cases(inspection: InspectionDep, principal: PrincipalDep) -> list[CaseRead]:
    """List open cases: an operator's staff see those that touch its own scans."""
    principal.require("inspect:cases")
    return [_case(case) for case in inspection.cases(operator_id=principal.operator_id)]


@router.post("/inspections/cases/{case_id}/close")
def close_case(
    case_id: UUID, body: CaseClose, inspection: InspectionDep, principal: PrincipalDep
) -> dict[str, bool]:
    """Close a case with what a person decided."""
    principal.require("inspect:cases")
    seen = {case.id for case in inspection.cases(operator_id=principal.operator_id)}
    if case_id not in seen:
        raise CaseNotFound("Look at the list of open cases.")
    return {"closed": inspection.close(case_id, by=principal.subject, outcome=body.outcome)}


def _inspector(principal: Principal) -> str:
    principal.require("inspect")
    if principal.operator_id is None:
        raise NotAllowed("A reader belongs to an operator.")
    return principal.operator_id


def _judge(
    body: ScanBody,
    operator: str,
    inspection: InspectionService,
    principal: Principal,
    clock: ClockDep,
) -> VerdictRead:
    new = NewScan(
        nonce=body.nonce,
        text=body.text,
        scanned_at=body.scanned_at,
        place=Place(operator, **body.place.model_dump()),
        device_verdict=body.device_verdict,
        list_version=body.list_version,
    )
    why = plausible(new, clock.now())
    if why:
        raise ScanInvalid(why, nonce=body.nonce)
    scan, verdict = inspection.judge(principal.subject, operator, new)
    return _verdict(scan.nonce, verdict)


def _verdict(nonce: str, verdict: Verdict) -> VerdictRead:
    ticket = verdict.ticket
    return VerdictRead(
        nonce=nonce,
        reason=verdict.reason,
        light=verdict.light.value,
        ja=verdict.words.ja,
        en=verdict.words.en,
        also=list(verdict.also),
        accepted=verdict.accepted,
        product_ja=verdict.product_ja,
        product_en=verdict.product_en,
        riders=ticket.riders if ticket else None,
        category=ticket.category.name.lower() if ticket else None,
        valid_until=ticket.valid_until if ticket else None,
    )


def _case(case: Case) -> CaseRead:
    return CaseRead(
        id=case.id,
        kind=case.kind,
        first_scan=case.first_scan,
        second_scan=case.second_scan,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        outcome=case.outcome,
    )
