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

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from maas.core.columns import Int32s, UInt8s
from routing.kernel.arrays import MAY_ALIGHT, MAY_BOARD
from routing.kernel.jit import kernel
from routing.timetable.buckets import FAR, empty_buckets, leave, wait
from routing.timetable.kept_bounds import UNREACHABLE, Before, Edges, KeptMinutes, changed_edges
from routing.timetable.model import TargetBounds
from routing.timetable.rows import pair_order

UInt16s = npt.NDArray[np.uint16]
UInt64s = npt.NDArray[np.uint64]
A_MINUTE: Final = 60
NEVER: Final = 15
"""In half a byte: so many rides are never enough."""
MINUTE_LANES: Final = 32
BUCKET_S: Final = 240
"""Seconds that one bucket holds: more means fewer moves and more turns (measured: 2 to 4 min)."""


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

    def lines(self) -> set[bytes]:
        """Return the nodes and permissions of every pattern."""
        both = np.stack([self.node, self.flags.astype(np.int32)], axis=1)
        start = self.pattern_start.tolist()
        return {both[a:b].tobytes() for a, b in pairwise(start)}

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


@dataclass(frozen=True, slots=True)
class Cells:
    """Where each cell of nodes begins, and where the last one ends."""

    minutes: Int32s
    rides: Int32s
    """Those of the rides, which are smaller."""


@dataclass(frozen=True, slots=True)
class KnownBounds:
    """Bounds of another version, and what they follow from."""

    graph: HopGraph
    cells: Cells
    to_cell: TargetBounds
    from_cell: TargetBounds
    number: Int32s
    """Of each of its nodes in the version to be made; those that are gone are counted on."""


def cell_bounds(
    graph: HopGraph, cells: Cells, threads: int, known: KnownBounds | None = None
) -> tuple[TargetBounds, TargetBounds]:
    """
    Return the bounds to the cells and those from them.

    They do not depend on the bounds that are `known`, from which only what has changed is made.
    """
    back = graph.reversed()
    into = _edges(graph)
    out_of = into.turned()
    kept = _kept(known, graph, into, out_of)
    minutes = [
        _minutes(edges, cells.minutes, graph.unit, threads, old)
        for edges, old in zip((into, out_of), kept, strict=True)
    ]
    if known is not None and _same_rides(known, graph, cells):
        rides = [known.to_cell.rides, known.from_cell.rides]
    else:
        rides = [
            _rides(way, against, cells.rides, threads)
            for way, against in ((graph, back), (back, graph))
        ]
    to_cell, from_cell = (TargetBounds(*both) for both in zip(minutes, rides, strict=True))
    return to_cell, from_cell


def _kept(
    known: KnownBounds | None, graph: HopGraph, into: Edges, out_of: Edges
) -> tuple[KeptMinutes | None, KeptMinutes | None]:
    """Return what is known of the minutes, in both directions: where it is exact."""
    count = len(into.start) - 1
    if known is None or not graph.unit == known.graph.unit == A_MINUTE or count == 0:
        return None, None
    nodes = max(count, int(known.number.max(initial=-1)) + 1)
    source = np.full(nodes, -1, np.int32)
    source[known.number] = np.arange(len(known.number), dtype=np.int32)
    into, out_of = into.widened(nodes), out_of.widened(nodes)
    before = _edges(known.graph).renumbered(known.number, nodes)
    was, now = changed_edges(before, into), changed_edges(into, before)
    to_cell, from_cell = (
        Before(side.minutes, known.cells.minutes, known.number, source)
        for side in (known.to_cell, known.from_cell)
    )
    return (
        KeptMinutes(to_cell, into, out_of, was, now),
        KeptMinutes(from_cell, out_of, into, was.turned(), now.turned()),
    )


def _same_rides(known: KnownBounds, graph: HopGraph, cells: Cells) -> bool:
    """Return whether the same lines stop at the same nodes, and the same walks join them."""
    return (
        np.array_equal(known.number, np.arange(len(known.number)))
        and np.array_equal(cells.rides, known.cells.rides)
        and np.array_equal(graph.walk_start, known.graph.walk_start)
        and np.array_equal(graph.walk_to, known.graph.walk_to)
        and graph.lines() == known.graph.lines()
    )


def _minutes(
    into: Edges, cell_start: Int32s, unit: int, threads: int, kept: KeptMinutes | None
) -> UInt16s:
    """Return the minutes to the cells, as `TargetBounds` has them."""
    if kept is not None and kept.all_the_same(cell_start):
        return kept.before.minutes
    cells = len(cell_start) - 1
    minutes = np.empty((cells, len(into.start) - 1), np.uint16)
    longest = int(into.time.max(initial=0))

    def work(begin: int, end: int) -> None:
        for first in range(begin, end, MINUTE_LANES):
            last = min(first + MINUTE_LANES, end)
            if kept is None or not kept.mend(cell_start, first, last, minutes):
                _fill_minutes(cell_start, first, last, into, longest, unit, MINUTE_LANES, minutes)

    _in_threads(work, cells, threads)
    return minutes


def _rides(graph: HopGraph, back: HopGraph, cell_start: Int32s, threads: int) -> UInt8s:
    """Return the rides to the cells, as `TargetBounds` has them."""
    cells = len(cell_start) - 1
    rides = np.empty((cells, len(graph.walk_start) - 1), np.uint8)

    def work(begin: int, end: int) -> None:
        _fill_rides(
            cell_start, begin, end, graph.pattern_start, graph.node, graph.flags,
            back.walk_start, back.walk_to, rides,
        )  # fmt: skip

    _in_threads(work, cells, threads)
    return rides


def _in_threads(work: Callable[[int, int], None], cells: int, threads: int) -> None:
    """Let each thread do its part of the cells."""
    parts = max(1, min(threads, cells))
    cut = [cells * part // parts for part in range(parts + 1)]
    with ThreadPoolExecutor(parts) as pool:
        list(pool.map(work, cut[:-1], cut[1:]))


def _edges(graph: HopGraph) -> Edges:
    """Return the hops and walks into each node: the fastest of every pair."""
    nodes = len(graph.walk_start) - 1
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
    return Edges(start, origin[first].astype(np.int32), fastest.astype(np.int32))


@kernel
def _fill_minutes(
    cell_start: Int32s,
    begin: int,
    end: int,
    into: Edges,
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
    start, origin, time = into.start, into.other, into.time
    nodes = start.size - 1
    step = max(BUCKET_S // unit, 1)
    line = empty_buckets(nodes, longest // step + 2)
    best = np.empty(nodes * lanes, np.int32)
    here = np.empty(lanes, np.int32)
    for first in range(begin, end, lanes):
        some = min(lanes, end - first)
        best[:] = FAR
        waiting = 0
        for lane in range(some):
            for node in range(cell_start[first + lane], cell_start[first + lane + 1]):
                best[node * lanes + lane] = 0
                waiting += wait(line, node, 0, step)
        at = 0
        while waiting > 0:
            node = line.head[at % line.head.size]
            if node < 0:
                at += 1
                continue
            leave(line, node, step)
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
                    waiting += wait(line, came, least, step)
        for lane in range(some):
            for node in range(nodes):
                found = np.int64(best[node * lanes + lane]) * unit // 60
                minutes[first + lane, node] = min(found, np.int64(UNREACHABLE))


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
