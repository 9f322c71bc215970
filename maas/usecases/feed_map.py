"""Where a feed's stops are, before and now, as a drawing: no tiles, no outside server."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
import orjson
import polars as pl

from gtfs_feeds.diff import FeedDiff, compare
from gtfs_feeds.read import FeedTables
from gtfs_feeds.validate.report_html import WIDTH, Frame, dots, frame_of, lines
from maas.core.columns import Float64s

Ring = Float64s
"""Corners of an outline: shape (n, 2), longitude and latitude."""
MOST_MOVES: Final = 200


@dataclass(frozen=True, slots=True)
class Drawing:
    """Paths of an SVG of `width` × `height`."""

    width: int
    height: int
    land: str
    shapes: str
    before: str
    """Stops of the version in use that are gone or elsewhere now; empty where there is none."""
    now: str
    moved: str
    """A line from the old to the new place of every stop that moved."""


def draw(now: FeedTables, before: FeedTables | None) -> Drawing | None:
    """Return the map of a feed, with what is different from the version before; None off earth."""
    lat, lon = _places(now)
    was_lat, was_lon = _places(before) if before else (np.zeros(0), np.zeros(0))
    frame = frame_of(np.concatenate([lat, was_lat]), np.concatenate([lon, was_lon]))
    if frame is None:
        return None
    old, moved = "", ""
    if before is not None:
        diff = compare(before, now)
        old, moved = _gone(frame, before, diff), _moves(frame, diff)
    return Drawing(
        width=int(WIDTH),
        height=round(frame.height),
        land=_land(frame),
        shapes=lines(frame, now),
        before=old,
        now=dots(frame, lat, lon),
        moved=moved,
    )


def _places(tables: FeedTables, only: frozenset[str] | None = None) -> tuple[Float64s, Float64s]:
    table = tables.table("stops")
    needed = {"stop_id", "stop_lat", "stop_lon"}
    if table is None or not needed <= set(table.columns):
        return np.zeros(0), np.zeros(0)
    if only is not None:
        table = table.filter(pl.col("stop_id").is_in(list(only)))
    number = pl.col("stop_lat", "stop_lon").str.strip_chars().cast(pl.Float64, strict=False)
    rows = table.select(number).fill_null(np.nan)
    return rows["stop_lat"].to_numpy(), rows["stop_lon"].to_numpy()


def _gone(frame: Frame, before: FeedTables, diff: FeedDiff) -> str:
    ids = {stop.stop_id for stop in diff.stops_removed} | {one.stop_id for one in diff.stops_moved}
    return dots(frame, *_places(before, frozenset(ids)))


def _moves(frame: Frame, diff: FeedDiff) -> str:
    parts = []
    for stop in diff.stops_moved[:MOST_MOVES]:
        begin, end = frame.at(stop.lat_before, stop.lon_before), frame.at(stop.lat, stop.lon)
        if begin and end:
            parts.append(f"M{begin[0]:.1f} {begin[1]:.1f}L{end[0]:.1f} {end[1]:.1f}")
    return "".join(parts)


@cache
def _rings() -> tuple[Ring, ...]:
    raw = (files("maas.web") / "static" / "map" / "land.geojson").read_bytes()
    return tuple(np.array(ring, np.float64) for ring in _outlines(orjson.loads(raw)))


def _outlines(node: object) -> Iterator[list[list[float]]]:
    """Yield the rings of every polygon of a GeoJSON document."""
    if not isinstance(node, dict):
        return
    for inner in (*node.get("features", ()), node.get("geometry")):
        yield from _outlines(inner)
    if node.get("type") == "Polygon":
        yield from node["coordinates"]
    elif node.get("type") == "MultiPolygon":
        for polygon in node["coordinates"]:
            yield from polygon


def _land(frame: Frame) -> str:
    """Return the outlines that touch the map; what lies off it is cut by the drawing's edge."""
    parts = []
    for ring in _rings():
        x = (ring[:, 0] - frame.west) * frame.scale_x
        y = (frame.north - ring[:, 1]) * frame.scale_y
        if x.max() < 0 or x.min() > WIDTH or y.max() < 0 or y.min() > frame.height:
            continue
        x, y = np.clip(x, -WIDTH, 2 * WIDTH), np.clip(y, -WIDTH, frame.height + WIDTH)
        spots = "L".join(f"{a:.0f} {b:.0f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
        parts.append(f"M{spots}Z")
    return "".join(parts)
