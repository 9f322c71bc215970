"""`validate`: a feed in, a report out."""

import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

import polars as pl

from gtfs_feeds.read.tables import ROW, FeedTables, Severity
from gtfs_feeds.validate.findings import (
    LAT,
    LON,
    PLACES,
    SAMPLES,
    VALUE,
    Fact,
    Finding,
    Hits,
    Rule,
    Sample,
    hit,
)
from gtfs_feeds.validate.inspection import Inspection
from gtfs_feeds.validate.profiles import DEFAULT, Profile, Suggestion, severity_of, suggest
from gtfs_feeds.validate.rules import ALL
from gtfs_feeds.validate.spec import spec

BROKEN_RULE: Final = "runtime_exception_in_validator_error"
SHOWN_CHARS: Final = 200
ORDER: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one rule took."""

    rule: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is to be said about one version of a feed."""

    name: str
    sha256: str
    profile: Profile
    suggestion: Suggestion
    today: date
    findings: tuple[Finding, ...]
    """By severity, then by file, field and code."""
    silenced: dict[str, int]
    """What this profile does not report, by code, with how often it was met."""
    tables: FeedTables
    timings: tuple[Timing, ...]

    def count(self, severity: Severity) -> int:
        """Return how many findings are of a severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def is_valid(self) -> bool:
        """Whether there is no ERROR."""
        return self.count(Severity.ERROR) == 0


def validate(
    tables: FeedTables,
    *,
    today: date,
    profile: Profile = DEFAULT,
    previous: FeedTables | None = None,
    realtime_trip_ids: Collection[str] | None = None,
    rules: tuple[Rule, ...] = ALL,
) -> Report:
    """
    Judge a feed.

    Args:
        tables: What the reader gave, faults included.
        today: The day on which the feed must be good, in Japan.
        profile: Whose severities hold.
        previous: The version before, to find ids that changed for no reason.
        realtime_trip_ids: Trip ids seen in realtime messages, to be found in the feed.
        rules: What is checked; all rules unless a test says otherwise.

    Returns:
        The report. Nothing that a feed can hold raises: a rule that fails is reported as
        `runtime_exception_in_validator_error` and the others go on.
    """
    feed = Inspection(tables, today, previous, realtime_trip_ids, profile)
    timings: list[Timing] = []
    hits: list[Hits] = []
    for rule in rules:
        begin = time.perf_counter()
        hits.extend(_run(rule, feed))
        name = f"{rule.__module__.rpartition('.')[2]}.{getattr(rule, '__name__', '')}"
        timings.append(Timing(name, time.perf_counter() - begin))
    begin = time.perf_counter()
    findings, silenced = _folded(hits, feed, profile)
    timings.append(Timing("report", time.perf_counter() - begin))
    return Report(
        name=tables.name,
        sha256=tables.sha256,
        profile=profile,
        suggestion=suggest(tables),
        today=today,
        findings=findings,
        silenced=silenced,
        tables=tables,
        timings=tuple(timings),
    )


def _run(rule: Rule, feed: Inspection) -> Iterator[Hits]:
    try:
        yield from rule(feed)
    except Exception as error:  # noqa: BLE001 - one rule that fails must not hide the others
        yield hit(
            BROKEN_RULE,
            "",
            "",
            validator=f"{rule.__module__.rpartition('.')[2]}.{getattr(rule, '__name__', '')}",
            exception=type(error).__name__,
            message=str(error)[:SHOWN_CHARS],
        )


def _folded(
    hits: list[Hits], feed: Inspection, profile: Profile
) -> tuple[tuple[Finding, ...], dict[str, int]]:
    """Return one finding per (code, file, column), and what the profile keeps silent about."""

    def place(hits: Hits) -> tuple[str, str, str]:
        return hits.file, hits.field, hits.code

    findings: list[Finding] = []
    silenced: Counter[str] = Counter()
    for (file, field, code), group in groupby(sorted(hits, key=place), key=place):
        parts = list(group)
        count = sum(part.rows.height if part.count is None else part.count for part in parts)
        severity = severity_of(profile, code, file)
        if severity is None:
            silenced[code] += count
            continue
        rows = (
            parts[0].rows
            if len(parts) == 1
            else pl.concat([part.rows for part in parts], how="diagonal_relaxed")
        )
        if rows[ROW].count() > 1 and not rows[ROW].is_sorted():
            rows = rows.sort(ROW, nulls_last=True, maintain_order=True)
        places = _samples(rows.head(PLACES), feed, file)
        findings.append(
            Finding(
                code=code,
                severity=severity,
                file=file,
                field=field,
                count=count,
                samples=tuple(places[:SAMPLES]),
                places=tuple(sample for sample in places if sample.lat is not None),
            )
        )
    findings.sort(key=lambda finding: (ORDER[finding.severity], finding.code, finding.file))
    return tuple(findings), dict(silenced)


def _camel(column: str) -> str:
    first, *rest = column.split("_")
    return first + "".join(part.capitalize() for part in rest)


CONTEXT: Final = {
    "agency": ("agency_id", "agency_name"),
    "stops": ("stop_id", "stop_name", "stop_lat", "stop_lon"),
    "routes": ("route_id", "route_short_name", "route_long_name"),
    "trips": ("trip_id", "route_id"),
    "stop_times": ("trip_id", "stop_sequence", "stop_id"),
}
"""What a report says of the row of a finding, beside its keys."""


def _samples(rows: pl.DataFrame, feed: Inspection, file: str) -> list[Sample]:
    """Return rows as samples, with the keys, names and place of what they are about."""
    name = file.removesuffix(".txt")
    known = spec().get(name)
    context: dict[int, dict[str, Fact]] = {}
    if known is not None and name in feed.source.tables and rows[ROW].count():
        columns = [column for column in CONTEXT.get(name, known.key) if column in known.fields]
        lines = feed.text(name).select(ROW, *columns)
        lines = lines.filter(pl.col(ROW).is_in(rows[ROW].drop_nulls().implode()))
        context = {row[ROW]: row for row in lines.rows(named=True)}
    found: list[Sample] = []
    for row in rows.rows(named=True):
        facts: dict[str, Fact] = {
            _camel(key): value
            for key, value in context.get(row[ROW] or -1, {}).items()
            if key != ROW and value is not None and key not in {"stop_lat", "stop_lon"}
        }
        facts |= {
            key: _short(value)
            for key, value in row.items()
            if key not in {ROW, VALUE, LAT, LON} and value is not None
        }
        lat, lon = row.get(LAT), row.get(LON)
        stop = facts.get("stopId") or facts.get("stopId2")
        if stop is not None:
            at = feed.stop_places.get(str(stop))
            if at is not None:
                facts.setdefault("stopName", at[0])
                if lat is None:
                    lat, lon = at[1], at[2]
        value = row.get(VALUE)
        found.append(
            Sample(row[ROW], None if value is None else str(_short(str(value))), facts, lat, lon)
        )
    return found


def _short(value: Fact) -> Fact:
    if isinstance(value, str) and len(value) > SHOWN_CHARS:
        return value[:SHOWN_CHARS] + "…"
    return value
