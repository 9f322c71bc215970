"""
Stops to places: what travellers take for one station, pier, terminal or stop.

Stops of one station are one place; stations and lone stops are one place when the keys of their
names are equal and they lie within 300 m (98.6 % of the pairs of 98 real feeds that lie within
5 km of each other), but a place never grows beyond 600 m; airports, ports and terminals are listed
by hand. A place is only membership: no stop is rewritten, so a wrong place is undone by a row of
the overrides, without importing anything again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from gtfs_feeds.merge.handmade import HandPlace, hand_places
from gtfs_feeds.merge.prefectures import prefectures_of
from maas.core.columns import Float32s, Float64s, Int32s, Int64s, Texts
from maas.core.geo import distance_m
from maas.core.names import name_key
from maas.core.near import near_pairs
from maas.core.network import Places, Stops

SAME_NAME_M: Final = 300.0
LARGEST_M: Final = 600.0
_REVIEWED: Final = 0.95
_UNREVIEWED: Final = 0.6


@dataclass(frozen=True, slots=True)
class Gathered:
    """The places, and which each stop belongs to."""

    places: Places
    place_of: Int32s
    named_by: Int64s
    """Stop that gives each place its name, -1 for a hand-made one."""
    hand: tuple[HandPlace | None, ...]
    unknown_overrides: tuple[str, ...]


class _Clusters:
    """Union-find over units; a union that would grow beyond the limit is refused."""

    def __init__(self, lat: Float64s, lon: Float64s) -> None:
        self._up = list(range(len(lat)))
        self._box = np.stack([lat, lat, lon, lon], axis=1).tolist()

    def find(self, unit: int) -> int:
        """Return the unit that stands for the cluster."""
        up = self._up
        while up[unit] != unit:
            up[unit] = up[up[unit]]
            unit = up[unit]
        return unit

    def join(self, a: int, b: int) -> bool:
        """Join two clusters unless the whole would be larger than `LARGEST_M`."""
        a, b = self.find(a), self.find(b)
        if a == b:
            return False
        box, other = self._box[a], self._box[b]
        south, north = min(box[0], other[0]), max(box[1], other[1])
        west, east = min(box[2], other[2]), max(box[3], other[3])
        if distance_m(south, west, north, east) > LARGEST_M:
            return False
        first, second = min(a, b), max(a, b)
        self._up[second] = first
        self._box[first] = [south, north, west, east]
        return True


def _roots(parent: Int32s) -> Int64s:
    """Return the topmost ancestor of each stop (boarding area → platform → station)."""
    root = np.where(parent >= 0, parent, np.arange(len(parent)))
    return root[root].astype(np.int64)


def gather(stops: Stops, modes: Int32s, overrides: Mapping[str, str]) -> Gathered:
    """
    Gather stops into places.

    `modes[s]` has a bit set for each family of vehicles that calls at stop s or its children
    (`MODE_BITS`); `overrides` maps a stop id to the label of its place, the empty label to a place
    of its own, and goes before every rule.
    """
    count = len(stops.lat)
    ids, names = stops.id.tolist(), stops.name.tolist()
    root = _roots(stops.parent)
    row_of = {stop_id: row for row, stop_id in enumerate(ids)} if overrides else {}
    unknown = tuple(stop_id for stop_id in overrides if stop_id not in row_of)
    label: dict[int, str] = {}
    for stop_id, place in overrides.items():
        row = row_of.get(stop_id)
        if row is not None:
            label[row] = f"={place}" if place else f"!{stop_id}"
    method = ["single"] * count
    confidence = np.ones(count, np.float32)
    keys = {name: name_key(name) for name in set(names)}
    unit_of = root.copy()
    forced: dict[str, int] = {}
    for row in range(count) if label else ():
        own = label.get(row) or label.get(int(root[row]))
        if own is not None:
            unit_of[row] = forced.setdefault(own, row)
            method[forced[own]] = "hand"
    fixed = set(forced.values())
    units = np.unique(unit_of)
    free = np.array([unit for unit in units.tolist() if unit not in fixed], np.int64)
    hand_of = _by_hand(free, stops, names, keys)
    clusters, linked = _by_name(free, hand_of, stops, names, keys)
    for unit, (kind, sure) in linked.items():
        method[unit], confidence[unit] = kind, sure
    # one number a place: hand-made places after the units
    place_key = np.array([clusters.get(unit, unit) for unit in units.tolist()], np.int64)
    place_key = np.array(
        [
            count + hand_of[unit] if unit in hand_of else key
            for unit, key in zip(units.tolist(), place_key.tolist(), strict=True)
        ],
        np.int64,
    )
    key_of_stop = place_key[np.searchsorted(units, unit_of)]
    different, place_of = np.unique(key_of_stop, return_inverse=True)
    return _build(
        stops,
        names,
        modes,
        place_of.astype(np.int32),
        [hand_places()[key - count] if key >= count else None for key in different.tolist()],
        method,
        confidence,
        unknown,
    )


def _by_hand(free: Int64s, stops: Stops, names: list[str], keys: dict[str, str]) -> dict[int, int]:
    """Return unit → row of the hand-made table, the nearest that fits."""
    lat, lon = stops.lat[free], stops.lon[free]
    result: dict[int, int] = {}
    best: dict[int, float] = {}
    for row, place in enumerate(hand_places()):
        away = distance_m(lat, lon, np.full_like(lat, place.lat), np.full_like(lon, place.lon))
        with np.errstate(invalid="ignore"):
            near = np.flatnonzero(away <= place.radius_m)
        for at in near.tolist():
            unit = int(free[at])
            if place.names.search(keys[names[unit]]) and away[at] < best.get(unit, np.inf):
                result[unit], best[unit] = row, float(away[at])
    return result


def _by_name(
    free: Int64s,
    hand_of: dict[int, int],
    stops: Stops,
    names: list[str],
    keys: dict[str, str],
) -> tuple[dict[int, int], dict[int, tuple[str, float]]]:
    """Return unit → first unit of its place, and method and confidence of the joined ones."""
    units = np.array([unit for unit in free.tolist() if unit not in hand_of], np.int64)
    number: dict[str, int] = {}
    texts = [keys[names[unit]] for unit in units.tolist()]
    group = np.array([number.setdefault(text, len(number)) for text in texts], np.int64)
    lat, lon = stops.lat[units].copy(), stops.lon[units]
    lat[[not text for text in texts]] = np.nan  # no name, no place in common
    a, b, metres = near_pairs(lat, lon, SAME_NAME_M, group)
    clusters = _Clusters(lat, lon)
    furthest: dict[int, float] = {}
    for at in np.argsort(metres, kind="stable").tolist():
        first, second = int(a[at]), int(b[at])
        if clusters.join(first, second):
            for unit in (first, second):
                furthest[unit] = max(furthest.get(unit, 0.0), float(metres[at]))
    top = {int(units[at]): int(units[clusters.find(at)]) for at in range(len(units))}
    linked = {
        int(units[at]): ("name", 0.99 if far < 50 else 0.97 if far < 200 else 0.9)
        for at, far in furthest.items()
    }
    return top, linked


MODE_BITS: Final = {"rail": 1, "tram": 2, "bus": 4, "ferry": 8, "air": 16, "other": 32}
"""Families of vehicles by which the kind of a place is told."""


def _kind(modes: int, name: str, hand: HandPlace | None) -> str:
    """Return the kind of a place from the vehicles that call there."""
    if hand is not None:
        return hand.kind
    if modes & MODE_BITS["air"]:
        return "airport"
    if modes & MODE_BITS["rail"]:
        return "station"
    if modes & MODE_BITS["ferry"]:
        return "port"
    if modes & MODE_BITS["bus"] and ("バスターミナル" in name or "バスセンター" in name):
        return "terminal"
    return "stop"


def _build(
    stops: Stops,
    names: list[str],
    modes: Int32s,
    place_of: Int32s,
    hand: list[HandPlace | None],
    method: list[str],
    confidence: Float32s,
    unknown: tuple[str, ...],
) -> Gathered:
    """Name the places and find their middle, kind, method and confidence."""
    count = len(hand)
    ids = stops.id
    # the member that names a place: of the first feed, a station before a stop, the least id
    inner = (stops.location_type >= 2).astype(np.int64)
    lone = (stops.location_type != 1).astype(np.int64)
    id_rank = np.empty(len(names), np.int64)
    id_rank[sorted(range(len(names)), key=ids.tolist().__getitem__)] = np.arange(len(names))
    order = np.lexsort((id_rank, lone, stops.feed, inner, place_of))
    _, first = np.unique(place_of[order], return_index=True)
    namer = order[first]
    lat, lon = _middles(stops, place_of, namer, hand)
    all_modes = np.zeros(count, np.int32)
    np.bitwise_or.at(all_modes, place_of, modes)
    members = np.bincount(place_of, minlength=count)
    sure = np.ones(count, np.float32)
    np.minimum.at(sure, place_of, confidence)
    has_parent = np.zeros(count, np.bool_)
    has_parent[place_of[stops.parent >= 0]] = True
    named = np.zeros(count, np.bool_)
    by_hand = np.zeros(count, np.bool_)
    for row, how in enumerate(method):
        named[place_of[row]] |= how == "name"
        by_hand[place_of[row]] |= how == "hand"
    ways: list[str] = []
    for at, place in enumerate(hand):
        parts = ["parent"] * bool(has_parent[at]) + ["name"] * bool(named[at])
        if place is not None or by_hand[at]:
            parts.append("hand")
        ways.append("+".join(parts) or "single")
        if place is not None:
            sure[at] = min(sure[at], _UNREVIEWED if place.review else _REVIEWED)
    assert (members > 0).all()
    texts = [names[namer[at]] if place is None else place.name for at, place in enumerate(hand)]
    places = Places(
        Texts.of(
            f"place:{ids[int(namer[at])]}" if place is None else f"place:{place.id}"
            for at, place in enumerate(hand)
        ),
        Texts.of(texts),
        lat,
        lon,
        Texts.of(_kind(int(all_modes[at]), texts[at], place) for at, place in enumerate(hand)),
        Texts.of(ways),
        sure,
        Texts.of(prefectures_of(lat, lon, hand)),
    )
    named_by = np.where([place is None for place in hand], namer, -1).astype(np.int64)
    return Gathered(places, place_of, named_by, tuple(hand), unknown)


def _middles(
    stops: Stops, place_of: Int32s, namer: Int64s, hand: list[HandPlace | None]
) -> tuple[Float64s, Float64s]:
    """Return the spot of each place: its station's, else the mean of its members', else NaN."""
    count = len(hand)
    known = ~np.isnan(stops.lat)
    number = np.bincount(place_of[known], minlength=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        lat = np.bincount(place_of[known], stops.lat[known], count) / number
        lon = np.bincount(place_of[known], stops.lon[known], count) / number
    station = (stops.location_type[namer] == 1) & known[namer]
    lat[station], lon[station] = stops.lat[namer[station]], stops.lon[namer[station]]
    for at, place in enumerate(hand):
        if place is not None and (not place.review or np.isnan(lat[at])):
            lat[at], lon[at] = place.lat, place.lon
    return lat, lon
