"""Bounds made from those of the version before: byte for byte those of a search from nothing."""

from dataclasses import replace
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from maas.core.columns import Int32s, Texts
from maas.core.network import Network
from routing.timetable import bounds, kept_bounds
from routing.timetable import compile as compiling
from routing.timetable.bounds import Cells, HopGraph, KnownBounds, cell_bounds
from routing.timetable.compile import compile_timetable
from routing.timetable.kept_bounds import Edges, changed_edges
from tests.support.networks import Spec, network_of, trip

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
STOPS = st.lists(st.integers(0, NODES - 1), unique=True, min_size=1).map(tuple)
ALL = tuple(range(NODES))
SAME = np.arange(NODES, dtype=np.int32)


def cells_of(nodes: int) -> Cells:
    return Cells(
        np.linspace(0, nodes, min(4, nodes) + 1).astype(np.int32),
        np.arange(nodes + 1, dtype=np.int32),
    )


CELLS = cells_of(NODES)


def graph_of(lines: list[Line], walks: Walks, stops: tuple[int, ...] = ALL) -> HopGraph:
    """Return the network of those of its stops that there are; node n is the stop `stops[n]`."""
    node = {stop: at for at, stop in enumerate(stops)}
    lines = [[(node[stop], t) for stop, t in line if stop in node] for line in lines]
    lines = [line for line in lines if line]
    ends = list(accumulate((len(line) for line in lines), initial=0))
    pairs = sorted((node[a], node[b], t) for (a, b), t in walks.items() if a in node and b in node)
    starts = [sum(a < at for a, _, _ in pairs) for at in range(len(stops) + 1)]
    return HopGraph(
        np.array(ends, np.int32),
        np.array([at for line in lines for at, _ in line], np.int32),
        np.full(ends[-1], 3, np.uint8),
        np.array([t for line in lines for _, t in [*line[:-1], (0, 0)]], np.int32),
        np.array(starts, np.int32),
        np.array([b for _, b, _ in pairs], np.int32),
        np.array([t for _, _, t in pairs], np.int32),
        60,
    )


Version = tuple[list[Line], Walks, tuple[int, ...]]


@st.composite
def versions(draw: st.DrawFn) -> list[Version]:
    """
    Draw a network and some later versions of it.

    Of each version before, some lines are kept, slower, faster or gone, and others are new; so are
    stops, and they may be numbered otherwise.
    """
    found: list[Version] = [(draw(LINES), draw(WALKS), draw(STOPS))]
    for _ in range(draw(st.integers(1, 3))):
        lines, walks, stops = found[-1]
        lines = [
            [(stop, max(0, t + draw(st.sampled_from([0, 0, 0, 1, 3, -1, -3])))) for stop, t in line]
            for line in lines
            if draw(st.integers(0, 4))
        ]
        lines += draw(st.lists(LINES.filter(bool).map(lambda some: some[0]), max_size=1))
        found.append(
            (
                lines,
                draw(WALKS) if draw(st.booleans()) else walks,
                draw(STOPS) if draw(st.booleans()) else stops,
            )
        )
    return found


def number_now(before: tuple[int, ...], now: tuple[int, ...]) -> Int32s:
    gone = [stop for stop in before if stop not in now]
    order = [*now, *gone]
    return np.array([order.index(stop) for stop in before], np.int32)


def columns(made: tuple[bounds.TargetBounds, bounds.TargetBounds]) -> list[bytes]:
    return [part.tobytes() for side in made for part in (side.minutes, side.rides)]


@pytest.mark.parametrize("most", [5.0, 0.3])
def test_bounds_kept_over_versions_are_those_made_from_nothing(
    most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 5.0: however many change, cells are mended; 0.3: some are left to the search for all.
    monkeypatch.setattr(kept_bounds, "MOST_LOST", most)

    @settings(max_examples=150, deadline=None)
    @example([([[(0, 0), (1, 0), (0, 0)]], {}, ALL), ([], {(4, 5): 0}, ALL[2:])])
    @given(versions())
    def hold(found: list[Version]) -> None:
        known = None
        for (lines, walks, stops), (_, _, later) in zip(found, [*found[1:], found[0]], strict=True):
            graph, cells = graph_of(lines, walks, stops), cells_of(len(stops))
            made = cell_bounds(graph, cells, 1, known)
            assert columns(made) == columns(cell_bounds(graph, cells, 1))
            known = KnownBounds(graph, cells, *made, number_now(stops, later))

    hold()


def test_two_nodes_no_minute_apart_do_not_vouch_for_each_other() -> None:
    # 1 and 2 are one minute from 0 and none from each other; then nobody gets to 0 any more.
    ring: Line = [(1, 0), (2, 0), (1, 0)]
    before = graph_of([ring, [(1, 1), (0, 0)]], {})
    singles = Cells(CELLS.rides, CELLS.rides)
    known = KnownBounds(before, singles, *cell_bounds(before, singles, 1), SAME)
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
    before = graph_of([[(0, 1), (3, 1), (6, 0)]], {})
    after = graph_of([[(0, 1), (3, 4), (6, 0)]], {})
    made = cell_bounds(before, CELLS, 1)

    to_cell, _ = cell_bounds(after, CELLS, 1, KnownBounds(after, CELLS, *made, SAME))

    # From 0 to the cell of 6.
    assert to_cell.minutes[2, 0] == 2
    assert cell_bounds(after, CELLS, 1)[0].minutes[2, 0] == 5


def test_seconds_are_not_kept_since_bounds_are_rounded_to_minutes() -> None:
    before, after = (
        replace(graph_of([[(0, 50), (5, 50), (11, 0)]], {(11, 0): hop}), unit=1) for hop in (5, 30)
    )
    known = KnownBounds(before, CELLS, *cell_bounds(before, CELLS, 1), SAME)

    made = cell_bounds(after, CELLS, 1, known)

    assert columns(made) == columns(cell_bounds(after, CELLS, 1))


@pytest.mark.parametrize("twice", [False, True])
def test_nodes_are_told_by_the_id_of_their_stop_and_each_only_once(twice: bool) -> None:
    def network(*stops: str) -> Network:
        return network_of(Spec(tuple(trip(s, f"{s} 8:00", "Z 8:10") for s in stops)))

    before, later = compile_timetable(network("A", "B", "C")), network("B", "C", "D", "E")
    if twice:
        ids = Texts.of(["t_B"] * len(before.network.stops.id))
        stops = replace(before.network.stops, id=ids)
        before = replace(before, network=replace(before.network, stops=stops))
    nodes = compile_timetable(later).nodes

    number = compiling._numbers_now(before, later, nodes).tolist()

    assert len(set(number)) == 4
    kept = {
        (before.network.stops.id[before.nodes.stop[at]], later.stops.id[nodes.stop[now]])
        for at, now in enumerate(number)
        if now < len(nodes.stop)
    }
    assert kept == {(s, s) for s in (("t_B",) if twice else ("t_B", "t_C", "t_Z"))}
    assert max(number) == len(nodes.stop) + 4 - len(kept) - 1
