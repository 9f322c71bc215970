"""
Vehicles that are faster than any vehicle of their kind.

Thresholds, the one-minute allowance for timetables in whole minutes and the 10 km of far stops are
those of the canonical validator (StopTimeTravelSpeedValidator).
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.calls import NONE, Calls
from gtfs_feeds.validate.findings import LAT, LON, VALUE, Hits
from gtfs_feeds.validate.inspection import Inspection
from maas.core.columns import Float64s, Int64s
from maas.core.geo import distance_m

FASTEST_KMH: Final = {
    0: 100.0,
    1: 150.0,
    2: 500.0,
    3: 150.0,
    4: 80.0,
    5: 30.0,
    6: 50.0,
    7: 50.0,
    11: 150.0,
    12: 150.0,
}
FASTEST_UNKNOWN_KMH: Final = 200.0
EXTENDED_KMH: Final = (
    (100, 200, 500.0),
    (200, 300, 150.0),
    (400, 500, 150.0),
    (700, 900, 150.0),
    (900, 1000, 100.0),
    (1000, 1100, 80.0),
    (1100, 1200, 1000.0),
    (1200, 1300, 80.0),
    (1300, 1500, 50.0),
    (1500, 1600, 150.0),
)
"""
First and last-but-one extended route type (hierarchical vehicle types) and its limit.

The canonical validator takes 200 km/h for all of them, which no aircraft keeps to.
"""
FAR_M: Final = 10_000.0
MINUTE: Final = 60
MOST_CALLS: Final = 500
"""No vehicle is too fast over 10 km only after this many calls; a hostile trip may be longer."""


def fastest_kmh(feed: Inspection) -> Float64s:
    """Return the limit of each trip number; NaN where the trip or its route is unknown."""
    kind = pl.col("route_type")
    limit = kind.replace_strict(FASTEST_KMH, default=FASTEST_UNKNOWN_KMH, return_dtype=pl.Float64)
    for first, beyond, fastest in EXTENDED_KMH:
        limit = pl.when((kind >= first) & (kind < beyond)).then(fastest).otherwise(limit)
    limits = feed.trips.select(limit=pl.when("known_route").then(limit))
    known: Float64s = np.append(limits["limit"].fill_null(np.nan).to_numpy(), np.nan)
    return known[feed.calls.in_trips]


def allowed_seconds(arrival_s: Int64s, departure_s: Int64s) -> Int64s:
    """Return the time between two calls, with a minute more where both are whole minutes."""
    between = arrival_s - departure_s
    whole = (arrival_s % MINUTE == 0) & (departure_s % MINUTE == 0)
    return np.where(between <= 0, MINUTE, between + MINUTE * whole)


def _rows(
    feed: Inspection, calls: Calls, start: Int64s, end: Int64s, metres: Float64s, kmh: Float64s
) -> pl.DataFrame:
    names, ids = feed.stops["stop_name"], feed.stops["stop_id"]
    trips = feed.trips
    at = calls.in_trips[calls.trip[end]]
    return pl.DataFrame(
        {
            ROW: calls.row[end],
            VALUE: [f"{speed:.0f} km/h" for speed in kmh],
            LAT: calls.lat[end],
            LON: calls.lon[end],
            "csvRowNumber1": calls.row[start],
            "tripId": trips["trip_id"].gather(at),
            "routeId": trips["route_id"].gather(at),
            "stopId1": ids.gather(calls.stop[start]),
            "stopName1": names.gather(calls.stop[start]),
            "stopId2": ids.gather(calls.stop[end]),
            "stopName2": names.gather(calls.stop[end]),
            "distanceKm": np.round(metres / 1000, 3),
            "speedKph": np.round(kmh, 1),
        }
    ).sort(ROW)


def consecutive(feed: Inspection) -> Iterator[Hits]:
    """Report pairs of neighbouring calls that no vehicle of the kind can drive in that time."""
    calls, limit = feed.calls, fastest_kmh(feed)
    timed = np.flatnonzero(
        (calls.arrival_s != NONE) & (calls.departure_s != NONE) & ~np.isnan(calls.lat + calls.lon)
    )
    if len(timed) < 2:
        return
    start, end = timed[:-1], timed[1:]
    same = calls.trip[start] == calls.trip[end]
    start, end = start[same], end[same]
    metres = distance_m(calls.lat[start], calls.lon[start], calls.lat[end], calls.lon[end])
    seconds = allowed_seconds(calls.arrival_s[end], calls.departure_s[start])
    kmh = metres * 3.6 / seconds
    wrong = np.flatnonzero(kmh > limit[calls.trip[end]])
    if len(wrong):
        rows = _rows(feed, calls, start[wrong], end[wrong], metres[wrong], kmh[wrong])
        yield Hits("fast_travel_between_consecutive_stops", "stop_times.txt", "arrival_time", rows)


def _suspects(calls: Calls, along: Float64s, limit: Float64s) -> Int64s:
    """
    Return the trips that may be too fast over more than 10 km.

    For an end, the best start is the one with the least 3.6·along − limit·departure among those
    more than 10 km back; without the minute's allowance this can only name too many trips.
    """
    offset = along + calls.trip * (np.nanmax(along, initial=0.0) + 2 * FAR_M)
    far_back = np.searchsorted(offset, offset - FAR_M, side="left") - 1
    speed = limit[calls.trip]
    score = np.where(calls.departure_s == NONE, np.inf, 3.6 * along - speed * calls.departure_s)
    score[np.isnan(score)] = np.inf
    best = (
        pl.DataFrame({"trip": calls.trip, "score": score})
        .select(pl.col("score").cum_min().over("trip"))["score"]
        .to_numpy()
    )
    inside = (far_back >= 0) & (calls.trip[far_back] == calls.trip) & (calls.arrival_s != NONE)
    ahead = 3.6 * along - speed * calls.arrival_s
    return np.unique(calls.trip[inside & (ahead > best[far_back])])


def far(feed: Inspection) -> Iterator[Hits]:
    """Report trips that cover more than 10 km too fast: the first such pair of each trip."""
    calls, limit = feed.calls, fastest_kmh(feed)
    if len(calls.row) < 2:
        return
    legs = np.nan_to_num(calls.leg_m)
    total = np.cumsum(legs)
    along = total - total[calls.start[:-1]][calls.trip]
    suspects = _suspects(calls, along, limit)
    if not len(suspects):
        return
    picked = np.flatnonzero(np.isin(calls.trip, suspects))
    trip = calls.trip[picked]
    best_end = np.full(len(calls.trip_ids), -1)
    best_start = np.full(len(calls.trip_ids), -1)
    for lag in range(1, min(MOST_CALLS, int(calls.length[suspects].max()))):
        end, start = picked[lag:], picked[:-lag]
        metres = along[end] - along[start]
        seconds = allowed_seconds(calls.arrival_s[end], calls.departure_s[start])
        kmh = metres * 3.6 / seconds
        fast = np.flatnonzero(
            (trip[lag:] == trip[:-lag])
            & (metres > FAR_M)
            & (calls.arrival_s[end] != NONE)
            & (calls.departure_s[start] != NONE)
            & (kmh > limit[calls.trip[end]])
        )
        # The canonical rule reports the first end, and for it the nearest start.
        for at in fast.tolist():
            number = calls.trip[end[at]]
            if best_end[number] == -1 or end[at] < best_end[number]:
                best_end[number], best_start[number] = end[at], start[at]
    found = np.flatnonzero(best_end >= 0)
    if len(found):
        start, end = best_start[found], best_end[found]
        metres = along[end] - along[start]
        kmh = metres * 3.6 / allowed_seconds(calls.arrival_s[end], calls.departure_s[start])
        rows = _rows(feed, calls, start, end, metres, kmh)
        yield Hits("fast_travel_between_far_stops", "stop_times.txt", "arrival_time", rows)


RULES = (consecutive, far)
