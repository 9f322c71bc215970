"""`/stoptimes`: the departures and arrivals of a stop."""

from typing import Final

import orjson

from maas.api.context import Area, Call, area, place_of
from maas.api.errors import BadRequest, NotFound, TooMuch
from maas.api.modes import mode_name, transit_modes
from maas.api.parameters import Parameter, cursor
from maas.api.plan_parameters import LANGUAGE, REALTIME_MODE, SKIPPED
from maas.api.rides import (
    arrives,
    call_json,
    facilities,
    first_stop,
    headsign,
    last_stop,
    leaves,
    names,
)
from maas.api.view import NORMAL, NOT_ALLOWED, Json, View
from routing.boards.events import BoardQuery, StopEvent, TooManyEvents, stop_events
from routing.boards.live import RunKey
from routing.boards.runs import Run, Runs

MOST_EVENTS: Final = 1024

STOPTIMES_PARAMETERS: Final = (
    Parameter("stopId", "string", "Id of a stop or place."),
    Parameter("center", "string", "`lat,lon`: used where `stopId` is missing or unknown."),
    Parameter("time", "time", "From when; now if not given."),
    Parameter("arriveBy", "boolean", "Arrivals, not departures.", default=False),
    Parameter("both", "boolean", "Arrivals and departures.", default=False),
    Parameter(
        "direction",
        "string",
        "LATER (departures' default) or EARLIER (arrivals') than `time`.",
        choices=("EARLIER", "LATER"),
    ),
    Parameter("window", "integer", "Seconds around `time`; with `n`, whichever is more.", least=0),
    Parameter("mode", "list", "Only these modes.", ("TRANSIT",)),
    Parameter("n", "integer", "At least so many events.", least=0),
    Parameter("radius", "integer", "Metres around the stop or centre.", least=0, most=100_000),
    Parameter(
        "exactRadius",
        "boolean",
        "Only stops that lie inside the radius, no others of the same station or place.",
        default=False,
    ),
    Parameter("fetchStops", "boolean", "Tell the stops before or after.", default=False),
    Parameter("pageCursor", "string", "From an answer: the page before or after it."),
    SKIPPED,
    REALTIME_MODE,
    LANGUAGE,
    Parameter("withAlerts", "boolean", "Tell alerts of the stop.", default=True),
)


def stoptimes(call: Call) -> Json:
    """Return the events of a stop and the cursors of the pages before and after."""
    query = call.query
    count, window = query.whole("n"), query.whole("window")
    if count is None and window is None:
        raise BadRequest("neither 'n' nor 'window' is provided")
    if count is not None and count > MOST_EVENTS:
        raise TooMuch(f"n={count} > {MOST_EVENTS} not allowed")
    where = _where(call)
    mode = query.text("realtimeMode") or "REALTIME"
    annotated = call.view(call.runs(mode))
    searched = call.runs("REALTIME" if mode == "REALTIME" else "OFF")
    later, at = _begin(call)
    both, arrive = query.flag("both"), query.flag("arriveBy")
    wanted = transit_modes(query.items("mode") or ("TRANSIT",))
    board = BoardQuery(
        stops=where.stops,
        at=at,
        later=later,
        arrivals=None if both else arrive,
        count=count or 0,
        window_s=window,
        modes=wanted,
        skipped=query.flag("withScheduledSkippedStops"),
        limit=MOST_EVENTS,
    )
    try:
        events = stop_events(searched, board)
    except TooManyEvents as error:
        raise TooMuch(
            f"requesting for more than {MOST_EVENTS} datapoints is not allowed"
        ) from error
    return {
        "stopTimes": [_stop_time(call, annotated, event) for event in events],
        "place": place_of(annotated, where),
        "previousPageCursor": f"EARLIER|{events[0].instant - 1}" if events else "",
        "nextPageCursor": f"LATER|{events[-1].instant + 1}" if events else "",
    }


def _where(call: Call) -> Area:
    stop, centre = call.query.text("stopId"), call.query.text("center")
    radius = call.query.number("radius")
    if stop is None and (centre is None or radius is None):
        raise BadRequest("no stop and no center with radius (at least one is required)")
    found = area(call, stop, centre, radius)
    if found is None:
        raise NotFound(f"stop {stop!r} not found, and no usable center with radius")
    return found


def _begin(call: Call) -> tuple[bool, int]:
    """Return the direction and the instant from which to list."""
    query = call.query
    if (page := query.text("pageCursor")) is not None:
        found = cursor(page)
        return found.later, found.at
    default = "EARLIER" if query.flag("arriveBy") and not query.flag("both") else "LATER"
    moment = query.time("time") or call.served.clock.now()
    return (query.text("direction") or default) == "LATER", int(moment.timestamp())


def _stop_time(call: Call, view: View, event: StopEvent) -> Json:
    run = view.runs.run(event.key)
    at = event.position
    allowed = run.alights(at) if event.arrives else run.boards(at)
    chain = view.runs.chain(run.key)
    result: Json = {
        "place": _event_place(call, view, run, at),
        "mode": mode_name(view.runs.run(chain[0]).mode, view.version),
        "realTime": run.live,
        "headsign": headsign(view, run, at),
        "tripFrom": call_json(view, run, first_stop(run)),
        "tripTo": call_json(view, run, last_stop(run)),
        **names(view, run),
        **facilities(view, run),
        "pickupDropoffType": NORMAL if allowed and run.serves(at) else NOT_ALLOWED,
        "cancelled": allowed and not run.serves(at),
        "tripCancelled": run.cancelled,
    }
    if call.query.flag("fetchStops"):
        if event.arrives:
            result["previousStops"] = _stops_before(view, chain, run, at)
        else:
            result["nextStops"] = _stops_after(view, chain, run, at)
    return result


def _event_place(call: Call, view: View, run: Run, at: int) -> orjson.Fragment:
    """Return the stop of an event with the times of the call and the notices."""
    live = view.runs.live
    more = ""
    if live is not None and call.query.flag("withAlerts"):
        # A board tells what concerns this stop; notices for whole runs belong to their trip.
        alerts = [*live.alerts_of_run(run.key), *live.alerts_of_stop(run.stop[at], run.key)]
        more = f',"alerts":{orjson.dumps(view.alerts(alerts)).decode()}'
    if at > 0:
        more += arrives(run, at)
    if at < len(run) - 1:
        more += leaves(run, at)
    return call_json(view, run, at, more)


def _stops_after(view: View, chain: list[RunKey], run: Run, at: int) -> list[Json]:
    """Return where the vehicle calls next, on its next trips too, until it is back here."""
    here = run.stop[at]
    result: list[Json] = []
    for key, position in _calls_of_chain(view.runs, chain, run.key, at, forward=True):
        other = view.runs.run(key)
        if other.stop[position] == here:
            break
        last = key == chain[-1] and position == len(other) - 1
        place = view.call(other, position)
        result.append(view.timed(place, other, position, arrives=True, leaves=not last))
    return result


def _stops_before(view: View, chain: list[RunKey], run: Run, at: int) -> list[Json]:
    """Return where the vehicle called before, since it was last here."""
    here = run.stop[at]
    result: list[Json] = []
    for key, position in _calls_of_chain(view.runs, chain, run.key, at, forward=False):
        other = view.runs.run(key)
        if other.stop[position] == here:
            break
        first = key == chain[0] and position == 0
        place = view.call(other, position)
        result.append(view.timed(place, other, position, arrives=not first, leaves=True))
    return result[::-1]


def _calls_of_chain(
    runs: Runs, chain: list[RunKey], key: RunKey, at: int, *, forward: bool
) -> list[tuple[RunKey, int]]:
    """Return the calls after (or before, nearest first) one; where trips join, one of the two."""
    calls: list[tuple[RunKey, int]] = []
    here = chain.index(key)
    if forward:
        calls += [(key, position) for position in range(at + 1, len(runs.run(key)))]
        for other in chain[here + 1 :]:
            calls += [(other, position) for position in range(1, len(runs.run(other)))]
        return calls
    calls += [(key, position) for position in range(at - 1, -1, -1)]
    for other in reversed(chain[:here]):
        calls += [(other, position) for position in range(len(runs.run(other)) - 2, -1, -1)]
    return calls
