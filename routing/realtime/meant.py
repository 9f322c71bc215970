"""The runs that updates mean: the usual ones all at once, all others one by one by `match`."""

from collections.abc import Sequence
from itertools import starmap
from typing import Final, NamedTuple

import numpy as np

from maas.core.columns import Int64s
from maas.core.live import LiveMessage, TripRelation
from routing.realtime.index import NetworkIndex
from routing.realtime.match import Refused, match
from routing.realtime.runs import RunKey

_UNSAID: Final = -(1 << 40)
"""In place of a start: the update names none."""


class Meant(NamedTuple):
    """What updates mean, one row each."""

    trip: Int64s
    """The trip in the feed's own timetable; -1 where no run is meant."""
    day: Int64s
    """Its service day (ordinal)."""
    run: Int64s
    """The run of the search, as (trip, day, start): another feed may publish the same trip."""
    key: list[RunKey]
    """The same run."""
    refused: dict[int, str]
    """Why no run was found. An update in neither is about a new run."""


def runs_meant(index: NetworkIndex, messages: Sequence[LiveMessage]) -> Meant:
    """Return the runs that the updates of all messages mean, in their order."""
    rows: list[tuple[int, int, int]] = []
    for message in messages:
        trip_of = index.trips_of(message.tag)
        for update in message.trips:
            own = update.trip
            on, at = own.start_day, own.start_s
            usual = own.trip_id and on is not None and own.relation is not TripRelation.NEW
            rows.append(
                (
                    trip_of(own.trip_id) if usual else -1,
                    0 if on is None else on.toordinal(),
                    _UNSAID if at is None else at,
                )
            )
    trip, day, start_s = np.array(rows, np.int64).reshape(-1, 3).T.copy()
    first, known = index.first_departures, np.maximum(trip, 0)
    found = trip >= 0
    if found.any():
        found &= (start_s == _UNSAID) | (start_s == first[known])
        found &= ~index.frequent[known] & index.run_on(known, day)
        start_s = np.where(found, first[known], start_s)
    refused: dict[int, str] = {}
    if not found.all():
        updates = [(message, update) for message in messages for update in message.trips]
        for row in np.flatnonzero(~found).tolist():
            message, update = updates[row]
            trip[row] = -1
            if update.trip.relation is TripRelation.NEW:
                continue
            one = match(index, message.tag, update.trip, update.unix_s or message.unix_s)
            if isinstance(one, Refused):
                refused[row] = one.reason
            else:
                trip[row], day[row], start_s[row] = one
    run = _searched(index, trip, day, start_s)
    return Meant(trip, day, run, list(starmap(RunKey, run.tolist())), refused)


def _searched(index: NetworkIndex, trip: Int64s, day: Int64s, start_s: Int64s) -> Int64s:
    """Return the runs of the search where other feeds publish the same trips."""
    trips = index.network.trips
    known = np.maximum(trip, 0)
    if len(trips.duplicate_of):
        size = np.diff(trips.call_start)
        twin = trips.duplicate_of[known].astype(np.int64)
        shown = np.maximum(twin, 0)
        moved = (trip >= 0) & (twin >= 0) & (size[shown] == size[known])
        start_s = np.where(moved, index.first_departures[shown], start_s)
        trip = np.where(moved, twin, trip)
    return np.stack([trip, day, start_s], axis=1)
