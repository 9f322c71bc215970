"""`/one-to-all` and `/one-to-many`: how long to everywhere, or to many places."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from maas.api.context import Call
from maas.api.errors import BadRequest, TooMuch
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
from maas.core.geo import distance_m

MOST_PLACES: Final = 128
LONGEST_MIN: Final = 24 * 60

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
    return _durations(
        call, _spot(query.needed("one")), query.items("many") or [], query.number("max") or 0
    )


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
        [str(row) for row in many],
        float(longest),
        mode=mode,
        distance=bool(body.get("withDistance")),
    )


def _durations(
    call: Call,
    one: Coordinate,
    many: list[str],
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
    for text in many:
        spot = _spot(text)
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
