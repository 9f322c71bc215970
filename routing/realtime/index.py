"""Rows of a network by what messages call them; made once a network, used by every message."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from maas.core.columns import Bools, Int64s
from maas.core.geo import distance_m
from maas.core.ids import feed_scoped
from maas.core.network import Network
from maas.core.servicetime import service_day_start

Rows = npt.NDArray[np.integer[Any]]
MAX_PLATFORM_CHANGE_M: Final = 500.0
"""An assigned stop that is farther away and not of the same station is taken for a mistake."""


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
    def frequent(self) -> Bools:
        """Whether a trip stands for the runs of frequencies."""
        found = np.zeros(len(self.network.trips.call_start) - 1, bool)
        found[self.network.frequencies.trip] = True
        return found

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

    def trips_of(self, tag: str) -> Callable[[str], int]:
        """Return what finds the rows of a feed's trips: many of them, as fast as can be."""
        return _rows_of(self._trips, tag)

    def stops_of(self, tag: str) -> Callable[[str], int]:
        """Return what finds the rows of a feed's stops."""
        return _rows_of(self._stops, tag)

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

    def run_on(self, trips: Int64s, days: Int64s) -> Bools:
        """Return whether trips run on the service days (ordinals) beside them."""
        service, column = self.network.trips.service[trips], days - self.first_day
        inside = (service >= 0) & (days >= self.first_day) & (days <= self.last_day)
        runs = self.network.services.runs
        found: Bools = inside & (
            runs[np.where(inside, service, 0), np.where(inside, column, 0)] != 0
        )
        return found

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

    @cached_property
    def has_followers(self) -> Bools:
        """Whether the vehicle of a trip may run another one next."""
        found: Bools = self.network.trips.block >= 0
        found[list(self._joined)] = True
        return found

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

    def same_spots(self, stops: Rows, others: Rows) -> Bools:
        """Return whether stops are platforms of one station, or of one place for travellers."""
        parent, place = self.network.stops.parent, self.network.stops.place
        same: Bools = (stops == others) | (parent[stops] == others) | (parent[others] == stops)
        same |= (parent[stops] >= 0) & (parent[stops] == parent[others])
        same |= (place[stops] >= 0) & (place[stops] == place[others])
        return same

    def near(self, stops: Rows, others: Rows) -> Bools:
        """Return whether a vehicle may call at one stop instead of the other."""
        lat, lon = self.network.stops.lat, self.network.stops.lon
        away = distance_m(lat[stops], lon[stops], lat[others], lon[others])
        return self.same_spots(stops, others) | (away <= MAX_PLATFORM_CHANGE_M)


def _rows_of(rows: Mapping[str, int], tag: str) -> Callable[[str], int]:
    prefix, get = feed_scoped(tag, ""), rows.get
    return lambda own: get(prefix + own, -1)


@lru_cache(maxsize=4096)
def day_start(day: int, zone: str) -> int:
    """Return the unix second from which a service day (ordinal) counts in an IANA zone."""
    return int(service_day_start(date.fromordinal(day), ZoneInfo(zone)).timestamp())


def never_falls(seconds: list[int]) -> bool:
    """Whether times are in order."""
    return all(before <= after for before, after in pairwise(seconds))
