"""
The municipality of a place: that of the nearest known spot in the same prefecture.

Spots are the seats of municipalities and, for large ones, further places in them
(`data/municipalities.csv`). Near a border the neighbour's spot may be nearer; a stop there is then
counted to the neighbour. A place without prefecture, or far from every spot, is of none.
"""

import csv
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from maas.core.columns import Float64s
from maas.core.geo import distance_m
from maas.core.network import Network

FARTHEST_M: Final = 30_000.0
UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality and its spots; the first is its seat."""

    prefecture: str
    name: str
    lats: Float64s
    lons: Float64s


@cache
def municipalities() -> tuple[Municipality, ...]:
    """Return the municipalities of Kyushu, Yamaguchi and Okinawa in the order of their codes."""
    text = files("maas.usecases").joinpath("data/municipalities.csv").read_text(encoding="utf-8")
    spots: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        key = (row["prefecture"], row["municipality"])
        spots[key].append((float(row["lat"]), float(row["lon"])))
    return tuple(
        Municipality(*key, np.array([lat for lat, _ in found]), np.array([lon for _, lon in found]))
        for key, found in spots.items()
    )


def municipality_of_places(network: Network) -> list[int]:
    """Return for each place its row in `municipalities()`, or `UNKNOWN`."""
    known = municipalities()
    found = np.full(len(network.places.id), UNKNOWN, np.int64)
    prefectures = np.asarray(network.places.prefecture)
    lat, lon = np.asarray(network.places.lat), np.asarray(network.places.lon)
    for prefecture in {row.prefecture for row in known}:
        rows = np.flatnonzero((prefectures == prefecture) & ~np.isnan(lat) & ~np.isnan(lon))
        if not len(rows):
            continue
        own = [number for number, row in enumerate(known) if row.prefecture == prefecture]
        spot = np.concatenate([np.full(len(known[number].lats), number) for number in own])
        lats = np.concatenate([known[number].lats for number in own])
        lons = np.concatenate([known[number].lons for number in own])
        metres = distance_m(
            np.repeat(lat[rows], len(spot)).reshape(len(rows), -1),
            np.repeat(lon[rows], len(spot)).reshape(len(rows), -1),
            np.broadcast_to(lats, (len(rows), len(spot))).copy(),
            np.broadcast_to(lons, (len(rows), len(spot))).copy(),
        )
        nearest = metres.argmin(axis=1)
        near = metres.min(axis=1) <= FARTHEST_M
        found[rows[near]] = spot[nearest[near]]
    return [int(number) for number in found]


class StopZones:
    """Prefecture and municipality of the stops of one network."""

    def __init__(self, network: Network) -> None:
        known, of_place = municipalities(), municipality_of_places(network)
        places = [
            (str(prefecture), known[row].name if row != UNKNOWN else "")
            for prefecture, row in zip(network.places.prefecture, of_place, strict=True)
        ]
        self._zones: dict[str, tuple[str, str]] = {
            name: places[place]
            for name, place in zip(network.stops.id, network.stops.place.tolist(), strict=True)
            if place >= 0
        }

    def of(self, stop_id: str) -> tuple[str, str]:
        """Return prefecture and municipality, each empty where it is not known."""
        return self._zones.get(stop_id, ("", ""))
