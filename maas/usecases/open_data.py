"""
The public network as open data: one valid GTFS feed of all feeds whose licence allows it.

A feed goes in only with a licence that allows changed copies with credit, and without an ERROR of
our validator, so that the whole is valid; what stays out is listed with its reason.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from gtfs_feeds.bundle import Credit, Publisher, bundle
from gtfs_feeds.read import FeedUnreadable, read_feed
from gtfs_feeds.read.tables import FeedTables
from gtfs_feeds.validate import Profile, validate
from maas.usecases.prepare_feeds import FeedSource

FREE: Final = ("CC0", "CC BY 4.0", "CC BY 3.0", "CC BY 2.1 JP", "CC BY 2.0", "PDL1.0")
"""Licences that allow changed copies with credit; ShareAlike, NC and ND are not among them."""
MADE_UP: Final = "CC BY 4.0 (synthetic)"
"""Of the sample: ours, with stations of station_database (CC BY 4.0)."""
JAPAN_ZONE: Final = "Asia/Tokyo"


@dataclass(frozen=True, slots=True)
class Given:
    """What became of a feed."""

    tag: str
    organization: str
    licence: str
    included: bool
    reason: str = ""
    """`no-licence`, `licence-not-free`, `unreadable`, `invalid`, `time-zone`; empty: included."""


@dataclass(frozen=True, slots=True)
class OpenData:
    """The bundle and the list of all feeds."""

    content: bytes
    """A GTFS zip; empty where not one feed could be given."""
    feeds: tuple[Given, ...]


def open_data(sources: Sequence[FeedSource], publisher: Publisher, today: date) -> OpenData:
    """Return the feeds that may be given away as one, and what became of each."""
    credits_: list[Credit] = []
    given: list[Given] = []
    for source in sources:
        licence = MADE_UP if source.synthetic else source.licence
        try:
            tables = read_feed(source.path)
        except FeedUnreadable:
            given.append(Given(source.tag, source.tag, licence, False, "unreadable"))
            continue
        organization, url = _who(tables, source)
        reason = "" if source.synthetic else _licence_reason(source.licence)
        reason = reason or _feed_reason(tables, today)
        given.append(Given(source.tag, organization, licence, not reason, reason))
        if not reason:
            credits_.append(Credit(source.tag, tables, organization, licence, url))
    content = bundle(credits_, publisher) if credits_ else b""
    return OpenData(content, tuple(given))


def licences_csv(feeds: Sequence[Given]) -> str:
    """Return every feed with its licence, and why it is not in where it is not."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["tag", "organization", "licence", "included", "reason"])
    for row in feeds:
        included = "yes" if row.included else "no"
        writer.writerow([row.tag, row.organization, row.licence, included, row.reason])
    return out.getvalue()


def _licence_reason(licence: str) -> str:
    if not licence.strip():
        return "no-licence"
    return "" if licence.strip() in FREE else "licence-not-free"


def _feed_reason(tables: FeedTables, today: date) -> str:
    agency = tables.table("agency")
    if agency is None or "agency_timezone" not in agency.columns:
        return "invalid"
    if set(agency["agency_timezone"].to_list()) != {JAPAN_ZONE}:
        return "time-zone"  # one feed has one time zone (GTFS reference, agency.txt)
    return "" if validate(tables, today=today, profile=Profile.GTFS).is_valid else "invalid"


def _who(tables: FeedTables, source: FeedSource) -> tuple[str, str]:
    """Return to whom a feed is credited, and their address."""
    for name, column, link in (
        ("feed_info", "feed_publisher_name", "feed_publisher_url"),
        ("agency", "agency_name", "agency_url"),
    ):
        table = tables.table(name)
        if table is not None and len(table) and column in table.columns and table[column][0]:
            url = str(table[link][0]) if link in table.columns else ""
            return source.attribution or str(table[column][0]), url
    return source.attribution or source.tag, ""
