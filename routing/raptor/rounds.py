"""
One round of RAPTOR: board what passes, ride it, change and walk. Every search is made of these.

Rules of this file and of all kernels: arguments are arrays and integers; results go into arrays
that the caller allocated; nothing here validates, logs or raises.

Two labels a node: `raw`, the earliest arrival by vehicle, and `ready`, when the next vehicle may
be boarded. Walks start only at `raw` labels, so nobody walks twice in a row and footpaths need
not be closed. A label that cannot better what is known is not set (`Goal`).
"""

from typing import NamedTuple

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.kernel.arrays import (
    FAR,
    MAY_ALIGHT,
    MAY_BOARD,
    MUST_LEAVE,
    Ends,
    Labels,
    Rides,
    Times,
    UInt16s,
    Walks,
)
from routing.kernel.jit import kernel, prefetch

EVENTS, TAILS, MEET, ROUNDS = 1, 2, 4, 8
"""Bits of `switches`."""
AHEAD = 8
"""So many steps before they are needed, places in memory are asked for."""
LINE = 16
"""Walks that memory hands over at once."""
SOME = 64
"""Walks that are looked at together."""
TURNS = 2
"""So many turns after the first answer allow one ride more each; then all are allowed."""


class Side(NamedTuple):
    """All of one search: what may be ridden and walked, from where, to where, what for."""

    rides: Rides
    walks: Walks
    time: UInt16s
    """Minutes that one needs at least from every node to the end."""
    need: UInt8s
    """Rides, likewise; 255 where the end cannot be reached."""
    onward: UInt8s
    """Rides of somebody who boards at the node, and does not walk to a better one."""
    starts: Ends
    ends: Ends
    labels: Labels


class Goal(NamedTuple):
    """
    When a label is still of use.

    It must be able to come to the end by `limit`. Where a search from the other side has done
    some rounds, it must also meet that: be early enough for one of its labels, with no more rides
    than are left, or early enough (`gate`) for somebody who needs still more rides than that.
    """

    minute: int
    """Units of the view in a minute."""
    most_rides: int
    limit: Int64s
    """Of k: the latest arrival at the nearest end that betters all known ways of k rides."""
    gate: Int64s
    """The same for who needs at least `gate[1]` more rides."""
    met_raw: Times
    met_ready: Times
    line_round: UInt8s
    """In which round the other side first had these labels, and rode each pattern."""
    raw_round: UInt8s
    ready_round: UInt8s
    met_rides: int
    """So many rides both sides together may take to meet; `FAR`: as many as they like."""
    """Labels of the other side, whose time counts down from `top`."""
    top: int
    patience: int
    """0, or `FAR` where nobody leaves a vehicle before its end (`Switches.tails`)."""


class Best(NamedTuple):
    """The best ends known with at most k rides, and where those of this departure are."""

    end_s: Int64s
    found_s: Int64s
    node: Int64s
    end: Int64s
    """Row of `Side.ends`."""


@kernel
def end_time(ends: Ends, x: int, start_s: int) -> int:
    """Return when the walk of end `x` ends for somebody who could start it at `start_s`."""
    start = max(np.int64(start_s), ends.from_s[x])
    if start >= ends.until_s[x]:
        return np.int64(1) << 60
    return start + ends.offset_s[x]


@kernel
def last_end_before(rides: Rides, ends: Ends, unit: int, events: bool, best_s: int) -> int:
    """
    Return the last instant before `best_s` at which any vehicle brings somebody to the end.

    The end can be reached only at such instants, so this is the tightest upper bound that an
    arrival which is still better must keep. Without `events` simply the second before.
    """
    if not events:
        return best_s - 1
    found = np.int64(-1)
    for x in range(ends.node.size):
        node = ends.node[x]
        offset = np.int64(ends.offset_s[x])
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
                end = max(arrival, ends.from_s[x]) + offset
                found = max(found, min(end, best_s - 1))
    return found


@kernel
def nearest_s(ends: Ends) -> int:
    """Return the shortest way between an end's node and the traveller's place."""
    least = np.int64(1) << 60
    for x in range(ends.node.size):
        least = min(least, np.int64(ends.offset_s[x]))
    return least


@kernel
def set_limits(
    side: Side, best: Best, limit: Int64s, until_s: int, settled: int, unit: int, events: bool
) -> int:
    """
    Set until when one must be at the nearest end to better the best ends (`Goal.limit`).

    Nothing better exists with `settled` rides, so those may take as long as with one more. That
    is the latest of all; returns it in seconds.
    """
    nearest = nearest_s(side.ends)
    latest_s, last_s = np.int64(0), np.int64(0)
    for k in range(settled + 1, limit.size):
        if k == settled + 1 or best.end_s[k] != best.end_s[k - 1]:
            before = min(best.end_s[k], until_s + 1)
            last_s = last_end_before(side.rides, side.ends, unit, events, before)
            latest_s = max(latest_s, last_s)
        limit[k] = (last_s - nearest) // unit
    limit[: settled + 1] = limit[settled + 1]
    return latest_s


@kernel
def mark_ends(side: Side) -> None:
    """Mark the nodes where the search ends, and until where a last ride is of use."""
    for x in range(side.ends.node.size):
        node = side.ends.node[x]
        side.labels.flag[node] |= 2
        for e in range(side.rides.alight_start[node], side.rides.alight_start[node + 1]):
            pattern = side.rides.alight_pattern[e]
            position = side.rides.alight_position[e]
            side.labels.leave[pattern] = max(side.labels.leave[pattern], position)


@kernel
def unmark_ends(side: Side) -> None:
    """Take the marks of `mark_ends` away."""
    for x in range(side.ends.node.size):
        node = side.ends.node[x]
        side.labels.flag[node] = 0
        for e in range(side.rides.alight_start[node], side.rides.alight_start[node + 1]):
            side.labels.leave[side.rides.alight_pattern[e]] = -1


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
def arrive(
    side: Side, goal: Goal, best: Best, unit: int, until_s: int, events: bool, node: int, at: int,
    ride: int,
) -> None:  # fmt: skip
    """Note an arrival at a node of the end, if it is the best with so many rides."""
    nearest = nearest_s(side.ends)
    for y in range(side.ends.node.size):
        if side.ends.node[y] != node:
            continue
        done = end_time(side.ends, y, at * unit)
        if done >= best.end_s[ride] or done > until_s:
            continue
        best.found_s[ride] = done
        best.node[ride] = node
        best.end[ride] = y
        last = last_end_before(side.rides, side.ends, unit, events, done)
        limit = (last - nearest) // unit
        for k in range(ride, best.end_s.size):
            if done >= best.end_s[k]:
                break
            best.end_s[k] = done
            goal.limit[k] = limit


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


@kernel
def ride_from(rides: Rides, event: int, node: int, at: int) -> tuple[int, int, int, int]:
    """
    Return the ride (pattern, row, board, alight) of who boarded a vehicle at an event.

    It left them at a node at a time; where the node is -1 they still sit in it, and alight is -1.
    """
    pattern = np.searchsorted(rides.event_start, event, side="right") - 1
    start = np.int64(rides.pattern_start[pattern])
    wide = np.int64(rides.pattern_start[pattern + 1]) - start
    row = (event - rides.event_start[pattern]) // wide
    board_at = (event - rides.event_start[pattern]) % wide
    alight = np.int64(-1)
    if node >= 0:
        alight = board_at + 1
        while (
            rides.node[start + alight] != node
            or rides.arrival[event - board_at + alight] != at
            or rides.flags[start + alight] & MAY_ALIGHT == 0
        ):
            alight += 1
    return pattern, row, board_at, alight


@kernel
def unroll(rides: Rides, labels: Labels, node: int, ride: int, ranged: bool, out: Int32s) -> int:
    """
    Write the rides of the label (node, ride), last first: pattern, row, board, alight.

    With `ranged`, a row of labels holds the best with at most so many rides, else only what was
    reached in that round. Returns how many rides; `out[count, 0]` then holds the row of the
    origin.
    """
    nodes = np.int64(rides.board_start.size - 1)
    count = 0
    at = np.int64(node)
    k = np.int64(ride)
    while True:
        value = labels.raw[k * nodes + at]
        while ranged and k > 1 and labels.raw[(k - 1) * nodes + at] == value:
            k -= 1
        event = np.int64(labels.raw_event[k * nodes + at])
        pattern, row, board_at, alight = ride_from(rides, event, at, np.int64(value))
        out[count, 0] = pattern
        out[count, 1] = row
        out[count, 2] = board_at
        out[count, 3] = alight
        count += 1
        at = np.int64(rides.node[rides.pattern_start[pattern] + board_at])
        k -= 1
        ready = labels.ready[k * nodes + at]
        while ranged and k > 0 and labels.ready[(k - 1) * nodes + at] == ready:
            k -= 1
        came = np.int64(labels.ready_from[k * nodes + at])
        if came <= -2:
            out[count, 0] = np.int32(-2 - came)
            return count
        at = came


@kernel
def write_results(
    side: Side, best: Best, start_s: int, beats_s: int, most_rides: int, ranged: bool, count: int,
    out: Int64s, legs: Int32s,
) -> int:  # fmt: skip
    """
    Write what this departure has found that ends before `beats_s`; return how many results.

    Each is a row of `out` (departure, end, rides, row of the ends, row of the starts); its rides
    lie in `legs[row]`, last first.
    """
    for k in range(1, most_rides + 1):
        if not 0 <= best.found_s[k] < beats_s or best.found_s[k] != best.end_s[k]:
            continue
        beats_s = best.found_s[k]
        if count < legs.shape[0]:
            n = unroll(side.rides, side.labels, best.node[k], k, ranged, legs[count])
            out[count, 0] = start_s
            out[count, 1] = beats_s
            out[count, 2] = n
            out[count, 3] = best.end[k]
            out[count, 4] = legs[count, n, 0]
            count += 1
    return count
