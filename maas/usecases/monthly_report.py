"""Gather what the council's monthly report says."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from maas.core.clock import Clock, japan_date
from maas.usecases.impact import MINUTES
from operators.council.figures import figures
from operators.council.monthly import Month, monthly_report
from operators.council.records import Activity
from operators.council.service import MonthNotOver, Results, days_of
from operators.participation.counting import count_on, forecast, members
from operators.settlement.models import SettlementPeriod


def month_of(
    session: Session, clock: Clock, activity: Activity, month: str, publisher: str
) -> Month:
    """
    Return the facts of a month that is over.

    Raises:
        ValueError: The month is not written as `2026-12`.
        MonthNotOver: Its last day has not passed in Japan.

    """
    first, last = days_of(month)
    today = japan_date(clock)
    if last >= today:
        raise MonthNotOver("The report is written after the month.", month=month)
    people = members(session)
    results = Results(session, clock)
    closed = session.get(SettlementPeriod, month)
    towns = [
        feature["properties"]
        for document in results.newest("quality")[0]
        for feature in document["features"]
    ]
    return Month(
        month=month,
        made_on=today.isoformat(),
        publisher=publisher,
        counts=[count_on(people, day) for day in _month_ends(last)] if people else [],
        outlook=forecast(people, last),
        figures=figures(activity, first, last),
        settlement={
            "pool": int(closed.pool),
            "commission": int(closed.commission),
            "card_fees": int(closed.card_fees),
            "statements": closed.statements,
        }
        if closed
        else None,
        quality=towns,
        joins=ranked(results, "joins"),
        holds=ranked(results, "impact"),
    )


def report_pdf(
    session: Session, clock: Clock, activity: Activity, month: str, publisher: str
) -> bytes:
    """Return the report of a month as PDF; raises as `month_of`."""
    return monthly_report(month_of(session, clock, activity, month, publisher))


def ranked(results: Results, name: str) -> list[dict[str, object]]:
    """Return the newest results about companies, the greatest first."""
    found = [row for document in results.newest(name)[0] for row in document["companies"]]
    longest = str(MINUTES[-1])
    return sorted(
        found, key=lambda row: (-row["gain"][longest], -row["cut_off_count"], row["name"])
    )


def _month_ends(last: date) -> list[date]:
    """Return the last days of twelve months, the given one at the end."""
    ends = [last]
    while len(ends) < 12:
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    return ends[::-1]
