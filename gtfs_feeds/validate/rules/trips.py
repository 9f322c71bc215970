"""Trips and their calls: order, times, use."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.calls import NONE, Calls
from gtfs_feeds.validate.findings import VALUE, Hits
from gtfs_feeds.validate.inspection import Inspection
from maas.core.columns import Int64s
from maas.core.servicetime import format_seconds

FILE: Final = "stop_times.txt"
Flags = npt.NDArray[np.bool_]


def clock_text(seconds: Int64s) -> list[str | None]:
    """Return times as people write them, None where there is none."""
    return [None if second == NONE else format_seconds(second) for second in seconds.tolist()]


def _trip_ids(calls: Calls, at: Int64s) -> pl.Series:
    return calls.trip_ids.gather(calls.trip[at]) if len(at) else pl.Series([], dtype=pl.String)


def edges(feed: Inspection) -> Iterator[Hits]:
    """Report first and last calls without times, and calls with half of them."""
    times = feed.text("stop_times").select(
        ROW,
        "trip_id",
        "stop_id",
        "arrival_time",
        "departure_time",
        "timepoint",
        has_window=pl.col("start_pickup_drop_off_window").is_not_null()
        | pl.col("end_pickup_drop_off_window").is_not_null(),
    )
    given = times.filter(pl.col("arrival_time").is_null() != pl.col("departure_time").is_null())
    for column in ("arrival_time", "departure_time"):
        half = given.filter(pl.col(column).is_null())
        if half.height:
            yield Hits(
                "stop_time_with_only_arrival_or_departure_time", FILE, column, half.select(ROW)
            )
    calls = feed.calls
    ends = np.unique(np.concatenate([calls.start[:-1], calls.start[1:] - 1]))
    edge = times.filter(pl.col(ROW).is_in(pl.Series(calls.row[ends]).implode()))
    edge = edge.filter(~pl.col("has_window"))
    for column in ("arrival_time", "departure_time"):
        open_ended = edge.filter(pl.col(column).is_null())
        if open_ended.height:
            yield Hits("missing_trip_edge", FILE, column, open_ended.select(ROW))
    for column in ("arrival_time", "departure_time"):
        exact = times.filter((pl.col("timepoint") == "1") & pl.col(column).is_null())
        if exact.height:
            yield Hits("stop_time_timepoint_without_times", FILE, column, exact.select(ROW))
    if feed.has_column("stop_times", "timepoint"):
        open_point = times.filter(
            pl.col("timepoint").is_null()
            & (pl.col("arrival_time").is_not_null() | pl.col("departure_time").is_not_null())
        )
        if open_point.height:
            yield Hits("missing_timepoint_value", FILE, "timepoint", open_point.select(ROW))


def backwards(feed: Inspection) -> Iterator[Hits]:
    """Report calls that the vehicle reaches before it left the call before."""
    calls = feed.calls
    if len(calls.row) < 2:
        return
    left = np.where(calls.departure_s == NONE, 0, np.arange(len(calls.row)))
    # The last departure that was given, within the same trip.
    last = np.maximum.accumulate(left)
    before = np.concatenate([[0], last[:-1]])
    known = (calls.trip[before] == calls.trip) & (calls.departure_s[before] != NONE) & calls.follows
    wrong = np.flatnonzero(
        known & (calls.arrival_s != NONE) & (calls.arrival_s < calls.departure_s[before])
    )
    if len(wrong):
        rows = pl.DataFrame(
            {
                ROW: calls.row[wrong],
                VALUE: clock_text(calls.arrival_s[wrong]),
                "prevCsvRowNumber": calls.row[before[wrong]],
                "departureTime": clock_text(calls.departure_s[before[wrong]]),
            }
        )
        yield Hits(
            "stop_time_with_arrival_before_previous_departure_time", FILE, "arrival_time", rows
        )


def distances(feed: Inspection) -> Iterator[Hits]:
    """Report calls whose shape_dist_traveled does not grow."""
    calls = feed.calls
    with_stop = np.flatnonzero(calls.stop != NONE)
    trip, dist = calls.trip[with_stop], calls.dist[with_stop]
    if len(trip) < 2 or np.isnan(dist).all():
        return
    wrong = np.flatnonzero((trip[1:] == trip[:-1]) & (dist[1:] <= dist[:-1])) + 1
    if len(wrong):
        at, before = with_stop[wrong], with_stop[wrong - 1]
        rows = pl.DataFrame(
            {
                ROW: calls.row[at],
                VALUE: [f"{value:g}" for value in calls.dist[at]],
                "prevCsvRowNumber": calls.row[before],
                "prevShapeDistTraveled": calls.dist[before],
            }
        )
        yield Hits("decreasing_or_equal_stop_time_distance", FILE, "shape_dist_traveled", rows)


def order(feed: Inspection) -> Iterator[Hits]:
    """Report trips whose calls are scattered or not in order in the file: once for each trip."""
    calls = feed.frame("stop_times").select(ROW, "trip_id", "stop_sequence").drop_nulls("trip_id")
    if calls.height < 2:
        return
    calls = calls.with_columns(block=pl.col("trip_id").rle_id())
    same = pl.col("block") == pl.col("block").shift(1)
    falls = same & (pl.col("stop_sequence") <= pl.col("stop_sequence").shift(1))
    begins = calls.filter((pl.col("block") != pl.col("block").shift(1)).fill_null(value=True))
    scattered = begins.filter(~pl.col("trip_id").is_first_distinct())
    wrong = pl.concat([calls.filter(falls), scattered]).sort(ROW)
    wrong = wrong.unique("trip_id", keep="first", maintain_order=True)
    if wrong.height:
        shown = wrong.select(
            ROW, pl.col("stop_sequence").cast(pl.String).alias(VALUE), tripId="trip_id"
        )
        yield Hits("unsorted_stop_times", FILE, "stop_sequence", shown)


def use(feed: Inspection) -> Iterator[Hits]:
    """Report trips without calls, and trips that can carry nobody."""
    if not feed.has("stop_times"):
        return
    calls, trips = feed.calls, feed.frame("trips").filter(pl.col("trip_id").is_not_null())
    counted = pl.DataFrame({"trip_id": calls.trip_ids, "calls": calls.length})
    counted = trips.join(counted, "trip_id", "left", maintain_order="left")
    for code, wrong in (
        ("unused_trip", pl.col("calls").is_null()),
        ("unusable_trip", pl.col("calls").fill_null(0) <= 1),
    ):
        rows = counted.filter(wrong)
        if rows.height:
            yield Hits(code, "trips.txt", "trip_id", rows.select(ROW, tripId="trip_id"))
    single = counted.filter(pl.col("calls") == 1)["trip_id"]
    lone = feed.frame("stop_times").filter(
        pl.col("start_pickup_drop_off_window").is_not_null()
        & pl.col("end_pickup_drop_off_window").is_not_null()
        & (pl.col("pickup_type") == 2)
        & (pl.col("drop_off_type") == 2)
        & pl.col("trip_id").is_in(single.implode())
    )
    if lone.height:
        yield Hits("missing_stop_times_record", FILE, "trip_id", lone.select(ROW, tripId="trip_id"))


def _with_none(texts: pl.Series) -> npt.NDArray[np.object_]:
    """Return texts in small letters, with None at the end, where the index `NONE` leads."""
    return np.array([*texts.str.to_lowercase().to_list(), None], object)


def headsigns(feed: Inspection) -> Iterator[Hits]:
    """Report trips whose headsign is the name of a stop on the way, not of the last one."""
    calls, stops = feed.calls, feed.stops
    trips = feed.trips.select("trip_headsign", ROW, "trip_id")
    if not len(calls.row) or not trips["trip_headsign"].count():
        return
    names = _with_none(stops["stop_name"])[calls.stop]
    signs = _with_none(trips["trip_headsign"])
    per_trip = signs[calls.in_trips]
    last = calls.start[1:] - 1
    circular = calls.stop[last] == calls.stop[calls.start[:-1]]
    is_last = np.zeros(len(calls.row), bool)
    is_last[last] = True
    sign = per_trip[calls.trip]
    wrong = np.flatnonzero(
        (names == sign) & (sign != None) & ~is_last & ~circular[calls.trip]  # noqa: E711
    )
    if len(wrong):
        rows = pl.DataFrame(
            {
                ROW: trips[ROW].gather(calls.in_trips[calls.trip[wrong]]),
                VALUE: trips["trip_headsign"].gather(calls.in_trips[calls.trip[wrong]]),
                "tripId": _trip_ids(calls, wrong),
                "stopId": stops["stop_id"].gather(calls.stop[wrong]),
                "stopSequence": calls.sequence[wrong],
            }
        )
        yield Hits("trip_headsign_matches_intermediate_stop", "trips.txt", "trip_headsign", rows)


def bikes(feed: Inspection) -> Iterator[Hits]:
    """Report ferry trips that do not say whether bicycles may come."""
    rows = feed.trips.filter(
        (pl.col("route_type") == 4) & (pl.col("bikes_allowed").fill_null(0) == 0)
    )
    if rows.height:
        shown = rows.select(ROW, tripId="trip_id", routeId="route_id")
        yield Hits("missing_bike_allowance", "trips.txt", "bikes_allowed", shown)


def frequencies(feed: Inspection) -> Iterator[Hits]:
    """Report frequencies of one trip that overlap."""
    rows = feed.frame("frequencies").drop_nulls(["trip_id", "start_time", "end_time"])
    rows = rows.sort("trip_id", "start_time", "end_time").with_columns(
        before=pl.col("end_time").shift(1).over("trip_id"),
        prevCsvRowNumber=pl.col(ROW).shift(1).over("trip_id"),
    )
    wrong = rows.filter(pl.col("start_time") < pl.col("before"))
    if wrong.height:
        shown = wrong.select(ROW, "prevCsvRowNumber", tripId="trip_id")
        yield Hits("overlapping_frequency", "frequencies.txt", "start_time", shown)


RULES = (edges, backwards, distances, order, use, headsigns, bikes, frequencies)
