"""Journeys after the search: the sensible one among equals, and only those that nothing beats."""

from collections.abc import Sequence

import numpy as np

from maas.core.columns import Int64s
from routing.raptor import polish
from routing.raptor.arrays import Rides
from routing.raptor.search import Journey, Query, Ride, ends_of
from routing.timetable.view import View


def polished(view: View, rides: Rides, query: Query, journeys: Sequence[Journey]) -> list[Journey]:
    """
    Return the journeys with the best places to board, change and leave (see `polish`).

    `rides` are the view's, forward, with the query's filter.
    """
    if not journeys:
        return []
    walks = view.walks(query.transfer, backward=False)
    origins, targets = ends_of(query.origins), ends_of(query.targets)
    found: list[Journey] = []
    for journey in journeys:
        legs = np.array([(r.pattern, r.row, r.board, r.alight) for r in journey.rides], np.int64)
        earliest, latest = journey.departure_s, journey.arrival_s
        if query.window_s == 0:
            if query.backward:
                latest = query.time_s
                polish.shift_earlier(rides, walks, legs, len(legs))
            else:
                earliest = query.time_s
                polish.shift_later(rides, walks, legs, len(legs))
        ends: Int64s = np.zeros(4, np.int64)
        if polish.choose_changes(
            rides, walks, origins, targets, view.unit, earliest, latest, legs, len(legs), ends
        ):
            departure, arrival, origin, target = ends.tolist()
            chosen = tuple(Ride(*row) for row in legs.tolist())
            found.append(Journey(departure, arrival, chosen, origin, target))
        else:
            found.append(journey)
    return [journey for journey in found if _inside(journey, query)]


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
