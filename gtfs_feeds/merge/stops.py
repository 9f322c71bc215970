"""stops.txt and levels.txt to columns."""

import contextlib
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from gtfs_feeds.merge.options import FeedInput
from gtfs_feeds.merge.report import Findings
from gtfs_feeds.merge.text import column, first_of_each, lines, real, rows_of, whole
from maas.core.columns import Float32s, Float64s, Int8s, Int32s, Int64s, Texts
from maas.core.network import Stops

_FILE = "stops.txt"


def read_stops(
    feed: FeedInput, table: pl.DataFrame, agency_zone: str, found: Findings
) -> tuple[Stops, pl.Series]:
    """Return the stops with their place still unknown (-1), and their ids as published."""
    ids, line = column(table, "stop_id"), lines(table)
    nameless = (ids == "").to_numpy()
    twice = ~nameless & ~first_of_each(ids)
    found.where("missing-id", _FILE, "stop_id", line, nameless)
    found.where("duplicate-key", _FILE, "stop_id", line, twice, ids)
    table = table.with_columns(ids.alias("stop_id")).filter(pl.Series(~(nameless | twice)))
    ids, line = column(table, "stop_id"), lines(table)

    kind = whole(column(table, "location_type"), 0, low=0, high=4)
    found.where("value-ignored", _FILE, "location_type", line, kind.bad)
    parent = _parents(table, ids, kind.values.astype(np.int8), found)
    lat, lon = _coordinates(table, kind.values, found)
    wheelchair = whole(column(table, "wheelchair_boarding"), 0, low=0, high=2)
    found.where("value-ignored", _FILE, "wheelchair_boarding", line, wheelchair.bad)
    inherited = wheelchair.values.copy()
    for _ in range(2):  # boarding area ← platform ← station
        unknown = (inherited == 0) & (parent >= 0)
        inherited[unknown] = inherited[parent[unknown]]
    tag = feed.tag
    return (
        Stops(
            Texts.of(f"{tag}_{text}" for text in ids),
            Texts.of(column(table, "stop_name")),
            Texts.of(column(table, "stop_code")),
            Texts.of(column(table, "platform_code")),
            Texts.of(column(table, "stop_desc")),
            Texts.of(f"{tag}_{zone}" if zone else "" for zone in column(table, "zone_id")),
            Texts.of(_zones(table, parent, agency_zone, found)),
            lat,
            lon,
            parent,
            np.full(len(ids), -1, np.int32),
            kind.values.astype(np.int8),
            inherited.astype(np.int8),
            _levels(feed, table, found),
            np.zeros(len(ids), np.int32),
        ),
        ids,
    )


def _parents(table: pl.DataFrame, ids: pl.Series, kind: Int8s, found: Findings) -> Int32s:
    """Return the parent of each stop: the station, or the platform of a boarding area."""
    named = column(table, "parent_station")
    parent = rows_of(named, ids)
    wrong = (parent < 0) & (named != "").to_numpy()
    has = parent >= 0
    # only a station has children, only boarding areas (4) hang on something else: so no circles
    fits = kind[parent] == np.where(kind == 4, 0, 1)
    wrong |= has & (~fits | (kind == 1))
    found.where("parent-ignored", _FILE, "parent_station", lines(table), wrong, named)
    parent[wrong] = -1
    return parent


def _coordinates(table: pl.DataFrame, kind: Int64s, found: Findings) -> tuple[Float64s, Float64s]:
    """Return degrees; both NaN where the feed gives none, or the point 0,0 that means none."""
    lat, _ = real(column(table, "stop_lat"), -90, 90)
    lon, _ = real(column(table, "stop_lon"), -180, 180)
    unknown = np.isnan(lat) | np.isnan(lon) | ((lat == 0) & (lon == 0))
    lat[unknown] = lon[unknown] = np.nan
    needed = unknown & (kind <= 2)
    found.where("no-coordinate", _FILE, "stop_lat", lines(table), needed, column(table, "stop_lat"))
    return lat, lon


def _zones(table: pl.DataFrame, parent: Int32s, agency_zone: str, found: Findings) -> list[str]:
    """Return the time zones that differ from the agency's; a child has its parent's."""
    own = column(table, "stop_timezone")
    good: dict[str, bool] = {"": True}
    for zone in own.unique():
        if zone:
            good[zone] = False
            with contextlib.suppress(KeyError, ValueError, OSError):
                ZoneInfo(zone)
                good[zone] = True
    bad = np.array([not good[zone] for zone in own], np.bool_)
    found.where("value-ignored", _FILE, "stop_timezone", lines(table), bad, own)
    zones = [zone if good[zone] else "" for zone in own]
    for _ in range(2):
        zones = [zones[up] if up >= 0 else zones[at] for at, up in enumerate(parent.tolist())]
    return ["" if zone == agency_zone else zone for zone in zones]


def _levels(feed: FeedInput, table: pl.DataFrame, found: Findings) -> Float32s:
    """Return the level index of each stop, NaN where unknown."""
    levels = feed.tables.table("levels")
    result = np.full(len(table), np.nan, np.float32)
    if levels is None or not len(levels):
        return result
    ids = column(levels, "level_id")
    keep = first_of_each(ids) & (ids != "").to_numpy()
    index, bad = real(column(levels, "level_index"))
    found.where("value-ignored", "levels.txt", "level_index", lines(levels), bad)
    row = rows_of(column(table, "level_id"), ids.filter(pl.Series(keep)))
    result[row >= 0] = index[keep][row[row >= 0]]
    return result
