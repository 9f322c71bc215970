"""
Stops that nobody in a wheelchair can use for a time: lifts that are out of order.

Operators say so in alerts of the effect ACCESSIBILITY_ISSUE on a stop or a station, with the
periods in which it holds.
"""

from typing import Final, NamedTuple

from maas.core.network import Network
from routing.realtime.alerts import AlertIndex

NO_STEP_FREE_WAY: Final = "ACCESSIBILITY_ISSUE"
ALWAYS: Final = (0, 1 << 60)


class Closure(NamedTuple):
    """A stop between two instants, in unix seconds; the end is not inside."""

    stop: int
    begin_s: int
    end_s: int


def closures_of(network: Network, alerts: AlertIndex) -> tuple[Closure, ...]:
    """Return the closures that alerts mean; one on a station is one on each of its stops."""
    parents = network.stops.parent
    found: dict[Closure, None] = {}
    for stop, rows in alerts.by_stop.items():
        inside = [stop, *(parents == stop).nonzero()[0].tolist()]
        for row in rows:
            if row.alert.effect != NO_STEP_FREE_WAY:
                continue
            # Who names a route or a trip beside the stop speaks of the vehicle, not of the lift.
            if not any(t.stop == stop and t.route is None and t.trip is None for t in row.targets):
                continue
            for begin, end in row.alert.periods or (ALWAYS,):
                first = ALWAYS[0] if begin is None else begin
                last = ALWAYS[1] if end is None else end
                found.update(dict.fromkeys(Closure(one, first, last) for one in inside))
    return tuple(found)
