"""Journeys after the search: the sensible one among equals, and only those that nothing beats."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np

from maas.core.columns import Int64s
from routing.kernel.arrays import Rides, Walks
from routing.kernel.jit import straight
from routing.raptor import polish
from routing.raptor.polish import AS_FOUND, EARLIER, EARLIER_ON_THE_WAY, LATER
from routing.raptor.search import Journey, Query, Ride, ends_of, rides_table
from routing.raptor.vias import meets_vias
from routing.timetable.view import View

_choose_all = straight(polish.choose_all)


class Polisher:
    """
    Chooses the best places to board, change and leave for the journeys of a query (see `polish`).

    `rides` are the view's, forward, with the query's filter.
    """

    def __init__(self, view: View, rides: Rides, query: Query) -> None:
        self._view = view
        self._rides = rides
        self._query = query
        self._walks = view.walks(query.transfer, backward=False)
        self._origins, self._targets = ends_of(query.origins), ends_of(query.targets)

    def whole(self, journeys: Sequence[Journey]) -> list[Journey]:
        """Return the journeys that a search found, those of a window only if they lie in it."""
        query = self._query
        if query.window_s:
            spans = [(journey.departure_s, journey.arrival_s) for journey in journeys]
            # On the way the first vehicle that comes, so that the later changes are easy.
            found = self._chosen(journeys, EARLIER_ON_THE_WAY, spans)
            return [journey for journey in found if _inside(journey, query)]
        if query.backward:
            spans = [(journey.departure_s, query.time_s) for journey in journeys]
            return self._chosen(journeys, EARLIER, spans)
        spans = [(query.time_s, journey.arrival_s) for journey in journeys]
        return self._chosen(journeys, LATER, spans)

    def from_end(self, journey: Journey) -> Journey:
        """
        Return a journey that was found from its end with the waiting done on the way.

        So it is in a journey of a window.
        """
        span = (journey.departure_s, journey.arrival_s)
        (found,) = self._chosen([journey], EARLIER_ON_THE_WAY, [span])
        return found

    def of_these(self, journeys: Sequence[Journey]) -> list[Journey]:
        """Return the journeys with their best changes, each in the very vehicles it has."""
        spans = [(journey.departure_s, journey.arrival_s) for journey in journeys]
        return self._chosen(journeys, AS_FOUND, spans)

    def _chosen(
        self, journeys: Sequence[Journey], move: int, spans: Sequence[tuple[int, int]]
    ) -> list[Journey]:
        """Return the journeys with their best changes, moved if these vehicles allow it."""
        if not journeys:
            return []
        view, walks, query = self._view, self._walks, self._query
        edges = [0, *accumulate(len(journey.rides) for journey in journeys)]
        legs = rides_table([ride for journey in journeys for ride in journey.rides])
        moved, chosen = legs.copy(), np.empty_like(legs)
        ends = np.empty((len(journeys), 4), np.int64)
        _choose_all(
            self._rides.arrival.dtype.type, self._rides, walks, self._origins, self._targets,
            view.unit, move, np.array(spans, np.int64), np.array(edges, np.int64), legs, moved,
            chosen, ends,
        )  # fmt: skip
        rides = list(map(Ride._make, chosen.tolist()))
        found: list[Journey] = []
        for journey, mine, begin, end in zip(
            journeys, ends.tolist(), edges[:-1], edges[1:], strict=True
        ):
            departure, arrival, origin, target = mine
            if target >= 0 and _still_meets(view, walks, query, chosen[begin:end], mine):
                way = tuple(rides[begin:end])
                found.append(Journey(departure, arrival, way, origin, target))
            elif query.vias and move != AS_FOUND:
                # Others of the same vehicles miss a via; these may not.
                span = spans[len(found)]
                (kept,) = self._chosen([journey], AS_FOUND, [span])
                found.append(kept)
            else:
                choices = (moved[begin:end], legs[begin:end])
                found.append(_tightened(view, walks, query, journey, choices))
        return found


def _inside(journey: Journey, query: Query) -> bool:
    """
    Whether a journey departs, or arrives, in the window.

    The search also finds what one does best by waiting beyond the window. That beats others, but
    is not asked for.
    """
    if query.window_s == 0:
        return True
    if query.backward:
        return journey.arrival_s > query.time_s - query.window_s
    return journey.departure_s < query.time_s + query.window_s


def _tightened(
    view: View, walks: Walks, query: Query, journey: Journey, choices: tuple[Int64s, ...]
) -> Journey:
    """Return the journey with its changes where they are, leaving as late as its vehicles do."""
    origin, target = query.origins[journey.origin], query.targets[journey.target]
    unit = view.unit
    for legs in choices:
        first, last = legs[0].tolist(), legs[-1].tolist()
        leaves = view.departure(first[0], first[1], first[2]) * unit - origin.offset_s
        comes = view.arrival(last[0], last[1], last[3]) * unit
        if leaves >= origin.until_s:
            leaves = (origin.until_s - 1) // unit * unit
        comes = max(comes, target.from_s) + target.offset_s
        ends = [leaves, comes, journey.origin, journey.target]
        kept = leaves >= journey.departure_s and comes <= journey.arrival_s
        if kept and leaves >= origin.from_s and _still_meets(view, walks, query, legs, ends):
            chosen = tuple(Ride._make(row) for row in legs.tolist())
            return Journey(leaves, comes, chosen, journey.origin, journey.target)
    return journey


def _still_meets(view: View, walks: Walks, query: Query, legs: Int64s, ends: list[int]) -> bool:
    """Return whether a changed journey (departure, arrival, its rows of ends) meets the vias."""
    if not query.vias:
        return True
    departure, arrival, origin, target = ends
    offsets = (query.origins[origin].offset_s, query.targets[target].offset_s)
    changes = [
        polish.walk_between(walks, _node(view, before, 3), _node(view, after, 2))
        for before, after in pairwise(legs.tolist())
    ]
    return meets_vias(view, query.vias, legs, departure, arrival, offsets, changes)


def _node(view: View, leg: list[int], column: int) -> int:
    return int(view.rides.node[view.rides.pattern_start[leg[0]] + leg[column]])


def pareto(journeys: Sequence[Journey]) -> list[Journey]:
    """
    Return the journeys that no other beats in departure, arrival and rides, by departure.

    Of several with equal values the first stays.
    """
    ordered = sorted(journeys, key=lambda j: (-j.departure_s, j.arrival_s, len(j.rides)))
    kept: list[Journey] = []
    earliest: dict[int, int] = {}
    for journey in ordered:
        # Everything before departs no earlier, so only arrival and rides decide.
        count, arrival_s = len(journey.rides), journey.arrival_s
        if all(arrival_s < end_s for rides, end_s in earliest.items() if rides <= count):
            earliest[count] = arrival_s
            kept.append(journey)
    kept.sort(key=lambda j: (j.departure_s, j.arrival_s, len(j.rides)))
    return kept
