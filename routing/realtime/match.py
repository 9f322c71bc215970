"""
Which run of the timetable an update means.

A message names a trip, and often its service day and start. Producers write the run 24:15 of the
11th as 24:15 of the 11th or as 00:15 of the 12th; both are the same run. Where the day is left
out, the run must follow without doubt from the time of the message (or the trip runs on one day of
the timetable only), or the update is refused: between midnight and nine in Japan the UTC day is
yesterday, so a guess would be wrong each night.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from maas.core.live import TripSelector
from routing.realtime.index import NetworkIndex
from routing.realtime.runs import RunKey

DAY_S: Final = 86_400
EARLY_S: Final = 3_600
"""A run without a named day may be spoken of from an hour before it starts …"""
LATE_S: Final = 7_200
"""… until two hours after it should have ended."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why no run was found."""

    reason: str


def match(
    index: NetworkIndex, tag: str, trip: TripSelector, unix_s: int | None
) -> RunKey | Refused:
    """Return the run that a selector means; `unix_s` is the time of the message."""
    row = index.trip(tag, trip.trip_id) if trip.trip_id else _by_route(index, tag, trip)
    if isinstance(row, Refused):
        return row
    if row < 0:
        return Refused("unknown-trip")
    starts = _starts(index, row, trip.start_s)
    if isinstance(starts, Refused):
        return starts
    if trip.start_day is not None:
        return _on_day(index, row, trip.start_day.toordinal(), starts, trip.start_s)
    return _around(index, row, starts, trip.start_s, unix_s)


def _by_route(index: NetworkIndex, tag: str, trip: TripSelector) -> int | Refused:
    """Find a trip that is named by route, direction and start only."""
    route = index.route(tag, trip.route_id)
    if route < 0:
        return Refused("unknown-route")
    if trip.start_s is None or trip.start_day is None:
        return Refused("route-without-start")
    day = trip.start_day.toordinal()
    fits = [
        row
        for row in index.trips_of_route(route)
        if int(index.first_departures[row]) == trip.start_s
        and index.runs_on(row, day)
        and (trip.direction is None or _may_go(index, row, trip.direction))
    ]
    if len(fits) != 1:
        return Refused("no-such-start" if not fits else "several-trips-start-then")
    return fits[0]


def _may_go(index: NetworkIndex, row: int, direction: int) -> bool:
    """Return whether a trip goes in a direction; many feeds name none, and then it may."""
    return int(index.network.trips.direction[row]) in {-1, direction}


def _starts(index: NetworkIndex, row: int, wanted: int | None) -> list[int] | Refused:
    """
    Return the scheduled starts (seconds of the service day) that may be meant.

    A trip with times of its own has one. Of a frequency, the run must be named by its start; where
    headways are not exact, the nearest nominal run stands for it.
    """
    frequencies = index.frequencies(row)
    if not frequencies:
        return [int(index.first_departures[row])]
    if wanted is None:
        return Refused("frequency-without-start-time")
    table = index.network.frequencies
    exact: list[int] = []
    near: list[tuple[int, int]] = []
    for start_s in (wanted, wanted + DAY_S, wanted - DAY_S):
        for f in frequencies:
            first, end, step = int(table.start_s[f]), int(table.end_s[f]), int(table.headway_s[f])
            if step <= 0 or not first - step < start_s < end + step:
                continue
            run = first + max(0, round((start_s - first) / step)) * step
            run = min(run, first + max(0, (end - 1 - first) // step) * step)
            if run == start_s:
                exact.append(run)
            elif not table.exact[f] and abs(run - start_s) <= step:
                near.append((abs(run - start_s), run))
    if exact:
        return exact
    return [min(near)[1]] if near else Refused("no-such-start")


def _on_day(
    index: NetworkIndex, row: int, day: int, starts: list[int], wanted: int | None
) -> RunKey | Refused:
    """Find the run of a named day, which may be the calendar day of a start after midnight."""
    loose = bool(index.frequencies(row))
    for start in starts:
        shift = 0 if wanted is None else round((start - wanted) / DAY_S)
        if wanted is not None and not loose and start - wanted != shift * DAY_S:
            continue
        if index.runs_on(row, day - shift):
            return RunKey(row, day - shift, start)
        if wanted is None and start >= DAY_S and index.runs_on(row, day - start // DAY_S):
            return RunKey(row, day - start // DAY_S, start)
    if wanted is not None and not loose and all((s - wanted) % DAY_S for s in starts):
        return Refused("start-time-differs")
    return Refused("not-running-that-day")


def _around(
    index: NetworkIndex, row: int, starts: list[int], wanted: int | None, unix_s: int | None
) -> RunKey | Refused:
    """Find the one run that is near the time of the message, or the only one that there is."""
    only = index.only_day(row)
    if (
        only is not None
        and len(starts) == 1
        and (wanted is None or (starts[0] - wanted) % DAY_S == 0)
    ):
        return RunKey(row, only, starts[0])
    if unix_s is None:
        return Refused("no-start-day-and-no-timestamp")
    zone = ZoneInfo(index.zone(int(index.network.trips.route[row])))
    today = datetime.fromtimestamp(unix_s, UTC).astimezone(zone).toordinal()
    length = int(index.last_arrivals[row]) - int(index.first_departures[row])
    # A start past midnight belongs to an earlier service day, so the days are counted from there.
    runs = [
        (RunKey(row, day, start), index.day_start(row, day) + start)
        for start in starts
        if wanted is None or (start - wanted) % DAY_S == 0 or index.frequencies(row)
        for day in range(today - 1 - start // DAY_S, today + 2)
        if index.runs_on(row, day)
    ]
    if not runs:
        return Refused("not-running-around-then" if starts else "no-such-start")
    now = [key for key, begin in runs if begin - EARLY_S <= unix_s <= begin + length + LATE_S]
    if not now:
        # Nothing near, but a trip that has only one run left in these days cannot be mistaken.
        now = [key for key, begin in runs if unix_s <= begin + length + LATE_S]
    if len(now) != 1:
        return Refused("several-days-possible" if now else "run-is-over")
    return now[0]
