"""Where a stop of a sheet is, if the network in use says it: by its name and its municipality."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from gtfs_feeds.sheets import Position
from maas.core.geo import distance_m
from maas.core.names import name_key
from maas.usecases.municipalities import Municipality, municipalities
from routing.errors import TimetableInvalid
from routing.timetable.store import live_folder, load_timetable

NEAR_M: Final = 20_000.0
"""From a spot of the municipality: none is larger, where it has only one spot."""

Named = Mapping[str, Sequence[tuple[str, Position]]]
"""By the key of a name: the places that have it, each with its prefecture."""


@dataclass
class PlaceFinder:
    """
    Finds the one place of a name in a municipality; only suggested, a person accepts it.

    Borders are not known, so a place counts that is near a spot of the municipality and in its
    prefecture. Two such places, or an address that names no municipality or two, are no answer.
    """

    network: Path
    """Folder of the network that is served."""
    _read: tuple[Path, Named] | None = field(default=None, init=False)

    def __call__(self, name: str, address: str) -> Position | None:
        """Return latitude and longitude, or None where they are not certain."""
        row = municipality_in(address)
        if row is None:
            return None
        town = municipalities()[row]
        found = [
            place
            for prefecture, place in self._named().get(name_key(name), ())
            if prefecture == town.prefecture and _is_near(place, town)
        ]
        return found[0] if len(found) == 1 else None

    def _named(self) -> Named:
        try:
            folder = live_folder(self.network)
            if self._read is not None and self._read[0] == folder:
                return self._read[1]
            places = load_timetable(folder).network.places
        except TimetableInvalid:
            return {}
        named: dict[str, list[tuple[str, Position]]] = defaultdict(list)
        ends = zip(
            places.name,
            places.prefecture,
            places.lat.tolist(),
            places.lon.tolist(),
            strict=True,
        )
        for name, prefecture, lat, lon in ends:
            named[name_key(name)].append((prefecture, (lat, lon)))
        self._read = folder, named
        return named


def _is_near(place: Position, town: Municipality) -> bool:
    lats = np.full(len(town.lats), place[0])
    lons = np.full(len(town.lons), place[1])
    return bool((distance_m(lats, lons, town.lats, town.lons) <= NEAR_M).any())


def municipality_in(address: str) -> int | None:
    """Return the row of the one municipality that an address names, None where it is not one."""
    text = "".join(unicodedata.normalize("NFKC", address).split())
    known = municipalities()
    named = [row for row, town in enumerate(known) if town.name in text]
    stated = [row for row in named if known[row].prefecture in text]
    others = {town.prefecture for town in known if town.prefecture in text}
    # The municipality stands first: what follows may be called as another one is (人吉市錦町).
    rank = {row: (text.index(known[row].name), -len(known[row].name)) for row in named}
    named = stated if others else named
    first = [row for row in named if rank[row] == min(rank[one] for one in named)]
    return first[0] if len(first) == 1 else None
