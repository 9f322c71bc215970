"""The prefecture of a spot, from the nearest station, port or airport whose prefecture is known."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from gtfs_feeds.merge.handmade import HandPlace
from maas.core.columns import Float64s

FURTHEST_DEGREES: Final = 0.4
"""About 40 km; a spot further from every known one has no prefecture here."""
_CHUNK: Final = 4096


@cache
def _known() -> tuple[Float64s, Float64s, tuple[str, ...]]:
    """Return the spots of the package's table."""
    text = files("gtfs_feeds.merge").joinpath("prefecture_points.csv").read_text("utf-8")
    rows = [line.split(",") for line in text.splitlines() if line and line[0] not in "#p"]
    return (
        np.array([float(row[1]) for row in rows]),
        np.array([float(row[2]) for row in rows]),
        tuple(row[0] for row in rows),
    )


def prefectures_of(lat: Float64s, lon: Float64s, hand: Sequence[HandPlace | None]) -> list[str]:
    """Return the Japanese name of each spot's prefecture, empty where none is near."""
    known_lat, known_lon, names = _known()
    result: list[str] = []
    for begin in range(0, len(lat), _CHUNK):
        some_lat, some_lon = lat[begin : begin + _CHUNK], lon[begin : begin + _CHUNK]
        north = some_lat[:, None] - known_lat
        east = (some_lon[:, None] - known_lon) * np.cos(np.radians(known_lat))
        away = np.nan_to_num(north * north + east * east, nan=np.inf)
        nearest = away.argmin(axis=1)
        close = away[np.arange(len(nearest)), nearest] <= FURTHEST_DEGREES**2
        result += [
            names[near] if good else ""
            for near, good in zip(nearest.tolist(), close.tolist(), strict=True)
        ]
    return [
        text if place is None or not place.prefecture else place.prefecture
        for text, place in zip(result, hand, strict=True)
    ]
