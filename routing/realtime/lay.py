"""Today's calls of runs of the timetable, from what updates say of them: all runs at once."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from maas.core.columns import Bools, Int32s, Int64s, UInt8s
from routing.realtime.index import NetworkIndex
from routing.realtime.new_calls import NO_STOP
from routing.realtime.planned import PlannedRuns, planned_runs
from routing.realtime.propagate import Progress, propagate
from routing.realtime.run_columns import RunColumns
from routing.realtime.runs import LiveRun, RunKey
from routing.realtime.said import (
    ASSIGNED,
    DROP_OFF,
    NOTHING_SAID,
    PICKUP,
    RELATION,
    SKIPPED,
    STOP,
    UNNAMED,
    Said,
)

MIN_CALLS: Final = 2
"""A vehicle that calls at fewer stops takes nobody anywhere."""


def lay_updates(
    index: NetworkIndex,
    runs: Int64s,
    said: Said,
    late: UInt8s,
    delay_s: Int64s,
    counts: Counter[str],
) -> RunColumns:
    """
    Return runs as they go today.

    Args:
        index: The network.
        runs: (trip, day, start) of each.
        said: What is said of the calls of each.
        late: 1 where a delay of the whole run is known.
        delay_s: That delay.
        counts: What was found odd is counted here.
    """
    plan = planned_runs(index, runs)
    progress = propagate(plan.start, plan.arrival_s, plan.departure_s, said, late, delay_s)
    counts["times-lifted"] += progress.lifted
    _change_calls(index, plan, said, counts)
    served = np.concatenate(([0], np.cumsum(progress.skipped == 0)))[plan.start]
    return _columns(plan, progress, np.diff(served) < MIN_CALLS)


def cancelled(index: NetworkIndex, runs: Int64s, hidden: Sequence[bool]) -> RunColumns:
    """Return runs as the timetable has them, which do not run today."""
    plan = planned_runs(index, runs)
    nothing, every = np.zeros(len(plan.stop), np.uint8), np.ones(len(plan.stop), np.uint8)
    progress = Progress(plan.arrival_s, plan.departure_s, known=nothing, skipped=every, lifted=0)
    return _columns(plan, progress, np.ones(len(runs), bool), np.array(hidden, bool))


def late_run(index: NetworkIndex, key: RunKey, delay_s: int, counts: Counter[str]) -> LiveRun:
    """Return a run of which is known only how late it starts."""
    late, delay = np.ones(1, np.uint8), np.array([delay_s], np.int64)
    run = np.array([key], np.int64)
    return lay_updates(index, run, NOTHING_SAID, late, delay, counts).run(index.network, 0)


def _columns(
    plan: PlannedRuns,
    progress: Progress,
    gone: Bools,
    hidden: Bools | None = None,
) -> RunColumns:
    return RunColumns(
        key=plan.key,
        cancelled=gone,
        hidden=np.zeros(len(gone), bool) if hidden is None else hidden,
        start=plan.start,
        stop=plan.stop,
        arrival_s=progress.arrival_s,
        departure_s=progress.departure_s,
        scheduled_arrival_s=plan.arrival_s,
        scheduled_departure_s=plan.departure_s,
        pickup=plan.pickup,
        drop_off=plan.drop_off,
        sequence=plan.sequence,
        skipped=progress.skipped,
        known=progress.known,
    )


def _change_calls(index: NetworkIndex, plan: PlannedRuns, said: Said, counts: Counter[str]) -> None:
    """Write who may board and leave where, and where vehicles call instead, over the plan."""
    row = said.row
    if not len(row):
        return
    at = np.repeat(plan.start[:-1], np.diff(said.first)) + said.call
    skipped = row[:, RELATION] == SKIPPED
    for column, says in ((plan.pickup, row[:, PICKUP]), (plan.drop_off, row[:, DROP_OFF])):
        given = says >= 0
        column[at[given]] = says[given]
        column[at[skipped]] = NO_STOP
    elsewhere = (row[:, STOP] != UNNAMED) & (row[:, STOP] != plan.stop[at])
    asked = np.flatnonzero(~skipped & (elsewhere | (row[:, ASSIGNED] != UNNAMED)))
    for named in (ASSIGNED, STOP):
        asked = asked[_still_asked(index, plan.stop, at[asked], row[asked, named], counts)]


def _still_asked(
    index: NetworkIndex, stops: Int32s, at: Int64s, named: Int64s, counts: Counter[str]
) -> Bools:
    """Move calls to the platforms that are named and near; return which are not settled by it."""
    here = stops[at]
    settled = named == here
    counts["unknown-platform"] += int(np.count_nonzero(named == -1))
    other = np.flatnonzero((named >= 0) & ~settled)
    near = np.zeros(len(at), bool)
    near[other] = index.near(named[other], here[other])
    counts["platform-too-far"] += len(other) - int(np.count_nonzero(near))
    moved = np.flatnonzero(near)
    moved = moved[index.network.stops.location_type[named[moved]] == 0]
    stops[at[moved]] = named[moved]
    counts["platform-changed"] += len(moved)
    asked: Bools = ~(settled | near)
    return asked
