"""Whether a version of a feed may be used."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gtfs_feeds.read import FeedTables, FeedUnreadable, Severity, read_zip
from gtfs_feeds.validate import Report, validate
from gtfs_feeds.validate.inspection import Inspection
from gtfs_feeds.validate.service_days import day_of


class Verdict(StrEnum):
    """How good a version is by itself."""

    GOOD = "good"
    """No ERROR."""
    FLAWED = "flawed"
    """It can be read, with ERRORs."""
    UNREADABLE = "unreadable"
    """No feed at all: a web page, a damaged zip, nothing."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of a version before it is compared with the present one."""

    verdict: Verdict
    reason: str
    """For UNREADABLE the reader's reason, for FLAWED the codes; English, without feed text."""
    trips: int
    last_day: date | None
    """The last day on which anybody may rely on it; None where the feed does not tell."""
    tables: FeedTables | None = None
    report: Report | None = None


def last_day(tables: FeedTables) -> date | None:
    """Return the earlier of feed_end_date and the last day on which a trip runs."""
    feed = Inspection(tables, date.min)
    services = feed.text("trips")["service_id"].drop_nulls().unique().to_list()
    ends = [int(days[-1]) for service in services if len(days := feed.service_days.days(service))]
    info = feed.frame("feed_info")["feed_end_date"].drop_nulls()
    known = [day_of(max(ends))] if ends else []
    known += [info[0]] if info.len() else []
    return min(known) if known else None


def judge(data: bytes, name: str, today: date) -> Judged:
    """Return how good the bytes of a version are; never raises for what they hold."""
    try:
        tables = read_zip(data, name=name)
    except FeedUnreadable as error:
        return Judged(Verdict.UNREADABLE, error.reason.value, 0, None)
    report = validate(tables, today=today)
    errors = sorted({f.code for f in report.findings if f.severity is Severity.ERROR})
    trips = tables.tables.get("trips")
    return Judged(
        verdict=Verdict.FLAWED if errors else Verdict.GOOD,
        reason=", ".join(errors),
        trips=0 if trips is None else trips.height,
        last_day=last_day(tables),
        tables=tables,
        report=report,
    )
