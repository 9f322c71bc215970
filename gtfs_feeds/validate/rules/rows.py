"""Rules that look at one row of one file: a table of conditions."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.findings import VALUE, Hits, hit
from gtfs_feeds.validate.inspection import Inspection


def given(*columns: str) -> pl.Expr:
    """Say that at least one of these cells is filled."""
    return pl.any_horizontal(pl.col(column).is_not_null() for column in columns)


def missing(column: str) -> pl.Expr:
    """Say that a cell is empty."""
    return pl.col(column).is_null()


START, END = "start_pickup_drop_off_window", "end_pickup_drop_off_window"
WINDOW: Final = given(START, END)
TIMES: Final = given("arrival_time", "departure_time")
DURATIONS: Final = ("prior_notice_duration_min", "prior_notice_duration_max")
LASTS: Final = ("prior_notice_last_day", "prior_notice_last_time")
STARTS: Final = ("prior_notice_start_day", "prior_notice_start_time")
BOOKING: Final = pl.col("booking_type")
SAME_GROUP: Final = pl.col("from_leg_group_id") == pl.col("to_leg_group_id")
PLACES: Final = ("stop_id", "location_group_id", "location_id")
DAY_S: Final = 86_400

CONDITIONS: Final[tuple[tuple[str, str, str, pl.Expr], ...]] = (
    ("missing_required_field", "stop_times", "stop_id", ~given(*PLACES)),
    (
        "forbidden_geography_id",
        "stop_times",
        "location_id",
        pl.sum_horizontal(pl.col(place).is_not_null() for place in PLACES) > 1,
    ),
    ("forbidden_arrival_or_departure_time", "stop_times", START, WINDOW & TIMES),
    (
        "missing_pickup_or_drop_off_window",
        "stop_times",
        START,
        pl.col(START).is_null() != pl.col(END).is_null(),
    ),
    ("invalid_pickup_drop_off_window", "stop_times", END, pl.col(END) <= pl.col(START)),
    (
        "forbidden_pickup_type",
        "stop_times",
        "pickup_type",
        WINDOW & pl.col("pickup_type").fill_null(0).is_in([0, 3]),
    ),
    (
        "forbidden_drop_off_type",
        "stop_times",
        "drop_off_type",
        WINDOW & (pl.col("drop_off_type").fill_null(0) == 0),
    ),
    (
        "missing_pickup_drop_off_booking_rule_id",
        "stop_times",
        "pickup_booking_rule_id",
        WINDOW & (pl.col("pickup_type") == 2) & missing("pickup_booking_rule_id"),
    ),
    (
        "missing_pickup_drop_off_booking_rule_id",
        "stop_times",
        "drop_off_booking_rule_id",
        WINDOW & (pl.col("drop_off_type") == 2) & missing("drop_off_booking_rule_id"),
    ),
    (
        "forbidden_shape_dist_traveled",
        "stop_times",
        "shape_dist_traveled",
        given("shape_dist_traveled") & missing("stop_id") & given(*PLACES[1:]),
    ),
    (
        "forbidden_real_time_booking_field_value",
        "booking_rules",
        "booking_type",
        (BOOKING == 0) & given(*DURATIONS, *LASTS, *STARTS, "prior_notice_service_id"),
    ),
    (
        "forbidden_same_day_booking_field_value",
        "booking_rules",
        "booking_type",
        (BOOKING == 1) & given(*LASTS, "prior_notice_service_id"),
    ),
    (
        "forbidden_prior_day_booking_field_value",
        "booking_rules",
        "booking_type",
        (BOOKING == 2) & given(*DURATIONS),
    ),
    (
        "missing_prior_notice_duration_min",
        "booking_rules",
        DURATIONS[0],
        (BOOKING == 1) & missing(DURATIONS[0]),
    ),
    (
        "invalid_prior_notice_duration_min",
        "booking_rules",
        DURATIONS[0],
        pl.col(DURATIONS[1]) < pl.col(DURATIONS[0]),
    ),
    (
        "missing_prior_notice_last_day",
        "booking_rules",
        LASTS[0],
        (BOOKING == 2) & missing(LASTS[0]),
    ),
    (
        "missing_prior_notice_last_time",
        "booking_rules",
        LASTS[1],
        (BOOKING == 2) & missing(LASTS[1]),
    ),
    (
        "forbidden_prior_notice_start_time",
        "booking_rules",
        STARTS[1],
        given(STARTS[1]) & missing(STARTS[0]),
    ),
    (
        "missing_prior_notice_start_time",
        "booking_rules",
        STARTS[1],
        missing(STARTS[1]) & given(STARTS[0]),
    ),
    (
        "forbidden_prior_notice_start_day",
        "booking_rules",
        STARTS[0],
        given(STARTS[0]) & given(DURATIONS[1]),
    ),
    (
        "prior_notice_last_day_after_start_day",
        "booking_rules",
        LASTS[0],
        pl.col(LASTS[0]) > pl.col(STARTS[0]),
    ),
    (
        "fare_transfer_rule_duration_limit_type_without_duration_limit",
        "fare_transfer_rules",
        "duration_limit_type",
        given("duration_limit_type") & missing("duration_limit"),
    ),
    (
        "fare_transfer_rule_duration_limit_without_type",
        "fare_transfer_rules",
        "duration_limit",
        given("duration_limit") & missing("duration_limit_type"),
    ),
    (
        "fare_transfer_rule_invalid_transfer_count",
        "fare_transfer_rules",
        "transfer_count",
        SAME_GROUP & ((pl.col("transfer_count") < -1) | (pl.col("transfer_count") == 0)),
    ),
    (
        "fare_transfer_rule_without_transfer_count",
        "fare_transfer_rules",
        "transfer_count",
        SAME_GROUP & missing("transfer_count"),
    ),
    (
        "fare_transfer_rule_with_forbidden_transfer_count",
        "fare_transfer_rules",
        "transfer_count",
        ~SAME_GROUP.fill_null(value=False) & given("transfer_count"),
    ),
    (
        "timeframe_only_start_or_end_time_specified",
        "timeframes",
        "start_time",
        pl.col("start_time").is_null() != pl.col("end_time").is_null(),
    ),
    (
        "timeframe_start_or_end_time_greater_than_twenty_four_hours",
        "timeframes",
        "end_time",
        (pl.col("start_time") > DAY_S) | (pl.col("end_time") > DAY_S),
    ),
    ("pathway_loop", "pathways", "to_stop_id", pl.col("from_stop_id") == pl.col("to_stop_id")),
    (
        "bidirectional_exit_gate",
        "pathways",
        "is_bidirectional",
        (pl.col("pathway_mode") == 7) & (pl.col("is_bidirectional") == 1),
    ),
)


def conditions(feed: Inspection) -> Iterator[Hits]:
    """Report the rows that meet a condition of the table."""
    for code, file, column, wrong in CONDITIONS:
        if not feed.has(file):
            continue
        if code == "missing_pickup_drop_off_booking_rule_id" and not feed.has("booking_rules"):
            continue
        rows = feed.frame(file).filter(wrong)
        if rows.height:
            text = feed.text(file).select(ROW, pl.col(column).alias(VALUE))
            shown = rows.select(ROW).join(text, ROW, maintain_order="left")
            yield Hits(code, f"{file}.txt", column, shown)


def fares_v2(feed: Inspection) -> Iterator[Hits]:
    """Report fare media and products that are doubled, timeframes that overlap."""
    media = feed.frame("fare_media").filter(
        pl.col("fare_media_name").is_not_null()
        & pl.struct("fare_media_name", "fare_media_type").is_duplicated()
    )
    again = media.filter(~pl.struct("fare_media_name", "fare_media_type").is_first_distinct())
    if again.height:
        shown = again.select(ROW, pl.col("fare_media_name").alias(VALUE))
        yield Hits("duplicate_fare_media", "fare_media.txt", "fare_media_name", shown)
    defaults = feed.frame("rider_categories").filter(pl.col("is_default_fare_category") == 1)
    products = feed.frame("fare_products").filter(
        pl.col("rider_category_id").is_in(defaults["rider_category_id"].implode())
    )
    several = products.filter(pl.col("rider_category_id").n_unique().over("fare_product_id") > 1)
    several = several.unique("fare_product_id", keep="first", maintain_order=True)
    if several.height:
        shown = several.select(
            ROW, pl.col("fare_product_id").alias(VALUE), riderCategoryId="rider_category_id"
        )
        code = "fare_product_with_multiple_default_rider_categories"
        yield Hits(code, "fare_products.txt", "rider_category_id", shown)
    frames = feed.frame("timeframes").drop_nulls(["start_time", "end_time"])
    group = ["timeframe_group_id", "service_id"]
    frames = frames.sort(*group, "start_time", "end_time").with_columns(
        before=pl.col("end_time").shift(1).over(group),
        prevCsvRowNumber=pl.col(ROW).shift(1).over(group),
    )
    overlapping = frames.filter(pl.col("start_time") < pl.col("before"))
    if overlapping.height:
        shown = overlapping.select(
            ROW, pl.col("timeframe_group_id").alias(VALUE), "prevCsvRowNumber"
        )
        yield Hits("timeframe_overlap", "timeframes.txt", "start_time", shown)


def networks(feed: Inspection) -> Iterator[Hits]:
    """Report networks that both routes.txt and the network files define."""
    if feed.has_column("routes", "network_id"):
        for file in ("route_networks", "networks"):
            if feed.has(file):
                yield hit(
                    "route_networks_specified_in_more_than_one_file",
                    "routes.txt",
                    "network_id",
                    otherFile=f"{file}.txt",
                )


def continuous(feed: Inspection) -> Iterator[Hits]:
    """Report pickup windows on routes with continuous pickup or drop-off."""
    calls = feed.frame("stop_times").filter(WINDOW)
    if not calls.height:
        return
    open_routes = feed.frame("routes").filter(
        pl.col("continuous_pickup").is_in([0, 2, 3])
        | pl.col("continuous_drop_off").is_in([0, 2, 3])
    )
    trips = feed.trips.filter(pl.col("route_id").is_in(open_routes["route_id"].implode()))
    rows = calls.filter(pl.col("trip_id").is_in(trips["trip_id"].implode()))
    if rows.height:
        shown = rows.select(ROW, tripId="trip_id")
        yield Hits("forbidden_continuous_pickup_drop_off", "stop_times.txt", START, shown)


RULES = (conditions, fares_v2, networks, continuous)
