"""The line that a run draws on the map between two of its calls, and how lines are written."""

from functools import lru_cache
from typing import Final

import numpy as np

from maas.core.columns import Float64s, Int64s, UInt8s
from routing.boards.index import BoardIndex
from routing.boards.runs import Run
from routing.kernel.jit import kernel

MOST_CHARS: Final = 13
"""Of one number of 64 bits, five bits a character."""


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
                return _points(shapes.lat[rows], shapes.lon[rows])
    stops = np.asarray(run.stop[first : last + 1])
    line = _points(index.network.stops.lat[stops], index.network.stops.lon[stops])
    return line[~np.isnan(line).any(axis=1)] if np.isnan(line.sum()) else line


def _points(lat: Float64s, lon: Float64s) -> Float64s:
    line = np.empty((len(lat), 2))
    line[:, 0], line[:, 1] = lat, lon
    return line


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
        float(np.cos(np.radians(lat.mean()))),
    )


@kernel
def _nearest_in_order(
    lat: Float64s, lon: Float64s, stop_lat: Float64s, stop_lon: Float64s, east: float
) -> Int64s:
    """
    Return for each stop a point of the line, never going back, with the least squares in sum.

    Dynamic programming over stops and points: the best way to end at point j is to come from
    the best point up to j, so a line that crosses itself is followed the right way round. A stop
    without coordinates costs nothing anywhere. `east` is the length of a degree of longitude, that
    of latitude being 1.
    """
    total = np.zeros(len(lat))
    came_from = np.zeros((len(stop_lat), len(lat)), np.int32)
    for row in range(len(stop_lat)):
        best, best_at = total[0], 0
        for point in range(len(lat)):
            if total[point] < best:
                best, best_at = total[point], point
            came_from[row, point] = best_at
            north = lat[point] - stop_lat[row]
            square = north * north + ((lon[point] - stop_lon[row]) * east) ** 2
            total[point] = best + (0.0 if np.isnan(square) else square)
    cuts = np.zeros(len(stop_lat), np.int64)
    end = int(total.argmin())
    for row in range(len(stop_lat) - 1, -1, -1):
        cuts[row] = end
        end = came_from[row, end]
    return cuts


def encode(line: Float64s, precision: int) -> str:
    """
    Return rows of latitude and longitude as an encoded polyline.

    Google's Encoded Polyline Algorithm Format: differences to the point before, rounded to
    `precision` decimals, zigzag-coded, in groups of five bits of which the lowest comes first.
    """
    chars = np.empty(2 * MOST_CHARS * len(line), np.uint8)
    used = _encode(np.ascontiguousarray(line, np.float64), 10.0**precision, chars)
    return chars[:used].tobytes().decode()


@kernel
def _encode(line: Float64s, scale: float, chars: UInt8s) -> int:
    """Write the characters of a line; return how many there are."""
    at = 0
    before = np.zeros(2, np.int64)
    for row in range(line.shape[0]):
        for column in range(2):
            value = np.int64(np.rint(line[row, column] * scale))
            step = value - before[column]
            before[column] = value
            rest = ~(step << 1) if step < 0 else step << 1
            while rest >= 0x20:
                chars[at] = (rest & 0x1F | 0x20) + 63
                at += 1
                rest >>= 5
            chars[at] = rest + 63
            at += 1
    return at


def load_kernels() -> None:
    """Load the machine code of lines, so that nobody waits for it who asks for a journey."""
    point = np.zeros(1)
    _nearest_in_order(point, point, point, point, 1.0)
    encode(point.reshape(1, 1).repeat(2, axis=1), 6)
