"""Water between two banks: where a straight line is no walk."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from maas.core.columns import Float64s, Int32s, Int64s
from maas.core.geo import distance_m
from maas.core.network import Network
from routing.model import Mode
from routing.modes import mode_of

SHORT_HOP_M: Final = 2000.0
"""A ferry between two piers nearer than this crosses what cannot be walked: else why sail."""
_MOST_HOPS: Final = 300
"""Of more short hops the shortest count; the whole of Kyushu has some forty."""


@dataclass(frozen=True, slots=True)
class Barrier:
    """A line across which nobody walks, except along the crossing of the same name."""

    name: str
    lat_a: float
    lon_a: float
    lat_b: float
    lon_b: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """A bridge or tunnel on foot from bank to bank."""

    name: str
    lat_a: float
    lon_a: float
    lat_b: float
    lon_b: float
    metres: float


@dataclass(frozen=True, slots=True)
class Water:
    """Barriers and the ways across them."""

    barriers: tuple[Barrier, ...] = ()
    crossings: tuple[Crossing, ...] = ()


@cache
def known_water() -> Water:
    """Return the table of the package."""
    text = files("routing.street").joinpath("barriers.csv").read_text("utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))

    def spots(row: dict[str, str]) -> tuple[float, float, float, float]:
        return float(row["lat_a"]), float(row["lon_a"]), float(row["lat_b"]), float(row["lon_b"])

    return Water(
        tuple(Barrier(row["name"], *spots(row)) for row in rows if row["kind"] == "barrier"),
        tuple(
            Crossing(row["name"], *spots(row), float(row["metres"]))
            for row in rows
            if row["kind"] == "crossing"
        ),
    )


def ferry_barriers(network: Network) -> tuple[Barrier, ...]:
    """
    Return a barrier between the piers of every short ferry hop.

    It is the perpendicular through the middle of the hop, as long as the hop to either side.
    """
    ferry = np.array(
        [mode_of(kind) is Mode.FERRY for kind in network.routes.type.tolist()], np.bool_
    )
    if not ferry.any():
        return ()
    trips, stops, lat, lon = network.trips, network.calls.stop, network.stops.lat, network.stops.lon
    sailing = np.repeat(ferry[trips.route], np.diff(trips.call_start))
    sailing[trips.call_start[1:] - 1] = False
    row = np.flatnonzero(sailing)
    pairs = np.unique(np.sort(np.stack([stops[row], stops[row + 1]], axis=1), axis=1), axis=0)
    first, second = pairs[:, 0], pairs[:, 1]
    away = distance_m(lat[first], lon[first], lat[second], lon[second])
    with np.errstate(invalid="ignore"):
        short = np.flatnonzero((away > 0) & (away < SHORT_HOP_M))
    short = short[np.argsort(away[short], kind="stable")][:_MOST_HOPS]
    return tuple(
        _across(f"ferry {first[at]}-{second[at]}", *spots)
        for at, spots in zip(
            short.tolist(),
            zip(
                lat[first[short]].tolist(),
                lon[first[short]].tolist(),
                lat[second[short]].tolist(),
                lon[second[short]].tolist(),
                strict=True,
            ),
            strict=True,
        )
    )


def _across(name: str, lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> Barrier:
    """Return the perpendicular through the middle between two spots."""
    lat, lon = (lat_a + lat_b) / 2, (lon_a + lon_b) / 2
    narrow = float(np.cos(np.radians(lat)))
    # a right angle on the ground; there a degree of longitude is the shorter one
    north, east = (lon_b - lon_a) * narrow, -(lat_b - lat_a) / narrow
    return Barrier(name, lat - north, lon - east, lat + north, lon + east)


def _crosses(
    a_lat: Float64s, a_lon: Float64s, b_lat: Float64s, b_lon: Float64s, line: Barrier
) -> npt.NDArray[np.bool_]:
    """Return which segments a–b cross the barrier's segment (flat earth: they are short)."""

    def side(
        p_lat: Any, p_lon: Any, q_lat: Any, q_lon: Any, r_lat: Any, r_lon: Any
    ) -> npt.NDArray[np.float64]:
        """Return the sign of the turn p → q → r."""
        turn: npt.NDArray[np.float64] = np.sign(
            (q_lon - p_lon) * (r_lat - p_lat) - (q_lat - p_lat) * (r_lon - p_lon)
        )
        return turn

    c_lat, c_lon, d_lat, d_lon = line.lat_a, line.lon_a, line.lat_b, line.lon_b
    apart = side(a_lat, a_lon, b_lat, b_lon, c_lat, c_lon) != side(
        a_lat, a_lon, b_lat, b_lon, d_lat, d_lon
    )
    across = side(c_lat, c_lon, d_lat, d_lon, a_lat, a_lon) != side(
        c_lat, c_lon, d_lat, d_lon, b_lat, b_lon
    )
    crossed: npt.NDArray[np.bool_] = apart & across
    return crossed


def walkable(
    lat: Float64s,
    lon: Float64s,
    pairs: tuple[Int64s, Int64s, Float64s],
    water: Water,
) -> Float64s:
    """Return the beeline metres of each pair around the water, infinite where there is no way."""
    a, b, metres = pairs
    result = metres.copy()
    a_lat, a_lon, b_lat, b_lon = lat[a], lon[a], lat[b], lon[b]
    blocked_by: dict[str, npt.NDArray[np.bool_]] = {}
    for line in water.barriers:
        near = (
            (np.minimum(a_lat, b_lat) <= max(line.lat_a, line.lat_b))
            & (np.maximum(a_lat, b_lat) >= min(line.lat_a, line.lat_b))
            & (np.minimum(a_lon, b_lon) <= max(line.lon_a, line.lon_b))
            & (np.maximum(a_lon, b_lon) >= min(line.lon_a, line.lon_b))
        )
        some = np.flatnonzero(near)
        if not len(some):
            continue
        crossed = some[_crosses(a_lat[some], a_lon[some], b_lat[some], b_lon[some], line)]
        if len(crossed):
            blocked_by.setdefault(line.name, np.zeros(len(a), np.bool_))[crossed] = True
    for name, blocked in blocked_by.items():
        ways = [way for way in water.crossings if way.name == name]
        around = np.full(int(blocked.sum()), np.inf)
        for way in ways:
            around = np.minimum(around, _along(way, a_lat, a_lon, b_lat, b_lon, blocked))
        result[blocked] = np.maximum(result[blocked], around)
    return result


def _along(
    way: Crossing,
    a_lat: Float64s,
    a_lon: Float64s,
    b_lat: Float64s,
    b_lon: Float64s,
    rows: npt.NDArray[np.bool_],
) -> Float64s:
    """Return the length from a to the nearer end, along the crossing, and on to b."""

    def leg(lat: Float64s, lon: Float64s, end_lat: float, end_lon: float) -> Float64s:
        return distance_m(lat, lon, np.full_like(lat, end_lat), np.full_like(lon, end_lon))

    lats, lons = (a_lat[rows], b_lat[rows]), (a_lon[rows], b_lon[rows])
    forth = leg(lats[0], lons[0], way.lat_a, way.lon_a) + leg(
        lats[1], lons[1], way.lat_b, way.lon_b
    )
    back = leg(lats[0], lons[0], way.lat_b, way.lon_b) + leg(lats[1], lons[1], way.lat_a, way.lon_a)
    return np.minimum(forth, back) + way.metres


def reachable_lines(network: Network) -> tuple[Int32s, Int32s]:
    """
    Return (stop, line) pairs, each once: the lines that one can board at a stop.

    A line is a route towards the place of its last stop, so both directions count.
    """
    trips, calls = network.trips, network.calls
    count = np.diff(trips.call_start)
    last = calls.stop[trips.call_start[1:] - 1]
    end_place = network.stops.place[last].astype(np.int64)
    key = trips.route.astype(np.int64) * (len(network.places.id) + 1) + end_place
    _, line = np.unique(key, return_inverse=True)
    per_call = np.repeat(line, count)
    can_board = calls.pickup != 1
    can_board[trips.call_start[1:] - 1] = False
    pair = calls.stop[can_board].astype(np.int64) << 32 | per_call[can_board]
    different = np.unique(pair)
    return (different >> 32).astype(np.int32), (different & 0xFFFFFFFF).astype(np.int32)
