"""
What a search is for: its columns, when a label is of use, the best ends that are known.

Rules of kernels: see `rounds.py`.
"""

from typing import NamedTuple

import numpy as np

from maas.core.columns import Int64s, UInt8s
from routing.kernel.arrays import Ends, Labels, Rides, Times, UInt16s, Walks
from routing.kernel.jit import kernel

EVENTS, TAILS, MEET, ROUNDS = 1, 2, 4, 8
"""Bits of `switches`."""


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
