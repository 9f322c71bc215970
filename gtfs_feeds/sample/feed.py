"""One feed of the sample: the rows of its files, from the tables to a zip whose bytes repeat."""

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from gtfs_feeds.sample.days import calendar_rows, day_kinds
from gtfs_feeds.sample.fares import Pattern, fare_rules
from gtfs_feeds.sample.romaji import romaji
from gtfs_feeds.sample.tables import (
    Operator,
    Route,
    Run,
    SampleTableError,
    Spot,
    data_rows,
    operators,
    routes,
    train_names,
)
from gtfs_feeds.sample.timing import Call, Finder, Window, expand, mirrored, windows

PUBLISHER: Final = "Kyushu MaaS 合成サンプル（synthetic sample）"
PUBLISHER_EN: Final = "Kyushu MaaS synthetic sample"
PUBLISHER_URL: Final = "https://example.com/kyushu-maas-sample"
ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)

Cells = tuple[object, ...]


@dataclass(slots=True)
class _Trip:
    id: str
    kind: str
    windows: tuple[Window, ...]
    block: str


@dataclass(slots=True)
class _Builder:
    """Collects the rows of one feed."""

    operator: Operator
    finder: Finder
    text: dict[str, list[str]] = field(default_factory=dict)
    """Lines of a file, header first, by file name."""
    used: dict[str, Spot] = field(default_factory=dict)
    day_codes: set[str] = field(default_factory=set)
    headsigns: dict[str, Spot] = field(default_factory=dict)
    train_names: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Reading and English by the trip's short name."""
    trip_ids: set[str] = field(default_factory=set)
    joins: dict[tuple[str, str, int], dict[str, list[str]]] = field(default_factory=dict)
    patterns: dict[str, list[Pattern]] = field(default_factory=dict)
    platforms: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)

    def write(self, file: str, header: str, rows: Iterable[Cells]) -> None:
        """Append rows, quoted where they need it."""
        lines = self.text.setdefault(file, [header])
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(rows)
        lines.extend(buffer.getvalue().splitlines())


@cache
def _clock() -> list[str]:
    """Return HH:MM:SS of every minute of three days."""
    return [f"{minute // 60:02}:{minute % 60:02}:00" for minute in range(72 * 60)]


@cache
def _platform_rows() -> dict[str, dict[str, dict[tuple[str, str], str]]]:
    """Return platform codes by feed, station, and (mode or route, direction)."""
    found: dict[str, dict[str, dict[tuple[str, str], str]]] = {}
    for _, (feed, station, group, direction, code) in data_rows("platforms"):
        found.setdefault(feed, {}).setdefault(station, {})[group, direction] = code
    return found


def feed_files(tag: str, first_day: date, days: int) -> dict[str, str]:
    """Return the files of one operator's feed by name, valid from `first_day` for `days`."""
    operator = operators()[tag]
    builder = _Builder(operator, Finder(tag), platforms=_platform_rows().get(tag, {}))
    own = [route for route in routes() if route.feed == tag]
    if not own:
        raise SampleTableError(f"operators.csv: {tag} has no routes")
    for route in own:
        _add_route(builder, route)
    _add_agency(builder)
    _add_routes(builder, own)
    _add_stops(builder)
    _add_calendar(builder, first_day, days)
    _add_transfers(builder)
    _add_fares(builder, own)
    _add_translations(builder, own)
    _add_feed_info(builder, first_day, days)
    return {name: "\n".join(lines) + "\n" for name, lines in sorted(builder.text.items())}


def write_zip(path: Path, texts: dict[str, str]) -> None:
    """Write the files of a feed; equal texts give equal bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, text in texts.items():
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text.encode())


def _add_route(builder: _Builder, route: Route) -> None:
    previous: dict[int, list[Window]] = {0: [], 1: []}
    for number, run in enumerate(route.runs):
        forward = expand(route, run, builder.finder)
        kinds = run.days.split()
        for kind in kinds:
            if kind not in day_kinds():
                raise SampleTableError(f"{run.where}: no days {kind}")
        texts = (run.out, run.back or run.out)
        for direction, text in enumerate(texts):
            found = windows(text, previous[direction], run.where)
            previous[direction] = found
            if not found:
                continue
            pattern = mirrored(forward) if direction else forward
            builder.patterns.setdefault(route.id, []).append(pattern)
            for kind in kinds:
                builder.day_codes.add(kind)
                _add_trips(builder, route, run, number, direction, kind, pattern, found)


def _add_trips(
    builder: _Builder,
    route: Route,
    run: Run,
    number: int,
    direction: int,
    kind: str,
    pattern: Pattern,
    found: list[Window],
) -> None:
    cells = _stop_cells(builder, route, direction, pattern)
    last = pattern[-1].spot
    headsign = run.flags.get("to" if direction == 0 else "from", last.name)
    builder.headsigns.setdefault(headsign, last)
    name, _, start = run.flags.get("name", "").partition("#")
    frequency = run.flags.get("freq")
    starts = (
        [(w.first, w) for w in found]
        if frequency
        else [(m, None) for m in sorted({m for w in found for m in w.departures()})]
    )
    clock = _clock()
    trips = builder.text.setdefault("trips.txt", [_TRIPS])
    times = builder.text.setdefault("stop_times.txt", [_STOP_TIMES])
    for index, (minute, window) in enumerate(starts):
        trip = (
            f"{route.id}-{number + 1}{'ob'[direction]}-{kind}-{clock[minute][:5].replace(':', '')}"
        )
        if trip in builder.trip_ids:
            raise SampleTableError(f"{run.where}: two trips {trip}")
        builder.trip_ids.add(trip)
        short = ""
        if start:
            count = int(start) + 2 * index + direction
            short = f"{name}{count}号"
            kana, english = _spelled(name)
            builder.train_names[short] = (f"{kana}{count}ごう", f"{english} {count}")
        elif name:
            short = name
            builder.train_names[short] = _spelled(name)
        block = (
            f"{run.flags['block']}-{'ob'[direction]}-{kind}-{index + 1}"
            if "block" in run.flags
            else ""
        )
        if "join" in run.flags:
            key, _, part = run.flags["join"].partition(":")
            link = builder.joins.setdefault((f"{key}-{kind}", "ob"[direction], index), {})
            link.setdefault(part, []).append(trip)
        wheelchair = run.flags.get("wheelchair", route.mode.wheelchair)
        bikes = run.flags.get("bikes", route.mode.bikes)
        cars = run.flags.get("cars", route.mode.cars)
        trips.append(
            f"{route.id},{kind},{trip},{headsign},{short},{direction},{block},"
            f"{wheelchair},{bikes},{cars},{2 if 'reserved' in run.flags else 0}"
        )
        times.extend(
            f"{trip},{clock[minute + arrival]},{clock[minute + departure]},{rest}"
            for arrival, departure, rest in cells
        )
        if window and frequency:
            exact = 1 if frequency == "exact" else 0
            builder.text.setdefault("frequencies.txt", [_FREQUENCIES]).append(
                f"{trip},{clock[window.first]},{clock[window.departures()[-1] + window.headway]},"
                f"{window.headway * 60},{exact}"
            )


_TRIPS: Final = (
    "route_id,service_id,trip_id,trip_headsign,trip_short_name,direction_id,block_id,"
    "wheelchair_accessible,bikes_allowed,cars_allowed,pickup_type"
)
_STOP_TIMES: Final = (
    "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type,timepoint"
)
_FREQUENCIES: Final = "trip_id,start_time,end_time,headway_secs,exact_times"


def _stop_cells(
    builder: _Builder, route: Route, direction: int, pattern: Pattern
) -> list[tuple[int, int, str]]:
    cells: list[tuple[int, int, str]] = []
    for sequence, call in enumerate(pattern, 1):
        builder.used.setdefault(call.spot.id, call.spot)
        code = _platform(builder, route, direction, call)
        stop = f"{call.spot.id}-{code}" if code else call.spot.id
        pickup, drop_off = int(not call.board), int(not call.alight)
        rest = f"{stop},{sequence},{pickup},{drop_off},{int(call.anchored)}"
        cells.append((call.arrival, call.departure, rest))
    return cells


def _platform(builder: _Builder, route: Route, direction: int, call: Call) -> str:
    table = builder.platforms.get(call.spot.name)
    if not table:
        return ""
    for group in (route.id, route.mode.word, "*"):
        for way in (str(direction), "*"):
            if (group, way) in table:
                return table[group, way]
    raise SampleTableError(f"platforms.csv: {builder.operator.tag} {call.spot.name} {route.id}")


def _spelled(name: str) -> tuple[str, str]:
    """Return reading and English of a train's or line's name; both empty where unknown."""
    if name in train_names():
        return train_names()[name]
    kana = _hiragana(name)
    if kana and all("ぁ" <= c <= "ゖ" or c == "ー" for c in kana):
        return kana, romaji(kana)
    return "", ""


def _hiragana(text: str) -> str:
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヴ" else c for c in text)


def _add_agency(builder: _Builder) -> None:
    operator = builder.operator
    builder.write(
        "agency.txt",
        "agency_id,agency_name,agency_url,agency_timezone,agency_lang",
        [(operator.agency_id, operator.name, _url(operator), "Asia/Tokyo", "ja")],
    )


def _url(operator: Operator) -> str:
    return f"{PUBLISHER_URL}/{operator.tag}"


def _ends(builder: _Builder, route: Route) -> tuple[Spot, Spot]:
    first = builder.patterns[route.id][0]
    return first[0].spot, first[-1].spot


def _long_name(builder: _Builder, route: Route) -> tuple[str, str, str]:
    """Return a route's long name, reading and English; without one it is named by its ends."""
    if route.long:
        return route.long, route.kana, route.english or romaji(route.kana)
    a, b = _ends(builder, route)
    return f"{a.name}～{b.name}", f"{a.kana}～{b.kana}", f"{a.english} - {b.english}"


def _add_routes(builder: _Builder, own: list[Route]) -> None:
    builder.write(
        "routes.txt",
        "route_id,agency_id,route_short_name,route_long_name,route_type,route_color,"
        "route_text_color",
        [
            (
                route.id, builder.operator.agency_id, route.short, _long_name(builder, route)[0],
                route.mode.route_type, builder.operator.color or route.mode.color, "FFFFFF",
            )
            for route in own
        ],
    )  # fmt: skip


def _add_stops(builder: _Builder) -> None:
    rows: list[Cells] = []
    for spot in sorted(builder.used.values(), key=lambda spot: spot.id):
        codes = sorted(set(builder.platforms.get(spot.name, {}).values()))
        wheel = 1 if spot.kind in ("airport", "port") or codes else 0
        note = "位置はおおよそ（approximate position）" if spot.approximate else ""
        rows.append(
            (spot.id, spot.name, note, f"{spot.lat:.5f}", f"{spot.lon:.5f}", spot.id,
             1 if codes else 0, "", wheel, "")
        )  # fmt: skip
        rows.extend(
            (f"{spot.id}-{code}", spot.name, note, f"{spot.lat + 0.0001 * step:.5f}",
             f"{spot.lon:.5f}", spot.id, 0, spot.id, 1, code)
            for step, code in enumerate(codes)
        )  # fmt: skip
    builder.write(
        "stops.txt",
        "stop_id,stop_name,stop_desc,stop_lat,stop_lon,zone_id,location_type,parent_station,"
        "wheelchair_boarding,platform_code",
        rows,
    )


def _add_calendar(builder: _Builder, first_day: date, days: int) -> None:
    calendar: list[str] = []
    exceptions: list[str] = []
    for code in sorted(builder.day_codes):
        row, dates = calendar_rows(code, first_day, days)
        calendar += [row] if row else []
        exceptions += dates
    if calendar:
        week = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
        header = f"service_id,{week},start_date,end_date"
        builder.text["calendar.txt"] = [header, *calendar]
    if exceptions:
        builder.text["calendar_dates.txt"] = ["service_id,date,exception_type", *exceptions]


def _add_transfers(builder: _Builder) -> None:
    header = "from_stop_id,to_stop_id,from_trip_id,to_trip_id,transfer_type,min_transfer_time"
    rows: list[Cells] = []
    for _, (feed, station, start, end, seconds) in data_rows("transfers"):
        if feed != builder.operator.tag:
            continue
        spot = builder.finder.spot(station, "transfers.csv")
        left, right = (f"{spot.id}-{code}" if code else spot.id for code in (start, end))
        rows.append((left, right, "", "", 2, seconds))
        if left != right:
            rows.append((right, left, "", "", 2, seconds))
    for (_, way, _), parts in sorted(builder.joins.items()):
        for trunk in parts.get("trunk", []):
            for branch in parts.get("branch", []):
                pair = (trunk, branch) if way == "o" else (branch, trunk)
                rows.append(("", "", *pair, 4, ""))
    if rows:
        builder.write("transfers.txt", header, rows)


def _add_fares(builder: _Builder, own: list[Route]) -> None:
    plans = [(route, builder.patterns[route.id]) for route in own]
    rules = fare_rules(plans, builder.finder)
    prices = sorted({rule[0] for rule in rules})
    agency = builder.operator.agency_id
    attributes = [f"y{yen},{yen},JPY,0,0,{agency}" for yen in prices]
    header = "fare_id,price,currency_type,payment_method,transfers,agency_id"
    builder.text["fare_attributes.txt"] = [header, *attributes]
    builder.text["fare_rules.txt"] = [
        "fare_id,route_id,origin_id,destination_id",
        *(f"y{yen},{route},{a},{b}" for yen, route, a, b in rules),
    ]


def _add_translations(builder: _Builder, own: list[Route]) -> None:
    operator = builder.operator
    rows: list[Cells] = []

    def record(table: str, field_name: str, key: str, ja: str, kana: str, english: str) -> None:
        for language, text in (("ja", ja), ("ja-Hrkt", kana), ("en", english)):
            rows.append((table, field_name, language, text, key, "", ""))

    def value(table: str, field_name: str, ja: str, kana: str, english: str) -> None:
        for language, text in (("ja-Hrkt", kana), ("en", english)):
            rows.append((table, field_name, language, text, "", "", ja))

    record(
        "agency", "agency_name", operator.agency_id, operator.name, operator.kana, operator.english
    )
    for spot in sorted(builder.used.values(), key=lambda spot: spot.id):
        codes = sorted(set(builder.platforms.get(spot.name, {}).values()))
        for key in (spot.id, *(f"{spot.id}-{code}" for code in codes)):
            record("stops", "stop_name", key, spot.name, spot.kana, spot.english)
    for route in own:
        record("routes", "route_long_name", route.id, *_long_name(builder, route))
        kana, english = _spelled(route.short)
        if kana:
            record("routes", "route_short_name", route.id, route.short, kana, english)
    for text, spot in sorted(builder.headsigns.items()):
        value("trips", "trip_headsign", text, spot.kana, spot.english)
    for text, (kana, english) in sorted(builder.train_names.items()):
        value("trips", "trip_short_name", text, kana, english)
    rows.append(("feed_info", "feed_publisher_name", "en", PUBLISHER_EN, "", "", ""))
    builder.write(
        "translations.txt",
        "table_name,field_name,language,translation,record_id,record_sub_id,field_value",
        rows,
    )


def _add_feed_info(builder: _Builder, first_day: date, days: int) -> None:
    last = first_day + timedelta(days - 1)
    builder.write(
        "feed_info.txt",
        "feed_publisher_name,feed_publisher_url,feed_lang,default_lang,feed_start_date,"
        "feed_end_date,feed_version,feed_contact_url",
        [
            (
                PUBLISHER, PUBLISHER_URL, "ja", "ja", f"{first_day:%Y%m%d}", f"{last:%Y%m%d}",
                f"synthetic-{first_day:%Y%m%d}", PUBLISHER_URL,
            )
        ],
    )  # fmt: skip
    if builder.finder.lines:
        builder.write(
            "attributions.txt",
            "attribution_id,organization_name,is_producer,is_operator,is_authority",
            [("stations", "station_database (CC BY 4.0): stations and coordinates", 1, 0, 0)],
        )
