"""Rows by id, calls by stop, and the instants of service days: what boards look things up in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from maas.core.clock import JAPAN
from maas.core.columns import Float64s, Int32s, Int64s, Texts
from maas.core.network import Network
from maas.core.servicetime import service_day_start
from routing.model import Mode
from routing.modes import mode_of

MODES: Final = tuple(Mode)
"""A mode's code in `BoardIndex.mode_of_trip` is its place in here."""

WORD: Final = np.int64


@dataclass(frozen=True, slots=True)
class RunColumns:
    """Every run of a day: a trip, or one departure of a frequency."""

    trip: Int32s
    shift_s: Int32s
    """What is added to the trip's own call times."""
    start: Int32s
    """Length trips + 1: runs of trip i are rows start[i]:start[i + 1]."""


@dataclass(frozen=True, slots=True)
class CallsByStop:
    """Every (run, call), sorted by stop: rows `start[s]:start[s + 1]` call at stop s."""

    start: Int64s
    call: Int32s
    run: Int32s


def rows_by_id(ids: Texts) -> dict[str, int]:
    """Return the row of every id."""
    return {name: row for row, name in enumerate(ids)}


class BoardIndex:
    """
    Lookups over a network, each made when it is first needed and then kept.

    Immutable otherwise, so threads share one. Rows are rows of the network's groups; instants
    are seconds since 1970 (UTC); days count from `Network.first_day`.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.days = int(network.services.runs.shape[1])

    @cached_property
    def stop_rows(self) -> dict[str, int]:
        """Stop rows by id."""
        return rows_by_id(self.network.stops.id)

    @cached_property
    def place_rows(self) -> dict[str, int]:
        """Place rows by id."""
        return rows_by_id(self.network.places.id)

    @cached_property
    def trip_rows(self) -> dict[str, int]:
        """Trip rows by id."""
        return rows_by_id(self.network.trips.id)

    @cached_property
    def route_rows(self) -> dict[str, int]:
        """Route rows by id."""
        return rows_by_id(self.network.routes.id)

    @cached_property
    def tags(self) -> frozenset[str]:
        """The tags of the feeds."""
        return frozenset(self.network.feeds.tag)

    @cached_property
    def zones(self) -> tuple[ZoneInfo, ...]:
        """The zone of every agency; Japan's where a feed names none that exists."""
        return tuple(zone_of(name) for name in self.network.agencies.zone)

    @cached_property
    def agency_of_trip(self) -> Int32s:
        """The agency row of every trip."""
        return np.asarray(self.network.routes.agency)[np.asarray(self.network.trips.route)]

    @cached_property
    def day_start(self) -> Int64s:
        """The instant from which the seconds of a day count; shape (agencies + 1, days)."""
        first = self.network.first_day
        starts: dict[str, list[int]] = {}
        for zone in {*self.zones, JAPAN}:
            starts[zone.key] = [
                int(service_day_start(first + timedelta(days=day), zone).timestamp())
                for day in range(self.days)
            ]
        # The last row serves trips whose agency is unknown (pointer -1).
        rows = [starts[zone.key] for zone in self.zones] + [starts[JAPAN.key]]
        return np.array(rows, WORD).reshape(len(rows), self.days)

    @cached_property
    def trip_of_call(self) -> Int32s:
        """The trip row of every call."""
        start = np.asarray(self.network.trips.call_start)
        counts = start[1:] - start[:-1]
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)

    @cached_property
    def mode_of_trip(self) -> Int32s:
        """The mode of every trip, as its place in `MODES`."""
        types = np.asarray(self.network.routes.type)
        codes = np.array([MODES.index(mode_of(int(kind))) for kind in types], np.int32)
        return codes[np.asarray(self.network.trips.route)] if len(codes) else codes

    @cached_property
    def runs(self) -> RunColumns:
        """Every run: a frequency's departures replace the trip that it repeats."""
        network = self.network
        trips = len(network.trips.id)
        call_start = np.asarray(network.trips.call_start)
        shifts: dict[int, list[int]] = {}
        frequencies = network.frequencies
        for row in range(len(frequencies.trip)):
            trip = int(frequencies.trip[row])
            if trip < 0 or call_start[trip] == call_start[trip + 1]:
                continue
            own = int(network.calls.departure_s[call_start[trip]])
            headway = max(int(frequencies.headway_s[row]), 1)
            begin, end = int(frequencies.start_s[row]), int(frequencies.end_s[row])
            shifts.setdefault(trip, []).extend(start - own for start in range(begin, end, headway))
        count = np.ones(trips, np.int32)
        for trip, values in shifts.items():
            count[trip] = len(values)
        start = np.zeros(trips + 1, np.int32)
        np.cumsum(count, out=start[1:])
        shift = np.zeros(int(start[-1]), np.int32)
        for trip, values in shifts.items():
            shift[start[trip] : start[trip + 1]] = sorted(values)
        return RunColumns(np.repeat(np.arange(trips, dtype=np.int32), count), shift, start)

    @cached_property
    def calls_by_stop(self) -> CallsByStop:
        """Calls of all runs that are shown (no duplicates of another feed's trip), by stop."""
        network, runs = self.network, self.runs
        shown = np.asarray(network.trips.duplicate_of)[runs.trip] < 0
        run = np.flatnonzero(shown).astype(np.int32)
        begin = np.asarray(network.trips.call_start)[runs.trip[run]]
        count = np.asarray(network.trips.call_start)[runs.trip[run] + 1] - begin
        run_of = np.repeat(run, count)
        offset = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        call = (np.repeat(begin, count) + offset).astype(np.int32)
        stop = np.asarray(network.calls.stop)[call]
        order = np.argsort(stop, kind="stable")
        order = order[stop[order] >= 0]
        start = np.searchsorted(stop[order], np.arange(len(network.stops.id) + 1))
        return CallsByStop(start.astype(WORD), call[order], run_of[order])

    @cached_property
    def blocks(self) -> dict[int, list[int]]:
        """The trips of every block in the order in which they leave."""
        network = self.network
        call_start = np.asarray(network.trips.call_start)
        blocks: dict[int, list[int]] = {}
        for trip in np.flatnonzero(np.asarray(network.trips.block) >= 0).tolist():
            if call_start[trip] < call_start[trip + 1]:
                blocks.setdefault(int(network.trips.block[trip]), []).append(trip)
        for trips in blocks.values():
            trips.sort(key=lambda trip: int(network.calls.departure_s[call_start[trip]]))
        return blocks

    @cached_property
    def members(self) -> tuple[Int32s, Int64s]:
        """Stops sorted by place and where each place begins, as (stops, start)."""
        place = np.asarray(self.network.stops.place)
        order = np.argsort(place, kind="stable").astype(np.int32)
        start = np.searchsorted(place[order], np.arange(len(self.network.places.id) + 1))
        return order, start.astype(WORD)

    @cached_property
    def children(self) -> dict[int, list[int]]:
        """Child stops of every stop that has any."""
        result: dict[int, list[int]] = {}
        for row, parent in enumerate(np.asarray(self.network.stops.parent).tolist()):
            if parent >= 0:
                result.setdefault(parent, []).append(row)
        return result

    @cached_property
    def radians(self) -> tuple[Float64s, Float64s]:
        """Coordinates of the stops in radians, NaN where unknown."""
        stops = self.network.stops
        return np.radians(np.asarray(stops.lat)), np.radians(np.asarray(stops.lon))

    @cached_property
    def modes_of_stop(self) -> Int64s:
        """The modes that call at every stop, as bits 1 << code."""
        bits = np.zeros(len(self.network.stops.id), WORD)
        stop = np.asarray(self.network.calls.stop)
        known = stop >= 0
        codes = self.mode_of_trip[self.trip_of_call].astype(WORD)
        np.bitwise_or.at(bits, stop[known], np.left_shift(WORD(1), codes[known]))
        return bits

    @cached_property
    def calls_of_stop(self) -> Int64s:
        """How many calls the timetable has at every stop: a measure of importance."""
        stop = np.asarray(self.network.calls.stop)
        return np.bincount(stop[stop >= 0], minlength=len(self.network.stops.id)).astype(WORD)

    @cached_property
    def roots(self) -> list[int]:
        """The station of every stop, the stop itself where it has none."""
        parent = np.asarray(self.network.stops.parent).astype(np.int64)
        own = np.arange(len(parent))
        root = np.where(parent >= 0, parent, own)
        # Each step halves the way up; a circle of parents, which no feed may have, just ends.
        for _ in range(len(parent).bit_length()):
            root = root[root]
        found: list[int] = root.tolist()
        return found

    def root(self, stop: int) -> int:
        """Return the station that a stop belongs to, or the stop itself."""
        return self.roots[stop]

    def family(self, stops: Iterable[int]) -> list[int]:
        """Return these stops with their stations, their sisters and all of their places."""
        found: set[int] = set()
        order, start = self.members
        for stop in stops:
            station = self.root(stop)
            near = {stop, station, *self._below(station)}
            for row in tuple(near):
                place = int(self.network.stops.place[row])
                if place >= 0:
                    near.update(order[start[place] : start[place + 1]].tolist())
            found |= near
        return sorted(found)

    def within(self, lat: float, lon: float, radius_m: float) -> Int32s:
        """Return the stops that lie at most that far from a point."""
        return np.flatnonzero(self.metres(lat, lon) <= radius_m).astype(np.int32)

    def metres(self, lat: float, lon: float) -> Float64s:
        """Return the great-circle distance of every stop; NaN for a stop without coordinates."""
        lats, lons = self.radians
        phi, lam = np.radians(lat), np.radians(lon)
        half = (
            np.sin((lats - phi) / 2) ** 2
            + np.cos(lats) * np.cos(phi) * np.sin((lons - lam) / 2) ** 2
        )
        metres: Float64s = 2 * 6_371_008.8 * np.arcsin(np.sqrt(half))
        return metres

    def day_of(self, instant: int, agency: int = -1) -> int:
        """Return the service day that has begun last at an instant; may lie outside the table."""
        starts = self.day_start[agency]
        if not self.days:
            return 0
        if instant < starts[0] or instant >= starts[-1] + 86_400:
            return int((instant - int(starts[0])) // 86_400)
        return int(np.searchsorted(starts, instant, side="right")) - 1

    def date_of(self, day: int) -> date:
        """Return the calendar date of a service day."""
        return self.network.first_day + timedelta(days=day)

    @cached_property
    def zone_of_feed(self) -> dict[int, str]:
        """The zone of every feed's first agency, by row of the feed."""
        result: dict[int, str] = {}
        for row, feed in enumerate(np.asarray(self.network.agencies.feed).tolist()):
            result.setdefault(feed, self.zones[row].key)
        return result

    def zone_of_trip(self, trip: int) -> str:
        """Return the zone of a trip's agency, empty where there is none."""
        agency = int(self.agency_of_trip[trip]) if trip >= 0 else -1
        return self.zones[agency].key if agency >= 0 else ""

    def zone_of_stop(self, stop: int, trip_zone: str = "") -> str:
        """
        Return the zone in which times at a stop are shown.

        Its own, else that of the trip that calls there, else its feed's.
        """
        own = self._stop_zones[stop] or trip_zone
        return own or self.zone_of_feed.get(int(self.network.stops.feed[stop]), JAPAN.key)

    @cached_property
    def _stop_zones(self) -> list[str]:
        """The zone of every stop that has one of its own, else empty."""
        return self.network.stops.time_zone.tolist()

    def _below(self, station: int) -> set[int]:
        found: set[int] = set()
        heap = [station]
        while heap:
            for child in self.children.get(heap.pop(), ()):
                if child not in found:
                    found.add(child)
                    heap.append(child)
        return found


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of that name; Japan's where there is no such zone."""
    try:
        return ZoneInfo(name) if name else JAPAN
    except (ZoneInfoNotFoundError, ValueError):
        return JAPAN


def instant(epoch: int) -> datetime:
    """Return seconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(epoch, UTC)
