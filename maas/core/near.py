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
    around it, so a million stops on one spot cost no more than an honest network.
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
    lows: list[Int64s] = []
    highs: list[Int64s] = []
    for dy, dx in ((0, 0), (0, 1), (1, -1), (1, 0), (1, 1)):
        wanted = cell + (dy << _X_BITS) + dx
        begin = np.searchsorted(cell, wanted, "left")
        end = np.searchsorted(cell, wanted, "right")
        if (dy, dx) == (0, 0):
            begin = np.arange(1, len(at) + 1)
        count = np.clip(end - begin, 0, at_most)
        low = np.repeat(np.arange(len(at)), count)
        offset = np.arange(len(low)) - np.repeat(np.cumsum(count) - count, count)
        near = np.repeat(begin, count) + offset
        between = distance_m(lat[at[low]], lon[at[low]], lat[at[near]], lon[at[near]])
        close = between <= metres
        lows.append(at[low][close])
        highs.append(at[near][close])
    a, b = np.concatenate(lows), np.concatenate(highs)
    a, b = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    return a, b, distance_m(lat[a], lon[a], lat[b], lon[b])
