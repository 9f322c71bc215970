"""
Static lower bounds: what one needs at least from every node to each cell of near nodes.

Two numbers a node and cell, both ignoring the timetable's hours so that they hold on every day:
minutes, by a Dijkstra search over the fastest ride of every hop and all walks, from the cell
against the direction of travel (buckets after Dial, 1969); rides, by breadth-first search over
patterns. A label whose arrival plus bound is no better than the best arrival known cannot be part
of an answer (the idea of A* and of the goal-directed variants of RAPTOR).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.raptor.arrays import MAY_ALIGHT, MAY_BOARD
from routing.raptor.jit import kernel

UInt16s = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class HopGraph:
    """Patterns and walks in the direction of travel; times in `unit` seconds."""

    pattern_start: Int32s
    node: Int32s
    flags: UInt8s
    hop: Int32s
    """Fastest ride from each position to the next, over all runs."""
    walk_start: Int32s
    walk_to: Int32s
    walk_time: Int32s
    unit: int
    spot: Int32s
    """Column of each position in the table of detours: by node, so that one node's are together."""

    def reversed(self) -> "HopGraph":
        """Return the same against the direction of travel."""
        size = len(self.node)
        start = self.pattern_start.astype(np.int64)
        width = np.diff(start)
        position = np.arange(size) - np.repeat(start[:-1], width)
        mirrored = np.repeat(start[1:], width) - 1 - position
        flags = self.flags[mirrored]
        swapped = ((flags & MAY_BOARD) << 1 | (flags & MAY_ALIGHT) >> 1).astype(np.uint8)
        hop = np.zeros_like(self.hop)
        inner = position < np.repeat(width, width) - 1
        hop[inner] = self.hop[mirrored[inner] - 1]
        nodes = len(self.walk_start) - 1
        origin = np.repeat(np.arange(nodes, dtype=np.int32), np.diff(self.walk_start))
        order = np.argsort(self.walk_to, kind="stable")
        begin = np.zeros(nodes + 1, np.int32)
        np.cumsum(np.bincount(self.walk_to, minlength=nodes), out=begin[1:])
        return HopGraph(
            self.pattern_start,
            self.node[mirrored],
            swapped,
            hop,
            begin,
            origin[order],
            self.walk_time[order],
            self.unit,
            self.spot[mirrored],
        )


def cell_bounds(
    graph: HopGraph, cell_start: Int32s, threads: int, most_detours: int
) -> tuple[UInt16s, UInt8s, UInt8s]:
    """
    Return minutes (rounded down) and rides, shape (cells, nodes), and detours (cells, positions).

    There are no detours where they would need more than `most_detours` bytes.
    """
    nodes = len(graph.walk_start) - 1
    cells = len(cell_start) - 1
    minutes = np.empty((cells, nodes), np.uint16)
    rides = np.empty((cells, nodes), np.uint8)
    positions_count = len(graph.node)
    fits = cells * positions_count <= most_detours
    detour = np.zeros((cells, positions_count) if fits else (0, 0), np.uint8)
    if nodes == 0:
        return minutes, rides, detour
    start, origin, time = _incoming(graph, nodes)
    positions = np.arange(len(graph.node))
    first = np.repeat(graph.pattern_start[:-1], np.diff(graph.pattern_start))
    alight = np.flatnonzero((positions > first) & (graph.flags & MAY_ALIGHT != 0))
    order = alight[np.argsort(graph.node[alight], kind="stable")]
    pattern = np.repeat(
        np.arange(len(graph.pattern_start) - 1, dtype=np.int32), np.diff(graph.pattern_start)
    )
    alight_start = np.zeros(nodes + 1, np.int32)
    np.cumsum(np.bincount(graph.node[alight], minlength=nodes), out=alight_start[1:])
    alight_pattern = pattern[order]
    alight_position = (positions - first)[order].astype(np.int32)
    walk_origin = np.repeat(np.arange(nodes, dtype=np.int32), np.diff(graph.walk_start))
    by_target = np.argsort(graph.walk_to, kind="stable")
    walk_in = np.zeros(nodes + 1, np.int32)
    np.cumsum(np.bincount(graph.walk_to, minlength=nodes), out=walk_in[1:])

    def work(part: Int64s) -> None:
        begin, end = int(part[0]), int(part[-1]) + 1
        _fill_minutes(
            cell_start, begin, end, start, origin, time, int(time.max(initial=0)), graph.unit,
            minutes,
        )  # fmt: skip
        _fill_rides(
            cell_start, begin, end, graph.pattern_start, graph.node, graph.flags,
            alight_start, alight_pattern, alight_position, walk_in, walk_origin[by_target], rides,
        )  # fmt: skip
        if fits:
            _fill_detours(
                begin, end, graph.pattern_start, graph.node, graph.flags, graph.hop, graph.unit,
                graph.spot, minutes, rides, detour,
            )  # fmt: skip

    parts = [p for p in np.array_split(np.arange(cells), max(1, threads)) if len(p)]
    if len(parts) == 1:
        work(parts[0])
    else:
        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(work, parts))
    return minutes, rides, detour


def _incoming(graph: HopGraph, nodes: int) -> tuple[Int32s, Int32s, Int32s]:
    """Return the hops and walks into each node: the fastest of every pair."""
    width = np.diff(graph.pattern_start)
    last = np.zeros(len(graph.node), bool)
    last[graph.pattern_start[1:][width > 0] - 1] = True
    inner = np.flatnonzero(~last)
    origin = np.concatenate(
        [graph.node[inner], np.repeat(np.arange(nodes, dtype=np.int32), np.diff(graph.walk_start))]
    )
    target = np.concatenate([graph.node[inner + 1], graph.walk_to])
    time = np.concatenate([graph.hop[inner], graph.walk_time])
    key = target.astype(np.int64) * nodes + origin
    order = np.lexsort((time, key))
    kept = np.ones(len(order), bool)
    kept[1:] = key[order][1:] != key[order][:-1]
    order = order[kept]
    start = np.zeros(nodes + 1, np.int32)
    np.cumsum(np.bincount(target[order], minlength=nodes), out=start[1:])
    return start, origin[order].astype(np.int32), time[order].astype(np.int32)


@kernel
def _fill_minutes(
    cell_start: Int32s,
    begin: int,
    end: int,
    start: Int32s,
    origin: Int32s,
    time: Int32s,
    longest: int,
    unit: int,
    minutes: UInt16s,
) -> None:
    nodes = start.size - 1
    buckets = longest + 1
    head = np.full(buckets, -1, np.int32)
    following = np.empty(origin.size + nodes + 1, np.int32)
    entry = np.empty(origin.size + nodes + 1, np.int32)
    best = np.empty(nodes, np.int64)
    for cell in range(begin, end):
        best[:] = np.int64(1) << 40
        used = 0
        waiting = 0
        for node in range(cell_start[cell], cell_start[cell + 1]):
            best[node] = 0
            entry[used] = node
            following[used] = head[0]
            head[0] = used
            used += 1
            waiting += 1
        now = np.int64(0)
        while waiting > 0:
            bucket = now % buckets
            while head[bucket] >= 0:
                x = head[bucket]
                head[bucket] = following[x]
                waiting -= 1
                node = entry[x]
                if best[node] != now:
                    continue
                for e in range(start[node], start[node + 1]):
                    came = origin[e]
                    then = now + time[e]
                    if then < best[came]:
                        best[came] = then
                        entry[used] = came
                        at = then % buckets
                        following[used] = head[at]
                        head[at] = used
                        used += 1
                        waiting += 1
            now += 1
        for node in range(nodes):
            minutes[cell, node] = min(best[node] * unit // 60, np.int64(65000))


@kernel
def _fill_rides(
    cell_start: Int32s,
    begin: int,
    end: int,
    pattern_start: Int32s,
    pattern_node: Int32s,
    flags: UInt8s,
    alight_start: Int32s,
    alight_pattern: Int32s,
    alight_position: Int32s,
    walk_in: Int32s,
    walk_origin: Int32s,
    rides: UInt8s,
) -> None:
    nodes = alight_start.size - 1
    patterns = pattern_start.size - 1
    done = np.empty(patterns, np.int32)
    reached = np.zeros(patterns, np.int32)
    queue = np.empty(patterns, np.int32)
    now = np.empty(nodes, np.int32)
    then = np.empty(nodes, np.int32)
    boarded = np.zeros(nodes, np.uint8)
    for cell in range(begin, end):
        need = rides[cell]
        need[:] = 255
        boarded[:] = 0
        done[:] = 0
        count = 0
        for node in range(cell_start[cell], cell_start[cell + 1]):
            need[node] = 0
            now[count] = node
            count += 1
        whole = count
        for x in range(whole):
            for e in range(walk_in[now[x]], walk_in[now[x] + 1]):
                came = walk_origin[e]
                if need[came] > 0:
                    need[came] = 0
                    now[count] = came
                    count += 1
        ride = 0
        while count > 0 and ride < 254:
            ride += 1
            queued = 0
            for x in range(count):
                node = now[x]
                for e in range(alight_start[node], alight_start[node + 1]):
                    pattern = alight_pattern[e]
                    position = alight_position[e]
                    if position > done[pattern]:
                        if reached[pattern] == 0:
                            queue[queued] = pattern
                            queued += 1
                        reached[pattern] = max(reached[pattern], position)
            fresh = 0
            for x in range(queued):
                pattern = queue[x]
                base = pattern_start[pattern]
                for i in range(done[pattern], reached[pattern]):
                    if flags[base + i] & MAY_BOARD == 0:
                        continue
                    node = pattern_node[base + i]
                    if boarded[node] != 0:
                        continue
                    # Who walks here to board counts also where the node itself needs fewer rides
                    # by walking on: nobody walks twice in a row.
                    boarded[node] = 1
                    if need[node] > ride:
                        need[node] = ride
                        then[fresh] = node
                        fresh += 1
                    for e in range(walk_in[node], walk_in[node + 1]):
                        came = walk_origin[e]
                        if need[came] > ride:
                            need[came] = ride
                            then[fresh] = came
                            fresh += 1
                done[pattern] = reached[pattern]
                reached[pattern] = 0
            now, then = then, now
            count = fresh


@kernel
def _fill_detours(
    begin: int,
    end: int,
    pattern_start: Int32s,
    pattern_node: Int32s,
    flags: UInt8s,
    hop: Int32s,
    unit: int,
    spot: Int32s,
    minutes: UInt16s,
    rides: UInt8s,
    detour: UInt8s,
) -> None:
    """Write what boarding a pattern at each position costs beyond the bounds of the node."""
    for cell in range(begin, end):
        for pattern in range(pattern_start.size - 1):
            first, last = pattern_start[pattern], pattern_start[pattern + 1] - 1
            # Seconds and rides from here on for who is in the vehicle.
            seconds = np.int64(1) << 40
            need = np.int64(255)
            detour[cell, spot[last]] = 255
            for i in range(last - 1, first - 1, -1):
                node = pattern_node[i + 1]
                if flags[i + 1] & MAY_ALIGHT != 0:
                    seconds = min(seconds, np.int64(minutes[cell, node]) * 60)
                    need = min(need, np.int64(rides[cell, node]))
                seconds += np.int64(hop[i]) * unit
                own = pattern_node[i]
                more = seconds // 60 - np.int64(minutes[cell, own])
                more_rides = need + 1 - np.int64(rides[cell, own])
                detour[cell, spot[i]] = min(max(more, 0), 63) | (min(max(more_rides, 0), 3) << 6)
