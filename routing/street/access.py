"""Which stops a traveller can walk to, as the crow flies with a detour factor."""

from typing import Final

import numpy as np

from maas.core.columns import Float64s, Int32s, Int64s
from maas.core.geo import distance_m
from routing.model import Point
from routing.timetable.model import Timetable

DETOUR: Final = 1.3
"""Ways on foot are about 1.2 to 1.4 times as long as the straight line."""
METRES_OF_DEGREE: Final = 111_195.0
MOST_STOPS: Final = 400
"""Nearest stops that a search may begin or end at."""


def walk_seconds(metres: float, speed_mps: float) -> int:
    """Return how long a straight line of this length takes on foot, rounded up."""
    return int(np.ceil(metres * DETOUR / speed_mps))


class AccessGrid:
    """Nodes by place, sorted by latitude so that a search looks at a thin band only."""

    def __init__(self, timetable: Timetable) -> None:
        stops = timetable.network.stops
        lat = stops.lat[timetable.nodes.stop]
        lon = stops.lon[timetable.nodes.stop]
        known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
        order = known[np.argsort(lat[known], kind="stable")]
        self._node: Int64s = order
        self._lat: Float64s = lat[order]
        self._lon: Float64s = lon[order]

    def near(self, point: Point, seconds: int, speed_mps: float) -> tuple[Int32s, Int32s]:
        """Return the nodes within so many seconds on foot, nearest first, and the seconds."""
        metres = seconds * speed_mps / DETOUR
        margin = metres / METRES_OF_DEGREE
        low = int(np.searchsorted(self._lat, point.lat - margin))
        high = int(np.searchsorted(self._lat, point.lat + margin, side="right"))
        wide = margin / max(0.01, float(np.cos(np.radians(point.lat))))
        inside = np.flatnonzero(np.abs(self._lon[low:high] - point.lon) <= wide) + low
        away = distance_m(
            np.full(len(inside), point.lat),
            np.full(len(inside), point.lon),
            self._lat[inside],
            self._lon[inside],
        )
        takes = np.ceil(away * DETOUR / speed_mps)
        kept = np.flatnonzero(takes <= seconds)
        kept = kept[np.argsort(takes[kept], kind="stable")][:MOST_STOPS]
        return (
            self._node[inside[kept]].astype(np.int32),
            takes[kept].astype(np.int32),
        )
