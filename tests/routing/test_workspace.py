"""Working arrays are kept from search to search, and always have room for the next one."""

from itertools import permutations

import numpy as np
import pytest

from routing.config import Switches
from routing.kernel.arrays import FAR, Labels, Rides
from routing.raptor.everywhere import everywhere
from routing.raptor.search import End, Query, find_journeys, tight_journeys
from routing.raptor.vias import ViaNodes
from routing.raptor.workspace import Workspace, workspace
from tests.support.networks import CallSpec, Spec, TripSpec
from tests.support.small_views import STOPS, view_of

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


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("window_s", [0, 7200])
@pytest.mark.parametrize("vias", [(), (ViaNodes(frozenset({3}), 0, riding=True),)])
def test_every_search_leaves_the_marks_as_it_found_them(
    backward: bool, window_s: int, vias: tuple[ViaNodes, ...]
) -> None:
    # A search that left a mark would change what the next one of the thread finds.
    trips = tuple(
        TripSpec(
            f"{line}-{hour}",
            tuple(
                CallSpec(stop, 3600 * hour + 300 * at, 3600 * hour + 300 * at)
                for at, stop in enumerate(stops)
            ),
            route=str(line),
        )
        for line, stops in enumerate((STOPS[:5], STOPS[3:8], (STOPS[1], STOPS[3], STOPS[6])))
        for hour in range(6, 12)
    )
    view = view_of(Spec(trips, stops=tuple(STOPS)))
    at_s = 3600 * 11 if backward else 3600 * 7
    query = Query((End(0),), (End(7),), at_s, window_s, backward, 5, vias=vias)

    found = [find_journeys(view, query, Switches())]
    if not vias and not window_s:
        found.append(tight_journeys(view, query, Switches()))
        everywhere(view, query)

    assert all(found)
    for (kind, _), labels in workspace().labels.items():
        assert (labels.fresh == (65_535 if kind is np.uint16 else FAR)).all()
        assert (labels.first == -1).all()
        assert (labels.leave == -1).all()
        assert not labels.flag.any()
