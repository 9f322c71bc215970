"""
One round of RAPTOR: board what passes, ride it, change and walk. Every search is made of these.

Rules of this file and of all kernels: arguments are arrays and integers; results go into arrays
that the caller allocated; nothing here validates, logs or raises.

Two labels a node: `raw`, the earliest arrival by vehicle, and `ready`, when the next vehicle may
be boarded. Walks start only at `raw` labels, so nobody walks twice in a row and footpaths need
not be closed. A label that cannot better what is known is not set (`Goal`).
"""

import numpy as np

from routing.kernel.arrays import FAR, MAY_ALIGHT, MAY_BOARD, MUST_LEAVE, Labels, Times
from routing.kernel.jit import kernel, prefetch
from routing.raptor.goal import ROUNDS, Best, Goal, Side, arrive, end_time

AHEAD = 8
"""So many steps before they are needed, places in memory are asked for."""
LINE = 16
"""Walks that memory hands over at once."""
SOME = 64
"""Walks that are looked at together."""
TURNS = 2
"""So many turns after the first answer allow one ride more each; then all are allowed."""


@kernel
def seed(side: Side, start_s: int, unit: int, held: int, rows: int) -> int:
    """
    Set the labels of the origins for who leaves at `start_s`; return how many nodes are marked.

    `held` and the `rows` of labels after it are compared with and lowered.
    """
    labels = side.labels
    nodes = np.int64(side.rides.board_start.size - 1)
    infinity = 65535 if labels.raw.itemsize == 2 else FAR
    count = 0
    for x in range(side.starts.node.size):
        # Before the axis is as good as its first moment.
        at = max(-((-end_time(side.starts, x, start_s)) // unit), 1)
        node = np.int64(side.starts.node[x])
        if at >= infinity or at >= np.int64(labels.ready[held + node]):
            continue
        if labels.ready_from.size > 0:
            labels.ready_from[node] = -2 - x
        for k in range(held + node, held + rows * nodes, nodes):
            if at >= np.int64(labels.ready[k]):
                break
            labels.ready[k] = at
        labels.fresh[node] = at
        labels.ready_round[node] = 0
        if labels.flag[node] & 1 == 0:
            labels.flag[node] |= 1
            labels.marked[count] = node
            count += 1
    return count


@kernel
def unmark(labels: Labels, count: int) -> None:
    """Take back the marks of a round that nobody makes."""
    infinity = 65535 if labels.raw.itemsize == 2 else FAR
    for x in range(count):
        labels.flag[labels.marked[x]] &= 6
        labels.fresh[labels.marked[x]] = infinity


@kernel
def shut_after(goal: Goal, ridden: int) -> int:
    """Return `Goal.gate` for who has had so many rides; -1 where no more are allowed."""
    return goal.gate[0] if ridden + goal.gate[1] <= goal.most_rides else np.int64(-1)


@kernel
def met_rides(switches: int, most: int) -> int:
    """Return `Goal.met_rides` for a search with at most so many rides."""
    return np.int64(most) if switches & ROUNDS != 0 else np.int64(FAR)


@kernel
def board(side: Side, goal: Goal, count: int, ride: int) -> int:
    """Queue the patterns that pass a marked node; return how many."""
    rides, labels = side.rides, side.labels
    most, gate = goal.most_rides, shut_after(goal, ride - 1)
    final = ride == most and goal.patience == 0
    queued = 0
    for x in range(count):
        if x + 2 * AHEAD < count:
            prefetch(rides.board_start, labels.marked[x + 2 * AHEAD])
        if x + AHEAD < count:
            row = rides.board_start[labels.marked[x + AHEAD]]
            prefetch(rides.board_last, row)
            prefetch(rides.board_pattern, row)
            prefetch(rides.board_position, row)
        node = np.int64(labels.marked[x])
        labels.flag[node] &= 6
        at = np.int64(labels.fresh[node])
        # The limit may have fallen since the label was set.
        need = ride - 1 + np.int64(side.onward[node])
        end = at + np.int64(side.time[node]) * goal.minute
        if need > most or end > goal.limit[need]:
            continue
        if end > gate and (
            at > goal.top - np.int64(goal.met_raw[node])
            or ride - 1 + np.int64(goal.raw_round[node]) > goal.met_rides
        ):
            continue
        for e in range(rides.board_start[node], rides.board_start[node + 1]):
            if np.int64(rides.board_last[e]) < at:
                continue
            pattern = rides.board_pattern[e]
            position = rides.board_position[e]
            if final and position >= labels.leave[pattern]:
                continue
            if gate < 0 and ride + np.int64(goal.line_round[pattern]) > goal.met_rides + 1:
                # All who get off in time meet somebody who has ridden the pattern from there.
                continue
            first = labels.first[pattern]
            if first < 0:
                labels.line_round[pattern] = min(labels.line_round[pattern], ride)
                labels.first[pattern] = position
                labels.last[pattern] = position
                labels.queue[queued] = pattern
                queued += 1
            else:
                labels.first[pattern] = min(position, first)
                labels.last[pattern] = max(position, labels.last[pattern])
    return queued


@kernel
def first_from(times: Times, column: int, rows: int, ready: int) -> int:
    """Return the first of `rows` vehicles that leaves at `ready` or later; `rows`: none does."""
    low, size = np.int64(column), np.int64(rows)
    while size > 1:
        half = size >> 1
        # A choice of two values, not of two ways: the processor need not guess.
        low = low + half if times[low + half - 1] < ready else low
        size -= half
    return low - column + np.int64(times[low] < ready)


@kernel
def catch(side: Side, queued: int) -> None:
    """
    Find the first vehicle of every queued pattern, where that is boarded first.

    Patterns lie anywhere in memory. What the next ones need is asked for while the present one is
    looked at, and their stops and times are at hand when they are ridden.
    """
    rides, labels = side.rides, side.labels
    for x in range(queued):
        if x + 2 * AHEAD < queued:
            pattern = labels.queue[x + 2 * AHEAD]
            prefetch(rides.pattern_start, pattern)
            prefetch(rides.event_start, pattern)
            prefetch(rides.rows, pattern)
            prefetch(labels.first, pattern)
        if x + AHEAD < queued:
            pattern = labels.queue[x + AHEAD]
            position = np.int64(labels.first[pattern])
            rows = np.int64(rides.rows[pattern])
            prefetch(rides.departure, rides.event_start[pattern] + position * rows + (rows >> 1))
            prefetch(rides.node, rides.pattern_start[pattern] + position)
        pattern = labels.queue[x]
        position = np.int64(labels.first[pattern])
        base = np.int64(rides.pattern_start[pattern])
        wide = np.int64(rides.pattern_start[pattern + 1]) - base
        rows = np.int64(rides.rows[pattern])
        event_base = np.int64(rides.event_start[pattern])
        ready = labels.fresh[rides.node[base + position]]
        row = first_from(rides.departure, event_base + position * rows, rows, ready)
        labels.caught[x] = row
        prefetch(rides.arrival, event_base + row * wide + position)


@kernel
def ride_all(
    side: Side, goal: Goal, best: Best, unit: int, until_s: int, events: bool, queued: int,
    ride: int, held: int, rows: int, ridden: int,
) -> int:  # fmt: skip
    """
    Ride every queued pattern once; return how many nodes are reached earlier than before.

    `ridden` of them were before. `held` and the `rows` of labels after it are compared with and
    lowered; row `ride` notes where the vehicle was boarded, if there is room for notes
    (`Labels.raw_event`).
    """
    rides, labels = side.rides, side.labels
    nodes = np.int64(rides.board_start.size - 1)
    now = ride * nodes
    raw, fresh = labels.raw[held : held + nodes], labels.fresh
    notes = labels.raw_event.size > 0
    infinity = 65535 if raw.itemsize == 2 else FAR
    most, gate = goal.most_rides, shut_after(goal, ride)
    far = goal.limit[ride] + goal.patience
    # Who stays in may count as one who boards, where the vehicle lets people in.
    leaving = np.uint8(MAY_BOARD if goal.patience == 0 else 0)
    for x in range(queued):
        pattern = labels.queue[x]
        position = np.int64(labels.first[pattern])
        last = np.int64(labels.last[pattern])
        labels.first[pattern] = -1
        base = np.int64(rides.pattern_start[pattern])
        wide = np.int64(rides.pattern_start[pattern + 1]) - base
        vehicles = np.int64(rides.rows[pattern])
        event_base = np.int64(rides.event_start[pattern])
        plain = rides.plain[pattern] != 0
        row = np.int64(labels.caught[x])
        row_event = event_base + row * wide
        boarded = row_event + position
        flags = np.uint8(MAY_BOARD | MAY_ALIGHT)
        for i in range(position + 1, wide):
            # Without a sign, so that no index is looked at whether it counts from the end.
            node = np.uint32(rides.node[base + i])
            if not plain:
                flags = rides.flags[base + i]
            if row < vehicles:
                arrival = rides.arrival[row_event + i]
                end = np.int64(arrival) + np.int64(side.time[node]) * goal.minute
                if arrival < raw[node] and (
                    end > far
                    or (
                        flags & leaving != 0
                        and ride - 1 + np.int64(side.onward[node]) > most
                        and ride + np.int64(side.need[node]) > most
                    )
                ):
                    # From here on the vehicle is too far from the end for the time left, or leads
                    # to where more rides are needed than are left.
                    row = vehicles
                elif (
                    arrival < raw[node]
                    and flags & MAY_ALIGHT != 0
                    and ride + np.int64(side.need[node]) <= most
                    and end <= goal.limit[ride + np.int64(side.need[node])]
                    and (
                        end <= gate
                        or (
                            np.int64(arrival) <= goal.top - np.int64(goal.met_ready[node])
                            and ride + np.int64(goal.ready_round[node]) <= goal.met_rides
                        )
                    )
                ):
                    if notes:
                        labels.raw[now + node] = arrival
                        labels.raw_event[now + node] = boarded
                    if raw[node] == infinity:
                        labels.raw_round[node] = ride
                    raw[node] = arrival
                    for k in range(held + nodes + node, held + rows * nodes, nodes):
                        if arrival >= labels.raw[k]:
                            break
                        labels.raw[k] = arrival
                    mark = labels.flag[node]
                    if mark & 1 == 0:
                        labels.flag[node] = mark | 1
                        labels.ridden[ridden] = node
                        ridden += 1
                    if mark & 2 != 0:
                        arrive(
                            side, goal, best, unit, until_s, events, node, np.int64(arrival), ride
                        )  # fmt: skip
                        far = goal.limit[ride] + goal.patience
            if flags & MUST_LEAVE != 0:
                row = vehicles
                continue
            if i > last:
                if row == vehicles:
                    break
                continue
            ready = fresh[node]
            if row == vehicles:
                if ready < infinity and flags & MAY_BOARD != 0 and i < wide - 1:
                    row = first_from(rides.departure, event_base + i * vehicles, vehicles, ready)
                    row_event = event_base + row * wide
                    boarded = row_event + i
            elif row > 0 and ready <= rides.arrival[row_event - wide + i + 1]:
                # The vehicle before is not at the next position yet: has it left here?
                column = event_base + i * vehicles
                if (
                    flags & MAY_BOARD != 0
                    and i < wide - 1
                    and ready <= rides.departure[column + row - 1]
                ):
                    while row > 0 and rides.departure[column + row - 1] >= ready:
                        row -= 1
                    row_event = event_base + row * wide
                    boarded = row_event + i
    return ridden


@kernel
def walk(side: Side, goal: Goal, ridden: int, ride: int, held: int, rows: int) -> int:
    """Change and walk on from the nodes that were reached; return how many nodes are marked."""
    labels, walks = side.labels, side.walks
    nodes = np.int64(side.rides.board_start.size - 1)
    now = ride * nodes
    for x in range(ridden):
        labels.flag[labels.ridden[x]] &= 6
    if ride == goal.most_rides:
        return 0
    ready = labels.ready[held : held + nodes]
    infinity = 65535 if ready.itemsize == 2 else FAR
    most, gate = goal.most_rides, shut_after(goal, ride)
    near, then = np.empty(SOME + 1, np.uint32), np.empty(SOME + 1, np.int64)
    count = 0
    for x in range(ridden):
        if x + 2 * AHEAD < ridden:
            prefetch(walks.start, labels.ridden[x + 2 * AHEAD])
        if x + AHEAD < ridden:
            after = np.int64(labels.ridden[x + AHEAD])
            for y in range(walks.start[after], walks.start[after + 1], LINE):
                prefetch(walks.to, y)
                prefetch(walks.time, y)
        node = np.int64(labels.ridden[x])
        came = np.int64(labels.raw[held + node])
        need = ride + max(np.int64(side.need[node]), 1)
        if need > most or came + np.int64(side.time[node]) * goal.minute > goal.limit[need]:
            continue
        # A change at the node itself is the first, then come the walks.
        near[0] = node
        then[0] = came + np.int64(walks.change[node])
        some = np.uint64(1)
        begin, last = np.int64(walks.start[node]), np.int64(walks.start[node + 1])
        while some > 0 or begin < last:
            for y in range(begin, min(begin + SOME, last)):
                # Noted or not by a number, not by a choice of two ways: the processor need not
                # guess, and half of the walks come too late.
                to = np.uint32(walks.to[y])
                at = came + np.int64(walks.time[y])
                near[some] = to
                then[some] = at
                some += np.uint64(at < np.int64(ready[to]))
            begin += SOME
            for z in range(some):
                to = near[z]
                at = then[z]
                if at >= np.int64(ready[to]):
                    continue
                end = at + np.int64(side.time[to]) * goal.minute
                need = ride + np.int64(side.onward[to])
                if need > most or end > goal.limit[need]:
                    continue
                if end > gate and (
                    at > goal.top - np.int64(goal.met_raw[to])
                    or ride + np.int64(goal.raw_round[to]) > goal.met_rides
                ):
                    continue
                if ready[to] == infinity:
                    labels.ready_round[to] = ride
                ready[to] = at
                for k in range(held + nodes + to, held + rows * nodes, nodes):
                    if at >= np.int64(labels.ready[k]):
                        break
                    labels.ready[k] = at
                labels.fresh[to] = at
                if labels.ready_from.size > 0:
                    labels.ready_from[now + to] = node
                if labels.flag[to] & 1 == 0:
                    labels.flag[to] |= 1
                    labels.marked[count] = to
                    count += 1
            some = np.uint64(0)
    return count


@kernel
def one_round(
    side: Side, goal: Goal, best: Best, unit: int, until_s: int, events: bool, count: int,
    ride: int, held: int, rows: int,
) -> int:  # fmt: skip
    """Board, ride, change and walk; return how many nodes are marked for the next round."""
    queued = board(side, goal, count, ride)
    catch(side, queued)
    ridden = ride_all(side, goal, best, unit, until_s, events, queued, ride, held, rows, 0)
    infinity = 65535 if side.labels.raw.itemsize == 2 else FAR
    for x in range(count):
        side.labels.fresh[side.labels.marked[x]] = infinity
    return walk(side, goal, ridden, ride, held, rows)


@kernel
def work(side: Side, count: int) -> int:
    """Return how many boardings the next round of a side looks at."""
    total = np.int64(0)
    for x in range(count):
        node = side.labels.marked[x]
        total += side.rides.board_start[node + 1] - side.rides.board_start[node]
    return total


@kernel
def foremost(ahead: Side, behind: Side, minute: int, count: int) -> int:
    """
    Return how little time a side has lost at its outermost labels, as its own start time.

    That is the least of `ready` minus what one needs at least to come there.
    """
    least = np.int64(1) << 40
    for x in range(count):
        node = np.int64(ahead.labels.marked[x])
        came = np.int64(ahead.labels.fresh[node]) - np.int64(behind.time[node]) * minute
        least = min(least, came)
    return least


@kernel
def forget(labels: Labels, begin: int, end: int) -> None:
    """Make labels as if nobody had come there yet."""
    infinity = 65535 if labels.raw.itemsize == 2 else FAR
    labels.raw[begin:end] = infinity
    labels.ready[begin:end] = infinity
    labels.line_round[:] = 255
