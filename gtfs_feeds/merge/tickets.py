"""
Google's extension of GTFS for ticketing to columns: where a company sells its tickets itself.

`ticketing_deep_link_id` of agency.txt and routes.txt names a row of ticketing_deep_links.txt;
trips and stops may have a name and be closed for the shop (`ticketing_trip_id`, `ticketing_type`,
ticketing_identifiers.txt). Source: "GTFS ticketing extension" of Google Transit Partners.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from gtfs_feeds.merge.options import FeedInput
from gtfs_feeds.merge.text import column, rows_of
from maas.core.columns import Texts
from maas.core.network import TicketLinks

_ADDRESS: Final = re.compile(r"(?i)(https?|android-app|intent)://\S+")
"""Nothing else is opened by who follows a link of a feed."""


class _Row(NamedTuple):
    """One value of each column of `TicketLinks`."""

    agency: int = -1
    route: int = -1
    trip: int = -1
    stop: int = -1
    name: str = ""
    web: str = ""
    android: str = ""
    ios: str = ""
    closed: bool = False


def read_ticket_links(
    feed: FeedInput, agencies: pl.Series, routes: pl.Series, trips: pl.Series, stops: pl.Series
) -> TicketLinks:
    """Return what a feed says of the shops of its companies; the series are the known ids."""
    links = _links(feed)
    if not links:
        return TicketLinks()
    rows = [
        *_shops(feed, "agency", agencies, links),
        *_shops(feed, "routes", routes, links),
        *_trips(feed, trips),
        *_stops(feed, stops, agencies),
    ]
    return TicketLinks(
        np.array([row.agency for row in rows], np.int32),
        np.array([row.route for row in rows], np.int32),
        np.array([row.trip for row in rows], np.int32),
        np.array([row.stop for row in rows], np.int32),
        Texts.of(row.name for row in rows),
        Texts.of(row.web for row in rows),
        Texts.of(row.android for row in rows),
        Texts.of(row.ios for row in rows),
        np.array([row.closed for row in rows], np.uint8),
    )


def _links(feed: FeedInput) -> dict[str, tuple[str, str, str]]:
    """Return the addresses (web, Android, iOS) of each link; none but addresses are kept."""
    table = feed.tables.table("ticketing_deep_links")
    if table is None:
        return {}
    names = ("web_url", "android_intent_uri", "ios_universal_link_url")
    columns = [column(table, name).to_list() for name in names]
    addresses = [
        [address if _ADDRESS.fullmatch(address) else "" for address in addresses]
        for addresses in columns
    ]
    ids = column(table, "ticketing_deep_link_id").to_list()
    return {
        name: (web, android, ios)
        for name, web, android, ios in zip(ids, *addresses, strict=True)
        if name and (web or android or ios)
    }


def _shops(
    feed: FeedInput, name: str, ids: pl.Series, links: dict[str, tuple[str, str, str]]
) -> Iterator[_Row]:
    """Yield the shops of agencies or routes."""
    table = feed.tables.table(name)
    if table is None or "ticketing_deep_link_id" not in table.columns:
        return
    own = column(table, "agency_id" if name == "agency" else "route_id")
    for row, link in zip(
        rows_of(own, ids).tolist(), column(table, "ticketing_deep_link_id").to_list(), strict=True
    ):
        if row >= 0 and link in links:
            agency, route = (row, -1) if name == "agency" else (-1, row)
            web, android, ios = links[link]
            yield _Row(agency, route, web=web, android=android, ios=ios)


def _trips(feed: FeedInput, ids: pl.Series) -> Iterator[_Row]:
    """Yield the trips that have a name of their own or are not sold."""
    table = feed.tables.table("trips")
    if table is None or not {"ticketing_trip_id", "ticketing_type"} & set(table.columns):
        return
    names = column(table, "ticketing_trip_id").to_list()
    kinds = column(table, "ticketing_type").to_list()
    rows = rows_of(column(table, "trip_id"), ids).tolist()
    for row, name, kind in zip(rows, names, kinds, strict=True):
        if row >= 0 and (name or kind == "1"):
            yield _Row(trip=row, name=name, closed=kind == "1")


def _stops(feed: FeedInput, ids: pl.Series, agencies: pl.Series) -> Iterator[_Row]:
    """Yield the names that shops have for stops, and the stops that are not sold."""
    table = feed.tables.table("ticketing_identifiers")
    if table is not None:
        stops = rows_of(column(table, "stop_id"), ids).tolist()
        named = column(table, "agency_id")
        owners = rows_of(named, agencies).tolist()
        names = column(table, "ticketing_stop_id").to_list()
        for stop, owner, name, company in zip(stops, owners, names, named, strict=True):
            if stop >= 0 and name and (owner >= 0 or not company):
                yield _Row(owner, stop=stop, name=name)
    calls = feed.tables.table("stop_times")
    if calls is None or "ticketing_type" not in calls.columns:
        return
    closed = calls.filter(pl.col("ticketing_type") == "1")["stop_id"].unique(maintain_order=True)
    for stop in rows_of(closed, ids).tolist():
        if stop >= 0:
            yield _Row(stop=stop, closed=True)
