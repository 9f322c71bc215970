"""Journeys after the search: the sensible one among equals, and only those that nothing beats."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from maas.core.columns import Int64s
from routing.raptor import polish
from routing.raptor.arrays import Rides, Walks
from routing.raptor.search import Journey, Query, Ride, ends_of
from routing.raptor.vias import meets_vias
from routing.timetable.view import View


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
        found: list[Journey] = []
        for journey in journeys:
            legs = _legs_of(journey)
            earliest, latest = journey.departure_s, journey.arrival_s
            moved = legs.copy()
            if query.window_s > 0:
                # On the way the first vehicle that comes, so that the later changes are easy.
                self._earlier(moved)
                moved[-1] = legs[-1]
            elif query.backward:
                latest = query.time_s
                self._earlier(moved)
            else:
                earliest = query.time_s
                self._later(moved)
            found.append(self._chosen(journey, earliest, latest, (moved, legs)))
        return [journey for journey in found if _inside(journey, query)]

    def from_end(self, journey: Journey) -> Journey:
        """
        Return a journey that was found from its end with the waiting done on the way.

        So it is in a journey of a window; with arrive-by, where the end is the departure, the
        waiting is done as late as possible.
        """
        legs = _legs_of(journey)
        if self._query.backward:
            self._later(legs)
        else:
            self._earlier(legs)
        return self._chosen(journey, journey.departure_s, journey.arrival_s, (legs,))

    def _later(self, legs: Int64s) -> None:
        polish.shift_later(self._rides, self._walks, legs, len(legs))

    def _earlier(self, legs: Int64s) -> None:
        polish.shift_earlier(self._rides, self._walks, legs, len(legs))

    def _chosen(
        self, journey: Journey, earliest: int, latest: int, choices: tuple[Int64s, ...]
    ) -> Journey:
        """Return a journey with the best changes of the first choice that allows it."""
        view, walks, query = self._view, self._walks, self._query
        for choice in choices:
            legs = choice.copy()
            self._last_of_equals(legs)
            ends: Int64s = np.zeros(4, np.int64)
            if polish.choose_changes(
                self._rides, walks, self._origins, self._targets, view.unit, earliest, latest,
                legs, len(legs), ends,
            ) and _still_meets(view, walks, query, legs, ends):  # fmt: skip
                departure, arrival, origin, target = ends.tolist()
                chosen = tuple(Ride(*row) for row in legs.tolist())
                return Journey(departure, arrival, chosen, origin, target)
        return _tightened(view, walks, query, journey, choices)

    def _last_of_equals(self, legs: Int64s) -> None:
        """
        Of vehicles with the same times of boarding and leaving, take the one that comes last.

        That is as good, and the same whichever way one searched (MOTIS does so too).
        """
        rides = self._rides
        for leg, (pattern, row, board, alight) in enumerate(legs.tolist()):
            rows = int(rides.rows[pattern])
            start = int(rides.event_start[pattern])
            wide = int(rides.pattern_start[pattern + 1] - rides.pattern_start[pattern])
            leave, come = start + board * rows, start + alight
            last = row
            while (
                last + 1 < rows
                and rides.departure[leave + last + 1] == rides.departure[leave + row]
                and rides.arrival[come + (last + 1) * wide] == rides.arrival[come + row * wide]
            ):
                last += 1
            legs[leg, 1] = last


def _legs_of(journey: Journey) -> Int64s:
    return np.array([(r.pattern, r.row, r.board, r.alight) for r in journey.rides], np.int64)


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
        ends = np.array([leaves, comes, journey.origin, journey.target], np.int64)
        kept = leaves >= journey.departure_s and comes <= journey.arrival_s
        if kept and leaves >= origin.from_s and _still_meets(view, walks, query, legs, ends):
            chosen = tuple(Ride(*row) for row in legs.tolist())
            return Journey(leaves, comes, chosen, journey.origin, journey.target)
    return journey


def _still_meets(view: View, walks: Walks, query: Query, legs: Int64s, ends: Int64s) -> bool:
    """Return whether a changed journey still meets the vias."""
    if not query.vias:
        return True
    departure, arrival, origin, target = ends.tolist()
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
    for journey in ordered:
        # Everything before departs no earlier, so only arrival and rides decide.
        if not any(
            other.arrival_s <= journey.arrival_s and len(other.rides) <= len(journey.rides)
            for other in kept
        ):
            kept.append(journey)
    kept.sort(key=lambda j: (j.departure_s, j.arrival_s, len(j.rides)))
    return kept
