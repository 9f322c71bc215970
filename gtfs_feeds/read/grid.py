"""The cells of a file before anything is known about their meaning."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from gtfs_feeds.read.tables import ROW

BLANKS: Final = " \t\r\n\v\f\u00a0\u3000\u200b\ufeff"
"""What is trimmed from the ends of a cell: also the ideographic space that Japanese types."""


def is_blank(cells: Iterable[str]) -> bool:
    """Say whether a record holds nothing to read."""
    return not any(cell.strip(BLANKS) for cell in cells)


@dataclass(frozen=True, slots=True)
class Grid:
    """A header and its rows, as the file has them."""

    header: tuple[str, ...]
    rows: pl.DataFrame
    """Columns `0`, `1`, … of text beside `ROW`; as many as the header has names."""


def empty_rows(width: int) -> pl.DataFrame:
    """Return no rows of this width."""
    schema: dict[str, pl.DataType] = {str(column): pl.String() for column in range(width)}
    return pl.DataFrame(schema=schema | {ROW: pl.Int64()})
