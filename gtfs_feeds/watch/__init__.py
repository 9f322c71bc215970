"""Watching published feeds: fetch what changed, keep every version, warn before they end."""

from gtfs_feeds.watch.expiry import LADDER, Expiring, step_due
from gtfs_feeds.watch.fetching import Answer, Fetch, FetchFailed
from gtfs_feeds.watch.mail import digests
from gtfs_feeds.watch.store import FeedStore, KeptSheet, State, Version, VersionUnknown
from gtfs_feeds.watch.verdicts import Judged, Verdict, judge
from gtfs_feeds.watch.watcher import Outcome, Result, Source, Watcher

__all__ = [
    "LADDER",
    "Answer",
    "Expiring",
    "FeedStore",
    "Fetch",
    "FetchFailed",
    "Judged",
    "KeptSheet",
    "Outcome",
    "Result",
    "Source",
    "State",
    "Verdict",
    "Version",
    "VersionUnknown",
    "Watcher",
    "digests",
    "judge",
    "step_due",
]
