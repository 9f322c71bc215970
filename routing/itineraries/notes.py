"""What a traveller should know about an itinerary, as codes that catalogues translate."""

from collections.abc import Iterable

from routing.itineraries.rides import Ridden


def notes_of(rides: Iterable[Ridden]) -> tuple[str, ...]:
    """Return `synthetic:TAG`, `looped:TAG:DATE` and `inexact-time` where they hold."""
    notes: dict[str, None] = {}
    for ride in rides:
        feed, trip = ride.feed, ride.leg.trip
        if feed is not None:
            if feed.synthetic:
                notes[feed.synthetic] = None
            if feed.looped and trip is not None and trip.service_day > feed.looped_since:
                notes[feed.looped] = None
        if not ride.exact:
            notes["inexact-time"] = None
    return tuple(notes)
