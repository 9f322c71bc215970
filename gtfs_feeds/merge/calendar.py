"""calendar.txt and calendar_dates.txt to a table of services by days, and its extension."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from gtfs_feeds.merge.options import MergeOptions
from gtfs_feeds.merge.report import Findings, Quarantine
from gtfs_feeds.merge.text import column, days, first_of_each, lines, whole
from gtfs_feeds.read.tables import FeedTables
from maas.core.columns import Int64s, UInt8s

_WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_LONGEST_DAYS: Final = 4 * 366
"""A longer calendar is cut: it is a placeholder, not a plan."""
_WEEKS_LOOKED_AT: Final = 4
_MOST_CELLS: Final = 200_000_000
"""Services × days of one feed: 100,000 services over five years."""
SHIFTED_DAYS: Final = 28


@dataclass(slots=True)
class Days:
    """`runs[i, d]` is 1 when service i runs on the day `first + d` (an ordinal)."""

    first: int
    runs: UInt8s
    looped_since: str = ""

    @property
    def last(self) -> int:
        """Return the ordinal of the last column."""
        return self.first + int(self.runs.shape[1]) - 1

    def within(self, first: int, last: int) -> UInt8s:
        """Return the columns of these days, zeros where there are none."""
        runs = np.zeros((len(self.runs), last - first + 1), np.uint8)
        begin, end = max(first, self.first), min(last, self.last)
        if begin <= end:
            runs[:, begin - first : end - first + 1] = self.runs[
                :, begin - self.first : end - self.first + 1
            ]
        return runs


def service_ids(feed: FeedTables) -> pl.Series:
    """Return the ids of calendar.txt and calendar_dates.txt, each once, in file order."""
    both = [
        column(table, "service_id")
        for table in (feed.table("calendar"), feed.table("calendar_dates"))
        if table is not None
    ]
    ids = pl.concat(both) if both else pl.Series("service_id", [], pl.String)
    return ids.filter(ids != "").unique(maintain_order=True).alias("id")


def _spans(
    table: pl.DataFrame, options: MergeOptions, found: Findings
) -> tuple[pl.Series, Int64s, Int64s, UInt8s]:
    """Return id, first day, last day and weekday flags of the usable rows of calendar.txt."""
    file, line, ids = "calendar.txt", lines(table), column(table, "service_id")
    start, end = days(column(table, "start_date")), days(column(table, "end_date"))
    keep = (ids != "").to_numpy()
    found.where("missing-id", file, "service_id", line, ~keep)
    for name, number in (("start_date", start), ("end_date", end)):
        bad = keep & ~number.given
        found.where("bad-date", file, name, line, bad, column(table, name))
        keep &= number.given
    backwards = keep & (end.values < start.values)
    found.where("bad-value", file, "end_date", line, backwards)
    keep &= ~backwards
    flags = np.zeros((len(table), 7), np.uint8)
    for weekday, name in enumerate(_WEEKDAYS):
        flag = whole(column(table, name), 0, low=0, high=1)
        found.where("value-ignored", file, name, line, keep & flag.bad)
        flags[:, weekday] = flag.values
    twice = keep & ~first_of_each(ids, keep)
    found.where("duplicate-key", file, "service_id", line, twice)
    keep &= ~twice
    first, last = start.values.copy(), end.values.copy()
    endless = keep & (last - first > _LONGEST_DAYS)
    found.where("endless-calendar", file, "end_date", line, endless)
    anchor = options.service_days[0] if options.service_days else options.today
    if anchor is not None:
        first[endless] = np.maximum(first[endless], anchor.toordinal() - _LONGEST_DAYS // 2)
    last[endless] = np.minimum(last[endless], first[endless] + _LONGEST_DAYS)
    return ids.filter(keep), first[keep], last[keep], flags[keep]


def read_days(
    feed: FeedTables, ids: pl.Series, options: MergeOptions, found: Findings
) -> Days | None:
    """Return which service runs on which day as published, or None if there is no day at all."""
    row = {text: at for at, text in enumerate(ids)}
    spans: list[tuple[int, int, int, UInt8s]] = []
    table = feed.table("calendar")
    if table is not None and len(table):
        names, first, last, flags = _spans(table, options, found)
        spans = [
            (row[name], int(first[at]), int(last[at]), flags[at])
            for at, name in enumerate(names)
            if first[at] <= last[at]
        ]
    services, ordinals, kinds = _exceptions(feed, row, found)
    named = (
        [span[1] for span in spans] + [span[2] for span in spans] + ordinals[kinds == 1].tolist()
    )
    if not named:
        return None
    begin, end = min(named), max(named)
    if end - begin > 3 * _LONGEST_DAYS:
        # One stray date must not blow the table up: the days around the middle one of all stay.
        middle = sorted(named)[len(named) // 2]
        begin, end = max(begin, middle - _LONGEST_DAYS), min(end, middle + _LONGEST_DAYS)
    if len(ids) * (end - begin + 1) > _MOST_CELLS:
        raise Quarantine("too-many-services", "calendar.txt")
    runs = np.zeros((len(ids), end - begin + 1), np.uint8)
    weekday = (np.arange(begin, end + 1) + 6) % 7  # ordinal 1 was a Monday
    for service, first_day, last_day, flag in spans:
        low, high = max(first_day, begin) - begin, min(last_day, end) - begin + 1
        if low < high:
            runs[service, low:high] = flag[weekday[low:high]]
    inside = (ordinals >= begin) & (ordinals <= end)
    runs[services[inside], ordinals[inside] - begin] = kinds[inside] == 1
    running = np.flatnonzero(runs.any(axis=0))
    if not len(running):
        return None
    return Days(begin + int(running[0]), runs[:, running[0] : running[-1] + 1])


def _exceptions(
    feed: FeedTables, row: dict[str, int], found: Findings
) -> tuple[Int64s, Int64s, Int64s]:
    """Return service, day and kind (1 runs, 2 not) of the usable exceptions."""
    table = feed.table("calendar_dates")
    if table is None or not len(table):
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    file, line, ids = "calendar_dates.txt", lines(table), column(table, "service_id")
    day = days(column(table, "date"))
    kind = whole(column(table, "exception_type"), 0, low=1, high=2)
    keep = (ids != "").to_numpy()
    found.where("missing-id", file, "service_id", line, ~keep)
    bad = keep & ~day.given
    found.where("bad-date", file, "date", line, bad, column(table, "date"))
    keep &= day.given
    bad = keep & ~kind.given
    found.where("bad-value", file, "exception_type", line, bad, column(table, "exception_type"))
    keep &= kind.given
    twice = keep & ~first_of_each(ids, day.values, keep)
    found.where("duplicate-key", file, "date", line, twice)
    keep &= ~twice
    services = np.array([row[text] for text in ids.filter(keep)], np.int64)
    return services, day.values[keep], kind.values[keep]


def typical_week(runs: UInt8s, first: int, trips: Int64s) -> tuple[UInt8s, int]:
    """
    Return a typical late week (services × Monday…Sunday) and the column where it ends.

    Each weekday is the combination of services that is most common on that weekday in the last
    four full weeks, the latest where two are as common, so one holiday does not become the rule.
    The end is the last day whose week has at least half the trips of the median week: a single
    seasonal sailing after the timetable's end does not count.
    """
    load = trips @ runs.astype(np.int64)
    weekly = np.convolve(load, np.ones(7, np.int64))[: len(load)]
    busy = weekly[(weekly > 0) & (np.arange(len(weekly)) >= min(6, len(weekly) - 1))]
    enough = float(np.median(busy)) / 2 if len(busy) else 0.0
    good = np.flatnonzero((weekly >= enough) & (load > 0))
    end = int(good[-1]) if len(good) else len(load) - 1
    week = np.zeros((len(runs), 7), np.uint8)
    for back in range(min(7, end + 1)):
        columns = np.arange(end - back, -1, -7)[:_WEEKS_LOOKED_AT]
        different, back_to, counts = np.unique(
            runs[:, columns], axis=1, return_inverse=True, return_counts=True
        )
        most = int(np.flatnonzero(counts[back_to] == counts.max())[0])
        week[:, (first + end - back + 6) % 7] = different[:, back_to[most]]
    return week, end


def extend(published: Days, trips: Int64s, until: date) -> Days:
    """Return the days continued to `until` by the typical week, if they end before."""
    last = until.toordinal()
    if last <= published.last:
        return published
    week, end = typical_week(published.runs, published.first, trips)
    ordinals = np.arange(published.first, last + 1)
    runs = week[:, (ordinals + 6) % 7]
    kept = published.runs[:, : end + 1]
    runs[:, : end + 1] = kept
    # what was published after the typical end (a late seasonal sailing) stays too
    tail = published.runs[:, end + 1 :]
    runs[:, end + 1 : end + 1 + tail.shape[1]] |= tail
    return Days(published.first, runs, date.fromordinal(published.first + end).isoformat())


def shift(published: Days, trips: Int64s, week_from: date) -> Days:
    """
    Return the days with the typical week put on the four weeks from a day, where nothing runs.

    A feed that has at least half its typical trips in that week is valid then and stays as it is.
    """
    begin = week_from.toordinal()
    week, end = typical_week(published.runs, published.first, trips)
    there = published.within(begin, begin + 6).astype(np.int64)
    if 2 * int((trips @ there).sum()) >= int((trips @ week.astype(np.int64)).sum()):
        return published
    # the day before too: its overnight trips are on the way when the first day begins
    ordinals = np.arange(begin - 1, begin + SHIFTED_DAYS)
    runs = published.within(begin - 1, begin + SHIFTED_DAYS - 1)
    silent = ~runs.any(axis=0)
    runs[:, silent] = week[:, (ordinals[silent] + 6) % 7]
    since = min(published.first + end, begin - 2)
    return Days(begin - 1, runs, date.fromordinal(since).isoformat())
