"""Arrivals and departures at stops, in the order in which they happen."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.boards.index import MODES, BoardIndex
from routing.boards.live import RunKey
from routing.boards.runs import Run, Runs
from routing.model import Mode


class StopEvent(NamedTuple):
    """A vehicle at a stop."""

    instant: int
    """Seconds since 1970: when it arrives or leaves, by which events are sorted."""
    key: RunKey
    position: int
    """Which call of the run."""
    arrives: bool
    """The event is the arrival, not the departure."""


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """What a board shows."""

    stops: Sequence[int]
    at: int
    later: bool
    """From `at` on, or backwards from it."""
    arrivals: bool | None
    """True arrivals, False departures, None both, each call once."""
    count: int
    """Show at least that many, and all that happen at the same second as the last."""
    window_s: int | None = None
    """Show at least all that lie at most that far from `at`."""
    modes: frozenset[Mode] | None = None
    skipped: bool = False
    """Show calls, too, at which the timetable lets nobody board or get off."""
    limit: int = 1024


class TooManyEvents(ValueError):
    """The board would be longer than its limit."""


def stop_events(runs: Runs, query: BoardQuery) -> list[StopEvent]:
    """
    Return the events of a board in ascending order.

    Days are taken one after the other; once the events that are certain (no day that is still
    to come can bring an earlier one) are enough, the rest of the calendar is not looked at.

    Raises:
        TooManyEvents: There are more than `query.limit`.
    """
    live = _live_events(runs, query)
    found: list[StopEvent] = []
    for chunk, certain in _by_day(runs, query):
        found += chunk
        ready = [event for event in (*found, *live) if _before(event.instant, certain, query)]
        cut = _cut(sorted(ready, key=lambda event: _rank(event, query)), query)
        if cut is not None:
            return sorted(cut)
    every = sorted((*found, *live), key=lambda event: _rank(event, query))
    return sorted(_cut(every, query) or _checked(every, query))


def _rank(event: StopEvent, query: BoardQuery) -> tuple[int, RunKey, int]:
    return (event.instant if query.later else -event.instant, event.key, event.position)


def _before(instant: int, certain: int, query: BoardQuery) -> bool:
    return instant < certain if query.later else instant > certain


def _cut(events: list[StopEvent], query: BoardQuery) -> list[StopEvent] | None:
    """Return what the board shows if an event beyond its end is known, else None."""
    previous: int | None = None
    for count, event in enumerate(events):
        inside = query.window_s is not None and abs(event.instant - query.at) <= query.window_s
        if not inside and count >= query.count and event.instant != previous:
            return _checked(events[:count], query)
        previous = event.instant
    return None


def _checked(events: list[StopEvent], query: BoardQuery) -> list[StopEvent]:
    if len(events) > query.limit:
        raise TooManyEvents(len(events))
    return events


def _by_day(runs: Runs, query: BoardQuery) -> Iterator[tuple[list[StopEvent], int]]:
    """Yield the scheduled events of each day with the instant up to which all are known."""
    index = runs.index
    rows = _candidates(index, query)
    if not len(rows.call) or not index.days:
        return
    low, high = int(rows.seconds.min()), int(rows.seconds.max())
    starts = index.day_start
    around = index.day_of(query.at)
    # A day before the query's still matters while its latest call may lie after it, and zones
    # differ by at most 26 hours.
    reach = high // 86_400 + 2
    if query.later:
        days = range(max(around - reach, 0), index.days)
    else:
        days = range(min(around + 2, index.days - 1), -1, -1)
    for day in days:
        chunk = _events_of_day(runs, query, rows, day)
        if query.later:
            certain = int(starts[:, day + 1].min()) + low if day + 1 < index.days else 1 << 62
        else:
            certain = int(starts[:, day - 1].max()) + high if day else -(1 << 62)
        yield chunk, certain


@dataclass(frozen=True, slots=True)
class _Candidates:
    call: Int32s
    run: Int32s
    trip: Int32s
    seconds: Int64s
    arrives: Int32s


def _candidates(index: BoardIndex, query: BoardQuery) -> _Candidates:
    """Return the calls at the stops that could be events, whatever the day."""
    table = index.calls_by_stop
    parts = [np.arange(table.start[stop], table.start[stop + 1]) for stop in query.stops]
    rows = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    call, run = table.call[rows], table.run[rows]
    trip = index.runs.trip[run]
    trips, calls = index.network.trips, index.network.calls
    first = call == np.asarray(trips.call_start)[trip]
    last = call == np.asarray(trips.call_start)[trip + 1] - 1
    pickup, drop_off = np.asarray(calls.pickup)[call], np.asarray(calls.drop_off)[call]
    if query.arrivals is None:
        arrives = last
        keep = query.skipped | (pickup != 1) | (drop_off != 1)
    elif query.arrivals:
        arrives = np.ones(len(call), np.bool_)
        keep = ~first & (query.skipped | (drop_off != 1))
    else:
        arrives = np.zeros(len(call), np.bool_)
        keep = ~last & (query.skipped | (pickup != 1))
    if query.modes is not None:
        codes = [MODES.index(mode) for mode in query.modes]
        keep = keep & np.isin(index.mode_of_trip[trip], codes)
    seconds = (
        np.where(
            arrives, np.asarray(calls.arrival_s)[call], np.asarray(calls.departure_s)[call]
        ).astype(np.int64)
        + np.asarray(index.runs.shift_s)[run]
    )
    keep = np.broadcast_to(keep, call.shape)
    return _Candidates(
        call[keep], run[keep], trip[keep], seconds[keep], arrives[keep].astype(np.int32)
    )


def _events_of_day(runs: Runs, query: BoardQuery, rows: _Candidates, day: int) -> list[StopEvent]:
    index, network = runs.index, runs.index.network
    service = np.asarray(network.trips.service)[rows.trip]
    active = (service >= 0) & (np.asarray(network.services.runs[:, day])[service] > 0)
    instant = index.day_start[index.agency_of_trip[rows.trip], day] + rows.seconds
    active &= instant >= query.at if query.later else instant <= query.at
    chosen = np.flatnonzero(active)
    begin = np.asarray(network.trips.call_start)[rows.trip[chosen]]
    events = [
        StopEvent(when, RunKey(trip, day, shift), position, bool(arrives))
        for when, trip, shift, position, arrives in zip(
            instant[chosen].tolist(),
            rows.trip[chosen].tolist(),
            index.runs.shift_s[rows.run[chosen]].tolist(),
            (rows.call[chosen] - begin).tolist(),
            rows.arrives[chosen].tolist(),
            strict=True,
        )
    ]
    if runs.live is None:
        return events
    return [event for event in events if runs.live.run(event.key) is None]


def _live_events(runs: Runs, query: BoardQuery) -> list[StopEvent]:
    """Return the events of runs of which something is known today."""
    if runs.live is None:
        return []
    stops = frozenset(query.stops)
    events: list[StopEvent] = []
    for key in runs.live.runs_at(tuple(query.stops)):
        run = runs.run(key)
        if query.modes is not None and run.mode not in query.modes:
            continue
        for position in range(len(run)):
            if run.stop[position] in stops or run.scheduled_stop[position] in stops:
                events += _events_of_call(run, position, query)
    return [
        event
        for event in events
        if (event.instant >= query.at if query.later else event.instant <= query.at)
    ]


def _events_of_call(run: Run, position: int, query: BoardQuery) -> list[StopEvent]:
    last = position == len(run) - 1
    arrives = last if query.arrivals is None else query.arrivals
    if query.arrivals is not None and (position == 0 if arrives else last):
        return []
    allowed: Callable[[int], bool] = run.alights if arrives else run.boards
    if query.arrivals is None:
        usable = run.boards(position) or run.alights(position)
    else:
        usable = allowed(position)
    # A call that is cancelled today is shown, crossed out; only one that the timetable closes to
    # travellers is left out.
    if not query.skipped and not usable:
        return []
    when = run.arrival[position] if arrives else run.departure[position]
    return [StopEvent(when, run.key, position, arrives)]
