"""From one place to everywhere (or from everywhere to one): the Python face of `kernels.reach`."""

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.raptor import kernels
from routing.raptor.arrays import FAR
from routing.raptor.search import Query, ends_of, mirrored_ends, rides_of, workspace
from routing.timetable.view import View


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
    kernels.reach(
        rides,
        view.walks(query.transfer, backward=query.backward),
        starts,
        begin,
        view.unit,
        query.most_rides,
        query.most_s,
        workspace().labels_for(rides, size, 1),
        arrival,
        used,
    )
    seconds = np.where(arrival == FAR, -1, arrival.astype(np.int64) * view.unit - begin)
    return seconds, used
