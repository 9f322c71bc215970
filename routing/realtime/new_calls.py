"""The calls of a run that a message gives itself: NEW and REPLACEMENT."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from maas.core.columns import Int64s
from maas.core.geo import distance_m
from maas.core.live import Moment, StopRelation, TripUpdate
from routing.realtime.index import NetworkIndex

NO_STOP: Final = 1
"""GTFS pickup_type and drop_off_type "none"."""

MAX_SPEED_MPS: Final = 350.0
"""A new run that is faster between two stops than an airliner is refused."""


def new_calls(
    index: NetworkIndex, tag: str, update: TripUpdate, scheduled: Mapping[int, tuple[int, int]]
) -> dict[str, Any] | str:
    """
    Return the call columns of a `LiveRun`, or the reason why the message gives none.

    `scheduled` holds the timetable's arrival and departure (unix seconds) of those rows of the
    update that the timetable knows; such a row may give a delay, all others need an instant.
    """
    rows: list[tuple[int, ...]] = []
    for at, row in enumerate(update.stops):
        stop = index.stop(tag, row.assigned_stop_id or row.stop_id)
        if stop < 0:
            return "new-run-unknown-stop"
        before = scheduled.get(at, (-1, -1))
        arrival, departure = _given(row.arrival, before[0]), _given(row.departure, before[1])
        if arrival is None and departure is None and scheduled.get(at):
            arrival, departure = before
        here = arrival if arrival is not None else departure
        there = departure if departure is not None else arrival
        skipped = int(row.relation is StopRelation.SKIPPED)
        if here is None or there is None:
            if skipped:
                continue
            return "new-run-without-times"
        # A vehicle does not leave before it is there, as for runs of the timetable.
        there = max(here, there)
        pickup = NO_STOP if skipped else row.pickup or 0
        drop_off = NO_STOP if skipped else row.drop_off or 0
        number = row.sequence if row.sequence is not None else at
        rows.append((stop, here, there, *before, pickup, drop_off, number, skipped))
    if len(rows) < 2:
        return "new-run-too-short"
    table = np.asarray(rows, np.int64).T
    if (np.diff(np.stack([table[1], table[2]], axis=1).ravel()) < 0).any():
        return "new-run-times-fall"
    if _too_fast(index, table[0], table[1], table[2]):
        return "new-run-too-fast"
    return {
        "stop": table[0].astype(np.int32),
        "arrival_s": table[1],
        "departure_s": table[2],
        "scheduled_arrival_s": table[3],
        "scheduled_departure_s": table[4],
        "pickup": table[5].astype(np.int8),
        "drop_off": table[6].astype(np.int8),
        "sequence": table[7].astype(np.int32),
        "skipped": table[8].astype(np.uint8),
        "known": np.ones(len(rows), np.uint8),
    }


def _too_fast(index: NetworkIndex, stop: Int64s, arrival: Int64s, departure: Int64s) -> bool:
    stops = index.network.stops
    lat, lon = stops.lat[stop], stops.lon[stop]
    away = distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:])
    # Times are often whole minutes, so no time at all may be nearly a minute.
    seconds = np.maximum(arrival[1:] - departure[:-1], 60)
    return bool((np.nan_to_num(away) / seconds > MAX_SPEED_MPS).any())


def _given(moment: Moment | None, scheduled_s: int) -> int | None:
    if moment is None:
        return None
    if moment.unix_s is not None:
        return moment.unix_s
    return None if scheduled_s < 0 else scheduled_s + (moment.delay_s or 0)
