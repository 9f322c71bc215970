"""`/one-to-all`, `/one-to-many` and its sister with vehicles: how long to everywhere or to many."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from maas.api.context import Call, query_of
from maas.api.errors import BadRequest, NotFound, TooMuch
from maas.api.parameters import Coordinate, Parameter, coordinate
from maas.api.plan import DETOUR, SPEEDS_MPS, asked_reach
from maas.api.plan_parameters import (
    LANGUAGE,
    PLACE,
    need_parameters,
    transfer_parameters,
    walking_parameters,
)
from maas.api.view import Json, stamp
from maas.core.columns import Int64s
from maas.core.geo import distance_m

MOST_PLACES: Final = 128
LONGEST_MIN: Final = 24 * 60
LONGEST_WAYS: Final = ("maxDirectTime", "maxPreTransitTime", "maxPostTransitTime")
"""The longest of these limits a way without vehicles, as in MOTIS."""

ONE_TO_ALL_PARAMETERS: Final = (
    Parameter("one", "string", PLACE, required=True),
    Parameter("time", "time", "Departure, or arrival with `arriveBy`; now if not given."),
    Parameter("maxTravelTime", "integer", "Minutes.", required=True, least=0),
    Parameter("arriveBy", "boolean", "From everywhere to the one place.", default=False),
    *(row for row in transfer_parameters() if row.name != "maxTravelTime"),
    *walking_parameters(),
    *need_parameters(),
    LANGUAGE,
)

ONE_TO_MANY_PARAMETERS: Final = (
    Parameter("one", "string", "`lat;lon`.", required=True),
    Parameter("many", "list", "`lat;lon`, several with commas.", required=True),
    Parameter("mode", "string", "WALK, BIKE or CAR.", required=True, choices=tuple(SPEEDS_MPS)),
    Parameter("max", "number", "Longest time in seconds.", required=True, least=0),
    Parameter("arriveBy", "boolean", "From the many to the one.", default=False),
    Parameter("withDistance", "boolean", "Tell the metres, too.", default=False),
    *(row for row in walking_parameters() if row.name != "pedestrianProfile"),
)

INTERMODAL_PARAMETERS: Final = (
    Parameter("one", "string", PLACE, required=True),
    Parameter("many", "list", "`lat;lon` or ids, several with commas.", required=True),
    Parameter("time", "time", "Departure, or arrival with `arriveBy`; now if not given."),
    Parameter("arriveBy", "boolean", "From the many to the one.", default=False),
    *transfer_parameters(),
    *walking_parameters(),
    *need_parameters(),
    Parameter(
        "directMode", "string", "WALK, BIKE or CAR all the way.", "WALK", choices=tuple(SPEEDS_MPS)
    ),
    Parameter("maxDirectTime", "integer", "Longest way without vehicles, s.", 1800, least=0),
    Parameter("withDistance", "boolean", "Tell the metres of ways by oneself.", default=False),
)


def one_to_all(call: Call) -> Json:
    """Return every stop that can be reached, with the shortest time and the rides it takes."""
    minutes = call.query.whole("maxTravelTime") or 0
    if minutes > LONGEST_MIN:
        raise TooMuch(f"maxTravelTime too large ({minutes} > {LONGEST_MIN})")
    request, spot = asked_reach(call, minutes * 60)
    view = call.view(languages=True)
    arrive_by = request.arrive_by
    own, other = ("arrival", "departure") if arrive_by else ("departure", "arrival")
    at = int(request.time.timestamp())
    one = (
        view.place(spot.stop)
        if spot.stop >= 0
        else view.spot(spot.name, spot.lat, spot.lon, spot.level)
    )
    one[own] = stamp(at)
    found = []
    reach = call.served.planner.reach(request)
    rows = (reach.stop.tolist(), reach.seconds.tolist(), reach.rides.tolist())
    for stop, seconds, rides in zip(*rows, strict=True):
        place = view.place(stop)
        place[other] = stamp(at - seconds if arrive_by else at + seconds)
        found.append({"place": place, "duration": -(-seconds // 60), "k": rides})
    return {"one": one, "all": found}


def one_to_many(call: Call) -> list[Json]:
    """Return the time by oneself between one point and many, along straight lines with a detour."""
    query = call.query
    many = [_spot(text) for text in query.items("many") or []]
    return _durations(call, _spot(query.needed("one")), many, query.number("max") or 0)


def one_to_many_body(call: Call, body: Mapping[str, object]) -> list[Json]:
    """Return the same for a body."""
    many = body.get("many")
    longest = body.get("max", 0)
    if not isinstance(many, list) or not isinstance(longest, int | float):
        raise BadRequest("the body needs a list 'many' and a number 'max'")
    mode = str(body.get("mode", "WALK"))
    return _durations(
        call,
        _spot(str(body.get("one", ""))),
        [_spot(str(row)) for row in many],
        float(longest),
        mode=mode,
        distance=bool(body.get("withDistance")),
    )


def intermodal(call: Call) -> Json:
    """Return, for each of many places, the time by oneself and the best times with vehicles."""
    query = call.query
    many = query.items("many") or []
    if len(many) > MOST_PLACES:
        raise TooMuch(f"number of many locations too high ({len(many)} > {MOST_PLACES})")
    most = max(query.whole(name) or 0 for name in LONGEST_WAYS)
    ends = [_spot_of(call, text) for text in many]
    street = _durations(
        call,
        _spot_of(call, query.needed("one")),
        ends,
        most,
        mode=query.text("directMode") or "",
    )
    minutes = min(query.whole("maxTravelTime") or LONGEST_MIN, LONGEST_MIN)
    request, _ = asked_reach(call, minutes * 60)
    speed = request.walk_speed_mps
    side = "maxPreTransitTime" if request.arrive_by else "maxPostTransitTime"
    longest = query.whole(side) or 0
    stops = [
        _stops_near(call, text, end, speed, longest) for text, end in zip(many, ends, strict=True)
    ]
    beyond = minutes * 60 + 1
    least = [beyond] * len(many)
    transit: list[list[Json]] = [[] for _ in many]
    for transfers in range(request.max_transfers + 1):
        reach = call.served.planner.reach(replace(request, max_transfers=transfers))
        # By rows of the network; who needs no vehicle is told by the way on foot.
        seconds = np.full(len(call.index.calls_of_stop), beyond, np.int64)
        ridden = reach.rides > 0
        seconds[reach.stop[ridden]] = reach.seconds[ridden]
        for at, (rows, walk) in enumerate(stops):
            best = int((seconds[rows] + walk).min(initial=beyond))
            if best < least[at]:
                least[at] = best
                transit[at].append({"duration": best, "transfers": transfers})
        if int(reach.rides.max(initial=0)) <= transfers:
            break
    return {"street_durations": street, "transit_durations": transit}


def intermodal_body(call: Call, body: Mapping[str, object]) -> Json:
    """Return the same for a body, whose fields are the parameters."""
    pairs = [
        (name, text)
        for name, value in body.items()
        if value is not None
        for text in (map(_plain, value) if isinstance(value, list) else [_plain(value)])
    ]
    return intermodal(replace(call, query=query_of(INTERMODAL_PARAMETERS, pairs, call.served)))


def _plain(value: object) -> str:
    """Return a value of a body as it stands in a query."""
    text = str(value)
    # Commas stand between the many there.
    return text.replace(",", ";") if coordinate(text) else text


def _stops_near(
    call: Call, text: str, end: Coordinate, speed_mps: float, longest_s: int
) -> tuple[Int64s, Int64s]:
    """Return the stops of a place that are used, and the seconds on foot."""
    if coordinate(text, ";") is None:
        rows = np.array(call.stops_of(text), np.int64)
        return rows, np.zeros(len(rows), np.int64)
    seconds = np.ceil(call.index.metres(end.lat, end.lon) * DETOUR / speed_mps)
    rows = np.flatnonzero((seconds <= longest_s) & (call.index.calls_of_stop > 0))
    return rows, seconds[rows].astype(np.int64)


def _spot_of(call: Call, text: str) -> Coordinate:
    """Return where a coordinate or an id is; a stop without a coordinate is nowhere."""
    found = coordinate(text, ";" if ";" in text else ",")
    if found is not None:
        return found
    rows = call.stops_of(text)
    if not rows:
        raise NotFound(f"Could not find timetable location {text!r}")
    stops = call.index.network.stops
    return Coordinate(float(stops.lat[rows[0]]), float(stops.lon[rows[0]]), None)


def _durations(
    call: Call,
    one: Coordinate,
    many: Sequence[Coordinate],
    longest: float,
    *,
    mode: str = "",
    distance: bool = False,
) -> list[Json]:
    if len(many) > MOST_PLACES:
        raise TooMuch(f"number of many locations too high ({len(many)} > {MOST_PLACES})")
    mode = mode or call.query.text("mode") or "WALK"
    if mode not in SPEEDS_MPS:
        raise BadRequest(f"mode={mode!r} is none of {', '.join(SPEEDS_MPS)}")
    own = {"WALK": "pedestrianSpeed", "BIKE": "cyclingSpeed"}.get(mode)
    speed = (call.query.number(own) if own else None) or SPEEDS_MPS[mode]
    distance = distance or call.query.flag("withDistance")
    result: list[Json] = []
    for spot in many:
        metres = float(distance_m(one.lat, one.lon, spot.lat, spot.lon)) * DETOUR
        seconds = metres / speed
        if not np.isfinite(seconds) or seconds > longest:
            result.append({})
        else:
            shown: Json = {"duration": round(seconds)}
            result.append({**shown, "distance": round(metres)} if distance else shown)
    return result


def _spot(text: str) -> Coordinate:
    found = coordinate(text, ";" if ";" in text else ",")
    if found is None:
        raise BadRequest(f"{text!r} is not lat;lon")
    return found
