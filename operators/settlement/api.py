"""
Endpoints of settlement.

An operator reads its own statements and nobody else's; the council reads all. Anybody may have a
statement checked: the check needs nothing but the statement.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel
from sqlalchemy import select
from starlette.responses import JSONResponse, Response

from maas.core.clock import SystemClock
from maas.rest.errors import NotSignedIn
from maas.rest.idempotency import IdempotentRoute
from maas.rest.principal import Principal, PrincipalDep
from maas.rest.session import SessionDep
from operators.settlement import agreement as agreements
from operators.settlement.errors import AgreementInvalid, StatementNotFound
from operators.settlement.models import SettlementAgreement, SettlementStatement
from operators.settlement.render import to_csv, to_pdf
from operators.settlement.service import SettlementService
from operators.settlement.statement import verify

router = APIRouter(tags=["settlement"], route_class=IdempotentRoute)


def settlement_of(session: SessionDep) -> SettlementService:
    """Wire the service for one request."""
    return SettlementService(session, SystemClock())


SettlementDep = Annotated[SettlementService, Depends(settlement_of)]


class StatementHead(BaseModel):
    """A statement in a list."""

    number: str
    period: str
    operator: str
    total: int
    hash: str


class CheckRead(BaseModel):
    """One thing that a check looked at."""

    passed: bool
    ja: str
    en: str


class PeriodRead(BaseModel):
    """A closed month, as the council sees it."""

    period: str
    pool: int
    commission: int
    card_fees: int
    statements: int


def _theirs(principal: Principal) -> str | None:
    """Return whose statements the caller may see; None: all."""
    if not principal.subject:
        raise NotSignedIn("Send `Authorization: Bearer <access key>`.")
    return None if principal.may("council") else principal.operator_id or ""


@router.get("/statements")
def list_statements(session: SessionDep, principal: PrincipalDep) -> list[StatementHead]:
    """List the statements that the caller may see, newest month first."""
    query = select(SettlementStatement).order_by(
        SettlementStatement.period.desc(), SettlementStatement.operator
    )
    operator = _theirs(principal)
    if operator is not None:
        query = query.where(SettlementStatement.operator == operator)
    return [
        StatementHead(
            number=row.number,
            period=row.period,
            operator=row.operator,
            total=row.total,
            hash=row.hash,
        )
        for row in session.scalars(query.limit(5_000))
    ]


@router.get("/statements/{period}/{operator}")
def read_statement(
    period: str,
    operator: str,
    settlement: SettlementDep,
    principal: PrincipalDep,
    form: Annotated[str, Query(alias="format", pattern="^(json|csv|pdf)$")] = "json",
) -> Response:
    """Read a statement as JSON (the original), CSV or PDF."""
    allowed = _theirs(principal)
    if allowed is not None and allowed != operator:
        raise StatementNotFound("No statement of yours for this month.", period=period)
    document = settlement.statement(period, operator)
    if form == "csv":
        return Response(to_csv(document), media_type="text/csv; charset=utf-8")
    if form == "pdf":
        return Response(to_pdf(document), media_type="application/pdf")
    return JSONResponse(dict(document))


@router.post("/statements/verify")
def verify_statement(
    document: Annotated[dict[str, Any], Body()],
    previous: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")] = None,
) -> list[CheckRead]:
    """Recompute a statement from itself alone."""
    checks = verify(document, previous_hash=previous)
    return [CheckRead(passed=check.passed, ja=check.ja, en=check.en) for check in checks]


@router.get("/periods")
def list_periods(settlement: SettlementDep, principal: PrincipalDep) -> list[PeriodRead]:
    """List the closed months; for the council."""
    principal.require("council")
    return [
        PeriodRead(
            period=row.period,
            pool=row.pool,
            commission=row.commission,
            card_fees=row.card_fees,
            statements=row.statements,
        )
        for row in settlement.periods()
    ]


@router.post("/agreements", status_code=201)
def sign_agreement(
    document: Annotated[dict[str, Any], Body()],
    settlement: SettlementDep,
    principal: PrincipalDep,
) -> dict[str, str]:
    """Keep a signed version of an agreement; for the council."""
    principal.require("council")
    try:
        agreement = agreements.from_json(document)
    except ValueError as error:
        raise AgreementInvalid(str(error)) from error
    row = settlement.sign(agreement)
    return {"id": row.id, "fingerprint": row.fingerprint}


@router.get("/agreements")
def list_agreements(session: SessionDep, principal: PrincipalDep) -> list[dict[str, Any]]:
    """List the agreements to which the caller is a party; the council sees all."""
    operator = _theirs(principal)
    rows = session.scalars(select(SettlementAgreement).order_by(SettlementAgreement.id)).all()
    return [
        {**row.document, "fingerprint": row.fingerprint}
        for row in rows
        if operator is None
        or any(party["operator"] == operator for party in row.document["parties"])
    ]
