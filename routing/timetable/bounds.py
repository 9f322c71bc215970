"""
Static lower bounds: what one needs at least from every node to each cell of near nodes.

Two numbers a node and cell, both ignoring the timetable's hours so that they hold on every day:
minutes, by a search over the fastest ride of every hop and all walks, from the cell against the
direction of travel (buckets after Dial, 1969, of several minutes, as in Δ-stepping: Meyer, Sanders
2003); rides, by breadth-first search over patterns. Near cells see nearly the same of the network,
so many are searched at once (as in multi-source BFS: Then and others, 2014). A label whose arrival
plus bound is no better than the best arrival known cannot be part of an answer (the idea of A* and
of the goal-directed variants of RAPTOR).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from maas.core.columns import Int32s, UInt8s
from routing.kernel.arrays import MAY_ALIGHT, MAY_BOARD
from routing.kernel.jit import kernel
from routing.timetable.rows import pair_order

UInt16s = npt.NDArray[np.uint16]
UInt64s = npt.NDArray[np.uint64]
FAR: Final = np.int32(1 << 29)
"""Later than everything; two of them can be added."""
NEVER: Final = 15
"""In half a byte: so many rides are never enough."""
MINUTE_LANES: Final = 32
BUCKET_S: Final = 240
"""Seconds that one bucket holds: more means fewer moves and more turns (measured: 2 to 4 min)."""


class _Buckets(NamedTuple):
    """Nodes that wait, in doubly linked lists: buckets of a calendar queue."""

    head: Int32s
    tail: Int32s
    """First and last node of each bucket, -1 where it is empty."""
    before: Int32s
    after: Int32s
    """Neighbours of each node in its bucket."""
    key: Int32s
    """When each node wants its turn, `FAR` where it does not wait."""


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
        )


def cell_bounds(
    graph: HopGraph, cell_start: Int32s, ride_cell_start: Int32s, threads: int
) -> tuple[UInt16s, UInt8s]:
    """Return minutes to the cells and rides to the smaller ones, as `TargetBounds` has them."""
    nodes = len(graph.walk_start) - 1
    cells, ride_cells = len(cell_start) - 1, len(ride_cell_start) - 1
    minutes = np.empty((cells, nodes), np.uint16)
    rides = np.empty((ride_cells, nodes), np.uint8)
    if nodes == 0:
        return minutes, rides
    start, origin, time = _incoming(graph, nodes)
    walk_origin = np.repeat(np.arange(nodes, dtype=np.int32), np.diff(graph.walk_start))
    walk_from = walk_origin[np.argsort(graph.walk_to, kind="stable")]
    walk_in = np.zeros(nodes + 1, np.int32)
    np.cumsum(np.bincount(graph.walk_to, minlength=nodes), out=walk_in[1:])

    def work(part: int) -> None:
        begin, end = cells * part // parts, cells * (part + 1) // parts
        _fill_minutes(
            cell_start, begin, end, start, origin, time, int(time.max(initial=0)), graph.unit,
            MINUTE_LANES, minutes,
        )  # fmt: skip
        begin, end = ride_cells * part // parts, ride_cells * (part + 1) // parts
        _fill_rides(
            ride_cell_start, begin, end, graph.pattern_start, graph.node, graph.flags,
            walk_in, walk_from, rides,
        )  # fmt: skip

    parts = max(1, min(threads, cells))
    with ThreadPoolExecutor(parts) as pool:
        list(pool.map(work, range(parts)))
    return minutes, rides


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
    order = pair_order(target, origin, nodes)
    target, origin, time = target[order], origin[order], time[order]
    first = np.flatnonzero(np.diff(target, prepend=-1) | np.diff(origin, prepend=-1))
    start = np.zeros(nodes + 1, np.int32)
    np.cumsum(np.bincount(target[first], minlength=nodes), out=start[1:])
    fastest = np.minimum.reduceat(time, first) if len(first) else time
    return start, origin[first].astype(np.int32), fastest.astype(np.int32)


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
    lanes: int,
    minutes: UInt16s,
) -> None:
    """
    Search from `lanes` cells at once, which lie beside each other: one lane each.

    A node waits in the bucket of its earliest lane that improved. When its turn comes it passes on
    all lanes, final or not, so it may get more than one turn (2 to 3 on K); in exchange an edge is
    read once for all lanes, and they are compared by vector instructions (`lanes` is no constant,
    since a loop of known length would be unrolled before it could be vectorised).
    """
    nodes = start.size - 1
    step = max(BUCKET_S // unit, 1)
    line = _Buckets(
        np.empty(longest // step + 2, np.int32),
        np.empty(longest // step + 2, np.int32),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
    )
    best = np.empty(nodes * lanes, np.int32)
    here = np.empty(lanes, np.int32)
    for first in range(begin, end, lanes):
        some = min(lanes, end - first)
        best[:] = FAR
        line.head[:] = -1
        line.tail[:] = -1
        line.key[:] = FAR
        waiting = 0
        for lane in range(some):
            for node in range(cell_start[first + lane], cell_start[first + lane + 1]):
                best[node * lanes + lane] = 0
                waiting += _wait(line, node, 0, step)
        at = 0
        while waiting > 0:
            node = line.head[at % line.head.size]
            if node < 0:
                at += 1
                continue
            _leave(line, node, step)
            waiting -= 1
            for lane in range(lanes):
                here[lane] = best[node * lanes + lane]
            for e in range(start[node], start[node + 1]):
                row = np.uint64(origin[e]) * np.uint64(lanes)
                came = origin[e]
                long = time[e]
                gain = np.int32(0)
                for lane in range(lanes):
                    gain = min(gain, here[lane] + long - best[row + np.uint64(lane)])
                if gain == 0:
                    continue
                least = FAR
                for lane in range(lanes):
                    then = here[lane] + long
                    if then < best[row + np.uint64(lane)]:
                        best[row + np.uint64(lane)] = then
                        least = min(least, then)
                if least < line.key[came]:
                    waiting += _wait(line, came, least, step)
        for lane in range(some):
            for node in range(nodes):
                found = np.int64(best[node * lanes + lane]) * unit // 60
                minutes[first + lane, node] = min(found, np.int64(65000))


@kernel
def _wait(line: _Buckets, node: int, key: int, step: int) -> int:
    """Put a node at the end of the bucket of `key`; return 1 if it did not wait before."""
    fresh = 1
    if line.key[node] < FAR:
        if line.key[node] // step == key // step:
            line.key[node] = key
            return 0
        _leave(line, node, step)
        fresh = 0
    bucket = (key // step) % line.head.size
    last = line.tail[bucket]
    line.key[node] = key
    line.before[node] = last
    line.after[node] = -1
    if last >= 0:
        line.after[last] = node
    else:
        line.head[bucket] = node
    line.tail[bucket] = node
    return fresh


@kernel
def _leave(line: _Buckets, node: int, step: int) -> None:
    """Take a node out of its bucket."""
    bucket = (line.key[node] // step) % line.head.size
    before, after = line.before[node], line.after[node]
    if before >= 0:
        line.after[before] = after
    else:
        line.head[bucket] = after
    if after >= 0:
        line.before[after] = before
    else:
        line.tail[bucket] = before
    line.key[node] = FAR


@kernel
def _fill_rides(
    cell_start: Int32s,
    begin: int,
    end: int,
    pattern_start: Int32s,
    pattern_node: Int32s,
    flags: UInt8s,
    walk_in: Int32s,
    walk_origin: Int32s,
    rides: UInt8s,
) -> None:
    """Search from 64 cells at once, a bit each (breadth first, so bits never take turns)."""
    nodes = walk_in.size - 1
    seen = np.empty(nodes, np.uint64)
    boarded = np.empty(nodes, np.uint64)
    fresh = np.empty(nodes, np.uint64)
    coming = np.empty(nodes, np.uint64)
    onto = np.empty(nodes, np.uint64)
    for first in range(begin, end, 64):
        some = min(64, end - first)
        seen[:] = 0
        boarded[:] = 0
        coming[:] = 0
        for lane in range(some):
            bit = np.uint64(1) << np.uint64(lane)
            for node in range(cell_start[first + lane], cell_start[first + lane + 1]):
                coming[node] |= bit
                for e in range(walk_in[node], walk_in[node + 1]):
                    coming[walk_origin[e]] |= bit
        rides[first : first + some] = NEVER << 4 | NEVER
        ride = 0
        while True:
            waiting = False
            for node in range(nodes):
                new = coming[node] & ~seen[node]
                fresh[node] = new
                coming[node] = 0
                onto[node] = 0
                if new != 0:
                    waiting = True
                    seen[node] |= new
                    for lane in range(some):
                        if (new >> np.uint64(lane)) & np.uint64(1):
                            known = rides[first + lane, node] & (NEVER << 4)
                            rides[first + lane, node] = known | min(ride, NEVER - 1)
            ride += 1
            if not waiting:
                break
            _ride_back(pattern_start, pattern_node, flags, fresh, boarded, onto)
            for node in range(nodes):
                # Who walks here to board counts also where the node itself needs fewer rides by
                # walking on: nobody walks twice in a row.
                new = onto[node]
                if new != 0:
                    for lane in range(some):
                        if (new >> np.uint64(lane)) & np.uint64(1):
                            known = rides[first + lane, node] & NEVER
                            rides[first + lane, node] = known | min(ride, NEVER - 1) << 4
                    coming[node] |= new
                    for e in range(walk_in[node], walk_in[node + 1]):
                        coming[walk_origin[e]] |= new


@kernel
def _ride_back(
    pattern_start: Int32s,
    pattern_node: Int32s,
    flags: UInt8s,
    fresh: UInt64s,
    boarded: UInt64s,
    onto: UInt64s,
) -> None:
    """Mark in `onto` where one boards, for the first time, to get off at the `fresh` nodes."""
    for pattern in range(pattern_start.size - 1):
        inside = np.uint64(0)
        for i in range(pattern_start[pattern + 1] - 1, pattern_start[pattern] - 1, -1):
            node = pattern_node[i]
            if inside != 0 and flags[i] & MAY_BOARD != 0:
                new = inside & ~boarded[node]
                boarded[node] |= new
                onto[node] |= new
            if flags[i] & MAY_ALIGHT != 0:
                inside |= fresh[node]
