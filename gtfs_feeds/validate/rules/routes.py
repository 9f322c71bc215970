"""Agencies, routes, feed_info, attributions: names, languages, colours, addresses."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.feed import CheckedFeed
from gtfs_feeds.validate.findings import VALUE, Hits

SHORT_NAME_LENGTH: Final = 12
CONTRAST: Final = 72
"""Least difference of Rec. 601 brightness of two colours that can be told apart."""


def agencies(feed: CheckedFeed) -> Iterator[Hits]:
    """Report agencies with different time zones or languages."""
    agency = feed.text("agency")
    for code, column in (
        ("inconsistent_agency_timezone", "agency_timezone"),
        ("inconsistent_agency_lang", "agency_lang"),
    ):
        given = agency.filter(pl.col(column).is_not_null())
        if not given.height:
            continue
        expected = given[column][0]
        wrong = given.filter(pl.col(column).str.to_lowercase() != expected.lower())
        if wrong.height:
            shown = wrong.select(ROW, pl.col(column).alias(VALUE), expected=pl.lit(expected))
            yield Hits(code, "agency.txt", column, shown)
    several = agency.height > 1
    for file in ("agency", "routes", "fare_attributes"):
        rows = feed.text(file).filter(pl.col("agency_id").is_null()).select(ROW)
        if rows.height:
            code = "missing_required_agency_id" if several else "missing_recommended_field"
            yield Hits(code, f"{file}.txt", "agency_id", rows)


def feed_languages(feed: CheckedFeed) -> Iterator[Hits]:
    """Report agencies whose language is not the feed's."""
    info = feed.text("feed_info")
    language = info["feed_lang"][0] if info.height else None
    if language is None or language.lower() == "mul":
        return
    wrong = feed.text("agency").filter(pl.col("agency_lang").str.to_lowercase() != language.lower())
    if wrong.height:
        shown = wrong.select(
            ROW, pl.col("agency_lang").alias(VALUE), feedLang=pl.lit(language), agencyId="agency_id"
        )
        yield Hits("feed_info_lang_and_agency_lang_mismatch", "agency.txt", "agency_lang", shown)


def feed_dates(feed: CheckedFeed) -> Iterator[Hits]:
    """Report a feed that has half a validity, ends soon or has not begun; and no contact."""
    info = feed.frame("feed_info")
    start, end = pl.col("feed_start_date"), pl.col("feed_end_date")
    half = info.filter(start.is_null() != end.is_null())
    for column in ("feed_start_date", "feed_end_date"):
        rows = half.filter(pl.col(column).is_null())
        if rows.height:
            yield Hits("missing_feed_info_date", "feed_info.txt", column, rows.select(ROW))
    soon = end < feed.today + timedelta(days=7)
    month = (end < feed.today + timedelta(days=30)) & ~soon
    for code, column, wrong in (
        ("feed_expiration_date7_days", "feed_end_date", soon),
        ("feed_expiration_date30_days", "feed_end_date", month),
        ("future_feed", "feed_start_date", start > feed.today),
    ):
        rows = info.filter(wrong)
        if rows.height:
            shown = rows.select(
                ROW,
                pl.col(column).dt.strftime("%Y%m%d").alias(VALUE),
                currentDate=pl.lit(feed.today.strftime("%Y%m%d")),
            )
            yield Hits(code, "feed_info.txt", column, shown)
    silent = feed.text("feed_info").filter(
        pl.col("feed_contact_email").is_null() & pl.col("feed_contact_url").is_null()
    )
    if silent.height:
        yield Hits(
            "missing_feed_contact_email_and_url",
            "feed_info.txt",
            "feed_contact_email",
            silent.select(ROW),
        )


def route_names(feed: CheckedFeed) -> Iterator[Hits]:
    """Report routes whose names are missing, long, doubled or repeated in the description."""
    routes = feed.text("routes")
    short, long, desc = (
        pl.col("route_short_name"),
        pl.col("route_long_name"),
        pl.col("route_desc"),
    )
    rest = long.str.slice(short.str.len_chars())
    begins = long.str.to_lowercase().str.starts_with(short.str.to_lowercase())
    checks = (
        (
            "route_both_short_and_long_name_missing",
            "route_short_name",
            short.is_null() & long.is_null(),
        ),
        (
            "route_short_name_too_long",
            "route_short_name",
            short.str.len_chars() > SHORT_NAME_LENGTH,
        ),
        (
            "route_long_name_contains_short_name",
            "route_long_name",
            begins & ((rest == "") | rest.str.contains(r"^\s?[\s\-()]")),
        ),
        (
            "same_name_and_description_for_route",
            "route_desc",
            (desc.str.to_lowercase() == short.str.to_lowercase()).fill_null(value=False)
            | (desc.str.to_lowercase() == long.str.to_lowercase()).fill_null(value=False),
        ),
    )
    for code, column, wrong in checks:
        rows = routes.filter(wrong)
        if rows.height:
            shown = rows.select(ROW, pl.col(column).alias(VALUE), routeId="route_id")
            yield Hits(code, "routes.txt", column, shown)
    key = ["route_long_name", "route_short_name", "route_type", "agency_id"]
    first = routes.group_by(key).agg(
        csvRowNumber1=pl.col(ROW).first(), routeId1=pl.col("route_id").first()
    )
    again = routes.join(first, key, nulls_equal=True, maintain_order="left").filter(
        pl.col(ROW) != pl.col("csvRowNumber1")
    )
    if again.height:
        shown = again.select(
            ROW,
            pl.coalesce("route_long_name", "route_short_name").alias(VALUE),
            "csvRowNumber1",
            "routeId1",
            routeId="route_id",
        )
        yield Hits("duplicate_route_name", "routes.txt", "route_long_name", shown)


def _brightness(colour: pl.Expr) -> pl.Expr:
    red, green, blue = (
        colour.str.slice(at, 2).str.to_integer(base=16, strict=False) for at in (0, 2, 4)
    )
    return red * 0.30 + green * 0.59 + blue * 0.11


def route_colours(feed: CheckedFeed) -> Iterator[Hits]:
    """Report routes whose text cannot be read on their colour."""
    routes = feed.text("routes").filter(
        pl.col("route_color").str.contains("^[0-9A-Fa-f]{6}$")
        & pl.col("route_text_color").str.contains("^[0-9A-Fa-f]{6}$")
    )
    difference = _brightness(pl.col("route_color")) - _brightness(pl.col("route_text_color"))
    pale = routes.filter(difference.abs() < CONTRAST)
    if pale.height:
        shown = pale.select(
            ROW,
            pl.col("route_color").alias(VALUE),
            routeTextColor="route_text_color",
            routeId="route_id",
        )
        yield Hits("route_color_contrast", "routes.txt", "route_color", shown)


def addresses(feed: CheckedFeed) -> Iterator[Hits]:
    """Report pages of routes and stops that are the page of the agency or of a route."""
    agency = feed.text("agency")["agency_url"].drop_nulls().unique()
    routes = feed.text("routes")["route_url"].drop_nulls().unique()
    for code, file, column, known in (
        ("same_route_and_agency_url", "routes", "route_url", agency),
        ("same_stop_and_agency_url", "stops", "stop_url", agency),
        ("same_stop_and_route_url", "stops", "stop_url", routes),
    ):
        rows = feed.text(file).filter(pl.col(column).is_in(known.implode()))
        if rows.height:
            yield Hits(code, f"{file}.txt", column, rows.select(ROW, pl.col(column).alias(VALUE)))


def attributions(feed: CheckedFeed) -> Iterator[Hits]:
    """Report attributions that name no role."""
    rows = feed.frame("attributions").filter(
        ~pl.any_horizontal(
            (pl.col("is_producer", "is_operator", "is_authority") == 1).fill_null(value=False)
        )
    )
    if rows.height:
        shown = rows.select(ROW, pl.col("organization_name").alias(VALUE))
        yield Hits("attribution_without_role", "attributions.txt", "is_producer", shown)


RULES = (agencies, feed_languages, feed_dates, route_names, route_colours, addresses, attributions)
