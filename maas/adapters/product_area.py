"""
What a product calls a company or a zone, on the network.

A product names operators by the tag of their feed. The samples also name groups of companies and
zones; which feeds and which boxes of the map those are stands in `sample_area.json`, made up like
the samples themselves.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from maas.core.network import Network
from routing.modes import mode_of
from ticketing.products.definition import Mode, VehicleClass

_MODES: Mapping[str, tuple[Mode, VehicleClass | None]] = {
    "HIGHSPEED_RAIL": (Mode.RAIL, VehicleClass.SHINKANSEN),
    "LONG_DISTANCE": (Mode.RAIL, VehicleClass.LIMITED_EXPRESS),
    "NIGHT_RAIL": (Mode.RAIL, VehicleClass.LIMITED_EXPRESS),
    "REGIONAL_FAST_RAIL": (Mode.RAIL, VehicleClass.RAPID),
    "REGIONAL_RAIL": (Mode.RAIL, VehicleClass.LOCAL),
    "SUBURBAN": (Mode.RAIL, VehicleClass.LOCAL),
    "SUBWAY": (Mode.SUBWAY, VehicleClass.LOCAL),
    "TRAM": (Mode.TRAM, VehicleClass.LOCAL),
    "BUS": (Mode.BUS, None),
    "COACH": (Mode.HIGHWAY_BUS, None),
    "FERRY": (Mode.FERRY, None),
    "AIRPLANE": (Mode.AIR, None),
    "FUNICULAR": (Mode.ROPEWAY, None),
    "AERIAL_LIFT": (Mode.ROPEWAY, None),
}
_MONORAIL = frozenset({12, 405})


def operators_of(tag: str) -> tuple[str, ...]:
    """Return the ids by which products may name the company of a feed, its own tag first."""
    groups = _groups().items()
    return (tag, *sorted(name for name, tags in groups if tag in tags and name != tag))


def zones_at(lat: float, lon: float) -> frozenset[str]:
    """Return the zones of products at a point."""
    return frozenset(
        name
        for name, boxes in _zones().items()
        if any(south <= lat <= north and west <= lon <= east for south, west, north, east in boxes)
    )


def vehicle_of(network: Network, route: int) -> tuple[Mode | None, VehicleClass | None]:
    """Return mode and class of a route as products tell them apart; None where it is not known."""
    kind = int(network.routes.type[route])
    if kind in _MONORAIL:
        return Mode.MONORAIL, VehicleClass.LOCAL
    return _MODES.get(mode_of(kind).value, (None, None))


@cache
def _groups() -> Mapping[str, Sequence[str]]:
    found: Mapping[str, Sequence[str]] = _tables()["groups"]
    return found


@cache
def _zones() -> Mapping[str, Sequence[Sequence[float]]]:
    found: Mapping[str, Sequence[Sequence[float]]] = _tables()["zones"]
    return found


def _tables() -> Any:
    return json.loads(files("maas.adapters").joinpath("sample_area.json").read_text("utf-8"))
