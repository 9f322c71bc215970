"""From one place to everywhere, or from everywhere to one."""

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.raptor.arrays import FAR, MAY_ALIGHT, MAY_BOARD, MUST_LEAVE, Ends, Labels, Rides, Walks
from routing.raptor.jit import kernel
from routing.raptor.rounds import end_time
from routing.raptor.search import Query, ends_of, mirrored_ends, rides_of, workspace
from routing.timetable.view import View


@kernel
def _reach(
    rides: Rides,
    walks: Walks,
    origins: Ends,
    start_s: int,
    unit: int,
    most_rides: int,
    most_s: int,
    labels: Labels,
    arrival: Int32s,
    used: Int32s,
) -> int:
    """
    Find the earliest arrival at every node, by vehicle or on foot, and with how many rides.

    One-to-all needs no bounds and no rounds in its labels: `arrival` (units, `FAR` where not
    reached) and `used` are written for every node. Returns the rounds that it took.
    """
    nodes = np.int64(arrival.size)
    raw, ready = labels.raw, labels.ready
    infinity = 65535 if raw.itemsize == 2 else FAR
    raw[:nodes] = infinity
    ready[:nodes] = infinity
    arrival[:] = FAR
    used[:] = -1
    cap = (start_s + most_s) // unit
    count = 0
    for x in range(origins.node.size):
        at = max(-((-end_time(origins, x, start_s)) // unit), 1)
        node = np.int64(origins.node[x])
        if at < np.int64(ready[node]) and at <= cap:
            ready[node] = at
            if at < arrival[node]:
                arrival[node] = at
                used[node] = 0
            if labels.flag[node] == 0:
                labels.flag[node] = 1
                labels.marked[count] = node
                count += 1
    ride = 0
    while count > 0 and ride < most_rides:
        ride += 1
        queued = 0
        for x in range(count):
            node = np.int64(labels.marked[x])
            labels.flag[node] = 0
            at = np.int64(ready[node])
            for e in range(rides.board_start[node], rides.board_start[node + 1]):
                if np.int64(rides.board_last[e]) < at:
                    continue
                pattern = rides.board_pattern[e]
                position = rides.board_position[e]
                first = labels.first[pattern]
                if first < 0:
                    labels.first[pattern] = position
                    labels.queue[queued] = pattern
                    queued += 1
                elif position < first:
                    labels.first[pattern] = position
        ridden = 0
        for x in range(queued):
            pattern = labels.queue[x]
            position = np.int64(labels.first[pattern])
            labels.first[pattern] = -1
            base = np.int64(rides.pattern_start[pattern])
            wide = np.int64(rides.pattern_start[pattern + 1]) - base
            rows = np.int64(rides.rows[pattern])
            event_base = np.int64(rides.event_start[pattern])
            plain = rides.plain[pattern] != 0
            row = rows
            row_event = event_base + rows * wide
            flags = np.uint8(MAY_BOARD | MAY_ALIGHT)
            for i in range(position, wide):
                node = np.int64(rides.node[base + i])
                if not plain:
                    flags = rides.flags[base + i]
                if row < rows and flags & MAY_ALIGHT != 0:
                    came = rides.arrival[row_event + i]
                    if came < raw[node] and np.int64(came) <= cap:
                        raw[node] = came
                        if labels.flag[node] & 2 == 0:
                            labels.flag[node] |= 2
                            labels.ridden[ridden] = node
                            ridden += 1
                if flags & MUST_LEAVE != 0:
                    row = rows
                    row_event = event_base + rows * wide
                    continue
                if flags & MAY_BOARD != 0:
                    at_ready = ready[node]
                    if at_ready < infinity:
                        column = event_base + i * rows
                        if row == rows:
                            if i < wide - 1:
                                low, high = np.int64(0), rows
                                while low < high:
                                    middle = (low + high) >> 1
                                    if rides.departure[column + middle] >= at_ready:
                                        high = middle
                                    else:
                                        low = middle + 1
                                row = low
                                row_event = event_base + row * wide
                        elif row > 0 and at_ready <= rides.departure[column + row - 1]:
                            while row > 0 and rides.departure[column + row - 1] >= at_ready:
                                row -= 1
                            row_event = event_base + row * wide
        count = 0
        for x in range(ridden):
            node = np.int64(labels.ridden[x])
            labels.flag[node] &= 1
            if np.int64(raw[node]) < arrival[node]:
                arrival[node] = raw[node]
                used[node] = ride
        for x in range(ridden):
            node = np.int64(labels.ridden[x])
            came_at = np.int64(raw[node])
            for y in range(walks.start[node] - 1, walks.start[node + 1]):
                if y < walks.start[node]:
                    to = node
                    at = came_at + np.int64(walks.change[node])
                else:
                    to = np.int64(walks.to[y])
                    at = came_at + np.int64(walks.time[y])
                if at < np.int64(ready[to]) and at <= cap:
                    ready[to] = at
                    if to != node and at < arrival[to]:
                        arrival[to] = at
                        used[to] = ride
                    if labels.flag[to] == 0:
                        labels.flag[to] = 1
                        labels.marked[count] = to
                        count += 1
    for x in range(count):
        labels.flag[labels.marked[x]] = 0
    return ride


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
    _reach(
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
