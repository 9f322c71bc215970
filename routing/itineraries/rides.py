"""The vehicles of a journey as legs: one a trip, with the times of the timetable or of today."""

from datetime import datetime
from typing import NamedTuple

from routing.itineraries.calls import Calls
from routing.itineraries.labels import (
    FeedLabel,
    Labels,
    StopLabel,
    day_start_s,
    iso_day,
    zone_of,
)
from routing.model import Leg, StopCall, TripRef
from routing.raptor.search import Ride
from routing.timetable.live import LiveCalls, LivePart
from routing.timetable.view import View


class Ridden(NamedTuple):
    """A leg in a vehicle, and what the rest of the itinerary must know of it."""

    leg: Leg
    departure: datetime
    arrival: datetime
    first: StopLabel
    last: StopLabel
    feed: FeedLabel | None
    service_day: str
    exact: bool
    """Whether both its times are published as exact."""


class RideLegs:
    """Makes the legs of the vehicles of one view."""

    def __init__(self, view: View, labels: Labels) -> None:
        self._view = view
        self._labels = labels
        self._calls = view.timetable.network.calls

    def of(self, ride: Ride) -> list[Ridden]:
        """Return the legs of a vehicle: one a trip; later ones say that one stays seated."""
        view = self._view
        row = int(view.rows.start[ride.pattern]) + ride.row
        live = view.live_calls(row)
        if live is not None:
            return self._live_legs(live, ride)
        timetable = view.timetable
        runs, run, board, alight = timetable.runs, int(view.rows.run[row]), ride.board, ride.alight
        day = timetable.network.first_day.toordinal() + int(view.rows.day[row])
        zone = zone_of(timetable.zones[int(runs.zone[run])])
        offset_s = int(runs.offset_s[run])
        found: list[Ridden] = []
        for leg in range(int(runs.leg_start[run]), int(runs.leg_start[run + 1])):
            first = int(runs.leg_position[leg])
            begin, end = max(first, board), min(int(runs.leg_end[leg]), alight)
            if begin >= end and not (begin == end == board == alight):
                continue
            own_day = day + int(runs.leg_shift[leg])
            found.append(
                self._leg(
                    int(runs.leg_trip[leg]), begin - first, end - first, own_day,
                    day_start_s(own_day, zone) + offset_s, seated=bool(found),
                )
            )  # fmt: skip
        return found

    def _leg(
        self, trip: int, begin: int, end: int, ordinal: int, start_s: int, *, seated: bool
    ) -> Ridden:
        """Return a trip between two of its calls, on the day of this `date.toordinal()`."""
        label, calls = self._labels.trip(trip), self._calls
        route, own = label.route, (begin, end)
        begin, end = label.call + begin, label.call + end
        first = self._labels.stop(int(calls.stop[begin]), route.zone)
        last = self._labels.stop(int(calls.stop[end]), route.zone)
        departure = datetime.fromtimestamp(start_s + int(calls.departure_s[begin]), first.clock)
        arrival = datetime.fromtimestamp(start_s + int(calls.arrival_s[end]), last.clock)
        day = iso_day(ordinal)
        starts = datetime.fromtimestamp(start_s + label.departure_s, route.clock)
        leg = Leg(
            route.mode,
            Calls(end - begin + 1, lambda at: self._call(begin + at, route.zone, start_s)),
            departure,
            arrival,
            departure,
            arrival,
            None,
            TripRef(label.trip_id, day, starts),
            route.route_id,
            route.agency_id,
            label.headsign,
            seated,
            trip_calls=own,
        )
        exact = bool(calls.exact[begin] and calls.exact[end])
        return Ridden(leg, departure, arrival, first, last, label.feed, day, exact)

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
        first, last = (labels.stop(int(part.stop[at]), own.zone) for at in (begin, end))
        departure, arrival = (
            _shown(part.departure_s[begin], first),
            _shown(part.arrival_s[end], last),
        )
        planned = int(part.scheduled_departure_s[0])
        begins = planned if planned >= 0 else int(part.departure_s[0])
        day = iso_day(part.day)
        leg = Leg(
            route.mode,
            Calls(end - begin + 1, lambda at: self._live_call(part, begin + at, own.zone)),
            departure,
            arrival,
            _planned(part.scheduled_departure_s[begin], first) or departure,
            _planned(part.scheduled_arrival_s[end], last) or arrival,
            None,
            TripRef(part.trip_id, day, datetime.fromtimestamp(begins, own.clock)),
            route.route_id,
            route.agency_id,
            part.headsign or (labels.trip(part.trip).headsign if part.trip >= 0 else ""),
            seated,
            realtime=bool(part.known[begin : end + 1].any()),
            trip_calls=(begin, end),
        )
        feed = labels.feed_of(part.trip_id)
        return Ridden(leg, departure, arrival, first, last, feed, day, exact=True)

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


def _shown(unix_s: int, label: StopLabel) -> datetime:
    return datetime.fromtimestamp(int(unix_s), label.clock)


def _planned(unix_s: int, label: StopLabel) -> datetime | None:
    return _shown(unix_s, label) if unix_s >= 0 else None
