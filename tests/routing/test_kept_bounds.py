"""Bounds made from those of the version before: byte for byte those of a search from nothing."""

from dataclasses import replace
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from routing.timetable import bounds, kept_bounds
from routing.timetable.bounds import Cells, HopGraph, KnownBounds, cell_bounds
from routing.timetable.kept_bounds import Edges, changed_edges

NODES = 12
Line = list[tuple[int, int]]
"""(node, minutes to the next)."""
Walks = dict[tuple[int, int], int]
LINES = st.lists(
    st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, 4)), min_size=2, max_size=6),
    max_size=7,
)
WALKS = st.dictionaries(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)).filter(lambda p: p[0] != p[1]),
    st.integers(0, 5),
    max_size=8,
)
HALVES = Cells(np.array([0, 3, 4, 9, NODES], np.int32), np.arange(NODES + 1, dtype=np.int32))


def graph_of(lines: list[Line], walks: Walks) -> HopGraph:
    ends = list(accumulate((len(line) for line in lines), initial=0))
    pairs = sorted(walks)
    starts = [sum(a < node for a, _ in pairs) for node in range(NODES + 1)]
    return HopGraph(
        np.array(ends, np.int32),
        np.array([node for line in lines for node, _ in line], np.int32),
        np.full(ends[-1], 3, np.uint8),
        np.array([t for line in lines for _, t in [*line[:-1], (0, 0)]], np.int32),
        np.array(starts, np.int32),
        np.array([b for _, b in pairs], np.int32),
        np.array([walks[pair] for pair in pairs], np.int32),
        60,
    )


@st.composite
def versions(draw: st.DrawFn) -> list[HopGraph]:
    """
    Draw a network and some later versions of it.

    Of each version before, some lines are kept, slower, faster or gone, and others are new.
    """
    lines, walks = draw(LINES), draw(WALKS)
    found = [graph_of(lines, walks)]
    for _ in range(draw(st.integers(1, 3))):
        lines = [
            [(node, max(0, t + draw(st.sampled_from([0, 0, 0, 1, 3, -1, -3])))) for node, t in line]
            for line in lines
            if draw(st.integers(0, 4))
        ]
        lines += draw(st.lists(LINES.filter(bool).map(lambda some: some[0]), max_size=1))
        if draw(st.booleans()):
            walks = draw(WALKS)
        found.append(graph_of(lines, walks))
    return found


def columns(made: tuple[bounds.TargetBounds, bounds.TargetBounds]) -> list[bytes]:
    return [part.tobytes() for side in made for part in (side.minutes, side.rides)]


@pytest.mark.parametrize("most", [5.0, 0.3])
def test_bounds_kept_over_versions_are_those_made_from_nothing(
    most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 5.0: however many change, cells are mended; 0.3: some are left to the search for all.
    monkeypatch.setattr(kept_bounds, "MOST_LOST", most)

    @settings(max_examples=150, deadline=None)
    @example([graph_of([[(0, 0), (1, 0), (0, 0)]], {}), graph_of([], {(4, 5): 0})])
    @given(versions())
    def hold(graphs: list[HopGraph]) -> None:
        known = None
        for graph in graphs:
            made = cell_bounds(graph, HALVES, 1, known)
            assert columns(made) == columns(cell_bounds(graph, HALVES, 1))
            known = KnownBounds(graph, HALVES, *made)

    hold()


def test_two_nodes_no_minute_apart_do_not_vouch_for_each_other() -> None:
    # 1 and 2 are one minute from 0 and none from each other; then nobody gets to 0 any more.
    ring: Line = [(1, 0), (2, 0), (1, 0)]
    before = graph_of([ring, [(1, 1), (0, 0)]], {})
    singles = Cells(HALVES.rides, HALVES.rides)
    known = KnownBounds(before, singles, *cell_bounds(before, singles, 1))
    assert known.to_cell.minutes[0, :3].tolist() == [0, 1, 1]

    to_cell, _ = cell_bounds(graph_of([ring], {}), singles, 1, known)

    assert (to_cell.minutes[0, :3] == kept_bounds.UNREACHABLE).tolist() == [False, True, True]


def test_only_edges_that_changed_are_told_apart() -> None:
    before = bounds._edges(graph_of([[(0, 2), (1, 3), (2, 0)]], {(0, 1): 5, (4, 5): 1}))
    after = bounds._edges(graph_of([[(0, 2), (1, 4), (2, 0)]], {(0, 1): 6, (3, 5): 1}))

    def listed(a: Edges, b: Edges) -> list[tuple[int, ...]]:
        return list(zip(*(part.tolist() for part in changed_edges(a, b)), strict=True))

    # (where it ends, where it begins, minutes); the slower walk beside the ride is none of them.
    assert listed(before, after) == [(2, 1, 3), (5, 4, 1)]
    assert listed(after, before) == [(2, 1, 4), (5, 3, 1)]


def test_what_changed_must_be_told_for_the_minutes_to_be_right() -> None:
    # The control of the tests above: told that nothing was slower before, mending goes wrong.
    before = graph_of([[(0, 1), (3, 1), (4, 0)]], {})
    after = graph_of([[(0, 1), (3, 4), (4, 0)]], {})
    made = cell_bounds(before, HALVES, 1)

    to_cell, _ = cell_bounds(after, HALVES, 1, KnownBounds(after, HALVES, *made))

    assert columns(cell_bounds(after, HALVES, 1)) != columns((to_cell, made[1]))


def test_seconds_are_not_kept_since_bounds_are_rounded_to_minutes() -> None:
    before, after = (
        replace(graph_of([[(0, 50), (5, 50), (11, 0)]], {(11, 0): hop}), unit=1) for hop in (5, 30)
    )
    known = KnownBounds(before, HALVES, *cell_bounds(before, HALVES, 1))

    made = cell_bounds(after, HALVES, 1, known)

    assert columns(made) == columns(cell_bounds(after, HALVES, 1))
