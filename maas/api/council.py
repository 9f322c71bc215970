"""
Endpoints of the council that need more than one domain: sales with agreements, rides with fares.

The council sees everything here; an operator sees what is its own; everybody sees sums from which
nobody's books can be read.
"""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel
from starlette.requests import Request

from maas.adapters.books import SqlBooks
from maas.adapters.ride_measures import Measures
from maas.core.clock import Clock, SystemClock, japan_date
from maas.core.errors import MaasError
from maas.rest.errors import NotAllowed, NotSignedIn
from maas.rest.idempotency import IdempotentRoute
from maas.rest.principal import PrincipalDep
from maas.rest.session import SessionDep
from operators.settlement import agreement as agreements
from operators.settlement.errors import AgreementInvalid
from operators.settlement.service import SettlementService, Trial

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
