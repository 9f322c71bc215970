"""
`ticketUrls` of a leg: the page of a company's own shop on which its ticket is bought.

The parameters are those of Google's extension of GTFS for ticketing: every one is a JSON list with
one entry a trip.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from urllib.parse import quote

import orjson

from maas.api.view import Json
from maas.core.ids import split_feed_scoped
from maas.core.network import Network
from routing.boards.index import BoardIndex, instant
from routing.boards.runs import Run

_Addresses = Mapping[str, str]
"""`web`, `android`, `ios`, those that there are."""


@dataclass(frozen=True, slots=True)
class Shops:
    """What the feeds of a network say of shops, by the rows of the network."""

    agencies: dict[int, _Addresses] = field(default_factory=dict)
    routes: dict[int, _Addresses] = field(default_factory=dict)
    trips: dict[int, str] = field(default_factory=dict)
    stops: dict[tuple[int, int], str] = field(default_factory=dict)
    """By stop and agency, -1 for any agency."""
    closed_trips: set[int] = field(default_factory=set)
    closed_stops: set[int] = field(default_factory=set)

    def of(self, route: int, agency: int) -> _Addresses:
        """Return the shop of a route, else that of its agency; empty where there is none."""
        return self.routes.get(route) or self.agencies.get(agency) or {}


@lru_cache(maxsize=4)
def shops_of(index: BoardIndex) -> Shops | None:
    """Return the shops of a network, None where no feed names any."""
    links, shops = index.network.tickets, Shops()
    if not len(links.stop):
        return None
    columns = (links.agency, links.route, links.trip, links.stop, links.closed)
    for row, (agency, route, trip, stop, closed) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        named = {"web": links.web[row], "android": links.android[row], "ios": links.ios[row]}
        addresses = {kind: address for kind, address in named.items() if address}
        if stop >= 0 and closed:
            shops.closed_stops.add(stop)
        elif stop >= 0:
            shops.stops[stop, agency] = links.name[row]
        elif trip >= 0:
            if closed:
                shops.closed_trips.add(trip)
            if links.name[row]:
                shops.trips[trip] = links.name[row]
        elif route >= 0:
            shops.routes[route] = addresses
        else:
            shops.agencies[agency] = addresses
    return shops


def ticket_urls(network: Network, shops: Shops, rides: Sequence[tuple[Run, int, int]]) -> Json:
    """
    Return `ticketUrls` for rides (run, first and last call) in one vehicle.

    Nothing where one of them is in no timetable, not sold, or sold elsewhere than the first.
    """
    found = [_asked(network, shops, *ride) for ride in rides]
    addresses = [place for place, _ in found]
    if not addresses or not addresses[0] or any(place != addresses[0] for place in addresses):
        return {}
    tail = "&".join(
        f"{name}={quote(orjson.dumps([asked[name] for _, asked in found]), safe=':')}"
        for name in found[0][1]
    )
    return {
        "ticketUrls": {
            kind: f"{address}{'&' if '?' in address else '?'}{tail}"
            for kind, address in addresses[0].items()
        }
    }


def _asked(
    network: Network, shops: Shops, run: Run, first: int, last: int
) -> tuple[_Addresses, Mapping[str, str]]:
    """Return the shop of a ride and what it is asked for."""
    trip = run.key.trip
    stops = run.scheduled_stop[first], run.scheduled_stop[last]
    if run.added or trip in shops.closed_trips or shops.closed_stops & {*stops}:
        return {}, {}
    agency = int(network.routes.agency[run.route])
    enter, leave = (
        shops.stops.get((stop, agency))
        or shops.stops.get((stop, -1))
        or str(network.calls.sequence[run.first_call + call])
        for stop, call in zip(stops, (first, last), strict=True)
    )
    day = network.first_day + timedelta(days=run.key.day)
    return shops.of(run.route, agency), {
        "service_date": f"{day:%Y%m%d}",
        "ticketing_trip_id": shops.trips.get(trip) or split_feed_scoped(run.trip_id)[1],
        "from_ticketing_stop_time_id": enter,
        "to_ticketing_stop_time_id": leave,
        "boarding_time": instant(run.scheduled_departure[first]).isoformat(timespec="seconds"),
        "arrival_time": instant(run.scheduled_arrival[last]).isoformat(timespec="seconds"),
    }
