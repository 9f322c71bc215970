"""Translations: which record they mean."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.findings import VALUE, Hits
from gtfs_feeds.validate.inspection import Inspection
from gtfs_feeds.validate.rules.files import GEOJSON
from gtfs_feeds.validate.spec import spec

FILE: Final = "translations.txt"
TWO_KEYS: Final = {
    "stop_times": ("trip_id", "stop_sequence"),
    "calendar_dates": ("service_id", "date"),
    "frequencies": ("trip_id", "start_time"),
    "shapes": ("shape_id", "shape_pt_sequence"),
    "transfers": ("from_stop_id", "to_stop_id"),
}


def record_key(table: str) -> tuple[str, ...]:
    """Return the columns that record_id and record_sub_id of a table mean."""
    if table in TWO_KEYS:
        return TWO_KEYS[table]
    key = spec()[table].key
    return key if len(key) == 1 else ()


def records(feed: Inspection) -> Iterator[Hits]:
    """Report translations of tables and records that the feed does not have."""
    if not feed.has_column("translations", "table_name"):
        return
    rows = feed.text("translations").drop_nulls(["table_name", "field_name", "language"])
    doubled = rows.filter(pl.col("field_value").is_not_null())
    for column in ("record_id", "record_sub_id"):
        both = doubled.filter(pl.col(column).is_not_null())
        if both.height:
            yield Hits(
                "translation_unexpected_value",
                FILE,
                column,
                both.select(ROW, pl.col(column).alias(VALUE)),
            )
    present = [name for name in feed.source.tables if name in spec()]
    if GEOJSON in feed.source.others:
        present.append("locations")
    unknown = rows.filter(~pl.col("table_name").is_in(present))
    if unknown.height:
        shown = unknown.select(ROW, pl.col("table_name").alias(VALUE))
        yield Hits("translation_unknown_table_name", FILE, "table_name", shown)
    by_record = rows.filter(pl.col("field_value").is_null() & pl.col("table_name").is_in(present))
    for (table,), part in by_record.group_by("table_name", maintain_order=True):
        if table != "locations":
            yield from _of_table(feed, str(table), part)


def _of_table(feed: Inspection, table: str, rows: pl.DataFrame) -> Iterator[Hits]:
    key = record_key(table)
    ok = pl.lit(value=True)
    for column, expected in (("record_id", len(key) >= 1), ("record_sub_id", len(key) >= 2)):
        filled = pl.col(column).is_not_null()
        wrong = rows.filter(filled != pl.lit(expected))
        if wrong.height:
            code = "missing_required_field" if expected else "translation_unexpected_value"
            yield Hits(code, FILE, column, wrong.select(ROW, pl.col(column).alias(VALUE)))
        ok &= filled == pl.lit(expected)
    fine = rows.filter(ok)
    if not key or not fine.height:
        return
    names = ("record_id", "record_sub_id")[: len(key)]
    known = feed.text(table).select(
        pl.col(column).alias(name) for name, column in zip(names, key, strict=True)
    )
    lost = fine.join(known.unique(), list(names), "anti", maintain_order="left")
    if lost.height:
        shown = lost.select(
            ROW, pl.col("record_id").alias(VALUE), "table_name", "record_sub_id"
        ).rename({"table_name": "tableName", "record_sub_id": "recordSubId"})
        yield Hits("translation_foreign_key_violation", FILE, "record_id", shown)


RULES = (records,)
