"""Journeys of the search as itineraries: ids, names and zoned times instead of indexes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from maas.core.columns import Int32s
from maas.core.geo import distance_m
from routing.itineraries.calls import Calls
from routing.itineraries.labels import Labels, StopLabel, zone_of
from routing.itineraries.notes import notes_of
from routing.itineraries.rides import Ridden, RideLegs
from routing.model import Itinerary, Leg, Mode, Point, StopCall
from routing.raptor.search import End, Journey
from routing.timetable.model import Timetable
from routing.timetable.view import View


@dataclass(frozen=True, slots=True)
class Spot:
    """The traveller's own end of a journey."""

    point: Point | None = None
    stop: int = -1
    """Row of `Network.stops` where the search was from a stop."""


Place = tuple[Sequence[Spot], Sequence[End]]
"""The ends of a query on one side, and what the traveller's own end is for each."""


class ItineraryBuilder:
    """
    Builds the itineraries of a timetable.

    Of places, `board_slack_s` and `alight_slack_s` are what the ends have beyond the way on foot.
    Safe to share between threads.
    """

    def __init__(self, timetable: Timetable, *, board_slack_s: int, alight_slack_s: int) -> None:
        self._timetable = timetable
        self._labels = Labels(timetable)
        self._legs = RideLegs(timetable, self._labels)
        self._lat, self._lon = timetable.network.stops.lat, timetable.network.stops.lon
        self._board_slack_s, self._alight_slack_s = board_slack_s, alight_slack_s

    def build(
        self, view: View, journeys: Sequence[Journey], origin: Place, target: Place
    ) -> list[Itinerary]:
        """Return the itineraries of journeys of a view from one place to another."""
        if not journeys:
            return []
        rides, walks = self._legs.of(view, [ride for row in journeys for ride in row.rides])
        found: list[Itinerary] = []
        begin = 0
        for journey in journeys:
            end = begin + len(journey.rides)
            mine = rides[begin:end]
            departure, arrival = view.instant(journey.departure_s), view.instant(journey.arrival_s)
            legs: list[Leg] = []
            spot = origin[0][journey.origin]
            way_s = origin[1][journey.origin].offset_s - self._board_slack_s
            if spot.point is not None or way_s > 0:
                legs.append(self._access(spot, departure, way_s, mine[0][0]))
            for at, ridden in enumerate(mine):
                if at and mine[at - 1][-1].last != ridden[0].first:
                    seconds = walks[begin + at - 1]
                    legs.append(self._change(mine[at - 1][-1], ridden[0], seconds))
                legs += [ride.leg for ride in ridden]
            spot = target[0][journey.target]
            way_s = target[1][journey.target].offset_s - self._alight_slack_s
            if spot.point is not None or way_s > 0:
                legs.append(self._egress(spot, arrival, way_s, mine[-1][-1]))
            notes = notes_of(ride for ridden in mine for ride in ridden)
            found.append(Itinerary(tuple(legs), departure, arrival, len(mine) - 1, notes))
            begin = end
        return found

    def _access(self, spot: Spot, departure: datetime, way_s: int, ride: Ridden) -> Leg:
        """Return the walk from the traveller's own end to a ride."""
        stop = self._labels.stop(ride.first, ride.zone)
        begin = departure.astimezone(stop.clock)
        end = (departure + timedelta(seconds=way_s)).astimezone(stop.clock)
        return _walk_between(self._own(spot, stop), begin, stop, end)

    def _egress(self, spot: Spot, arrival: datetime, way_s: int, ride: Ridden) -> Leg:
        """Return the walk from a ride to the traveller's own end."""
        stop = self._labels.stop(ride.last, ride.zone)
        begin = (arrival - timedelta(seconds=way_s)).astimezone(stop.clock)
        return _walk_between(stop, begin, self._own(spot, stop), arrival.astimezone(stop.clock))

    def _own(self, spot: Spot, stop: StopLabel) -> StopLabel:
        """Return the traveller's own end, which is at a stop where nothing else is known."""
        if spot.point is None and spot.stop >= 0:
            return self._labels.stop(spot.stop, stop.zone)
        return _nameless(spot.point or Point(stop.lat, stop.lon), stop.zone)

    def _change(self, came: Ridden, goes: Ridden, walk_s: int) -> Leg:
        """Return the walk between two vehicles that are not at one stop."""
        begin = came.leg.arrival
        seconds = walk_s - self._timetable.extra_walk_s
        if seconds > 0:
            end = min(begin + timedelta(seconds=seconds), goes.leg.departure)
        else:
            # The next vehicle waits, so one may come after it should have left.
            end = begin + timedelta(seconds=self._published_walk_s(came.last, goes.first))
        stops = (came.last, came.zone), (goes.first, goes.zone)
        lat, lon = self._lat, self._lon
        metres = distance_m(
            float(lat[came.last]), float(lon[came.last]),
            float(lat[goes.first]), float(lon[goes.first]),
        )  # fmt: skip
        # What is written at the stops is read only by who shows the walk.
        return _walk(lambda at: self._labels.stop(*stops[at]), begin, end, metres)

    def _published_walk_s(self, origin: int, target: int) -> int:
        """Return the shortest time that transfers.txt gives for the way, 0 where it gives none."""
        network = self._timetable.network
        transfers, parent = network.transfers, network.stops.parent
        rows = (
            np.isin(transfers.from_stop, _with_station(origin, parent))
            & np.isin(transfers.to_stop, _with_station(target, parent))
            & (transfers.min_time_s >= 0)
        )
        return int(transfers.min_time_s[rows].min()) if rows.any() else 0


def _with_station(stop: int, parent: Int32s) -> list[int]:
    station = int(parent[stop])
    return [stop] if station < 0 else [stop, station]


def walk_all_the_way(
    zone: str, origin: Point, target: Point, departure: datetime, seconds: int
) -> Itinerary:
    """Return the way on foot from end to end; times are shown in `zone`."""
    arrival = departure + timedelta(seconds=seconds)
    first, last = _nameless(origin, zone), _nameless(target, zone)
    begin, end = departure.astimezone(first.clock), arrival.astimezone(last.clock)
    leg = _walk_between(first, begin, last, end)
    return Itinerary((leg,), departure, arrival, 0)


def _walk_between(first: StopLabel, begin: datetime, last: StopLabel, end: datetime) -> Leg:
    metres = distance_m(first.lat, first.lon, last.lat, last.lon)
    return _walk((first, last).__getitem__, begin, end, metres)


def _walk(label: Callable[[int], StopLabel], begin: datetime, end: datetime, metres: float) -> Leg:
    """Return a leg on foot from stop 0 to stop 1."""

    def call(at: int) -> StopCall:
        stop, instant = label(at), end if at else begin
        return StopCall(*stop[:6], instant, instant, instant, instant, stop.platform)

    return Leg(Mode.WALK, Calls(2, call), begin, end, begin, end, metres)


def _nameless(point: Point, zone: str) -> StopLabel:
    """Return a spot without a stop."""
    return StopLabel("", "", "", point.lat, point.lon, zone, "", zone_of(zone))
