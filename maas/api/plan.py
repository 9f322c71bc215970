"""`/plan`: journeys from one place to another."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np

from maas.api.alternatives import add_alternatives
from maas.api.context import Call
from maas.api.errors import BadRequest, NotFound, TooMuch
from maas.api.fares import add_fares
from maas.api.itineraries import Spot, Walk, itinerary, point_of
from maas.api.journeys import Ends, parts_of
from maas.api.modes import street_modes, transit_modes
from maas.api.parameters import coordinate, cursor
from maas.api.trip import options_of
from maas.api.view import Json, View
from maas.api.windows import LONGEST_S, LONGEST_WINDOW_S, PAGE_S, Window, search_window
from maas.core.geo import distance_m
from routing.boards.index import instant
from routing.model import (
    Itinerary,
    Location,
    Mode,
    Point,
    SearchFilters,
    SearchRequest,
    SearchResult,
    StopOffset,
    StopRef,
    TransferSettings,
    Via,
)
from routing.modes import TRANSIT_MODES

RADIUS_SPEED_MPS: Final = 1.5
"""With which the API turns `radius` into minutes."""

MOST_TRANSFERS: Final = 14
LONGEST_ACCESS_S: Final = 3600
LONGEST_DIRECT_S: Final = 21_600
SPEEDS_MPS: Final[Mapping[str, float]] = {"WALK": 1.2, "BIKE": 4.2, "CAR": 8.0}
"""Along a straight line times `DETOUR`; a car in a town."""
DETOUR: Final = 1.3


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to `/plan`, understood."""

    request: SearchRequest
    ends: Ends
    modes: frozenset[Mode]
    direct: frozenset[str]
    most: int | None
    transfers: int


def plan(call: Call, body: Mapping[str, object] | None = None) -> Json:
    """Return journeys, direct ways, and the cursors of the pages before and after."""
    query = call.query
    mode = query.text("realtimeMode") or "REALTIME"
    runs = call.runs(mode)
    view = call.view(runs)
    asked = _asked(call, body or {}, realtime=mode == "REALTIME")
    began, used = time.perf_counter_ns(), time.thread_time_ns()
    answer = _searched(call, asked)
    used_us = (time.thread_time_ns() - used) // 1000
    took_us = (time.perf_counter_ns() - began) // 1000
    options = options_of(call)
    changes = call.served.changes
    changing = (changes, asked.request.transfer)
    journeys = [parts_of(runs, found, asked.ends, changing) for found in answer.itineraries]
    written = [itinerary(view, parts, options) for parts in journeys]
    if query.flag("withFares"):
        for found, shown in zip(answer.itineraries, written, strict=True):
            add_fares(shown, found, call.served.fares)
    if count := query.whole("numLegAlternatives"):
        for parts, shown in zip(journeys, written, strict=True):
            add_alternatives(view, parts, shown, options, (asked.request, changes, count))
    direct = [] if query.has("pageCursor") else _direct(call, asked, answer.walks)
    return {
        "requestParameters": {name: ",".join(values) for name, values in query.given.items()},
        "debugOutput": {
            "itineraries": len(written),
            "search_us": took_us,
            "search_cpu_us": used_us,
            **{f"ignored_{name}": 1 for name in query.ignored()},
        },
        "from": _end(view, asked.ends.start),
        "to": _end(view, asked.ends.end),
        "direct": [itinerary(view, [walk], options) for walk in direct],
        "itineraries": written,
        "previousPageCursor": f"EARLIER|{answer.window.start}" if answer.window else "",
        "nextPageCursor": f"LATER|{answer.window.end}" if answer.window else "",
    }


def _end(view: View, spot: Spot) -> Json:
    if spot.stop >= 0:
        return view.place(spot.stop)
    return view.spot(spot.name, spot.lat, spot.lon, spot.level)


@dataclass(frozen=True, slots=True)
class Found:
    """What a page shows."""

    itineraries: tuple[Itinerary, ...]
    walks: tuple[Itinerary, ...]
    window: Window | None


def _searched(call: Call, asked: Asked) -> Found:
    query, request = call.query, asked.request
    seconds = query.whole("searchWindow") or 0
    if seconds > LONGEST_WINDOW_S:
        raise TooMuch("maximum searchWindow size exceeded")
    timetable = _timetable(call)
    wanted = query.whole("numItineraries") or 0
    if not asked.modes or asked.transfers < 0:
        nothing = replace(request, filters=replace(request.filters, modes=frozenset()))
        walks = () if query.has("pageCursor") else call.served.planner.plan(nothing).direct
        return Found((), walks, None)
    if (page := query.text("pageCursor")) is not None:
        found = cursor(page)
        if found.later:
            window = Window(found.at, found.at + PAGE_S)
        else:
            window = Window(found.at - PAGE_S, found.at)
        return _paged(call, asked, window, timetable, wanted, later=found.later)
    at = int(request.time.timestamp())
    window = search_window(
        at,
        seconds,
        timetable,
        arrive_by=request.arrive_by,
        timetable_view=query.flag("timetableView"),
    )
    if not window.seconds:
        result = call.served.planner.plan(replace(request, window_s=0, tight=True))
        journeys = _ordered(result.itineraries)
        return Found(journeys, result.direct, Window(at, at))
    return _paged(call, asked, window, timetable, wanted, later=not request.arrive_by)


def _paged(
    call: Call, asked: Asked, window: Window, timetable: Window, wanted: int, *, later: bool
) -> Found:
    """Search a window and widen it, away from the page before, until there is enough."""
    wide = Window(max(window.start, timetable.start), min(window.end, timetable.end))
    if wide.seconds <= 0:
        return Found((), (), window)
    room = timetable.end - wide.start if later else wide.end - timetable.start
    longest = max(min(LONGEST_S, room), wide.seconds)
    against = later == asked.request.arrive_by
    result, wide = _widened(call, asked, wide, longest, wanted, against=against)
    shown, covered = _shrunk(_ordered(result.itineraries), wide, asked, keep_late=not later)
    return Found(shown, result.direct, covered)


def _widened(
    call: Call, asked: Asked, window: Window, longest: int, wanted: int, *, against: bool
) -> tuple[SearchResult, Window]:
    """
    Return the journeys of a half-open window that the planner widens, and what it became.

    Away from its beginning, or with `against` from its end.
    """
    arrive_by = asked.request.arrive_by
    at = window.end if arrive_by != against else window.start
    result = call.served.planner.plan(
        replace(
            asked.request,
            # The planner takes arrivals in (t - w, t]: both ends move by a second.
            time=instant(at - 1 if arrive_by else at),
            window_s=window.seconds,
            min_itineraries=wanted,
            max_window_s=longest,
            against=against,
        )
    )
    assert result.window_start is not None
    assert result.window_end is not None
    seconds = int((result.window_end - result.window_start).total_seconds())
    if arrive_by != against:
        return result, Window(window.end - seconds, window.end)
    return result, Window(window.start, window.start + seconds)


def _sorted_by(journey: Itinerary, *, arrive_by: bool) -> int:
    return int((journey.arrival if arrive_by else journey.departure).timestamp())


def _ordered(journeys: Sequence[Itinerary]) -> tuple[Itinerary, ...]:
    return tuple(sorted(journeys, key=lambda row: (row.departure, row.arrival, row.transfers)))


def _shrunk(
    journeys: tuple[Itinerary, ...], window: Window, asked: Asked, *, keep_late: bool
) -> tuple[tuple[Itinerary, ...], Window]:
    """
    Return at most `maxItineraries` journeys and the window that they cover.

    Journeys of the same departure (arrival) stay together, so that the next page can begin
    after them. Where there are too many, rides that are only shown besides (`slowDirect`) go first.
    """
    most = asked.most
    if most is not None and len(journeys) > most and asked.request.slow_direct:
        journeys = _unbeaten(journeys)
    if most is None or len(journeys) <= most:
        return journeys, window
    arrive_by = asked.request.arrive_by
    ordered = sorted(journeys, key=lambda row: _sorted_by(row, arrive_by=arrive_by))
    if keep_late:
        edge = _sorted_by(ordered[-most], arrive_by=arrive_by)
        kept = [row for row in ordered if _sorted_by(row, arrive_by=arrive_by) >= edge]
        if len(kept) < len(ordered):
            window = Window(edge, window.end)
    else:
        edge = _sorted_by(ordered[most - 1], arrive_by=arrive_by)
        kept = [row for row in ordered if _sorted_by(row, arrive_by=arrive_by) <= edge]
        if len(kept) < len(ordered):
            window = Window(window.start, edge + 1)
    return _ordered(kept), window


def _unbeaten(journeys: Sequence[Itinerary]) -> tuple[Itinerary, ...]:
    """Return the journeys that no other beats; of several that are as good the first."""
    kept: list[Itinerary] = []
    for row in sorted(journeys, key=lambda row: (-row.departure.timestamp(), row.arrival)):
        if all(row.arrival < best.arrival or row.transfers < best.transfers for best in kept):
            kept.append(row)
    return _ordered(kept)


def _timetable(call: Call) -> Window:
    # The last row is for trips of unknown agencies; it counts only where there are no others.
    starts = call.index.day_start
    starts = starts[:-1] if len(starts) > 1 else starts
    if not starts.size:
        return Window(0, 0)
    return Window(int(starts[:, 0].min()), int(starts[:, -1].max()) + 86_400)


def _asked(call: Call, body: Mapping[str, object], *, realtime: bool) -> Asked:
    query = call.query
    modes = transit_modes(query.items("transitModes") or ())
    vias = _vias(call)
    pre = street_modes(query.items("preTransitModes") or ())
    post = street_modes(query.items("postTransitModes") or ())
    start, end = _location(call, "fromPlace"), _location(call, "toPlace")
    speed = query.number("pedestrianSpeed") or SPEEDS_MPS["WALK"]
    access = min(query.whole("maxPreTransitTime") or 0, LONGEST_ACCESS_S)
    egress = min(query.whole("maxPostTransitTime") or 0, LONGEST_ACCESS_S)
    origin, start_mode = _reach(call, body, "fromOffsets", start, (pre, access))
    destination, end_mode = _reach(call, body, "toOffsets", end, (post, egress))
    direct = street_modes(query.items("directModes") or ())
    transfers = _transfers(call)
    most = query.whole("maxItineraries")
    if most is not None and most < (query.whole("numItineraries") or 0):
        raise BadRequest(f"maxItineraries={most} < numItineraries={query.whole('numItineraries')}")
    travel = query.whole("maxTravelTime")
    request = SearchRequest(
        origin=origin,
        destination=destination,
        time=_time(call),
        arrive_by=query.flag("arriveBy"),
        max_transfers=max(transfers, 0),
        max_travel_s=min(travel * 60 if travel is not None else LONGEST_S, LONGEST_S),
        max_access_s=access,
        max_egress_s=egress,
        max_direct_s=(
            min(query.whole("maxDirectTime") or 0, LONGEST_DIRECT_S) if "WALK" in direct else 0
        ),
        walk_speed_mps=speed,
        vias=vias,
        transfer=_transfer_settings(call),
        filters=_filters(call, modes),
        realtime=realtime,
        direct_factor=_factor(query.number("fastestDirectFactor"), 1.0),
        slow_direct=query.flag("slowDirect"),
        slow_direct_factor=_factor(query.number("fastestSlowDirectFactor"), 3.0),
    )
    return Asked(
        request, Ends(start[1], end[1], start_mode, end_mode), modes, direct, most, transfers
    )


def asked_reach(call: Call, longest_s: int) -> tuple[SearchRequest, Spot]:
    """Return the request of a search from (or to) one place to everywhere, and the place."""
    query = call.query
    arrive_by = query.flag("arriveBy")
    side = "postTransitModes" if arrive_by else "preTransitModes"
    limit = "maxPostTransitTime" if arrive_by else "maxPreTransitTime"
    access = min(query.whole(limit) or 0, LONGEST_ACCESS_S, longest_s)
    end = _location(call, "one")
    place, _ = _reach(call, {}, "", end, (street_modes(query.items(side) or ()), access))
    modes = transit_modes(query.items("transitModes") or ())
    transfers = query.whole("maxTransfers")
    if transfers is not None and transfers < 0:
        raise BadRequest(f"maxTransfers < 0: {transfers}")
    request = SearchRequest(
        origin=place,
        destination=place,
        time=_time(call),
        arrive_by=arrive_by,
        max_transfers=min(MOST_TRANSFERS if transfers is None else transfers, MOST_TRANSFERS),
        max_travel_s=longest_s,
        max_access_s=access,
        max_egress_s=access,
        walk_speed_mps=query.number("pedestrianSpeed") or SPEEDS_MPS["WALK"],
        transfer=_transfer_settings(call),
        filters=_filters(call, modes),
    )
    return request, end[1]


def _transfer_settings(call: Call) -> TransferSettings:
    query = call.query
    return TransferSettings(
        (query.whole("minTransferTime") or 0) * 60,
        max(query.number("transferTimeFactor") or 1.0, 1.0),
        (query.whole("additionalTransferTime") or 0) * 60,
    )


def _filters(call: Call, modes: frozenset[Mode]) -> SearchFilters:
    query = call.query
    return SearchFilters(
        modes=None if modes >= TRANSIT_MODES else modes,
        bikes=query.flag("requireBikeTransport"),
        cars=query.flag("requireCarTransport"),
        no_reservation=query.flag("noCompulsoryReservation"),
        wheelchair=query.text("pedestrianProfile") == "WHEELCHAIR",
    )


def _factor(given: float | None, usual: float) -> float:
    return usual if given is None else given


def _time(call: Call) -> datetime:
    return call.query.time("time") or call.served.clock.now()


def _transfers(call: Call) -> int:
    """Return the most changes; before v3 the parameter counts rides. Below 0: no vehicle at all."""
    asked = call.query.whole("maxTransfers")
    if asked is None or asked > MOST_TRANSFERS:
        return MOST_TRANSFERS
    return asked - 1 if call.version < 3 else asked


def _vias(call: Call) -> tuple[Via, ...]:
    names = call.query.items("via") or []
    stays = call.query.items("viaMinimumStay") or []
    if len(names) > 2:
        raise BadRequest("at most two via stops are possible")
    vias = []
    for place, name in enumerate(names):
        if not call.stops_of(name):
            raise NotFound(f"via stop {name!r} not found")
        text = stays[place] if place < len(stays) else "0"
        if not text.isascii() or not text.isdigit() or int(text) > 24 * 60:
            raise BadRequest(f"viaMinimumStay={text!r} is not a number of minutes")
        vias.append(Via(name, int(text) * 60, ride_through=int(text) == 0))
    return tuple(vias)


def _location(call: Call, name: str) -> tuple[Location, Spot]:
    """Return where to search from and what to call it."""
    text = call.query.needed(name)
    point = coordinate(text) or coordinate(text, ";")
    title = "START" if name == "fromPlace" else "END"
    if point is not None:
        return (
            Point(point.lat, point.lon, point.level),
            Spot(-1, title, point.lat, point.lon, point.level),
        )
    rows = call.stops_of(text)
    if not rows:
        raise NotFound(f"Could not find timetable location {text!r}")
    named = max(rows, key=lambda row: int(call.index.calls_of_stop[row]))
    return StopRef(text), Spot(rows[0] if len(rows) == 1 else named)


def _reach(
    call: Call,
    body: Mapping[str, object],
    field: str,
    end: tuple[Location, Spot],
    means: tuple[frozenset[str], int],
) -> tuple[Location, str]:
    """Return from where the vehicles are reached, and how: by the caller's offsets, or by ours."""
    given = body.get(field)
    if given:
        return _client_offsets(call, given)
    place, spot = end
    if not isinstance(place, Point):
        return place, "WALK"
    radius = call.query.number("radius") if field else None
    if radius is not None:
        metres = call.index.metres(place.lat, place.lon)
        rows = np.flatnonzero((metres <= radius) & (call.index.calls_of_stop > 0))
        return _offsets(
            call, rows, (metres[rows] / RADIUS_SPEED_MPS // 60 * 60).astype(np.int64)
        ), "WALK"
    modes, longest = means
    fast = next((mode for mode in ("CAR", "BIKE") if mode in modes), None)
    if fast is None:
        return (place, "WALK") if "WALK" in modes else ((), "WALK")
    speed = SPEEDS_MPS[fast]
    if fast == "BIKE":
        speed = call.query.number("cyclingSpeed") or speed
    seconds = np.ceil(call.index.metres(spot.lat, spot.lon) * DETOUR / speed)
    rows = np.flatnonzero((seconds <= longest) & (call.index.calls_of_stop > 0))
    return _offsets(call, rows, seconds[rows].astype(np.int64)), fast


def _offsets(
    call: Call,
    rows: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    seconds: "np.ndarray[tuple[int], np.dtype[np.int64]]",
) -> tuple[StopOffset, ...]:
    ids = call.index.network.stops.id
    return tuple(
        StopOffset(ids[row], took)
        for row, took in zip(rows.tolist(), seconds.tolist(), strict=True)
    )


def _client_offsets(call: Call, given: object) -> tuple[Location, str]:
    """Return the offsets of a body; stations stand for their stops."""
    if not isinstance(given, list):
        raise BadRequest("offsets are not a list")
    offsets: list[StopOffset] = []
    how = "WALK"
    for row in given:
        if not isinstance(row, dict):
            raise BadRequest("an offset is not an object")
        name, took, mode = row.get("stopId"), row.get("duration"), str(row.get("mode", "WALK"))
        if mode not in SPEEDS_MPS:
            raise BadRequest(f"an offset by {mode} is not possible")
        if not isinstance(took, int) or isinstance(took, bool) or not 0 <= took <= 86_400:
            raise BadRequest(f"an offset's duration is no number of seconds: {took!r}")
        rows = call.stops_of(str(name))
        if not rows:
            raise NotFound(f"stop {name!r} not found")
        how = mode
        stops = {stop for row in rows for stop in (row, *call.index.children.get(row, ()))}
        served = [stop for stop in sorted(stops) if call.index.calls_of_stop[stop] > 0]
        ids = call.index.network.stops.id
        offsets += [StopOffset(ids[stop], took) for stop in served or sorted(stops)]
    return tuple(offsets), how


def _direct(call: Call, asked: Asked, walks: Sequence[Itinerary]) -> list[Walk]:
    """Return the ways all by oneself: the planner's walk, and straight lines by other means."""
    at = int(asked.request.time.timestamp())
    ways: list[Walk] = []
    for found in walks if "WALK" in asked.direct else ():
        took = int((found.arrival - found.departure).total_seconds())
        metres = found.legs[0].distance_m if found.legs else None
        ways.append(_way(asked, at, took, "WALK", metres))
    longest = min(call.query.whole("maxDirectTime") or 0, LONGEST_DIRECT_S)
    view = call.view()
    for mode in ("BIKE", "CAR"):
        if mode not in asked.direct:
            continue
        metres = (
            distance_m(*point_of(view, asked.ends.start), *point_of(view, asked.ends.end)) * DETOUR
        )
        speed = SPEEDS_MPS[mode]
        if mode == "BIKE":
            speed = call.query.number("cyclingSpeed") or speed
        if np.isfinite(metres) and metres / speed <= longest:
            ways.append(_way(asked, at, int(metres / speed), mode, float(metres)))
    return ways


def _way(asked: Asked, at: int, took: int, mode: str, metres: float | None) -> Walk:
    begin = at - took if asked.request.arrive_by else at
    return Walk(asked.ends.start, asked.ends.end, begin, begin + took, metres, mode)
