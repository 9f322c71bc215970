"""Any number of feeds, each under its tag, to one network."""

from gtfs_feeds.merge.merge import MergeResult, merge
from gtfs_feeds.merge.options import FeedInput, MergeOptions
from gtfs_feeds.merge.report import FeedOutcome, MergeFinding, MergeReport

__all__ = [
    "FeedInput",
    "FeedOutcome",
    "MergeFinding",
    "MergeOptions",
    "MergeReport",
    "MergeResult",
    "merge",
]
