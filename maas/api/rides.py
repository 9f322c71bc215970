"""A ride on a vehicle, or on several that run on as one, as a leg of the API."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import orjson

from maas.api.modes import mode_name
from maas.api.polyline import EMPTY, encoded_line
from maas.api.tickets import shops_of, ticket_urls
from maas.api.view import SERVED, Json, View, stamp
from maas.core.columns import Float64s
from maas.core.ids import split_feed_scoped
from routing.boards.geometry import ride_line
from routing.boards.index import instant
from routing.boards.live import RunKey
from routing.boards.runs import Run


class Ride(NamedTuple):
    """From one call of a run to another."""

    key: RunKey
    first: int
    last: int
    stays_seated: bool = False
    """The traveller stays in the vehicle of the ride before."""


@dataclass(frozen=True, slots=True)
class RideOptions:
    """What a caller wants to see of a ride."""

    detailed: bool = True
    skipped: bool = False
    """Name intermediate stops, too, at which the timetable lets nobody board or get off."""


def trip_id(view: View, run: Run) -> str:
    """
    Return `YYYYMMDD_HH:MM_<tag>_<trip id>`: the service day and the first departure in it.

    The hours go on past 24 for a trip that begins after midnight of its service day.
    """
    if run.added:
        begin = instant(run.scheduled_departure[0])
        return f"{begin:%Y%m%d_%H:%M}_{run.trip_id}"
    found: str | None = view.cache.get(("run", run.key))
    if found is None:
        seconds = view.runs.start_s(run.key)
        day = _day(view.network.first_day, run.key.day)
        found = f"{day}_{seconds // 3600:02}:{seconds // 60 % 60:02}_{run.trip_id}"
        view.cache["run", run.key] = found
    return found


@lru_cache(maxsize=4096)
def _day(first: date, number: int) -> str:
    return f"{first + timedelta(days=number):%Y%m%d}"


def first_stop(run: Run) -> int:
    """Return the first call that is served today; the last of all if none is."""
    if not run.skipped[0]:
        return 0
    return next((at for at in range(len(run)) if not run.skipped[at]), len(run) - 1)


def last_stop(run: Run) -> int:
    """Return the last call that is served today; the first of all if none is."""
    if not run.skipped[-1]:
        return len(run) - 1
    return next((at for at in reversed(range(len(run))) if not run.skipped[at]), 0)


def headsign(view: View, run: Run, position: int) -> str:
    """Return what the vehicle shows at a call: the call's sign, the trip's, else where it ends."""
    network = view.network
    if run.headsign:
        return run.headsign
    if run.first_call >= 0:
        own = int(network.calls.headsign[run.first_call + position])
        sign = view.shared_text(own if own >= 0 else int(network.trips.headsign[run.key.trip]))
        if sign:
            return sign
    return view.stop_name(view.index.root(run.scheduled_stop[-1]))


def names(view: View, run: Run) -> Json:
    """Return route, agency and trip as the API names them, the version's habits included."""
    trips = view.network.trips
    route = view.route(run.route)
    short = view.shared_text(int(trips.short_name[run.key.trip])) if run.key.trip >= 0 else ""
    shown = str(route["routeShortName"]) or short or str(route["routeLongName"])
    result: Json = {**route, "tripId": trip_id(view, run), "tripShortName": short}
    if view.version < 4:
        result["routeShortName"] = shown
    result["displayName"] = shown
    direction = int(trips.direction[run.key.trip]) if run.key.trip >= 0 else 0
    result["directionId"] = "1" if direction == 1 else "0"
    return result


def facilities(view: View, run: Run) -> Json:
    """Return what a run takes along and whether a seat must be reserved."""
    trips, trip = view.network.trips, run.key.trip
    known = trip >= 0
    result: Json = {
        "bikesAllowed": known and int(trips.bikes[trip]) == 1,
        "wheelchairAccessible": (
            "ACCESSIBLE" if known and int(trips.wheelchair[trip]) == 1 else "NOT_ACCESSIBLE"
        ),
        "reservation": "COMPULSORY" if known and int(trips.reservation[trip]) == 1 else "NONE",
        "source": source(run),
    }
    if since := looped_since(view, run):
        result["loopedCalendarSince"] = since
    return result


def source(run: Run) -> str:
    """Return where a run was published."""
    tag, own = split_feed_scoped(run.trip_id)
    return f"{tag}/{'trip update' if run.added else 'trips.txt'}: {own}"


def looped_since(view: View, run: Run) -> str:
    """Return since when the calendar of a run's feed is an extension that somebody asked for."""
    network = view.network
    if run.route < 0 or run.added:
        return ""
    agency = int(network.routes.agency[run.route])
    if agency < 0:
        return ""
    since = network.feeds.looped_since[int(network.agencies.feed[agency])]
    if not since:
        return ""
    day = (network.first_day + timedelta(days=run.key.day)).isoformat()
    return f"{since}T00:00:00Z" if day > since else ""


def ride_legs(
    view: View, rides: Sequence[Ride], options: RideOptions, *, joined: bool
) -> list[Json]:
    """Return rides of one vehicle as one leg (`joined`) or one leg each."""
    if joined or len(rides) == 1:
        return [_leg(view, rides, options, interlined=rides[0].stays_seated and not joined)]
    return [_leg(view, [ride], options, interlined=place > 0) for place, ride in enumerate(rides)]


def _leg(view: View, rides: Sequence[Ride], options: RideOptions, *, interlined: bool) -> Json:
    enter, leave = view.runs.run(rides[0].key), view.runs.run(rides[-1].key)
    first, last = rides[0].first, rides[-1].last
    twice = _same_station(view, rides)
    begin, final = first_stop(leave), last_stop(enter)
    leg: Json = {
        "mode": mode_name(enter.mode, view.version),
        "from": _boarding(view, enter, first, twice=twice),
        "to": _alighting(view, leave, last, twice=twice),
        "duration": leave.arrival[last] - enter.departure[first],
        "startTime": stamp(enter.departure[first]),
        "endTime": stamp(leave.arrival[last]),
        "scheduledStartTime": stamp(enter.scheduled_departure[first]),
        "scheduledEndTime": stamp(leave.scheduled_arrival[last]),
        "realTime": enter.live or leave.live,
        "scheduled": not enter.added,
        "interlineWithPreviousLeg": interlined,
        "headsign": headsign(view, enter, first),
        "tripFrom": _boarding(view, leave, begin),
        "tripTo": _alighting(view, enter, final),
        **names(view, enter),
        **facilities(view, enter),
        "cancelled": enter.cancelled or leave.cancelled,
        "intermediateStops": _between(view, rides, options, twice),
        "legGeometry": _geometry(view, rides) if options.detailed else EMPTY,
    }
    if shops := shops_of(view.index):
        held = [(view.runs.run(ride.key), ride.first, ride.last) for ride in rides]
        leg |= ticket_urls(view.network, shops, held)
    if len(rides) > 1:
        leg.update(_shared_facilities(view, rides))
    if view.runs.live is not None and (found := view.runs.live.alerts_of_run(enter.key)):
        leg["alerts"] = view.alerts(found)
    return leg


def _boarding(
    view: View, run: Run, position: int, *, twice: frozenset[int] | None = None
) -> orjson.Fragment:
    """Return a call at which a vehicle is boarded as JSON; `twice` is None for a trip's ends."""
    return orjson.Fragment(f"{_call(view, run, position, twice)}{leaves(run, position)}}}".encode())


def _alighting(
    view: View, run: Run, position: int, *, twice: frozenset[int] | None = None
) -> orjson.Fragment:
    return orjson.Fragment(
        f"{_call(view, run, position, twice)}{arrives(run, position)}}}".encode()
    )


def _call(view: View, run: Run, position: int, twice: frozenset[int] | None) -> str:
    """Return a call as JSON, still open, with the notices of its stop unless it is an end."""
    zone = view.index.zone_of_trip(run.key.trip)
    if twice is None:
        return view.call_text(run, position, zone)
    own_name = bool(twice) and view.index.root(run.stop[position]) in twice
    text = view.call_text(run, position, zone, own_name=own_name)
    return text if view.runs.live is None else text + _alerts_text(view, run, position)


def call_json(view: View, run: Run, position: int, more: str = "") -> orjson.Fragment:
    """Return a call as JSON, with `more` fields at its end."""
    text = view.call_text(run, position, view.index.zone_of_trip(run.key.trip))
    return orjson.Fragment(f"{text}{more}}}".encode())


def arrives(run: Run, position: int) -> str:
    """Return when a run arrives as fields of JSON, each after a comma."""
    now, planned = run.arrival[position], run.scheduled_arrival[position]
    told = stamp(now)
    return f',"arrival":"{told}","scheduledArrival":"{told if now == planned else stamp(planned)}"'


def leaves(run: Run, position: int) -> str:
    """Return when it leaves, in the same way."""
    now, planned = run.departure[position], run.scheduled_departure[position]
    told = stamp(now)
    return (
        f',"departure":"{told}","scheduledDeparture":"{told if now == planned else stamp(planned)}"'
    )


def _same_station(view: View, rides: Sequence[Ride]) -> frozenset[int]:
    """Return the stations that have more than one stop on this ride."""
    roots = view.index.roots
    runs = [view.runs.run(ride.key).stop[ride.first : ride.last + 1] for ride in rides]
    stops = set(runs[0]) if len(runs) == 1 else set(chain.from_iterable(runs))
    if len(set(map(roots.__getitem__, stops))) == len(stops):
        return frozenset()
    seen = Counter(roots[stop] for stop in stops)
    return frozenset(root for root, count in seen.items() if count > 1)


def _between(
    view: View, rides: Sequence[Ride], options: RideOptions, twice: frozenset[int]
) -> orjson.Fragment:
    """Return the calls between as JSON: most of an answer, so put together as text."""
    result: list[str] = []
    for place, ride in enumerate(rides):
        run = view.runs.run(ride.key)
        here = ride.first
        if place > 0 and (options.skipped or run.boards(here) or run.alights(here)):
            # Where one trip becomes the next, the stop is shown once: with the arrival of the one
            # and the departure of the other.
            came, at = view.runs.run(rides[place - 1].key), rides[place - 1].last
            result.append(
                f"{_call(view, run, here, twice)}{arrives(came, at)}{leaves(run, here)}}}"
            )
        rows = slice(here + 1, ride.last)
        shown = _as_operated if run.live else _as_planned
        result += shown(view, run, rows, options, twice)
    return orjson.Fragment(f"[{','.join(result)}]".encode())


def _as_operated(
    view: View, run: Run, rows: slice, options: RideOptions, twice: frozenset[int]
) -> list[str]:
    """Return calls as JSON, with what is known of today."""
    return [
        f"{_call(view, run, at, twice)}{arrives(run, at)}{leaves(run, at)}}}"
        for at in range(rows.start, rows.stop)
        if options.skipped or run.boards(at) or run.alights(at)
    ]


def _as_planned(
    view: View, run: Run, rows: slice, options: RideOptions, twice: frozenset[int]
) -> list[str]:
    """Return the same of a run that keeps to the timetable: nearly all that is ever written."""
    zone = view.index.zone_of_trip(run.key.trip)
    kept, roots, told = view.cache, view.index.roots, view.runs.live is not None
    columns = (run.stop, run.pickup, run.drop_off, run.arrival, run.departure)
    result: list[str] = []
    for at, (stop, pickup, drop_off, arrival, departure) in enumerate(
        zip(*(column[rows] for column in columns), strict=True), rows.start
    ):
        who = (pickup != 1) + 2 * (drop_off != 1)
        if not who and not options.skipped:
            continue
        own_name = bool(twice) and roots[stop] in twice
        place = kept.get((stop, -1, zone, own_name)) or view.place_text(
            stop, zone=zone, own_name=own_name
        )
        alerts = _alerts_text(view, run, at) if told else ""
        result.append(f"{place}{SERVED[who]}{alerts}{_kept_times(arrival, departure)}")
    return result


@lru_cache(maxsize=16_384)
def _kept_times(arrival: int, departure: int) -> str:
    """Return the times of a call that are those of the timetable, to the end of its JSON."""
    came, left = stamp(arrival), stamp(departure)
    return (
        f',"arrival":"{came}","scheduledArrival":"{came}"'
        f',"departure":"{left}","scheduledDeparture":"{left}"}}'
    )


def _alerts_text(view: View, run: Run, position: int) -> str:
    if view.runs.live is None:
        return ""
    alerts = view.runs.live.alerts_of_stop(run.stop[position], run.key)
    return f',"alerts":{orjson.dumps(view.alerts(alerts)).decode()}' if alerts else ""


def _geometry(view: View, rides: Sequence[Ride]) -> Json:
    precision = 6  # Precision 7, that of v1, has no code for longitudes beyond 107 degrees.
    if any(view.runs.run(ride.key).live for ride in rides):
        return encoded_line(_line(view, rides), precision)
    key = ("line", *((ride.key.trip, ride.first, ride.last) for ride in rides))
    found: Json | None = view.cache.get(key)
    if found is None:
        found = view.cache[key] = encoded_line(_line(view, rides), precision)
    return found


def _line(view: View, rides: Sequence[Ride]) -> Float64s:
    lines = [
        ride_line(view.index, view.runs.run(ride.key), ride.first, ride.last) for ride in rides
    ]
    return lines[0] if len(lines) == 1 else np.concatenate(lines)


def _shared_facilities(view: View, rides: Sequence[Ride]) -> Json:
    """Return what holds on the whole way: every part takes bikes, no part needs a seat."""
    parts = [facilities(view, view.runs.run(ride.key)) for ride in rides]
    return {
        "bikesAllowed": all(part["bikesAllowed"] for part in parts),
        "wheelchairAccessible": (
            "ACCESSIBLE"
            if all(part["wheelchairAccessible"] == "ACCESSIBLE" for part in parts)
            else "NOT_ACCESSIBLE"
        ),
        "reservation": (
            "COMPULSORY" if any(part["reservation"] == "COMPULSORY" for part in parts) else "NONE"
        ),
    }
