"""What a traveller should know about an itinerary, as codes that catalogues translate."""

from collections.abc import Sequence

from maas.core.ids import split_feed_scoped
from maas.core.network import Network
from routing.model import Leg


def notes_of(network: Network, legs: Sequence[Leg]) -> tuple[str, ...]:
    """Return `synthetic:TAG`, `looped:TAG:DATE` and `inexact-time` where they hold."""
    notes: dict[str, None] = {}
    rows = {tag: row for row, tag in enumerate(network.feeds.tag)}
    for leg in legs:
        if leg.trip is None:
            continue
        tag, _ = split_feed_scoped(leg.trip.trip_id)
        row = rows.get(tag)
        if row is not None:
            if network.feeds.synthetic[row]:
                notes[f"synthetic:{tag}"] = None
            since = network.feeds.looped_since[row]
            if since and leg.trip.service_day > since:
                notes[f"looped:{tag}:{since}"] = None
        if not (leg.calls[0].exact and leg.calls[-1].exact):
            notes["inexact-time"] = None
    return tuple(notes)
