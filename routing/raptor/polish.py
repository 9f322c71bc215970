"""
The best of equals: among ways that ride the same vehicles, the one that people would choose.

A search says which vehicles; where to change between two of them is often open. Kept are the
departure and the arrival; then the least walking wins, then the later change (one seat for
longer, and the change where the lines part). A search for an instant may also leave vehicles
early on the way; those are replaced by later ones of the same pattern, so that waiting is done at
the start. Elsewhere each is the first there of all lines, so that the later changes are easy.
"""

from typing import Final

import numpy as np

from maas.core.columns import Int64s
from routing.kernel.arrays import FAR, MAY_ALIGHT, MAY_BOARD, MUST_LEAVE, Ends, Rides, Walks
from routing.kernel.jit import kernel

AS_FOUND, EARLIER, EARLIER_ON_THE_WAY, LATER = 0, 1, 2, 3
"""Which other vehicles a journey rather takes; on the way: not at its end."""
PLACES: Final = 1024
"""Nodes are told apart by their number modulo this where a first glance must do."""


@kernel
def departure_of(rides: Rides, pattern: int, row: int, position: int) -> int:
    """Return when a vehicle leaves a position of its pattern."""
    rows = np.int64(rides.rows[pattern])
    return np.int64(rides.departure[rides.event_start[pattern] + position * rows + row])


@kernel
def walk_between(walks: Walks, origin: int, target: int) -> int:
    """Return the time to change from one node to another, `FAR` where there is no way."""
    best = np.int64(FAR)
    if origin == target:
        best = np.int64(walks.change[origin])
    for e in range(walks.start[origin], walks.start[origin + 1]):
        if walks.to[e] == target:
            best = min(best, np.int64(walks.time[e]))
    return best


@kernel
def shift_later(rides: Rides, walks: Walks, legs: Int64s, count: int) -> None:
    """Replace every vehicle but the last by the latest that still meets the next one."""
    for x in range(count - 1, -1, -1):
        pattern, row, alight = legs[x, 0], legs[x, 1], legs[x, 3]
        base = np.int64(rides.pattern_start[pattern])
        width = np.int64(rides.pattern_start[pattern + 1]) - base
        events = rides.event_start[pattern]
        if x == count - 1:
            limit = np.int64(rides.arrival[events + row * width + alight])
        else:
            after = np.int64(rides.pattern_start[legs[x + 1, 0]])
            leaves = departure_of(rides, legs[x + 1, 0], legs[x + 1, 1], legs[x + 1, 2])
            change = walk_between(
                walks, rides.node[base + alight], rides.node[after + legs[x + 1, 2]]
            )
            limit = np.int64(leaves) - change
        while (
            row + 1 < rides.rows[pattern]
            and np.int64(rides.arrival[events + (row + 1) * width + alight]) <= limit
        ):
            row += 1
        legs[x, 1] = row


@kernel
def first_to(
    rides: Rides, origin: int, target: int, at: int, late: int, found: Int64s
) -> None:  # fmt: skip
    """
    Write into `found` (pattern, vehicle, board, alight) who rides first from node to node.

    Of all lines, of those who leave from `at` on, who comes before `late`: the earliest there, of
    several the last to leave, of equals that of the last pattern. `found` stays if nobody does.
    """
    e, last = rides.board_start[origin], rides.board_start[origin + 1]
    f, end = rides.alight_start[target], rides.alight_start[target + 1]
    best, leaves = np.int64(late), np.int64(FAR)
    # Both lists go by pattern and position.
    while e < last and f < end:
        pattern = np.int64(rides.board_pattern[e])
        other = np.int64(rides.alight_pattern[f])
        board, alight = np.int64(rides.board_position[e]), np.int64(rides.alight_position[f])
        if pattern < other:
            e += 1
            continue
        if other < pattern or alight <= board:
            f += 1
            continue
        e += 1
        base = np.int64(rides.pattern_start[pattern])
        through = board
        while through < alight and rides.flags[base + through] & MUST_LEAVE == 0:
            through += 1
        rows = np.int64(rides.rows[pattern])
        start = rides.event_start[pattern] + board * rows
        if through < alight or rides.departure[start + rows - 1] < at:
            continue
        low, high = np.int64(0), rows - 1
        while low < high:
            middle = (low + high) >> 1
            if rides.departure[start + middle] >= at:
                high = middle
            else:
                low = middle + 1
        width = np.int64(rides.pattern_start[pattern + 1]) - base
        comes = np.int64(rides.arrival[rides.event_start[pattern] + low * width + alight])
        begins = np.int64(rides.departure[start + low])
        if comes < best or (comes == best and begins >= leaves):
            best, leaves = comes, begins
            found[0], found[1], found[2], found[3] = pattern, low, board, alight


@kernel
def shift_earlier(rides: Rides, walks: Walks, legs: Int64s, count: int) -> None:
    """Replace every vehicle, of whatever line, by the first that the one before still meets."""
    for x in range(count):
        pattern, row, board, alight = legs[x, 0], legs[x, 1], legs[x, 2], legs[x, 3]
        base = np.int64(rides.pattern_start[pattern])
        width = np.int64(rides.pattern_start[pattern + 1]) - base
        origin = rides.node[base + board]
        if x == 0:
            limit = departure_of(rides, pattern, row, board)
        else:
            before = np.int64(rides.pattern_start[legs[x - 1, 0]])
            wide = np.int64(rides.pattern_start[legs[x - 1, 0] + 1]) - before
            comes = rides.arrival[
                rides.event_start[legs[x - 1, 0]] + legs[x - 1, 1] * wide + legs[x - 1, 3]
            ]
            change = walk_between(walks, rides.node[before + legs[x - 1, 3]], origin)
            limit = np.int64(comes) + change
        comes = np.int64(rides.arrival[rides.event_start[pattern] + row * width + alight])
        first_to(rides, origin, rides.node[base + alight], limit, comes + 1, legs[x])


@kernel
def end_of_same_lines(
    rides: Rides, walks: Walks, starts: Ends, ends: Ends, unit: int, start_s: int, legs: Int64s,
    count: int,
) -> int:  # fmt: skip
    """
    Return when one comes to the end with the next vehicles of the same lines, -1 if never.

    `legs` are pattern, vehicle, board and alight of each ride; who changes must catch what is next.
    """
    node = rides.node[rides.pattern_start[legs[0, 0]] + legs[0, 2]]
    at = np.int64(FAR)
    for x in range(starts.node.size):
        if starts.node[x] == node:
            begin = max(np.int64(start_s), starts.from_s[x])
            if begin < starts.until_s[x]:
                at = min(at, -((-(begin + starts.offset_s[x])) // unit))
    for x in range(count):
        pattern = legs[x, 0]
        base = np.int64(rides.pattern_start[pattern])
        width = np.int64(rides.pattern_start[pattern + 1]) - base
        low, high = np.int64(0), np.int64(rides.rows[pattern])
        while low < high:
            middle = (low + high) >> 1
            if departure_of(rides, pattern, middle, legs[x, 2]) >= at:
                high = middle
            else:
                low = middle + 1
        if low == rides.rows[pattern]:
            return -1
        at = np.int64(rides.arrival[rides.event_start[pattern] + low * width + legs[x, 3]])
        node = rides.node[base + legs[x, 3]]
        if x + 1 < count:
            after = rides.pattern_start[legs[x + 1, 0]] + legs[x + 1, 2]
            at += walk_between(walks, node, rides.node[after])
    done = np.int64(-1)
    for x in range(ends.node.size):
        begin = max(at * unit, ends.from_s[x])
        if ends.node[x] == node and begin < ends.until_s[x]:
            end = begin + ends.offset_s[x]
            if done < 0 or end < done:
                done = end
    return done


@kernel
def choose_changes(
    rides: Rides,
    walks: Walks,
    origins: Ends,
    targets: Ends,
    unit: int,
    earliest_s: int,
    latest_s: int,
    legs: Int64s,
    count: int,
    ends: Int64s,
) -> bool:
    """
    Choose where to board, change and leave so that the walking in all is least.

    The departure becomes the latest that these vehicles allow (at least `earliest_s`), the
    arrival the earliest (at most `latest_s`). `legs` is rewritten; `ends` gets departure,
    arrival, row of the origin, row of the target. Returns whether there is any way.
    """
    widest = np.int64(0)
    for x in range(count):
        pattern = legs[x, 0]
        widest = max(
            widest, np.int64(rides.pattern_start[pattern + 1] - rides.pattern_start[pattern])
        )
    none = np.int64(1) << 60
    cost = np.full((count, widest), none, np.int64)
    came_leg = np.full((count, widest), -1, np.int64)
    came_board = np.full((count, widest), -1, np.int64)
    # Where the first vehicle is boarded: the latest departure, then the shortest way there.
    pattern, row = legs[0, 0], legs[0, 1]
    base = np.int64(rides.pattern_start[pattern])
    leave = np.full(widest, -none, np.int64)
    from_row = np.full(widest, -1, np.int64)
    last_board = legs[0, 3]
    departure = -none
    for i in range(last_board):
        if rides.flags[base + i] & MAY_BOARD == 0 or rides.flags[base + i] & MUST_LEAVE != 0:
            continue
        node = rides.node[base + i]
        for x in range(origins.node.size):
            if origins.node[x] != node:
                continue
            start = departure_of(rides, pattern, row, i) * unit - origins.offset_s[x]
            if start >= origins.until_s[x]:
                start = (origins.until_s[x] - 1) // unit * unit
            if start < origins.from_s[x] or start < earliest_s:
                continue
            if (
                from_row[i] < 0
                or start > leave[i]
                or (start == leave[i] and origins.offset_s[x] < origins.offset_s[from_row[i]])
            ):
                leave[i] = start
                from_row[i] = x
    # Only boardings from which the ride is not interrupted count for the departure.
    for i in range(last_board):
        if from_row[i] >= 0 and i <= legs[0, 2]:
            departure = max(departure, leave[i])
    if departure == -none:
        return False
    for i in range(last_board):
        if from_row[i] >= 0 and leave[i] == departure:
            cost[0, i] = np.int64(origins.offset_s[from_row[i]]) * 64
    # Most walks lead to no stop of the next vehicle: that is seen without looking through them.
    passed = np.zeros(PLACES, np.uint8)
    for x in range(count - 1):
        pattern, row = legs[x, 0], legs[x, 1]
        base = np.int64(rides.pattern_start[pattern])
        width = np.int64(rides.pattern_start[pattern + 1]) - base
        events = rides.event_start[pattern] + row * width
        after, after_row = legs[x + 1, 0], legs[x + 1, 1]
        after_base = np.int64(rides.pattern_start[after])
        wide = np.int64(rides.pattern_start[after + 1]) - after_base
        for j in range(wide - 1):
            passed[rides.node[after_base + j] % PLACES] = x + 1
        best, best_at = none, np.int64(-1)
        for i in range(width):
            if best < none and rides.flags[base + i] & MAY_ALIGHT != 0:
                node = np.int64(rides.node[base + i])
                comes = np.int64(rides.arrival[events + i])
                for y in range(walks.start[node] - 1, walks.start[node + 1]):
                    if y < walks.start[node]:
                        to, takes, walked = node, np.int64(walks.change[node]), np.int64(0)
                    else:
                        to, takes = np.int64(walks.to[y]), np.int64(walks.time[y])
                        walked = takes * unit
                    if passed[to % PLACES] != x + 1:
                        continue
                    for j in range(wide - 1):
                        if np.int64(rides.node[after_base + j]) != to:
                            continue
                        flags = rides.flags[after_base + j]
                        if flags & MAY_BOARD == 0 or flags & MUST_LEAVE != 0:
                            continue
                        if comes + takes > departure_of(rides, after, after_row, j):
                            continue
                        total = best + walked * 64
                        # Of equals the later change: scanned later, so `<=`.
                        if total <= cost[x + 1, j]:
                            cost[x + 1, j] = total
                            came_leg[x + 1, j] = i
                            came_board[x + 1, j] = best_at
            if rides.flags[base + i] & MUST_LEAVE != 0:
                best, best_at = none, np.int64(-1)
            if cost[x, i] <= best:
                best, best_at = cost[x, i], np.int64(i)
    pattern, row = legs[count - 1, 0], legs[count - 1, 1]
    base = np.int64(rides.pattern_start[pattern])
    width = np.int64(rides.pattern_start[pattern + 1]) - base
    events = rides.event_start[pattern] + row * width
    best, best_at = none, np.int64(-1)
    done, done_at, done_board, done_row = none, np.int64(-1), np.int64(-1), np.int64(-1)
    done_cost = none
    for i in range(width):
        if best < none and rides.flags[base + i] & MAY_ALIGHT != 0:
            node = rides.node[base + i]
            for x in range(targets.node.size):
                if targets.node[x] != node:
                    continue
                start = max(np.int64(rides.arrival[events + i]) * unit, targets.from_s[x])
                if start >= targets.until_s[x]:
                    continue
                end = start + targets.offset_s[x]
                total = best + np.int64(targets.offset_s[x]) * 64
                if end <= latest_s and (end < done or (end == done and total < done_cost)):
                    done, done_cost, done_at, done_board, done_row = end, total, i, best_at, x
        if rides.flags[base + i] & MUST_LEAVE != 0:
            best, best_at = none, np.int64(-1)
        if cost[count - 1, i] <= best:
            best, best_at = cost[count - 1, i], np.int64(i)
    if done_at < 0:
        return False
    alight, board = done_at, done_board
    for x in range(count - 1, -1, -1):
        legs[x, 2] = board
        legs[x, 3] = alight
        if x > 0:
            alight, board = came_leg[x, board], came_board[x, board]
    ends[0] = departure
    ends[1] = done
    ends[2] = from_row[legs[0, 2]]
    ends[3] = done_row
    return True


@kernel
def last_of_equals(rides: Rides, legs: Int64s) -> None:
    """
    Of vehicles with the same times of boarding and leaving, take the one that comes last.

    That is as good, and the same whichever way one searched (MOTIS does so too).
    """
    for x in range(legs.shape[0]):
        pattern, row, board, alight = legs[x, 0], legs[x, 1], legs[x, 2], legs[x, 3]
        rows = np.int64(rides.rows[pattern])
        start = rides.event_start[pattern]
        wide = np.int64(rides.pattern_start[pattern + 1] - rides.pattern_start[pattern])
        leave, come = start + board * rows, start + alight
        last = row
        while (
            last + 1 < rows
            and rides.departure[leave + last + 1] == rides.departure[leave + row]
            and rides.arrival[come + (last + 1) * wide] == rides.arrival[come + row * wide]
        ):
            last += 1
        legs[x, 1] = last


@kernel
def choose_all(
    rides: Rides, walks: Walks, origins: Ends, targets: Ends, unit: int, move: int,
    spans_s: Int64s, start: Int64s, legs: Int64s, moved: Int64s, chosen: Int64s, ends: Int64s,
) -> None:  # fmt: skip
    """
    Choose the changes of many journeys, with other vehicles where these allow it.

    Args:
        rides: The view's, forward.
        walks: Likewise.
        origins: Where journeys start.
        targets: Where they end.
        unit: Seconds of a unit of the view.
        move: Which vehicles are tried before those that the search found (`LATER` …).
        spans_s: Earliest departure and latest arrival of each journey.
        start: Legs of journey j are rows `start[j]:start[j + 1]` of the next three.
        legs: Pattern, vehicle, board, alight.
        moved: The same; gets the other vehicles.
        chosen: Room for those with the best changes.
        ends: Room for departure, arrival, row of the origin and of the target of each journey; the
            last is -1 where there is no way.

    """
    for j in range(ends.shape[0]):
        low, high = start[j], start[j + 1]
        others, best = moved[low:high], chosen[low:high]
        count = high - low
        if move == LATER:
            shift_later(rides, walks, others, count)
        elif move != AS_FOUND:
            shift_earlier(rides, walks, others, count)
            if move == EARLIER_ON_THE_WAY:
                others[count - 1] = legs[high - 1]
        ends[j, 3] = -1
        for choice in range(2):
            best[:] = others if choice == 0 else legs[low:high]
            if move != AS_FOUND:
                last_of_equals(rides, best)
            if choose_changes(
                rides, walks, origins, targets, unit, spans_s[j, 0], spans_s[j, 1], best, count,
                ends[j],
            ):  # fmt: skip
                break
            ends[j, 3] = -1
