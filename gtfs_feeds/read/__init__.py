"""Zip or folder to tables of text, with every fault."""

from gtfs_feeds.read.errors import FeedUnreadable, Unreadable
from gtfs_feeds.read.feed import read_feed, read_files, read_zip
from gtfs_feeds.read.limits import ReadLimits
from gtfs_feeds.read.tables import ROW, Fault, FeedTables, Severity

__all__ = [
    "ROW",
    "Fault",
    "FeedTables",
    "FeedUnreadable",
    "ReadLimits",
    "Severity",
    "Unreadable",
    "read_feed",
    "read_files",
    "read_zip",
]
