"""Pairs of near points, found through a grid: no point is compared with all others."""

from typing import Final

import numpy as np

from maas.core.columns import Float64s, Int64s
from maas.core.geo import EARTH_RADIUS_M, distance_m

_METRES_A_DEGREE: Final = np.pi / 180 * EARTH_RADIUS_M
_POLAR: Final = 80.0
"""Beyond this latitude the grid's columns would be useless; no pairs are looked for there."""
_X_BITS: Final = 20
_CELL_BITS: Final = 39
_CANDIDATES: Final = 4_000_000
"""Distances computed in one go."""
_MOST: Final = 25_000_000
"""Pairs looked at in all; ten times those of an honest network of 50,000 stops."""


def near_pairs(
    lat: Float64s,
    lon: Float64s,
    metres: float,
    groups: Int64s | None = None,
    at_most: int = 64,
) -> tuple[Int64s, Int64s, Float64s]:
    """
    Return the pairs i < j of points within `metres` (of the same group), and their distance.

    Points without coordinate are in no pair. `metres` is at least 100, groups count from 0 and
    stay below 16 million. A point is compared with `at_most` others of each of the nine cells
    around it, and with fewer where that would be more than 25 million in all, so a hundred thousand
    stops on one spot cost no more than an honest network.
    """
    assert metres >= 100
    with np.errstate(invalid="ignore"):
        known = np.flatnonzero((np.abs(lat) <= _POLAR) & ~np.isnan(lon))
    if len(known) < 2:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, np.zeros(0)
    # one width for all columns of the grid: that of the point nearest to a pole
    narrow = float(np.cos(np.radians(np.abs(lat[known]).max())))
    y = np.floor((lat[known] + 90) * _METRES_A_DEGREE / metres).astype(np.int64) + 1
    x = np.floor((lon[known] + 180) * _METRES_A_DEGREE * narrow / metres).astype(np.int64) + 1
    cell = (y << _X_BITS) | x
    if groups is not None:
        cell |= groups[known] << _CELL_BITS
    order = np.argsort(cell, kind="stable")
    cell, at = cell[order], known[order]
    ranges: list[tuple[Int64s, Int64s]] = []
    for dy, dx in ((0, 0), (0, 1), (1, -1), (1, 0), (1, 1)):
        wanted = cell + (dy << _X_BITS) + dx
        begin = np.searchsorted(cell, wanted, "left")
        end = np.searchsorted(cell, wanted, "right")
        if (dy, dx) == (0, 0):
            begin = np.arange(1, len(at) + 1)
        ranges.append((begin, np.clip(end - begin, 0, at_most)))
    while at_most > 16 and sum(int(np.minimum(n, at_most).sum()) for _, n in ranges) > _MOST:
        at_most //= 2
    lows: list[Int64s] = []
    highs: list[Int64s] = []
    for begin, far in ranges:
        count = np.minimum(far, at_most)
        # some points at a time: candidates are many more than pairs
        step = max(_CANDIDATES // at_most, 1)
        for block in range(0, len(at), step):
            some = slice(block, block + step)
            low = np.repeat(np.arange(block, min(block + step, len(at))), count[some])
            offset = np.arange(len(low)) - np.repeat(
                np.cumsum(count[some]) - count[some], count[some]
            )
            near = np.repeat(begin[some], count[some]) + offset
            between = distance_m(lat[at[low]], lon[at[low]], lat[at[near]], lon[at[near]])
            close = between <= metres
            lows.append(at[low][close])
            highs.append(at[near][close])
    a, b = np.concatenate(lows), np.concatenate(highs)
    a, b = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    return a, b, distance_m(lat[a], lon[a], lat[b], lon[b])
