"""
translations.txt to columns, in both of its forms.

The standard form names a table, a field and a record or a value; the form of GTFS-JP v1 and v2
(`trans_id,lang,translation`) names a text and means it wherever it stands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import polars as pl

from gtfs_feeds.merge.calls import Headsigns, RawCalls
from gtfs_feeds.merge.options import FeedInput
from gtfs_feeds.merge.report import Findings
from gtfs_feeds.merge.text import column, first_of_each, lines, rows_of, whole
from maas.core.columns import Int32s

_FILE: Final = "translations.txt"
_MISSPELT: Final = {"ja-harkt": "ja-Hrkt", "ja-hira": "ja-Hrkt", "ja-kana": "ja-Hrkt"}
"""`ja-Harkt` was met in 11 rows of real feeds."""
_MOST_LANGUAGES: Final = 50
_FIELDS: Final = {
    ("agency", "agency_name"): "agencies.name",
    ("stops", "stop_name"): "stops.name",
    ("stops", "stop_desc"): "stops.description",
    ("stops", "platform_code"): "stops.platform",
    ("routes", "route_short_name"): "routes.short_name",
    ("routes", "route_long_name"): "routes.long_name",
    ("routes", "route_desc"): "routes.description",
    ("trips", "trip_headsign"): "texts",
    ("trips", "trip_short_name"): "texts",
    ("stop_times", "stop_headsign"): "texts",
}


class TripRows(Protocol):
    """Rows of trips.txt that are used."""

    @property
    def table(self) -> pl.DataFrame:
        """Return the rows as text."""
        ...

    @property
    def ids(self) -> pl.Series:
        """Return their ids."""
        ...


@dataclass(frozen=True, slots=True)
class Keys:
    """What a translation may refer to."""

    agencies: pl.Series
    stops: pl.Series
    routes: pl.Series
    trips: TripRows
    calls: RawCalls
    signs: Headsigns


def language_tag(text: str) -> str:
    """Return a language tag in its usual case: `ja-HrKt` → `ja-Hrkt`, `EN` → `en`."""
    lower = text.strip().replace("_", "-").lower()
    if lower in _MISSPELT:
        return _MISSPELT[lower]
    first, *rest = lower.split("-")
    cased = [
        part.title() if len(part) == 4 else part.upper() if len(part) == 2 else part
        for part in rest
    ]
    return "-".join([first, *cased])


def read_translations(feed: FeedInput, keys: Keys, found: Findings) -> dict[str, dict[int, str]]:
    """Return `group.field.language` → row within the feed → text; the first of two wins."""
    table = feed.tables.table("translations")
    if table is None or not len(table):
        return {}
    table = _with_few_languages(table, found)
    result: dict[str, dict[int, str]] = {}
    if "trans_id" in table.columns and "table_name" not in table.columns:
        _by_value_anywhere(feed, table, keys, result)
    else:
        _by_table(feed, table, keys, result, found)
    return result


def _with_few_languages(table: pl.DataFrame, found: Findings) -> pl.DataFrame:
    """Return the rows of the most frequent languages."""
    name = (
        "lang" if "trans_id" in table.columns and "table_name" not in table.columns else "language"
    )
    tags = column(table, name)
    if tags.n_unique() <= _MOST_LANGUAGES:
        return table
    often = tags.value_counts(sort=True)[name].head(_MOST_LANGUAGES)
    keep = tags.is_in(often.implode())
    found.where("too-many-languages", _FILE, name, lines(table), (~keep).to_numpy(), tags)
    return table.filter(keep)


def _put(result: dict[str, dict[int, str]], name: str, rows: Int32s, texts: pl.Series) -> None:
    """Add translations; a row that has one keeps it."""
    column_of = result.setdefault(name, {})
    for row, text in zip(rows.tolist(), texts, strict=True):
        if row >= 0 and text:
            column_of.setdefault(row, text)


def _sources(feed: FeedInput, keys: Keys) -> dict[str, Callable[[], pl.Series]]:
    """Return the texts that each translatable column holds now, in the order of its rows."""

    def of(table: str, id_name: str, ids: pl.Series, name: str) -> Callable[[], pl.Series]:
        def texts() -> pl.Series:
            frame = feed.tables.table(table)
            assert frame is not None
            row = rows_of(column(frame, id_name), ids)
            own = column(frame, name)
            first = first_of_each(row) & (row >= 0)
            order = np.argsort(row[first], kind="stable")
            return own.filter(pl.Series(first)).gather(order)

        return texts

    return {
        "agencies.name": of("agency", "agency_id", keys.agencies, "agency_name"),
        "stops.name": of("stops", "stop_id", keys.stops, "stop_name"),
        "stops.description": of("stops", "stop_id", keys.stops, "stop_desc"),
        "stops.platform": of("stops", "stop_id", keys.stops, "platform_code"),
        "routes.short_name": of("routes", "route_id", keys.routes, "route_short_name"),
        "routes.long_name": of("routes", "route_id", keys.routes, "route_long_name"),
        "routes.description": of("routes", "route_id", keys.routes, "route_desc"),
        "texts": lambda: pl.Series("text", list(keys.signs.texts), pl.String),
    }


def _fill_by_value(
    texts: pl.Series, wanted: pl.Series, translated: pl.Series
) -> tuple[Int32s, pl.Series]:
    """Return the rows of `texts` that have a translation, and the translation of each."""
    first = first_of_each(wanted) & (wanted != "").to_numpy()
    wanted, translated = wanted.filter(pl.Series(first)), translated.filter(pl.Series(first))
    at = rows_of(texts, wanted)
    rows = np.flatnonzero(at >= 0).astype(np.int32)
    return rows, translated.gather(at[rows])


def _by_value_anywhere(
    feed: FeedInput, table: pl.DataFrame, keys: Keys, result: dict[str, dict[int, str]]
) -> None:
    """Read the old form: every field that holds the text is meant."""
    tags = column(table, "lang")
    sources = {
        name: texts()
        for name, texts in _sources(feed, keys).items()
        if name not in {"stops.description", "stops.platform", "routes.description"}
    }
    for tag in tags.unique(maintain_order=True):
        if not tag:
            continue
        rows = table.filter(tags == tag)
        wanted, translated = column(rows, "trans_id"), column(rows, "translation")
        for name, texts in sources.items():
            _put(result, f"{name}.{language_tag(tag)}", *_fill_by_value(texts, wanted, translated))


def _by_table(
    feed: FeedInput,
    table: pl.DataFrame,
    keys: Keys,
    result: dict[str, dict[int, str]],
    found: Findings,
) -> None:
    """Read the standard form, by record first, then by value."""
    tags = column(table, "language")
    sources = _sources(feed, keys)
    nameless = (tags == "").to_numpy()
    found.where("missing-id", _FILE, "language", lines(table), nameless)
    table = table.filter(tags != "")
    parts = table.with_columns(
        column(table, name).alias(name) for name in ("table_name", "field_name", "language")
    ).partition_by("table_name", "field_name", "language", as_dict=True)
    for (table_name, field_name, tag), rows in parts.items():
        target = _FIELDS.get((str(table_name), str(field_name)))
        if target is None:
            continue
        name = f"{target}.{language_tag(str(tag))}"
        record, value = column(rows, "record_id"), column(rows, "field_value")
        translated = column(rows, "translation")
        by_record = record != ""
        if by_record.any():
            records = rows.filter(by_record)
            at = _records(str(table_name), str(field_name), records, keys)
            found.where("unknown-reference", _FILE, "record_id", lines(records), at < 0)
            _put(result, name, at, translated.filter(by_record))
        by_value = ~by_record & (value != "")
        if by_value.any():
            texts = sources[target]()
            _put(
                result,
                name,
                *_fill_by_value(texts, value.filter(by_value), translated.filter(by_value)),
            )


def _records(table_name: str, field_name: str, rows: pl.DataFrame, keys: Keys) -> Int32s:
    """Return the row that each record means; of a trip or a call, that of its text."""
    record = column(rows, "record_id")
    if table_name == "agency":
        return rows_of(record, keys.agencies)
    if table_name == "stops":
        return rows_of(record, keys.stops)
    if table_name == "routes":
        return rows_of(record, keys.routes)
    trip = rows_of(record, keys.trips.ids)
    if table_name == "trips":
        texts = keys.signs.rows(column(keys.trips.table, field_name))
        return np.where(trip >= 0, texts[trip], -1).astype(np.int32)
    sequence = whole(column(rows, "record_sub_id"), -1, low=0)
    return _call_texts(record, sequence.values.astype(np.int32), keys)


def _call_texts(record: pl.Series, sequence: Int32s, keys: Keys) -> Int32s:
    """Return the headsign of the calls that (trip, sequence) name."""
    calls = keys.calls
    # RawCalls counts all rows of trips.txt; the frame joins by the id that each call's trip has
    named = pl.DataFrame({"trip": record, "sequence": sequence})
    known = pl.DataFrame(
        {"row": calls.trip, "sequence": calls.sequence, "sign": calls.headsign}
    ).filter(pl.col("sign") >= 0)
    order = pl.DataFrame({"trip": keys.trips.ids}).with_row_index("used")
    used = np.unique(calls.trip)
    known = known.join(
        pl.DataFrame({"row": used.astype(np.int32), "used": np.arange(len(used), dtype=np.uint32)}),
        on="row",
    ).join(order, on="used")
    found = named.join(
        known.select("trip", "sequence", "sign"),
        on=["trip", "sequence"],
        how="left",
        maintain_order="left",
    )
    return found["sign"].fill_null(-1).to_numpy().astype(np.int32)
