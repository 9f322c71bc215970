"""The calls of runs as the timetable has them, gathered for all runs of a message at once."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from maas.core.columns import Int8s, Int32s, Int64s
from routing.realtime.index import NetworkIndex
from routing.realtime.runs import RunKey
from routing.timetable.rows import ranges


class PlannedRun(NamedTuple):
    """Columns of one run, one row a call; copy one before writing to it."""

    stop: Int32s
    pickup: Int8s
    drop_off: Int8s
    sequence: Int32s
    arrival_s: Int64s
    """Unix seconds, as all times here."""
    departure_s: Int64s


def planned_runs(index: NetworkIndex, keys: Iterable[RunKey]) -> dict[RunKey, PlannedRun]:
    """Return what the timetable has for each of these runs."""
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return {}
    network = index.network
    table = np.array(wanted, np.int64)
    trips = table[:, 0]
    begin = network.trips.call_start[trips].astype(np.int64)
    size = network.trips.call_start[trips + 1] - begin
    at = ranges(begin, size)
    shift = np.repeat(
        index.day_starts(trips, table[:, 1]) + table[:, 2] - index.first_departures[trips], size
    )
    calls = network.calls
    arrival_s = calls.arrival_s[at].astype(np.int64) + shift
    departure_s = calls.departure_s[at].astype(np.int64) + shift
    stop, sequence = calls.stop[at], calls.sequence[at]
    pickup, drop_off = calls.pickup[at], calls.drop_off[at]
    found: dict[RunKey, PlannedRun] = {}
    first = 0
    for key, last in zip(wanted, np.cumsum(size).tolist(), strict=True):
        own = slice(first, last)
        found[key] = PlannedRun(
            stop[own], pickup[own], drop_off[own], sequence[own], arrival_s[own], departure_s[own]
        )
        first = last
    return found
