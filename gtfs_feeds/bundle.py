"""
Several feeds as one: every id carries its feed's tag, nothing else is changed.

For giving the public network away. Tables of the GTFS reference that a bundle can hold are joined;
each feed's credit becomes rows of `attributions.txt`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from gtfs_feeds.mend.feed import packed
from gtfs_feeds.read.tables import ROW, FeedTables
from maas.core.ids import feed_scoped

TABLES: Final = (
    "agency",
    "stops",
    "routes",
    "trips",
    "stop_times",
    "calendar",
    "calendar_dates",
    "shapes",
    "frequencies",
    "transfers",
    "pathways",
    "levels",
    "fare_attributes",
    "fare_rules",
    "translations",
    "attributions",
)
_IDS: Final = frozenset(
    {
        "agency_id",
        "stop_id",
        "parent_station",
        "zone_id",
        "level_id",
        "route_id",
        "service_id",
        "trip_id",
        "block_id",
        "shape_id",
        "from_stop_id",
        "to_stop_id",
        "from_route_id",
        "to_route_id",
        "from_trip_id",
        "to_trip_id",
        "fare_id",
        "origin_id",
        "destination_id",
        "contains_id",
        "pathway_id",
        "attribution_id",
        "record_id",
    }
)
_ONE_AGENCY: Final = "agency"
"""Id of the agency of a feed that gives it none, as it may with one agency."""


@dataclass(frozen=True, slots=True)
class Credit:
    """A feed of the bundle, and to whom it is owed."""

    tag: str
    tables: FeedTables
    organization: str
    licence: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who gives the bundle away."""

    name: str
    url: str
    version: str
    language: str = "ja"


def bundle(feeds: Sequence[Credit], publisher: Publisher) -> bytes:
    """Return one zip of all feeds; the same feeds and publisher give the same bytes."""
    files = {}
    for name in TABLES:
        parts = [part for feed in feeds if (part := _part(feed, name)) is not None]
        if name == "attributions":
            parts.append(_credits(feeds))
        rows = pl.concat(parts, how="diagonal").fill_null("") if parts else None
        if name == "translations" and rows is not None:
            rows = _agreed(rows)
        if rows is not None and len(rows):
            files[f"{name}.txt"] = rows.write_csv(line_terminator="\r\n").encode()
    files["feed_info.txt"] = _info(feeds, publisher).write_csv(line_terminator="\r\n").encode()
    return packed(files)


def _part(feed: Credit, name: str) -> pl.DataFrame | None:
    table = feed.tables.table(name)
    if table is None or not len(table):
        return None
    table = table.drop(ROW, strict=False)
    if name == "translations" and "table_name" in table.columns:
        table = table.filter(pl.col("table_name") != "feed_info")
    if name in {"agency", "routes"}:
        table = _with_agency(table)
    columns = [
        pl.when(pl.col(column) == "")
        .then(pl.lit(""))
        .otherwise(pl.lit(feed_scoped(feed.tag, "")) + pl.col(column))
        .alias(column)
        for column in table.columns
        if column in _IDS
    ]
    return table.with_columns(columns)


def _agreed(translations: pl.DataFrame) -> pl.DataFrame:
    """
    Return translations of which all feeds think alike.

    A translation by value holds for every feed of the bundle; where two feeds translate the same
    value differently, neither is taken.
    """
    rows = translations.unique(maintain_order=True)
    key = [column for column in rows.columns if column != "translation"]
    return rows.filter(~pl.struct(key).is_duplicated())


def _with_agency(table: pl.DataFrame) -> pl.DataFrame:
    """Name the agency where a feed of one agency need not."""
    if "agency_id" not in table.columns:
        return table.with_columns(pl.lit(_ONE_AGENCY).alias("agency_id"))
    named = pl.when(pl.col("agency_id") == "").then(pl.lit(_ONE_AGENCY))
    return table.with_columns(named.otherwise(pl.col("agency_id")).alias("agency_id"))


def _credits(feeds: Sequence[Credit]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "attribution_id": [feed_scoped(feed.tag, "feed") for feed in feeds],
            "organization_name": [f"{feed.organization} ({feed.licence})" for feed in feeds],
            "is_producer": ["1"] * len(feeds),
            "is_operator": ["0"] * len(feeds),
            "is_authority": ["0"] * len(feeds),
            "attribution_url": [feed.url for feed in feeds],
        },
        schema_overrides={"attribution_id": pl.String, "attribution_url": pl.String},
    )


def _info(feeds: Sequence[Credit], publisher: Publisher) -> pl.DataFrame:
    """Return feed_info.txt; its days are those that any of the feeds has service on."""
    days = sorted(day for feed in feeds for day in _days(feed.tables))
    return pl.DataFrame(
        {
            "feed_publisher_name": [publisher.name],
            "feed_publisher_url": [publisher.url],
            "feed_lang": [publisher.language],
            "default_lang": [publisher.language],
            "feed_start_date": [days[0] if days else ""],
            "feed_end_date": [days[-1] if days else ""],
            "feed_version": [publisher.version],
            "feed_contact_url": [publisher.url],
        }
    )


def _days(tables: FeedTables) -> list[str]:
    """Return the first and last day that the calendars name, `YYYYMMDD`."""
    found: list[str] = []
    for name, columns in (("calendar", ("start_date", "end_date")), ("calendar_dates", ("date",))):
        table = tables.table(name)
        for column in columns:
            if table is not None and column in table.columns:
                found += [day for day in table[column].to_list() if len(day) == 8 and day.isdigit()]
    return [min(found), max(found)] if found else []
