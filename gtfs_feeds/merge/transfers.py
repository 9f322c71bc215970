"""transfers.txt to columns, all kinds as published."""

import numpy as np
import polars as pl

from gtfs_feeds.merge.options import FeedInput
from gtfs_feeds.merge.report import Findings
from gtfs_feeds.merge.text import column, lines, rows_of, whole
from maas.core.columns import Int32s
from maas.core.network import Transfers

_FILE = "transfers.txt"


def read_transfers(
    feed: FeedInput, stops: pl.Series, routes: pl.Series, trips: pl.Series, found: Findings
) -> Transfers:
    """Return the rules whose stops, routes and trips all exist."""
    table = feed.tables.table("transfers")
    if table is None or not len(table):
        none: Int32s = np.zeros(0, np.int32)
        return Transfers(none, none, none, none, none, none, np.zeros(0, np.int8), none)
    line = lines(table)
    keep = np.ones(len(table), np.bool_)
    ends: list[Int32s] = []
    for name, ids in (
        ("from_stop_id", stops),
        ("to_stop_id", stops),
        ("from_route_id", routes),
        ("to_route_id", routes),
        ("from_trip_id", trips),
        ("to_trip_id", trips),
    ):
        named = column(table, name)
        row = rows_of(named, ids)
        lost = keep & (row < 0) & (named != "").to_numpy()
        found.where("unknown-reference", _FILE, name, line, lost, named)
        keep &= ~lost
        ends.append(row)
    kind = whole(column(table, "transfer_type"), 0, low=0, high=5)
    bad = keep & kind.bad
    found.where("bad-value", _FILE, "transfer_type", line, bad, column(table, "transfer_type"))
    keep &= ~kind.bad
    # kinds 4 and 5 link two trips; all others need two stops
    linked = (kind.values >= 4) & (ends[4] >= 0) & (ends[5] >= 0)
    homeless = keep & ~linked & ((ends[0] < 0) | (ends[1] < 0))
    found.where("bad-value", _FILE, "from_stop_id", line, homeless)
    keep &= ~homeless
    least = whole(column(table, "min_transfer_time"), -1, low=0)
    found.where("value-ignored", _FILE, "min_transfer_time", line, keep & least.bad)
    return Transfers(
        ends[0][keep],
        ends[1][keep],
        ends[2][keep],
        ends[3][keep],
        ends[4][keep],
        ends[5][keep],
        kind.values[keep].astype(np.int8),
        least.values[keep].astype(np.int32),
    )
