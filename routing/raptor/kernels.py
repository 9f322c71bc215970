"""
RAPTOR kernels: one search for an instant, a window, and every direction of time.

Rules of this file: arguments are arrays and integers; results go into arrays that the caller
allocated; nothing here validates, logs or raises. `search.py` is the only caller.

The search is RAPTOR (Delling, Pajor, Werneck: Round-Based Public Transit Routing, 2012), for a
window in its range form (latest departure first, labels kept), with two labels a node and round:
`raw`, the arrival by vehicle, and `ready`, when the next vehicle may be boarded. Walks start only
at `raw` labels, so nobody walks twice in a row and footpaths need not be closed.
"""

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.raptor.arrays import (
    FAR,
    MAY_ALIGHT,
    MAY_BOARD,
    MUST_LEAVE,
    Bounds,
    Ends,
    Labels,
    Rides,
    UInt16s,
    Walks,
)
from routing.raptor.jit import kernel


@kernel
def departure_events(
    rides: Rides, origins: Ends, unit: int, first_s: int, last_s: int, out: Int64s
) -> int:
    """Write when travellers leave an origin to catch something in [first, last]; latest first."""
    count = 0
    for x in range(origins.node.size):
        node = origins.node[x]
        offset = np.int64(origins.offset_s[x])
        for e in range(rides.board_start[node], rides.board_start[node + 1]):
            pattern = rides.board_pattern[e]
            rows = np.int64(rides.rows[pattern])
            base = rides.event_start[pattern] + rides.board_position[e] * rows
            for row in range(rows):
                leaves = np.int64(rides.departure[base + row]) * unit - offset
                if leaves >= origins.until_s[x]:
                    leaves = (origins.until_s[x] - 1) // unit * unit
                if first_s <= leaves <= last_s and leaves >= origins.from_s[x]:
                    if count == out.size:
                        return -1
                    out[count] = leaves
                    count += 1
    if count == 0:
        return 0
    out[:count].sort()
    kept = 1
    for x in range(1, count):
        if out[x] != out[kept - 1]:
            out[kept] = out[x]
            kept += 1
    for x in range(kept // 2):
        out[x], out[kept - 1 - x] = out[kept - 1 - x], out[x]
    return kept


@kernel
def _end_time(ends: Ends, x: int, start_s: int) -> int:
    """Return when the walk of end `x` ends for somebody who could start it at `start_s`."""
    start = max(np.int64(start_s), ends.from_s[x])
    if start >= ends.until_s[x]:
        return np.int64(1) << 60
    return start + ends.offset_s[x]


@kernel
def _last_event_before(rides: Rides, targets: Ends, unit: int, best_s: int) -> int:
    """
    Return the last instant before `best_s` at which any vehicle brings somebody to the target.

    The target can be reached only at such instants, so this is the tightest upper bound that an
    arrival which is still better must keep.
    """
    found = np.int64(-1)
    for x in range(targets.node.size):
        node = targets.node[x]
        offset = np.int64(targets.offset_s[x])
        latest = (best_s - 1 - offset) // unit
        for e in range(rides.alight_start[node], rides.alight_start[node + 1]):
            pattern = rides.alight_pattern[e]
            width = np.int64(rides.pattern_start[pattern + 1] - rides.pattern_start[pattern])
            base = rides.event_start[pattern] + rides.alight_position[e]
            low, high = np.int64(0), np.int64(rides.rows[pattern])
            while low < high:
                middle = (low + high) >> 1
                if np.int64(rides.arrival[base + middle * width]) <= latest:
                    low = middle + 1
                else:
                    high = middle
            if low > 0:
                arrival = np.int64(rides.arrival[base + (low - 1) * width]) * unit
                end = max(arrival, targets.from_s[x]) + offset
                found = max(found, min(end, best_s - 1))
    return found


@kernel
def _limit_of(
    rides: Rides, targets: Ends, unit: int, use_events: bool, nearest_s: int, best_s: int
) -> int:
    """Return the latest arrival (in units, at the nearest target) that would still be better."""
    if use_events:
        best_s = _last_event_before(rides, targets, unit, best_s) + 1
    return (best_s - 1 - nearest_s) // unit


@kernel
def _unroll(rides: Rides, labels: Labels, nodes: int, node: int, ride: int, out: Int32s) -> int:
    """
    Write the rides of the label (node, ride), last first: pattern, row, board, alight.

    Returns how many; `out[count, 0]` then holds the row of the origin.
    """
    count = 0
    at = np.int64(node)
    k = np.int64(ride)
    while True:
        value = labels.raw[k * nodes + at]
        while k > 1 and labels.raw[(k - 1) * nodes + at] == value:
            k -= 1
        event = np.int64(labels.raw_event[k * nodes + at])
        pattern = np.searchsorted(rides.event_start, event, side="right") - 1
        start = np.int64(rides.pattern_start[pattern])
        wide = np.int64(rides.pattern_start[pattern + 1]) - start
        row = (event - rides.event_start[pattern]) // wide
        board = (event - rides.event_start[pattern]) % wide
        alight = board + 1
        while (
            rides.node[start + alight] != at
            or rides.arrival[event - board + alight] != value
            or rides.flags[start + alight] & MAY_ALIGHT == 0
        ):
            alight += 1
        out[count, 0] = pattern
        out[count, 1] = row
        out[count, 2] = board
        out[count, 3] = alight
        count += 1
        at = np.int64(rides.node[start + board])
        k -= 1
        ready = labels.ready[k * nodes + at]
        while k > 0 and labels.ready[(k - 1) * nodes + at] == ready:
            k -= 1
        came = np.int64(labels.ready_from[k * nodes + at])
        if came <= -2:
            out[count, 0] = np.int32(-2 - came)
            return count
        at = came


@kernel
def search(
    rides: Rides,
    walks: Walks,
    bounds: Bounds,
    origins: Ends,
    targets: Ends,
    events: Int64s,
    event_count: int,
    caps: Int64s,
    unit: int,
    bound_unit: int,
    most_s: int,
    best_s: Int64s,
    switches: int,
    labels: Labels,
    out: Int64s,
    legs: Int32s,
) -> int:
    """
    Find the complete Pareto set of (departure, arrival, rides) for the departures in `events`.

    For one departure, `caps` may name several numbers of rides, rising: the search with few
    rides is cheap, and its answer is the limit for the next. For several departures only the
    last of `caps` counts. `best_s[k]` is the best end known with at most k rides; ends that are
    not better than that are not found.

    Each result is a row of `out` (departure, end, rides, row of the target, row of the origin);
    its rides lie in `legs[row]`, last first. Returns how many results there are, never more than
    fit.

    For one departure a round has its own row of labels, not reached unless improved in that
    round, and row `width` holds the best of all rounds. For several, row k holds the best with
    at most k rides over all departures so far.
    """
    nodes = np.int64(rides.board_start.size - 1)
    most_rides = np.int64(caps[-1])
    width = most_rides + 1
    raw, ready = labels.raw, labels.ready
    infinity = 65535 if raw.itemsize == 2 else FAR
    use_bounds = switches & 1 != 0
    use_events = switches & 2 != 0
    use_closed = switches & 4 != 0
    single = event_count == 1
    cell_count = bounds.cells.size
    asks = use_bounds and cell_count > 0
    far = np.int64(FAR) * 16 // unit
    results = 0
    scanned = np.int64(0)
    nearest = np.int64(1) << 60
    for x in range(origins.node.size):
        labels.flag[origins.node[x]] |= 4
    for x in range(targets.node.size):
        nearest = min(nearest, np.int64(targets.offset_s[x]))
        labels.flag[targets.node[x]] |= 6
    limit = np.empty(width, np.int64)
    found = np.empty(width, np.int64)
    found_node = np.empty(width, np.int64)
    found_target = np.empty(width, np.int64)
    if not single:
        raw[: width * nodes] = infinity
        ready[: width * nodes] = infinity
    best = np.int64(1) << 60
    done_rides = np.int64(0)
    for turn in range(caps.size if single else event_count):
        start = events[0] if single else events[turn]
        cap_rides = np.int64(caps[turn]) if single else most_rides
        if single and turn > 0 and turn + 1 < caps.size and best_s[done_rides] < far:
            # A limit is known: the last turn can do the rest.
            continue
        cap = (start + most_s - nearest) // unit
        if single:
            raw[width * nodes : (width + 1) * nodes] = infinity
            ready[width * nodes : (width + 1) * nodes] = infinity
            ready[:nodes] = infinity
        else:
            best = np.int64(1) << 60
        if single or turn == 0:
            for k in range(width):
                if k > 0 and best_s[k] == best_s[k - 1]:
                    limit[k] = limit[k - 1]
                else:
                    limit[k] = _limit_of(rides, targets, unit, use_events, nearest, best_s[k])
            for k in range(done_rides):
                # Answers with so few rides are known: only what beats them is of interest.
                limit[k] = limit[done_rides]
        count = 0
        found[:] = -1
        for x in range(origins.node.size):
            # Before the axis is as good as its first moment.
            at = max(-((-_end_time(origins, x, start)) // unit), 1)
            if at >= infinity:
                continue
            node = np.int64(origins.node[x])
            if at < np.int64(ready[node]):
                labels.ready_from[node] = -2 - x
                if single:
                    ready[node] = at
                    ready[width * nodes + node] = at
                else:
                    for k in range(node, width * nodes, nodes):
                        if at < np.int64(ready[k]):
                            ready[k] = at
                        else:
                            break
                if labels.flag[node] & 1 == 0:
                    labels.flag[node] |= 1
                    labels.marked[count] = node
                    count += 1
        ride = np.int64(0)
        while count > 0 and ride < cap_rides:
            ride += 1
            now = ride * nodes
            before = now - nodes
            # Where labels are compared: the best of all rounds, or of so many rides.
            held = width * nodes if single else now
            if single:
                raw[now : now + nodes] = infinity
                ready[now : now + nodes] = infinity
            # Queue the patterns that pass a node which somebody is ready at.
            queued = 0
            for x in range(count):
                node = np.int64(labels.marked[x])
                labels.flag[node] &= 6
                at = np.int64(ready[before + node])
                if use_bounds:
                    need = ride - 1 + max(np.int64(bounds.rides[node]), 1)
                    if need > cap_rides:
                        continue
                    end = at + np.int64(bounds.time[node]) * bound_unit
                    if end > limit[need] or end > cap:
                        continue
                elif at > limit[ride] or at > cap:
                    continue
                for e in range(rides.board_start[node], rides.board_start[node + 1]):
                    if np.int64(rides.board_last[e]) < at:
                        continue
                    spot = np.int64(rides.board_spot[e])
                    need, lasts = np.int64(255), np.int64(1) << 40
                    if asks and spot >= 0:
                        # What boarding this pattern costs beyond the bound of the node.
                        for c in range(cell_count):
                            cell = bounds.cells[c]
                            detour = np.int64(bounds.cell_detour[cell, spot])
                            need = min(
                                need, np.int64(bounds.cell_rides[cell, node]) + (detour >> 6)
                            )
                            lasts = min(
                                lasts,
                                np.int64(bounds.cell_minutes[cell, node])
                                + (detour & 63)
                                + bounds.cell_extra[c],
                            )
                        need = ride - 1 + max(need, 1)
                        if need > cap_rides or at + lasts * bound_unit > limit[need]:
                            continue
                    pattern = rides.board_pattern[e]
                    position = rides.board_position[e]
                    first = labels.first[pattern]
                    if 0 <= first <= position:
                        continue
                    labels.first[pattern] = position
                    if first < 0:
                        labels.queue[queued] = pattern
                        queued += 1
            # Ride every queued pattern once.
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
                board = np.int64(0)
                scanned += wide - position
                flags = np.uint8(MAY_BOARD | MAY_ALIGHT)
                for i in range(position, wide):
                    node = np.int64(rides.node[base + i])
                    if not plain:
                        flags = rides.flags[base + i]
                    if row < rows and flags & MAY_ALIGHT != 0:
                        arrival = rides.arrival[row_event + i]
                        if arrival < raw[held + node]:
                            at = np.int64(arrival)
                            if use_bounds:
                                need = ride + np.int64(bounds.rides[node])
                                good = need <= cap_rides
                                if good:
                                    end = at + np.int64(bounds.time[node]) * bound_unit
                                    good = end <= limit[need] and end <= cap
                            else:
                                good = at <= limit[ride] and at <= cap
                            mark = labels.flag[node]
                            if (
                                good
                                and use_closed
                                and mark & 4 == 0
                                and walks.closed[node] != 0
                                and at >= np.int64(ready[held + node])
                            ):
                                # Who walked here was earlier, and is so wherever one walks on.
                                good = False
                            if good:
                                if single:
                                    raw[held + node] = arrival
                                    raw[now + node] = arrival
                                else:
                                    for k in range(now + node, width * nodes, nodes):
                                        if arrival < raw[k]:
                                            raw[k] = arrival
                                        else:
                                            break
                                labels.raw_event[now + node] = board
                                if mark & 1 == 0:
                                    labels.flag[node] = mark | 1
                                    labels.ridden[ridden] = node
                                    ridden += 1
                                if mark & 2 != 0:
                                    for y in range(targets.node.size):
                                        if targets.node[y] == node:
                                            done = _end_time(targets, y, at * unit)
                                            if done < best_s[ride] and done <= start + most_s:
                                                found[ride] = done
                                                found_node[ride] = node
                                                found_target[ride] = y
                                                lower = _limit_of(
                                                    rides, targets, unit, use_events, nearest, done
                                                )
                                                for k in range(ride, width):
                                                    if done < best_s[k]:
                                                        best_s[k] = done
                                                        limit[k] = lower
                                                    else:
                                                        break
                                                for k in range(min(done_rides, ride)):
                                                    limit[k] = limit[done_rides]
                    if flags & MUST_LEAVE != 0:
                        row = rows
                        row_event = event_base + rows * wide
                        continue
                    if flags & MAY_BOARD != 0:
                        at_ready = ready[before + node]
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
                                    board = row_event + i
                            elif row > 0 and at_ready <= rides.departure[column + row - 1]:
                                while row > 0 and rides.departure[column + row - 1] >= at_ready:
                                    row -= 1
                                row_event = event_base + row * wide
                                board = row_event + i
            # Change and walk.
            count = 0
            for x in range(ridden):
                labels.flag[labels.ridden[x]] &= 6
            if ride < cap_rides:
                for x in range(ridden):
                    node = np.int64(labels.ridden[x])
                    came = np.int64(raw[now + node])
                    if use_bounds:
                        need = ride + max(np.int64(bounds.rides[node]), 1)
                        if need > cap_rides:
                            continue
                        # The limit may have fallen since the label was set.
                        if came + np.int64(bounds.time[node]) * bound_unit > limit[need]:
                            continue
                    for y in range(walks.start[node] - 1, walks.start[node + 1]):
                        if y < walks.start[node]:
                            to = node
                            at = came + np.int64(walks.change[node])
                        else:
                            to = np.int64(walks.to[y])
                            at = came + np.int64(walks.time[y])
                        if at >= np.int64(ready[held + to]):
                            continue
                        if use_bounds:
                            need = ride + max(np.int64(bounds.rides[to]), 1)
                            if need > cap_rides:
                                continue
                            end = at + np.int64(bounds.time[to]) * bound_unit
                            if end > limit[need] or end > cap:
                                continue
                        elif at > limit[ride] or at > cap:
                            continue
                        if single:
                            ready[held + to] = at
                            ready[now + to] = at
                        else:
                            for k in range(now + to, width * nodes, nodes):
                                if at < np.int64(ready[k]):
                                    ready[k] = at
                                else:
                                    break
                        labels.ready_from[now + to] = node
                        if labels.flag[to] & 1 == 0:
                            labels.flag[to] |= 1
                            labels.marked[count] = to
                            count += 1
        for x in range(count):
            labels.flag[labels.marked[x]] &= 6
        for k in range(1, cap_rides + 1):
            if 0 <= found[k] < best and found[k] == best_s[k]:
                best = found[k]
                if results < legs.shape[0]:
                    n = _unroll(rides, labels, nodes, found_node[k], k, legs[results])
                    out[results, 0] = start
                    out[results, 1] = best
                    out[results, 2] = n
                    out[results, 3] = found_target[k]
                    out[results, 4] = legs[results, n, 0]
                    results += 1
        if single:
            done_rides = cap_rides
    for x in range(origins.node.size):
        labels.flag[origins.node[x]] = 0
    for x in range(targets.node.size):
        labels.flag[targets.node[x]] = 0
    out[out.shape[0] - 1, 0] = scanned
    return results


@kernel
def reach(
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
        at = max(-((-_end_time(origins, x, start_s)) // unit), 1)
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


@kernel
def saved_by_faster(
    start: Int64s,
    node: Int32s,
    arrival: Int64s,
    departure: Int64s,
    time: UInt16s,
    rides: UInt8s,
    bound_unit: int,
    backward: bool,
) -> tuple[int, int]:
    """Return by how much one of these vehicles beats the bounds: units, and rides beyond one."""
    most_time, most_rides = np.int64(0), np.int64(0)
    for vehicle in range(start.size - 1):
        low_time, low_rides = np.int64(-1) << 40, np.int64(-1) << 40
        for i in range(start[vehicle], start[vehicle + 1]):
            need = np.int64(time[node[i]]) * bound_unit
            hops = np.int64(rides[node[i]])
            # Along the vehicle the bound may fall (backward: rise) no faster than time passes.
            sign = -1 if backward else 1
            if i > start[vehicle]:
                most_time = max(most_time, low_time - (sign * need + arrival[i]))
                most_rides = max(most_rides, low_rides - sign * hops - 1)
            low_time = max(low_time, sign * need + departure[i])
            low_rides = max(low_rides, sign * hops)
    return most_time, most_rides
