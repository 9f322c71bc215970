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
            width = rides.pattern_start[pattern + 1] - rides.pattern_start[pattern]
            base = rides.event_start[pattern] + rides.board_position[e]
            for row in range(rides.rows[pattern]):
                leaves = np.int64(rides.departure[base + row * width]) * unit - offset
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
    if use_events and best_s < np.int64(FAR) * 64:
        best_s = _last_event_before(rides, targets, unit, best_s) + 1
    return (best_s - 1 - nearest_s) // unit


@kernel
def _unroll(rides: Rides, labels: Labels, width: int, node: int, ride: int, out: Int32s) -> int:
    """
    Write the rides of the label (node, ride), last first, as (boarding event, node left at).

    Returns how many; `out[count, 0]` then holds the row of the origin.
    """
    count = 0
    at = np.int64(node)
    k = np.int64(ride)
    while True:
        value = labels.raw[at * width + k]
        while k > 1 and labels.raw[at * width + k - 1] == value:
            k -= 1
        event = labels.raw_event[at * width + k]
        out[count, 0] = event
        out[count, 1] = at
        count += 1
        low, high = np.int64(0), np.int64(rides.event_start.size - 1)
        while high - low > 1:
            middle = (low + high) >> 1
            if rides.event_start[middle] <= event:
                low = middle
            else:
                high = middle
        while rides.event_start[low + 1] <= event:
            low += 1
        start = np.int64(rides.pattern_start[low])
        wide = np.int64(rides.pattern_start[low + 1]) - start
        at = np.int64(rides.node[start + (event - rides.event_start[low]) % wide])
        k -= 1
        ready = labels.ready[at * width + k]
        while k > 0 and labels.ready[at * width + k - 1] == ready:
            k -= 1
        came = np.int64(labels.ready_from[at * width + k])
        if came <= -2:
            out[count, 0] = np.int32(-2 - came)
            out[count, 1] = np.int32(at)
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
    unit: int,
    bound_unit: int,
    most_rides: int,
    most_s: int,
    best_s: Int64s,
    switches: int,
    labels: Labels,
    out: Int64s,
    legs: Int32s,
) -> int:
    """
    Find the complete Pareto set of (departure, arrival, rides) for the departures in `events`.

    `best_s[k]` is the best end known with at most k rides (`FAR` squared where none); the caller
    may put a better first bound there. Each result is a row of `out`: departure, end, rides,
    row of the target, row of the origin, node of the target; its rides lie in `legs[row]`,
    last first. Returns how many results there are (never more than fit).
    """
    width = most_rides + 1
    infinity = labels.raw[0]
    use_bounds = switches & 1 != 0
    use_events = switches & 2 != 0
    touched = 0
    results = 0
    scanned = np.int64(0)
    nearest = np.int64(1) << 60
    for x in range(targets.node.size):
        nearest = min(nearest, np.int64(targets.offset_s[x]))
        labels.flag[targets.node[x]] |= 2
    limit = np.empty(width, np.int64)
    for k in range(width):
        if k > 0 and best_s[k] == best_s[k - 1]:
            limit[k] = limit[k - 1]
        else:
            limit[k] = _limit_of(rides, targets, unit, use_events, nearest, best_s[k])
    found = np.empty(width, np.int64)
    found_node = np.empty(width, np.int64)
    found_target = np.empty(width, np.int64)
    for event in range(event_count):
        start = events[event]
        cap = (start + most_s - nearest) // unit
        count = 0
        for k in range(width):
            found[k] = -1
        for x in range(origins.node.size):
            at = _end_time(origins, x, start)
            # Before the axis is as good as its first moment.
            at = max(-((-at) // unit), 1)
            if at >= infinity:
                continue
            node = np.int64(origins.node[x])
            if at < labels.ready[node * width]:
                if labels.seen[node] == 0:
                    labels.seen[node] = 1
                    labels.touched[touched] = node
                    touched += 1
                labels.ready_from[node * width] = -2 - x
                for k in range(width):
                    if at < labels.ready[node * width + k]:
                        labels.ready[node * width + k] = at
                    else:
                        break
                if labels.flag[node] & 1 == 0:
                    labels.flag[node] |= 1
                    labels.marked[count] = node
                    count += 1
        ride = 0
        while count > 0 and ride < most_rides:
            ride += 1
            # Queue the patterns that pass a node which somebody is ready at.
            queued = 0
            for x in range(count):
                node = np.int64(labels.marked[x])
                labels.flag[node] &= 2
                at = np.int64(labels.ready[node * width + ride - 1])
                if use_bounds:
                    need = ride - 1 + max(np.int64(bounds.rides[node]), 1)
                    if need > most_rides:
                        continue
                    end = at + np.int64(bounds.time[node]) * bound_unit
                    if end > limit[need] or end > cap:
                        continue
                elif at > limit[ride] or at > cap:
                    continue
                for e in range(rides.board_start[node], rides.board_start[node + 1]):
                    if rides.board_last[e] < at:
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
                        if arrival < labels.raw[node * width + ride]:
                            at = np.int64(arrival)
                            if use_bounds:
                                need = ride + np.int64(bounds.rides[node])
                                end = at + np.int64(bounds.time[node]) * bound_unit
                                good = need <= most_rides and end <= limit[need] and end <= cap
                            else:
                                good = at <= limit[ride] and at <= cap
                            if good:
                                if labels.seen[node] == 0:
                                    labels.seen[node] = 1
                                    labels.touched[touched] = node
                                    touched += 1
                                for k in range(node * width + ride, node * width + width):
                                    if arrival < labels.raw[k]:
                                        labels.raw[k] = arrival
                                    else:
                                        break
                                labels.raw_event[node * width + ride] = board
                                mark = labels.flag[node]
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
                                                limit_now = _limit_of(
                                                    rides, targets, unit, use_events, nearest, done
                                                )
                                                for k in range(ride, width):
                                                    if done < best_s[k]:
                                                        best_s[k] = done
                                                        limit[k] = limit_now
                                                    else:
                                                        break
                    if flags & MUST_LEAVE != 0:
                        row = rows
                        row_event = event_base + rows * wide
                        continue
                    if flags & MAY_BOARD != 0:
                        ready = labels.ready[node * width + ride - 1]
                        if row == rows:
                            if ready < infinity and i < wide - 1:
                                low, high = np.int64(0), rows
                                while low < high:
                                    middle = (low + high) >> 1
                                    if rides.departure[event_base + middle * wide + i] >= ready:
                                        high = middle
                                    else:
                                        low = middle + 1
                                row = low
                                row_event = event_base + row * wide
                                board = row_event + i
                        elif ready <= rides.departure[row_event + i]:
                            before = row_event - wide + i
                            if row > 0 and rides.departure[before] >= ready:
                                while row > 0 and rides.departure[before] >= ready:
                                    row -= 1
                                    before -= wide
                                row_event = event_base + row * wide
                                board = row_event + i
            # Change and walk.
            count = 0
            for x in range(ridden):
                labels.flag[labels.ridden[x]] &= 2
            if ride < most_rides:
                for x in range(ridden):
                    node = np.int64(labels.ridden[x])
                    raw = np.int64(labels.raw[node * width + ride])
                    if use_bounds:
                        need = ride + max(np.int64(bounds.rides[node]), 1)
                        if need > most_rides:
                            continue
                        # The limit may have fallen since the label was set.
                        if raw + np.int64(bounds.time[node]) * bound_unit > limit[need]:
                            continue
                    for y in range(walks.start[node] - 1, walks.start[node + 1]):
                        if y < walks.start[node]:
                            to = node
                            at = raw + np.int64(walks.change[node])
                        else:
                            to = np.int64(walks.to[y])
                            at = raw + np.int64(walks.time[y])
                        if at >= np.int64(labels.ready[to * width + ride]):
                            continue
                        if use_bounds:
                            need = ride + max(np.int64(bounds.rides[to]), 1)
                            if need > most_rides:
                                continue
                            end = at + np.int64(bounds.time[to]) * bound_unit
                            if end > limit[need] or end > cap:
                                continue
                        elif at > limit[ride] or at > cap:
                            continue
                        if labels.seen[to] == 0:
                            labels.seen[to] = 1
                            labels.touched[touched] = to
                            touched += 1
                        for k in range(to * width + ride, to * width + width):
                            if at < np.int64(labels.ready[k]):
                                labels.ready[k] = at
                            else:
                                break
                        labels.ready_from[to * width + ride] = node
                        if labels.flag[to] & 1 == 0:
                            labels.flag[to] |= 1
                            labels.marked[count] = to
                            count += 1
        for x in range(count):
            labels.flag[labels.marked[x]] &= 2
        best = np.int64(1) << 60
        for k in range(1, width):
            if 0 <= found[k] < best and found[k] == best_s[k]:
                best = found[k]
                if results < legs.shape[0]:
                    out[results, 0] = start
                    out[results, 1] = best
                    out[results, 3] = found_target[k]
                    out[results, 5] = found_node[k]
                    n = _unroll(rides, labels, width, found_node[k], k, legs[results])
                    out[results, 2] = n
                    out[results, 4] = legs[results, n, 0]
                    results += 1
    for x in range(targets.node.size):
        labels.flag[targets.node[x]] = 0
    for x in range(touched):
        node = np.int64(labels.touched[x])
        labels.seen[node] = 0
        for k in range(node * width, node * width + width):
            labels.raw[k] = infinity
            labels.ready[k] = infinity
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

    One-to-all needs no bounds and no rounds in its labels (`raw` and `ready` have width 1):
    `arrival` (units, `FAR` where not reached) and `used` are written for every node.
    """
    infinity = labels.raw[0]
    size = arrival.size
    for node in range(size):
        arrival[node] = FAR
        used[node] = -1
    cap = (start_s + most_s) // unit
    count = 0
    for x in range(origins.node.size):
        at = max(-((-_end_time(origins, x, start_s)) // unit), 1)
        node = np.int64(origins.node[x])
        if at < np.int64(labels.ready[node]) and at <= cap:
            labels.ready[node] = at
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
            at = labels.ready[node]
            for e in range(rides.board_start[node], rides.board_start[node + 1]):
                if rides.board_last[e] < at:
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
                    at = rides.arrival[row_event + i]
                    if at < labels.raw[node] and np.int64(at) <= cap:
                        labels.raw[node] = at
                        if np.int64(at) < arrival[node]:
                            arrival[node] = at
                            used[node] = ride
                        if labels.flag[node] & 2 == 0:
                            labels.flag[node] |= 2
                            labels.ridden[ridden] = node
                            ridden += 1
                if flags & MUST_LEAVE != 0:
                    row = rows
                    row_event = event_base + rows * wide
                    continue
                if flags & MAY_BOARD != 0:
                    ready = labels.ready[node]
                    if row == rows:
                        if ready < infinity and i < wide - 1:
                            low, high = np.int64(0), rows
                            while low < high:
                                middle = (low + high) >> 1
                                if rides.departure[event_base + middle * wide + i] >= ready:
                                    high = middle
                                else:
                                    low = middle + 1
                            row = low
                            row_event = event_base + row * wide
                    elif row > 0 and ready <= rides.departure[row_event - wide + i]:
                        before = row_event - wide + i
                        while row > 0 and rides.departure[before] >= ready:
                            row -= 1
                            before -= wide
                        row_event = event_base + row * wide
        count = 0
        for x in range(ridden):
            labels.flag[labels.ridden[x]] &= 1
        for x in range(ridden):
            node = np.int64(labels.ridden[x])
            raw = np.int64(labels.raw[node])
            for y in range(walks.start[node] - 1, walks.start[node + 1]):
                if y < walks.start[node]:
                    to = node
                    at = raw + np.int64(walks.change[node])
                else:
                    to = np.int64(walks.to[y])
                    at = raw + np.int64(walks.time[y])
                if at < np.int64(labels.ready[to]) and at <= cap:
                    labels.ready[to] = at
                    if to != node and at < arrival[to]:
                        arrival[to] = at
                        used[to] = ride
                    if labels.flag[to] == 0:
                        labels.flag[to] = 1
                        labels.marked[count] = to
                        count += 1
    for x in range(count):
        labels.flag[labels.marked[x]] = 0
    for node in range(size):
        labels.raw[node] = infinity
        labels.ready[node] = infinity
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
