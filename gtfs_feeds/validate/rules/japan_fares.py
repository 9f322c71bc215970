"""Fares between zones: pairs without a fare, and fares that differ by direction."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl

from gtfs_feeds.read.tables import ROW
from gtfs_feeds.validate.calls import NONE
from gtfs_feeds.validate.findings import VALUE, Hits
from gtfs_feeds.validate.inspection import Inspection
from maas.core.columns import Int64s

LONGEST_PATTERN: Final = 400
"""Longer trips are left out: their pairs of stops would not fit in memory."""


def _ridden_pairs(feed: Inspection, zone_of_stop: Int64s, routes: dict[str, int]) -> pl.DataFrame:
    """Return each pair of zones that a trip of a route joins: `route`, `origin`, `destination`."""
    calls, trips = feed.calls, feed.trips
    route_ids = trips["route_id"].to_list()
    zones = np.append(zone_of_stop, NONE)[calls.stop]
    seen: set[tuple[int, bytes]] = set()
    parts: list[tuple[int, Int64s, Int64s]] = []
    for number, at in enumerate(calls.in_trips.tolist()):
        route = routes.get(route_ids[at]) if at != NONE else None
        begin, end = calls.start[number], calls.start[number + 1]
        if route is None or end - begin > LONGEST_PATTERN:
            continue
        board, alight = calls.can_board[begin:end], calls.can_alight[begin:end]
        key = zones[begin:end].tobytes() + board.tobytes() + alight.tobytes()
        if (route, key) in seen:
            continue
        seen.add((route, key))
        first, second = np.triu_indices(end - begin, 1)
        usable = board[first] & alight[second]
        origin, destination = zones[begin:end][first[usable]], zones[begin:end][second[usable]]
        known = (origin != NONE) & (destination != NONE) & (origin != destination)
        pair = np.unique(origin[known] * len(zone_of_stop) + destination[known])
        parts.append((route, pair // len(zone_of_stop), pair % len(zone_of_stop)))
    if not parts:
        return pl.DataFrame(schema=dict.fromkeys(("route", "origin", "destination"), pl.Int64))
    return pl.DataFrame(
        {
            "route": np.concatenate([np.full(len(origin), route) for route, origin, _ in parts]),
            "origin": np.concatenate([origin for _, origin, _ in parts]),
            "destination": np.concatenate([destination for _, _, destination in parts]),
        }
    ).unique()


def holes(feed: Inspection) -> Iterator[Hits]:
    """Report routes on which some pair of stops has no fare though others have."""
    rules = feed.text("fare_rules")
    zoned = rules.filter(pl.col("origin_id").is_not_null() & pl.col("destination_id").is_not_null())
    flat = rules.filter(pl.col("origin_id").is_null() & pl.col("destination_id").is_null())
    if not zoned.height or not len(feed.calls.row):
        return
    if flat["route_id"].null_count():
        return  # One fare holds everywhere.
    everywhere = zoned.filter(pl.col("route_id").is_null())
    wanted = zoned["route_id"].drop_nulls().unique(maintain_order=True).to_list()
    if everywhere.height:
        wanted = feed.routes["route_id"].to_list()
    free = set(flat["route_id"].to_list())
    routes = {route: at for at, route in enumerate(wanted) if route not in free}
    names = feed.stops["zone_id"].unique(maintain_order=True).drop_nulls()
    code_of = {zone: at for at, zone in enumerate(names.to_list())}
    zone_of_stop = np.array(
        [code_of.get(zone, NONE) for zone in feed.stops["zone_id"].to_list()], np.int64
    )
    if not len(zone_of_stop) or not code_of:
        return
    ridden = _ridden_pairs(feed, zone_of_stop, routes)
    codes = pl.DataFrame({"zone": names, "code": np.arange(len(names))})
    numbers = pl.DataFrame({"route_id": list(routes), "route": list(routes.values())})
    priced = zoned.join(
        codes.rename({"zone": "origin_id", "code": "origin"}), "origin_id", maintain_order="left"
    ).join(codes.rename({"zone": "destination_id", "code": "destination"}), "destination_id")
    of_route = priced.join(numbers, "route_id").select("route", "origin", "destination")
    lost = ridden.join(of_route, ["route", "origin", "destination"], "anti")
    general = priced.filter(pl.col("route_id").is_null()).select("origin", "destination")
    lost = lost.join(general, ["origin", "destination"], "anti").sort(pl.all())
    if not lost.height:
        return
    totals = ridden.group_by("route").agg(pairs=pl.len())
    labels = feed.stops.drop_nulls("zone_id").group_by("zone_id").agg(pl.col("stop_name").first())
    label_of = dict(labels.rows())
    found = lost.group_by("route", maintain_order=True).agg(
        pl.len(), pl.col("origin").first(), pl.col("destination").first()
    )
    found = found.join(totals, "route").join(numbers, "route")
    rows = [
        {
            ROW: None,
            VALUE: f"{label_of.get(names[origin])} → {label_of.get(names[destination])}",
            "routeId": route,
            "missingPairs": missing,
            "pairs": pairs,
        }
        for missing, origin, destination, pairs, route in found.select(
            "len", "origin", "destination", "pairs", "route_id"
        ).rows()
    ]
    yield Hits(
        "jp_fare_pair_missing",
        "fare_rules.txt",
        "destination_id",
        pl.DataFrame(rows, infer_schema_length=None),
    )


def asymmetry(feed: Inspection) -> Iterator[Hits]:
    """Report pairs of zones whose least fare differs by direction on one route."""
    prices = (
        feed.frame("fare_attributes")
        .select("fare_id", "price", "agency_id")
        .drop_nulls(["fare_id", "price"])
    )
    rules = feed.text("fare_rules").drop_nulls(["origin_id", "destination_id"])
    priced = rules.join(prices.unique("fare_id", keep="first"), "fare_id")
    key = ["route_id", "origin_id", "destination_id"]
    least = priced.group_by(key).agg(pl.col("price").min(), pl.col(ROW).min())
    back = least.select(
        "route_id",
        origin_id="destination_id",
        destination_id="origin_id",
        back="price",
        backRow=ROW,
    )
    both = least.join(back, key, nulls_equal=True).filter(
        (pl.col("price") != pl.col("back")) & (pl.col("origin_id") < pl.col("destination_id"))
    )
    if not both.height:
        return
    names = feed.stops.drop_nulls("zone_id").group_by("zone_id").agg(pl.col("stop_name").first())
    for side in ("origin", "destination"):
        named = names.rename({"zone_id": f"{side}_id", "stop_name": f"{side}Name"})
        both = both.join(named, f"{side}_id", "left")
    shown = both.sort(ROW).select(
        ROW,
        (pl.col("price").cast(pl.String) + " / " + pl.col("back").cast(pl.String)).alias(VALUE),
        "originName",
        "destinationName",
        csvRowNumberBack="backRow",
        routeId="route_id",
    )
    yield Hits("jp_fare_asymmetric", "fare_rules.txt", "fare_id", shown)


RULES = (holes, asymmetry)
