"""
Where the stops of a trip lie along its shape.

The method is the canonical validator's (StopToShapeMatcher): every local minimum of the distance
within reach is a candidate, and the cheapest sequence of candidates that never goes back is taken.
Distances are on a plane tangent at the middle of the shape, which is exact to a per mille at the
size of a bus line.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from maas.core.columns import Float64s
from maas.core.geo import EARTH_RADIUS_M

REACH_M: Final = 100.0
REACH_LARGE_M: Final = 400.0
"""At the first and last stop of rail trips, where shapes often end short of the platform."""
ROUNDING_M: Final = 1e-6
"""Less is no movement: the corner of two segments is computed from both."""
CHUNK_CELLS: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Candidates:
    """Where one stop may lie on a shape: metres along it, and metres away from it."""

    along_m: Float64s
    away_m: Float64s
    nearest_m: float
    """The least distance to the shape, within reach or not."""


def candidates(
    lat: Float64s, lon: Float64s, shape_lat: Float64s, shape_lon: Float64s, reach_m: float
) -> list[Candidates]:
    """Return the candidates of each stop on a shape of at least one point."""
    middle = np.radians(np.mean(shape_lat))
    scale_x, scale_y = np.radians(EARTH_RADIUS_M * np.cos(middle)), np.radians(EARTH_RADIUS_M)
    x, y = shape_lon * scale_x, shape_lat * scale_y
    if len(x) == 1:
        x, y = np.repeat(x, 2), np.repeat(y, 2)
    found: list[Candidates] = []
    step = max(1, CHUNK_CELLS // len(x))
    for begin in range(0, len(lat), step):
        part = slice(begin, begin + step)
        found.extend(_candidates(lon[part] * scale_x, lat[part] * scale_y, x, y, reach_m))
    return found


def _candidates(
    px: Float64s, py: Float64s, x: Float64s, y: Float64s, reach_m: float
) -> list[Candidates]:
    dx, dy = np.diff(x), np.diff(y)
    square = dx**2 + dy**2
    length = np.sqrt(square)
    before = np.concatenate([[0.0], np.cumsum(length)[:-1]])
    from_x, from_y = px[:, None] - x[None, :-1], py[:, None] - y[None, :-1]
    share = np.clip((from_x * dx + from_y * dy) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    away = np.hypot(from_x - share * dx, from_y - share * dy)
    to_end = np.hypot(px[:, None] - x[None, 1:], py[:, None] - y[None, 1:])
    within = away <= reach_m
    leaves = to_end > away + ROUNDING_M
    starts = within.copy()
    # A run goes on unless the shape had moved away and now comes nearer again.
    starts[:, 1:] &= ~within[:, :-1] | (
        leaves[:, :-1] & (away[:, 1:] < to_end[:, :-1] - ROUNDING_M)
    )
    nearest = away.min(axis=1)
    rows, columns = np.nonzero(within)
    begins = starts[rows, columns]
    run = np.cumsum(begins) - 1
    near = away[rows, columns]
    if len(near):
        least = np.minimum.reduceat(near, np.flatnonzero(begins))
        hits = np.flatnonzero(near == least[run])
        # The first of equally near segments, as walking along the shape would find it.
        best = hits[np.diff(run[hits], prepend=-1) > 0]
        rows, columns, near = rows[best], columns[best], near[best]
    along = before[columns] + share[rows, columns] * length[columns]
    bounds = np.searchsorted(rows, np.arange(len(px) + 1))
    return [
        Candidates(along[begin:end], near[begin:end], float(nearest[at]))
        for at, (begin, end) in enumerate(pairwise(bounds.tolist()))
    ]


def first_out_of_order(sequence: list[Candidates]) -> tuple[int, float] | None:
    """
    Return the first position that no forward sequence of candidates reaches, and where it is.

    Every stop of `sequence` has at least one candidate. None where all fit.
    """
    if all(len(here.along_m) == 1 for here in sequence):
        places = np.concatenate([here.along_m for here in sequence])
        back = np.flatnonzero(np.diff(places) < 0)
        return (int(back[0]) + 1, float(places[back[0] + 1])) if len(back) else None
    reached = sequence[0].along_m
    score = sequence[0].away_m
    for position in range(1, len(sequence)):
        here = sequence[position]
        # For each candidate the best earlier one that is not further along.
        feasible = np.where(reached[None, :] <= here.along_m[:, None], score[None, :], np.inf)
        best = feasible.min(axis=1)
        ok = np.isfinite(best)
        if not ok.any():
            return position, float(here.along_m[np.argmin(here.away_m)])
        reached, score = here.along_m[ok], best[ok] + here.away_m[ok]
    return None
