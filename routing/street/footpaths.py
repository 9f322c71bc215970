"""
Walks between stops: all within half a kilometre, further only where that opens a new line.

A change of vehicles may need a longer walk (from a pier to the station), but linking everything
within 1,500 m would give a city millions of useless pairs. So beyond 500 m a stop is linked only if
it is the nearest one where some line (a route in one direction) can be boarded. Stops of one place
are always linked. Nothing is linked across known water, and never a stop without coordinate.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from maas.core.columns import Float32s, Float64s, Int32s, Int64s
from maas.core.geo import distance_m
from maas.core.near import near_pairs
from maas.core.network import Network
from routing.kernel.jit import SOURCES, kernel
from routing.street.barriers import Water, ferry_barriers, known_water, reachable_lines, walkable
from routing.timetable.column_file import Columns, shared_columns
from routing.timetable.rows import pair_order

Bools = npt.NDArray[np.bool_]
WALK_MPS: Final = 1.2
"""Walking speed of the network's own footpaths; a search scales them to the traveller's."""
_KEPT: Final = 2
"""Tables on a shelf."""
_LARGEST_PLACE: Final = 256
"""A place with more stops is linked by distance only."""


@dataclass(frozen=True, slots=True)
class FootpathOptions:
    """How far people walk between stops."""

    near_m: float = 500.0
    """Beeline within which all stops are linked."""
    far_m: float = 1500.0
    """Beeline within which a stop is linked if it opens a line."""
    detour: float = 1.3
    """Streets are longer than beelines."""
    water: Water | None = None
    """What cannot be walked across; None: the table of the package and the network's ferries."""


@dataclass(frozen=True, slots=True)
class WalkTable:
    """Walks between rows of `Network.stops`, both ways, ordered by `from_stop`, `to_stop`."""

    from_stop: Int32s
    to_stop: Int32s
    metres: Float32s
    """Along the streets as estimated: beeline × detour."""

    def seconds(self, walk_mps: float = WALK_MPS) -> Int32s:
        """Return how long each walk takes."""
        whole: Int32s = np.rint(self.metres / walk_mps).astype(np.int32)
        return whole

    def starts(self, stops: int) -> Int64s:
        """Return the CSR offsets: the walks from stop s are rows `starts[s]:starts[s + 1]`."""
        return np.searchsorted(self.from_stop, np.arange(stops + 1)).astype(np.int64)


def footpaths(
    network: Network, options: FootpathOptions | None = None, shelf: Path | None = None
) -> WalkTable:
    """
    Return the walks between the stops at which a vehicle calls.

    Args:
        network: Whose stops they are.
        options: How far people walk.
        shelf: Where the last tables are kept: where no stop and no line has changed, nor the
            water, the same table is taken.
    """
    options = options or FootpathOptions()
    served = np.unique(network.calls.stop).astype(np.int64)
    water = options.water
    if water is None:
        known = known_water()
        water = Water((*known.barriers, *ferry_barriers(network)), known.crossings)
    lines = reachable_lines(network)
    columns = shared_columns(
        shelf / _digest(network, served, lines, (options, water)) if shelf else None,
        lambda: _walks(network, served, lines, options, water),
        _KEPT,
    )
    return WalkTable(columns["from_stop"], columns["to_stop"], columns["metres"])


def _digest(network: Network, served: Int64s, lines: tuple[Int32s, Int32s], more: object) -> str:
    """Return what tells all that the walks follow from, this code included, from any other."""
    stops = network.stops
    digest = sha256(f"{SOURCES} {len(stops.id)} {more!r}".encode())
    for column in (served, stops.lat[served], stops.lon[served], stops.place[served], *lines):
        digest.update(f"{column.dtype} {len(column)} ".encode())
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()[:24]


def _walks(
    network: Network,
    served: Int64s,
    lines: tuple[Int32s, Int32s],
    options: FootpathOptions,
    water: Water,
) -> Columns:
    lat, lon = network.stops.lat[served], network.stops.lon[served]
    a, b, metres = near_pairs(lat, lon, options.near_m, at_most=512)
    metres = walkable(lat, lon, (a, b, metres), water)
    close = metres <= max(options.near_m, options.far_m)
    parts = [(a[close], b[close], metres[close]), _within_places(network, served)]
    if options.far_m > options.near_m:
        parts.append(_opening((lat, lon), served, lines, options, water))
    a, b, metres = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    # both ways, and of two walks between the same stops the shorter
    source = np.concatenate([served[a], served[b]])
    target = np.concatenate([served[b], served[a]])
    metres = np.concatenate([metres, metres])
    order = pair_order(source, target, len(network.stops.id))
    source, target, metres = source[order], target[order], metres[order]
    first = np.flatnonzero(np.diff(source, prepend=-1) | np.diff(target, prepend=-1))
    shortest = np.minimum.reduceat(metres, first) if len(first) else metres
    return {
        "from_stop": source[first].astype(np.int32),
        "to_stop": target[first].astype(np.int32),
        "metres": (shortest * options.detour).astype(np.float32),
    }


def _within_places(network: Network, served: Int64s) -> tuple[Int64s, Int64s, Float64s]:
    """Return the pairs of stops of one place, whatever lies between them."""
    lat, lon = network.stops.lat[served], network.stops.lon[served]
    place = network.stops.place[served]
    order = np.argsort(place, kind="stable")
    order = order[~np.isnan(lat[order])]
    begins = np.flatnonzero(np.diff(place[order], prepend=-2))
    ends = np.append(begins, len(order))[1:]
    size = ends - begins
    # every stop of a place with each that follows it
    left = np.repeat(ends, size) - np.arange(len(order)) - 1
    left[np.repeat(size > _LARGEST_PLACE, size)] = 0
    first = np.repeat(np.arange(len(order)), left)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(left) - left, left)
    a, b = order[first], order[second]
    return a, b, distance_m(lat[a], lon[a], lat[b], lon[b])


def _opening(
    place: tuple[Float64s, Float64s],
    served: Int64s,
    lines: tuple[Int32s, Int32s],
    options: FootpathOptions,
    water: Water,
) -> tuple[Int64s, Int64s, Float64s]:
    """Return the longer walks that lead to the nearest stop of some line."""
    lat, lon = place
    line = lines[1]
    stop = np.searchsorted(served, lines[0]).astype(np.int32)
    line_start = np.searchsorted(stop, np.arange(len(served) + 1)).astype(np.int64)
    a, b, metres = near_pairs(lat, lon, options.far_m, at_most=512)
    metres = walkable(lat, lon, (a, b, metres), water)
    good = metres <= options.far_m
    a, b, metres = a[good], b[good], metres[good]
    opens = np.zeros((len(a), 2), np.bool_)
    _mark_opening(a, b, metres, options.near_m, line_start, line, opens)
    there, back = opens[:, 0], opens[:, 1]
    return (
        np.concatenate([a[there], b[back]]),
        np.concatenate([b[there], a[back]]),
        np.concatenate([metres[there], metres[back]]),
    )


@kernel
def _mark_opening(
    a: Int64s,
    b: Int64s,
    metres: Float64s,
    near_m: float,
    line_start: Int64s,
    line: Int32s,
    opens: Bools,
) -> None:
    """
    Mark the pairs beyond `near_m` that lead to the nearest stop of some line.

    Column 0 is the way from a to b, 1 from b to a; of equally near stops the first counts.
    """
    stops = line_start.size - 1
    start = np.zeros(stops + 2, np.int64)
    for pair in range(a.size):
        start[a[pair] + 2] += 1
        start[b[pair] + 2] += 1
    for stop in range(stops):
        start[stop + 2] += start[stop + 1]
    # Pairs come by (a, b), a < b: first those with a smaller stop, then those with a larger one.
    entry = np.empty(2 * a.size, np.int64)
    for side in range(2):
        for pair in range(a.size):
            stop = b[pair] if side == 0 else a[pair]
            entry[start[stop + 1]] = pair
            start[stop + 1] += 1
    seen = np.full(line.max() + 1 if line.size else 0, -1, np.int32)
    for stop in range(stops):
        for at in range(line_start[stop], line_start[stop + 1]):
            seen[line[at]] = stop
        own = entry[start[stop] : start[stop + 1]]
        far = own[metres[own] > near_m]
        for pair in own[metres[own] <= near_m]:
            other = a[pair] + b[pair] - stop
            for at in range(line_start[other], line_start[other + 1]):
                seen[line[at]] = stop
        for place in np.argsort(metres[far], kind="mergesort"):
            pair = far[place]
            other = a[pair] + b[pair] - stop
            fresh = False
            for at in range(line_start[other], line_start[other + 1]):
                if seen[line[at]] != stop:
                    seen[line[at]] = stop
                    fresh = True
            if fresh:
                opens[pair, 0 if stop == a[pair] else 1] = True
