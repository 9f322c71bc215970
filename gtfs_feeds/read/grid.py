"""The cells of a file before anything is known about their meaning."""

from dataclasses import dataclass

import polars as pl

from gtfs_feeds.read.tables import ROW


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
