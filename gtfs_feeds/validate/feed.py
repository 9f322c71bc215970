"""A feed as the rules see it: typed columns, with every column of the specification there."""

from collections.abc import Collection
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl

from gtfs_feeds.read.tables import ROW, FeedTables
from gtfs_feeds.validate.spec import FieldSpec, spec, visible_spec

TYPED: Final[dict[str, type[pl.DataType]]] = {
    "enum": pl.Int64,
    "integer": pl.Int64,
    "float": pl.Float64,
    "decimal": pl.Float64,
    "latitude": pl.Float64,
    "longitude": pl.Float64,
    "time": pl.Int32,
    "date": pl.Date,
}
"""What a type becomes; every other one stays text. Times are seconds of the service day."""

ASCII_TIME: Final = r"^[0-9]{1,3}:[0-5][0-9]:[0-5][0-9]$"


LARGE: Final = 20_000
"""Rows from which it pays to read each different time or date once."""
REPEATING: Final = frozenset({"time", "date", "enum"})


def conversion(text: pl.Expr, kind: str) -> pl.Expr:
    """Return the values of a text column; null where the text is empty or is no such value."""
    target = TYPED[kind]
    if target is pl.Int64:
        return text.cast(pl.Int64, strict=False)
    if target is pl.Float64:
        number = text.cast(pl.Float64, strict=False)
        return pl.when(number.is_finite()).then(number)
    if target is pl.Date:
        return pl.when(text.str.contains("^[0-9]{8}$")).then(
            text.str.to_date("%Y%m%d", strict=False)
        )
    last = text.str.slice(-2).cast(pl.Int32, strict=False)
    middle = text.str.slice(-5, 2).cast(pl.Int32, strict=False)
    first = text.str.head(-6).cast(pl.Int32, strict=False)
    seconds = first * 3600 + middle * 60 + last
    return pl.when(text.str.contains(ASCII_TIME)).then(seconds)


class CheckedFeed:
    """
    A feed under inspection.

    Every frame holds all columns that the specification knows, so that a rule needs no question
    about which of them a feed has; a column or file that is missing is all null or empty.
    """

    def __init__(
        self,
        tables: FeedTables,
        today: date,
        previous: FeedTables | None = None,
        realtime_trip_ids: Collection[str] | None = None,
        profile: str = "",
    ) -> None:
        self.source = tables
        self.today = today
        self.previous = previous
        self.realtime_trip_ids = realtime_trip_ids
        self.profile = profile
        self.spec = visible_spec(japanese=profile.startswith("gtfs-jp"))
        """What the profile knows: without GTFS-JP's additions in the profiles of plain GTFS."""
        self._texts: dict[str, pl.DataFrame] = {}
        self._frames: dict[str, pl.DataFrame] = {}
        self._distinct: dict[str, dict[str, pl.Series]] = {}

    def has(self, file: str) -> bool:
        """Say whether the feed has this file, if only its header."""
        return file in self.source.tables

    def has_column(self, file: str, column: str) -> bool:
        """Say whether the file has this column."""
        table = self.source.tables.get(file)
        return table is not None and column in table.columns

    def distinct(self, file: str, column: str) -> pl.Series:
        """Return the different texts of a column as they stand in the file."""
        if file not in self._distinct:
            texts = pl.all().exclude(ROW).unique().drop_nulls().implode()
            row = self.source.tables[file].select(texts)
            self._distinct[file] = {name: row[name].explode() for name in row.columns}
        return self._distinct[file][column]

    @cached_property
    def vocabulary(self) -> pl.DataFrame:
        """The different texts of every column: `at` is the place of the column in `columns`."""
        texts = [self.distinct(file, column).rename("text") for file, column in self.columns]
        lengths = [text.len() for text in texts]
        at = np.repeat(np.arange(len(texts)), lengths)
        joined = pl.concat(texts) if texts else pl.Series("text", [], pl.String)
        return pl.DataFrame({"at": at, "text": joined}, schema_overrides={"at": pl.Int64})

    @cached_property
    def columns(self) -> list[tuple[str, str]]:
        """Every column of every table that has a row, known or not."""
        return [
            (file, column)
            for file, table in self.source.tables.items()
            if table.height
            for column in table.columns
            if column != ROW
        ]

    @cached_property
    def _loose(self) -> set[tuple[str, str]]:
        """The columns in which a text has blanks at its ends."""
        edges = pl.col("text") != pl.col("text").str.strip_chars()
        found = self.vocabulary.filter(edges)["at"].unique().to_list()
        return {self.columns[at] for at in found}

    def text(self, file: str) -> pl.DataFrame:
        """Return a file as text without outer blanks; null where a cell is empty."""
        if file not in self._texts:
            self._texts[file] = self._text(file)
        return self._texts[file]

    def frame(self, file: str) -> pl.DataFrame:
        """Return a file with typed columns; null where a cell is empty or cannot be read."""
        if file not in self._frames:
            self._frames[file] = self._typed(file)
        return self._frames[file]

    def _text(self, file: str) -> pl.DataFrame:
        columns = spec()[file].fields
        table = self.source.tables.get(file)
        if table is None:
            return pl.DataFrame(schema={ROW: pl.Int64} | dict.fromkeys(columns, pl.String))
        wanted: list[pl.Expr] = [pl.col(ROW).cast(pl.Int64)]
        for name in columns:
            if name not in table.columns:
                wanted.append(pl.lit(None, pl.String).alias(name))
                continue
            column = pl.col(name)
            if (file, name) in self._loose:
                column = column.str.strip_chars()
            wanted.append(pl.when(column != "").then(column).alias(name))
        return table.select(wanted)

    def _typed(self, file: str) -> pl.DataFrame:
        text = self.text(file)
        columns = [column for column in spec()[file].fields.values() if column.type in TYPED]
        return text.with_columns(self._expression(text, column) for column in columns)

    def _expression(self, text: pl.DataFrame, column: FieldSpec) -> pl.Expr:
        target = TYPED[column.type]
        if text[column.name].null_count() == text.height:
            return pl.lit(None, target).alias(column.name)
        if column.type not in REPEATING or text.height < LARGE:
            return conversion(pl.col(column.name), column.type).alias(column.name)
        distinct = text.select(pl.col(column.name).unique().drop_nulls())
        values = distinct.select(conversion(pl.col(column.name), column.type))
        return pl.col(column.name).replace_strict(
            distinct.to_series(), values.to_series(), default=None, return_dtype=target
        )

    @cached_property
    def stops(self) -> pl.DataFrame:
        """The first row of each stop_id, with `lat` and `lon` taken from the parent if missing."""
        stops = self.frame("stops").filter(pl.col("stop_id").is_not_null())
        stops = stops.unique("stop_id", keep="first", maintain_order=True)
        parents = stops.select(
            parent_station="stop_id", parent_lat="stop_lat", parent_lon="stop_lon"
        )
        known = pl.col("stop_lat").is_not_null() & pl.col("stop_lon").is_not_null()
        return (
            stops.join(parents, "parent_station", "left", maintain_order="left")
            .with_columns(
                lat=pl.when(known).then("stop_lat").otherwise("parent_lat"),
                lon=pl.when(known).then("stop_lon").otherwise("parent_lon"),
                location_type=pl.col("location_type").fill_null(0),
            )
            .drop("parent_lat", "parent_lon")
        )

    @cached_property
    def trips(self) -> pl.DataFrame:
        """The first row of each trip_id, with the route's type."""
        trips = self.frame("trips").filter(pl.col("trip_id").is_not_null())
        trips = trips.unique("trip_id", keep="first", maintain_order=True)
        routes = self.routes.select("route_id", "route_type", known_route=pl.lit(value=True))
        return trips.join(routes, "route_id", "left", maintain_order="left")

    @cached_property
    def routes(self) -> pl.DataFrame:
        """The first row of each route_id."""
        routes = self.frame("routes").filter(pl.col("route_id").is_not_null())
        return routes.unique("route_id", keep="first", maintain_order=True)
