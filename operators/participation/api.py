"""Participation for everybody: by day, prefecture and mode, with the goals."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from maas.core.clock import SystemClock, japan_date
from maas.core.errors import Kind, MaasError
from maas.rest.session import SessionDep
from operators.participation.counting import GOALS, forecast, history, members
from operators.participation.report import to_csv, to_json, to_svg

router = APIRouter(prefix="/participation", tags=["participation"])
LONGEST = timedelta(days=3_700)


class SpanInvalid(MaasError):
    """The first day comes after the last, or the span is over ten years."""

    code = "span-invalid"
    title = "The span of days is not right"
    kind = Kind.INVALID


@router.get("")
def participation(
    session: SessionDep,
    first: date | None = None,
    last: date | None = None,
    every: Annotated[int, Query(ge=1, le=366)] = 7,
    form: Annotated[str, Query(alias="format", pattern="^(json|csv|svg)$")] = "json",
    lang: Annotated[str, Query(pattern="^(ja|en)$")] = "ja",
) -> Response:
    """Count the companies that take part: 90 days up to today where nothing else is asked."""
    today = japan_date(SystemClock())
    end = last or today
    begin = first or end - timedelta(days=90)
    if begin > end or end - begin > LONGEST:
        raise SpanInvalid("Ask for at most ten years, first day first.")
    people = members(session)
    counts = history(people, begin, end, every_days=every)
    if form == "csv":
        return Response(to_csv(counts), media_type="text/csv; charset=utf-8")
    if form == "svg":
        return Response(to_svg(counts, GOALS, lang), media_type="image/svg+xml")
    return JSONResponse(to_json(counts, forecast(people, min(end, today))))
