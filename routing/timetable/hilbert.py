"""Numbering along a Hilbert curve: near on the ground, near in memory."""

import numpy as np

from maas.core.columns import Float64s, Int64s

BITS = 16


def hilbert_keys(lat: Float64s, lon: Float64s) -> Int64s:
    """
    Return the position of each point along the curve over the bounding box of all.

    Points without coordinates come last. The classic bit loop of the curve (Hilbert 1891, in
    the form xy → d), for all points at once.
    """
    known = np.isfinite(lat) & np.isfinite(lon)
    keys = np.full(len(lat), 1 << (2 * BITS), np.int64)
    if not known.any():
        return keys
    x = _scaled(lon[known])
    y = _scaled(lat[known])
    distance = np.zeros(len(x), np.int64)
    side = 1 << (BITS - 1)
    while side > 0:
        right = ((x & side) > 0).astype(np.int64)
        upper = ((y & side) > 0).astype(np.int64)
        distance += side * side * ((3 * right) ^ upper)
        flip = (upper == 0) & (right == 1)
        x, y = np.where(flip, side - 1 - x, x), np.where(flip, side - 1 - y, y)
        x, y = np.where(upper == 0, y, x), np.where(upper == 0, x, y)
        mask = max(side - 1, 0)
        x, y = x & mask, y & mask
        side >>= 1
    keys[known] = distance
    return keys


def _scaled(values: Float64s) -> Int64s:
    low, high = float(values.min()), float(values.max())
    scaled = (values - low) / max(high - low, 1e-9) * ((1 << BITS) - 1)
    return scaled.astype(np.int64)
