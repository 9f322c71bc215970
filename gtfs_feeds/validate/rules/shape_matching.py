"""Stops that lie away from the shape of their trip, or in another order than it passes them."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.calls import NONE
from gtfs_feeds.validate.findings import LAT, LON, VALUE, Fact, Hits
from gtfs_feeds.validate.inspection import Inspection
from gtfs_feeds.validate.matching import (
    REACH_LARGE_M,
    REACH_M,
    Candidates,
    candidates,
    first_out_of_order,
)
from maas.core.columns import Float64s, Int64s

RAIL: Final = 2
TOO_MANY: Final = 20
LONGEST_SHAPE: Final = 100_000
"""Points; the longest real shapes of the region have some thousand. Longer ones are left out."""
Row = dict[str, Fact]


def _patterns(feed: Inspection) -> dict[str, list[tuple[int, Int64s]]]:
    """Return for each shape its different sequences of calls: a trip's row, and its calls."""
    calls, trips = feed.calls, feed.trips
    shapes = trips["shape_id"].to_list()
    known = trips["known_route"].to_list()
    located = ~np.isnan(calls.lat + calls.lon)
    found: dict[str, dict[bytes, tuple[int, Int64s]]] = {}
    # Trips in the order of trips.txt, so that the first trip of a pattern is the one named.
    number_of = {at: number for number, at in enumerate(calls.in_trips.tolist()) if at != NONE}
    for at, shape in enumerate(shapes):
        number = number_of.get(at)
        if shape is None or number is None or not known[at]:
            continue
        begin, end = calls.start[number], calls.start[number + 1]
        key = calls.stop[begin:end].tobytes() + calls.dist[begin:end].tobytes()
        patterns = found.setdefault(shape, {})
        if key not in patterns:
            inside = np.arange(begin, end)[located[begin:end]]
            patterns[key] = (at, inside)
    return {shape: list(patterns.values()) for shape, patterns in found.items()}


class Matcher:
    """Matches the patterns of one shape and collects what does not fit."""

    def __init__(self, feed: Inspection, rows: dict[str, list[Row]]) -> None:
        self._feed = feed
        self._calls = feed.calls
        self._types = feed.trips["route_type"].to_list()
        self._trip_rows = feed.trips[ROW].to_list()
        self._trip_ids = feed.trips["trip_id"].to_list()
        self._stop_ids = feed.stops["stop_id"].to_list()
        self._stop_lat = feed.stops["lat"].to_list()
        self._stop_lon = feed.stops["lon"].to_list()
        self._rows = rows

    def match(
        self, shape: str, points: tuple[Float64s, Float64s], patterns: list[tuple[int, Int64s]]
    ) -> None:
        """Match every pattern of one shape."""
        stops = np.unique(np.concatenate([self._calls.stop[inside] for _, inside in patterns]))
        lat = np.array([self._stop_lat[stop] for stop in stops], np.float64)
        lon = np.array([self._stop_lon[stop] for stop in stops], np.float64)
        near = dict(zip(stops.tolist(), candidates(lat, lon, *points, REACH_M), strict=True))
        wide: dict[int, Candidates] = {}
        if any(self._types[trip] == RAIL for trip, _ in patterns):
            found = candidates(lat, lon, *points, REACH_LARGE_M)
            wide = dict(zip(stops.tolist(), found, strict=True))
        reported: set[int] = set()
        for trip, inside in patterns:
            if not len(inside):
                continue
            sequence = [near[stop] for stop in self._calls.stop[inside].tolist()]
            if self._types[trip] == RAIL:
                for edge in (0, -1):
                    sequence[edge] = wide[int(self._calls.stop[inside[edge]])]
            self._judge(shape, trip, inside, sequence, reported)

    def _judge(
        self, shape: str, trip: int, inside: Int64s, sequence: list[Candidates], reported: set[int]
    ) -> None:
        ok = True
        for at, here in zip(inside.tolist(), sequence, strict=True):
            stop = int(self._calls.stop[at])
            if not len(here.along_m):
                ok = False
                if stop not in reported:
                    reported.add(stop)
                    self._add("stop_too_far_from_shape", shape, trip, at, here.nearest_m)
            elif len(here.along_m) > TOO_MANY:
                self._add("stop_has_too_many_matches_for_shape", shape, trip, at, None)
        if not ok:
            return
        wrong = first_out_of_order(sequence)
        if wrong is not None:
            at = int(inside[wrong[0]])
            self._add("stops_match_shape_out_of_order", shape, trip, at, None)

    def _add(self, code: str, shape: str, trip: int, call: int, metres: float | None) -> None:
        stop = int(self._calls.stop[call])
        row: Row = {
            ROW: int(self._calls.row[call]),
            VALUE: self._stop_ids[stop],
            LAT: self._stop_lat[stop],
            LON: self._stop_lon[stop],
            "tripCsvRowNumber": self._trip_rows[trip],
            "tripId": self._trip_ids[trip],
            "shapeId": shape,
            "stopId": self._stop_ids[stop],
        }
        if metres is not None:
            row["geoDistanceToShape"] = round(metres, 1)
        self._rows.setdefault(code, []).append(row)


def matches(feed: Inspection) -> Iterator[Hits]:
    """Match every pattern of every shape."""
    shapes = (
        feed.frame("shapes")
        .drop_nulls(["shape_id", "shape_pt_lat", "shape_pt_lon"])
        .sort("shape_id", "shape_pt_sequence", maintain_order=True)
    )
    if not shapes.height or not len(feed.calls.row):
        return
    rows: dict[str, list[Row]] = {}
    matcher = Matcher(feed, rows)
    patterns = _patterns(feed)
    for (shape,), points in shapes.group_by("shape_id", maintain_order=True):
        of_shape = patterns.get(str(shape))
        if of_shape:
            lat, lon = points["shape_pt_lat"].to_numpy(), points["shape_pt_lon"].to_numpy()
            if points.height <= LONGEST_SHAPE:
                matcher.match(str(shape), (lat, lon), of_shape)
    for code, found in rows.items():
        frame = pl.DataFrame(found, infer_schema_length=None).sort(ROW)
        yield Hits(code, "stop_times.txt", "stop_id", frame)


RULES = (matches,)
