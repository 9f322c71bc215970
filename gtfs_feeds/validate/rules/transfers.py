"""Transfers and pathways: what they join."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.findings import LAT, LON, VALUE, Hits
from gtfs_feeds.validate.inspection import Inspection
from maas.core.geo import distance_m

FILE: Final = "transfers.txt"
FAR_M: Final = 10_000.0
LONG_M: Final = 2_000.0
IN_SEAT: Final = (4, 5)


def distance(feed: Inspection) -> Iterator[Hits]:
    """Report transfers over more than 2 or 10 km."""
    stops = feed.stops
    rows = feed.frame("transfers").select(ROW, "from_stop_id", "to_stop_id").drop_nulls()
    for side in ("from", "to"):
        place = stops.select("stop_id", "lat", "lon").rename(
            {"stop_id": f"{side}_stop_id", "lat": f"{side}_lat", "lon": f"{side}_lon"}
        )
        rows = rows.join(place, f"{side}_stop_id", maintain_order="left")
    rows = rows.drop_nulls()
    if not rows.height:
        return
    lats = (rows[name].to_numpy() for name in ("from_lat", "from_lon", "to_lat", "to_lon"))
    metres = distance_m(*lats)
    rows = rows.with_columns(metres=metres, distanceKm=np.round(metres / 1000, 3))
    for code, wrong in (
        ("transfer_distance_too_large", pl.col("metres") > FAR_M),
        (
            "transfer_distance_above_2_km",
            pl.col("metres").is_between(LONG_M, FAR_M, closed="right"),
        ),
    ):
        found = rows.filter(wrong)
        if found.height:
            shown = found.select(
                ROW,
                pl.col("to_stop_id").alias(VALUE),
                pl.col("to_lat").alias(LAT),
                pl.col("to_lon").alias(LON),
                "distanceKm",
                fromStopId="from_stop_id",
                toStopId="to_stop_id",
            )
            yield Hits(code, FILE, "to_stop_id", shown)


def ends(feed: Inspection) -> Iterator[Hits]:
    """Report ends that are missing or no stop, and trips that do not fit the route or stop."""
    transfers = feed.frame("transfers")
    kinds = feed.stops.select("stop_id", "location_type")
    trips = feed.trips.select("trip_id", trip_route="route_id")
    for side in ("from", "to"):
        stop, trip, route = f"{side}_stop_id", f"{side}_trip_id", f"{side}_route_id"
        seated = pl.col("transfer_type").is_in(IN_SEAT).fill_null(value=False)
        bare = transfers.filter(pl.col(stop).is_null() & ~seated)
        if bare.height:
            yield Hits("missing_required_field", FILE, stop, bare.select(ROW))
        at = transfers.join(kinds, left_on=stop, right_on="stop_id", maintain_order="left")
        odd = at.filter(~pl.col("location_type").is_in([0, 1]))
        if odd.height:
            shown = odd.select(ROW, pl.col(stop).alias(VALUE), locationType="location_type")
            yield Hits("transfer_with_invalid_stop_location_type", FILE, stop, shown)
        on = transfers.join(trips, left_on=trip, right_on="trip_id", maintain_order="left")
        other = on.filter(pl.col(route) != pl.col("trip_route"))
        if other.height:
            shown = other.select(ROW, pl.col(trip).alias(VALUE), expectedRouteId="trip_route")
            yield Hits("transfer_with_invalid_trip_and_route", FILE, trip, shown)
        yield from _not_called(feed, on, stop, trip)


def _not_called(feed: Inspection, on: pl.DataFrame, stop: str, trip: str) -> Iterator[Hits]:
    """Report transfers at a stop where the named trip does not call."""
    used = on.select(ROW, stop_id=stop, trip_id=trip).drop_nulls()
    used = used.filter(pl.col("stop_id").is_in(feed.stops["stop_id"].implode()))
    if not used.height:
        return
    calls = feed.text("stop_times").select("trip_id", "stop_id")
    calls = calls.filter(pl.col("trip_id").is_in(used["trip_id"].implode())).drop_nulls()
    parents = feed.stops.select("stop_id", "parent_station").drop_nulls()
    at_parent = calls.join(parents, "stop_id").select("trip_id", stop_id="parent_station")
    wrong = used.join(pl.concat([calls, at_parent]), ["trip_id", "stop_id"], "anti")
    if wrong.height:
        shown = wrong.sort(ROW).select(ROW, pl.col("trip_id").alias(VALUE), stopId="stop_id")
        yield Hits("transfer_with_invalid_trip_and_stop", FILE, trip, shown)


def in_seat(feed: Inspection) -> Iterator[Hits]:
    """Report transfers without leaving the seat between vehicles of different modes."""
    kinds = feed.trips.select("trip_id", "route_type")
    pairs = feed.frame("transfers").filter(pl.col("transfer_type").is_in(IN_SEAT))
    for side in ("from", "to"):
        pairs = pairs.join(
            kinds.rename({"trip_id": f"{side}_trip_id", "route_type": f"{side}_type"}),
            f"{side}_trip_id",
            maintain_order="left",
        )
    wrong = pairs.filter(pl.col("from_type") != pl.col("to_type"))
    if wrong.height:
        shown = wrong.select(ROW, pl.col("to_trip_id").alias(VALUE), fromTripId="from_trip_id")
        yield Hits("inconsistent_route_type_for_in_seat_transfer", FILE, "to_trip_id", shown)


def pathways(feed: Inspection) -> Iterator[Hits]:
    """Report pathways that end where none may end, and nodes that lead nowhere."""
    paths, stops = feed.frame("pathways"), feed.stops
    if not paths.height:
        return
    parents = stops.filter(pl.col("location_type") == 4)["parent_station"].drop_nulls()
    for column in ("from_stop_id", "to_stop_id"):
        at = paths.join(stops.drop(ROW), left_on=column, right_on="stop_id", maintain_order="left")
        for code, wrong in (
            ("pathway_to_wrong_location_type", pl.col("location_type") == 1),
            (
                "pathway_to_platform_with_boarding_areas",
                (pl.col("location_type") == 0) & pl.col(column).is_in(parents.implode()),
            ),
            ("pathway_to_stop_with_access_outside_of_station_pathways", pl.col("stop_access") == 1),
        ):
            rows = at.filter(wrong)
            if rows.height:
                shown = rows.select(ROW, pl.col(column).alias(VALUE), pathwayId="pathway_id")
                yield Hits(code, "pathways.txt", column, shown)
    both = pl.concat(
        [
            paths.select(stop_id="from_stop_id", other="to_stop_id", mode="pathway_mode"),
            paths.select(stop_id="to_stop_id", other="from_stop_id", mode="pathway_mode"),
        ]
    ).drop_nulls("stop_id")
    ends_of = (
        both.filter(pl.col("stop_id") != pl.col("other"))
        .group_by("stop_id")
        .agg(pl.col("other").n_unique())
    )
    nodes = stops.filter(pl.col("location_type") == 3).join(ends_of, "stop_id")
    dangling = nodes.filter(pl.col("other") == 1)
    if dangling.height:
        yield Hits(
            "pathway_dangling_generic_node",
            "stops.txt",
            "stop_id",
            dangling.select(ROW, stopId="stop_id"),
        )
    lifts = both.filter(pl.col("mode") == 5)["stop_id"].unique()
    flat = stops.filter(pl.col("stop_id").is_in(lifts.implode()) & pl.col("level_id").is_null())
    if flat.height:
        yield Hits("missing_level_id", "stops.txt", "level_id", flat.select(ROW, stopId="stop_id"))


RULES = (distance, ends, in_seat, pathways)
