"""Stops, stations, entrances and what belongs to them."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.feed import CheckedFeed
from gtfs_feeds.validate.findings import VALUE, Hits

FILE: Final = "stops.txt"
PARENT_TYPE: Final = {0: 1, 2: 1, 3: 1, 4: 0}
"""Which location_type the parent of a location must have (GTFS Schedule Reference, stops.txt)."""


def _places(feed: CheckedFeed) -> pl.DataFrame:
    return feed.frame("stops").with_columns(pl.col("location_type").fill_null(0))


def names_and_locations(feed: CheckedFeed) -> Iterator[Hits]:
    """Report places for people without a name or a location."""
    places = _places(feed).filter(pl.col("location_type").is_in([0, 1, 2]))
    facts = {"stopId": pl.col("stop_id"), "locationType": pl.col("location_type")}
    nameless = places.filter(pl.col("stop_name").is_null())
    if nameless.height:
        yield Hits("missing_stop_name", FILE, "stop_name", nameless.select(ROW, **facts))
    text = feed.text("stops").select(ROW, lat_text="stop_lat", lon_text="stop_lon")
    placed = places.join(text, ROW, maintain_order="left")
    for column, wrong in (
        ("stop_lat", pl.col("lat_text").is_null()),
        ("stop_lon", pl.col("lat_text").is_not_null() & pl.col("lon_text").is_null()),
    ):
        nowhere = placed.filter(wrong)
        if nowhere.height:
            yield Hits("stop_without_location", FILE, column, nowhere.select(ROW, **facts))
    same = feed.frame("stops").filter(
        pl.col("stop_name").str.to_lowercase() == pl.col("stop_desc").str.to_lowercase()
    )
    if same.height:
        shown = same.select(ROW, pl.col("stop_desc").alias(VALUE), stopId="stop_id")
        yield Hits("same_name_and_description_for_stop", FILE, "stop_desc", shown)


def parents(feed: CheckedFeed) -> Iterator[Hits]:
    """Report stations with a parent, places that lack one, and parents of the wrong kind."""
    places = _places(feed)
    has_parent = pl.col("parent_station").is_not_null()
    is_stop, is_station = pl.col("location_type") == 0, pl.col("location_type") == 1
    facts = {"stopId": pl.col("stop_id"), "locationType": pl.col("location_type")}
    checks = (
        ("station_with_parent_station", is_station & has_parent),
        (
            "platform_without_parent_station",
            is_stop & ~has_parent & pl.col("platform_code").is_not_null(),
        ),
        (
            "location_without_parent_station",
            pl.col("location_type").is_in([2, 3, 4]) & ~has_parent,
        ),
    )
    for code, wrong in checks:
        rows = places.filter(wrong)
        if rows.height:
            shown = rows.select(ROW, pl.col("parent_station").alias(VALUE), **facts)
            yield Hits(code, FILE, "parent_station", shown)
    stations = feed.stops.select(
        parent_station="stop_id", parentLocationType="location_type", parentStopName="stop_name"
    )
    children = places.filter(~is_station).join(stations, "parent_station", maintain_order="left")
    expected = pl.col("location_type").replace_strict(PARENT_TYPE, default=None)
    wrong_kind = children.filter(pl.col("parentLocationType") != expected)
    if wrong_kind.height:
        shown = wrong_kind.select(
            ROW,
            pl.col("parent_station").alias(VALUE),
            "parentLocationType",
            "parentStopName",
            expectedLocationType=expected,
            **facts,
        )
        yield Hits("wrong_parent_location_type", FILE, "parent_station", shown)
    used = places.filter(is_stop)["parent_station"].unique()
    unused = places.filter(is_station & ~pl.col("stop_id").is_in(used.implode()))
    if unused.height:
        yield Hits("unused_station", FILE, "stop_id", unused.select(ROW, **facts))


def access(feed: CheckedFeed) -> Iterator[Hits]:
    """Report stop_access where it has no meaning."""
    given = _places(feed).filter(pl.col("stop_access").is_not_null())
    checks = (
        ("stop_access_specified_for_incorrect_location", pl.col("location_type") != 0),
        (
            "stop_access_specified_for_stop_with_no_parent_station",
            (pl.col("location_type") == 0) & pl.col("parent_station").is_null(),
        ),
    )
    for code, wrong in checks:
        rows = given.filter(wrong)
        if rows.height:
            yield Hits(code, FILE, "stop_access", rows.select(ROW, stopId="stop_id"))


def use(feed: CheckedFeed) -> Iterator[Hits]:
    """Report stops where nothing calls, and stations or entrances where something does."""
    if not feed.has("stop_times"):
        return
    calls = feed.text("stop_times")
    groups = feed.text("location_group_stops").filter(
        pl.col("location_group_id").is_in(calls["location_group_id"].unique().implode())
    )
    called = pl.concat([calls["stop_id"].unique(), groups["stop_id"]]).drop_nulls().unique()
    places = _places(feed)
    is_called = pl.col("stop_id").is_in(called.implode())
    idle = places.filter((pl.col("location_type") == 0) & ~is_called)
    if idle.height:
        yield Hits("stop_without_stop_time", FILE, "stop_id", idle.select(ROW, stopId="stop_id"))
    odd = places.filter((pl.col("location_type") != 0) & is_called)
    if odd.height:
        shown = odd.select(ROW, stopId="stop_id", locationType="location_type")
        yield Hits("location_with_unexpected_stop_time", FILE, "location_type", shown)


def zones(feed: CheckedFeed) -> Iterator[Hits]:
    """Report stops without a zone on routes whose fare depends on zones."""
    rules = feed.text("fare_rules")
    by_zone = rules.filter(
        pl.any_horizontal(pl.col("origin_id", "destination_id", "contains_id").is_not_null())
    )
    if not by_zone.height:
        return
    routes = by_zone["route_id"].drop_nulls().unique()
    trips = feed.text("trips").filter(pl.col("route_id").is_in(routes.implode()))["trip_id"]
    without = _places(feed).filter((pl.col("location_type") == 0) & pl.col("zone_id").is_null())
    if not without.height:
        return
    calls = feed.text("stop_times").filter(
        pl.col("stop_id").is_in(without["stop_id"].implode())
        & pl.col("trip_id").is_in(trips.implode())
    )
    rows = without.filter(pl.col("stop_id").is_in(calls["stop_id"].unique().implode()))
    if rows.height:
        yield Hits("stop_without_zone_id", FILE, "zone_id", rows.select(ROW, stopId="stop_id"))


RULES = (names_and_locations, parents, access, use, zones)
