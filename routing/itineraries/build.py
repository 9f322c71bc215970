"""Journeys of the search as itineraries: ids, names and zoned times instead of indexes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from maas.core.columns import Int32s
from maas.core.geo import distance_m
from routing.itineraries.calls import Calls
from routing.itineraries.labels import Labels, StopLabel, day_start_s, iso_day, zone_of
from routing.itineraries.notes import notes_of
from routing.model import Itinerary, Leg, Mode, Point, StopCall, TripRef
from routing.raptor.search import End, Journey, Ride
from routing.timetable.live import LiveCalls, LivePart
from routing.timetable.model import Timetable
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
        self._timetable: Timetable = view.timetable
        self._network = view.timetable.network

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
        legs: list[Leg] = []
        rides = [self._ride_legs(ride) for ride in journey.rides]
        departure = view.instant(journey.departure_s)
        arrival = view.instant(journey.arrival_s)
        access = self._end_leg(
            origin[0],
            rides[0][0].calls[0],
            departure,
            origin[1].offset_s - board_slack_s,
            outward=True,
        )
        if access is not None:
            legs.append(access)
        for index, ride in enumerate(rides):
            if index:
                walk = self._change_leg(
                    journey.rides[index - 1], journey.rides[index], rides[index - 1][-1], ride[0]
                )
                if walk is not None:
                    legs.append(walk)
            legs.extend(ride)
        egress = self._end_leg(
            target[0], rides[-1][-1].calls[-1], arrival, target[1].offset_s, outward=False
        )
        if egress is not None:
            legs.append(egress)
        return Itinerary(
            tuple(legs),
            departure,
            arrival,
            len(journey.rides) - 1,
            notes_of(self._labels, legs),
        )

    def _end_leg(
        self, spot: Spot, call: StopCall, instant: datetime, seconds: int, *, outward: bool
    ) -> Leg | None:
        """Return the walk between the traveller's end and a stop, if there is one."""
        if spot.point is None and seconds <= 0:
            return None
        zone = zone_of(call.zone)
        instant = instant.astimezone(zone)
        other = instant + timedelta(seconds=seconds if outward else -seconds)
        if spot.point is not None:
            own = _spot_call(spot.point, instant, call.zone)
        elif spot.stop >= 0:
            own = self._stop_call(spot.stop, call.zone, instant)
        else:
            own = StopCall(
                "", "", "", call.lat, call.lon, call.zone, instant, instant, instant, instant
            )
        at_stop = _on_foot(call, other)
        calls = (own, at_stop) if outward else (at_stop, own)
        begin, end = (instant, other) if outward else (other, instant)
        metres = distance_m(own.lat, own.lon, call.lat, call.lon)
        return Leg(Mode.WALK, calls, begin, end, begin, end, metres)

    def _change_leg(self, before: Ride, after: Ride, last: Leg, first: Leg) -> Leg | None:
        """Return the walk between two vehicles, if they are not at one stop."""
        came, goes = last.calls[-1], first.calls[0]
        if came.stop_id == goes.stop_id:
            return None
        shape = self._view.shape
        origin = int(shape.node[shape.start[before.pattern] + before.alight])
        target = int(shape.node[shape.start[after.pattern] + after.board])
        nodes = self._timetable.nodes
        row = slice(int(nodes.walk_start[origin]), int(nodes.walk_start[origin + 1]))
        pairs = zip(nodes.walk_to[row].tolist(), nodes.walk_s[row].tolist(), strict=True)
        extra = self._timetable.extra_walk_s
        seconds = min((takes - extra for to, takes in pairs if to == target), default=0)
        begin = last.arrival
        if seconds > 0:
            end = min(begin + timedelta(seconds=seconds), first.departure)
        else:
            # The next vehicle waits, so one may come after it should have left.
            ends = int(nodes.stop[origin]), int(nodes.stop[target])
            end = begin + timedelta(seconds=self._published_walk_s(*ends))
        calls = (_on_foot(came, begin), _on_foot(goes, end))
        metres = distance_m(came.lat, came.lon, goes.lat, goes.lon)
        return Leg(Mode.WALK, calls, begin, end, begin, end, metres)

    def _published_walk_s(self, origin: int, target: int) -> int:
        """Return the shortest time that transfers.txt gives for the way, 0 where it gives none."""
        transfers, parent = self._network.transfers, self._network.stops.parent
        rows = (
            np.isin(transfers.from_stop, _with_station(origin, parent))
            & np.isin(transfers.to_stop, _with_station(target, parent))
            & (transfers.min_time_s >= 0)
        )
        return int(transfers.min_time_s[rows].min()) if rows.any() else 0

    def _stop_call(self, stop: int, zone: str, instant: datetime) -> StopCall:
        label = self._labels.stop(stop, zone)
        return StopCall(*label[:6], instant, instant, instant, instant, label.platform)

    def _ride_legs(self, ride: Ride) -> list[Leg]:
        """Return the legs of a vehicle: one a trip; later ones say that one stays seated."""
        view = self._view
        row = int(view.rows.start[ride.pattern]) + ride.row
        run, day = int(view.rows.run[row]), int(view.rows.day[row])
        live = view.live_calls(row)
        if live is not None:
            return self._live_legs(live, ride)
        runs = self._timetable.runs
        found: list[Leg] = []
        zone = zone_of(self._timetable.zones[int(runs.zone[run])])
        day += self._network.first_day.toordinal()
        for leg in range(int(runs.leg_start[run]), int(runs.leg_start[run + 1])):
            first, last = int(runs.leg_position[leg]), int(runs.leg_end[leg])
            begin, end = max(first, ride.board), min(last, ride.alight)
            if begin >= end and not (begin == end == ride.board == ride.alight):
                continue
            own_day = day + int(runs.leg_shift[leg])
            start_s = day_start_s(own_day, zone) + int(runs.offset_s[run])
            ends = (begin - first, end - first)
            found.append(
                self._leg(int(runs.leg_trip[leg]), ends, own_day, start_s, seated=bool(found))
            )
        return found

    def _call(self, call: int, zone: str, start_s: int) -> StopCall:
        """Return a row of `Network.calls` on the day that starts at `start_s`."""
        calls = self._network.calls
        label = self._labels.stop(int(calls.stop[call]), zone)
        arrival_s, departure_s = int(calls.arrival_s[call]), int(calls.departure_s[call])
        arrival = departure = datetime.fromtimestamp(start_s + arrival_s, label.clock)
        if departure_s != arrival_s:
            departure = datetime.fromtimestamp(start_s + departure_s, label.clock)
        return StopCall(
            *label[:6], arrival, departure, arrival, departure, label.platform,
            exact=bool(calls.exact[call]),
        )  # fmt: skip

    def _leg(
        self, trip: int, ends: tuple[int, int], ordinal: int, start_s: int, *, seated: bool
    ) -> Leg:
        """Return a trip between two of its calls, on the day of this `date.toordinal()`."""
        label = self._labels.trip(trip)
        route = label.route
        begin, end = label.call + ends[0], label.call + ends[1]
        first = self._call(begin, route.zone, start_s)
        last = self._call(end, route.zone, start_s) if end > begin else first
        assert first.departure is not None
        assert last.arrival is not None

        def between() -> Iterator[StopCall]:
            return (self._call(call, route.zone, start_s) for call in range(begin + 1, end))

        starts = datetime.fromtimestamp(start_s + label.departure_s, route.clock)
        return Leg(
            mode=route.mode,
            calls=Calls(first, last, end - begin + 1, between) if end > begin else (first,),
            departure=first.departure,
            arrival=last.arrival,
            scheduled_departure=first.departure,
            scheduled_arrival=last.arrival,
            trip=TripRef(label.trip_id, iso_day(ordinal), starts),
            route_id=route.route_id,
            agency_id=route.agency_id,
            headsign=label.headsign,
            stays_seated=seated,
        )

    def _live_legs(self, live: LiveCalls, ride: Ride) -> list[Leg]:
        """Return the legs of a vehicle that messages have changed."""
        found: list[Leg] = []
        for part in live.parts:
            first, last = part.first, part.first + len(part.stop) - 1
            begin, end = max(first, ride.board), min(last, ride.alight)
            if begin < end:
                found.append(self._live_leg(part, begin - first, end - first, seated=bool(found)))
        return found

    def _live_call(self, part: LivePart, at: int, zone: str) -> StopCall:
        label = self._labels.stop(int(part.stop[at]), zone)
        return StopCall(
            *label[:6],
            _shown(part.arrival_s[at], label),
            _shown(part.departure_s[at], label),
            _planned(part.scheduled_arrival_s[at], label),
            _planned(part.scheduled_departure_s[at], label),
            label.platform,
            bool(part.skipped[at]),
        )

    def _live_leg(self, part: LivePart, begin: int, end: int, *, seated: bool) -> Leg:
        """Return a changed trip between two of its calls."""
        own, route = self._labels.route_of_trip(part.trip), self._labels.route(part.route)
        first, last = (self._live_call(part, at, own.zone) for at in (begin, end))
        assert first.departure is not None
        assert last.arrival is not None

        def between() -> Iterator[StopCall]:
            return (self._live_call(part, at, own.zone) for at in range(begin + 1, end))

        planned = int(part.scheduled_departure_s[0])
        begins = planned if planned >= 0 else int(part.departure_s[0])
        return Leg(
            mode=route.mode,
            calls=Calls(first, last, end - begin + 1, between),
            departure=first.departure,
            arrival=last.arrival,
            scheduled_departure=first.scheduled_departure or first.departure,
            scheduled_arrival=last.scheduled_arrival or last.arrival,
            trip=TripRef(
                part.trip_id,
                iso_day(part.day),
                datetime.fromtimestamp(begins, own.clock),
            ),
            route_id=route.route_id,
            agency_id=route.agency_id,
            headsign=part.headsign
            or (self._labels.trip(part.trip).headsign if part.trip >= 0 else ""),
            stays_seated=seated,
            realtime=bool(part.known[begin : end + 1].any()),
        )


def _with_station(stop: int, parent: Int32s) -> list[int]:
    station = int(parent[stop])
    return [stop] if station < 0 else [stop, station]


def walk_all_the_way(
    zone: str, origin: Point, target: Point, departure: datetime, seconds: int
) -> Itinerary:
    """Return the way on foot from end to end; times are shown in `zone`."""
    metres = distance_m(origin.lat, origin.lon, target.lat, target.lon)
    arrival = departure + timedelta(seconds=seconds)
    calls = (_spot_call(origin, departure, zone), _spot_call(target, arrival, zone))
    leg = Leg(Mode.WALK, calls, departure, arrival, departure, arrival, metres)
    return Itinerary((leg,), departure, arrival, 0)


def _spot_call(point: Point, instant: datetime, zone: str) -> StopCall:
    shown = instant.astimezone(zone_of(zone))
    return StopCall("", "", "", point.lat, point.lon, zone, shown, shown, shown, shown)


def _on_foot(call: StopCall, instant: datetime) -> StopCall:
    """Return the same stop as one comes to it, or leaves it, on foot."""
    return StopCall(
        call.stop_id, call.place_id, call.name, call.lat, call.lon, call.zone,
        instant, instant, instant, instant, call.platform,
    )  # fmt: skip


def _shown(unix_s: int, label: StopLabel) -> datetime:
    return datetime.fromtimestamp(int(unix_s), label.clock)


def _planned(unix_s: int, label: StopLabel) -> datetime | None:
    return _shown(unix_s, label) if unix_s >= 0 else None
