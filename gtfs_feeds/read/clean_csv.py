"""The fast path: csv on whose cells polars and the careful reader agree, but for a few lines."""

import csv
import io
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from polars.exceptions import PolarsError

from gtfs_feeds.read.careful_csv import Record, collect_rows
from gtfs_feeds.read.collect import FaultLog
from gtfs_feeds.read.grid import Grid, empty_rows, is_blank
from gtfs_feeds.read.limits import ReadLimits
from gtfs_feeds.read.tables import ROW

COMMA, QUOTE, NEWLINE = ord(","), ord('"'), ord("\n")
ODD_LINES: Final = 2000
"""With more blank, short or long lines than this the careful path is as fast."""
LONGEST_LINE: Final = 100_000
"""Below csv's own limit of a field, so that reading an odd line cannot fail."""

Positions = npt.NDArray[np.int64]


def read_clean(data: bytes, file: str, limits: ReadLimits, faults: FaultLog) -> Grid | None:
    """
    Return the grid of valid UTF-8 csv, or None where it is not clean enough.

    Clean means: lines end in LF or CRLF, and quotes enclose whole cells without a line break or a
    quote inside. Lines that are blank, too short or too long are read one by one, with the faults
    that the careful path gives them; all others go to polars at once. Everything else is left to
    `careful_csv`, and nothing is logged.
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    if not data or b"\r" in data or b"\0" in data:
        return None
    data = data.removesuffix(b"\n")
    raw = np.frombuffer(data, np.uint8)
    ends = np.append(np.flatnonzero(raw == NEWLINE), raw.size)
    first = data[: ends[0]]
    commas = plain_commas(raw, ends)
    if commas is None or len(first) > LONGEST_LINE:
        return None
    header = next(csv.reader([first.decode("utf-8")]), [])
    width, count = len(header), ends.size - 1
    if is_blank(header) or not 2 <= width <= limits.columns or count > limits.rows:
        return None
    per_line = np.diff(np.searchsorted(commas, ends), prepend=0)
    if per_line[0] != width - 1:
        return None
    odd = np.flatnonzero(per_line[1:] != width - 1) + 1
    if odd.size > ODD_LINES or np.diff(ends, prepend=0)[odd].max(initial=0) > LONGEST_LINE:
        return None
    rows = parse(even_lines(data, raw, ends, odd), width, quoted=QUOTE in data)
    if rows is None or rows.height != count - odd.size:
        return None
    numbers = np.delete(np.arange(2, count + 2), odd - 1)
    rows = rows.with_columns(pl.Series(ROW, numbers, dtype=pl.Int64()))
    if odd.size:
        records = odd_records(data, ends, odd)
        rest = collect_rows(records, width, file, limits, faults)
        rows = pl.concat([rows, rest]).sort(ROW)
    return Grid(tuple(header), rows)


def even_lines(data: bytes, raw: npt.NDArray[np.uint8], ends: Positions, odd: Positions) -> bytes:
    """Return the lines below the header that are as long as it."""
    if not odd.size:
        return data[ends[0] + 1 :]
    keep = np.ones(ends.size, bool)
    keep[odd] = False
    keep[0] = False
    lengths = np.diff(ends, prepend=-1)
    lengths[-1] -= 1  # The last line has no newline behind it.
    kept: bytes = raw[np.repeat(keep, lengths)].tobytes()
    return kept


def odd_records(data: bytes, ends: Positions, odd: Positions) -> Iterator[Record]:
    """Yield the lines of another length with their numbers."""
    for at in odd.tolist():
        line = data[ends[at - 1] + 1 : ends[at]].decode("utf-8")
        yield at + 1, next(csv.reader([line]), [])


def parse(body: bytes, width: int, *, quoted: bool) -> pl.DataFrame | None:
    """Return rows that are all of one length, or None where polars stumbles."""
    if not body:
        return empty_rows(width).drop(ROW)
    schema = {str(column): pl.String() for column in range(width)}
    try:
        rows = pl.read_csv(
            io.BytesIO(body),
            has_header=False,
            schema=schema,
            quote_char='"' if quoted else None,
            empty_string_is_null=False,
            infer_schema=False,
            raise_if_empty=False,
        )
    except PolarsError:
        return None
    return None if rows.width != width or any(rows.null_count().row(0)) else rows


def plain_commas(raw: npt.NDArray[np.uint8], ends: Positions) -> Positions | None:
    """
    Return the commas outside of quotes, or None where a quote is out of place.

    Quotes are in place when they come in pairs, the first after a comma or line start, the second
    before a comma or line end, and no line ends between them. (`""` inside a cell breaks this,
    because the second quote is followed by a third.)
    """
    commas = np.flatnonzero(raw == COMMA)
    quotes = np.flatnonzero(raw == QUOTE)
    if not quotes.size:
        return commas
    if quotes.size % 2:
        return None
    opening, closing = quotes[::2], quotes[1::2]
    before = raw[np.maximum(opening - 1, 0)]
    after = raw[np.minimum(closing + 1, raw.size - 1)]
    opens = (opening == 0) | (before == COMMA) | (before == NEWLINE)
    closes = (closing == raw.size - 1) | (after == COMMA) | (after == NEWLINE)
    if not (opens.all() and closes.all()):
        return None
    if (np.searchsorted(ends, opening) != np.searchsorted(ends, closing)).any():
        return None
    inside = np.searchsorted(opening, commas) != np.searchsorted(closing, commas)
    plain: Positions = commas[~inside]
    return plain
