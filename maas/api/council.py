"""
Endpoints of the council that need more than one domain: sales with agreements, rides with fares.

The council sees everything here; an operator sees what is its own; everybody sees sums from which
nobody's books can be read.
"""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import BaseModel
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from maas.adapters.activity import SqlActivity
from maas.adapters.books import SqlBooks
from maas.adapters.ride_measures import Measures
from maas.core.clock import Clock, SystemClock, japan_date
from maas.core.errors import Kind, MaasError
from maas.rest.errors import NotAllowed, NotSignedIn
from maas.rest.idempotency import IdempotentRoute
from maas.rest.principal import PrincipalDep
from maas.rest.session import SessionDep
from maas.usecases.monthly_report import ranked, report_pdf
from maas.usecases.quality import rows_of_geojson
from maas.usecases.quality import to_csv as quality_csv
from operators.council.figures import figures
from operators.council.flows import to_csv as flows_csv
from operators.council.service import Results
from operators.participation.api import SpanInvalid
from operators.settlement import agreement as agreements
from operators.settlement.errors import AgreementInvalid
from operators.settlement.models import SettlementStatement
from operators.settlement.service import SettlementService, Trial
from ticketing.config import TicketingConfig

router = APIRouter(tags=["council"], route_class=IdempotentRoute)

Month = Annotated[str, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", examples=["2026-12"])]


def last_month(clock: Clock) -> str:
    """Return the month before this one in Japan."""
    return f"{japan_date(clock).replace(day=1) - timedelta(days=1):%Y-%m}"


def measures_of(request: Request) -> Measures | None:
    """Return what measures rides, None while there is no network."""
    current = getattr(request.app.state, "current", None)
    try:
        return current().measures if current else None
    except MaasError:
        return None


MeasuresDep = Annotated[Measures | None, Depends(measures_of)]


def activity_of(session: SessionDep, request: Request) -> SqlActivity:
    """Return what the figures are counted from, with zones where there is a network."""
    current = getattr(request.app.state, "current", None)
    try:
        return SqlActivity(session, current().zones if current else None)
    except MaasError:
        return SqlActivity(session)


ActivityDep = Annotated[SqlActivity, Depends(activity_of)]


def results_of(session: SessionDep) -> Results:
    """Wire the results for one request."""
    return Results(session, SystemClock())


ResultsDep = Annotated[Results, Depends(results_of)]
MonthPath = Annotated[str, Path(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", examples=["2026-12"])]
LONGEST = timedelta(days=366)


class FlowsNotPublished(MaasError):
    """Nobody has published the flows of this month."""

    code: ClassVar[str] = "flows-not-published"
    title: ClassVar[str] = "The flows of this month are not published"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class NotStudied(MaasError):
    """The network was not studied yet."""

    code: ClassVar[str] = "not-studied"
    title: ClassVar[str] = "The network was not studied yet"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class RevenueRead(BaseModel):
    """What a closed month brought an operator."""

    period: str
    operator: str
    total: int


class TrialRead(BaseModel):
    """A cohort under the draft and under what was signed; an operator sees its own share only."""

    cohort: str
    pool_proposed: int
    pool_signed: int | None
    shares_proposed: dict[str, int]
    shares_signed: dict[str, int] | None
    """None where nobody signed an agreement for these sales."""


@router.post("/agreements/try")
def try_agreement(
    document: Annotated[dict[str, Any], Body()],
    session: SessionDep,
    principal: PrincipalDep,
    measures: MeasuresDep,
    period: Month | None = None,
) -> list[TrialRead]:
    """
    Split a month that is over (last month) by terms that nobody has signed yet; nothing is kept.

    For the council, and for staff of an operator that is a party of the signed agreement and of
    the draft.
    """
    operator = None if principal.may("council") else principal.operator_id
    if not principal.subject:
        raise NotSignedIn("Send `Authorization: Bearer <access key>`.")
    if not principal.may("council") and operator is None:
        raise NotAllowed("The sandbox is for the council and for operators.")
    try:
        draft = agreements.from_json(document)
    except ValueError as error:
        raise AgreementInvalid(str(error)) from error
    if operator is not None and operator not in draft.operators:
        raise NotAllowed("An operator tries drafts to which it is a party.")
    service, month = SettlementService(session, SystemClock()), period or last_month(SystemClock())
    trials = service.try_out(draft, SqlBooks(session, measures), month, operator=operator)
    return [_trial(cohort, trial, operator) for cohort, trial in sorted(trials.items())]


def _trial(cohort: str, trial: Trial, operator: str | None) -> TrialRead:
    def seen(shares: Any) -> dict[str, int]:
        return {name: int(yen) for name, yen in shares.items() if operator in {None, name}}

    return TrialRead(
        cohort=cohort,
        pool_proposed=trial.proposed.pool,
        pool_signed=trial.signed.pool if trial.signed else None,
        shares_proposed=seen(trial.proposed.shares),
        shares_signed=seen(trial.signed.shares) if trial.signed else None,
    )


@router.get("/council/figures")
def read_figures(
    activity: ActivityDep,
    principal: PrincipalDep,
    first: date | None = None,
    last: date | None = None,
) -> dict[str, Any]:
    """
    Count sales, refunds and rides of at most a year (this month): for the council.

    By product, month, mode, prefecture and language of the buyer; what is not known is counted as
    `unknown`, so that every table sums to the whole.
    """
    principal.require("council")
    end = last or japan_date(SystemClock())
    begin = first or end.replace(day=1)
    if begin > end or end - begin > LONGEST:
        raise SpanInvalid("Ask for at most a year, first day first.")
    return figures(activity, begin, end).as_json(operators=True)


@router.get("/council/revenue")
def read_revenue(
    session: SessionDep, principal: PrincipalDep, period: Month | None = None
) -> list[RevenueRead]:
    """List what closed months brought: the council sees every operator, an operator itself."""
    if not principal.subject:
        raise NotSignedIn("Send `Authorization: Bearer <access key>`.")
    query = select(SettlementStatement).order_by(
        SettlementStatement.period.desc(), SettlementStatement.operator
    )
    if not principal.may("council"):
        query = query.where(SettlementStatement.operator == (principal.operator_id or ""))
    if period is not None:
        query = query.where(SettlementStatement.period == period)
    return [
        RevenueRead(period=row.period, operator=row.operator, total=int(row.total))
        for row in session.scalars(query.limit(5_000))
    ]


@router.post("/council/flows/{month}", status_code=201)
def publish_flows(
    month: MonthPath, results: ResultsDep, activity: ActivityDep, principal: PrincipalDep
) -> dict[str, Any]:
    """Publish where people went in a month that is over, k-anonymous, once; for the council."""
    principal.require("council")
    return results.flows(month, activity)


@router.get("/council/flows/{month}")
def read_flows(
    month: MonthPath,
    results: ResultsDep,
    form: Annotated[str, Query(alias="format", pattern="^(json|csv)$")] = "json",
) -> Response:
    """Read the published flows of a month between municipalities; for everybody."""
    document = results.find(f"flows:{month}")
    if document is None:
        raise FlowsNotPublished("The council publishes a month after its end.", month=month)
    if form == "csv":
        return Response(flows_csv(document), media_type="text/csv; charset=utf-8")
    return JSONResponse(document)


@router.get("/council/impact")
def read_impact(results: ResultsDep) -> dict[str, Any]:
    """Read whose joining helps most, and what breaks without each company; for everybody."""
    documents, complete = results.newest("impact")
    return {
        "complete": complete,
        "at": documents[0]["at"] if documents else None,
        "weights": documents[0]["weights"] if documents else None,
        "joins": ranked(results, "joins"),
        "stops": ranked(results, "impact"),
    }


@router.get("/council/quality")
def read_quality(
    results: ResultsDep,
    form: Annotated[str, Query(alias="format", pattern="^(json|csv|geojson)$")] = "json",
) -> Response:
    """Read stops, departures, first and last service and reach by municipality; for everybody."""
    documents, _ = results.newest("quality")
    if not documents:
        raise NotStudied("It is counted in the background; try again in a while.")
    if form == "geojson":
        return JSONResponse(documents[0], media_type="application/geo+json")
    rows = rows_of_geojson(documents[0])
    if form == "csv":
        return Response(quality_csv(rows), media_type="text/csv; charset=utf-8")
    return JSONResponse({"at": documents[0]["at"], "municipalities": [asdict(row) for row in rows]})


@router.get("/council/report/{month}")
def read_report(
    month: MonthPath, session: SessionDep, activity: ActivityDep, principal: PrincipalDep
) -> Response:
    """Write the report of a month that is over as PDF in Japanese; for the council."""
    principal.require("council")
    publisher = TicketingConfig().seller.name
    content = report_pdf(session, SystemClock(), activity, month, publisher)
    return Response(content, media_type="application/pdf")
