"""
The search with stops on the way: one layer of labels for every number of vias already met.

A vehicle that passes a via carries its riders into the next layer (where riding through is
enough), as does leaving a vehicle at a via, or walking to one, after the stay there. Everything
else is the search of `rounds.py`, whose rules hold here too. A label is `layer * nodes + node`.
"""

from typing import NamedTuple

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
    Walks,
)
from routing.raptor.jit import kernel
from routing.raptor.rounds import end_time, last_end_before


class Vias(NamedTuple):
    """Stops on the way, in order."""

    at: UInt8s
    """For every node a bit for each via that it belongs to."""
    stay: Int64s
    """In units of the view."""
    riding: UInt8s
    """1 where passing in a vehicle is enough."""


class More(NamedTuple):
    """What layered labels need beyond `Labels`."""

    board_layer: UInt8s
    """Layer in which the vehicle of `raw` was boarded."""
    alight_event: Int32s


@kernel
def _unroll(
    rides: Rides,
    labels: Labels,
    more: More,
    width: int,
    nodes: int,
    at: int,
    ride: int,
    out: Int32s,
) -> int:
    """Write the rides of a label, last first, as `rounds.unroll` does."""
    count = 0
    x = np.int64(at)
    k = np.int64(ride)
    while True:
        value = labels.raw[x * width + k]
        while k > 1 and labels.raw[x * width + k - 1] == value:
            k -= 1
        event = labels.raw_event[x * width + k]
        pattern = np.searchsorted(rides.event_start, event, side="right") - 1
        start = np.int64(rides.pattern_start[pattern])
        wide = np.int64(rides.pattern_start[pattern + 1]) - start
        base = rides.event_start[pattern]
        out[count, 0] = pattern
        out[count, 1] = (event - base) // wide
        out[count, 2] = (event - base) % wide
        out[count, 3] = (more.alight_event[x * width + k] - base) % wide
        count += 1
        node = np.int64(rides.node[start + (event - base) % wide])
        x = np.int64(more.board_layer[x * width + k]) * nodes + node
        k -= 1
        ready = labels.ready[x * width + k]
        while k > 0 and labels.ready[x * width + k - 1] == ready:
            k -= 1
        came = np.int64(labels.ready_from[x * width + k])
        if came <= -2:
            out[count, 0] = np.int32(-2 - came)
            return count
        x = came


@kernel
def _lower(values: Labels, raw: bool, at: int, first: int, width: int, time: int) -> bool:
    """Lower a label from round `first` on; return whether it was higher."""
    column = values.raw if raw else values.ready
    base = at * width
    if time >= np.int64(column[base + first]):
        return False
    for k in range(base + first, base + width):
        if time < np.int64(column[k]):
            column[k] = time
        else:
            break
    return True


@kernel
def search_layers(
    rides: Rides,
    walks: Walks,
    bounds: Bounds,
    vias: Vias,
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
    more: More,
    out: Int64s,
    legs: Int32s,
) -> int:
    """
    Find the Pareto set as `window.search_window` does, through all vias in order.

    `bounds` has one stretch of all nodes for every layer.
    """
    width = most_rides + 1
    infinity = 65535 if labels.raw.itemsize == 2 else FAR
    nodes = np.int64(vias.at.size)
    last = np.int64(vias.stay.size)
    use_bounds = switches & 1 != 0
    use_events = switches & 2 != 0
    results = 0
    nearest = np.int64(1) << 60
    labels.raw[: (last + 1) * nodes * width] = infinity
    labels.ready[: (last + 1) * nodes * width] = infinity
    is_target = np.zeros(nodes, np.uint8)
    for x in range(targets.node.size):
        nearest = min(nearest, np.int64(targets.offset_s[x]))
        is_target[targets.node[x]] = 1
    limit = np.empty(width, np.int64)
    for k in range(width):
        last_s = last_end_before(rides, targets, unit, use_events, best_s[k])
        limit[k] = (last_s - nearest) // unit
    found = np.empty(width, np.int64)
    found_at = np.empty(width, np.int64)
    found_target = np.empty(width, np.int64)
    row = np.empty(last + 1, np.int64)
    board = np.empty(last + 1, np.int64)
    layer_of_board = np.empty(last + 1, np.int64)
    for event in range(event_count):
        start = events[event]
        cap = (start + most_s - nearest) // unit
        count = 0
        found[:] = -1
        for x in range(origins.node.size):
            at = max(-((-end_time(origins, x, start)) // unit), 1)
            if at >= infinity:
                continue
            node = np.int64(origins.node[x])
            layer = np.int64(0)
            while True:
                here = layer * nodes + node
                if _lower(labels, False, here, 0, width, at):
                    labels.ready_from[here * width] = -2 - x
                    if labels.flag[here] == 0:
                        labels.flag[here] = 1
                        labels.marked[count] = here
                        count += 1
                if layer == last or vias.at[node] >> layer & 1 == 0:
                    break
                # Where the journey begins at the via itself, it is met before it begins.
                if origins.offset_s[x] > 0:
                    at += vias.stay[layer]
                layer += 1
        ride = 0
        while count > 0 and ride < most_rides:
            ride += 1
            queued = 0
            for x in range(count):
                here = np.int64(labels.marked[x])
                labels.flag[here] = 0
                at = np.int64(labels.ready[here * width + ride - 1])
                if use_bounds:
                    need = ride - 1 + max(np.int64(bounds.rides[here]), 1)
                    if need > most_rides:
                        continue
                    end = at + np.int64(bounds.time[here]) * bound_unit
                    if end > limit[need] or end > cap:
                        continue
                elif at > limit[ride] or at > cap:
                    continue
                node = here % nodes
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
                row[:] = rows
                for i in range(position, wide):
                    node = np.int64(rides.node[base + i])
                    flags = rides.flags[base + i]
                    met = vias.at[node]
                    for layer in range(last + 1):
                        # Who passes a via is in the next layer from here on.
                        if row[layer] < rows:
                            if (
                                layer < last
                                and met >> layer & 1 != 0
                                and vias.riding[layer] != 0
                                and row[layer] < row[layer + 1]
                            ):
                                row[layer + 1] = row[layer]
                                board[layer + 1] = board[layer]
                                layer_of_board[layer + 1] = layer_of_board[layer]
                            if flags & MAY_ALIGHT == 0:
                                continue
                            arrival = np.int64(rides.arrival[event_base + row[layer] * wide + i])
                            to = layer
                            while True:
                                # Leaving at a via and staying there leads to the next layer.
                                here = to * nodes + node
                                better = arrival < np.int64(labels.raw[here * width + ride])
                                if better and use_bounds:
                                    need = ride + np.int64(bounds.rides[here])
                                    end = arrival + np.int64(bounds.time[here]) * bound_unit
                                    better = (
                                        need <= most_rides and end <= limit[need] and end <= cap
                                    )
                                elif better:
                                    better = arrival <= limit[ride] and arrival <= cap
                                if better:
                                    _lower(labels, True, here, ride, width, arrival)
                                    labels.raw_event[here * width + ride] = board[layer]
                                    more.board_layer[here * width + ride] = layer_of_board[layer]
                                    more.alight_event[here * width + ride] = (
                                        event_base + row[layer] * wide + i
                                    )
                                    if labels.flag[here] == 0:
                                        labels.flag[here] = 1
                                        labels.ridden[ridden] = here
                                        ridden += 1
                                arrived = arrival
                                if to == last - 1 and met >> to & 1 != 0:
                                    # The last via is the destination itself: met on arrival.
                                    to_last = True
                                else:
                                    to_last = to == last
                                if to_last and is_target[node] != 0:
                                    for y in range(targets.node.size):
                                        if targets.node[y] != node:
                                            continue
                                        if to < last and targets.offset_s[y] > 0:
                                            continue
                                        done = end_time(targets, y, arrived * unit)
                                        if done >= best_s[ride] or done > start + most_s:
                                            continue
                                        end_at = here
                                        if not better:
                                            # The label was dominated but the end was not.
                                            continue
                                        found[ride] = done
                                        found_at[ride] = end_at
                                        found_target[ride] = y
                                        last_s = last_end_before(
                                            rides, targets, unit, use_events, done
                                        )
                                        now = (last_s - nearest) // unit
                                        for k in range(ride, width):
                                            if done < best_s[k]:
                                                best_s[k] = done
                                                limit[k] = now
                                            else:
                                                break
                                if to == last or met >> to & 1 == 0:
                                    break
                                arrival += vias.stay[to]
                                to += 1
                    if flags & MUST_LEAVE != 0:
                        row[:] = rows
                        continue
                    if flags & MAY_BOARD == 0 or i == wide - 1:
                        continue
                    for layer in range(last + 1):
                        here = layer * nodes + node
                        ready = np.int64(labels.ready[here * width + ride - 1])
                        if ready < np.int64(infinity):
                            current = row[layer]
                            if current == rows:
                                low, high = np.int64(0), rows
                                while low < high:
                                    middle = (low + high) >> 1
                                    leaves = rides.departure[event_base + i * rows + middle]
                                    if np.int64(leaves) >= ready:
                                        high = middle
                                    else:
                                        low = middle + 1
                                current = low
                            else:
                                while (
                                    current > 0
                                    and np.int64(
                                        rides.departure[event_base + i * rows + current - 1]
                                    )
                                    >= ready
                                ):
                                    current -= 1
                            if current < row[layer]:
                                row[layer] = current
                                board[layer] = event_base + current * wide + i
                                layer_of_board[layer] = layer
                        if (
                            layer < last
                            and row[layer] < row[layer + 1]
                            and met >> layer & 1 != 0
                            and vias.riding[layer] != 0
                        ):
                            row[layer + 1] = row[layer]
                            board[layer + 1] = board[layer]
                            layer_of_board[layer + 1] = layer_of_board[layer]
            count = 0
            for x in range(ridden):
                labels.flag[labels.ridden[x]] = 0
            if ride < most_rides:
                for x in range(ridden):
                    here = np.int64(labels.ridden[x])
                    node = here % nodes
                    own = here // nodes
                    raw = np.int64(labels.raw[here * width + ride])
                    for y in range(walks.start[node] - 1, walks.start[node + 1]):
                        walked = y >= walks.start[node]
                        if walked:
                            to_node = np.int64(walks.to[y])
                            at = raw + np.int64(walks.time[y])
                        else:
                            to_node = node
                            at = raw + np.int64(walks.change[node])
                        layer = own
                        while True:
                            there = layer * nodes + to_node
                            good = at < np.int64(labels.ready[there * width + ride])
                            if good and use_bounds:
                                need = ride + max(np.int64(bounds.rides[there]), 1)
                                end = at + np.int64(bounds.time[there]) * bound_unit
                                good = need <= most_rides and end <= limit[need] and end <= cap
                            elif good:
                                good = at <= limit[ride] and at <= cap
                            if good:
                                _lower(labels, False, there, ride, width, at)
                                labels.ready_from[there * width + ride] = here
                                if labels.flag[there] == 0:
                                    labels.flag[there] = 1
                                    labels.marked[count] = there
                                    count += 1
                            # Walking to a via and staying there leads to the next layer.
                            if not walked or layer == last or vias.at[to_node] >> layer & 1 == 0:
                                break
                            at += vias.stay[layer]
                            layer += 1
        for x in range(count):
            labels.flag[labels.marked[x]] = 0
        best = np.int64(1) << 60
        for k in range(1, width):
            if 0 <= found[k] < best and found[k] == best_s[k]:
                best = found[k]
                if results < legs.shape[0]:
                    n = _unroll(rides, labels, more, width, nodes, found_at[k], k, legs[results])
                    out[results, 0] = start
                    out[results, 1] = best
                    out[results, 2] = n
                    out[results, 3] = found_target[k]
                    out[results, 4] = legs[results, n, 0]
                    results += 1
    return results
