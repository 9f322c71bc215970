"""What changed since the version before, and whether realtime messages fit the feed."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.findings import VALUE, Hits, hit
from gtfs_feeds.validate.inspection import Inspection

FEWEST: Final = 20
KEPT_TRIPS: Final = 0.5
KEPT_STOPS: Final = 0.8


def churn(feed: Inspection) -> Iterator[Hits]:
    """Report that most ids of trips or stops are new though the feed is an update."""
    if feed.previous is None:
        return
    for file, column, kept, code in (
        ("trips", "trip_id", KEPT_TRIPS, "jp_trip_id_churn"),
        ("stops", "stop_id", KEPT_STOPS, "jp_stop_id_churn"),
    ):
        before = feed.previous.tables.get(file)
        if before is None or column not in before.columns:
            continue
        old = before[column].filter(before[column] != "").unique()
        now = feed.text(file)[column].drop_nulls().unique()
        if old.len() < FEWEST or not now.len():
            continue
        shared = int(old.is_in(now.implode()).sum())
        if shared < kept * old.len():
            yield hit(
                code,
                f"{file}.txt",
                column,
                idsBefore=old.len(),
                idsNow=now.len(),
                idsKept=shared,
            )


def realtime(feed: Inspection) -> Iterator[Hits]:
    """Report trip ids of realtime messages that the feed does not have."""
    if feed.realtime_trip_ids is None:
        return
    known = set(feed.text("trips")["trip_id"].drop_nulls().to_list())
    lost = sorted(set(feed.realtime_trip_ids) - known)
    if lost:
        frame = pl.DataFrame(
            {ROW: [None] * len(lost), VALUE: lost}, schema={ROW: pl.Int64, VALUE: pl.String}
        )
        yield Hits("jp_realtime_trip_unknown", "trips.txt", "trip_id", frame)


RULES = (churn, realtime)
