"""Zip or folder to tables of text, with every fault."""

from gtfs_feeds.read.editions import Detected, Edition, detect_edition
from gtfs_feeds.read.errors import FeedUnreadable, Unreadable
from gtfs_feeds.read.fault_texts import FAULT_TEXTS, FaultText
from gtfs_feeds.read.feed import read_feed, read_files, read_zip
from gtfs_feeds.read.limits import ReadLimits
from gtfs_feeds.read.tables import ROW, Fault, FeedTables, Severity
from gtfs_feeds.read.translations import translations

__all__ = [
    "FAULT_TEXTS",
    "ROW",
    "Detected",
    "Edition",
    "Fault",
    "FaultText",
    "FeedTables",
    "FeedUnreadable",
    "ReadLimits",
    "Severity",
    "Unreadable",
    "detect_edition",
    "read_feed",
    "read_files",
    "read_zip",
    "translations",
]
