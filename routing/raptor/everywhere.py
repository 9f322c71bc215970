"""From one place to everywhere, or from everywhere to one."""

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.raptor.arrays import FAR
from routing.raptor.jit import kernel
from routing.raptor.rounds import Best, Goal, Side, one_round, seed, unmark
from routing.raptor.search import Query, ends_of, mirrored_ends, rides_of, workspace
from routing.timetable.view import View


@kernel
def _reach(
    side: Side, start_s: int, unit: int, most_rides: int, most_s: int, arrival: Int32s, used: Int32s
) -> None:
    """
    Find the earliest arrival at every node, by vehicle or on foot, and with how many rides.

    `arrival` (units, `FAR` where not reached) and `used` (-1) are written for every node.
    """
    nodes = np.int64(arrival.size)
    labels = side.labels
    infinity = 65535 if labels.raw.itemsize == 2 else FAR
    labels.raw[:nodes] = infinity
    labels.ready[:nodes] = infinity
    limit = np.full(most_rides + 2, (start_s + most_s) // unit, np.int64)
    none = np.zeros(0, np.int64)
    # One ride more than there are rounds: one may also walk after the last.
    goal = Goal(
        0, most_rides + 1, limit, np.array([FAR, 0], np.int64), labels.raw[:0], labels.raw[:0], 0, 0
    )
    count = seed(side, start_s, unit, 0, 1)
    arrival[:] = FAR
    used[:] = -1
    for ride in range(most_rides + 1):
        if ride > 0:
            if count == 0:
                break
            count = one_round(
                side, goal, Best(none, none, none, none), unit, 0, False, count, ride, 0, 1
            )
        for node in range(nodes):
            # A change takes its time at the node itself, so `ready` is earlier only by a walk.
            at = min(np.int64(labels.raw[node]), np.int64(labels.ready[node]))
            if at < arrival[node] and at < infinity and at <= limit[0]:
                arrival[node] = at
                used[node] = ride
    unmark(labels, count)


def everywhere(view: View, query: Query) -> tuple[Int64s, Int32s]:
    """
    Return for every node the least seconds of travel, -1 where it is not reached, and the rides.

    The travel begins at `query.time_s` at the origins; with `query.backward` it ends then at the
    targets. Waiting counts.
    """
    size = view.timetable.node_count
    arrival, used = np.full(size, FAR, np.int32), np.full(size, -1, np.int32)
    top_s = view.top * view.unit
    if query.backward:
        starts, begin = mirrored_ends(query.targets, top_s, view.unit), top_s - query.time_s
    else:
        starts, begin = ends_of(query.origins), query.time_s
    rides = rides_of(view, query, backward=query.backward)
    labels = workspace().labels_for(rides, size, 1)
    none = np.zeros(0, np.int32)
    side = Side(
        rides,
        view.walks(query.transfer, backward=query.backward),
        np.zeros(size, np.uint16),
        np.zeros(size, np.uint8),
        starts,
        ends_of(()),
        labels._replace(raw_event=none, ready_from=none),
    )
    _reach(side, begin, view.unit, query.most_rides, query.most_s, arrival, used)
    seconds = np.where(arrival == FAR, -1, arrival.astype(np.int64) * view.unit - begin)
    return seconds, used
