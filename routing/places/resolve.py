"""What a traveller's FROM or TO means: an id, a coordinate or a name."""

import math
import re
from dataclasses import dataclass
from typing import Final

from maas.core.geo import distance_m
from routing.model import Point, StopRef
from routing.places.index import Match, PlaceIndex, PlaceMatch

_NUMBER: Final = r"[-+]?\d{1,3}(?:\.\d{1,15})?"
_SPOT: Final = re.compile(rf"\s*({_NUMBER})\s*,\s*({_NUMBER})\s*(?:,\s*({_NUMBER})\s*)?")
_CLEARLY_BETTER: Final = 0.08
"""Of two places with the same name, one whose score is that much higher is meant."""
_APART_M: Final = 3000.0
_SUGGESTIONS: Final = 5


@dataclass(frozen=True, slots=True)
class Resolved:
    """The text means this."""

    location: Point | StopRef
    match: PlaceMatch | None
    """The place, or None for a coordinate."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several places far from each other bear the name, and none is clearly meant."""

    text: str
    suggestions: tuple[PlaceMatch, ...]


@dataclass(frozen=True, slots=True)
class NotFound:
    """Nothing bears the name; what comes nearest to it."""

    text: str
    suggestions: tuple[PlaceMatch, ...]


Resolution = Resolved | Ambiguous | NotFound


def parse_spot(text: str) -> Point | None:
    """Return the point of `lat,lon` or `lat,lon,level`, or None where the text is none."""
    found = _SPOT.fullmatch(text[:100])
    if found is None:
        return None
    lat, lon = float(found[1]), float(found[2])
    level = float(found[3]) if found[3] is not None else None
    inside = abs(lat) <= 90 and abs(lon) <= 180 and math.isfinite(lat)
    return Point(lat, lon, level) if inside else None


class Resolver:
    """Tells what texts mean in a network."""

    def __init__(self, index: PlaceIndex) -> None:
        self._index = index
        network = index.network
        self._place_of = {place_id: row for row, place_id in enumerate(network.places.id)}
        self._stop_of = {stop_id: row for row, stop_id in enumerate(network.stops.id)}

    def resolve(self, text: str, *, near: tuple[float, float] | None = None) -> Resolution:
        """Return what the text means: an id first, then a coordinate, then the best name."""
        text = text.strip()
        row = self._place_of.get(text)
        if row is None and text in self._stop_of:
            row = int(self._index.network.stops.place[self._stop_of[text]])
        if row is not None:
            return Resolved(StopRef(text), self._index.place(row))
        spot = parse_spot(text)
        if spot is not None:
            return Resolved(spot, None)
        matches = self._index.search(text, 20, near=near)
        if not matches or matches[0].how is Match.SIMILAR:
            return NotFound(text, tuple(matches[:_SUGGESTIONS]))
        best = matches[0]
        rivals = [
            other
            for other in matches[1:]
            if best.score - other.score < _CLEARLY_BETTER
            and other.how is best.how
            and (best.by_alias or not other.by_alias)
            and _far_apart(best, other)
        ]
        if rivals:
            return Ambiguous(text, (best, *rivals)[:_SUGGESTIONS])
        return Resolved(StopRef(best.id), best)


def _far_apart(one: PlaceMatch, other: PlaceMatch) -> bool:
    """Say whether two places are not the same neighbourhood (unknown spots are)."""
    away = distance_m(one.lat, one.lon, other.lat, other.lon)
    return not away < _APART_M
