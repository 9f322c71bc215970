"""
A window with stops on the way: one layer of labels for every number of vias already met.

A vehicle that passes a via carries its riders into the next layer (where riding through is
enough), as does leaving a vehicle at a via, or walking to one, after the stay there. Everything
else is the search of `rounds.py`, whose rules hold here too. A label is `layer * nodes + node`.
"""

from typing import NamedTuple

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.kernel.arrays import (
    FAR,
    MAY_ALIGHT,
    MAY_BOARD,
    MUST_LEAVE,
    Bounds,
    Ends,
    Labels,
    Rides,
    Times,
    Walks,
)
from routing.kernel.jit import kernel
from routing.raptor.goal import end_time, last_end_before, nearest_s
from routing.raptor.results import ride_from


class Vias(NamedTuple):
    """Stops on the way, in order."""

    at: UInt8s
    """For every node a bit for each via that it belongs to."""
    stay: Int64s
    """In units of the view."""
    riding: UInt8s
    """1 where passing in a vehicle is enough."""
    start: Int32s
    """The nodes of via v are rows `start[v]:start[v + 1]` of the next two."""
    node: Int32s
    behind: Int64s
    """How much later one may come to the node than to others of its via, and yet be first
    wherever one can walk from there; row by row, `width` columns each."""
    width: int
    lead: Bounds
    """What one needs at least from every node to the via, a stretch of all nodes for each."""
    known: UInt8s
    """1 where being at the via is as good as passing it in a vehicle with one ride more."""


class More(NamedTuple):
    """What layered labels need beyond `Labels`."""

    board_layer: UInt8s
    """Layer in which the vehicle of `raw` was boarded."""
    alight_event: Int32s


class Course(NamedTuple):
    """All of one search: what may be ridden and walked, through what, to where."""

    rides: Rides
    walks: Walks
    bounds: Bounds
    """To the end through all that is still to be met; a stretch of all nodes for every layer."""
    vias: Vias
    targets: Ends
    is_target: UInt8s
    labels: Labels
    more: More


class Aim(NamedTuple):
    """When a label is still of use, and what has been found."""

    unit: int
    minute: int
    """Units of a minute, or 0 where there are no bounds."""
    most_rides: int
    limit: Int64s
    """Of k: the latest arrival at the nearest end that betters all known ways of k rides."""
    latest: Int64s
    """Of layer * (most_rides + 1) + k: before when one must be at its via with k rides."""
    best_s: Int64s
    found: Int64s
    """The ends of this departure, their labels and their targets: three times of all k."""
    events: bool


@kernel
def _unroll(course: Course, at: int, ride: int, out: Int32s) -> int:
    """Write the rides of a label, last first, as `rounds.unroll` does."""
    rides, labels, more = course.rides, course.labels, course.more
    nodes = np.int64(course.vias.at.size)
    size = np.int64(course.bounds.time.size)
    count = 0
    x = np.int64(at)
    k = np.int64(ride)
    while True:
        while k > 1 and labels.raw[(k - 1) * size + x] == labels.raw[k * size + x]:
            k -= 1
        event = np.int64(labels.raw_event[k * size + x])
        pattern, row, board_at, _ = ride_from(rides, event, np.int64(-1), np.int64(0))
        out[count, 0] = pattern
        out[count, 1] = row
        out[count, 2] = board_at
        out[count, 3] = board_at + more.alight_event[k * size + x] - event
        count += 1
        node = np.int64(rides.node[rides.pattern_start[pattern] + board_at])
        x = np.int64(more.board_layer[k * size + x]) * nodes + node
        k -= 1
        while k > 0 and labels.ready[(k - 1) * size + x] == labels.ready[k * size + x]:
            k -= 1
        came = np.int64(labels.ready_from[k * size + x])
        if came <= -2:
            out[count, 0] = np.int32(-2 - came)
            return count
        x = came


@kernel
def _set_latest(course: Course, aim: Aim, ride: int) -> None:
    """
    Set before when one must be at the via of each layer with k rides, for that to be of use.

    Whoever leaves a vehicle there must be earlier than who left one before, to walk on from
    there; whoever stays in it must come earlier than the next layer was ready to board it.
    """
    vias, labels = course.vias, course.labels
    nodes, size = np.int64(vias.at.size), np.int64(course.bounds.time.size)
    infinity = 65535 if labels.raw.itemsize == 2 else FAR
    width = aim.most_rides + 1
    for layer in range(vias.stay.size):
        for k in range(ride, width):
            latest = np.int64(-1)
            first = k - 1 if vias.riding[layer] != 0 else k
            for x in range(vias.start[layer], vias.start[layer + 1]):
                left, ready = np.int64(FAR), np.int64(FAR)
                for y in range(vias.start[layer], vias.start[layer + 1]):
                    there = (layer + 1) * nodes + vias.node[y]
                    came = np.int64(labels.raw[k * size + there])
                    if came < infinity:
                        later = vias.behind[y * vias.width + x - vias.start[layer]]
                        left = min(left, came + later)
                here = (layer + 1) * nodes + vias.node[x]
                at = np.int64(labels.ready[max(first, 0) * size + here])
                if at < infinity and vias.known[layer] != 0:
                    ready = at
                latest = max(latest, max(left, ready) - vias.stay[layer])
            aim.latest[layer * width + k] = latest


@kernel
def _helps(
    bounds: Bounds, lead: Bounds, aim: Aim, inner: bool, at_latest: int, here: int, at: int,
    ride: int, least: int,
) -> bool:  # fmt: skip
    """
    Return whether being there can better anything, `least` rides or more still to make.

    `inner` where a via is still to be met; `at_latest` is then its row of `Aim.latest`.
    """
    need = ride + max(np.int64(bounds.rides[here]), least)
    if need > aim.most_rides:
        return False
    if at + np.int64(bounds.time[here]) * aim.minute > aim.limit[need]:
        return False
    if not inner or aim.minute == 0:
        return True
    need = ride + max(np.int64(lead.rides[here]), least)
    if need > aim.most_rides:
        return False
    return at + np.int64(lead.time[here]) * aim.minute < aim.latest[at_latest + need]


@kernel
def _make_ready(
    ready: Times, ready_from: Int32s, fresh: Times, flag: UInt8s, marked: Int32s, held: int,
    size: int, rows: int, here: int, at: int, came: int, count: int,
) -> int:  # fmt: skip
    """Lower when one is ready to board, in all rows; return how many nodes are marked."""
    ready[held + here] = at
    for k in range(held + size + here, held + rows * size, size):
        if at >= np.int64(ready[k]):
            break
        ready[k] = at
    ready_from[held + here] = came
    fresh[here] = at
    if flag[here] == 0:
        flag[here] = 1
        marked[count] = here
        count += 1
    return count


@kernel
def _seed(course: Course, aim: Aim, origins: Ends, start_s: int) -> int:
    """Set the labels of who leaves now; return how many nodes are marked."""
    vias, labels = course.vias, course.labels
    nodes, size = np.int64(vias.at.size), np.int64(course.bounds.time.size)
    infinity = 65535 if labels.raw.itemsize == 2 else FAR
    last = np.int64(vias.stay.size)
    count = 0
    for x in range(origins.node.size):
        # May lie before all times of the labels, if a stay makes up for it.
        since = -((-end_time(origins, x, start_s)) // aim.unit)
        node = np.int64(origins.node[x])
        layer = np.int64(0)
        while True:
            at = max(since, 1)
            if at >= infinity:
                break
            here = layer * nodes + node
            if at < np.int64(labels.ready[here]):
                count = _make_ready(
                    labels.ready, labels.ready_from, labels.fresh, labels.flag, labels.marked,
                    np.int64(0), size, aim.most_rides + 1, here, at, -2 - x, count,
                )  # fmt: skip
            if layer == last or vias.at[node] >> layer & 1 == 0:
                break
            # Where the journey begins at the via itself, it is met before it begins.
            if origins.offset_s[x] > 0:
                since += vias.stay[layer]
            layer += 1
    return count


@kernel
def _board(course: Course, aim: Aim, count: int, ride: int) -> int:
    """Queue the patterns that pass a marked node, and in which layers; return how many."""
    rides, labels = course.rides, course.labels
    bounds, lead, last = course.bounds, course.vias.lead, course.vias.stay.size
    width = aim.most_rides + 1
    nodes = np.int64(course.vias.at.size)
    infinity = 65535 if labels.raw.itemsize == 2 else FAR
    queued = 0
    for x in range(count):
        here = np.int64(labels.marked[x])
        labels.flag[here] = 0
        at = np.int64(labels.fresh[here])
        layer = here // nodes
        if not _helps(bounds, lead, aim, layer < last, layer * width, here, at, ride - 1, 1):
            labels.fresh[here] = infinity
            continue
        node = here - layer * nodes
        for e in range(rides.board_start[node], rides.board_start[node + 1]):
            if np.int64(rides.board_last[e]) < at:
                continue
            pattern = rides.board_pattern[e]
            position = rides.board_position[e]
            if labels.first[pattern] < 0:
                labels.first[pattern] = position
                labels.last[pattern] = position
                labels.leave[pattern] = 0
                labels.queue[queued] = pattern
                queued += 1
            labels.first[pattern] = min(labels.first[pattern], position)
            labels.last[pattern] = max(labels.last[pattern], position)
            labels.leave[pattern] |= 1 << layer
    return queued


@kernel
def _end(
    course: Course, aim: Aim, layer: int, met: bool, here: int, node: int, at: int, ride: int,
    until_s: int,
) -> None:  # fmt: skip
    """Note an arrival at the end, if it is the best with so many rides."""
    last = np.int64(course.vias.stay.size)
    targets = course.targets
    width = aim.most_rides + 1
    nearest = nearest_s(targets)
    for y in range(targets.node.size):
        # A last via that is the destination itself is met on arrival.
        if targets.node[y] != node or (layer < last and not (met and targets.offset_s[y] <= 0)):
            continue
        done = end_time(targets, y, at * aim.unit)
        if done >= aim.best_s[ride] or done > until_s:
            continue
        aim.found[ride] = done
        aim.found[width + ride] = here
        aim.found[2 * width + ride] = y
        last_s = last_end_before(course.rides, targets, aim.unit, aim.events, done)
        for k in range(ride, width):
            if done >= aim.best_s[k]:
                break
            aim.best_s[k] = done
            aim.limit[k] = min(aim.limit[k], (last_s - nearest) // aim.unit)


@kernel
def _carry(
    out: Int64s, x: int, position: int, boarded_here: int, row: int, boarded: int, layer: int
) -> int:
    """Note who passes a via inside; return how many are noted."""
    out[x, 0] = position
    out[x, 1] = boarded_here
    out[x, 2] = row
    out[x, 3] = boarded
    out[x, 4] = layer
    return x + 1


@kernel
def _ride(course: Course, aim: Aim, queued: int, ride: int, until_s: int, carried: Int64s) -> int:
    """
    Ride every queued pattern, layer after layer; return how many labels were lowered.

    `carried` has two stretches, from a layer to the next: rows of (position, 1 for who boarded
    there, vehicle, event of boarding, layer of boarding) of those who pass a via inside.
    """
    rides, labels = course.rides, course.labels
    bounds, lead = course.bounds, course.vias.lead
    vias_at, stay, riding = course.vias.at, course.vias.stay, course.vias.riding
    raw, raw_event, fresh = labels.raw, labels.raw_event, labels.fresh
    flag, ridden_list = labels.flag, labels.ridden
    board_layers, alight_event = course.more.board_layer, course.more.alight_event
    is_target = course.is_target
    nodes, size = np.int64(vias_at.size), np.int64(bounds.time.size)
    last, width = np.int64(stay.size), aim.most_rides + 1
    infinity = 65535 if raw.itemsize == 2 else FAR
    held, rows = ride * size, aim.most_rides + 1 - ride
    ridden = 0
    for x in range(queued):
        pattern = np.int64(labels.queue[x])
        first, final = np.int64(labels.first[pattern]), np.int64(labels.last[pattern])
        layers = np.int64(labels.leave[pattern])
        labels.first[pattern] = -1
        labels.leave[pattern] = -1
        base = np.int64(rides.pattern_start[pattern])
        wide = np.int64(rides.pattern_start[pattern + 1]) - base
        vehicles = np.int64(rides.rows[pattern])
        events = np.int64(rides.event_start[pattern])
        come, came = np.int64(0), np.int64(0)
        for layer in range(last + 1):
            # Those whom the layer before carries here, and those whom this one carries on.
            come, came = np.int64(0), come
            into, out = carried[layer & 1], carried[1 - (layer & 1)]
            boards = layers >> layer & 1 != 0
            begin, end = (first, final) if boards else (wide, np.int64(-1))
            if came > 0:
                begin, end = min(begin, into[0, 0]), max(end, into[came - 1, 0])
            used = 0
            row, boarded, board_layer = vehicles, np.int64(0), np.int64(0)
            times = events
            for i in range(begin, wide):
                if row == vehicles and i > end:
                    break
                node = np.int64(rides.node[base + i])
                flags = rides.flags[base + i]
                passes = layer < last and riding[layer] != 0 and vias_at[node] >> layer & 1 != 0
                while used < came and into[used, 0] == i and into[used, 1] == 0:
                    if into[used, 2] < row:
                        row, boarded, board_layer = into[used, 2], into[used, 3], into[used, 4]
                        times = events + row * wide
                    used += 1
                if row < vehicles:
                    arrival = np.int64(rides.arrival[times + i])
                    here = layer * nodes + node
                    needed = np.int64(bounds.time[here]) * aim.minute
                    if arrival + needed > aim.limit[ride]:
                        # Too far from the end for the time left.
                        row = vehicles
                    else:
                        if passes:
                            come = _carry(out, come, i, 0, row, boarded, board_layer)
                        to = layer
                        while flags & MAY_ALIGHT != 0:
                            # Leaving at a via and staying there leads to the next layer.
                            there = to * nodes + node
                            met = to < last and vias_at[node] >> to & 1 != 0
                            if arrival < np.int64(raw[held + there]) and _helps(
                                bounds, lead, aim, to < last, to * width, there, arrival, ride, 0
                            ):
                                raw[held + there] = arrival
                                for k in range(held + size + there, held + rows * size, size):
                                    if arrival >= np.int64(raw[k]):
                                        break
                                    raw[k] = arrival
                                raw_event[held + there] = boarded
                                board_layers[held + there] = board_layer
                                alight_event[held + there] = times + i
                                if flag[there] == 0:
                                    flag[there] = 1
                                    ridden_list[ridden] = there
                                    ridden += 1
                                if is_target[node] != 0 and to >= last - 1:
                                    _end(course, aim, to, met, there, node, arrival, ride, until_s)
                            if not met:
                                break
                            arrival += stay[to]
                            to += 1
                if flags & MUST_LEAVE != 0:
                    row = vehicles
                    while used < came and into[used, 0] == i:
                        used += 1
                    continue
                if i == wide - 1:
                    break
                ready = np.int64(fresh[layer * nodes + node])
                if boards and ready < infinity and flags & MAY_BOARD != 0:
                    column = events + i * vehicles
                    if row == vehicles or (
                        row > 0 and ready <= np.int64(rides.departure[column + row - 1])
                    ):
                        low, high = np.int64(0), row
                        while low < high:
                            middle = (low + high) >> 1
                            if np.int64(rides.departure[column + middle]) >= ready:
                                high = middle
                            else:
                                low = middle + 1
                        if low < row:
                            row, boarded, board_layer = low, events + low * wide + i, layer
                            times = events + row * wide
                            if passes:
                                come = _carry(out, come, i, 1, row, boarded, board_layer)
                while used < came and into[used, 0] == i:
                    if into[used, 2] < row:
                        row, boarded, board_layer = into[used, 2], into[used, 3], into[used, 4]
                        times = events + row * wide
                        if passes:
                            come = _carry(out, come, i, 1, row, boarded, board_layer)
                    used += 1
    return ridden


@kernel
def _walk(course: Course, aim: Aim, ridden: int, ride: int) -> int:
    """Change and walk on from the labels that were lowered; return how many are marked."""
    labels, walks = course.labels, course.walks
    bounds, lead = course.bounds, course.vias.lead
    vias_at, stay = course.vias.at, course.vias.stay
    raw, ready, ready_from = labels.raw, labels.ready, labels.ready_from
    fresh, flag, marked = labels.fresh, labels.flag, labels.marked
    start, change = walks.start, walks.change
    nodes, size = np.int64(vias_at.size), np.int64(bounds.time.size)
    last, width = np.int64(stay.size), aim.most_rides + 1
    held, rows = ride * size, aim.most_rides + 1 - ride
    for x in range(ridden):
        flag[labels.ridden[x]] = 0
    if ride == aim.most_rides:
        return 0
    count = 0
    for x in range(ridden):
        here = np.int64(labels.ridden[x])
        own = here // nodes
        node = here - own * nodes
        came = np.int64(raw[held + here])
        if not _helps(bounds, lead, aim, own < last, own * width, here, came, ride, 0):
            continue
        for y in range(start[node] - 1, start[node + 1]):
            walked = y >= start[node]
            to = np.int64(walks.to[y]) if walked else node
            at = came + np.int64(walks.time[y] if walked else change[node])
            layer = own
            while True:
                there = layer * nodes + to
                if at < np.int64(ready[held + there]) and _helps(
                    bounds, lead, aim, layer < last, layer * width, there, at, ride, 1
                ):
                    count = _make_ready(
                        ready, ready_from, fresh, flag, marked, held, size, rows, there, at,
                        here, count,
                    )  # fmt: skip
                # Walking to a via and staying there leads to the next layer.
                if not walked or layer == last or vias_at[to] >> layer & 1 == 0:
                    break
                at += stay[layer]
                layer += 1
    return count


@kernel
def search_layers(
    course: Course, origins: Ends, departures: Int64s, departure_count: int, aim: Aim,
    most_s: int, out: Int64s, legs: Int32s,
) -> int:  # fmt: skip
    """
    Find the Pareto set as `window.search_window` does, through all vias in order.

    `aim.best_s` says of k that only ends before it are looked for with at most k rides.
    """
    rides, targets, labels = course.rides, course.targets, course.labels
    width, size = np.int64(aim.best_s.size), np.int64(course.bounds.time.size)
    infinity = 65535 if labels.raw.itemsize == 2 else FAR
    labels.raw[: width * size] = infinity
    labels.ready[: width * size] = infinity
    nearest = nearest_s(targets)
    for x in range(targets.node.size):
        course.is_target[targets.node[x]] = 1
    last_s = np.int64(0)
    for k in range(width):
        if k == 0 or aim.best_s[k] != aim.best_s[k - 1]:
            last_s = last_end_before(rides, targets, aim.unit, aim.events, aim.best_s[k])
        aim.limit[k] = (last_s - nearest) // aim.unit
    widest = np.int64(1)
    for pattern in range(rides.rows.size):
        widest = max(
            widest, np.int64(rides.pattern_start[pattern + 1] - rides.pattern_start[pattern])
        )
    carried = np.empty((2, 3 * widest, 5), np.int64)
    results = 0
    for turn in range(departure_count):
        start_s = departures[turn]
        until_s = start_s + most_s
        for k in range(width):
            aim.limit[k] = min(aim.limit[k], (until_s - nearest) // aim.unit)
        aim.found[:] = -1
        count = _seed(course, aim, origins, start_s)
        ride = np.int64(0)
        while count > 0 and ride < aim.most_rides:
            ride += 1
            _set_latest(course, aim, ride)
            queued = _board(course, aim, count, ride)
            ridden = _ride(course, aim, queued, ride, until_s, carried)
            for x in range(count):
                labels.fresh[labels.marked[x]] = infinity
            _set_latest(course, aim, ride)
            count = _walk(course, aim, ridden, ride)
        for x in range(count):
            labels.flag[labels.marked[x]] = 0
            labels.fresh[labels.marked[x]] = infinity
        best = np.int64(1) << 60
        for k in range(1, width):
            if 0 <= aim.found[k] < best and aim.found[k] == aim.best_s[k]:
                best = aim.found[k]
                if results < legs.shape[0]:
                    n = _unroll(course, aim.found[width + k], k, legs[results])
                    out[results, 0] = start_s
                    out[results, 1] = best
                    out[results, 2] = n
                    out[results, 3] = aim.found[2 * width + k]
                    out[results, 4] = legs[results, n, 0]
                    results += 1
    return results
