"""
What a checked ride was worth: its single fare, length and time, from the network and its fares.

A reader says where a ride began and ended, as far as it knows. With both stops the run nearest to
the check is looked up: its scheduled time, the way along its stops, and the fare that the feed
publishes for it. What cannot be looked up stays None: unknown, never zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from maas.core.clock import JAPAN
from maas.core.columns import Int32s, Int64s
from maas.core.geo import distance_m
from maas.core.ids import split_feed_scoped
from maas.core.money import Yen
from maas.core.network import Network
from maas.core.servicetime import service_day_start
from ticketing.fares.book import FareBook
from ticketing.fares.facts import RideFact
from ticketing.fares.journey import price_journey

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Measure:
    """What a ride was worth; None where nobody knows."""

    nominal_fare: Yen | None = None
    distance_m: int | None = None
    duration_s: int | None = None


UNKNOWN = Measure()


class Measures(Protocol):
    """Says what a ride was worth."""

    def of(self, place: Mapping[str, Any], at: datetime) -> Measure:
        """Return the measure of a ride that was checked at a place; `UNKNOWN` where it is not."""
        ...


class RideMeasures:
    """Measures rides on one network."""

    def __init__(self, network: Network, fares: Mapping[str, FareBook]) -> None:
        self._network = network
        self._fares = fares
        self._known: dict[tuple[str, str, str, date, int], Measure] = {}

    def of(self, place: Mapping[str, Any], at: datetime) -> Measure:
        """Return the measure of a ride from `from_stop` to `to_stop`, on `route` if it is named."""
        start, end = str(place.get("from_stop", "")), str(place.get("to_stop", ""))
        if not start or not end or start == end:
            return UNKNOWN
        local = at.astimezone(JAPAN)
        minute = local.hour * 60 + local.minute
        key = (str(place.get("route", "")), start, end, local.date(), minute)
        if key not in self._known:
            self._known[key] = self._measure(*key)
        return self._known[key]

    def _measure(self, route: str, start: str, end: str, day: date, minute: int) -> Measure:
        run = self._nearest_run(route, start, end, day, minute * 60)
        if run is None:
            return UNKNOWN
        first, last = run
        calls, stops = self._network.calls, self._network.stops
        path = np.asarray(calls.stop)[first : last + 1]
        lat, lon = np.asarray(stops.lat)[path], np.asarray(stops.lon)[path]
        metres = float(distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum())
        return Measure(
            nominal_fare=self._fare(first, last, day),
            distance_m=None if np.isnan(metres) else round(metres),
            duration_s=int(calls.arrival_s[last]) - int(calls.departure_s[first]),
        )

    def _nearest_run(
        self, route: str, start: str, end: str, day: date, second: int
    ) -> tuple[int, int] | None:
        """Return the calls at which the ride begins and ends, of the run nearest in time."""
        begins, ends = self._calls_at(start), self._calls_at(end)
        if not len(begins) or not len(ends):
            return None
        # For each call at the start: the first call of the same trip at the end after it.
        after = np.searchsorted(ends, begins, side="right")
        held = after < len(ends)
        begins, after = begins[held], ends[after[held]]
        trips = self._trip_of_call[begins]
        fits = self._trip_of_call[after] == trips
        if route:
            row = self._routes.get(route, -1)
            fits &= np.asarray(self._network.trips.route)[trips] == row
        begins, after, trips = begins[fits], after[fits], trips[fits]
        if not len(begins):
            return None
        runs = self._runs_on(trips, day)
        if runs.any():
            begins, after = begins[runs], after[runs]
        apart = np.abs(np.asarray(self._network.calls.departure_s)[begins] - second) % DAY_S
        nearest = int(np.argmin(np.minimum(apart, DAY_S - apart)))
        return int(begins[nearest]), int(after[nearest])

    def _runs_on(self, trips: Int32s, day: date) -> np.ndarray[Any, np.dtype[np.bool_]]:
        services = self._network.services.runs
        column = (day - self._network.first_day).days
        if not 0 <= column < services.shape[1]:
            return np.zeros(len(trips), np.bool_)
        return np.asarray(services[:, column])[np.asarray(self._network.trips.service)[trips]] > 0

    def _fare(self, first: int, last: int, day: date) -> Yen | None:
        network = self._network
        trip = int(self._trip_of_call[first])
        route = int(network.trips.route[trip])
        begin = service_day_start(day, JAPAN)
        path = np.asarray(network.calls.stop)[first : last + 1].tolist()
        feed, own_route = split_feed_scoped(network.routes.id[route])
        ride = RideFact(
            feed=feed,
            route=own_route,
            agency=split_feed_scoped(network.agencies.id[int(network.routes.agency[route])])[1],
            stops=tuple(split_feed_scoped(network.stops.id[stop])[1] for stop in path),
            departure=self._local(begin, int(network.calls.departure_s[first])),
            arrival=self._local(begin, int(network.calls.arrival_s[last])),
            trip=split_feed_scoped(network.trips.id[trip])[1],
        )
        total = price_journey([ride], self._fares).total("JPY")
        return None if total is None else Yen(total)

    @staticmethod
    def _local(begin: datetime, seconds: int) -> datetime:
        return (begin + timedelta(seconds=seconds)).astimezone(JAPAN)

    def _calls_at(self, stop: str) -> Int64s:
        """Return the calls, in order, at a stop or at any stop of the same station."""
        row = self._stops.get(stop)
        if row is None:
            return np.zeros(0, np.int64)
        parents = np.asarray(self._network.stops.parent)
        station = int(parents[row]) if parents[row] >= 0 else row
        rows = np.append(np.flatnonzero(parents == station), station)
        begin = self._call_start
        found = [self._calls_by_stop[begin[row] : begin[row + 1]] for row in rows.tolist()]
        return np.sort(np.concatenate(found))

    @cached_property
    def _stops(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self._network.stops.id)}

    @cached_property
    def _routes(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self._network.routes.id)}

    @cached_property
    def _trip_of_call(self) -> Int32s:
        start = np.asarray(self._network.trips.call_start)
        counts = start[1:] - start[:-1]
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)

    @cached_property
    def _calls_by_stop(self) -> Int64s:
        return np.argsort(np.asarray(self._network.calls.stop), kind="stable").astype(np.int64)

    @cached_property
    def _call_start(self) -> Int64s:
        stops = np.asarray(self._network.calls.stop)[self._calls_by_stop]
        return np.searchsorted(stops, np.arange(len(self._network.stops.id) + 1)).astype(np.int64)
