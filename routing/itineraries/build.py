"""Journeys of the search as itineraries: ids, names and zoned times instead of indexes."""

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
from routing.raptor.search import End, Journey, Ride
from routing.timetable.view import View


@dataclass(frozen=True, slots=True)
class Spot:
    """The traveller's own end of a journey."""

    point: Point | None = None
    stop: int = -1
    """Row of `Network.stops` where the search was from a stop."""


class ItineraryBuilder:
    """Builds the itineraries of one view."""

    def __init__(self, view: View, labels: Labels) -> None:
        self._view = view
        self._labels = labels
        self._legs = RideLegs(view, labels)

    def build(
        self,
        journey: Journey,
        origin: tuple[Spot, End],
        target: tuple[Spot, End],
        *,
        board_slack_s: int = 0,
    ) -> Itinerary:
        """Return the itinerary of a journey between two ends."""
        view = self._view
        rides = [self._legs.of(ride) for ride in journey.rides]
        departure = view.instant(journey.departure_s)
        arrival = view.instant(journey.arrival_s)
        legs: list[Leg] = []
        access_s = origin[1].offset_s - board_slack_s
        access = self._end_leg(origin[0], rides[0][0].first, departure, access_s, outward=True)
        if access is not None:
            legs.append(access)
        for index, ridden in enumerate(rides):
            if index:
                before, after = journey.rides[index - 1], journey.rides[index]
                walk = self._change_leg(before, after, rides[index - 1][-1], ridden[0])
                if walk is not None:
                    legs.append(walk)
            legs += [leg for leg, *_ in ridden]
        egress = self._end_leg(
            target[0], rides[-1][-1].last, arrival, target[1].offset_s, outward=False
        )
        if egress is not None:
            legs.append(egress)
        notes = notes_of(leg for ridden in rides for leg in ridden)
        return Itinerary(tuple(legs), departure, arrival, len(rides) - 1, notes)

    def _end_leg(
        self, spot: Spot, stop: StopLabel, instant: datetime, seconds: int, *, outward: bool
    ) -> Leg | None:
        """Return the walk between the traveller's end and a stop, if there is one."""
        if spot.point is None and seconds <= 0:
            return None
        shown = instant.astimezone(stop.clock)
        if spot.point is None and spot.stop >= 0:
            own = self._labels.stop(spot.stop, stop.zone)
        else:
            own = _nameless(spot.point or Point(stop.lat, stop.lon), stop.zone)
        way = timedelta(seconds=seconds)
        if outward:
            return _walk(own, shown, stop, (instant + way).astimezone(stop.clock))
        return _walk(stop, (instant - way).astimezone(stop.clock), own, shown)

    def _change_leg(self, before: Ride, after: Ride, came: Ridden, goes: Ridden) -> Leg | None:
        """Return the walk between two vehicles, if they are not at one stop."""
        if came.last.stop_id == goes.first.stop_id:
            return None
        shape, nodes = self._view.shape, self._view.timetable.nodes
        origin = int(shape.node[shape.start[before.pattern] + before.alight])
        target = int(shape.node[shape.start[after.pattern] + after.board])
        begin, end = int(nodes.walk_start[origin]), int(nodes.walk_start[origin + 1])
        # The walks of a node are ordered by their time, so the first is the shortest.
        ways = nodes.walk_to[begin:end].tolist()
        seconds = 0
        if target in ways:
            walk = begin + ways.index(target)
            seconds = int(nodes.walk_s[walk]) - self._view.timetable.extra_walk_s
        if seconds > 0:
            there = min(came.arrival + timedelta(seconds=seconds), goes.departure)
        else:
            # The next vehicle waits, so one may come after it should have left.
            published_s = self._published_walk_s(int(nodes.stop[origin]), int(nodes.stop[target]))
            there = came.arrival + timedelta(seconds=published_s)
        return _walk(came.last, came.arrival, goes.first, there)

    def _published_walk_s(self, origin: int, target: int) -> int:
        """Return the shortest time that transfers.txt gives for the way, 0 where it gives none."""
        network = self._view.timetable.network
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
    leg = _walk(first, departure.astimezone(first.clock), last, arrival.astimezone(last.clock))
    return Itinerary((leg,), departure, arrival, 0)


def _walk(first: StopLabel, begin: datetime, last: StopLabel, end: datetime) -> Leg:
    """Return a leg on foot."""

    def call(at: int) -> StopCall:
        label, instant = (last, end) if at else (first, begin)
        return StopCall(*label[:6], instant, instant, instant, instant, label.platform)

    metres = distance_m(first.lat, first.lon, last.lat, last.lon)
    return Leg(Mode.WALK, Calls(2, call), begin, end, begin, end, metres)


def _nameless(point: Point, zone: str) -> StopLabel:
    """Return a spot without a stop."""
    return StopLabel("", "", "", point.lat, point.lon, zone, "", zone_of(zone))
