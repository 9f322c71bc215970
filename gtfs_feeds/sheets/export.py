"""Writing what was read as GTFS-JP v4."""

import csv
import hashlib
import io
from collections.abc import Iterable
from datetime import date
from typing import Final

from gtfs_feeds.mend.feed import packed
from gtfs_feeds.sheets.days import calendar_row
from gtfs_feeds.sheets.model import Timetable, Trip
from gtfs_feeds.sheets.problems import Note, Review
from gtfs_feeds.sheets.stops import hiragana
from maas.core.servicetime import format_seconds

ON_BOARD: Final = frozenset({0, 3})
"""Route types whose fares are paid on board."""
EVERY_PRICE: Final = "均一"

Rows = list[list[str | int | float]]


def as_zip(timetable: Timetable, review: Review) -> bytes:
    """Return the feed as a zip; the same sheets give the same bytes."""
    ids = service_ids(timetable.trips)
    tables: dict[str, Rows] = {
        "agency": agency(timetable),
        "stops": stops(timetable),
        "routes": routes(timetable),
        "trips": trips(timetable, ids),
        "stop_times": stop_times(timetable, ids),
        **calendars(ids),
        **fares(timetable, review),
        **fares_of_riders(timetable),
        "translations": translations(timetable),
    }
    files = {f"{name}.txt": written(rows) for name, rows in tables.items() if len(rows) > 1}
    digest = hashlib.sha256(b"".join(files[name] for name in sorted(files))).hexdigest()
    files["feed_info.txt"] = written(feed_info(timetable, digest[:8]))
    return packed(files)


def written(rows: Iterable[Iterable[str | int | float]]) -> bytes:
    """Return rows as csv in UTF-8 with CRLF, as GTFS-JP feeds have it."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()


def agency(timetable: Timetable) -> Rows:
    """Return agency.txt."""
    one = timetable.operator
    return [
        [
            "agency_id",
            "agency_name",
            "agency_url",
            "agency_timezone",
            "agency_lang",
            "agency_phone",
        ],
        [one.corporate_number, one.name, one.url, "Asia/Tokyo", "ja", one.phone],
    ]


def stops(timetable: Timetable) -> Rows:
    """Return stops.txt: the stops that are served, each its own zone of fares."""
    served = {call.stop.id for trip in timetable.trips for call in trip.calls}
    rows: Rows = [
        [
            "stop_id",
            "stop_name",
            "stop_lat",
            "stop_lon",
            "zone_id",
            "location_type",
            "platform_code",
        ]
    ]
    for stop in timetable.stops:
        if stop.id in served:
            position: list[str | int | float] = [f"{stop.lat:.6f}", f"{stop.lon:.6f}"]
            rows.append([stop.id, stop.name, *position, stop.id, 0, stop.platform])
    return rows


def routes(timetable: Timetable) -> Rows:
    """Return routes.txt: one route a line."""
    one = timetable.operator
    rows: Rows = [["route_id", "agency_id", "route_long_name", "route_type"]]
    for line in dict.fromkeys(trip.line for trip in timetable.trips):
        rows.append([line, one.corporate_number, line, one.route_type])
    return rows


def service_ids(trips: list[Trip]) -> dict[frozenset[date], str]:
    """Return a name for each set of days: the words that describe it, made unique."""
    ids: dict[frozenset[date], str] = {}
    for trip in trips:
        if trip.dates in ids:
            continue
        name, number = trip.days, 2
        while name in ids.values():
            name = f"{trip.days}_{number}"
            number += 1
        ids[trip.dates] = name
    return ids


def trip_ids(trips: list[Trip], ids: dict[frozenset[date], str]) -> list[str]:
    """Return a name for each trip that stays when other trips come and go."""
    found: dict[str, None] = {}
    for trip in trips:
        first = trip.calls[0]
        clock = format_seconds(first.departure_s)[:5].replace(":", "時")
        base = f"{trip.line}_{ids[trip.dates]}_{first.stop.id}{clock}分"
        name, number = base, 2
        while name in found:
            name = f"{base}_{number}"
            number += 1
        found[name] = None
    return list(found)


def directions(trips: list[Trip]) -> list[int]:
    """Return each trip's direction: 0 like the first trip of its line, 1 the other way."""
    orders: dict[str, dict[str, int]] = {}
    found = []
    for trip in trips:
        names = [call.stop.id for call in trip.calls]
        order = orders.setdefault(trip.line, {name: at for at, name in enumerate(names)})
        places = [order[name] for name in names if name in order]
        found.append(int(len(places) >= 2 and places[0] > places[-1]))
    return found


def trips(timetable: Timetable, ids: dict[frozenset[date], str]) -> Rows:
    """Return trips.txt."""
    rows: Rows = [
        ["route_id", "service_id", "trip_id", "trip_headsign", "trip_short_name", "direction_id"]
    ]
    named = zip(
        timetable.trips,
        trip_ids(timetable.trips, ids),
        directions(timetable.trips),
        strict=True,
    )
    for trip, name, direction in named:
        headsign = trip.headsign or trip.calls[-1].stop.name
        rows.append([trip.line, ids[trip.dates], name, headsign, trip.name, direction])
    return rows


def stop_times(timetable: Timetable, ids: dict[frozenset[date], str]) -> Rows:
    """Return stop_times.txt."""
    rows: Rows = [
        ["trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "timepoint"]
    ]
    for trip, name in zip(timetable.trips, trip_ids(timetable.trips, ids), strict=True):
        for number, call in enumerate(trip.calls, start=1):
            times = [format_seconds(call.arrival_s), format_seconds(call.departure_s)]
            rows.append([name, *times, call.stop.id, number, 1])
    return rows


def calendars(ids: dict[frozenset[date], str]) -> dict[str, Rows]:
    """Return calendar.txt and calendar_dates.txt."""
    week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    weekly: Rows = [["service_id", *week, "start_date", "end_date"]]
    dates: Rows = [["service_id", "date", "exception_type"]]
    for days, name in ids.items():
        first, last = min(days), max(days)
        pattern, differing = calendar_row(days)
        weekly.append([name, *pattern, f"{first:%Y%m%d}", f"{last:%Y%m%d}"])
        dates += [[name, f"{day:%Y%m%d}", 1 if day in days else 2] for day in differing]
    return {"calendar": weekly, "calendar_dates": dates}


def fares(timetable: Timetable, review: Review) -> dict[str, Rows]:
    """Return fare_attributes.txt and fare_rules.txt; a line without fares is remarked."""
    one = timetable.operator
    paid = 0 if one.route_type in ON_BOARD else 1
    attributes: Rows = [
        [
            "fare_id",
            "price",
            "currency_type",
            "payment_method",
            "transfers",
            "agency_id",
        ]
    ]
    rules: Rows = [["fare_id", "route_id", "origin_id", "destination_id"]]
    served = {call.stop.id for trip in timetable.trips for call in trip.calls}
    known: set[str] = set()
    for fare in timetable.fares:
        if fare.origin and not {fare.origin, fare.destination} <= served:
            continue
        name = f"{fare.yen}円" if fare.origin else f"{EVERY_PRICE}{fare.yen}円"
        if name not in known:
            known.add(name)
            attributes.append([name, fare.yen, "JPY", paid, 0, one.corporate_number])
        pairs = [(fare.origin, fare.destination), (fare.destination, fare.origin)]
        for origin, destination in dict.fromkeys(pairs):
            rule: list[str | int | float] = [name, fare.line, origin, destination]
            if any(rule[1:]) and rule not in rules:
                rules.append(rule)
    if timetable.fares:
        review.remark(timetable.operator.at, Note.PAYMENT)
    priced = {fare.line for fare in timetable.fares}
    for trip in timetable.trips:
        if "" not in priced and trip.line not in priced:
            priced.add(trip.line)
            review.remark(trip.at, Note.NO_FARE, trip.line)
    return {"fare_attributes": attributes, "fare_rules": rules}


def fares_of_riders(timetable: Timetable) -> dict[str, Rows]:
    """
    Return Fares v2 beside the v1 files where the sheets give fares of children, else nothing.

    v1 cannot say whose a price is. All fares are in both, so that a reader of either has them.
    """
    if all(fare.child is None for fare in timetable.fares):
        return {}
    served = {call.stop.id for trip in timetable.trips for call in trip.calls}
    products: Rows = [["fare_product_id", "rider_category_id", "amount", "currency"]]
    rules: Rows = [["network_id", "from_area_id", "to_area_id", "fare_product_id", "rule_priority"]]
    for fare in timetable.fares:
        if fare.origin and not {fare.origin, fare.destination} <= served:
            continue
        name = f"{fare.yen}円" + ("" if fare.child is None else f"・小児{fare.child}円")
        prices: Rows = [[name, "adult", fare.yen, "JPY"]]
        if fare.child is not None:
            prices.append([name, "child", fare.child, "JPY"])
        products += [row for row in prices if row not in products]
        priority = 2 * bool(fare.line) + bool(fare.origin)  # as v1: the line first, then the pair
        for pair in dict.fromkeys(
            [(fare.origin, fare.destination), (fare.destination, fare.origin)]
        ):
            rule: list[str | int | float] = [fare.line, *pair, name, priority]
            if rule not in rules:
                rules.append(rule)
    lines = list(dict.fromkeys(fare.line for fare in timetable.fares if fare.line))
    ends = sorted({str(area) for row in rules[1:] for area in row[1:3] if area})
    areas: Rows = [[area, area] for area in ends]
    networks: Rows = [[line, line] for line in lines]
    return {
        "rider_categories": [
            ["rider_category_id", "rider_category_name", "is_default_fare_category"],
            ["adult", "大人", 1],
            ["child", "小児", 0],
        ],
        "fare_products": products,
        "fare_leg_rules": rules,
        "areas": [["area_id"], *(row[:1] for row in areas)],
        "stop_areas": [["area_id", "stop_id"], *areas],
        "networks": [["network_id", "network_name"], *networks],
        "route_networks": [["network_id", "route_id"], *networks],
    }


def translations(timetable: Timetable) -> Rows:
    """Return translations.txt: readings and English of the company and the stops."""
    head = ["table_name", "field_name", "language", "translation", "field_value"]
    rows: Rows = [[*head]]
    one = timetable.operator
    served = {call.stop.id for trip in timetable.trips for call in trip.calls}
    texts = [("agency", "agency_name", one.name, hiragana(one.reading), one.english)]
    texts += [
        ("stops", "stop_name", stop.name, stop.reading, stop.english)
        for stop in timetable.stops
        if stop.id in served
    ]
    for table, column, name, reading, english in dict.fromkeys(texts):
        for language, text in (("ja-Hrkt", reading), ("en", english)):
            row: list[str | int | float] = [table, column, language, text, name]
            if text and row not in rows:
                rows.append(row)
    return rows


def feed_info(timetable: Timetable, version: str) -> Rows:
    """Return feed_info.txt; the version changes with the content."""
    one = timetable.operator
    return [
        [
            "feed_publisher_name",
            "feed_publisher_url",
            "feed_lang",
            "feed_start_date",
            "feed_end_date",
            "feed_version",
        ],
        [
            one.name,
            one.url,
            "ja",
            f"{one.first_day:%Y%m%d}",
            f"{one.last_day:%Y%m%d}",
            f"{one.first_day:%Y%m%d}_{version}",
        ],
    ]
