"""The line that a run draws on the map between two of its calls."""

from functools import lru_cache

import numpy as np

from maas.core.columns import Float64s, Int64s
from routing.boards.index import BoardIndex
from routing.boards.runs import Run


def ride_line(index: BoardIndex, run: Run, first: int, last: int) -> Float64s:
    """
    Return the line between two calls as rows of latitude and longitude in degrees.

    The shape of the trip where the feed has one, else straight lines between the stops. Stops
    without coordinates are left out.
    """
    if run.first_call >= 0:
        shape = int(index.network.trips.shape[run.key.trip])
        if shape >= 0:
            cuts = _cuts(index, shape, run.first_call, len(run))
            if cuts is not None and cuts[first] < cuts[last]:
                begin = int(index.network.shapes.point_start[shape])
                rows = slice(begin + int(cuts[first]), begin + int(cuts[last]) + 1)
                shapes = index.network.shapes
                return np.column_stack((shapes.lat[rows], shapes.lon[rows]))
    stops = np.asarray(run.stop[first : last + 1])
    line = np.column_stack((index.network.stops.lat[stops], index.network.stops.lon[stops]))
    known: Float64s = line[~np.isnan(line).any(axis=1)]
    return known


@lru_cache(maxsize=4096)
def _cuts(index: BoardIndex, shape: int, first_call: int, calls: int) -> Int64s | None:
    """Return the point of the shape at which each call lies, ascending; None for no shape."""
    shapes = index.network.shapes
    points = slice(int(shapes.point_start[shape]), int(shapes.point_start[shape + 1]))
    lat = np.asarray(shapes.lat[points], np.float64)
    lon = np.asarray(shapes.lon[points], np.float64)
    if len(lat) < 2:
        return None
    rows = slice(first_call, first_call + calls)
    along = np.asarray(shapes.distance[points], np.float64)
    at = np.asarray(index.network.calls.shape_distance[rows], np.float64)
    if not np.isnan(along).any() and not np.isnan(at).any() and along[-1] > along[0]:
        found = np.clip(np.searchsorted(along, at), 0, len(along) - 1)
        return np.maximum.accumulate(found).astype(np.int64)
    stops = np.asarray(index.network.calls.stop[rows])
    return _nearest_in_order(
        lat,
        lon,
        np.asarray(index.network.stops.lat)[stops],
        np.asarray(index.network.stops.lon)[stops],
    )


def _nearest_in_order(
    lat: Float64s, lon: Float64s, stop_lat: Float64s, stop_lon: Float64s
) -> Int64s:
    """
    Return for each stop a point of the line, never going back, with the least squares in sum.

    Dynamic programming over stops and points: the best way to end at point j is to come from
    the best point up to j, so a line that crosses itself is followed the right way round.
    """
    east = np.cos(np.radians(lat.mean()))
    total = np.zeros(len(lat))
    came_from = np.zeros((len(stop_lat), len(lat)), np.int64)
    order = np.arange(len(lat))
    for row, (at_lat, at_lon) in enumerate(zip(stop_lat, stop_lon, strict=True)):
        best = np.minimum.accumulate(total)
        improves = np.concatenate(([True], total[1:] < best[:-1]))
        came_from[row] = np.maximum.accumulate(np.where(improves, order, 0))
        squares = (lat - at_lat) ** 2 + ((lon - at_lon) * east) ** 2
        total = best + np.nan_to_num(squares)
    cuts = np.zeros(len(stop_lat), np.int64)
    end = int(total.argmin())
    for row in range(len(stop_lat) - 1, -1, -1):
        cuts[row] = end
        end = int(came_from[row, end])
    return cuts
