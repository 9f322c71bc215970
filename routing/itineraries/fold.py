"""
Fewer, clearer choices: what a traveller would call the same, or would never take, is folded.

Nothing is lost: a folded itinerary stays in the answer with the reason.
"""

from collections.abc import Sequence

from routing.model import Itinerary, TripRef

SAME_VEHICLES = "same-vehicles"
"""Rides the same vehicles as another that is shown, which needs no longer."""
WALKING_IS_FASTER = "walking-is-faster"


def fold(
    itineraries: Sequence[Itinerary], direct: Sequence[Itinerary], direct_factor: float = 1.0
) -> tuple[tuple[Itinerary, ...], tuple[tuple[Itinerary, str], ...]]:
    """
    Return the itineraries to show, and those that are folded with the reason.

    Who takes as long as walking all the way times `direct_factor`, or longer, is folded.
    """
    walk_s = min((_seconds(walk) for walk in direct), default=None)
    shown: list[Itinerary] = []
    folded: list[tuple[Itinerary, str]] = []
    seen: dict[tuple[TripRef, ...], Itinerary] = {}
    for itinerary in sorted(itineraries, key=_seconds):
        vehicles = tuple(leg.trip for leg in itinerary.legs if leg.trip is not None)
        if walk_s is not None and _seconds(itinerary) >= walk_s * direct_factor:
            folded.append((itinerary, WALKING_IS_FASTER))
        elif vehicles in seen:
            folded.append((itinerary, SAME_VEHICLES))
        else:
            seen[vehicles] = itinerary
            shown.append(itinerary)
    shown.sort(key=lambda i: (i.departure, i.arrival, i.transfers))
    return tuple(shown), tuple(folded)


def _seconds(itinerary: Itinerary) -> float:
    return (itinerary.arrival - itinerary.departure).total_seconds()
