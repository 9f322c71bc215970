"""A feed as the rules see it: typed columns, with every column of the specification there."""

from collections.abc import Collection
from datetime import date
from functools import cached_property
from typing import Final

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


def converted(text: pl.Series, kind: str) -> pl.Series:
    """Return the values of a text column; null where the text is empty or is no such value."""
    target = TYPED.get(kind)
    if target is None:
        return text
    if target is pl.Int64:
        return text.cast(pl.Int64, strict=False)
    if target is pl.Float64:
        number = text.cast(pl.Float64, strict=False)
        return number.set(~number.is_finite(), None) if number.len() else number
    frame = text.rename("text").to_frame()
    if target is pl.Date:
        day = pl.col("text").str.to_date("%Y%m%d", strict=False)
        return frame.select(pl.when(pl.col("text").str.contains("^[0-9]{8}$")).then(day))[
            "text"
        ].rename(text.name)
    last = pl.col("text").str.slice(-2).cast(pl.Int32, strict=False)
    middle = pl.col("text").str.slice(-5, 2).cast(pl.Int32, strict=False)
    first = pl.col("text").str.head(-6).cast(pl.Int32, strict=False)
    seconds = first * 3600 + middle * 60 + last
    return frame.select(
        pl.when(pl.col("text").str.contains(ASCII_TIME)).then(seconds).alias(text.name)
    )[text.name]


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
        self._distinct: dict[tuple[str, str], pl.Series] = {}

    def has(self, file: str) -> bool:
        """Say whether the feed has this file, if only its header."""
        return file in self.source.tables

    def has_column(self, file: str, column: str) -> bool:
        """Say whether the file has this column."""
        table = self.source.tables.get(file)
        return table is not None and column in table.columns

    def distinct(self, file: str, column: str) -> pl.Series:
        """Return the different texts of a column as they stand in the file, null for empty."""
        key = (file, column)
        if key not in self._distinct:
            table = self.source.tables[file]
            self._distinct[key] = table[column].unique().drop_nulls().rename("text")
        return self._distinct[key]

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
            distinct = self.distinct(file, name)
            column = pl.col(name)
            if (distinct != distinct.str.strip_chars()).any():
                column = column.str.strip_chars()
            wanted.append(pl.when(column != "").then(column).alias(name))
        return table.select(wanted)

    def _typed(self, file: str) -> pl.DataFrame:
        text = self.text(file)
        return text.with_columns(
            self._converted(text[column.name], column)
            for column in spec()[file].fields.values()
            if column.type in TYPED
        )

    def _converted(self, text: pl.Series, column: FieldSpec) -> pl.Series:
        if text.null_count() == text.len():
            return pl.Series(text.name, [None], TYPED[column.type]).new_from_index(0, text.len())
        if column.type not in {"time", "date", "enum"}:
            return converted(text, column.type)
        # Times and dates repeat: reading each text once is several times faster.
        distinct = text.unique().drop_nulls()
        values = converted(distinct, column.type)
        return text.replace_strict(
            distinct, values, default=None, return_dtype=TYPED[column.type]
        ).rename(text.name)

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
