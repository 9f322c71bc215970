"""
From one place to everywhere, or from everywhere to one.

Rounds of RAPTOR as in `rounds.py`, but nobody asks for the way nor for an end, so a round keeps
much less, and all of it lies close together (waiting for memory is half of such a search):

- `ridden`: the first vehicle that has been ridden from a position of a pattern, in any round.
  It, and all later ones, are not ridden from there again.
- `wait`: until when it is of use to be ready at a position, so a boarding that cannot bring an
  earlier vehicle is refused by one comparison of neighbours in memory, without its departures.
- Patterns and nodes are taken in the order in which they lie in memory, not in that of marking.
- Walks lower `ready` without a branch; who was reached earlier is seen by comparing columns.
"""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.kernel.arrays import FAR, MAY_ALIGHT, MUST_LEAVE, Ends, Rides, Times, UInt16s, Walks
from routing.kernel.jit import kernel
from routing.raptor.goal import end_time
from routing.raptor.search import Query, ends_of, mirrored_ends, rides_of
from routing.timetable.view import MOST_FILTERS, View

Columns = UInt16s | Int32s
"""16 bits where all values fit."""
Kept = TypeVar("Kept")
_kept: WeakKeyDictionary[View, dict[Hashable, Any]] = WeakKeyDictionary()


class Lines(NamedTuple):
    """Of rides, what a search to everywhere reads most, as narrow as it may be."""

    node: Columns
    """Of each position of the patterns."""
    last: Times
    """Departure of the last vehicle at each position; 0 where nobody may board."""
    passing: Columns
    """The patterns that may be boarded at node n are in rows `board_start[n]:board_start[n + 1]`
    of the rides."""


class Ways(NamedTuple):
    """The same of walks; `infinity` where nobody may change or walk."""

    change: Times
    start: Int32s
    to: Columns
    time: Times


class Labels(NamedTuple):
    """What a search writes, for each node and for each position of the patterns."""

    raw: Times
    walked: Times
    """`raw` when it was last walked from."""
    ready: Times
    boarded: Times
    """`ready` when its patterns were last looked at."""
    ridden: Columns
    """The first vehicle that was ridden from each position …"""
    wait: Times
    """… and until when it is of use to be ready there: the vehicle before leaves no later."""
    touched: UInt8s
    """1 for each pattern that passes a node which is ready earlier than before."""


@kernel
def _touch(board_start: Int32s, lines: Lines, labels: Labels) -> None:
    """Mark the patterns that pass the nodes which are ready earlier than before."""
    for node in range(labels.ready.size):
        if labels.ready[node] < labels.boarded[node]:
            labels.boarded[node] = labels.ready[node]
            for e in range(board_start[node], board_start[node + 1]):
                labels.touched[lines.passing[e]] = 1


@kernel
def _first_from(departure: Times, column: int, at: int, vehicles: int) -> int:
    """Return the first of so many vehicles of a column that leaves at `at` or later."""
    low, size = np.int64(0), np.int64(vehicles)
    while size > 0:
        half = size >> 1
        missed = departure[column + low + half] < at
        low = low + half + 1 if missed else low
        size = size - half - 1 if missed else half
    return low


@kernel
def _boardings(
    rides: Rides, lines: Lines, labels: Labels, pattern: Int32s, spot: Int32s, vehicle: Int32s
) -> tuple[int, int]:
    """
    Find in each marked pattern the first position at which to board, and the vehicle.

    Returns how many, and a sum without meaning: it is there to have the times of each vehicle
    fetched from memory now, many at once, since riding would wait for each.
    """
    count, fetched = 0, np.int64(0)
    for p in range(labels.touched.size):
        if labels.touched[p] == 0:
            continue
        labels.touched[p] = 0
        for s in range(rides.pattern_start[p], rides.pattern_start[p + 1]):
            if labels.ready[lines.node[s]] <= labels.wait[s]:
                pattern[count], spot[count] = p, s
                count += 1
                break
    for x in range(count):
        p, s = np.int64(pattern[x]), np.int64(spot[x])
        base = np.int64(rides.pattern_start[p])
        events, vehicles = np.int64(rides.event_start[p]), np.int64(rides.rows[p])
        row = _first_from(
            rides.departure, events + (s - base) * vehicles, labels.ready[lines.node[s]],
            min(vehicles, np.int64(labels.ridden[s])),
        )  # fmt: skip
        vehicle[x] = row
        if row < vehicles:
            wide = np.int64(rides.pattern_start[p + 1]) - base
            fetched += rides.arrival[events + row * wide + s - base + 1]
    return count, fetched


@kernel
def _ride(
    rides: Rides, lines: Lines, labels: Labels, limit: int, p: int, spot: int, vehicle: int
) -> None:
    """Ride a pattern from its first boarding on, with an earlier vehicle where one is caught."""
    base, end = np.int64(rides.pattern_start[p]), np.int64(rides.pattern_start[p + 1])
    wide, vehicles = end - base, np.int64(rides.rows[p])
    events = np.int64(rides.event_start[p])
    plain = rides.plain[p] != 0
    row, known = vehicles, np.int64(vehicle)
    times = np.int64(0)
    for s in range(spot, end):
        node = lines.node[s]
        if row < vehicles:
            arrival = rides.arrival[times + s]
            if arrival > limit:
                row = vehicles
            else:
                if plain or rides.flags[s] & MAY_ALIGHT != 0:
                    labels.raw[node] = min(labels.raw[node], arrival)
                if (
                    row >= np.int64(labels.ridden[s])
                    or s == end - 1
                    or (not plain and rides.flags[s] & MUST_LEAVE != 0)
                ):
                    row = vehicles
                else:
                    _aboard(rides, labels, s, row, times, wide)
        if labels.ready[node] > labels.wait[s]:
            continue
        before = min(row, np.int64(labels.ridden[s]))
        column = events + (s - base) * vehicles
        if s > spot:
            known = _first_from(rides.departure, column, labels.ready[node], before)
        if known < before:
            row = known
            times = events + row * wide - base
            _aboard(rides, labels, s, row, times, wide)
        else:
            labels.wait[s] = rides.departure[column + before - 1] if before > 0 else 0


@kernel
def _aboard(rides: Rides, labels: Labels, s: int, row: int, times: int, wide: int) -> None:
    """
    Note that a vehicle is ridden from position `s` on.

    The one before it has left there by the time it is at the next position. That is not the
    tightest limit, but lies beside the arrivals that are read anyway.
    """
    labels.ridden[s] = row
    if row > 0:
        labels.wait[s] = min(labels.wait[s], rides.arrival[times - wide + s + 1])
    else:
        labels.wait[s] = 0


@kernel
def _go(ways: Ways, ready: Times, came: int, y: int) -> None:
    """Take walk `y` from a node to which one came then."""
    to = ways.to[y]
    ready[to] = min(np.int64(ready[to]), came + np.int64(ways.time[y]))


@kernel
def _walk(ways: Ways, labels: Labels) -> None:
    """Change and walk on from the nodes to which a vehicle comes earlier than before."""
    for node in range(labels.raw.size):
        if labels.raw[node] >= labels.walked[node]:
            continue
        labels.walked[node] = labels.raw[node]
        came = np.int64(labels.raw[node])
        at = came + np.int64(ways.change[node])
        labels.ready[node] = min(np.int64(labels.ready[node]), at)
        # Four at a time, by numbers without sign, takes 0.7 ns a walk instead of 1.2.
        y, end = np.uint64(ways.start[node]), np.uint64(ways.start[node + 1])
        while y + np.uint64(4) <= end:
            for lane in range(4):
                _go(ways, labels.ready, came, y + np.uint64(lane))
            y += np.uint64(4)
        while y < end:
            _go(ways, labels.ready, came, y)
            y += np.uint64(1)


@kernel
def _settle(labels: Labels, limit: int, ride: int, earliest: Times, used: Int32s) -> None:
    """Note where this round came earlier than all before; a change takes its time at the node."""
    for node in range(used.size):
        at = min(labels.raw[node], labels.ready[node])
        if at < earliest[node] and at <= limit:
            earliest[node] = at
            used[node] = ride


@kernel
def _reach(
    rides: Rides, lines: Lines, ways: Ways, starts: Ends, start_s: int, unit: int,
    most_rides: int, most_s: int, used: Int32s,
) -> Times:  # fmt: skip
    """
    Return the earliest arrival at every node, by vehicle or on foot; infinite where not reached.

    `used` is set to the fewest rides with which one arrives then, -1 where not reached.
    """
    nodes, positions, patterns = used.size, lines.node.size, rides.rows.size
    infinity = 65535 if lines.last.itemsize == 2 else FAR
    limit = np.int64((start_s + most_s) // unit)
    labels = Labels(
        np.full(nodes, infinity, lines.last.dtype),
        np.full(nodes, infinity, lines.last.dtype),
        np.full(nodes, infinity, lines.last.dtype),
        np.full(nodes, infinity, lines.last.dtype),
        np.full(positions, 65535, lines.node.dtype),
        lines.last.copy(),
        np.zeros(patterns, np.uint8),
    )
    earliest = np.full(nodes, infinity, lines.last.dtype)
    if lines.node.itemsize != 2:
        labels.ridden[:] = FAR
    pattern, spot = np.empty(patterns, np.int32), np.empty(patterns, np.int32)
    vehicle = np.empty(patterns, np.int32)
    for x in range(starts.node.size):
        # Before the axis is as good as its first moment.
        at = max(-((-end_time(starts, x, start_s)) // unit), 1)
        node = starts.node[x]
        labels.ready[node] = min(np.int64(labels.ready[node]), at)
    used[:] = -1
    _settle(labels, limit, 0, earliest, used)
    for ride in range(1, most_rides + 1):
        _touch(rides.board_start, lines, labels)
        count, _ = _boardings(rides, lines, labels, pattern, spot, vehicle)
        if count == 0:
            break
        for x in range(count):
            _ride(rides, lines, labels, limit, pattern[x], spot[x], vehicle[x])
        _walk(ways, labels)
        _settle(labels, limit, ride, earliest, used)
    return earliest


def everywhere(view: View, query: Query) -> tuple[Int64s, Int32s]:
    """
    Return for every node the least seconds of travel, -1 where it is not reached, and the rides.

    The travel begins at `query.time_s` at the origins; with `query.backward` it ends then at the
    targets. Waiting counts. The rides are the fewest of those who arrive then.
    """
    top_s = view.top * view.unit
    back = query.backward
    if back:
        starts, begin = mirrored_ends(query.targets, top_s, view.unit), top_s - query.time_s
    else:
        starts, begin = ends_of(query.origins), query.time_s
    rides = rides_of(view, query, backward=back)
    lines = _keep(view, (back, query.filter_key), lambda: _lines(rides))
    ways = _keep(
        view,
        (back, query.transfer),
        lambda: _ways(view.walks(query.transfer, backward=back), rides.arrival.dtype),
    )
    used = np.empty(view.timetable.node_count, np.int32)
    earliest = _reach(
        rides, lines, ways, starts, begin, view.unit, query.most_rides, query.most_s, used
    )
    seconds = earliest.astype(np.int64) * view.unit - begin
    seconds[used < 0] = -1
    return seconds, used


def _keep(view: View, key: Hashable, make: Callable[[], Kept]) -> Kept:
    """Return what was made for a view before, or make it."""
    kept = _kept.setdefault(view, {})
    found: Kept | None = kept.get(key)
    if found is None:
        found = make()
        while len(kept) >= MOST_FILTERS:
            kept.pop(next(iter(kept)), None)
        kept[key] = found
    return found


def _lines(rides: Rides) -> Lines:
    most = max(len(rides.board_start), len(rides.rows), int(rides.rows.max(initial=0)) + 1)
    kind: Any = np.uint16 if most < 1 << 16 else np.int32
    last = np.zeros(len(rides.node), rides.departure.dtype)
    last[rides.pattern_start[rides.board_pattern] + rides.board_position] = rides.board_last
    return Lines(rides.node.astype(kind), last, rides.board_pattern.astype(kind))


def _ways(walks: Walks, times: Any) -> Ways:
    infinity = 65535 if times.itemsize == 2 else FAR
    kind: Any = np.uint16 if len(walks.start) < 1 << 16 else np.int32
    return Ways(
        np.minimum(walks.change, infinity).astype(times),
        walks.start,
        walks.to.astype(kind),
        np.minimum(walks.time, infinity).astype(times),
    )
