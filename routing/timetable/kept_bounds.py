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
from routing.timetable.rows import counted_order, pair_order

UInt16s = npt.NDArray[np.uint16]
UNREACHABLE: Final = 65_000
"""Minutes that stand for all that is further, too."""
BUCKETS: Final = 2048
"""Of a minute each: longer than nearly all hops."""
MOST_LOST: Final = 0.2
"""Of the nodes of some cells; mending one costs as much as searching several (measured on K)."""


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

    def widened(self, nodes: int) -> "Edges":
        """Return the same among so many nodes."""
        none = np.full(nodes + 1 - len(self.start), self.start[-1], np.int32)
        return Edges(np.concatenate([self.start, none]), self.other, self.time)

    def renumbered(self, number: Int32s, nodes: int) -> "Edges":
        """Return the same where each node has another number, below `nodes`."""
        node = number[np.repeat(np.arange(len(number)), np.diff(self.start))]
        other = number[self.other]
        order = pair_order(node, other, nodes)
        start = np.zeros(nodes + 1, np.int32)
        np.cumsum(np.bincount(node, minlength=nodes), out=start[1:])
        return Edges(start, other[order], self.time[order])


class Changed(NamedTuple):
    """Edges of one version that the other has not, or with another time."""

    near: Int32s
    """Where they end."""
    far: Int32s
    time: Int32s

    def turned(self) -> "Changed":
        """Return the same against the direction of travel."""
        return Changed(self.far, self.near, self.time)


class Before(NamedTuple):
    """Minutes of the version before."""

    minutes: UInt16s
    cell_start: Int32s
    number: Int32s
    """Of each of its nodes now; those that are gone are counted on from those there are."""
    source: Int32s
    """The other way round, -1 for a new node."""


@dataclass(frozen=True, slots=True)
class KeptMinutes:
    """What was known, and what has changed since; in the direction of travel."""

    before: Before
    into: Edges
    """Of all nodes, those that are gone included."""
    out_of: Edges
    was: Changed
    now: Changed

    def all_the_same(self, cell_start: Int32s) -> bool:
        """Whether nothing has changed."""
        number = self.before.number
        return (
            not len(self.was.time)
            and not len(self.now.time)
            and np.array_equal(self.before.cell_start, cell_start)
            and np.array_equal(number, np.arange(len(number)))
        )

    def mend(self, cell_start: Int32s, begin: int, end: int, minutes: UInt16s) -> bool:
        """
        Fill in the minutes to these cells; tell whether it did.

        It does not where so many have changed that it is quicker to search for all of them.
        """
        return _mend(
            cell_start, begin, end, self.before, self.into, self.out_of, self.was, self.now,
            int(minutes.shape[1] * (end - begin) * MOST_LOST), minutes,
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
    before: Before,
    into: Edges,
    out_of: Edges,
    was: Changed,
    now: Changed,
    most: int,
    minutes: UInt16s,
) -> bool:
    """Mend cell by cell; return False as soon as they have more than `most` to find again."""
    nodes = before.source.size
    row = np.empty(nodes, np.uint16)
    lost = np.zeros(nodes, np.uint8)
    gone = np.empty(nodes, np.int32)
    line = empty_buckets(nodes, BUCKETS)
    turns = 4 * most
    for cell in range(begin, end):
        first, last = cell_start[cell], cell_start[cell + 1]
        old = _cell_before(before, (first + last) // 2, cell)
        for node in range(nodes):
            came = before.source[node]
            row[node] = before.minutes[old, came] if came >= 0 else UNREACHABLE
        left = before.number[before.cell_start[old] : before.cell_start[old + 1]]
        count = _without_way(row, first, last, into, out_of, left, was, most, lost, gone)
        most -= count
        if most < 0:
            return False
        for i in range(count):
            row[gone[i]] = UNREACHABLE
        turns -= _find_again(row, first, last, gone[:count], into, out_of, now, turns, lost, line)
        if turns < 0:
            return False
        minutes[cell] = row[: minutes.shape[1]]
    return True


@kernel
def _cell_before(before: Before, node: int, cell: int) -> int:
    """Return where a node was; where it is new, the cell of that number."""
    came = before.source[node]
    if came < 0:
        return min(cell, before.cell_start.size - 2)
    return int(np.searchsorted(before.cell_start, came, side="right")) - 1


@kernel
def _without_way(
    row: UInt16s,
    first: int,
    last: int,
    into: Edges,
    out_of: Edges,
    left: Int32s,
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

    `left` are the nodes of the cell before: some may be of another cell now.
    """
    count = 0
    for node in left:
        if _is_lost(row, node, first, last, out_of, lost):
            if count == most:
                return most + 1
            lost[node] = 1
            gone[count] = node
            count += 1
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
    first: int,
    last: int,
    gone: Int32s,
    into: Edges,
    out_of: Edges,
    now: Changed,
    most: int,
    lost: UInt8s,
    line: Buckets,
) -> int:
    """
    Give those that are `gone` their minutes, and all whom that or a new edge makes nearer.

    Returns how many turns it took; stops after `most` and one.
    """
    waiting = 0
    for node in range(first, last):
        if row[node] > 0:
            row[node] = 0
            waiting += wait(line, node, 0, 1)
    for node in gone:
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
            break
        for e in range(into.start[node], into.start[node + 1]):
            then = np.int64(row[node]) + into.time[e]
            if then < row[into.other[e]]:
                row[into.other[e]] = then
                waiting += wait(line, into.other[e], then, 1)
    return turns
