"""
A late vehicle starts its next trip late.

Trips of a block, and trips joined by a transfer of type 4, are one vehicle: the next one cannot
leave before the one before has arrived. Its own messages count first.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from routing.realtime.index import NetworkIndex
from routing.realtime.lay import late_run
from routing.realtime.propagate import lift
from routing.realtime.run_columns import RunDraft
from routing.realtime.runs import LiveRun, RunKey


def follow_vehicles(index: NetworkIndex, draft: RunDraft, counts: Counter[str]) -> None:
    """Make the runs late whose vehicles arrive late at their start."""
    queue = _late_ends(index, draft)
    while queue:
        before, end = queue.pop()
        for trip, day in _next(index, before):
            key = RunKey(trip, day, int(index.first_departures[trip]))
            run = _leaving_after(index, draft, key, end, counts)
            if run is not None:
                draft.put(key, run)
                counts["late-vehicle"] += 1
                if _is_late(run):
                    queue.append((key, int(run.arrival_s[-1])))


def _late_ends(index: NetworkIndex, draft: RunDraft) -> list[tuple[RunKey, int]]:
    """Return the runs that end late, with the unix second, whose vehicles may go on."""
    found = {
        key: int(run.arrival_s[-1])
        for key, run in draft.lone().items()
        if not run.cancelled and _is_late(run)
    }
    columns, numbers = draft.columns, draft.numbers()
    last = columns.start[1:] - 1
    late = ~columns.cancelled & index.has_followers[columns.key[:, 0]]
    late &= columns.arrival_s[last] > columns.scheduled_arrival_s[last]
    if late.any():
        ends, is_late = columns.arrival_s[last].tolist(), late.tolist()
        found |= {key: ends[number] for key, number in numbers.items() if is_late[number]}
    return list(found.items())


def _is_late(run: LiveRun) -> bool:
    return int(run.arrival_s[-1]) > int(run.scheduled_arrival_s[-1])


def _next(index: NetworkIndex, key: RunKey) -> Sequence[tuple[int, int]]:
    """Return the runs that continue a run: the first of the block, and all joined ones."""
    followers = index.followers(key.trip)
    if not followers:
        return ()
    end = index.day_start(key.trip, key.day) + int(index.last_arrivals[key.trip])
    same_block = int(index.network.trips.block[key.trip])
    found: list[tuple[int, int]] = []
    block_done = False
    for trip in followers:
        in_block = same_block >= 0 and int(index.network.trips.block[trip]) == same_block
        if in_block and block_done:
            continue
        for day in (key.day,) if in_block else range(key.day - 2, key.day + 3):
            begin = index.day_start(trip, day) + int(index.first_departures[trip])
            if index.runs_on(trip, day) and 0 <= begin - end < 86_400:
                found.append((trip, day))
                block_done = block_done or in_block
                break
    return found


def _leaving_after(
    index: NetworkIndex, draft: RunDraft, key: RunKey, not_before_s: int, counts: Counter[str]
) -> LiveRun | None:
    """Return a run that leaves late, None where it need not."""
    run = draft.get(key)
    if run is None:
        begin = index.day_start(key.trip, key.day) + key.start_s
        delay = not_before_s - begin
        return late_run(index, key, delay, counts) if delay > 0 else None
    if run.cancelled:
        return None
    arrivals, departures = run.arrival_s.tolist(), run.departure_s.tolist()
    if not lift(arrivals, departures, not_before_s):
        return None
    return run._replace(
        arrival_s=np.asarray(arrivals, np.int64),
        departure_s=np.asarray(departures, np.int64),
    )
