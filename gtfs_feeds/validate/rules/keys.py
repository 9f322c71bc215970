"""Keys and references between files."""

from collections.abc import Iterator
from typing import Final

import orjson
import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.feed import CheckedFeed
from gtfs_feeds.validate.findings import VALUE, Hits, hit
from gtfs_feeds.validate.rules.files import GEOJSON
from gtfs_feeds.validate.spec import spec

SERVICE_FILES: Final = ("calendar", "calendar_dates")


def duplicates(feed: CheckedFeed) -> Iterator[Hits]:
    """Report rows whose key another row has already."""
    for name, table in feed.source.tables.items():
        file = feed.spec.get(name)
        if file is None or not file.key or table.height < 2:
            continue
        key = [column for column in file.key if column in table.columns]
        required = [column for column in key if file.fields[column].presence == "required"]
        needed = required or (key if len(key) == 1 else [])
        if not key or len(required) < sum(
            file.fields[column].presence == "required" for column in file.key
        ):
            continue
        rows = feed.text(name).select(ROW, *key).drop_nulls(needed)
        if rows.select(key).is_duplicated().any():
            first = rows.group_by(key).agg(oldCsvRowNumber=pl.col(ROW).min())
            again = rows.join(first, key, nulls_equal=True, maintain_order="left").filter(
                pl.col(ROW) != pl.col("oldCsvRowNumber")
            )
            shown = again.select(
                ROW,
                pl.concat_str(key, separator=" / ", ignore_nulls=True).alias(VALUE),
                "oldCsvRowNumber",
                fieldName1=pl.lit(", ".join(key)),
            )
            yield Hits("duplicate_key", f"{name}.txt", ", ".join(key), shown)


def _violations(
    feed: CheckedFeed, child: tuple[str, str], known: pl.Series, parent: tuple[str, str]
) -> Iterator[Hits]:
    file, column = child
    text = feed.text(file)
    used = text[column].unique().drop_nulls()
    lost = used.filter(~used.is_in(known.implode()))
    if lost.len():
        rows = text.select(ROW, pl.col(column).alias(VALUE)).filter(
            pl.col(VALUE).is_in(lost.implode())
        )
        rows = rows.with_columns(
            parentFilename=pl.lit(parent[0]), parentFieldName=pl.lit(parent[1])
        )
        yield Hits("foreign_key_violation", f"{file}.txt", column, rows)


def references(feed: CheckedFeed) -> Iterator[Hits]:
    """Report ids that the file they point to does not have."""
    for name in feed.source.tables:
        file = feed.spec.get(name)
        if file is None:
            continue
        for column in file.fields.values():
            if column.reference is None or not feed.has_column(name, column.name):
                continue
            parent, field = column.reference
            said = feed.has(parent) or spec()[parent].presence == "required"
            if said and not feed.has_column(parent, field):
                continue  # That the file or column is missing is reported already.
            known = feed.text(parent)[field].unique().drop_nulls()
            yield from _violations(feed, (name, column.name), known, (f"{parent}.txt", field))


def special_references(feed: CheckedFeed) -> Iterator[Hits]:
    """Report references that may lead to either of two files."""
    services = pl.concat([feed.text(file)["service_id"] for file in SERVICE_FILES]).unique()
    for file, column in (
        ("trips", "service_id"),
        ("timeframes", "service_id"),
        ("booking_rules", "prior_notice_service_id"),
    ):
        if feed.has_column(file, column):
            target = ("calendar.txt or calendar_dates.txt", "service_id")
            yield from _violations(feed, (file, column), services.drop_nulls(), target)
    networks = pl.concat(
        [feed.text("networks")["network_id"], feed.text("routes")["network_id"]]
    ).drop_nulls()
    for file, column in (
        ("fare_leg_rules", "network_id"),
        ("fare_leg_join_rules", "from_network_id"),
        ("fare_leg_join_rules", "to_network_id"),
    ):
        if feed.has_column(file, column):
            target = ("networks.txt or routes.txt", "network_id")
            yield from _violations(feed, (file, column), networks.unique(), target)
    if feed.has_column("stop_times", "location_id"):
        areas = pl.Series("id", sorted(area_ids(feed)), pl.String)
        yield from _violations(feed, ("stop_times", "location_id"), areas, (GEOJSON, "id"))


def area_ids(feed: CheckedFeed) -> set[str]:
    """Return the ids of the areas of locations.geojson; none where it cannot be read."""
    return {str(area["id"]) for area in areas_of(feed) or () if "id" in area}


def areas_of(feed: CheckedFeed) -> list[dict[str, object]] | None:
    """Return the features of locations.geojson, or None where it is no such file."""
    try:
        content = orjson.loads(feed.source.others.get(GEOJSON, b'{"features": []}'))
    except orjson.JSONDecodeError:
        return None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        return None
    return [feature for feature in features if isinstance(feature, dict)]


def areas(feed: CheckedFeed) -> Iterator[Hits]:
    """Report a locations.geojson that cannot be read, and ids that two kinds of place share."""
    features = areas_of(feed)
    if features is None:
        yield hit("malformed_json", GEOJSON)
    kinds = pl.concat(
        [
            feed.text("stops").select(pl.col("stop_id").alias("id"), kind=pl.lit(0)),
            feed.text("location_groups").select(
                pl.col("location_group_id").alias("id"), kind=pl.lit(1)
            ),
            pl.DataFrame({"id": sorted(area_ids(feed))}, schema={"id": pl.String}).with_columns(
                kind=pl.lit(2)
            ),
        ]
    ).drop_nulls()
    shared = kinds.group_by("id").agg(pl.col("kind").n_unique()).filter(pl.col("kind") > 1)
    if shared.height:
        rows = feed.text("stops").select(ROW, pl.col("stop_id").alias(VALUE))
        rows = rows.filter(pl.col(VALUE).is_in(shared["id"].implode()))
        groups = shared.select(pl.lit(None, pl.Int64).alias(ROW), pl.col("id").alias(VALUE))
        yield Hits(
            "duplicate_geography_id", "stops.txt", "stop_id", rows if rows.height else groups
        )


RULES = (duplicates, references, special_references, areas)
