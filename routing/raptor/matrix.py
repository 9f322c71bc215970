"""
Many to many: a table of travel times.

`travel_times` answers for a chunk of origins, split over threads that hold no interpreter lock
while they search. A chunk is any slice of the origins: workers on other machines take other
slices of the same list, and their tables are put one below the other.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from maas.core.columns import Int64s
from routing.raptor.everywhere import everywhere
from routing.raptor.search import End, Query
from routing.timetable.view import View

NOT_REACHED = -1


def travel_times(
    view: View,
    origins: Sequence[Sequence[End]],
    targets: Sequence[Sequence[End]],
    time_s: int,
    *,
    threads: int = 1,
    most_rides: int = 8,
    most_s: int = 86_400,
) -> Int64s:
    """
    Return the seconds from every origin to every target, shape (origins, targets).

    `NOT_REACHED` where there is no way. Each origin is one search whatever the targets are.
    """
    table = np.full((len(origins), len(targets)), NOT_REACHED, np.int64)
    node = np.array([end.node for target in targets for end in target], np.int64)
    offset = np.array([end.offset_s for target in targets for end in target], np.int64)
    row = np.repeat(np.arange(len(targets)), [len(target) for target in targets])

    def one(number: int) -> None:
        query = Query(tuple(origins[number]), (), time_s, most_rides=most_rides, most_s=most_s)
        seconds, _ = everywhere(view, query)
        takes = seconds[node]
        total = np.where(takes == NOT_REACHED, np.int64(1) << 60, takes + offset)
        best = np.full(len(targets), np.int64(1) << 60, np.int64)
        np.minimum.at(best, row, total)
        table[number] = np.where(best > most_s, NOT_REACHED, best)

    if threads <= 1:
        for number in range(len(origins)):
            one(number)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(one, range(len(origins))))
    return table
