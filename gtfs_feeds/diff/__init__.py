"""What changed between two versions of a feed, in the words of the people who run it."""

from gtfs_feeds.diff.compare import compare
from gtfs_feeds.diff.model import (
    FareChange,
    FeedDiff,
    Renumbered,
    RouteChange,
    ServiceChange,
    StopChange,
    StopMoved,
)
from gtfs_feeds.diff.report import WORDS, as_json, as_text, sections

__all__ = [
    "WORDS",
    "FareChange",
    "FeedDiff",
    "Renumbered",
    "RouteChange",
    "ServiceChange",
    "StopChange",
    "StopMoved",
    "as_json",
    "as_text",
    "compare",
    "sections",
]
