"""
Walks between stops: all within half a kilometre, further only where that opens a new line.

A change of vehicles may need a longer walk (from a pier to the station), but linking everything
within 1,500 m would give a city millions of useless pairs. So beyond 500 m a stop is linked only if
it is the nearest one where some line (a route in one direction) can be boarded. Stops of one place
are always linked. Nothing is linked across known water, and never a stop without coordinate.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from maas.core.columns import Float32s, Float64s, Int32s, Int64s
from maas.core.geo import distance_m
from maas.core.near import near_pairs
from maas.core.network import Network
from routing.street.barriers import Water, ferry_barriers, known_water, reachable_lines, walkable

WALK_MPS: Final = 1.2
"""Walking speed of the network's own footpaths; a search scales them to the traveller's."""
_LARGEST_PLACE: Final = 256
"""A place with more stops is linked by distance only."""
_CANDIDATES: Final = 4_000_000
"""Pairs of stop and line looked at in one go; bounds the memory."""


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


def footpaths(network: Network, options: FootpathOptions | None = None) -> WalkTable:
    """Return the walks between the stops at which a vehicle calls."""
    options = options or FootpathOptions()
    served = np.unique(network.calls.stop).astype(np.int64)
    lat, lon = network.stops.lat[served], network.stops.lon[served]
    water = options.water
    if water is None:
        known = known_water()
        water = Water((*known.barriers, *ferry_barriers(network)), known.crossings)
    a, b, metres = near_pairs(lat, lon, options.near_m, at_most=512)
    metres = walkable(lat, lon, (a, b, metres), water)
    close = metres <= max(options.near_m, options.far_m)
    parts = [(a[close], b[close], metres[close]), _within_places(network, served)]
    if options.far_m > options.near_m:
        parts.append(_opening(network, served, options, water))
    a, b, metres = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    # both ways, and of two walks between the same stops the shorter
    source = np.concatenate([served[a], served[b]])
    target = np.concatenate([served[b], served[a]])
    metres = np.concatenate([metres, metres])
    order = np.lexsort((metres, target, source))
    source, target, metres = source[order], target[order], metres[order]
    first = np.ones(len(source), np.bool_)
    first[1:] = (np.diff(source) != 0) | (np.diff(target) != 0)
    return WalkTable(
        source[first].astype(np.int32),
        target[first].astype(np.int32),
        (metres[first] * options.detour).astype(np.float32),
    )


def _within_places(network: Network, served: Int64s) -> tuple[Int64s, Int64s, Float64s]:
    """Return the pairs of stops of one place, whatever lies between them."""
    lat, lon = network.stops.lat[served], network.stops.lon[served]
    place = network.stops.place[served]
    order = np.argsort(place, kind="stable")
    order = order[~np.isnan(lat[order])]
    begins = np.flatnonzero(np.diff(place[order], prepend=-2))
    ends = np.append(begins[1:], len(order))
    lows, highs = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        if 2 <= end - begin <= _LARGEST_PLACE:
            first, second = np.triu_indices(end - begin, 1)
            lows.append(order[begin + first])
            highs.append(order[begin + second])
    a, b = np.concatenate(lows), np.concatenate(highs)
    return a, b, distance_m(lat[a], lon[a], lat[b], lon[b])


def _opening(
    network: Network, served: Int64s, options: FootpathOptions, water: Water
) -> tuple[Int64s, Int64s, Float64s]:
    """Return the longer walks that lead to the nearest stop of some line."""
    lat, lon = network.stops.lat[served], network.stops.lon[served]
    stop, line = reachable_lines(network)
    stop = np.searchsorted(served, stop).astype(np.int32)
    line_start = np.searchsorted(stop, np.arange(len(served) + 1))
    lines = int(line.max(initial=-1)) + 1
    a, b, metres = near_pairs(lat, lon, options.far_m, at_most=512)
    metres = walkable(lat, lon, (a, b, metres), water)
    good = metres <= options.far_m
    a, b, metres = a[good], b[good], metres[good]
    own = np.arange(len(served))
    source = np.concatenate([own, a, b])
    target = np.concatenate([own, b, a])
    metres = np.concatenate([np.zeros(len(own)), metres, metres])
    order = np.lexsort((target, metres, source))
    source, target, metres = source[order], target[order], metres[order]
    per_pair = np.diff(line_start)[target]
    kept: list[Int64s] = []
    begin = 0
    cumulated = np.concatenate([[0], np.cumsum(per_pair)])
    source_start = np.searchsorted(source, np.arange(len(served) + 1))
    stop_at = 0
    while stop_at < len(served):
        # as many whole sources as fit the memory
        limit = cumulated[source_start[stop_at]] + _CANDIDATES
        until = int(np.searchsorted(cumulated[source_start], limit, "right")) - 1
        until = min(max(until, stop_at + 1), stop_at + max(_CANDIDATES // max(lines, 1), 1))
        begin, end = int(source_start[stop_at]), int(source_start[until])
        count = per_pair[begin:end]
        pair = np.repeat(np.arange(begin, end), count)
        within = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
        reached = line[np.repeat(line_start[target[begin:end]], count) + within]
        key = (source[pair] - stop_at) * lines + reached
        # the nearest stop of each line: written last, so it stays (pairs are ordered by distance)
        nearest = np.full((until - stop_at) * lines, -1, np.int64)
        nearest[key[::-1]] = pair[::-1]
        kept.append(np.unique(nearest[nearest >= 0]))
        stop_at = until
    rows = np.concatenate(kept) if kept else np.zeros(0, np.int64)
    rows = rows[metres[rows] > options.near_m]
    return source[rows], target[rows], metres[rows]
