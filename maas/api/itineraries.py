"""Itineraries on the wire, and the id under which one can be asked for again."""

import base64
import binascii
import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import orjson

from maas.api.errors import BadRequest, NotFound
from maas.api.modes import STREET
from maas.api.parameters import parse_time
from maas.api.polyline import EMPTY, encoded_line
from maas.api.rides import Ride, RideOptions, ride_legs, trip_id
from maas.api.trips import run_of_trip_id
from maas.api.view import Json, View, stamp
from maas.core.geo import distance_m
from routing.boards.runs import Runs

LONGEST_ID: Final = 20_000
"""Characters of an itinerary id; a journey of ten rides needs about 700."""

PACKING_WINDOW: Final = 12
PACKING_MEMORY: Final = 5


class Spot(NamedTuple):
    """Where a walk begins or ends: a stop (row) or a point of the traveller's own."""

    stop: int = -1
    name: str = ""
    lat: float = 0.0
    lon: float = 0.0
    level: float | None = None


class Walk(NamedTuple):
    """A way that is gone by oneself; instants are seconds since 1970."""

    start: Spot
    end: Spot
    departure: int
    arrival: int
    metres: float | None = None
    mode: str = "WALK"


Part = Ride | Walk


@dataclass(frozen=True, slots=True)
class ItineraryOptions:
    """What a caller wants to see of an itinerary."""

    ride: RideOptions = field(default_factory=RideOptions)
    detailed_walks: bool = True
    joined: bool = True


def itinerary(view: View, parts: Sequence[Part], options: ItineraryOptions) -> Json:
    """Return an itinerary; `parts` holds at least one, in the order of travel."""
    legs: list[Json] = []
    vehicles = 0
    for group in _vehicles(parts):
        if isinstance(group, Walk):
            legs.append(walk_leg(view, group, detailed=options.detailed_walks))
        else:
            vehicles += 1
            legs += ride_legs(view, group, options.ride, joined=options.joined)
    _tell_zone(view, legs, parts)
    begin, end = _begin(view, parts[0]), _end(view, parts[-1])
    return {
        "duration": end - begin,
        "startTime": stamp(begin),
        "endTime": stamp(end),
        "transfers": max(vehicles - 1, 0),
        "id": encode_id(view, parts),
        "legs": legs,
    }


def walk_leg(view: View, walk: Walk, *, detailed: bool) -> Json:
    """Return a walk as a leg; a straight line where nobody knows the streets."""
    begin, end = stamp(walk.departure), stamp(walk.arrival)
    ends = (*point_of(view, walk.start), *point_of(view, walk.end))
    known = not math.isnan(sum(ends))
    metres = walk.metres
    if metres is None and known:
        metres = distance_m(*ends)
    leg: Json = {
        "mode": walk.mode,
        "from": _spot(view, walk.start, ("departure", "scheduledDeparture"), begin),
        "to": _spot(view, walk.end, ("arrival", "scheduledArrival"), end),
        "duration": walk.arrival - walk.departure,
        "startTime": begin,
        "endTime": end,
        "scheduledStartTime": begin,
        "scheduledEndTime": end,
        "realTime": False,
        "scheduled": True,
        "legGeometry": _straight(*ends) if detailed and known else EMPTY,
    }
    if metres is not None:
        leg["distance"] = round(metres, 1)
    if detailed:
        leg["steps"] = []
    return leg


def _vehicles(parts: Iterable[Part]) -> Iterator[Walk | list[Ride]]:
    """Yield walks one by one and rides of one vehicle together."""
    group: list[Ride] = []
    for part in parts:
        if isinstance(part, Ride) and part.stays_seated and group:
            group.append(part)
            continue
        if group:
            yield group
            group = []
        if isinstance(part, Walk):
            yield part
        else:
            group = [part]
    if group:
        yield group


def _spot(
    view: View, spot: Spot, names: tuple[str, str], time: str
) -> dict[str, object] | orjson.Fragment:
    """Return an end of a walk with its time under both names: as JSON where it is a stop."""
    if spot.stop < 0:
        shown = view.spot(spot.name, spot.lat, spot.lon, spot.level)
        return shown | dict.fromkeys(names, time)
    text = f'{view.place_text(spot.stop)},"{names[0]}":"{time}","{names[1]}":"{time}"}}'
    return orjson.Fragment(text.encode())


def point_of(view: View, spot: Spot) -> tuple[float, float]:
    """Return where an end of a walk is, NaN where nobody knows."""
    return view.point(spot.stop) if spot.stop >= 0 else (spot.lat, spot.lon)


@lru_cache(maxsize=16_384)
def _straight(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> Json:
    """Return a straight line; those between stops come again and again."""
    return encoded_line(np.array([[lat_a, lon_a], [lat_b, lon_b]], np.float64), 6)


def _tell_zone(view: View, legs: Sequence[Json], parts: Sequence[Part]) -> None:
    """Give START and END the zone of the nearest stop of the journey."""
    for place, way, step in ((legs[0]["from"], parts, 1), (legs[-1]["to"], parts[::-1], -1)):
        if isinstance(place, dict):
            zones = (zone for part in way for zone in _zones(view, part)[::step])
            zone = next(filter(None, zones), None)
            if zone is not None:
                place["tz"] = zone


def _zones(view: View, part: Part) -> tuple[str, str]:
    """Return the zones in which a part begins and ends, empty for a point."""
    if isinstance(part, Walk):
        ends = [
            view.index.zone_of_stop(spot.stop) if spot.stop >= 0 else ""
            for spot in (part.start, part.end)
        ]
    else:
        run = view.runs.run(part.key)
        own = view.index.zone_of_trip(part.key.trip)
        ends = [view.index.zone_of_stop(run.stop[call], own) for call in (part.first, part.last)]
    return ends[0], ends[1]


def _begin(view: View, part: Part) -> int:
    if isinstance(part, Walk):
        return part.departure
    return view.runs.run(part.key).departure[part.first]


def _end(view: View, part: Part) -> int:
    if isinstance(part, Walk):
        return part.arrival
    return view.runs.run(part.key).arrival[part.last]


def encode_id(view: View, parts: Sequence[Part]) -> str:
    """Return an id that says what the journey is made of: trips, stops and walks."""
    stops = view.network.stops
    rows: list[object] = []
    for part in parts:
        if isinstance(part, Ride):
            run = view.runs.run(part.key)
            rows.append(
                [
                    trip_id(view, run),
                    stops.id[run.scheduled_stop[part.first]],
                    stops.id[run.scheduled_stop[part.last]],
                    run.scheduled_departure[part.first],
                    run.scheduled_arrival[part.last],
                    int(part.stays_seated),
                ]
            )
        else:
            ends = [_end_code(view, spot) for spot in (part.start, part.end)]
            metres = None if part.metres is None else round(part.metres)
            rows.append([part.mode, *ends, part.departure, part.arrival, metres])
    # A small window: clearing a large one takes ten times as long as packing so little.
    packer = zlib.compressobj(9, zlib.DEFLATED, PACKING_WINDOW, PACKING_MEMORY)
    packed = packer.compress(orjson.dumps(rows)) + packer.flush()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _end_code(view: View, spot: Spot) -> object:
    if spot.stop >= 0:
        return view.network.stops.id[spot.stop]
    return [round(spot.lat, 6), round(spot.lon, 6), spot.level, spot.name]


def decode_id(text: str) -> list[list[object]]:
    """
    Return the rows of an itinerary id.

    Raises:
        BadRequest: It was not made by us, or is damaged.
    """
    if len(text) > LONGEST_ID:
        raise BadRequest("the itinerary id is too long")
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacker = zlib.decompressobj()
        rows = json.loads(unpacker.decompress(packed, 200_000))
    except (ValueError, zlib.error, binascii.Error, RecursionError) as error:
        raise BadRequest("this is no itinerary id") from error
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        raise BadRequest("this is no itinerary id")
    return rows


def parts_of_id(view: View, rows: Sequence[Sequence[object]]) -> list[Part]:
    """
    Return the parts of a saved itinerary as they are operated now.

    Raises:
        BadRequest: The id is damaged.
        NotFound: A trip or stop is no longer in the timetable.
    """
    parts: list[Part] = []
    for row in rows:
        match list(row):
            case [str() as mode, start, end, int() as leaves, int() as arrives, metres] if (
                mode in STREET
            ):
                far = float(metres) if isinstance(metres, int | float) else None
                ends = (_decoded(view, start), _decoded(view, end))
                parts.append(Walk(*ends, leaves, arrives, far, mode))
            case [
                str() as trip,
                str() as start,
                str() as end,
                int() as leaves,
                int() as arrives,
                int() as seated,
            ]:
                times = (leaves, arrives)
                parts.append(find_ride(view.runs, trip, (start, end), times, seated=bool(seated)))
            case _:
                raise BadRequest("this is no itinerary id")
    return follow(view, parts)


def follow(view: View, parts: Sequence[Part]) -> list[Part]:
    """
    Move the walks to the times at which the rides run now.

    A walk to the first vehicle ends when it leaves; every other begins when the traveller is there.
    """
    result: list[Part] = []
    for place, part in enumerate(parts):
        if isinstance(part, Walk):
            took = part.arrival - part.departure
            if result:
                begin = _end(view, result[-1])
            elif place + 1 < len(parts):
                begin = _begin(view, parts[place + 1]) - took
            else:
                begin = part.departure
            result.append(part._replace(departure=begin, arrival=begin + took))
        else:
            result.append(part)
    return result


def find_ride(
    runs: Runs,
    name: str,
    stops: tuple[str, str],
    times: tuple[int, int] | None,
    *,
    seated: bool = False,
) -> Ride:
    """
    Return a ride by the API's trip id and the stops where it begins and ends.

    A stop that a trip serves twice is told apart by the scheduled times.

    Raises:
        NotFound: There is no such trip or it does not serve the stops in this order.
    """
    key = run_of_trip_id(runs, name)
    run = runs.run(key)
    rows = [runs.index.stop_rows.get(stop, -2) for stop in stops]
    best: tuple[int, int, int] | None = None
    for first in range(len(run)):
        if run.scheduled_stop[first] != rows[0]:
            continue
        for last in range(first + 1, len(run)):
            if run.scheduled_stop[last] != rows[1]:
                continue
            off = 0
            if times is not None:
                off = abs(run.scheduled_departure[first] - times[0])
                off += abs(run.scheduled_arrival[last] - times[1])
            if best is None or off < best[0]:
                best = (off, first, last)
    if best is None:
        raise NotFound(f"trip {name} does not run from {stops[0]} to {stops[1]}")
    return Ride(key, best[1], best[2], seated)


def _decoded(view: View, code: object) -> Spot:
    match code:
        case str() as stop:
            row = view.index.stop_rows.get(stop)
            if row is None:
                raise NotFound(f"stop {stop} is not in the network")
            return Spot(row)
        case [int() | float() as lat, int() | float() as lon, level, str() as name]:
            height = float(level) if isinstance(level, int | float) else None
            return Spot(-1, name[:100], float(lat), float(lon), height)
        case _:
            raise BadRequest("this is no itinerary id")


def parts_of_body(view: View, body: Mapping[str, object]) -> list[Part]:
    """
    Return the parts of the structured id (`{"id": {"legs": [LegId]}}`) of the API.

    Raises:
        BadRequest: The body has another shape.
        NotFound: A trip or stop is no longer in the timetable.
    """
    legs = body.get("legs")
    if not isinstance(legs, list) or not legs:
        raise BadRequest("the body holds no id with legs")
    return follow(view, [_part_of_leg(view, leg) for leg in legs])


def _part_of_leg(view: View, leg: object) -> Part:
    if not isinstance(leg, dict):
        raise BadRequest("a leg of the id is no object")
    try:
        leaves = int(parse_time(str(leg["schedStart"])).timestamp())
        arrives = int(parse_time(str(leg["schedEnd"])).timestamp())
        if name := str(leg.get("tripId") or ""):
            stops = (str(leg["fromId"]), str(leg["toId"]))
            return find_ride(view.runs, name, stops, (leaves, arrives))
        ends = [
            _end_of_leg(view, str(leg.get(f"{side}Id") or ""), leg[f"{side}Lat"], leg[f"{side}Lon"])
            for side in ("from", "to")
        ]
        return Walk(ends[0], ends[1], leaves, arrives, None, str(leg.get("mode", "WALK")))
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequest(f"a leg of the id cannot be read: {error}") from error


def _end_of_leg(view: View, stop: str, lat: object, lon: object) -> Spot:
    row = view.index.stop_rows.get(stop)
    if row is not None:
        return Spot(row)
    if not isinstance(lat, int | float) or not isinstance(lon, int | float):
        raise BadRequest("a leg of the id has no coordinates")
    return Spot(-1, "START", float(lat), float(lon))
