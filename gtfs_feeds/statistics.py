"""
Statistics and GeoJSON of a feed, by gtfs_kit.

gtfs_kit trusts its input: a digit in the wrong width, a `NA` as id or an unknown stop costs the
whole feed or goes by unseen. So it never reads a file here; it gets frames that were cleaned of
every row it would stumble over, and `Cleaning` says what was left out.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

import gtfs_kit
import pandas as pd
import polars as pl

from gtfs_feeds.read.tables import FeedTables
from maas.core.errors import Kind, MaasError
from maas.core.servicetime import parse_seconds

TEXT, WHOLE, REAL = "string", "Int32", "float64"

COLUMNS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "agency": {"agency_id": TEXT, "agency_name": TEXT, "agency_timezone": TEXT},
        "stops": {
            "stop_id": TEXT,
            "stop_name": TEXT,
            "stop_lat": REAL,
            "stop_lon": REAL,
            "location_type": WHOLE,
            "parent_station": TEXT,
            "platform_code": TEXT,
        },
        "routes": {
            "route_id": TEXT,
            "agency_id": TEXT,
            "route_short_name": TEXT,
            "route_long_name": TEXT,
            "route_type": WHOLE,
            "route_color": TEXT,
        },
        "trips": {
            "route_id": TEXT,
            "service_id": TEXT,
            "trip_id": TEXT,
            "direction_id": WHOLE,
            "block_id": TEXT,
            "shape_id": TEXT,
        },
        "stop_times": {
            "trip_id": TEXT,
            "arrival_time": TEXT,
            "departure_time": TEXT,
            "stop_id": TEXT,
            "stop_sequence": WHOLE,
        },
        "calendar": {
            "service_id": TEXT,
            **dict.fromkeys(
                (
                    "monday",
                    "tuesday",
                    "wednesday",
                    "thursday",
                    "friday",
                    "saturday",
                    "sunday",
                ),
                WHOLE,
            ),
            "start_date": TEXT,
            "end_date": TEXT,
        },
        "calendar_dates": {"service_id": TEXT, "date": TEXT, "exception_type": WHOLE},
        "shapes": {
            "shape_id": TEXT,
            "shape_pt_lat": REAL,
            "shape_pt_lon": REAL,
            "shape_pt_sequence": WHOLE,
        },
    }
)
"""
What the statistics use. `shape_dist_traveled` is left out because its unit is not known (feeds use
metres, kilometres and nothing at all); distances are measured along shapes instead.
"""

KEYS: Final = MappingProxyType(
    {
        "stops": ("stop_id",),
        "routes": ("route_id",),
        "trips": ("trip_id",),
        "stop_times": ("trip_id", "stop_sequence"),
        "calendar": ("service_id",),
        "calendar_dates": ("service_id", "date"),
        "shapes": ("shape_id", "shape_pt_sequence"),
    }
)

NEEDED: Final = ("agency", "stops", "routes", "trips", "stop_times")
FIRST_YEAR, LAST_YEAR = 1990, 2099
"""Dates outside are slips; counting their days one by one would take hours."""
EIGHT_WEEKS: Final = 56

ROUTE_COLUMNS: Final = (
    "route_id",
    "route_short_name",
    "route_type",
    "num_trips",
    "num_stop_patterns",
    "is_loop",
    "start_time",
    "end_time",
    "mean_headway",
    "peak_num_trips",
    "service_distance",
    "service_duration",
    "service_speed",
)


class StatisticsImpossible(MaasError):
    """The feed lacks what every statistic needs: stops, routes, trips with times, and days."""

    code = "statistics-impossible"
    title = "There is nothing to count in this feed"
    kind = Kind.INVALID

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"No usable rows in {missing}. Validate the feed to see why.",
            missing=missing,
            detail_ja=f"{missing} に使える行がありません。検証して原因を確かめてください。",
        )


@dataclass(frozen=True, slots=True)
class Cleaning:
    """Rows that statistics cannot use, by table."""

    left_out: Mapping[str, int]


class FeedStatistics:
    """
    Counts, route statistics and maps of one feed.

    Raises:
        StatisticsImpossible: After cleaning, nothing is left to count.
    """

    def __init__(self, feed: FeedTables) -> None:
        for name in NEEDED:
            raw = feed.table(name)
            if raw is None or not raw.height:
                raise StatisticsImpossible(f"{name}.txt")
        tables = {name: typed(feed, name) for name in COLUMNS}
        tables = without_dangling(tables)
        for name in NEEDED:
            if not tables[name].height:
                raise StatisticsImpossible(f"{name}.txt")
        if not tables["calendar"].height and not tables["calendar_dates"].height:
            raise StatisticsImpossible("calendar.txt, calendar_dates.txt")
        self.cleaning = Cleaning(
            {
                name: lost
                for name, table in tables.items()
                if (raw := feed.table(name)) is not None and (lost := raw.height - table.height)
            }
        )
        self.has_shapes = bool(tables["shapes"].height)
        self._kit = gtfs_kit.Feed(
            dist_units="km",
            **{name: as_pandas(name, table) for name, table in tables.items() if table.height},
        )

    def busiest_day(self) -> date:
        """Return the day with the most trips in the first eight weeks of the feed."""
        with quiet():
            days = self._kit.get_dates()[:EIGHT_WEEKS]
            activity = self._kit.compute_trip_activity(days)
        trips = {day: int(activity[day].sum()) for day in days if day in activity.columns}
        text = max(trips, key=lambda day: (trips[day], -int(day)))
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))

    def describe(self, day: date | None = None) -> dict[str, Any]:
        """
        Return counts of the feed and of one day, the busiest of its first weeks if none is given.

        Keys: agencies, timezone, start_date, end_date, num_routes, num_trips, num_stops,
        num_shapes, sample_date, num_routes_active_on_sample_date and so on.
        """
        with quiet():
            frame = self._kit.describe((day or self.busiest_day()).strftime("%Y%m%d"))
        return dict(zip(frame["indicator"].tolist(), map(plain, frame["value"]), strict=True))

    def routes(self, day: date) -> list[dict[str, Any]]:
        """
        Return one row per route that runs on a service day.

        Keys: `ROUTE_COLUMNS`; distances in kilometres (None without shapes), durations in hours,
        headways in minutes between 07:00 and 19:00 (None unless every trip has its direction).
        """
        text = day.strftime("%Y%m%d")
        with quiet():
            frame = self._kit.compute_route_stats([text], self._trip_stats)
        if frame.empty:
            return []
        has_direction = "direction_id" in self._kit.trips.columns
        rows = []
        for record in frame.to_dict("records"):
            row = {name: plain(record[name]) for name in ROUTE_COLUMNS}
            if not self.has_shapes:
                row |= {"service_distance": None, "service_speed": None}
            if not has_direction:
                row["mean_headway"] = None
            rows.append(row)
        return rows

    def geojson(self) -> dict[str, Any]:
        """
        Return routes as lines and stops as points, in WGS 84.

        Where a trip has no shape its stops are joined by straight lines; the collection then has
        `"straight": true`.
        """
        with quiet():
            kit = self._kit if self._has_all_shapes() else self._kit.create_shapes()
            lines = kit.routes_to_geojson()
            points = kit.stops_to_geojson()
        features = [feature for feature in lines["features"] if feature["geometry"]]
        collection = {"type": "FeatureCollection", "features": features + points["features"]}
        if not self._has_all_shapes():
            collection["straight"] = True
        return collection

    def _has_all_shapes(self) -> bool:
        """Say whether every trip has a shape that is there."""
        return self.has_shapes and not bool(self._kit.trips["shape_id"].isna().any())

    @cached_property
    def _trip_stats(self) -> pd.DataFrame:
        with quiet():
            stats: pd.DataFrame = self._kit.compute_trip_stats()
        return stats


@contextmanager
def quiet() -> Iterator[None]:
    """Hide pandas' notes to the authors of gtfs_kit."""
    with warnings.catch_warnings(action="ignore"):
        yield


def plain(value: Any) -> Any:
    """Return a value of numpy or pandas as one of Python, None where it is missing."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def typed(feed: FeedTables, name: str) -> pl.DataFrame:
    """Return a table's used columns with numbers as numbers; null where a cell is none."""
    raw = feed.table(name)
    columns = COLUMNS[name]
    if raw is None:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String()))
    cells = []
    for column, kind in columns.items():
        text = pl.col(column) if column in raw.columns else pl.lit("")
        if kind == WHOLE:
            cells.append(text.cast(pl.Int32, strict=False).alias(column))
        elif kind == REAL:
            number = text.cast(pl.Float64, strict=False)
            cells.append(pl.when(number.is_finite()).then(number).alias(column))
        else:
            cells.append(pl.when(text != "").then(text).alias(column))
    return raw.select(cells)


def without_dangling(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables without the rows that gtfs_kit cannot use."""
    clean = dict(tables)
    clean["stops"] = unique(
        tables["stops"].filter(
            pl.col("stop_id").is_not_null()
            & pl.col("stop_lat").is_between(-90, 90)
            & pl.col("stop_lon").is_between(-180, 180)
        ),
        "stops",
    )
    clean["routes"] = unique(tables["routes"].filter(pl.col("route_id").is_not_null()), "routes")
    clean["calendar"] = unique(real_days(tables["calendar"], "start_date", "end_date"), "calendar")
    clean["calendar_dates"] = unique(real_days(tables["calendar_dates"], "date"), "calendar_dates")
    clean["shapes"] = whole_shapes(tables["shapes"])
    calls = unique(
        with_times(tables["stop_times"].drop_nulls(["trip_id", "stop_sequence"])).join(
            clean["stops"].select("stop_id"), on="stop_id", how="semi", maintain_order="left"
        ),
        "stop_times",
    )
    trips = unique(tables["trips"].drop_nulls(["trip_id", "service_id"]), "trips")
    trips = trips.join(clean["routes"].select("route_id"), on="route_id", how="semi")
    trips = trips.join(calls.select("trip_id"), on="trip_id", how="semi", maintain_order="left")
    known_shapes = clean["shapes"]["shape_id"].unique().implode()
    trips = trips.with_columns(
        pl.when(pl.col("shape_id").is_in(known_shapes)).then(pl.col("shape_id"))
    )
    if trips["direction_id"].null_count():
        trips = trips.drop("direction_id")
    clean["trips"] = trips
    clean["stop_times"] = calls.join(
        trips.select("trip_id"), on="trip_id", how="semi", maintain_order="left"
    )
    return clean


def unique(table: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return a table with the first row of each key."""
    return table.unique(list(KEYS[name]), keep="first", maintain_order=True)


def real_days(table: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Return the rows whose dates are dates of this age."""
    for column in columns:
        day = pl.col(column).str.to_date("%Y%m%d", strict=False)
        table = table.filter(
            pl.col(column).str.contains("^[0-9]{8}$")
            & day.is_not_null()
            & day.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
        )
    return table.drop_nulls("service_id")


def with_times(calls: pl.DataFrame) -> pl.DataFrame:
    """
    Return the calls with both times wherever one is given and is a time.

    Calls before the first and after the last time of a trip are left out: gtfs_kit would take the
    trip for one without an end.
    """
    known: dict[str, bool] = {}
    for column in ("arrival_time", "departure_time"):
        for text in calls[column].unique().drop_nulls():
            known[text] = parse_seconds(text) is not None
    good = pl.Series([text for text, is_time in known.items() if is_time], dtype=pl.String())
    arrival, departure = (
        pl.when(pl.col(column).is_in(good.implode())).then(pl.col(column))
        for column in ("arrival_time", "departure_time")
    )
    timed = calls.with_columns(
        pl.coalesce(arrival, departure).alias("arrival_time"),
        pl.coalesce(departure, arrival).alias("departure_time"),
    ).sort("trip_id", "stop_sequence", maintain_order=True)
    time = pl.col("departure_time")
    return timed.filter(
        time.forward_fill().over("trip_id").is_not_null()
        & time.backward_fill().over("trip_id").is_not_null()
    )


def whole_shapes(shapes: pl.DataFrame) -> pl.DataFrame:
    """Return the points of shapes that have at least two."""
    points = unique(
        shapes.drop_nulls().filter(
            pl.col("shape_pt_lat").is_between(-90, 90)
            & pl.col("shape_pt_lon").is_between(-180, 180)
        )
        if shapes.height
        else shapes,
        "shapes",
    )
    return points.filter(pl.len().over("shape_id") > 1) if points.height else points


def as_pandas(name: str, table: pl.DataFrame) -> pd.DataFrame:
    """Return a table as pandas has it in gtfs_kit, with integers that may be missing."""
    return pd.DataFrame(
        {
            column: pd.Series(table[column].to_list(), dtype=kind)
            for column, kind in COLUMNS[name].items()
            if column in table.columns
        }
    )
