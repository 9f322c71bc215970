"""
Translations in one form, whichever a feed has.

GTFS-JP v1 and v2 wrote `trans_id,lang,translation`, where `trans_id` is the Japanese text itself
(93 of 98 feeds of 2019 did); GTFS since 2019 and GTFS-JP since v3 write `table_name,field_name,
language,translation,record_id,record_sub_id,field_value`.
"""

import unicodedata
from types import MappingProxyType
from typing import Final

import polars as pl

from gtfs_feeds.read.tables import ROW, FeedTables

COLUMNS: Final = (
    "table_name",
    "field_name",
    "language",
    "translation",
    "record_id",
    "record_sub_id",
    "field_value",
)

READING: Final = "ja-Hrkt"
"""The language tag of readings in kana."""

READING_TAGS: Final = frozenset({"ja-hrkt", "ja-harkt", "ja-hkrt", "ja-hrk", "ja-hrtk"})
"""Spellings of it, in lower case: two were seen in feeds, the others are one slip away."""

TRANSLATABLE: Final = MappingProxyType(
    {
        "agency": ("agency_name",),
        "stops": ("stop_name", "stop_desc", "tts_stop_name", "platform_code"),
        "routes": ("route_short_name", "route_long_name", "route_desc"),
        "trips": ("trip_headsign", "trip_short_name", "jp_trip_desc"),
        "stop_times": ("stop_headsign",),
        "feed_info": ("feed_publisher_name",),
        "attributions": ("organization_name",),
    }
)
"""Where the text of an old translation is looked for."""

UNUSED: Final = ("stops", "stop_name")
"""Where an old translation goes whose text is nowhere in the feed; it has no effect there."""


def language_tag(tag: str) -> str:
    """Return a language tag with the tag of readings spelled right."""
    folded = unicodedata.normalize("NFKC", tag).strip().lower().replace("_", "-")
    return READING if folded in READING_TAGS else tag


def is_old_form(table: pl.DataFrame) -> bool:
    """Say whether a translations table has the three columns of GTFS-JP v1 and v2."""
    return "trans_id" in table.columns and "table_name" not in table.columns


def translations(feed: FeedTables) -> pl.DataFrame:
    """
    Return the translations of a feed in the new form, as text columns `COLUMNS` and `ROW`.

    A row of the old form becomes one row per field that holds its text, all with the line of the
    old one. The tag of readings is always `ja-Hrkt`. A feed without translations gives no rows.
    """
    table = feed.table("translations")
    if table is None:
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String()) | {ROW: pl.Int64()})
    if is_old_form(table):
        table = from_old_form(table, uses_of_texts(feed))
    missing = [pl.lit("").alias(name) for name in COLUMNS if name not in table.columns]
    table = table.with_columns(missing).select(*COLUMNS, ROW)
    spelled = {tag: language_tag(tag) for tag in table["language"].unique()}
    return table.with_columns(pl.col("language").replace(spelled))


def uses_of_texts(feed: FeedTables) -> pl.DataFrame:
    """Return each text of a translatable field with its table and field, in a fixed order."""
    parts = [
        feed.tables[table]
        .select(
            pl.lit(table).alias("table_name"),
            pl.lit(field).alias("field_name"),
            pl.col(field).alias("field_value"),
        )
        .filter(pl.col("field_value") != "")
        .unique(maintain_order=True)
        for table, fields in TRANSLATABLE.items()
        if table in feed.tables
        for field in fields
        if field in feed.tables[table].columns
    ]
    empty = pl.DataFrame(
        schema=dict.fromkeys(("table_name", "field_name", "field_value"), pl.String())
    )
    return pl.concat([empty, *parts])


def from_old_form(old: pl.DataFrame, uses: pl.DataFrame) -> pl.DataFrame:
    """Return old translations in the new form: one row per field that holds the text."""
    absent = [pl.lit("").alias(name) for name in ("lang", "translation") if name not in old.columns]
    rows = old.with_columns(absent).filter(pl.col("trans_id") != "")
    joined = rows.join(
        uses, left_on="trans_id", right_on="field_value", how="left", maintain_order="left_right"
    )
    table, field = UNUSED
    return joined.select(
        pl.col("table_name").fill_null(table),
        pl.col("field_name").fill_null(field),
        pl.col("lang").alias("language"),
        pl.col("translation"),
        pl.lit("").alias("record_id"),
        pl.lit("").alias("record_sub_id"),
        pl.col("trans_id").alias("field_value"),
        pl.col(ROW),
    )
