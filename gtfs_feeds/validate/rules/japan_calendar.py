"""Holidays, New Year and Obon: days on which a Japanese timetable differs."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Final

import numpy as np
import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.findings import VALUE, Hits
from gtfs_feeds.validate.inspection import Inspection
from gtfs_feeds.validate.service_days import day_number, day_of
from gtfs_feeds.validate.spec import rows_of

NEW_YEAR: Final = ((12, 31), (1, 2), (1, 3))
OBON: Final = ((8, 13), (8, 14), (8, 15))
LONGEST_DAYS: Final = 3 * 366


@cache
def holidays() -> dict[date, str]:
    """Return the national holidays and their names."""
    return {date.fromisoformat(row["date"]): row["name"] for row in rows_of("holidays.csv")}


def _any_of(spans: list[tuple[int, int]], first: int, last: int) -> list[bool]:
    """Return for each day from first to last whether one of the spans holds it."""
    change = np.zeros(max(0, last - first + 1) + 1, np.int64)
    for start, end in spans:
        if start <= last and end >= first and start <= end:
            change[max(start, first) - first] += 1
            change[min(end, last) - first + 1] -= 1
    return [bool(count) for count in np.cumsum(change)[:-1].tolist()]


def special_days(feed: Inspection) -> Iterator[Hits]:
    """
    Report holidays, and the days of New Year and Obon, on which a feed runs as on any weekday.

    Only feeds that tell weekdays from weekends are judged, and only days from Monday to Friday
    for which calendar_dates.txt says nothing at all.
    """
    days = feed.service_days
    services = feed.text("trips")["service_id"].drop_nulls().unique().to_list()
    workdays = []
    for service in services:
        start, end, runs = days.in_calendar.get(service, (None, None, ()))
        if start is not None and end is not None and runs[:5] == (True,) * 5 and not runs[6]:
            workdays.append((start, end))
    if not workdays:
        return
    excepted = {
        int(day) for added, removed in days.exceptions.values() for day in (*added, *removed)
    }
    first = max(min(start for start, _ in workdays), day_number(feed.today))
    last = min(max(end for _, end in workdays), first + LONGEST_DAYS)
    running = _any_of(workdays, first, last)
    found: dict[str, list[tuple[str, str]]] = {}
    for number in range(first, last + 1):
        day = day_of(number)
        if day.weekday() > 4 or number in excepted:
            continue
        if not running[number - first]:
            continue
        name = holidays().get(day, "")
        if name:
            code = "jp_holiday_without_exception"
        elif (day.month, day.day) in NEW_YEAR:
            code, name = "jp_new_year_without_exception", "年末年始"
        elif (day.month, day.day) in OBON:
            code, name = "jp_obon_without_exception", "お盆"
        else:
            continue
        found.setdefault(code, []).append((day.strftime("%Y%m%d"), name))
    for code, rows in found.items():
        frame = pl.DataFrame(rows, schema=[VALUE, "holiday"], orient="row").select(
            pl.lit(None, pl.Int64).alias(ROW), VALUE, "holiday"
        )
        yield Hits(code, "calendar_dates.txt", "date", frame)


RULES = (special_days,)
