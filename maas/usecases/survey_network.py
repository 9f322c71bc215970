"""A look at a whole network: its graph and what the graph tells."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gtfs_feeds.merge import FeedOutcome, merge
from maas.core.network import Network
from maas.usecases.publish_network import FeedSource, read_sources
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
    inputs, unreadable = read_sources(sources)
    merged = merge(inputs)
    return merged.network, (*unreadable.values(), *merged.report.feeds)


def survey(network: Network, *, limit: int = 20) -> tuple[NetworkReport, Any]:
    """Return the report, walks between near stops included, and the graph."""
    return report_network(network, footpaths(network), limit=limit)
