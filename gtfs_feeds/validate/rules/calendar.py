"""Services: on which days they run, gaps, the past and the future; blocks."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Final

import numpy as np
import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.calls import NONE
from gtfs_feeds.validate.findings import VALUE, Hits, hit
from gtfs_feeds.validate.inspection import Inspection
from gtfs_feeds.validate.service_days import WEEKDAYS, day_number, day_of, trips_per_day

GAP_DAYS: Final = 13
FAR_AHEAD_DAYS: Final = 2 * 365
BEYOND_DAYS: Final = 14
TOP_SHARE: Final = 0.90
TOP_DAYS: Final = 30
MAJORITY: Final = 0.75
MOST_OVERLAPS: Final = 50_000
NEXT_TRIPS: Final = 200
"""A block is compared this far ahead: a hostile one must not cost the square of its trips."""


def _text(day: int) -> str:
    return day_of(day).strftime("%Y%m%d")


def weekdays(feed: Inspection) -> Iterator[Hits]:
    """Report services that run on no day of the week."""
    rows = feed.frame("calendar").filter(
        pl.all_horizontal(pl.col(day).fill_null(0) == 0 for day in WEEKDAYS)
    )
    if rows.height:
        shown = rows.select(ROW, pl.col("service_id").alias(VALUE), serviceId="service_id")
        yield Hits("service_has_no_active_day_of_the_week", "calendar.txt", "monday", shown)


def _rows(services: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(services, infer_schema_length=None)


def spans(feed: Inspection) -> Iterator[Hits]:
    """Report services of calendar.txt that are over, pause long, or reach far ahead."""
    today, days = day_number(feed.today), feed.service_days
    lines = dict(feed.frame("calendar").select("service_id", ROW).drop_nulls().reverse().rows())
    expired: list[dict[str, object]] = []
    gaps: list[dict[str, object]] = []
    distant: list[dict[str, object]] = []
    for service, row in sorted(lines.items(), key=lambda item: item[1]):
        active = days.days(service)
        if not len(active):
            continue
        base = {ROW: row, VALUE: service, "serviceId": service}
        last = int(active[-1])
        if last < today:
            expired.append(base | {"lastDay": _text(last)})
        if last > today + FAR_AHEAD_DAYS:
            distant.append(base | {"lastDay": _text(last)})
        steps = np.diff(active)
        gaps.extend(
            base
            | {
                "gapStartDate": _text(int(active[at])),
                "gapEndDate": _text(int(active[at + 1])),
                "gapDurationDays": int(steps[at]) - 1,
            }
            for at in np.flatnonzero(steps - 1 > GAP_DAYS)
        )
    for code, found in (
        ("expired_calendar", expired),
        ("big_gap_in_service", gaps),
        ("service_extends_far_in_the_future", distant),
    ):
        if found:
            column = "service_id" if code == "big_gap_in_service" else "end_date"
            yield Hits(code, "calendar.txt", column, _rows(found))
    yield from _expired_dates(feed, today)


def _expired_dates(feed: Inspection, today: int) -> Iterator[Hits]:
    """Report services of a feed without calendar.txt, only where all of them are over."""
    days = feed.service_days
    if feed.frame("calendar").height or not days.ids:
        return
    lasts = {service: active[-1] for service in days.ids if len(active := days.days(service))}
    if not lasts or max(lasts.values()) >= today:
        return
    rows = feed.frame("calendar_dates").filter(pl.col("service_id").is_in(list(lasts)))
    rows = rows.unique("service_id", keep="first", maintain_order=True)
    shown = rows.select(ROW, pl.col("service_id").alias(VALUE), serviceId="service_id")
    yield Hits("expired_calendar", "calendar_dates.txt", "date", shown)


def coverage(feed: Inspection) -> Iterator[Hits]:
    """Report a feed most of whose trips do not run over the next seven days."""
    first, total = trips_per_day(feed, feed.service_days)
    if not len(total):
        return
    counts = np.sort(total[total > 0])
    top = counts[max(int(len(counts) * TOP_SHARE), len(counts) - TOP_DAYS)]
    full = np.flatnonzero((total >= int(MAJORITY * top)) & (total > 0))
    today, start, end = day_number(feed.today), first + int(full[0]), first + int(full[-1])
    if start > today or end < today + 7:
        yield hit(
            "trip_coverage_not_active_for_next7_days",
            "",
            currentDate=_text(today),
            serviceWindowStartDate=_text(start),
            serviceWindowEndDate=_text(end),
        )


def windows(feed: Inspection) -> Iterator[Hits]:
    """Report services outside the feed's validity, and a feed that is wholly in the future."""
    services = feed.text("trips")["service_id"].drop_nulls().unique(maintain_order=True).to_list()
    active = {s: days for s in services if len(days := feed.service_days.days(s))}
    if not active:
        return
    first = min(int(days[0]) for days in active.values())
    last = max(int(days[-1]) for days in active.values())
    today = day_number(feed.today)
    if first > today:
        yield hit("future_calendar", "", serviceWindowStart=_text(first), currentDate=_text(today))
    info = feed.frame("feed_info").select(ROW, "feed_start_date", "feed_end_date").head(1)
    if info.drop_nulls().is_empty():
        return
    row, start, end = info.row(0)
    start, end = day_number(start), day_number(end)
    lines = dict(
        pl.concat([feed.frame(f).select("service_id", ROW) for f in ("calendar_dates", "calendar")])
        .drop_nulls()
        .rows()
    )
    outside = [
        {
            ROW: lines.get(service),
            VALUE: service,
            "serviceId": service,
            "serviceWindowStart": _text(int(days[0])),
            "serviceWindowEnd": _text(int(days[-1])),
        }
        for service, days in active.items()
        if days[0] < start or days[-1] > end
    ]
    if outside:
        yield Hits(
            "service_window_outside_feed_period", "calendar.txt", "service_id", _rows(outside)
        )
    if start < first - BEYOND_DAYS or end > last + BEYOND_DAYS:
        shown = pl.DataFrame(
            {ROW: [row], VALUE: [f"{_text(start)}-{_text(end)}"], "lastServiceDay": [_text(last)]}
        )
        yield Hits(
            "feed_valid_beyond_total_service_window", "feed_info.txt", "feed_end_date", shown
        )


def blocks(feed: Inspection) -> Iterator[Hits]:
    """Report trips of one block that overlap on a common day, and blocks of several modes."""
    calls, trips = feed.calls, feed.trips.with_row_index("at")
    in_block = trips.filter(pl.col("block_id").is_not_null())
    if not in_block.height:
        return
    first_type = pl.col("route_type").first().over("block_id")
    mixed = in_block.filter(pl.col("route_type") != first_type)
    if mixed.height:
        shown = mixed.select(ROW, pl.col("block_id").alias(VALUE), tripId="trip_id")
        yield Hits("inconsistent_route_type_for_block_id", "trips.txt", "block_id", shown)
    start, end = calls.start[:-1], calls.start[1:] - 1
    spans_of = pl.DataFrame(
        {
            "at": calls.in_trips,
            "from": calls.arrival_s[start],
            "left": calls.departure_s[start],
            "reached": calls.arrival_s[end],
            "until": calls.departure_s[end],
        },
        schema_overrides={"at": pl.Int64},
    ).filter(pl.all_horizontal(pl.col("at", "from", "left", "reached", "until") != NONE))
    whole = in_block.with_columns(pl.col("at").cast(pl.Int64)).join(spans_of, "at")
    found: list[dict[str, object]] = []
    for _, block in whole.sort("from", "until").group_by("block_id", maintain_order=True):
        if block.height > 1:
            found.extend(islice(_overlaps(feed, block), MOST_OVERLAPS - len(found)))
    if found:
        yield Hits("block_trips_with_overlapping_stop_times", "trips.txt", "block_id", _rows(found))


def _overlaps(feed: Inspection, block: pl.DataFrame) -> Iterator[dict[str, object]]:
    rows = block.select(
        ROW, "trip_id", "service_id", "block_id", "from", "left", "reached", "until"
    )
    trips = rows.rows(named=True)
    active: dict[str, frozenset[int]] = {}
    for service in rows["service_id"].drop_nulls().unique().to_list():
        active[service] = frozenset(feed.service_days.days(service).tolist())
    for at, first in enumerate(trips):
        for second in trips[at + 1 : at + 1 + NEXT_TRIPS]:
            if first["until"] <= second["from"]:
                break
            if (first["reached"], first["until"]) == (second["from"], second["left"]):
                continue
            common = active.get(first["service_id"], frozenset()) & active.get(
                second["service_id"], frozenset()
            )
            if common:
                yield {
                    ROW: second[ROW],
                    VALUE: second["block_id"],
                    "csvRowNumberA": first[ROW],
                    "tripIdA": first["trip_id"],
                    "tripIdB": second["trip_id"],
                    "intersection": _text(min(common)),
                }


def soon_over(feed: Inspection) -> Iterator[Hits]:
    """Report a feed without feed_end_date whose last service is within 30 days."""
    if feed.frame("feed_info")["feed_end_date"].count():
        return
    services = feed.text("trips")["service_id"].drop_nulls().unique().to_list()
    lasts = [int(days[-1]) for s in services if len(days := feed.service_days.days(s))]
    if lasts and max(lasts) < day_number(feed.today + timedelta(days=30)):
        yield hit(
            "jp_last_service_within_30_days", "calendar.txt", "end_date", lastDay=_text(max(lasts))
        )


RULES = (weekdays, spans, coverage, windows, blocks, soon_over)
