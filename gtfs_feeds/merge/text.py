"""
Text columns to numbers and rows, a whole column at a time.

A timetable repeats itself: 1.5 million calls hold some 10,000 different times. So whatever needs
care is parsed once a different text and joined back, and plain numbers go through one cast.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from gtfs_feeds.read.tables import ROW
from maas.core.columns import Float64s, Int32s, Int64s
from maas.core.servicetime import parse_seconds

Bools = npt.NDArray[np.bool_]

_INT32: Final = 2**31 - 1
_FEW: Final = 5000
"""Below so many rows plain loops are faster than the start-up of a query."""
FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100
"""Dates outside are mistakes of typing, and would make the table of days endless."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of whole numbers; `values` is the default where `given` is false."""

    values: Int64s
    given: Bools
    """The cell held a number that can be used."""
    bad: Bools
    """The cell held something else than a number in range."""


def column(table: pl.DataFrame, name: str) -> pl.Series:
    """Return a column (the reader trims cells); empty texts where the table has none such."""
    if name not in table.columns:
        return pl.Series(name, [""], pl.String).new_from_index(0, len(table))
    return table[name]


def lines(table: pl.DataFrame) -> Int64s:
    """Return the line of the file of each row."""
    if ROW not in table.columns:
        return np.arange(2, len(table) + 2, dtype=np.int64)
    return table[ROW].cast(pl.Int64).fill_null(0).to_numpy()


def _decode(texts: pl.Series, parse: Callable[[str], int | None], default: int) -> Numbers:
    """Parse each different text once."""
    if len(texts) < _FEW:
        known: dict[str, int | None] = {"": None}
        cells = texts.to_list()
        for cell in cells:
            if cell not in known:
                known[cell] = parse(cell)
        parsed = [known[cell] for cell in cells]
        values = np.array([default if one is None else one for one in parsed], np.int64)
        given = np.array([one is not None for one in parsed], np.bool_)
        return Numbers(values, given, ~given & np.array([cell != "" for cell in cells], np.bool_))
    different = texts.unique()
    numbers = pl.Series("number", [parse(text) if text else None for text in different], pl.Int64)
    keys = pl.DataFrame({"text": different, "number": numbers})
    joined = pl.DataFrame({"text": texts}).join(keys, on="text", how="left", maintain_order="left")
    found = joined["number"]
    given = found.is_not_null().to_numpy()
    bad = ~given & (texts != "").to_numpy()
    return Numbers(found.fill_null(default).to_numpy().astype(np.int64), given, bad)


def _plain_number(text: str) -> float | None:
    """Return the number that full-width digits or a trailing `.0` mean."""
    try:
        value = float(unicodedata.normalize("NFKC", text).strip())
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _parse_whole(text: str) -> int | None:
    """Return the whole number of a text, full-width digits and `2.0` included."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    number = _plain_number(text)
    fits = number is not None and abs(number) <= _INT32 and number == int(number)
    return int(number) if number is not None and fits else None


def whole(texts: pl.Series, default: int, low: int = -_INT32, high: int = _INT32) -> Numbers:
    """Return whole numbers within [low, high]."""
    if len(texts) < _FEW:
        plain = _decode(texts, _parse_whole, default)
        values, given, bad = plain.values, plain.given, plain.bad
    else:
        cast = texts.cast(pl.Int64, strict=False)
        values, given = (
            cast.fill_null(default).to_numpy().copy(),
            cast.is_not_null().to_numpy().copy(),
        )
        bad = ~given & (texts != "").to_numpy()
        if bad.any():
            rescued = _decode(texts.filter(pl.Series(bad)), _parse_whole, default)
            values[bad], given[bad] = rescued.values, rescued.given
            bad = bad & ~given
    out = given & ((values < low) | (values > high))
    given, bad = given & ~out, bad | out
    values[~given] = default
    return Numbers(values, given, bad)


def real(texts: pl.Series, low: float = -1e9, high: float = 1e9) -> tuple[Float64s, Bools]:
    """Return real numbers in [low, high], else NaN, and where a cell held something else."""
    filled = (texts != "").to_numpy()
    if not filled.any():
        return np.full(len(texts), np.nan), np.zeros(len(texts), np.bool_)
    values = texts.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy().copy()
    odd = np.isnan(values) & filled
    if odd.any():
        for at in np.flatnonzero(odd).tolist():
            number = _plain_number(texts[at])
            values[at] = np.nan if number is None else number
    with np.errstate(invalid="ignore"):
        values[~((values >= low) & (values <= high))] = np.nan
    return values, np.isnan(values) & filled


def seconds(texts: pl.Series) -> Numbers:
    """
    Return seconds of the service day, -1 where a cell holds no time.

    `8:05` is read as `8:05:00`: hours are the only thing that the first of two numbers is in feeds.
    """

    def parse(text: str) -> int | None:
        found = parse_seconds(text)
        if found is not None:
            return found
        plain = unicodedata.normalize("NFKC", text).strip()
        return parse_seconds(f"{plain}:00" if plain.count(":") == 1 else plain)

    return _decode(texts, parse, -1)


def parse_day(text: str) -> date | None:
    """Return the day of `YYYYMMDD`, or None where the text is no day of this age."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if len(plain) != 8 or not (plain.isascii() and plain.isdigit()):
        return None
    try:
        day = date(int(plain[:4]), int(plain[4:6]), int(plain[6:]))
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year < LAST_YEAR else None


def days(texts: pl.Series) -> Numbers:
    """Return days as proleptic ordinals (`date.toordinal`), 0 where a cell holds none."""

    def parse(text: str) -> int | None:
        day = parse_day(text)
        return None if day is None else day.toordinal()

    return _decode(texts, parse, 0)


def rows_of(texts: pl.Series, ids: pl.Series) -> Int32s:
    """Return the row of `ids` that each text names, -1 where none; ids are unique."""
    if len(texts) + len(ids) < _FEW:
        row = {text: at for at, text in enumerate(ids.to_list())}
        return np.array([row.get(text, -1) for text in texts.to_list()], np.int32)
    known = pl.DataFrame({"id": ids, "row": np.arange(len(ids), dtype=np.int32)})
    asked = pl.DataFrame({"id": texts})
    found = asked.join(known, on="id", how="left", maintain_order="left")["row"]
    return found.fill_null(-1).to_numpy().astype(np.int32)


def first_of_each(*columns: pl.Series | npt.NDArray[Any]) -> Bools:
    """Return where a row is the first with its combination of values."""
    if len(columns[0]) < _FEW:
        seen: set[tuple[Any, ...]] = set()
        rows = list(zip(*(list(values) for values in columns), strict=True))
        # a set's `add` returns None: the row is new when it was not there before
        return np.array([not (row in seen or seen.add(row)) for row in rows], np.bool_)  # type: ignore[func-returns-value]
    frame = pl.DataFrame({str(at): values for at, values in enumerate(columns)})
    return frame.select(pl.struct(pl.all()).is_first_distinct()).to_series().to_numpy()
