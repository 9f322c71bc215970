"""On which days a service runs: calendar.txt with the exceptions of calendar_dates.txt."""

from datetime import date, timedelta
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl

from gtfs_feeds.validate.feed import CheckedFeed
from maas.core.columns import Int64s

EPOCH: Final = date(1970, 1, 1)
LONGEST_DAYS: Final = 20 * 366
"""Longer calendars are cut here, so that a hostile one costs no memory."""
WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
NO_DAYS: Final[Int64s] = np.zeros(0, np.int64)


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """Return the date of a day number."""
    return EPOCH + timedelta(days=int(number))


class ServiceDays:
    """The active days of each service of a feed, as sorted day numbers."""

    def __init__(self, feed: CheckedFeed) -> None:
        self._calendar = feed.frame("calendar").filter(pl.col("service_id").is_not_null())
        self._dates = feed.frame("calendar_dates").filter(
            pl.col("service_id").is_not_null() & pl.col("date").is_not_null()
        )

    @cached_property
    def in_calendar(self) -> dict[str, tuple[int | None, int | None, tuple[bool, ...]]]:
        """First and last day number and the weekdays of each service of calendar.txt."""
        rows = self._calendar.unique("service_id", keep="first", maintain_order=True).select(
            "service_id",
            pl.col("start_date").cast(pl.Int32),
            pl.col("end_date").cast(pl.Int32),
            *WEEKDAYS,
        )
        return {row[0]: (row[1], row[2], tuple(day == 1 for day in row[3:])) for row in rows.rows()}

    @cached_property
    def exceptions(self) -> dict[str, tuple[Int64s, Int64s]]:
        """Added and removed day numbers of each service of calendar_dates.txt."""
        rows = self._dates.group_by("service_id", maintain_order=True).agg(
            added=pl.col("date").filter(pl.col("exception_type") == 1).cast(pl.Int32),
            removed=pl.col("date").filter(pl.col("exception_type") == 2).cast(pl.Int32),
        )
        return {
            service: (np.array(added, np.int64), np.array(removed, np.int64))
            for service, added, removed in rows.rows()
        }

    @cached_property
    def ids(self) -> list[str]:
        """Every service of both files, calendar.txt first."""
        return list(dict.fromkeys([*self.in_calendar, *self.exceptions]))

    def regular(self, service: str) -> Int64s:
        """Return the days that calendar.txt alone gives."""
        start, end, weekdays = self.in_calendar.get(service, (None, None, ()))
        if start is None or end is None or end < start:
            return NO_DAYS
        days = np.arange(start, min(end, start + LONGEST_DAYS) + 1, dtype=np.int64)
        # 1970-01-01 was a Thursday, the third day after Monday.
        running: Int64s = days[np.array(weekdays)[(days + 3) % 7]]
        return running

    def days(self, service: str) -> Int64s:
        """Return the sorted day numbers on which a service runs."""
        days = self.regular(service)
        if service in self.exceptions:
            added, removed = self.exceptions[service]
            kept: Int64s = np.setdiff1d(np.union1d(days, added), removed)
            return kept
        return days


def trips_per_day(feed: CheckedFeed, services: ServiceDays) -> tuple[int, Int64s]:
    """Return the first day number, and from it on how many trips run on each day."""
    trips = feed.frame("trips").select("trip_id", "service_id").drop_nulls("service_id")
    runs = (
        feed.frame("frequencies")
        .drop_nulls(["trip_id", "start_time", "end_time", "headway_secs"])
        .filter((pl.col("headway_secs") > 0) & (pl.col("end_time") > pl.col("start_time")))
        .with_columns(runs=(pl.col("end_time") - pl.col("start_time")) // pl.col("headway_secs"))
        .group_by("trip_id")
        .agg(pl.col("runs").sum())
    )
    counted = (
        trips.join(runs, "trip_id", "left")
        .group_by("service_id")
        .agg(pl.col("runs").fill_null(1).sum())
    )
    active = [(services.days(service), int(count)) for service, count in counted.rows()]
    active = [(days, count) for days, count in active if len(days)]
    if not active:
        return 0, np.zeros(0, np.int64)
    first = min(int(days[0]) for days, _ in active)
    last = max(int(days[-1]) for days, _ in active)
    last = min(last, first + 200 * 366)
    total = np.zeros(last - first + 1, np.int64)
    for days, count in active:
        np.add.at(total, days[days <= last] - first, count)
    return first, total
