"""One feed to columns whose pointers stay within the feed; `combine` puts feeds together."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from gtfs_feeds.merge.calendar import Days, extend, read_days, service_ids, shift
from gtfs_feeds.merge.calls import Headsigns, read_calls
from gtfs_feeds.merge.extras import read_frequencies, read_groups, read_pathways
from gtfs_feeds.merge.options import FeedInput, MergeOptions
from gtfs_feeds.merge.report import Findings, Quarantine
from gtfs_feeds.merge.shapes import read_shapes
from gtfs_feeds.merge.stops import read_stops
from gtfs_feeds.merge.text import Bools, column, first_of_each, lines, rows_of, whole
from gtfs_feeds.merge.tickets import read_ticket_links
from gtfs_feeds.merge.transfers import read_transfers
from gtfs_feeds.merge.translations import Keys, read_translations
from maas.core.columns import Int32s, Int64s, Texts
from maas.core.network import (
    Agencies,
    Calls,
    Frequencies,
    Pathways,
    Routes,
    Shapes,
    StopGroups,
    Stops,
    TicketLinks,
    Transfers,
    Trips,
)

MISCELLANEOUS: Final = 1700
"""Extended route_type "miscellaneous service"."""


@dataclass(frozen=True, slots=True)
class FeedPart:
    """The columns of one feed; pointers are rows within the feed, `feed` pointers are 0."""

    tag: str
    publisher: str
    version: str
    language: str
    attribution: str
    licence: str
    synthetic: bool
    start_day: str
    end_day: str
    days: Days
    agencies: Agencies
    stops: Stops
    routes: Routes
    trips: Trips
    calls: Calls
    service_ids: Texts
    frequencies: Frequencies
    transfers: Transfers
    pathways: Pathways
    shapes: Shapes
    groups: StopGroups
    tickets: TicketLinks
    texts: tuple[str, ...]
    translations: Mapping[str, Mapping[int, str]]
    """`stops.name.en` → row → text."""


def scoped(tag: str, ids: pl.Series) -> Texts:
    """Return the network's ids of a column of the feed's ids."""
    return Texts.of(f"{tag}_{text}" for text in ids)


def required(feed: FeedInput, name: str) -> pl.DataFrame:
    """Return a table that a feed cannot do without."""
    table = feed.tables.table(name)
    if table is None or not len(table):
        raise Quarantine("missing-table", f"{name}.txt")
    return table


def with_unique_ids(
    table: pl.DataFrame, name: str, file: str, found: Findings, *, empty: bool = False
) -> pl.DataFrame:
    """Return the table with stripped ids, without rows that repeat an id or have none."""
    ids, line = column(table, name), lines(table)
    nameless = (ids == "").to_numpy() & (not empty)
    found.where("missing-id", file, name, line, nameless)
    twice = ~nameless & ~first_of_each(ids)
    found.where("duplicate-key", file, name, line, twice, ids)
    return table.with_columns(ids.alias(name)).filter(pl.Series(~(nameless | twice)))


def _valid_zone(name: str) -> bool:
    """Say whether the machine knows this time zone."""
    with contextlib.suppress(KeyError, ValueError, OSError):
        ZoneInfo(name)
        return bool(name)
    return False


def _agencies(feed: FeedInput, found: Findings) -> tuple[Agencies, pl.Series]:
    """Return the agencies and their ids as published."""
    file = "agency.txt"
    table = with_unique_ids(required(feed, "agency"), "agency_id", file, found, empty=True)
    zones = column(table, "agency_timezone")
    known = {zone: _valid_zone(zone) for zone in zones.unique()}
    good = np.array([known[zone] for zone in zones], np.bool_)
    found.where("bad-value", file, "agency_timezone", lines(table), ~good, zones)
    table = table.filter(pl.Series(good))
    if not len(table):
        raise Quarantine("no-time-zone")
    ids = column(table, "agency_id")
    return (
        Agencies(
            scoped(feed.tag, ids),
            Texts.of(column(table, "agency_name")),
            Texts.of(column(table, "agency_url")),
            Texts.of(column(table, "agency_timezone")),
            Texts.of(column(table, "agency_phone")),
            np.zeros(len(table), np.int32),
        ),
        ids,
    )


def _routes(feed: FeedInput, agency_ids: pl.Series, found: Findings) -> tuple[Routes, pl.Series]:
    """Return the routes and their ids as published."""
    file = "routes.txt"
    table = with_unique_ids(required(feed, "routes"), "route_id", file, found)
    named = column(table, "agency_id")
    agency = rows_of(named, agency_ids)
    if len(agency_ids) == 1:
        strange = (agency < 0) & (named != "").to_numpy()
        found.where("agency-assumed", file, "agency_id", lines(table), strange, named)
        agency[:] = 0
    unknown = agency < 0
    found.where("unknown-reference", file, "agency_id", lines(table), unknown, named)
    table, agency = table.filter(pl.Series(~unknown)), agency[~unknown]
    kind = whole(column(table, "route_type"), MISCELLANEOUS, low=0, high=1799)
    strange = ~kind.given | ((kind.values > 12) & (kind.values < 100))
    found.where(
        "unknown-mode", file, "route_type", lines(table), strange, column(table, "route_type")
    )
    ids = column(table, "route_id")
    return (
        Routes(
            scoped(feed.tag, ids),
            agency,
            np.where(strange, MISCELLANEOUS, kind.values).astype(np.int32),
            Texts.of(column(table, "route_short_name")),
            Texts.of(column(table, "route_long_name")),
            Texts.of(column(table, "route_desc")),
            Texts.of(column(table, "route_color")),
            Texts.of(column(table, "route_text_color")),
            Texts.of(column(table, "route_url")),
        ),
        ids,
    )


@dataclass(frozen=True, slots=True)
class _TripRows:
    """Usable rows of trips.txt with the rows that they refer to."""

    table: pl.DataFrame
    ids: pl.Series
    route: Int32s
    service: Int32s

    def take(self, keep: Bools) -> "_TripRows":
        """Return the rows of a mask."""
        mask = pl.Series(keep)
        return _TripRows(
            self.table.filter(mask), self.ids.filter(mask), self.route[keep], self.service[keep]
        )


def _trip_rows(
    feed: FeedInput, route_ids: pl.Series, services: pl.Series, found: Findings
) -> _TripRows:
    """Return the trips whose route and service exist."""
    file = "trips.txt"
    table = with_unique_ids(required(feed, "trips"), "trip_id", file, found)
    line = lines(table)
    route = rows_of(column(table, "route_id"), route_ids)
    service = rows_of(column(table, "service_id"), services)
    found.where("unknown-reference", file, "route_id", line, route < 0, column(table, "route_id"))
    lost = (route >= 0) & (service < 0)
    found.where("unknown-reference", file, "service_id", line, lost, column(table, "service_id"))
    rows = _TripRows(table, column(table, "trip_id"), route, service)
    return rows.take((route >= 0) & (service >= 0))


def _small(table: pl.DataFrame, name: str, default: int, high: int, found: Findings) -> Int64s:
    """Return a small code of trips.txt, the default where it is out of range."""
    number = whole(column(table, name), default, low=0, high=high)
    found.where("value-ignored", "trips.txt", name, lines(table), number.bad)
    return number.values


def _trips(
    feed: FeedInput,
    rows: _TripRows,
    start: Int64s,
    shape_ids: pl.Series,
    signs: Headsigns,
    found: Findings,
) -> Trips:
    """Return the trips that have calls."""
    table = rows.table
    blocks = column(table, "block_id")
    numbers = blocks.filter(blocks != "").unique(maintain_order=True)
    booking = _small(table, "pickup_type", 0, 3, found)
    return Trips(
        scoped(feed.tag, rows.ids),
        rows.route,
        rows.service,
        rows_of(blocks, numbers),
        signs.rows(column(table, "trip_headsign")),
        signs.rows(column(table, "trip_short_name")),
        _small(table, "direction_id", -1, 1, found).astype(np.int8),
        _small(table, "wheelchair_accessible", 0, 2, found).astype(np.int8),
        _small(table, "bikes_allowed", 0, 2, found).astype(np.int8),
        _small(table, "cars_allowed", 0, 2, found).astype(np.int8),
        (booking == 2).astype(np.int8),
        rows_of(column(table, "shape_id"), shape_ids),
        np.full(len(table), -1, np.int32),
        start,
    )


def _days(
    feed: FeedInput, ids: pl.Series, per_service: Int64s, options: MergeOptions, found: Findings
) -> tuple[Days, str, str]:
    """Return the days of service after extension, and the first and last as published."""
    published = read_days(feed.tables, ids, options, found)
    if published is None:
        raise Quarantine("no-service-day")
    start = date.fromordinal(published.first).isoformat()
    end = date.fromordinal(published.last).isoformat()
    result = published
    if options.shift_to is not None:
        result = shift(result, per_service, options.shift_to)
    if options.extend_until is not None:
        result = extend(result, per_service, options.extend_until)
    if options.service_days is not None:
        first, last = (day.toordinal() for day in options.service_days)
        if not result.within(first, last).any():
            raise Quarantine("no-service-in-window")
    if options.today is not None and result.last < options.today.toordinal() - 1:
        raise Quarantine("expired")
    idle = np.flatnonzero(~published.runs.any(axis=1))
    found.add("service-without-days", "calendar.txt", "service_id", idle * 0, ids.gather(idle))
    return result, start, end


def convert(feed: FeedInput, options: MergeOptions, found: Findings) -> FeedPart:
    """
    Return what of a feed can be used; every row that cannot is in `found`.

    Raises:
        Quarantine: Nothing of the feed can be used.
    """
    agencies, agency_ids = _agencies(feed, found)
    stops, stop_ids = read_stops(feed, required(feed, "stops"), agencies.zone[0], found)
    routes, route_ids = _routes(feed, agency_ids, found)
    services = service_ids(feed.tables)
    if not len(services):
        raise Quarantine("missing-table", "calendar.txt")
    rows = _trip_rows(feed, route_ids, services, found)
    signs = Headsigns()
    boardable = (stops.location_type <= 1) | (stops.location_type == 4)
    timed = read_calls(required(feed, "stop_times"), rows.ids, stop_ids, boardable, signs, found)
    rows, start = _only_with_calls(rows, timed.start, found)
    if not len(rows.ids):
        raise Quarantine("no-usable-trip")
    per_service = np.bincount(rows.service, minlength=len(services)).astype(np.int64)
    days, start_day, end_day = _days(feed, services, per_service, options, found)
    shapes, shape_ids = read_shapes(feed, column(rows.table, "shape_id"), found)
    trips = _trips(feed, rows, start, shape_ids, signs, found)
    raw = timed.calls
    calls = Calls(
        raw.stop,
        raw.arrival_s,
        raw.departure_s,
        raw.sequence,
        raw.pickup,
        raw.drop_off,
        raw.headsign,
        raw.distance,
        timed.exact,
    )
    keys = Keys(agency_ids, stop_ids, route_ids, rows, raw, signs)
    translations = read_translations(feed, keys, found)
    publisher, version, language, attribution = _about(feed, agencies)
    return FeedPart(
        feed.tag,
        publisher,
        version,
        language,
        attribution,
        feed.licence,
        feed.synthetic,
        start_day,
        end_day,
        days,
        agencies,
        stops,
        routes,
        trips,
        calls,
        scoped(feed.tag, services),
        read_frequencies(feed, rows.ids, found),
        read_transfers(feed, stop_ids, route_ids, rows.ids, found),
        read_pathways(feed, stop_ids, found),
        shapes,
        read_groups(feed, stop_ids, found),
        read_ticket_links(feed, agency_ids, route_ids, rows.ids, stop_ids),
        tuple(signs.texts),
        translations,
    )


def _only_with_calls(rows: _TripRows, start: Int64s, found: Findings) -> tuple[_TripRows, Int64s]:
    """Leave out the trips without calls; the calls themselves stay where they are."""
    used = np.diff(start) > 0
    if used.all():
        return rows, start
    silent = ~used
    found.where("too-few-calls", "trips.txt", "trip_id", lines(rows.table), silent, rows.ids)
    return rows.take(used), np.concatenate([start[:-1][used], start[-1:]])


def _about(feed: FeedInput, agencies: Agencies) -> tuple[str, str, str, str]:
    """Return publisher, version, language and attribution."""

    def first(table: str, name: str) -> str:
        frame = feed.tables.table(table)
        return "" if frame is None or not len(frame) else str(column(frame, name)[0])

    publisher = first("feed_info", "feed_publisher_name") or agencies.name[0]
    attribution = feed.attribution or first("attributions", "organization_name") or publisher
    language = first("feed_info", "feed_lang") or first("agency", "agency_lang")
    return publisher, first("feed_info", "feed_version"), language, attribution
