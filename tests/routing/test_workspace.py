"""Working arrays are kept from search to search, and always have room for the next one."""

from itertools import permutations

import numpy as np
import pytest

from routing.kernel.arrays import Labels, Rides
from routing.raptor.workspace import Workspace

# Nodes, rides allowed and patterns of three searches; the first two need about the same labels.
SEARCHES = ((4, 30, 2), (40, 2, 2), (10, 8, 50))


def rides_with(patterns: int) -> Rides:
    none, times = np.zeros(0, np.int32), np.zeros(0, np.uint16)
    columns = dict.fromkeys(Rides._fields, none)
    return Rides(**columns)._replace(  # type: ignore[arg-type]
        rows=np.zeros(patterns, np.int32), arrival=times, departure=times
    )


@pytest.mark.parametrize("order", list(permutations(SEARCHES)))
def test_every_search_has_room_whatever_was_searched_before(
    order: tuple[tuple[int, int, int], ...],
) -> None:
    space = Workspace()

    for nodes, width, patterns in order:
        labels: Labels = space.labels_for(rides_with(patterns), nodes, width)

        for of_round in (labels.raw, labels.ready, labels.raw_event, labels.ready_from):
            assert len(of_round) >= nodes * (width + 1)
        for of_node in (labels.fresh, labels.marked, labels.ridden, labels.flag):
            assert len(of_node) >= nodes
        for of_pattern in (labels.first, labels.last, labels.leave, labels.queue):
            assert len(of_pattern) >= patterns
