"""The calls of runs as the timetable has them, gathered for all runs of a message at once."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from maas.core.columns import Int8s, Int32s, Int64s
from routing.realtime.index import NetworkIndex
from routing.realtime.runs import RunKey
from routing.timetable.rows import ranges


class PlannedRuns(NamedTuple):
    """Columns of runs, one row a call, one run after another; they belong to who asked."""

    key: Int64s
    """One row (trip, day, start) a run."""
    start: Int64s
    """Calls of run x are rows `start[x]` to `start[x + 1]`."""
    stop: Int32s
    pickup: Int8s
    drop_off: Int8s
    sequence: Int32s
    arrival_s: Int64s
    """Unix seconds, as all times here."""
    departure_s: Int64s


def planned_runs(index: NetworkIndex, keys: Sequence[RunKey]) -> PlannedRuns:
    """Return what the timetable has for each of these runs."""
    network = index.network
    table = np.array(keys, np.int64).reshape(-1, 3)
    trips = table[:, 0]
    begin = network.trips.call_start[trips].astype(np.int64)
    start = np.zeros(len(trips) + 1, np.int64)
    np.cumsum(network.trips.call_start[trips + 1] - begin, out=start[1:])
    size = np.diff(start)
    at = ranges(begin, size)
    shift = np.repeat(
        index.day_starts(trips, table[:, 1]) + table[:, 2] - index.first_departures[trips], size
    )
    calls = network.calls
    return PlannedRuns(
        table,
        start,
        calls.stop[at],
        calls.pickup[at],
        calls.drop_off[at],
        calls.sequence[at],
        calls.arrival_s[at].astype(np.int64) + shift,
        calls.departure_s[at].astype(np.int64) + shift,
    )
