"""One feed of the sample: the rows of its files, from the tables to a zip whose bytes repeat."""

import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from gtfs_feeds.sample.builder import Cells, FeedBuilder
from gtfs_feeds.sample.days import calendar_rows
from gtfs_feeds.sample.fares import fare_rules
from gtfs_feeds.sample.tables import Operator, Route, SampleTableError, data_rows, operators, routes
from gtfs_feeds.sample.timing import Finder
from gtfs_feeds.sample.trips import add_route
from gtfs_feeds.sample.wording import add_translations, long_name

PUBLISHER: Final = "Kyushu MaaS 合成サンプル（synthetic sample）"
PUBLISHER_URL: Final = "https://example.com/kyushu-maas-sample"
ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)


def feed_files(tag: str, first_day: date, days: int) -> dict[str, str]:
    """Return the files of one operator's feed by name, valid from `first_day` for `days`."""
    operator = operators()[tag]
    builder = FeedBuilder(operator, Finder(tag))
    own = [route for route in routes() if route.feed == tag]
    if not own:
        raise SampleTableError(f"operators.csv: {tag} has no routes")
    for route in own:
        add_route(builder, route)
    _add_agency(builder)
    _add_routes(builder, own)
    _add_stops(builder, own)
    _add_calendar(builder, first_day, days)
    _drop_idle_column(builder)
    _add_transfers(builder)
    _add_fares(builder, own)
    add_translations(builder, own)
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


def _add_agency(builder: FeedBuilder) -> None:
    operator = builder.operator
    builder.write(
        "agency.txt",
        "agency_id,agency_name,agency_url,agency_timezone,agency_lang",
        [(operator.agency_id, operator.name, _url(operator), "Asia/Tokyo", "ja")],
    )


def _url(operator: Operator) -> str:
    return f"{PUBLISHER_URL}/{operator.tag}"


def _add_routes(builder: FeedBuilder, own: list[Route]) -> None:
    builder.write(
        "routes.txt",
        "route_id,agency_id,route_short_name,route_long_name,route_type,route_color,"
        "route_text_color",
        [
            (
                route.id, builder.operator.agency_id, route.short, long_name(builder, route)[0],
                route.mode.route_type, builder.operator.color or route.mode.color, "FFFFFF",
            )
            for route in own
        ],
    )  # fmt: skip


def _add_stops(builder: FeedBuilder, own: list[Route]) -> None:
    rows: list[Cells] = []
    # Subways and monorails of Kyushu have a lift at every station.
    step_free = all(route.mode.word in ("subway", "monorail") for route in own)
    for spot in sorted(builder.used.values(), key=lambda spot: spot.id):
        codes = builder.codes(spot)
        wheel = int(spot.kind in ("airport", "port") or bool(codes) or step_free)
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


def _drop_idle_column(builder: FeedBuilder) -> None:
    """Take pickup_type out of trips.txt where no trip needs a reservation: few readers know it."""
    lines = builder.text["trips.txt"]
    if all(line.endswith(",0") for line in lines[1:]):
        builder.text["trips.txt"] = [line.rpartition(",")[0] for line in lines]


def _add_calendar(builder: FeedBuilder, first_day: date, days: int) -> None:
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


def _add_transfers(builder: FeedBuilder) -> None:
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


def _add_fares(builder: FeedBuilder, own: list[Route]) -> None:
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


def _add_feed_info(builder: FeedBuilder, first_day: date, days: int) -> None:
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
