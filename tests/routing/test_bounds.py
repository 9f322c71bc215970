"""What one needs at least: rides of who may still walk, and of who must board where they stand."""

import numpy as np

from routing.timetable.bounds import NEVER, Cells, HopGraph, cell_bounds


def test_who_has_walked_to_the_wrong_pole_needs_a_ride_more_than_who_may_cross_the_road() -> None:
    # Poles 0 and 2 face each other. A bus goes from 0 to the end, 1; one from 2 the other way, to
    # 3, from where another one goes to 1. All cells are single nodes.
    graph = HopGraph(
        pattern_start=np.array([0, 2, 4, 6], np.int32),
        node=np.array([0, 1, 2, 3, 3, 1], np.int32),
        flags=np.full(6, 3, np.uint8),
        hop=np.array([5, 0, 5, 0, 5, 0], np.int32),
        walk_start=np.array([0, 1, 1, 2, 2], np.int32),
        walk_to=np.array([2, 0], np.int32),
        walk_time=np.array([1, 1], np.int32),
        unit=60,
    )
    single = np.arange(5, dtype=np.int32)

    to_cell, _ = cell_bounds(graph, Cells(single, single), threads=1)
    minutes, rides = to_cell.minutes, to_cell.rides

    assert minutes[1].tolist() == [5, 0, 6, 5]
    assert (rides[1] & NEVER).tolist() == [1, 0, 1, 1]
    assert (rides[1] >> 4).tolist() == [1, NEVER, 2, 1]
