"""shapes.txt to columns: only the shapes that a trip uses."""

import numpy as np
import polars as pl

from gtfs_feeds.merge.options import FeedInput
from gtfs_feeds.merge.report import Findings
from gtfs_feeds.merge.text import column, lines, real, rows_of, whole
from maas.core.columns import Texts
from maas.core.network import Shapes

_FILE = "shapes.txt"


def read_shapes(feed: FeedInput, used: pl.Series, found: Findings) -> tuple[Shapes, pl.Series]:
    """Return the shapes with two usable points or more, and their ids as published."""
    table = feed.tables.table("shapes")
    wanted = used.filter(used != "").unique(maintain_order=True).alias("id")
    nothing = np.zeros(0)
    if table is None or not len(table) or not len(wanted):
        none = Shapes(
            Texts.of([]), np.zeros(1, np.int64), nothing, nothing, np.zeros(0, np.float32)
        )
        return none, wanted.head(0)
    shape = rows_of(column(table, "shape_id"), wanted)
    table, shape = table.filter(pl.Series(shape >= 0)), shape[shape >= 0]
    line = lines(table)
    lat, _ = real(column(table, "shape_pt_lat"), -90, 90)
    lon, _ = real(column(table, "shape_pt_lon"), -180, 180)
    sequence = whole(column(table, "shape_pt_sequence"), -1, low=0)
    distance, _ = real(column(table, "shape_dist_traveled"), low=0.0)
    good = ~(np.isnan(lat) | np.isnan(lon)) & sequence.given
    found.where("bad-value", _FILE, "shape_pt_lat", line, ~good)
    shape, lat, lon = shape[good], lat[good], lon[good]
    distance, order_key = distance[good], sequence.values[good]
    order = np.lexsort((order_key, shape))
    lengths = np.bincount(shape, minlength=len(wanted))
    kept = lengths >= 2
    order = order[kept[shape[order]]]
    start = np.zeros(int(kept.sum()) + 1, np.int64)
    np.cumsum(lengths[kept], out=start[1:])
    ids = wanted.filter(pl.Series(kept))
    return (
        Shapes(
            Texts.of(f"{feed.tag}_{text}" for text in ids),
            start,
            lat[order],
            lon[order],
            distance[order].astype(np.float32),
        ),
        ids,
    )
