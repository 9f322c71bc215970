"""Single cells: text, types, ranges."""

from collections.abc import Iterator
from functools import cache
from typing import Final
from zoneinfo import available_timezones

import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.feed import TYPED, CheckedFeed
from gtfs_feeds.validate.findings import VALUE, Hits
from gtfs_feeds.validate.spec import FieldSpec, rows_of

LANGUAGE: Final = (
    r"^(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(?:-[A-Za-z]{4})?"
    r"(?:-(?:[A-Za-z]{2}|[0-9]{3}))?(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
    r"(?:-[0-9A-WYZa-wyz](?:-[A-Za-z0-9]{2,8})+)*(?:-x(?:-[A-Za-z0-9]{1,8})+)?$"
)
"""A well-formed tag of RFC 5646 without the grandfathered ones."""
URL: Final = (
    r"^(?i)https?://(?:[A-Z0-9._~%-]+(?::[^@\s]*)?@)?"
    r"(?:(?:[A-Z0-9_](?:[A-Z0-9_-]*[A-Z0-9_])?\.)+[A-Z]{2,63}\.?|[0-9]{1,3}(?:\.[0-9]{1,3}){3})"
    r"(?::[0-9]{1,5})?(?:[/?#][!-~]*)?$"
)
EMAIL: Final = (
    r"^(?i)[A-Z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[A-Z0-9](?:[A-Z0-9-]*[A-Z0-9])?\.)+[A-Z]{2,63}$"
)
PHONE: Final = r"^\+?[0-9(][0-9()\-. ]*[0-9](?: ?(?:ext|内線)\.? ?[0-9]{1,6})?$"
COLOR: Final = "^[0-9A-Fa-f]{6}$"


@cache
def currencies() -> dict[str, int]:
    """Return the currencies of ISO 4217 and how many decimals each has."""
    return {row["code"]: int(row["decimals"]) for row in rows_of("currencies.csv")}


@cache
def time_zones() -> frozenset[str]:
    """Return the names of the IANA time zone database."""
    return frozenset(available_timezones())


TEXT: Final = pl.col("text")
DIGITS: Final = TEXT.str.count_matches("[0-9]")

RAW: Final = (
    ("invalid_character", TEXT.str.contains("\ufffd", literal=True)),
    ("new_line_in_value", TEXT.str.contains(r"[\r\n]")),
    ("leading_or_trailing_whitespaces", TEXT.str.strip_chars() != TEXT),
)


def text_checks() -> dict[str, tuple[str, pl.Expr]]:
    """Return for each type of text the code and the condition of a wrong value."""
    return {
        "language": ("invalid_language_code", ~TEXT.str.contains(LANGUAGE)),
        "url": ("invalid_url", ~TEXT.str.contains(URL)),
        "email": ("invalid_email", ~TEXT.str.contains(EMAIL)),
        "phone_number": (
            "invalid_phone_number",
            ~TEXT.str.contains(PHONE) | (DIGITS < 3) | (DIGITS > 21),
        ),
        "color": ("invalid_color", ~TEXT.str.contains(COLOR)),
        "currency": ("invalid_currency", ~TEXT.is_in(list(currencies()))),
        "timezone": ("invalid_timezone", ~TEXT.is_in(list(time_zones()))),
        "id": ("non_ascii_or_non_printable_char", ~TEXT.str.contains("^[ -~]*$")),
    }


UNREADABLE: Final = {
    "enum": "invalid_integer",
    "integer": "invalid_integer",
    "float": "invalid_float",
    "decimal": "invalid_float",
    "latitude": "invalid_float",
    "longitude": "invalid_float",
    "time": "invalid_time",
    "date": "invalid_date",
}
RANGES: Final = {
    "nonneg": ("non-negative", pl.col("value") < 0),
    "pos": ("positive", pl.col("value") <= 0),
    "nonzero": ("non-zero", pl.col("value") == 0),
    "latitude": ("latitude within [-90, 90]", pl.col("value").abs() > 90),
    "longitude": ("longitude within [-180, 180]", pl.col("value").abs() > 180),
}


def _known(feed: CheckedFeed) -> Iterator[FieldSpec]:
    for name, table in feed.source.tables.items():
        file = feed.spec.get(name)
        if file is None or not table.height:
            continue
        for column in file.fields.values():
            if column.name in table.columns:
                yield column


def _cells(feed: CheckedFeed, code: str, column: tuple[str, str], bad: pl.Series) -> Hits:
    """Return the cells whose text, as it stands in the file, is one of the bad ones."""
    file, name = column
    raw = feed.source.tables[file].select(ROW, pl.col(name).alias(VALUE))
    return Hits(code, f"{file}.txt", name, raw.filter(pl.col(VALUE).is_in(bad.implode())))


def _hits(feed: CheckedFeed, code: str, found: pl.DataFrame) -> Iterator[Hits]:
    """Return the cells of each column that hold one of the texts found in the vocabulary."""
    for (at,), part in found.group_by("at", maintain_order=True):
        yield _cells(feed, code, feed.columns[int(str(at))], part["text"])


def raw_text(feed: CheckedFeed) -> Iterator[Hits]:
    """Report what no text may hold: broken characters, line breaks, outer blanks."""
    for code, wrong in RAW:
        yield from _hits(feed, code, feed.vocabulary.filter(wrong))


def text_types(feed: CheckedFeed) -> Iterator[Hits]:
    """Report texts that are no language, address, colour, currency or time zone."""
    of_type: dict[str, list[int]] = {}
    for at, (file, column) in enumerate(feed.columns):
        known = feed.spec.get(file)
        field = None if known is None else known.fields.get(column)
        if field is not None:
            of_type.setdefault(field.type, []).append(at)
    for kind, (code, wrong) in text_checks().items():
        if kind not in of_type:
            continue
        texts = feed.vocabulary.filter(pl.col("at").is_in(of_type[kind])).with_columns(
            stripped=TEXT.str.strip_chars()
        )
        texts = texts.filter(pl.col("stripped") != "")
        flags = texts.select(text="stripped").select(wrong=wrong)["wrong"]
        yield from _hits(feed, code, texts.filter(flags))


def unreadable(feed: CheckedFeed) -> Iterator[Hits]:
    """Report numbers, times and dates that cannot be read, and values that an enum lacks."""
    for column in _known(feed):
        if column.type not in TYPED:
            continue
        text, typed = feed.text(column.file), feed.frame(column.file)
        value = typed[column.name]
        if value.null_count() > text[column.name].null_count():
            lost = text.select(ROW, pl.col(column.name).alias(VALUE)).filter(
                pl.col(VALUE).is_not_null() & value.is_null()
            )
            yield Hits(UNREADABLE[column.type], f"{column.file}.txt", column.name, lost)
        if column.values and not value.drop_nulls().is_in(list(column.values)).all():
            odd = typed.select(ROW, pl.col(column.name).alias("value")).filter(
                ~pl.col("value").is_in(list(column.values))
            )
            odd = odd.select(ROW, pl.col("value").cast(pl.String).alias(VALUE))
            yield Hits("unexpected_enum_value", f"{column.file}.txt", column.name, odd)


def ranges(feed: CheckedFeed) -> Iterator[Hits]:
    """Report numbers outside their range, and points at the origin or a pole."""
    for column in _known(feed):
        kind = column.type if column.type in RANGES else column.range
        if kind not in RANGES:
            continue
        name, outside = RANGES[kind]
        values = feed.frame(column.file).select(ROW, pl.col(column.name).alias("value"))
        wrong = values.filter(outside)
        if wrong.height:
            shown = wrong.select(
                ROW, pl.col("value").cast(pl.String).alias(VALUE), fieldType=pl.lit(name)
            )
            yield Hits("number_out_of_range", f"{column.file}.txt", column.name, shown)
    for file, lat, lon in (
        ("stops", "stop_lat", "stop_lon"),
        ("shapes", "shape_pt_lat", "shape_pt_lon"),
    ):
        points = feed.frame(file).select(
            ROW, _lat=lat, _lon=lon, featureEntity=pl.lit(f"{file}.txt")
        )
        origin = points.filter((pl.col("_lat").abs() <= 1) & (pl.col("_lon").abs() <= 1))
        pole = points.filter(pl.col("_lat").abs() >= 89)
        if origin.height:
            yield Hits("point_near_origin", f"{file}.txt", lat, origin)
        if pole.height:
            yield Hits("point_near_pole", f"{file}.txt", lat, pole)


def order_of_ranges(feed: CheckedFeed) -> Iterator[Hits]:
    """Report ends that lie before their start, or on it where that may not be."""
    for column in _known(feed):
        if not column.end:
            continue
        end = column.end.removesuffix("!")
        pairs = feed.frame(column.file).select(ROW, start=column.name, end=end)
        if column.type == "time":
            shown = feed.text(column.file).select(
                ROW, pl.col(column.name).alias(VALUE), endValue=end, endFieldName=pl.lit(end)
            )
        else:
            shown = pairs.select(
                ROW,
                pl.col("start").dt.strftime("%Y%m%d").alias(VALUE),
                endValue=pl.col("end").dt.strftime("%Y%m%d"),
                endFieldName=pl.lit(end),
            )
        late = shown.filter(pairs.select(late=pl.col("start") > pl.col("end"))["late"])
        if late.height:
            yield Hits("start_and_end_range_out_of_order", f"{column.file}.txt", column.name, late)
        same = pairs.select(same=pl.col("start") == pl.col("end"))["same"]
        if column.end.endswith("!") and same.any():
            equal = shown.filter(same)
            yield Hits("start_and_end_range_equal", f"{column.file}.txt", column.name, equal)


def currency_amounts(feed: CheckedFeed) -> Iterator[Hits]:
    """Report amounts whose decimals are not those of their currency (fare_products)."""
    for column in _known(feed):
        if not column.currency or not feed.has_column(column.file, column.currency):
            continue
        decimals = pl.DataFrame(
            {"currency": list(currencies()), "decimals": list(currencies().values())}
        )
        rows = feed.text(column.file).select(
            ROW, pl.col(column.name).alias(VALUE), currency=column.currency
        )
        given = pl.col(VALUE).str.extract(r"\.([0-9]*)$").fill_null("").str.len_chars()
        wrong = (
            rows.join(decimals, "currency", maintain_order="left")
            .filter(pl.col(VALUE).is_not_null() & (given != pl.col("decimals")))
            .select(ROW, VALUE, currencyCode="currency")
        )
        if wrong.height:
            yield Hits("invalid_currency_amount", f"{column.file}.txt", column.name, wrong)


def mixed_case(feed: CheckedFeed) -> Iterator[Hits]:
    """
    Report names for people that are all capitals or all small letters.

    Only Latin words of more than one letter count; Japanese has no letter case.
    """
    for column in _known(feed):
        if not column.is_mixed_case:
            continue
        texts = feed.distinct(column.file, column.name)
        words = texts.str.contains(r"\b[A-Za-z]{2,}\b")
        other = texts.str.contains("[^\\x00-\\x7f]")
        upper, lower = texts.str.contains("[A-Z]"), texts.str.contains("[a-z]")
        wrong = words & ~other & (upper != lower)
        if wrong.any():
            bad = texts.filter(wrong)
            yield _cells(feed, "mixed_case_recommended_field", (column.file, column.name), bad)


RULES = (
    raw_text,
    text_types,
    unreadable,
    ranges,
    order_of_ranges,
    currency_amounts,
    mixed_case,
)
