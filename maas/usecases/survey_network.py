"""A look at a whole network: its graph and what the graph tells."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from gtfs_feeds.merge import FeedOutcome, MergeOptions, merge_converted
from maas.core.geo import distance_m
from maas.core.network import Network
from maas.usecases.prepare_feeds import FeedSource, Preparation, prepare_feeds
from routing.network import NetworkReport, report_network
from routing.street.footpaths import footpaths
from routing.timetable.store import load_timetable


def stored_network(folder: Path) -> Network:
    """
    Return the live network of a folder.

    Raises:
        TimetableInvalid: Nothing is stored there, or it is damaged.
    """
    return load_timetable(folder).network


def unstored_network(sources: Sequence[FeedSource]) -> tuple[Network, Sequence[FeedOutcome]]:
    """Return feeds merged for a look, and what became of each."""
    options = MergeOptions()
    feeds = prepare_feeds(sources, Preparation(options))
    merged = merge_converted((feed.converted for feed in feeds), options)
    return merged.network, merged.report.feeds


def survey(network: Network, *, limit: int = 20) -> tuple[NetworkReport, Any]:
    """Return the report, walks between near stops included, and the graph."""
    return report_network(network, footpaths(network), limit=limit)


PLACE_COLUMNS: Final = {
    "stop_id": "",
    "place": "",
    "place_name": "",
    "kind": "",
    "method": "",
    "confidence": "",
    "stop_name": "",
    "metres": "",
}


def place_rows(network: Network) -> Iterator[dict[str, str]]:
    """
    Yield the columns, then a row a stop, ordered by place.

    `metres` is how far the stop lies from the spot of its place, empty where that is unknown.
    """
    yield PLACE_COLUMNS
    places, stops = network.places, network.stops
    away = distance_m(stops.lat, stops.lon, places.lat[stops.place], places.lon[stops.place])
    for stop in np.argsort(stops.place, kind="stable").tolist():
        place = int(stops.place[stop])
        yield {
            "stop_id": stops.id[stop],
            "place": places.id[place].removeprefix("place:"),
            "place_name": places.name[place],
            "kind": places.kind[place],
            "method": places.method[place],
            "confidence": f"{places.confidence[place]:.2f}",
            "stop_name": stops.name[stop],
            "metres": "" if np.isnan(away[stop]) else f"{away[stop]:.0f}",
        }
