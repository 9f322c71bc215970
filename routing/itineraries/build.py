"""Journeys of the search as itineraries: ids, names and zoned times instead of indexes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from maas.core.geo import distance_m
from maas.core.servicetime import service_day_start
from routing.itineraries.notes import notes_of
from routing.model import Itinerary, Leg, Mode, Point, StopCall, TripRef
from routing.modes import mode_of
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


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


class ItineraryBuilder:
    """Builds the itineraries of one view."""

    def __init__(self, view: View) -> None:
        self._view = view
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
            notes_of(self._network, legs),
        )

    def walk(self, origin: Point, target: Point, departure: datetime, seconds: int) -> Itinerary:
        """Return the way on foot from end to end."""
        metres = distance_m(origin.lat, origin.lon, target.lat, target.lon)
        arrival = departure + timedelta(seconds=seconds)
        calls = (
            self._spot_call(origin, departure, None),
            self._spot_call(target, arrival, None),
        )
        leg = Leg(Mode.WALK, calls, departure, arrival, departure, arrival, metres)
        return Itinerary((leg,), departure, arrival, 0)

    def _spot_call(self, point: Point, instant: datetime, near: StopCall | None) -> StopCall:
        zone = near.zone if near else self._timetable.zones[0]
        shown = instant.astimezone(_zone(zone))
        return StopCall("", "", "", point.lat, point.lon, zone, shown, shown, shown, shown)

    def _end_leg(
        self, spot: Spot, call: StopCall, instant: datetime, seconds: int, *, outward: bool
    ) -> Leg | None:
        """Return the walk between the traveller's end and a stop, if there is one."""
        if spot.point is None and seconds <= 0:
            return None
        zone = _zone(call.zone)
        instant = instant.astimezone(zone)
        other = instant + timedelta(seconds=seconds if outward else -seconds)
        if spot.point is not None:
            own = self._spot_call(spot.point, instant, call)
        elif spot.stop >= 0:
            own = self._stop_call(spot.stop, call.zone, instant)
        else:
            own = StopCall(
                "", "", "", call.lat, call.lon, call.zone, instant, instant, instant, instant
            )
        at_stop = StopCall(
            call.stop_id,
            call.place_id,
            call.name,
            call.lat,
            call.lon,
            call.zone,
            other,
            other,
            other,
            other,
            call.platform,
        )
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
        times = nodes.walk_s[row][nodes.walk_to[row] == target]
        seconds = int(times.min()) - self._timetable.extra_walk_s if len(times) else 0
        begin = last.arrival
        end = min(begin + timedelta(seconds=seconds), first.departure)
        calls = (
            StopCall(
                came.stop_id,
                came.place_id,
                came.name,
                came.lat,
                came.lon,
                came.zone,
                begin,
                begin,
                begin,
                begin,
                came.platform,
            ),
            StopCall(
                goes.stop_id,
                goes.place_id,
                goes.name,
                goes.lat,
                goes.lon,
                goes.zone,
                end,
                end,
                end,
                end,
                goes.platform,
            ),
        )
        metres = distance_m(came.lat, came.lon, goes.lat, goes.lon)
        return Leg(Mode.WALK, calls, begin, end, begin, end, metres)

    def _stop_call(self, stop: int, zone: str, instant: datetime) -> StopCall:
        stops = self._network.stops
        place = int(stops.place[stop])
        return StopCall(
            stops.id[stop],
            self._network.places.id[place] if place >= 0 else "",
            stops.name[stop],
            float(stops.lat[stop]),
            float(stops.lon[stop]),
            stops.time_zone[stop] or zone,
            instant,
            instant,
            instant,
            instant,
            stops.platform[stop],
        )

    def _ride_legs(self, ride: Ride) -> list[Leg]:
        """Return the legs of a vehicle: one a trip; later ones say that one stays seated."""
        view = self._view
        row = int(view.rows.start[ride.pattern]) + ride.row
        run, day = int(view.rows.run[row]), int(view.rows.day[row])
        live = view.live_calls(row)
        if live is not None:
            return self._live_legs(live, ride, run, day)
        runs = self._timetable.runs
        found: list[Leg] = []
        for leg in range(int(runs.leg_start[run]), int(runs.leg_start[run + 1])):
            first, last = int(runs.leg_position[leg]), int(runs.leg_end[leg])
            begin, end = max(first, ride.board), min(last, ride.alight)
            if begin >= end and not (begin == end == ride.board == ride.alight):
                continue
            trip = int(runs.leg_trip[leg])
            own_day = day + int(runs.leg_shift[leg])
            start = self._day_start(run, own_day)
            offset = int(runs.offset_s[run])
            calls = self._trip_calls(trip, begin - first, end - first, start, offset)
            found.append(self._leg(trip, calls, own_day, start, offset, seated=bool(found)))
        return found

    def _day_start(self, run: int, day: int) -> datetime:
        zone = _zone(self._timetable.zones[int(self._timetable.runs.zone[run])])
        return day_start(self._network.first_day + timedelta(days=day), zone)

    def _trip_calls(
        self, trip: int, begin: int, end: int, start: datetime, offset: int
    ) -> list[StopCall]:
        calls = self._network.calls
        base = int(self._network.trips.call_start[trip])
        zone_name = self._zone_name(trip)
        found: list[StopCall] = []
        for call in range(base + begin, base + end + 1):
            arrival = start + timedelta(seconds=int(calls.arrival_s[call]) + offset)
            departure = start + timedelta(seconds=int(calls.departure_s[call]) + offset)
            found.append(
                self._call(
                    int(calls.stop[call]),
                    zone_name,
                    (arrival, departure),
                    (arrival, departure),
                    exact=bool(calls.exact[call]),
                )
            )
        return found

    def _call(
        self,
        stop: int,
        zone_name: str,
        real: tuple[datetime, datetime],
        scheduled: tuple[datetime | None, datetime | None],
        *,
        exact: bool = True,
        cancelled: bool = False,
    ) -> StopCall:
        stops = self._network.stops
        zone = _zone(stops.time_zone[stop] or zone_name)
        place = int(stops.place[stop])
        return StopCall(
            stops.id[stop],
            self._network.places.id[place] if place >= 0 else "",
            stops.name[stop],
            float(stops.lat[stop]),
            float(stops.lon[stop]),
            zone.key,
            real[0].astimezone(zone),
            real[1].astimezone(zone),
            scheduled[0].astimezone(zone) if scheduled[0] else None,
            scheduled[1].astimezone(zone) if scheduled[1] else None,
            stops.platform[stop],
            cancelled,
            exact,
        )

    def _zone_name(self, trip: int) -> str:
        if trip < 0:
            return self._timetable.zones[0]
        agency = int(self._network.routes.agency[self._network.trips.route[trip]])
        name = self._network.agencies.zone[agency] if agency >= 0 else ""
        return name or "Asia/Tokyo"

    def _leg(
        self,
        trip: int,
        calls: Sequence[StopCall],
        day: int,
        start: datetime,
        offset: int,
        *,
        seated: bool,
    ) -> Leg:
        network = self._network
        first_call = int(network.trips.call_start[trip])
        begins = start + timedelta(seconds=int(network.calls.departure_s[first_call]) + offset)
        first, last = calls[0], calls[-1]
        assert first.departure is not None
        assert last.arrival is not None
        zone = _zone(self._zone_name(trip))
        service_day = (network.first_day + timedelta(days=day)).isoformat()
        return Leg(
            mode=mode_of(int(network.routes.type[network.trips.route[trip]])),
            calls=tuple(calls),
            departure=first.departure,
            arrival=last.arrival,
            scheduled_departure=first.scheduled_departure or first.departure,
            scheduled_arrival=last.scheduled_arrival or last.arrival,
            distance_m=None,
            trip=TripRef(network.trips.id[trip], service_day, begins.astimezone(zone)),
            route_id=network.routes.id[int(network.trips.route[trip])],
            agency_id=self._agency(int(network.trips.route[trip])),
            headsign=self._headsign(trip),
            stays_seated=seated,
        )

    def _agency(self, route: int) -> str:
        agency = int(self._network.routes.agency[route]) if route >= 0 else -1
        return self._network.agencies.id[agency] if agency >= 0 else ""

    def _headsign(self, trip: int) -> str:
        row = int(self._network.trips.headsign[trip])
        return self._network.texts[row] if row >= 0 else ""

    def _live_legs(self, live: LiveCalls, ride: Ride, run: int, day: int) -> list[Leg]:
        """Return the legs of a vehicle that messages have changed."""
        del run
        found: list[Leg] = []
        for part in live.parts:
            first, last = part.first, part.first + len(part.stop) - 1
            begin, end = max(first, ride.board), min(last, ride.alight)
            if begin >= end:
                continue
            zone_name = self._zone_name(part.trip)
            calls = []
            for at in range(begin - first, end - first + 1):
                real = (_utc(part.arrival_s[at]), _utc(part.departure_s[at]))
                planned = (
                    _utc_or_none(part.scheduled_arrival_s[at]),
                    _utc_or_none(part.scheduled_departure_s[at]),
                )
                calls.append(
                    self._call(
                        int(part.stop[at]),
                        zone_name,
                        real,
                        planned,
                        cancelled=bool(part.skipped[at]),
                    )
                )
            known = bool(part.known[begin - first : end - first + 1].any())
            found.append(self._live_leg(part, calls, day, known=known, seated=bool(found)))
        return found

    def _live_leg(
        self, part: LivePart, calls: list[StopCall], day: int, *, known: bool, seated: bool
    ) -> Leg:
        del day
        network = self._network
        zone = _zone(self._zone_name(part.trip))
        planned = int(part.scheduled_departure_s[0])
        begins = _utc(planned if planned >= 0 else int(part.departure_s[0]))
        first, last = calls[0], calls[-1]
        assert first.departure is not None
        assert last.arrival is not None
        route = part.route
        return Leg(
            mode=mode_of(int(network.routes.type[route])) if route >= 0 else Mode.OTHER,
            calls=tuple(calls),
            departure=first.departure,
            arrival=last.arrival,
            scheduled_departure=first.scheduled_departure or first.departure,
            scheduled_arrival=last.scheduled_arrival or last.arrival,
            trip=TripRef(
                part.trip_id, date.fromordinal(part.day).isoformat(), begins.astimezone(zone)
            ),
            route_id=network.routes.id[route] if route >= 0 else "",
            agency_id=self._agency(route),
            headsign=part.headsign or (self._headsign(part.trip) if part.trip >= 0 else ""),
            stays_seated=seated,
            realtime=known,
        )


@lru_cache(maxsize=4096)
def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return `service_day_start`, remembered: every call of an itinerary asks for it."""
    return service_day_start(day, zone)


def _utc(unix_s: int) -> datetime:
    return datetime.fromtimestamp(int(unix_s), UTC)


def _utc_or_none(unix_s: int) -> datetime | None:
    return _utc(unix_s) if unix_s >= 0 else None
