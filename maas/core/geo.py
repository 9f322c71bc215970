"""Distances on the ground."""

import math
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius (IUGG)."""

Degrees = TypeVar("Degrees", float, npt.NDArray[np.float64])


def distance_m(lat_a: Degrees, lon_a: Degrees, lat_b: Degrees, lon_b: Degrees) -> Degrees:
    """Return the great-circle distance in metres (haversine); arrays are taken elementwise."""
    if isinstance(lat_a, float):
        # Of single points most of the time would go into making arrays of one number.
        rise = math.sin(math.radians(lat_b - lat_a) / 2) ** 2
        turn = math.sin(math.radians(lon_b - lon_a) / 2) ** 2
        half = rise + math.cos(math.radians(lat_a)) * math.cos(math.radians(lat_b)) * turn
        return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(half, 1.0)))
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half = (
        np.sin((phi_b - phi_a) / 2) ** 2
        + np.cos(phi_a) * np.cos(phi_b) * np.sin(np.radians(lon_b - lon_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))  # type: ignore[no-any-return]
