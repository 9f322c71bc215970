"""Readings in kana of the names of stops."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.read.translations import READING, READING_TAGS, translations
from gtfs_feeds.validate.findings import VALUE, Hits
from gtfs_feeds.validate.inspection import Inspection

NOT_KANA: Final = (
    r"[^ぁ-ゖァ-ヺｦ-ﾟ･ー・゛゜ゝゞヽヾ\s0-9０-９A-Za-zＡ-Ｚａ-ｚ()（）「」、。,.\-－〜~／/]"
)
"""What no reading may hold; above all kanji."""
NOTE: Final = re.compile(
    r"[(（\[［【〔〈<＜].*$|\s*[0-9０-９A-ZＡ-Ｚ一二三四五六七八九十]*番?(?:の|乗)り?(?:ば|場).*$"
)
"""A note about the pole, which readings leave out."""
KANA_RUN: Final = re.compile(r"[ぁ-ゔァ-クコ-ヴー]{3,}")
"""Kana that are read as written; ケ and ヶ between kanji are read が."""
HIRAGANA: Final = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
LONGEST_NAME: Final = 200
LOOSE: Final = str.maketrans(
    {"ー": "", "・": "", " ": "", "　": "", "っ": "つ", "ゃ": "や", "ゅ": "ゆ", "ょ": "よ"}
    | dict(zip("ぁぃぅぇぉゎ", "あいうえおわ", strict=True))
)


def hiragana(text: str) -> str:
    """Return a text in hiragana without long marks, blanks and small letters."""
    return unicodedata.normalize("NFKC", text).translate(HIRAGANA).translate(LOOSE)


def contradicts(name: str, reading: str) -> bool:
    """Say whether the kana of a name are not found, in their order, in its reading."""
    if len(name) > LONGEST_NAME:
        return False  # No name of a stop; that it is too long is reported elsewhere.
    heard, at = hiragana(reading), 0
    for run in KANA_RUN.findall(NOTE.sub("", unicodedata.normalize("NFKC", name))):
        sought = hiragana(run)
        found = heard.find(sought, at)
        if found < 0:
            return True
        at = found + len(sought)
    return False


def readings(feed: Inspection) -> Iterator[Hits]:
    """Report stops without a reading, and readings that cannot be right."""
    if not feed.has("translations"):
        return
    stops = (
        feed.text("stops")
        .drop_nulls("stop_name")
        .select(ROW, "stop_id", "stop_name", "location_type")
    )
    stops = stops.filter(pl.col("location_type").fill_null("0").is_in(["0", "1"]))
    known = translations(feed.source).filter(
        (pl.col("table_name") == "stops")
        & (pl.col("field_name") == "stop_name")
        & (pl.col("language") == READING)
        & (pl.col("translation") != "")
    )
    by_name = dict(
        known.filter(pl.col("field_value") != "").select("field_value", "translation").rows()
    )
    by_id = dict(known.filter(pl.col("record_id") != "").select("record_id", "translation").rows())
    rows = [
        (row, name, by_id.get(stop_id, by_name.get(name, "")))
        for row, stop_id, name, _ in stops.rows()
    ]
    needs = re.compile(r"[^ぁ-ゖァ-ヺーA-Za-z0-9\s]")
    missing = [(row, name) for row, name, reading in rows if not reading and needs.search(name)]
    if missing:
        frame = pl.DataFrame(missing, schema={ROW: pl.Int64, VALUE: pl.String}, orient="row")
        yield Hits("jp_reading_missing", "stops.txt", "stop_name", frame)
    odd = [
        (row, reading, name)
        for row, name, reading in rows
        if reading and not re.search(NOT_KANA, reading) and contradicts(name, reading)
    ]
    if odd:
        schema = {ROW: pl.Int64, VALUE: pl.String, "stopName": pl.String}
        frame = pl.DataFrame(odd, schema=schema, orient="row")
        yield Hits("jp_reading_contradicts_name", "stops.txt", "stop_name", frame)


def raw_readings(feed: Inspection) -> Iterator[Hits]:
    """Report misspelled tags of readings, and readings that hold more than kana."""
    table = feed.source.tables.get("translations")
    if table is None or "translation" not in table.columns:
        return
    column = "language" if "language" in table.columns else "lang"
    if column not in table.columns:
        return
    rows = table.select(ROW, pl.col(column).alias("tag"), pl.col("translation").alias(VALUE))
    tags = rows.filter(pl.col("tag").str.to_lowercase().is_in(list(READING_TAGS)))
    misspelled = tags.filter(pl.col("tag") != READING)
    if misspelled.height:
        shown = misspelled.select(ROW, pl.col("tag").alias(VALUE))
        yield Hits("jp_reading_language_tag", "translations.txt", column, shown)
    kanji = tags.filter(pl.col(VALUE).str.contains(NOT_KANA))
    if kanji.height:
        shown = kanji.select(ROW, VALUE)
        yield Hits("jp_reading_not_kana", "translations.txt", "translation", shown)


RULES = (readings, raw_readings)
