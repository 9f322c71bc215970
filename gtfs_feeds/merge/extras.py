"""frequencies.txt, pathways.txt and stop_group_elements.txt to columns."""

import numpy as np
import polars as pl

from gtfs_feeds.merge.options import FeedInput
from gtfs_feeds.merge.report import Findings
from gtfs_feeds.merge.text import column, lines, real, rows_of, seconds, whole
from maas.core.network import Frequencies, Pathways, StopGroups


def _table(feed: FeedInput, name: str) -> pl.DataFrame:
    """Return a table, without rows where the feed has none."""
    table = feed.tables.table(name)
    return pl.DataFrame() if table is None else table


def read_frequencies(feed: FeedInput, trips: pl.Series, found: Findings) -> Frequencies:
    """Return the frequencies of known trips."""
    file, table = "frequencies.txt", _table(feed, "frequencies")
    line, named = lines(table), column(table, "trip_id")
    trip = rows_of(named, trips)
    found.where("unknown-reference", file, "trip_id", line, trip < 0, named)
    start, end = seconds(column(table, "start_time")), seconds(column(table, "end_time"))
    headway = whole(column(table, "headway_secs"), 0, low=1)
    good = start.given & end.given & headway.given & (end.values > start.values)
    found.where("bad-value", file, "headway_secs", line, (trip >= 0) & ~good)
    good &= trip >= 0
    exact = whole(column(table, "exact_times"), 0, low=0, high=1)
    found.where("value-ignored", file, "exact_times", line, good & exact.bad)
    return Frequencies(
        trip[good],
        start.values[good].astype(np.int32),
        end.values[good].astype(np.int32),
        headway.values[good].astype(np.int32),
        exact.values[good].astype(np.uint8),
    )


def read_pathways(feed: FeedInput, stops: pl.Series, found: Findings) -> Pathways:
    """Return the pathways between known stops."""
    file, table = "pathways.txt", _table(feed, "pathways")
    line = lines(table)
    ends = []
    good = np.ones(len(table), np.bool_)
    for name in ("from_stop_id", "to_stop_id"):
        named = column(table, name)
        row = rows_of(named, stops)
        lost = good & (row < 0)
        found.where("unknown-reference", file, name, line, lost, named)
        good &= row >= 0
        ends.append(row)
    mode = whole(column(table, "pathway_mode"), 0, low=1, high=7)
    found.where("bad-value", file, "pathway_mode", line, good & ~mode.given)
    good &= mode.given
    both = whole(column(table, "is_bidirectional"), 0, low=0, high=1)
    traversal = whole(column(table, "traversal_time"), -1, low=0)
    length, _ = real(column(table, "length"), low=0.0)
    return Pathways(
        ends[0][good],
        ends[1][good],
        mode.values[good].astype(np.int8),
        both.values[good].astype(np.uint8),
        traversal.values[good].astype(np.int32),
        length[good].astype(np.float32),
    )


def read_groups(feed: FeedInput, stops: pl.Series, found: Findings) -> StopGroups:
    """Return the groups of stops that the feed names for searching."""
    file, table = "stop_group_elements.txt", _table(feed, "stop_group_elements")
    line = lines(table)
    group = rows_of(column(table, "stop_group_id"), stops)
    stop = rows_of(column(table, "stop_id"), stops)
    good = (group >= 0) & (stop >= 0)
    found.where("unknown-reference", file, "stop_id", line, ~good)
    return StopGroups(group[good], stop[good])
