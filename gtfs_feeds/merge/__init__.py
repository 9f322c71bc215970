"""Any number of feeds, each under its tag, to one network."""

from gtfs_feeds.merge.merge import (
    ConvertedFeed,
    MergeResult,
    convert_feed,
    merge,
    merge_converted,
)
from gtfs_feeds.merge.options import FeedInput, MergeOptions
from gtfs_feeds.merge.report import FeedOutcome, MergeFinding, MergeReport

__all__ = [
    "ConvertedFeed",
    "FeedInput",
    "FeedOutcome",
    "MergeFinding",
    "MergeOptions",
    "MergeReport",
    "MergeResult",
    "convert_feed",
    "merge",
    "merge_converted",
]
