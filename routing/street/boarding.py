"""
How long a walk between two stops must count as a change of vehicles.

A walk is more than its metres: nobody changes in no time at one spot, a flight closes long before
it leaves, and a ship takes its gangway in. `transfers.txt` speaks of stops of one feed only, so the
change from a subway to an airline's flight has to come from here.
"""

from dataclasses import dataclass

import numpy as np

from maas.core.columns import Int32s
from maas.core.network import Network
from routing.street.footpaths import WalkTable


@dataclass(frozen=True, slots=True)
class BoardingRules:
    """Seconds that a change takes at least, whatever the walk."""

    any_s: int = 120
    """Between any two stops."""
    flight_s: int = 1200
    """To a flight: airlines of Japan close the security check 20 minutes before departure."""
    ship_s: int = 300
    """To a ship: lines of Kyushu ask to be at the pier a few minutes before."""
    from_flight_s: int = 600
    """From a flight to anything else: getting off and out of the terminal."""


def change_seconds(
    network: Network, walks: WalkTable, rules: BoardingRules | None = None
) -> Int32s:
    """Return the seconds of each row of `walks` as a change; never less than the walk itself."""
    rules = rules or BoardingRules()
    flight, ship = _served_by(network, *_FLIGHTS), _served_by(network, *_SHIPS)
    seconds = np.maximum(walks.seconds(), rules.any_s)
    for stops, least, column in (
        (ship, rules.ship_s, walks.to_stop),
        (flight, rules.from_flight_s, walks.from_stop),
        (flight, rules.flight_s, walks.to_stop),
    ):
        seconds = np.where(stops[column], np.maximum(seconds, least), seconds)
    return seconds.astype(np.int32)


_FLIGHTS = ((1100, 1199),)
_SHIPS = ((4, 4), (1000, 1099), (1200, 1299))
"""GTFS route types, extended ones included."""


def _served_by(
    network: Network, *kinds: tuple[int, int]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say of every stop whether only trips of these kinds call there."""
    route_type = network.routes.type[network.trips.route]
    wanted = np.zeros(len(route_type), np.bool_)
    for first, last in kinds:
        wanted |= (route_type >= first) & (route_type <= last)
    call_wanted = np.repeat(wanted, np.diff(network.trips.call_start))
    count = len(network.stops.id)
    calls = np.bincount(network.calls.stop, minlength=count)
    hits = np.bincount(network.calls.stop[call_wanted], minlength=count)
    served: np.ndarray[tuple[int], np.dtype[np.bool_]] = (calls > 0) & (hits == calls)
    return served
