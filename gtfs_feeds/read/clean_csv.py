"""The fast path: csv that is so clean that polars and the careful reader agree on every cell."""

import csv
import io

import numpy as np
import numpy.typing as npt
import polars as pl
from polars.exceptions import PolarsError

from gtfs_feeds.read.grid import Grid, empty_rows, is_blank
from gtfs_feeds.read.tables import ROW

COMMA, QUOTE, NEWLINE = ord(","), ord('"'), ord("\n")


def read_clean(data: bytes, *, max_rows: int, max_columns: int) -> Grid | None:
    """
    Return the grid of valid UTF-8 csv, or None where it is not plainly clean.

    Clean means: rows end in LF or CRLF, none is blank, all are as long as the header, and quotes
    enclose whole cells without a line break or a quote inside. Anything else is left to
    `careful_csv`, which knows what to say about it.
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    if not data or b"\r" in data or b"\0" in data or b"\n\n" in data or data[0] == NEWLINE:
        return None
    data = data.removesuffix(b"\n")
    first, _, body = data.partition(b"\n")
    if len(first) > csv.field_size_limit():
        return None
    raw = np.frombuffer(data, np.uint8)
    newlines = np.flatnonzero(raw == NEWLINE)
    quoted_commas = commas_in_quotes(raw, newlines)
    if quoted_commas is None:
        return None
    header = next(csv.reader([first.decode("utf-8")]))
    if is_blank(header):
        return None
    width = len(header)
    count = newlines.size
    if width > max_columns or count > max_rows or width < 2:
        return None
    if np.count_nonzero(raw == COMMA) - quoted_commas != (width - 1) * (count + 1):
        return None
    if not count:
        return Grid(tuple(header), empty_rows(width))
    rows = parse(body, width, quoted=QUOTE in data)
    if rows is None or rows.height != count:
        return None
    return Grid(tuple(header), rows)


def parse(body: bytes, width: int, *, quoted: bool) -> pl.DataFrame | None:
    """Return the rows below the header, or None where polars stumbles (a long row)."""
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
    if rows.width != width or any(rows.null_count().row(0)):
        return None
    return rows.with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias(ROW))


def commas_in_quotes(raw: npt.NDArray[np.uint8], newlines: npt.NDArray[np.int64]) -> int | None:
    """
    Return how many commas lie inside quotes, or None where a quote is out of place.

    Quotes are in place when they come in pairs, the first after a comma or line start, the second
    before a comma or line end, and no line ends between them. (`""` inside a cell breaks this,
    because the second quote is followed by a third.)
    """
    quotes = np.flatnonzero(raw == QUOTE)
    if not quotes.size:
        return 0
    if quotes.size % 2:
        return None
    opening, closing = quotes[::2], quotes[1::2]
    before = raw[np.maximum(opening - 1, 0)]
    after = raw[np.minimum(closing + 1, raw.size - 1)]
    opens = (opening == 0) | (before == COMMA) | (before == NEWLINE)
    closes = (closing == raw.size - 1) | (after == COMMA) | (after == NEWLINE)
    if not (opens.all() and closes.all()):
        return None
    if (np.searchsorted(newlines, opening) != np.searchsorted(newlines, closing)).any():
        return None
    commas = np.flatnonzero(raw == COMMA)
    inside = np.searchsorted(commas, closing) - np.searchsorted(commas, opening)
    return int(inside.sum())
