"""Shapes, and how trips follow them."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.calls import NONE
from gtfs_feeds.validate.findings import LAT, LON, VALUE, Hits
from gtfs_feeds.validate.inspection import Inspection
from maas.core.columns import Float64s
from maas.core.geo import distance_m

FILE: Final = "shapes.txt"
SAME_POINT_M: Final = 1.11
BEYOND_M: Final = 11.1


def _points(feed: Inspection) -> pl.DataFrame:
    return (
        feed.frame("shapes")
        .drop_nulls("shape_id")
        .sort("shape_id", "shape_pt_sequence", maintain_order=True)
    )


def _metres(*columns: pl.Series) -> Float64s:
    return distance_m(*(column.cast(pl.Float64).fill_null(np.nan).to_numpy() for column in columns))


def order(feed: Inspection) -> Iterator[Hits]:
    """Report shapes whose shape_dist_traveled falls or stands still."""
    points = _points(feed)
    if points.height < 2 or not points["shape_dist_traveled"].count():
        return
    pairs = points.select(
        ROW,
        "shape_id",
        dist="shape_dist_traveled",
        lat="shape_pt_lat",
        lon="shape_pt_lon",
    ).with_columns(pl.col(ROW, "dist", "lat", "lon", "shape_id").shift(1).name.prefix("prev_"))
    pairs = pairs.filter(pl.col("shape_id") == pl.col("prev_shape_id")).filter(
        pl.col("prev_dist") >= pl.col("dist")
    )
    if not pairs.height:
        return
    pairs = pairs.with_columns(
        metres=_metres(pairs["prev_lat"], pairs["prev_lon"], pairs["lat"], pairs["lon"])
    )
    equal = pl.col("prev_dist") == pl.col("dist")
    same = (pl.col("lat") == pl.col("prev_lat")) & (pl.col("lon") == pl.col("prev_lon"))
    for code, wrong in (
        ("decreasing_shape_distance", pl.col("prev_dist") > pl.col("dist")),
        ("equal_shape_distance_same_coordinates", equal & same),
        (
            "equal_shape_distance_diff_coordinates",
            equal & ~same & (pl.col("metres") >= SAME_POINT_M),
        ),
        (
            "equal_shape_distance_diff_coordinates_distance_below_threshold",
            equal & ~same & (pl.col("metres") < SAME_POINT_M) & (pl.col("metres") > 0),
        ),
    ):
        rows = pairs.filter(wrong)
        if rows.height:
            shown = rows.select(
                ROW,
                pl.col("dist").cast(pl.String).alias(VALUE),
                pl.col("lat").alias(LAT),
                pl.col("lon").alias(LON),
                shapeId="shape_id",
                prevCsvRowNumber=f"prev_{ROW}",
                prevShapeDistTraveled="prev_dist",
            ).sort(ROW)
            yield Hits(code, FILE, "shape_dist_traveled", shown)


def use(feed: Inspection) -> Iterator[Hits]:
    """Report shapes that no trip uses, and shapes of a single point."""
    shapes = feed.text("shapes").drop_nulls("shape_id").group_by("shape_id", maintain_order=True)
    counted = shapes.agg(pl.col(ROW).min(), points=pl.len()).sort(ROW)
    used = feed.text("trips")["shape_id"].drop_nulls().unique()
    for code, wrong in (
        ("unused_shape", ~pl.col("shape_id").is_in(used.implode())),
        ("single_shape_point", pl.col("points") == 1),
    ):
        rows = counted.filter(wrong)
        if rows.height:
            shown = rows.select(ROW, pl.col("shape_id").alias(VALUE), shapeId="shape_id")
            yield Hits(code, FILE, "shape_id", shown)


def lengths(feed: Inspection) -> Iterator[Hits]:
    """Report trips that are longer than their shape, and shapes that lack distances."""
    calls, trips = feed.calls, feed.trips
    if not len(calls.row) or np.isnan(calls.dist).all():
        return
    last = calls.start[1:] - 1
    per_trip = pl.DataFrame(
        {
            "at": calls.in_trips,
            "trip_dist": np.nan_to_num(calls.dist[last]),
            "stop": calls.stop[last],
            "stop_lat": calls.lat[last],
            "stop_lon": calls.lon[last],
            "any_dist": np.maximum.reduceat(~np.isnan(calls.dist), calls.start[:-1]),
        }
    ).filter(pl.col("at") != NONE)
    per_trip = per_trip.with_columns(
        trips.select(ROW, "trip_id", "shape_id")[per_trip["at"].to_numpy()].get_columns()
    )
    ends = (
        _points(feed)
        .with_columns(dist=pl.col("shape_dist_traveled").fill_null(0.0))
        .group_by("shape_id")
        .agg(
            shape_dist=pl.col("dist").max(),
            end_lat=pl.col("shape_pt_lat").gather(pl.col("dist").arg_max()).first(),
            end_lon=pl.col("shape_pt_lon").gather(pl.col("dist").arg_max()).first(),
            given=pl.col("shape_dist_traveled").is_not_null().all(),
        )
    )
    both = per_trip.join(ends, "shape_id", maintain_order="left")
    both = both.with_columns(
        metres=_metres(both["stop_lat"], both["stop_lon"], both["end_lat"], both["end_lon"])
    )
    longer = (
        (pl.col("trip_dist") > pl.col("shape_dist"))
        & (pl.col("shape_dist") > 0)
        & (pl.col("stop") != NONE)
    )
    for code, wrong in (
        ("trip_distance_exceeds_shape_distance", longer & (pl.col("metres") > BEYOND_M)),
        (
            "trip_distance_exceeds_shape_distance_below_threshold",
            longer & (pl.col("metres") <= BEYOND_M),
        ),
        (
            "trip_with_shape_dist_traveled_but_no_shape_distances",
            pl.col("any_dist") & ~pl.col("given"),
        ),
    ):
        rows = both.filter(wrong).sort(ROW)
        if rows.height:
            shown = rows.select(
                ROW,
                pl.col("shape_id").alias(VALUE),
                pl.col("stop_lat").fill_nan(None).alias(LAT),
                pl.col("stop_lon").fill_nan(None).alias(LON),
                tripId="trip_id",
                maxTripDistanceTraveled="trip_dist",
                maxShapeDistanceTraveled="shape_dist",
                geoDistanceToShape=pl.col("metres").round(1),
            )
            yield Hits(code, "trips.txt", "shape_id", shown)


RULES = (order, use, lengths)
