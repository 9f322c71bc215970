"""What a traveller should know about an itinerary, as codes that catalogues translate."""

from collections.abc import Sequence

from maas.core.ids import split_feed_scoped
from routing.itineraries.labels import Labels
from routing.model import Leg


def notes_of(labels: Labels, legs: Sequence[Leg]) -> tuple[str, ...]:
    """Return `synthetic:TAG`, `looped:TAG:DATE` and `inexact-time` where they hold."""
    notes: dict[str, None] = {}
    for leg in legs:
        if leg.trip is None:
            continue
        feed = labels.feed(split_feed_scoped(leg.trip.trip_id)[0])
        if feed is not None:
            if feed.synthetic:
                notes[feed.synthetic] = None
            if feed.looped and leg.trip.service_day > feed.looped_since:
                notes[feed.looped] = None
        if not (leg.calls[0].exact and leg.calls[-1].exact):
            notes["inexact-time"] = None
    return tuple(notes)
