"""
Many to many: a table of travel times, chunk by chunk.

A *chunk* is any slice of the origins. Each origin is one search to everywhere, whatever the targets
are, so chunks cost what their origins cost and need nothing of each other: threads of one process
share the view and hold no interpreter lock while they search; other processes and other machines
map the same store, take other slices of the same list (`part_of`), and their tables are put one
below the other.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from maas.core.columns import Int64s
from routing.raptor.everywhere import everywhere
from routing.raptor.search import End, Query
from routing.timetable.view import View

NOT_REACHED = -1
_NEVER = np.int64(1) << 60


def part_of(count: int, part: int, parts: int) -> slice:
    """Return the chunk that worker `part` (from 0) of `parts` takes of `count` origins."""
    return slice(count * part // parts, count * (part + 1) // parts)


def travel_times(
    view: View,
    query: Query,
    origins: Sequence[Sequence[End]],
    targets: Sequence[Sequence[End]],
    *,
    threads: int = 1,
) -> Int64s:
    """
    Return the seconds from every origin to every target, shape (origins, targets).

    `NOT_REACHED` where there is no way within `query.most_s`. Of the query its time, its limits,
    its changes and its filter count.
    """
    table = np.full((len(origins), len(targets)), NOT_REACHED, np.int64)
    sizes = np.array([len(target) for target in targets], np.int64)
    reachable = np.flatnonzero(sizes)
    start = (np.cumsum(sizes) - sizes)[reachable]
    node = np.array([end.node for target in targets for end in target], np.int64)
    offset = np.array([end.offset_s for target in targets for end in target], np.int64)

    def one(number: int) -> None:
        if not origins[number] or not len(reachable):
            return
        seconds, _ = everywhere(view, replace(query, origins=tuple(origins[number])))
        takes = seconds[node]
        best = np.minimum.reduceat(np.where(takes == NOT_REACHED, _NEVER, takes + offset), start)
        table[number, reachable] = np.where(best > query.most_s, NOT_REACHED, best)

    if threads <= 1:
        for number in range(len(origins)):
            one(number)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(one, range(len(origins))))
    return table
