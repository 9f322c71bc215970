"""
Least minutes to cells, kept from the version before and mended where a hop or walk has changed.

Replacing one operator's feed changes few of them (of K's largest: 2 %), so a cell is not searched
anew but mended, after Ramalingam and Reps (1996): who has lost every shortest way, and who depends
on them, is found by looking back from the hops that changed; they then take what their neighbours
that kept theirs offer, and whatever got better is passed on. Minutes that are as they were are
never looked at. A cell of which many must be found again is left to the search for all
(`bounds.py`), which has 32 cells in one turn.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from maas.core.columns import Int32s, UInt8s
from routing.kernel.jit import kernel
from routing.timetable.buckets import Buckets, empty_buckets, leave, wait
from routing.timetable.rows import counted_order

UInt16s = npt.NDArray[np.uint16]
UNREACHABLE: Final = 65_000
"""Minutes that stand for all that is further, too."""
BUCKETS: Final = 2048
"""Of a minute each: longer than nearly all hops."""
MOST_LOST: Final = 0.2
"""Of the nodes of a cell; mending one costs about as much as searching five (measured on K)."""


class Edges(NamedTuple):
    """Hops and walks by the node where they end (or begin), the fastest of every pair."""

    start: Int32s
    """Those of node n are rows `start[n]:start[n + 1]`."""
    other: Int32s
    """The node at the other end; ascending for each node."""
    time: Int32s

    def turned(self) -> "Edges":
        """Return the same by the other end."""
        nodes = len(self.start) - 1
        order = counted_order(self.other, np.arange(len(self.other), dtype=np.int64), nodes)
        node = np.repeat(np.arange(nodes, dtype=np.int32), np.diff(self.start))
        start = np.zeros(nodes + 1, np.int32)
        np.cumsum(np.bincount(self.other, minlength=nodes), out=start[1:])
        return Edges(start, node[order], self.time[order])


class Changed(NamedTuple):
    """Edges of one version that the other has not, or with another time."""

    near: Int32s
    """Where they end."""
    far: Int32s
    time: Int32s

    def turned(self) -> "Changed":
        """Return the same against the direction of travel."""
        return Changed(self.far, self.near, self.time)


@dataclass(frozen=True, slots=True)
class KeptMinutes:
    """Minutes of the version before, and what has changed since; in the direction of travel."""

    minutes: UInt16s
    into: Edges
    out_of: Edges
    was: Changed
    now: Changed

    @property
    def all_the_same(self) -> bool:
        """Whether nothing has changed."""
        return not len(self.was.time) and not len(self.now.time)

    def mend(self, cell_start: Int32s, begin: int, end: int, minutes: UInt16s) -> bool:
        """
        Fill in the minutes to these cells; tell whether it did.

        It does not where so many have changed that it is quicker to search for all of them.
        """
        nodes = minutes.shape[1]
        minutes[begin:end] = self.minutes[begin:end]
        return _mend(
            cell_start, begin, end, self.into, self.out_of, self.was, self.now,
            int(nodes * MOST_LOST), minutes,
        )  # fmt: skip


def changed_edges(before: Edges, after: Edges) -> Changed:
    """Return the edges `before` that are not `after`, or take another time there."""
    size = len(before.other)
    near, far, time = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int32)
    count = _unlike(before, after, near, far, time)
    return Changed(near[:count].copy(), far[:count].copy(), time[:count].copy())


@kernel
def _unlike(before: Edges, after: Edges, near: Int32s, far: Int32s, time: Int32s) -> int:
    """Write what differs, and return how much."""
    count = 0
    for node in range(before.start.size - 1):
        at, end = after.start[node], after.start[node + 1]
        for e in range(before.start[node], before.start[node + 1]):
            while at < end and after.other[at] < before.other[e]:
                at += 1
            if at < end and after.other[at] == before.other[e] and after.time[at] == before.time[e]:
                continue
            near[count], far[count], time[count] = node, before.other[e], before.time[e]
            count += 1
    return count


@kernel
def _mend(
    cell_start: Int32s,
    begin: int,
    end: int,
    into: Edges,
    out_of: Edges,
    was: Changed,
    now: Changed,
    most: int,
    minutes: UInt16s,
) -> bool:
    """Mend cell by cell; return False as soon as one has more than `most` nodes to find again."""
    nodes = minutes.shape[1]
    lost = np.zeros(nodes, np.uint8)
    gone = np.empty(nodes, np.int32)
    line = empty_buckets(nodes, BUCKETS)
    for cell in range(begin, end):
        row = minutes[cell]
        count = _without_way(
            row, cell_start[cell], cell_start[cell + 1], into, out_of, was, most, lost, gone
        )
        if count > most:
            return False
        for i in range(count):
            row[gone[i]] = UNREACHABLE
        if not _find_again(row, gone[:count], into, out_of, now, 4 * most, lost, line):
            return False
    return True


@kernel
def _without_way(
    row: UInt16s,
    first: int,
    last: int,
    into: Edges,
    out_of: Edges,
    was: Changed,
    most: int,
    lost: UInt8s,
    gone: Int32s,
) -> int:
    """
    List in `gone` (and mark in `lost`) who has no way left that is as short as it was.

    Who lost one is asked whether another is left, over a node nearer to the cell that has one
    itself; so ways that last no minute do not count, lest two nodes vouch for each other. Those are
    found again for nothing, never wrongly. Stops at more than `most`.
    """
    count = 0
    for i in range(was.far.size):
        if row[was.far[i]] == row[was.near[i]] + was.time[i] and _is_lost(
            row, was.far[i], first, last, out_of, lost
        ):
            if count == most:
                return most + 1
            lost[was.far[i]] = 1
            gone[count] = was.far[i]
            count += 1
    at = 0
    while at < count:
        node = gone[at]
        at += 1
        for e in range(into.start[node], into.start[node + 1]):
            came = into.other[e]
            # A hop that got faster had not that time when `came` leant on it.
            if row[came] >= row[node] + into.time[e] and _is_lost(
                row, came, first, last, out_of, lost
            ):
                if count == most:
                    return most + 1
                lost[came] = 1
                gone[count] = came
                count += 1
    return count


@kernel
def _is_lost(row: UInt16s, node: int, first: int, last: int, out_of: Edges, lost: UInt8s) -> bool:
    """Tell whether a node has no way that is short enough, and is not yet known to have none."""
    if lost[node] != 0 or row[node] >= UNREACHABLE or first <= node < last:
        return False
    for e in range(out_of.start[node], out_of.start[node + 1]):
        to = out_of.other[e]
        if lost[to] == 0 and out_of.time[e] > 0 and row[node] >= row[to] + out_of.time[e]:
            return False
    return True


@kernel
def _find_again(
    row: UInt16s,
    gone: Int32s,
    into: Edges,
    out_of: Edges,
    now: Changed,
    most: int,
    lost: UInt8s,
    line: Buckets,
) -> bool:
    """Give those that are `gone` their minutes, and all whom that or a new edge makes nearer."""
    waiting = 0
    for i in range(gone.size):
        node = gone[i]
        lost[node] = 0
        best = np.int64(row[node])
        for e in range(out_of.start[node], out_of.start[node + 1]):
            best = min(best, np.int64(row[out_of.other[e]]) + out_of.time[e])
        if best < row[node]:
            row[node] = best
            waiting += wait(line, node, int(best), 1)
    for i in range(now.far.size):
        then = np.int64(row[now.near[i]]) + now.time[i]
        if then < row[now.far[i]]:
            row[now.far[i]] = then
            waiting += wait(line, now.far[i], then, 1)
    at = 0
    turns = 0
    while waiting > 0:
        node = line.head[at % line.head.size]
        if node < 0:
            at += 1
            continue
        leave(line, node, 1)
        waiting -= 1
        turns += 1
        if turns > most:
            return False
        for e in range(into.start[node], into.start[node + 1]):
            then = np.int64(row[node]) + into.time[e]
            if then < row[into.other[e]]:
                row[into.other[e]] = then
                waiting += wait(line, into.other[e], then, 1)
    return True
