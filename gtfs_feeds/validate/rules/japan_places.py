"""Stops in the wrong prefecture, at sea, or on top of each other; the numbers of companies."""

from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.findings import LAT, LON, VALUE, Hits
from gtfs_feeds.validate.inspection import Inspection
from gtfs_feeds.validate.spec import rows_of
from maas.core.columns import Float64s, Int64s
from maas.core.geo import distance_m

Flags = npt.NDArray[np.bool_]
MARGIN_DEG: Final = 0.05
FAR_FROM_LAND_M: Final = 45_000.0
"""No road of the region is further from a station, airport or main port (checked on the feeds)."""
HOME_SHARE: Final = 0.05
HOME_STOPS: Final = 3
YAMAGUCHI: Final = 35
CORPORATE: Final = r"^[0-9]{13}(?:_.*)?$"
"""法人番号, and a branch after an underscore where one company has several agencies."""


@cache
def boxes() -> dict[int, tuple[str, float, float, float, float]]:
    """Return name, south, north, west and east of the prefectures we know."""
    return {
        int(row["code"]): (
            row["name"],
            float(row["south"]),
            float(row["north"]),
            float(row["west"]),
            float(row["east"]),
        )
        for row in rows_of("prefectures.csv")
    }


@cache
def landmarks() -> tuple[Float64s, Float64s, Int64s]:
    """Return latitude, longitude and prefecture of places known to be on land."""
    rows = list(rows_of("landmarks.csv"))
    return (
        np.array([float(row["lat"]) for row in rows]),
        np.array([float(row["lon"]) for row in rows]),
        np.array([int(row["prefecture"]) for row in rows]),
    )


def directions(lat: Float64s, lon: Float64s) -> Float64s:
    """Return points of the globe as unit vectors, one row each."""
    phi, theta = np.radians(lat), np.radians(lon)
    columns = (np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi))
    return np.stack(columns, axis=1)


def nearest_landmarks(lat: Float64s, lon: Float64s) -> tuple[Float64s, Int64s]:
    """Return for each point the metres to the nearest landmark and its prefecture."""
    known_lat, known_lon, prefecture = landmarks()
    known = directions(known_lat, known_lon).T
    nearest = np.empty(len(lat), np.int64)
    for begin in range(0, len(lat), 4096):
        part = slice(begin, begin + 4096)
        nearest[part] = (directions(lat[part], lon[part]) @ known).argmax(axis=1)
    return distance_m(lat, lon, known_lat[nearest], known_lon[nearest]), prefecture[nearest]


def check_digit_holds(number: str) -> bool:
    """
    Say whether the first of 13 digits is the check digit of the other twelve.

    Rule: 法人番号の指定等に関する省令 (ordinance on corporate numbers) article 2:
    9 minus the remainder by 9 of the digits summed with weights 1 and 2 in turn from the right.
    """
    body = [int(digit) for digit in reversed(number[1:13])]
    total = sum(digit * (1 + at % 2) for at, digit in enumerate(body))
    return int(number[0]) == 9 - total % 9


def corporate_numbers(feed: Inspection) -> Iterator[Hits]:
    """Report agency_ids that are no 法人番号, or one with a wrong check digit."""
    agency = feed.text("agency").drop_nulls("agency_id")
    facts = {"agencyName": pl.col("agency_name")}
    other = agency.filter(~pl.col("agency_id").str.contains(CORPORATE))
    if other.height:
        shown = other.select(ROW, pl.col("agency_id").alias(VALUE), **facts)
        yield Hits("jp_agency_id_not_corporate_number", "agency.txt", "agency_id", shown)
    numbered = agency.filter(pl.col("agency_id").str.contains(CORPORATE))
    flags = [not check_digit_holds(number) for number in numbered["agency_id"].to_list()]
    wrong = numbered.filter(pl.Series(flags, dtype=pl.Boolean))
    if wrong.height:
        shown = wrong.select(ROW, pl.col("agency_id").alias(VALUE), **facts)
        yield Hits("jp_agency_id_check_digit", "agency.txt", "agency_id", shown)


def home_prefectures(feed: Inspection) -> set[int]:
    """
    Return the prefectures that the feed's agencies name.

    The number of a local government holds its code; companies give an address in agency_jp.
    """
    homes: set[int] = set()
    for number in feed.text("agency")["agency_id"].drop_nulls().to_list():
        if len(number) >= 13 and number[:13].isdigit() and number[1:7] == "000020":
            homes.add(int(number[7:9]))
    for address in feed.text("agency_jp")["agency_address"].drop_nulls().to_list():
        homes |= {code for code, box in boxes().items() if box[0] in address}
    return homes


def in_region(lat: Float64s, lon: Float64s) -> Flags:
    """Say which points lie where the landmarks can tell land from sea: Kyushu and its seas."""
    _, souths, norths, wests, easts = zip(
        *(box for code, box in boxes().items() if code != YAMAGUCHI), strict=True
    )
    north_south: Flags = (lat > min(souths)) & (lat < max(norths))
    west_east: Flags = (lon > min(wests)) & (lon < max(easts))
    return north_south & west_east


def common_prefectures(nearest: Int64s) -> set[int]:
    """Return the prefecture of most stops, and every one with a fair share of them."""
    codes, counts = np.unique(nearest, return_counts=True)
    fair = (counts >= HOME_SHARE * len(nearest)) & (counts >= HOME_STOPS)
    return {int(codes[counts.argmax()]), *codes[fair].tolist()}


def outside(feed: Inspection) -> Iterator[Hits]:
    """Report stops far from everything known, and stops in a prefecture the feed is not in."""
    stops = feed.frame("stops").drop_nulls(["stop_lat", "stop_lon"])
    stops = stops.filter(pl.col("stop_lat").abs() <= 90, pl.col("stop_lon").abs() <= 180)
    if not stops.height:
        return
    lat, lon = stops["stop_lat"].to_numpy(), stops["stop_lon"].to_numpy()
    metres, nearest = nearest_landmarks(lat, lon)
    on_land = metres <= FAR_FROM_LAND_M
    if on_land.mean() < 0.5:
        return  # A feed of another region, about which the landmarks say nothing.
    served = feed.trips.filter(~pl.col("route_type").is_in([4, 1100])).select("trip_id")
    calls = feed.text("stop_times").join(served, "trip_id", "semi")["stop_id"].unique()
    by_land = stops["stop_id"].is_in(calls.drop_nulls().implode()).fill_null(value=False).to_numpy()
    shown = stops.select(
        ROW, pl.col("stop_id").alias(VALUE), _lat="stop_lat", _lon="stop_lon"
    ).rename({"_lat": LAT, "_lon": LON})
    at_sea = ~on_land & by_land & in_region(lat, lon)
    if at_sea.any():
        rows = shown.with_columns(kilometresToLand=np.round(metres / 1000, 1)).filter(at_sea)
        yield Hits("jp_stop_far_from_land", "stops.txt", "stop_lat", rows)
    homes = home_prefectures(feed) | common_prefectures(nearest[on_land])
    inside = np.zeros(len(lat), bool)
    for code in homes & boxes().keys():
        _, south, north, west, east = boxes()[code]
        inside |= (
            (lat >= south - MARGIN_DEG)
            & (lat <= north + MARGIN_DEG)
            & (lon >= west - MARGIN_DEG)
            & (lon <= east + MARGIN_DEG)
        )
    strange = ~inside & ~at_sea
    if strange.any():
        names = "、".join(sorted(boxes()[code][0] for code in homes & boxes().keys()))
        rows = shown.with_columns(servedPrefectures=pl.lit(names)).filter(strange)
        yield Hits("jp_stop_outside_prefecture", "stops.txt", "stop_lat", rows)


def stacked(feed: Inspection) -> Iterator[Hits]:
    """Report poles that share one point."""
    poles = feed.frame("stops").filter(pl.col("location_type").fill_null(0) == 0)
    poles = poles.drop_nulls(["stop_lat", "stop_lon"])
    point = ["stop_lat", "stop_lon"]
    groups = poles.with_columns(
        poles=pl.len().over(point), names=pl.col("stop_name").n_unique().over(point)
    )
    for code, wrong in (
        ("jp_different_stops_on_one_point", pl.col("names") > 1),
        ("jp_poles_on_one_point", (pl.col("poles") > 1) & (pl.col("names") == 1)),
    ):
        rows = groups.filter(wrong)
        if rows.height:
            shown = rows.select(
                ROW,
                pl.col("stop_id").alias(VALUE),
                pl.col("stop_lat").alias(LAT),
                pl.col("stop_lon").alias(LON),
                polesHere="poles",
            )
            yield Hits(code, "stops.txt", "stop_lat", shown)


RULES = (corporate_numbers, outside, stacked)
