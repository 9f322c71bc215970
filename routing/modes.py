"""
Which mode a GTFS route type is.

The classes are those of the MOTIS API, so that its clients filter and draw as they are used to:
basic types 0-12, extended types 100-1799 (Google's list), and the category of the hundred for a
type that the list does not name.
"""

from collections.abc import Mapping
from typing import Final

from routing.model import Mode


def _table() -> dict[int, Mode]:
    rows: tuple[tuple[Mode, tuple[int, ...]], ...] = (
        (Mode.TRAM, (0, *range(900, 907))),
        (Mode.SUBWAY, (1, 400, 401, 402)),
        (
            Mode.REGIONAL_RAIL,
            (2, 100, 103, *range(106, 109), *range(110, 114), 115, 117),
        ),
        (Mode.BUS, (3, 11, 203, 204, 208, *range(700, 715), 716, 800)),
        (Mode.FERRY, (4, *range(1000, 1100), *range(1200, 1300))),
        (Mode.FUNICULAR, (5, 7, 116, 1400)),
        (Mode.AERIAL_LIFT, (6, 1300, 1301, 1302, 1304, 1306, 1307)),
        (Mode.HIGHSPEED_RAIL, (101,)),
        (Mode.LONG_DISTANCE, (102, 104, 114)),
        (Mode.NIGHT_RAIL, (105,)),
        (Mode.SUBURBAN, (109, 403, 404)),
        (Mode.COACH, (200, 201, 202, 205, 206, 207, 209)),
        (Mode.AIRPLANE, tuple(range(1100, 1200))),
        (Mode.ODM, (715, *range(1500, 1508))),
        (Mode.RIDE_SHARING, (1551,)),
    )
    return {route_type: mode for mode, types in rows for route_type in types}


MODE_OF_ROUTE_TYPE: Final[Mapping[int, Mode]] = _table()

TRANSIT_MODES: Final = frozenset(Mode) - {Mode.WALK, Mode.BIKE, Mode.CAR, Mode.REGIONAL_FAST_RAIL}
"""Every mode that a route can have."""


def mode_of(route_type: int) -> Mode:
    """Return the mode of a GTFS route_type; `OTHER` (monorails, too) where none fits better."""
    return MODE_OF_ROUTE_TYPE.get(route_type, Mode.OTHER)
