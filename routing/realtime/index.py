"""Rows of a network by what messages call them; made once a network, used by every message."""

from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from maas.core.columns import Int64s
from maas.core.ids import feed_scoped
from maas.core.network import Network
from maas.core.servicetime import service_day_start


class NetworkIndex:
    """Finds trips, stops and days; every look-up costs the same for any size of network."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.first_day = network.first_day.toordinal()
        self.last_day = self.first_day + network.services.runs.shape[1] - 1

    @cached_property
    def trip_ids(self) -> list[str]:
        """Feed-scoped id of each trip."""
        return self.network.trips.id.tolist()

    @cached_property
    def _trips(self) -> dict[str, int]:
        return {scoped: row for row, scoped in enumerate(self.trip_ids)}

    @cached_property
    def _stops(self) -> dict[str, int]:
        return {scoped: row for row, scoped in enumerate(self.network.stops.id)}

    @cached_property
    def _routes(self) -> dict[str, int]:
        return {scoped: row for row, scoped in enumerate(self.network.routes.id)}

    @cached_property
    def _agencies(self) -> dict[str, int]:
        return {scoped: row for row, scoped in enumerate(self.network.agencies.id)}

    @cached_property
    def _frequencies(self) -> dict[int, list[int]]:
        rows: dict[int, list[int]] = {}
        for row, trip in enumerate(self.network.frequencies.trip.tolist()):
            rows.setdefault(trip, []).append(row)
        return rows

    @cached_property
    def _route_trips(self) -> dict[int, list[int]]:
        rows: dict[int, list[int]] = {}
        for trip, route in enumerate(self.network.trips.route.tolist()):
            rows.setdefault(route, []).append(trip)
        return rows

    @cached_property
    def first_departures(self) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
        """Scheduled departure of each trip from its first stop, seconds of the service day."""
        start = self.network.trips.call_start
        full = start[:-1] < start[1:]
        first = np.zeros(len(start) - 1, np.int32)
        first[full] = self.network.calls.departure_s[start[:-1][full]]
        return first

    @cached_property
    def last_arrivals(self) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
        """Scheduled arrival of each trip at its last stop, seconds of the service day."""
        start = self.network.trips.call_start
        full = start[:-1] < start[1:]
        last = np.zeros(len(start) - 1, np.int32)
        last[full] = self.network.calls.arrival_s[start[1:][full] - 1]
        return last

    @cached_property
    def _blocks(self) -> dict[int, list[int]]:
        rows: dict[int, list[int]] = {}
        blocks = self.network.trips.block
        inside = np.flatnonzero(blocks >= 0)
        order = inside[np.lexsort((self.first_departures[inside], blocks[inside]))]
        for trip, block in zip(order.tolist(), blocks[order].tolist(), strict=True):
            rows.setdefault(block, []).append(trip)
        return rows

    @cached_property
    def _joined(self) -> dict[int, list[int]]:
        """Trips whose vehicle goes on as another: transfers of type 4 between two trips."""
        rows: dict[int, list[int]] = {}
        transfers = self.network.transfers
        for row in np.flatnonzero(transfers.type == 4).tolist():
            before, after = int(transfers.from_trip[row]), int(transfers.to_trip[row])
            if before >= 0 and after >= 0:
                rows.setdefault(before, []).append(after)
        return rows

    def trip(self, tag: str, trip_id: str) -> int:
        """Return the row of a feed's trip, -1 where there is none."""
        return self._trips.get(feed_scoped(tag, trip_id), -1)

    def stop(self, tag: str, stop_id: str) -> int:
        """Return the row of a feed's stop, -1 where there is none."""
        return self._stops.get(feed_scoped(tag, stop_id), -1)

    def route(self, tag: str, route_id: str) -> int:
        """Return the row of a feed's route, -1 where there is none."""
        return self._routes.get(feed_scoped(tag, route_id), -1)

    def agency(self, tag: str, agency_id: str) -> int:
        """Return the row of a feed's agency, -1 where there is none."""
        return self._agencies.get(feed_scoped(tag, agency_id), -1)

    def trips_of_route(self, route: int) -> list[int]:
        """Return the trips of a route."""
        return self._route_trips.get(route, [])

    def frequencies(self, trip: int) -> list[int]:
        """Return the frequencies of a trip; none for a trip with times of its own."""
        return self._frequencies.get(trip, [])

    def runs_on(self, trip: int, day: int) -> bool:
        """Whether a trip runs on a service day (ordinal)."""
        service = int(self.network.trips.service[trip])
        if service < 0 or not self.first_day <= day <= self.last_day:
            return False
        return bool(self.network.services.runs[service, day - self.first_day])

    def only_day(self, trip: int) -> int | None:
        """Return the day (ordinal) of a trip that runs on no other, None where there are more."""
        service = int(self.network.trips.service[trip])
        if service < 0:
            return None
        days = self.network.services.runs[service].nonzero()[0]
        return self.first_day + int(days[0]) if len(days) == 1 else None

    def day_start(self, trip: int, day: int) -> int:
        """Return the unix second from which the seconds of a trip's service day count."""
        return day_start(day, self.zone(int(self.network.trips.route[trip])))

    def day_starts(self, trips: Int64s, days: Int64s) -> Int64s:
        """Return the unix seconds from which the service days of these trips count."""
        names, of_route = self._zone_rows
        keys = of_route[self.network.trips.route[trips]] + days * len(names)
        kinds, which = np.unique(keys, return_inverse=True)
        starts = [day_start(key // len(names), names[key % len(names)]) for key in kinds.tolist()]
        return np.array(starts, np.int64)[which]

    @cached_property
    def _zone_rows(self) -> tuple[list[str], Int64s]:
        """Names of zones, and which of them each route has; the last row is for "no route"."""
        names = sorted({*self._zones, "UTC"})
        of_route = [names.index(zone) for zone in [*self._zones, "UTC"]]
        return names, np.array(of_route, np.int64)

    @cached_property
    def _zones(self) -> list[str]:
        names = self.network.agencies.zone.tolist()
        return [names[row] if row >= 0 else "UTC" for row in self.network.routes.agency.tolist()]

    def zone(self, route: int) -> str:
        """Return the IANA zone in which the times of a route count."""
        return self._zones[route] if route >= 0 else "UTC"

    def followers(self, trip: int) -> list[int]:
        """Return the trips that the same vehicle may run next: of the block, and joined ones."""
        after = list(self._joined.get(trip, ()))
        block = int(self.network.trips.block[trip])
        if block >= 0:
            end = int(self.last_arrivals[trip])
            after += [
                t for t in self._blocks[block] if self.first_departures[t] >= end and t != trip
            ]
        return after

    def same_spot(self, stop: int, other: int) -> bool:
        """Whether two stops are platforms of one station, or of one place for travellers."""
        stops = self.network.stops
        if stop == other or int(stops.parent[stop]) == other or int(stops.parent[other]) == stop:
            return True
        parent, place = int(stops.parent[stop]), int(stops.place[stop])
        return (parent >= 0 and parent == int(stops.parent[other])) or (
            place >= 0 and place == int(stops.place[other])
        )


@lru_cache(maxsize=4096)
def day_start(day: int, zone: str) -> int:
    """Return the unix second from which a service day (ordinal) counts in an IANA zone."""
    return int(service_day_start(date.fromordinal(day), ZoneInfo(zone)).timestamp())


def never_falls(seconds: list[int]) -> bool:
    """Whether times are in order."""
    return all(before <= after for before, after in pairwise(seconds))
