"""
How much a place weighs: the people who board there, as far as anybody has published it.

Boardings are published for the stations of JR Kyushu (2023). All other places are estimated from
their departures: times the median of boardings per departure of the places where both are known.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from maas.core.columns import Float64s
from maas.core.network import Network
from routing.places.weights import departures_a_day


@dataclass(frozen=True, slots=True)
class PlaceWeights:
    """A weight for each place; places without a vehicle weigh nothing."""

    values: Float64s
    known: int
    """Places whose boardings are published."""
    ratio: float
    """Boardings per departure that the others are estimated with; 1 where nothing is known."""


def place_weights(network: Network, boardings: Mapping[str, int] | None = None) -> PlaceWeights:
    """Return the weights of the places; `boardings` a day by name of the station."""
    departures = departures_of_places(network)
    published = published_boardings() if boardings is None else boardings
    values = np.full(len(departures), np.nan)
    by_name: dict[str, list[int]] = {}
    for place, name in enumerate(network.places.name):
        if departures[place] > 0:
            by_name.setdefault(name.removesuffix("駅"), []).append(place)
    stations = np.asarray([kind == "station" for kind in network.places.kind])
    for name, people in published.items():
        rows = [row for row in by_name.get(name, []) if stations[row]]
        if rows:
            # Of two stations with one name, the busier is taken to be the published one.
            values[max(rows, key=lambda row: departures[row])] = people
    known = ~np.isnan(values)
    ratio = float(np.median(values[known] / departures[known])) if known.any() else 1.0
    return PlaceWeights(np.where(known, values, departures * ratio), int(known.sum()), ratio)


def departures_of_places(network: Network) -> Float64s:
    """Return the calls a day at each place; a run that two feeds publish counts once."""
    per_trip = np.where(network.trips.duplicate_of < 0, departures_a_day(network), 0.0)
    per_call = np.repeat(per_trip, np.diff(network.trips.call_start))
    places = network.stops.place[network.calls.stop]
    counted = np.bincount(places, weights=per_call, minlength=len(network.places.id))
    return counted.astype(np.float64)


@cache
def published_boardings() -> Mapping[str, int]:
    """Return boardings a day of JR Kyushu's stations in fiscal 2023, by name."""
    text = files("maas.usecases").joinpath("data/boardings_jr_kyushu_2023.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["station"]: int(row["boardings"]) for row in rows}
