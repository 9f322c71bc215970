"""Safe repairs, with a diff of each."""

from gtfs_feeds.mend.changes import Change, Left, Mended, Obstacle, Rule
from gtfs_feeds.mend.feed import mend_feed, mend_zip
from gtfs_feeds.mend.report import as_json, as_text

__all__ = [
    "Change",
    "Left",
    "Mended",
    "Obstacle",
    "Rule",
    "as_json",
    "as_text",
    "mend_feed",
    "mend_zip",
]
