"""Modes on the wire: old and new names, and the words that stand for many."""

from collections.abc import Iterable, Mapping
from typing import Final

from maas.api.errors import BadRequest
from routing.model import Mode
from routing.modes import TRANSIT_MODES

RAIL: Final = frozenset(
    {
        Mode.HIGHSPEED_RAIL,
        Mode.LONG_DISTANCE,
        Mode.NIGHT_RAIL,
        Mode.REGIONAL_RAIL,
        Mode.SUBURBAN,
        Mode.SUBWAY,
    }
)

GROUPS: Final[Mapping[str, frozenset[Mode]]] = {
    "TRANSIT": TRANSIT_MODES,
    "RAIL": RAIL,
    "METRO": frozenset({Mode.SUBURBAN}),
    "AREAL_LIFT": frozenset({Mode.AERIAL_LIFT}),
    "CABLE_CAR": frozenset({Mode.FUNICULAR}),
    "REGIONAL_FAST_RAIL": frozenset({Mode.REGIONAL_RAIL}),
}
"""Words of the API that are no mode of their own, the deprecated ones among them."""

STREET: Final = frozenset(
    {
        "WALK",
        "BIKE",
        "RENTAL",
        "CAR",
        "HGV",
        "CAR_PARKING",
        "CAR_DROPOFF",
        "FLEX",
        "DEBUG_BUS_ROUTE",
        "DEBUG_RAILWAY_ROUTE",
        "DEBUG_FERRY_ROUTE",
        "BIKE_SHARING",
        "BIKE_RENTAL",
    }
)
"""Words that mean no vehicle with a timetable."""

BEFORE_V5: Final[Mapping[Mode, str]] = {Mode.SUBURBAN: "METRO", Mode.AERIAL_LIFT: "AREAL_LIFT"}


def mode_name(mode: Mode, version: int) -> str:
    """Return the name that a version of the API gives a mode."""
    return BEFORE_V5.get(mode, mode.value) if version < 5 else mode.value


def transit_modes(words: Iterable[str]) -> frozenset[Mode]:
    """
    Return the modes with a timetable that a list asks for; street modes add nothing.

    Raises:
        BadRequest: A word is no mode.
    """
    found: set[Mode] = set()
    for word in words:
        name = word.upper()
        if name in GROUPS:
            found |= GROUPS[name]
        elif name in STREET:
            continue
        elif name in Mode.__members__:
            found.add(Mode[name])
        else:
            raise BadRequest(f"{word!r} is no mode")
    return frozenset(found)


def street_modes(words: Iterable[str]) -> frozenset[str]:
    """
    Return the ways of going by oneself that a list asks for.

    Raises:
        BadRequest: A word is no mode.
    """
    names = {word.upper() for word in words}
    for name in names:
        if name not in STREET and name not in GROUPS and name not in Mode.__members__:
            raise BadRequest(f"{name!r} is no mode")
    return frozenset(names & STREET)
