"""Nodes that wait for their turn, sorted by when it comes: a calendar queue (Dial, 1969)."""

from typing import Final, NamedTuple

import numpy as np

from maas.core.columns import Int32s
from routing.kernel.jit import kernel

FAR: Final = np.int32(1 << 29)
"""Later than everything; two of them can be added."""


class Buckets(NamedTuple):
    """
    Doubly linked lists, one for each `step` of time, taken round and round.

    Whoever takes the nodes goes from bucket to bucket. With as many as the longest step ahead needs
    none comes before its time; with fewer some do.
    """

    head: Int32s
    tail: Int32s
    """First and last node of each bucket, -1 where it is empty."""
    before: Int32s
    after: Int32s
    """Neighbours of each node in its bucket."""
    key: Int32s
    """When each node wants its turn, `FAR` where it does not wait."""


@kernel
def empty_buckets(nodes: int, buckets: int) -> Buckets:
    """Return buckets in which none of so many nodes waits."""
    return Buckets(
        np.full(buckets, -1, np.int32),
        np.full(buckets, -1, np.int32),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
        np.full(nodes, FAR, np.int32),
    )


@kernel
def wait(line: Buckets, node: int, key: int, step: int) -> int:
    """Put a node at the end of the bucket of `key`; return 1 if it did not wait before."""
    fresh = 1
    if line.key[node] < FAR:
        if line.key[node] // step == key // step:
            line.key[node] = key
            return 0
        leave(line, node, step)
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
def leave(line: Buckets, node: int, step: int) -> None:
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
