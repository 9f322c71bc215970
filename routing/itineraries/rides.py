"""The vehicles of journeys as legs: one a trip, with the times of the timetable or of today."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from routing.itineraries.calls import Calls
from routing.itineraries.labels import FeedLabel, Labels, day_start_s, iso_day
from routing.itineraries.ridden import RiddenColumns, RiddenTrip
from routing.model import Leg, StopCall, TripRef
from routing.raptor.search import Ride
from routing.timetable.live import LiveCalls, LivePart
from routing.timetable.model import Timetable
from routing.timetable.view import View


class Ridden(NamedTuple):
    """A leg in a vehicle, and what the rest of the itinerary must know of it."""

    leg: Leg
    first: int
    """Row of the stop where it begins …"""
    last: int
    """… and where it ends."""
    zone: str
    """In which times at stops without a zone of their own are shown."""
    feed: FeedLabel | None
    exact: bool
    """Whether both its times are published as exact."""


class RideLegs:
    """Makes the legs of vehicles of a timetable."""

    def __init__(self, timetable: Timetable, labels: Labels) -> None:
        self._labels = labels
        self._calls = timetable.network.calls
        self._first_day = timetable.network.first_day.toordinal()
        self._columns = RiddenColumns(timetable)

    def of(self, view: View, rides: Sequence[Ride]) -> tuple[list[list[Ridden]], list[int]]:
        """
        Return the legs of each vehicle: one a trip; later ones say that one stays seated.

        Also the walk from each to the next in seconds, -1 where the timetable knows none.
        """
        trips, walks = self._columns.of(view, rides)
        found: list[list[Ridden]] = [[] for _ in rides]
        for trip in trips:
            legs = found[trip.ride]
            legs.append(self._leg(trip, seated=bool(legs)))
        if view.live_rows():
            for at, ride in enumerate(rides):
                live = view.live_calls(int(view.rows.start[ride.pattern]) + ride.row)
                if live is not None:
                    found[at] = self._live_legs(live, ride)
        return found, walks

    def _leg(self, trip: RiddenTrip, *, seated: bool) -> Ridden:
        """Return a trip between two of its calls, by the timetable."""
        labels = self._labels
        label, route = labels.trip(trip.trip), labels.route(trip.route)
        day, usual = self._first_day + trip.day, route.clock
        start_s = day_start_s(day, labels.clocks[trip.zone]) + trip.offset_s
        departure = datetime.fromtimestamp(
            start_s + trip.departure_s, labels.clock(trip.from_stop, usual)
        )
        arrival = datetime.fromtimestamp(
            start_s + trip.arrival_s, labels.clock(trip.to_stop, usual)
        )
        begin, count = trip.first_call + trip.board, trip.alight - trip.board + 1
        leg = Leg(
            route.mode,
            Calls(count, lambda at: self._call(begin + at, route.zone, start_s)),
            departure,
            arrival,
            departure,
            arrival,
            None,
            TripRef(
                label.trip_id, iso_day(day), datetime.fromtimestamp(start_s + trip.start_s, usual)
            ),
            route.route_id,
            route.agency_id,
            label.headsign,
            seated,
            trip_calls=(trip.board, trip.alight),
        )
        return Ridden(leg, trip.from_stop, trip.to_stop, route.zone, label.feed, trip.exact != 0)

    def _call(self, call: int, zone: str, start_s: int) -> StopCall:
        """Return a row of `Network.calls` on the day that starts at `start_s`."""
        calls = self._calls
        label = self._labels.stop(int(calls.stop[call]), zone)
        arrival_s, departure_s = int(calls.arrival_s[call]), int(calls.departure_s[call])
        arrival = departure = datetime.fromtimestamp(start_s + arrival_s, label.clock)
        if departure_s != arrival_s:
            departure = datetime.fromtimestamp(start_s + departure_s, label.clock)
        return StopCall(
            *label[:6], arrival, departure, arrival, departure, label.platform,
            exact=bool(calls.exact[call]),
        )  # fmt: skip

    def _live_legs(self, live: LiveCalls, ride: Ride) -> list[Ridden]:
        """Return the legs of a vehicle that messages have changed."""
        found: list[Ridden] = []
        for part in live.parts:
            first, last = part.first, part.first + len(part.stop) - 1
            begin, end = max(first, ride.board), min(last, ride.alight)
            if begin < end:
                found.append(self._live_leg(part, begin - first, end - first, seated=bool(found)))
        return found

    def _live_leg(self, part: LivePart, begin: int, end: int, *, seated: bool) -> Ridden:
        """Return a changed trip between two of its calls."""
        labels = self._labels
        own, route = labels.route_of_trip(part.trip), labels.route(part.route)
        first, last = int(part.stop[begin]), int(part.stop[end])
        here, there = labels.clock(first, own.clock), labels.clock(last, own.clock)
        departure, arrival = (
            _shown(part.departure_s[begin], here),
            _shown(part.arrival_s[end], there),
        )
        planned = int(part.scheduled_departure_s[0])
        begins = planned if planned >= 0 else int(part.departure_s[0])
        leg = Leg(
            route.mode,
            Calls(end - begin + 1, lambda at: self._live_call(part, begin + at, own.zone)),
            departure,
            arrival,
            _planned(part.scheduled_departure_s[begin], here) or departure,
            _planned(part.scheduled_arrival_s[end], there) or arrival,
            None,
            TripRef(part.trip_id, iso_day(part.day), datetime.fromtimestamp(begins, own.clock)),
            route.route_id,
            route.agency_id,
            part.headsign or (labels.trip(part.trip).headsign if part.trip >= 0 else ""),
            seated,
            realtime=bool(part.known[begin : end + 1].any()),
            trip_calls=(begin, end),
        )
        return Ridden(leg, first, last, own.zone, labels.feed_of(part.trip_id), exact=True)

    def _live_call(self, part: LivePart, at: int, zone: str) -> StopCall:
        label = self._labels.stop(int(part.stop[at]), zone)
        return StopCall(
            *label[:6],
            _shown(part.arrival_s[at], label.clock),
            _shown(part.departure_s[at], label.clock),
            _planned(part.scheduled_arrival_s[at], label.clock),
            _planned(part.scheduled_departure_s[at], label.clock),
            label.platform,
            bool(part.skipped[at]),
        )


def _shown(unix_s: int, clock: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(int(unix_s), clock)


def _planned(unix_s: int, clock: ZoneInfo) -> datetime | None:
    return _shown(unix_s, clock) if unix_s >= 0 else None
