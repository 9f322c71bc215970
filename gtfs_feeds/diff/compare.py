"""Comparing two versions of a feed."""

from collections import Counter, defaultdict
from datetime import date
from itertools import islice
from typing import Final

import numpy as np
import polars as pl

from gtfs_feeds.diff.model import (
    FareChange,
    FeedDiff,
    Renumbered,
    RouteChange,
    ServiceChange,
    StopChange,
    StopMoved,
    TripsPerDay,
)
from gtfs_feeds.read import FeedTables
from gtfs_feeds.validate.inspection import Inspection
from gtfs_feeds.validate.service_days import day_of, trips_per_day
from maas.core.geo import distance_m

MOVED_M: Final = 5.0
"""Less is how coordinates are rounded."""
SAME_PLACE_M: Final = 50.0
"""Same name and this near: the same pole under another id."""
NAMESAKES: Final = 200
"""Poles of one name that are compared; a hostile feed may have any number."""
USUAL: Final = 0.75
"""Days with few trips are the edges of a calendar, where some services have ended."""
ANY_DAY: Final = date(1970, 1, 1)
"""No rule of a comparison asks for today."""


def compare(before: FeedTables, now: FeedTables) -> FeedDiff:
    """Return what differs between an earlier and a later version of a feed."""
    old, new = Inspection(before, ANY_DAY), Inspection(now, ANY_DAY)
    added, removed, renumbered = _stops_by_id(old, new)
    renamed, moved = _stops_in_both(old, new)
    return FeedDiff(
        name_before=before.name,
        name_now=now.name,
        valid_before=_validity(old),
        valid_now=_validity(new),
        stops_added=added,
        stops_removed=removed,
        stops_renamed=renamed,
        stops_moved=moved,
        stops_renumbered=renumbered,
        routes=_routes(old, new),
        services=_services(old, new),
        fares=_fares(old, new),
        trips_per_day_before=_usual(old),
        trips_per_day_now=_usual(new),
    )


def _validity(feed: Inspection) -> tuple[str, str]:
    info = feed.text("feed_info").select("feed_start_date", "feed_end_date").head(1)
    first, last = info.row(0) if info.height else (None, None)
    return first or "", last or ""


Stop = tuple[str, str, float | None, float | None]


def _stops(feed: Inspection) -> dict[str, Stop]:
    rows = feed.stops.select("stop_id", "stop_name", "lat", "lon").rows()
    return {stop: (stop, name or "", lat, lon) for stop, name, lat, lon in rows}


def _metres(first: Stop, second: Stop) -> float | None:
    lat_a, lon_a, lat_b, lon_b = first[2], first[3], second[2], second[3]
    if lat_a is None or lon_a is None or lat_b is None or lon_b is None:
        return None
    return float(distance_m(lat_a, lon_a, lat_b, lon_b))


def _stops_by_id(
    old: Inspection, new: Inspection
) -> tuple[tuple[StopChange, ...], tuple[StopChange, ...], tuple[Renumbered, ...]]:
    before, now = _stops(old), _stops(new)
    gone = [stop for stop_id, stop in before.items() if stop_id not in now]
    come = [stop for stop_id, stop in now.items() if stop_id not in before]
    by_name: defaultdict[str, list[Stop]] = defaultdict(list)
    for stop in come:
        by_name[stop[1]].append(stop)
    renumbered: list[Renumbered] = []
    matched: set[str] = set()
    for stop in gone:
        near = [
            (metres, other)
            for other in islice(by_name[stop[1]], NAMESAKES)
            if other[0] not in matched
            and (metres := _metres(stop, other)) is not None
            and metres <= SAME_PLACE_M
        ]
        if near and stop[1]:
            _, best = min(near)
            matched.add(best[0])
            renumbered.append(Renumbered(stop[0], best[0], stop[1]))
    paired = {pair.id_before for pair in renumbered}
    return (
        tuple(StopChange(stop[0], stop[1]) for stop in come if stop[0] not in matched),
        tuple(StopChange(stop[0], stop[1]) for stop in gone if stop[0] not in paired),
        tuple(renumbered),
    )


def _stops_in_both(
    old: Inspection, new: Inspection
) -> tuple[tuple[StopChange, ...], tuple[StopMoved, ...]]:
    before, now = _stops(old), _stops(new)
    renamed: list[StopChange] = []
    moved: list[StopMoved] = []
    for stop_id, stop in now.items():
        earlier = before.get(stop_id)
        if earlier is None:
            continue
        if earlier[1] != stop[1]:
            renamed.append(StopChange(stop_id, stop[1], earlier[1]))
        metres = _metres(earlier, stop)
        if metres is not None and metres > MOVED_M:
            moved.append(
                StopMoved(
                    stop_id=stop_id,
                    name=stop[1],
                    metres=round(metres, 1),
                    lat_before=earlier[2] or 0.0,
                    lon_before=earlier[3] or 0.0,
                    lat=stop[2] or 0.0,
                    lon=stop[3] or 0.0,
                )
            )
    moved.sort(key=lambda change: -change.metres)
    return tuple(renamed), tuple(moved)


def _trip_texts(feed: Inspection) -> dict[str, tuple[str, str]]:
    """
    Return for each trip its route and a text of what it does: stops, times and weekdays.

    Weekdays, not dates: every new timetable has new dates, which the services tell.
    """
    names = feed.stops.select("stop_id", "stop_name")
    calls = (
        feed.frame("stop_times")
        .select("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time")
        .drop_nulls("trip_id")
        .sort("trip_id", "stop_sequence", maintain_order=True)
        .join(names, "stop_id", "left", maintain_order="left")
        .select(
            "trip_id",
            call=pl.concat_str(
                pl.col("stop_name").fill_null(""),
                pl.col("arrival_time").cast(pl.String).fill_null(""),
                pl.col("departure_time").cast(pl.String).fill_null(""),
                separator="@",
            ),
        )
        .group_by("trip_id")
        .agg(calls=pl.col("call").str.join("|"))
    )
    days = {
        service: "".join(str(int(day)) for day in weekdays)
        for service, (_, _, weekdays) in feed.service_days.in_calendar.items()
    }
    trips = feed.trips.select("trip_id", "route_id", "service_id").join(calls, "trip_id", "left")
    return {
        trip: (route or "", f"{done or ''}#{days.get(service or '', '')}")
        for trip, route, service, done in trips.rows()
    }


def _route_names(feed: Inspection) -> dict[str, str]:
    rows = feed.routes.select("route_id", "route_short_name", "route_long_name").rows()
    return {route: " ".join(part for part in (short, long) if part) for route, short, long in rows}


def _routes(old: Inspection, new: Inspection) -> tuple[RouteChange, ...]:
    before, now = _trip_texts(old), _trip_texts(new)
    names = _route_names(old) | _route_names(new)
    total_before = Counter(route for route, _ in before.values())
    total_now = Counter(route for route, _ in now.values())
    changed: Counter[str] = Counter()
    for trip, (route, text) in now.items():
        if trip in before and before[trip] != (route, text):
            changed[route] += 1
    gone = Counter(value for trip, value in before.items() if trip not in now)
    come = Counter(value for trip, value in now.items() if trip not in before)
    # A trip that does the same under a new id, also where its route was renumbered too.
    same = gone & come
    gone_by_text = Counter[str]()
    for (_, text), count in (gone - same).items():
        gone_by_text[text] += count
    added, removed, renumbered = Counter[str](), Counter[str](), Counter[str]()
    for (route, _), count in same.items():
        renumbered[route] += count
    for (route, text), count in (come - same).items():
        matched = min(count, gone_by_text[text])
        gone_by_text[text] -= matched
        renumbered[route] += matched
        added[route] += count - matched
    for (route, text), count in (gone - same).items():
        left = min(count, gone_by_text[text])
        gone_by_text[text] -= left
        removed[route] += left
    changes = [
        RouteChange(
            route_id=route,
            name=names.get(route, ""),
            trips_before=total_before[route],
            trips_now=total_now[route],
            added=added[route],
            removed=removed[route],
            changed=changed[route],
            renumbered=renumbered[route],
        )
        for route in dict.fromkeys([*total_before, *total_now])
        if added[route] + removed[route] + changed[route] + renumbered[route]
        or total_before[route] != total_now[route]
    ]
    changes.sort(key=lambda change: (-change.added - change.removed - change.changed, change.name))
    return tuple(changes)


def _services(old: Inspection, new: Inspection) -> tuple[ServiceChange, ...]:
    changes: list[ServiceChange] = []
    for service in dict.fromkeys([*old.service_days.ids, *new.service_days.ids]):
        before, now = old.service_days.days(service), new.service_days.days(service)
        if np.array_equal(before, now):
            continue
        changes.append(
            ServiceChange(
                service_id=service,
                days_before=len(before),
                days_now=len(now),
                first_before=day_of(before[0]) if len(before) else None,
                last_before=day_of(before[-1]) if len(before) else None,
                first_now=day_of(now[0]) if len(now) else None,
                last_now=day_of(now[-1]) if len(now) else None,
            )
        )
    return tuple(changes)


FARE_KEY: Final = ["route_id", "origin_id", "destination_id"]


def _prices(feed: Inspection) -> pl.DataFrame:
    fares = feed.frame("fare_attributes").select("fare_id", "price").drop_nulls()
    rules = feed.text("fare_rules").select("fare_id", *FARE_KEY)
    priced = rules.join(fares.unique("fare_id", keep="first"), "fare_id")
    return priced.group_by(FARE_KEY).agg(pl.col("price").min())


def _fares(old: Inspection, new: Inspection) -> tuple[FareChange, ...]:
    both = _prices(old).join(
        _prices(new), FARE_KEY, "full", suffix="_now", coalesce=True, nulls_equal=True
    )
    differ = both.filter(~pl.col("price").eq_missing(pl.col("price_now")))
    one_sided = pl.col("price").is_null() | pl.col("price_now").is_null()
    differ = differ.sort(one_sided, *FARE_KEY)
    zones = {
        zone: name
        for feed in (old, new)
        for zone, name in feed.stops.select("zone_id", "stop_name").drop_nulls().rows()
    }
    return tuple(
        FareChange(
            route_id=route or "",
            origin=zones.get(origin, origin or ""),
            destination=zones.get(destination, destination or ""),
            price_before=before,
            price_now=now,
        )
        for route, origin, destination, before, now in differ.select(
            *FARE_KEY, "price", "price_now"
        ).rows()
    )


def _usual(feed: Inspection) -> TripsPerDay:
    first, counts = trips_per_day(feed, feed.service_days)
    weekday = (np.arange(first, first + len(counts)) + 3) % 7

    def usual(mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
        running = counts[mask & (counts > 0)]
        return int(np.quantile(running, USUAL, method="nearest")) if len(running) else 0

    return TripsPerDay(usual(weekday < 5), usual(weekday == 5), usual(weekday == 6))
