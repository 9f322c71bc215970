"""`/map/*`: stops, moving vehicles and routes of a section of the map."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from maas.api.context import Call
from maas.api.errors import BadRequest, TooMuch
from maas.api.modes import mode_name, transit_modes
from maas.api.parameters import Coordinate, Parameter, Query, needed_coordinate
from maas.api.plan_parameters import LANGUAGE
from maas.api.rides import names
from maas.api.view import Json, View, stamp
from maas.core.columns import Int32s
from maas.core.geo import distance_m
from routing.boards.geometry import encode, ride_line
from routing.boards.index import MODES
from routing.boards.live import RunKey
from routing.boards.runs import Run
from routing.model import Mode

MOST_STOPS: Final = 8192
MOST_SEGMENTS: Final = 4000
LONGEST_FRAME_S: Final = 24 * 3600

BOX: Final = (
    Parameter("min", "string", "`lat,lon` of a corner.", required=True),
    Parameter("max", "string", "`lat,lon` of the opposite corner.", required=True),
)

STOPS_PARAMETERS: Final = (
    *BOX,
    Parameter("grouped", "boolean", "One row a place, not a stop.", default=False),
    Parameter("modes", "list", "Only stops that one of these modes serves."),
    LANGUAGE,
)

TRIPS_PARAMETERS: Final = (
    *BOX,
    Parameter("zoom", "number", "Zoom of the map: far out, only fast modes.", required=True),
    Parameter("startTime", "time", "Begin of the time frame.", required=True),
    Parameter("endTime", "time", "End of the time frame.", required=True),
    Parameter("precision", "integer", "Of the polylines.", 5, least=0, most=6),
    LANGUAGE,
)

LEVELS_PARAMETERS: Final = BOX

ZOOM: Final[dict[Mode, int]] = {
    Mode.AIRPLANE: 4,
    Mode.HIGHSPEED_RAIL: 4,
    Mode.LONG_DISTANCE: 4,
    Mode.NIGHT_RAIL: 4,
    Mode.COACH: 6,
    Mode.FERRY: 6,
    Mode.REGIONAL_RAIL: 7,
    Mode.SUBURBAN: 8,
    Mode.SUBWAY: 9,
    Mode.TRAM: 10,
    Mode.BUS: 10,
}
"""From which zoom on a mode is drawn; others from 11."""


def zoom_of(mode: Mode) -> int:
    """Return from which zoom on a mode is drawn."""
    return ZOOM.get(mode, 11)


def box(query: Query) -> tuple[Coordinate, Coordinate]:
    """Return the south-western and the north-eastern corner, whichever way round they came."""
    one, other = needed_coordinate(query, "min"), needed_coordinate(query, "max")
    return (
        Coordinate(min(one.lat, other.lat), min(one.lon, other.lon)),
        Coordinate(max(one.lat, other.lat), max(one.lon, other.lon)),
    )


def stops(call: Call) -> list[Json]:
    """Return the stops, or places with `grouped`, of a section at which vehicles call."""
    low, high = box(call.query)
    wanted = call.query.items("modes")
    mask = _mask(wanted)
    view, index = call.view(call.served.scheduled), call.index
    columns = index.network.stops
    bits = index.modes_of_stop
    within = inside(np.asarray(columns.lat), np.asarray(columns.lon), low, high)
    rows = np.flatnonzero(within & ((bits & mask) != 0))
    if call.query.flag("grouped"):
        return _places(view, rows.astype(np.int32))
    if len(rows) > MOST_STOPS:
        raise TooMuch("too many stops")
    return [
        {**view.place(int(row)), "modes": view.mode_names(int(bits[row]))} for row in rows.tolist()
    ]


def _mask(words: list[str] | None) -> int:
    if not words:
        return (1 << len(MODES)) - 1
    mask = 0
    for mode in transit_modes(words):
        mask |= 1 << MODES.index(mode)
    return mask


def _places(view: View, rows: Int32s) -> list[Json]:
    """Return one row a place: its point, and the stop that stands for it."""
    index, places = view.index, view.network.places
    chosen: dict[int, int] = {}
    bits: dict[int, int] = {}
    for row in rows.tolist():
        place = int(view.network.stops.place[row])
        key = place if place >= 0 else -1 - row
        bits[key] = bits.get(key, 0) | int(index.modes_of_stop[row])
        best = chosen.get(key)
        if best is None or index.calls_of_stop[row] > index.calls_of_stop[best]:
            chosen[key] = row
    if len(chosen) > MOST_STOPS:
        raise TooMuch("too many stops")
    result = []
    for key, row in chosen.items():
        shown = view.place(index.root(row))
        if key >= 0:
            shown["lat"], shown["lon"] = float(places.lat[key]), float(places.lon[key])
        shown["modes"] = view.mode_names(bits[key])
        result.append(shown)
    return result


def inside(
    lat: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    lon: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    low: Coordinate,
    high: Coordinate,
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return which points lie in a box."""
    return (lat >= low.lat) & (lat <= high.lat) & (lon >= low.lon) & (lon <= high.lon)


def initial(call: Call) -> Json:
    """Return where the map begins: the middle of what runs, and what the server can do."""
    index = call.index
    weight = index.calls_of_stop.astype(np.float64)
    lat, lon = np.asarray(index.network.stops.lat), np.asarray(index.network.stops.lon)
    known = ~np.isnan(lat) & (weight > 0)
    if known.any():
        middle = [float(np.average(axis[known], weights=weight[known])) for axis in (lat, lon)]
    else:
        middle = [32.8, 130.7]
    return {
        "lat": round(middle[0], 5),
        "lon": round(middle[1], 5),
        "zoom": 9,
        "serverConfig": {
            "motisVersion": "v2.11.3-kyushu-maas",
            "hasElevation": False,
            "hasRoutedTransfers": False,
            "hasStreetRouting": False,
            "maxOneToManySize": 128,
            "maxOneToAllTravelTimeLimit": 24 * 60,
            "maxPrePostTransitTimeLimit": 3600,
            "maxDirectTimeLimit": 21600,
            "shapesDebugEnabled": False,
        },
    }


def levels(call: Call) -> list[float]:
    """Return the levels of the stops of a section."""
    low, high = box(call.query)
    columns = call.index.network.stops
    within = inside(np.asarray(columns.lat), np.asarray(columns.lon), low, high)
    found = np.asarray(columns.level)[within]
    return [float(level) for level in np.unique(found[~np.isnan(found)])[::-1]]


def trips(call: Call) -> list[Json]:
    """Return the parts of runs, from stop to stop, that lie in a section during a time frame."""
    query = call.query
    low, high = box(query)
    zoom = query.number("zoom") or 0
    begin, end = query.time("startTime"), query.time("endTime")
    assert begin is not None
    assert end is not None
    first, last = int(begin.timestamp()), int(end.timestamp())
    if last < first:
        raise BadRequest("endTime lies before startTime")
    if last - first > LONGEST_FRAME_S:
        raise TooMuch("the time frame is longer than a day")
    precision = query.whole("precision") or 0
    view = call.view()
    result: list[Json] = []
    for run, position in _segments(call, view, (first, last), (low, high), zoom):
        if len(result) == MOST_SEGMENTS:
            raise TooMuch("too many trips, zoom in or shorten the time frame")
        result.append(_segment(view, run, position, precision))
    return result


def _segments(
    call: Call,
    view: View,
    frame: tuple[int, int],
    corners: tuple[Coordinate, Coordinate],
    zoom: float,
) -> Iterator[tuple[Run, int]]:
    """Yield (run, call) of every hop that touches the section within the time frame."""
    index, network = call.index, call.index.network
    stop = np.asarray(network.calls.stop)
    lat, lon = np.asarray(network.stops.lat), np.asarray(network.stops.lon)
    shown = np.array([zoom >= zoom_of(mode) for mode in MODES])
    start = np.asarray(network.trips.call_start)
    touches = inside(lat, lon, *corners)[stop] & (stop >= 0)
    near = np.unique(index.trip_of_call[np.flatnonzero(touches)])
    near = near[
        shown[index.mode_of_trip[near]] & (np.asarray(network.trips.duplicate_of)[near] < 0)
    ]
    if not len(near):
        return
    begin = np.asarray(network.calls.departure_s)[start[near]]
    end = np.asarray(network.calls.arrival_s)[start[near + 1] - 1]
    reach = int(end.max()) // 86_400 + 1
    today = index.day_of(frame[0])
    for day in range(max(today - reach, 0), min(index.day_of(frame[1]) + 2, index.days)):
        base = index.day_start[index.agency_of_trip[near], day]
        service = np.asarray(network.trips.service)[near]
        runs = np.asarray(network.services.runs[:, day])[service] > 0
        several = np.diff(index.runs.start)[near] > 1
        hit = runs & (
            several | ((base + end >= frame[0] - 3600) & (base + begin <= frame[1] + 3600))
        )
        for trip in near[hit].tolist():
            for row in range(int(index.runs.start[trip]), int(index.runs.start[trip + 1])):
                run = view.runs.run(RunKey(trip, day, int(index.runs.shift_s[row])))
                for position in range(len(run) - 1):
                    if run.cancelled or run.departure[position] > frame[1]:
                        continue
                    if run.arrival[position + 1] < frame[0]:
                        continue
                    if touches[start[trip] + position] or touches[start[trip] + position + 1]:
                        yield run, position


def _segment(view: View, run: Run, position: int, precision: int) -> Json:
    here, there = run.stop[position], run.stop[position + 1]
    one, other = view.point(here), view.point(there)
    named = names(view, run)
    title = "routeShortName" if view.version < 4 else "displayName"
    result: Json = {
        "trips": [{"tripId": named["tripId"], title: named[title]}],
        "mode": mode_name(run.mode, view.version),
        "distance": round(float(distance_m(*one, *other))),
        "from": view.timed(
            view.call(run, position), run, position, arrives=position > 0, leaves=True
        ),
        "to": view.timed(
            view.call(run, position + 1),
            run,
            position + 1,
            arrives=True,
            leaves=position + 2 < len(run),
        ),
        "departure": stamp(run.departure[position]),
        "arrival": stamp(run.arrival[position + 1]),
        "scheduledDeparture": stamp(run.scheduled_departure[position]),
        "scheduledArrival": stamp(run.scheduled_arrival[position + 1]),
        "realTime": run.live,
        "polyline": encode(ride_line(view.index, run, position, position + 1), precision),
    }
    if "routeColor" in named:
        result["routeColor"] = named["routeColor"]
    return result
