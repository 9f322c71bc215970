"""The calls of runs as the timetable has them, gathered for all runs of a message at once."""

from typing import NamedTuple

import numpy as np

from maas.core.columns import Int8s, Int32s, Int64s
from routing.kernel.jit import kernel
from routing.realtime.index import NetworkIndex


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


def planned_runs(index: NetworkIndex, runs: Int64s) -> PlannedRuns:
    """Return what the timetable has for each of these runs, (trip, day, start) a row."""
    trips, days, start_s = runs.T.copy()
    begin, calls = index.network.trips.call_start[trips].astype(np.int64), index.network.calls
    start = np.zeros(len(trips) + 1, np.int64)
    np.cumsum(index.network.trips.call_start[trips + 1] - begin, out=start[1:])
    shift = index.day_starts(trips, days) + start_s - index.first_departures[trips]
    stop, sequence = np.empty((2, int(start[-1])), np.int32)
    pickup, drop_off = np.empty((2, len(stop)), np.int8)
    arrival, departure = np.empty((2, len(stop)), np.int64)
    _copy_calls(
        begin, start, shift,
        calls.stop, calls.pickup, calls.drop_off, calls.sequence, calls.arrival_s,
        calls.departure_s, stop, pickup, drop_off, sequence, arrival, departure,
    )  # fmt: skip
    return PlannedRuns(runs, start, stop, pickup, drop_off, sequence, arrival, departure)


@kernel
def _copy_calls(
    begin: Int64s,
    start: Int64s,
    shift: Int64s,
    stop: Int32s,
    pickup: Int8s,
    drop_off: Int8s,
    sequence: Int32s,
    arrival: Int32s,
    departure: Int32s,
    new_stop: Int32s,
    new_pickup: Int8s,
    new_drop_off: Int8s,
    new_sequence: Int32s,
    new_arrival: Int64s,
    new_departure: Int64s,
) -> None:
    """Copy the calls of runs, which begin at `begin`, with their times shifted."""
    for run in range(begin.size):
        call = begin[run]
        for to in range(start[run], start[run + 1]):
            new_stop[to] = stop[call]
            new_pickup[to] = pickup[call]
            new_drop_off[to] = drop_off[call]
            new_sequence[to] = sequence[call]
            new_arrival[to] = arrival[call] + shift[run]
            new_departure[to] = departure[call] + shift[run]
            call += 1
