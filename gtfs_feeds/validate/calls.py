"""The calls of a feed in the order of their trips, as numpy columns."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.feed import CheckedFeed
from maas.core.columns import Float64s, Int64s
from maas.core.geo import distance_m

Bools = npt.NDArray[np.bool_]
NONE: Final = -1
"""No time, no stop, no trip."""


@dataclass(frozen=True)
class Calls:
    """
    Every call with a trip_id, sorted by trip (in the order of the file) and stop_sequence.

    All arrays have one entry per call. `stop` and `in_trips` index the rows of `CheckedFeed.stops`
    and `CheckedFeed.trips`; `NONE` where those lack the id.
    """

    feed: CheckedFeed
    row: Int64s
    trip: Int64s
    """Number of the trip_id, in the order of first appearance in stop_times.txt."""
    trip_ids: pl.Series
    """The trip_id of each number."""
    stop: Int64s
    sequence: Int64s
    """`NONE` where it cannot be read."""
    arrival_s: Int64s
    departure_s: Int64s
    dist: Float64s
    """shape_dist_traveled, NaN where it is missing."""
    can_board: Bools
    """Whether pickup_type allows boarding."""
    can_alight: Bools
    """Whether drop_off_type allows alighting."""

    @cached_property
    def start(self) -> Int64s:
        """Where each trip begins, and the number of calls at the end."""
        return np.searchsorted(self.trip, np.arange(len(self.trip_ids) + 1))

    @cached_property
    def length(self) -> Int64s:
        """How many calls each trip has."""
        return np.diff(self.start)

    @cached_property
    def follows(self) -> Bools:
        """Whether the call before this one belongs to the same trip."""
        same = np.zeros(len(self.trip), bool)
        same[1:] = self.trip[1:] == self.trip[:-1]
        return same

    @cached_property
    def in_trips(self) -> Int64s:
        """The row of `CheckedFeed.trips` of each trip number, or `NONE`."""
        known = self.feed.trips.select("trip_id").with_row_index("at")
        rows = self.trip_ids.to_frame("trip_id").join(
            known, "trip_id", "left", maintain_order="left"
        )
        return rows["at"].cast(pl.Int64).fill_null(NONE).to_numpy()

    @cached_property
    def lat(self) -> Float64s:
        """Latitude of the stop or its parent, NaN where unknown."""
        return self._coordinate("lat")

    @cached_property
    def lon(self) -> Float64s:
        """Longitude of the stop or its parent, NaN where unknown."""
        return self._coordinate("lon")

    def _coordinate(self, name: str) -> Float64s:
        values = np.append(
            self.feed.stops[name].cast(pl.Float64).fill_null(np.nan).to_numpy(), np.nan
        )
        return values[self.stop]

    @cached_property
    def leg_m(self) -> Float64s:
        """Metres from the call before; 0 at the start of a trip, NaN where a stop has no place."""
        metres = np.zeros(len(self.trip))
        if len(metres) > 1:
            metres[1:] = distance_m(self.lat[:-1], self.lon[:-1], self.lat[1:], self.lon[1:])
        metres[~self.follows] = 0.0
        return metres


def calls_of(feed: CheckedFeed) -> Calls:
    """Return the calls of a feed."""
    calls = feed.frame("stop_times").filter(pl.col("trip_id").is_not_null())
    trips = calls.select(pl.col("trip_id").unique(maintain_order=True)).with_row_index("trip")
    stops = feed.stops.select("stop_id").with_row_index("stop")
    calls = (
        calls.select(
            ROW,
            "trip_id",
            "stop_id",
            pl.col("stop_sequence").fill_null(NONE),
            pl.col("arrival_time", "departure_time").cast(pl.Int64).fill_null(NONE),
            pl.col("shape_dist_traveled").fill_null(np.nan),
            can_board=pl.col("pickup_type").fill_null(0) != 1,
            can_alight=pl.col("drop_off_type").fill_null(0) != 1,
        )
        .join(trips, "trip_id", "left", maintain_order="left")
        .join(stops, "stop_id", "left", maintain_order="left")
        .with_columns(pl.col("stop").cast(pl.Int64).fill_null(NONE), pl.col("trip").cast(pl.Int64))
    )
    trip, sequence = calls["trip"].to_numpy(), calls["stop_sequence"].to_numpy()
    order = np.lexsort((sequence, trip)) if len(trip) else np.zeros(0, np.int64)
    column = {name: calls[name].to_numpy()[order] for name in calls.columns if "_id" not in name}
    return Calls(
        feed=feed,
        row=column[ROW],
        trip=column["trip"],
        trip_ids=trips["trip_id"],
        stop=column["stop"],
        sequence=column["stop_sequence"],
        arrival_s=column["arrival_time"],
        departure_s=column["departure_time"],
        dist=column["shape_dist_traveled"],
        can_board=column["can_board"],
        can_alight=column["can_alight"],
    )
