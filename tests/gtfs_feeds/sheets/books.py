"""Workbooks as people make them, for the tests."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl

from gtfs_feeds.read import FeedTables, read_zip
from gtfs_feeds.sheets import Converted, SheetRefused, convert_sheets

Rows = Sequence[Sequence[Any]]

OPERATOR: Rows = (
    ("事業者名", "見本交通"),
    ("よみがな", "みほんこうつう"),
    ("法人番号", "3000020401307"),
    ("URL", "https://example.jp/"),
    ("交通の種類", "船"),
    ("有効開始日", "2026年4月1日"),
    ("有効終了日", "令和9年3月31日"),
)
STOPS: Rows = (
    ("港名", "よみがな", "英語名", "緯度", "経度"),
    ("神湊", "こうのみなと", "Konominato", 33.8506, 130.4916),
    ("地島", "じのしま", "Jinoshima", 33.8950, 130.5000),
    ("大島港", "おおしまこう", "Oshima Port", 33.8903, 130.4396),
)


def book(
    sheets: Mapping[str, Rows],
    merged: Mapping[str, Sequence[str]] | None = None,
    *,
    operator: Rows = OPERATOR,
    stops: Rows = STOPS,
) -> bytes:
    """Return a workbook with the company, its stops and these sheets."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in {"事業者": operator, "港": stops, **sheets}.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for area in (merged or {}).get(name, ()):
            sheet.merge_cells(area)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def convert(
    sheets: Mapping[str, Rows], merged: Mapping[str, Sequence[str]] | None = None, **more: Rows
) -> Converted:
    return convert_sheets(book(sheets, merged, **more), "book.xlsx")


def refused(
    sheets: Mapping[str, Rows], merged: Mapping[str, Sequence[str]] | None = None, **more: Rows
) -> list[tuple[str, str]]:
    """Return cell and trouble of each problem of sheets that must be refused."""
    try:
        convert(sheets, merged, **more)
    except SheetRefused as refusal:
        return [(str(one.at), one.trouble.value) for one in refusal.problems]
    raise AssertionError("the sheets were taken")


def feed(converted: Converted) -> FeedTables:
    """Return the feed, which must read without a single fault."""
    tables = read_zip(converted.data)
    assert tables.faults == ()
    return tables


def runs(converted: Converted) -> list[tuple[str, str]]:
    """Return each trip as its days and its calls: `神湊 07:40 大島港 08:05`."""
    tables = feed(converted)
    days = dict(tables.tables["trips"].select("trip_id", "service_id").rows())
    found: dict[str, list[str]] = {}
    columns = ("trip_id", "stop_id", "arrival_time", "departure_time")
    for trip, stop, arrival, departure in tables.tables["stop_times"].select(columns).rows():
        times = {arrival[:5]: None, departure[:5]: None}
        found.setdefault(trip, []).append(f"{stop} {'-'.join(times)}")
    return [(days[trip], " ".join(calls)) for trip, calls in found.items()]


def served(converted: Converted, service: str) -> set[str]:
    """Return the dates of a service, from calendar.txt and calendar_dates.txt."""
    from datetime import date, timedelta

    tables = feed(converted)
    (row,) = [one for one in tables.tables["calendar"].to_dicts() if one["service_id"] == service]
    first, last = (
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
        for text in (row["start_date"], row["end_date"])
    )
    week = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    days = {
        f"{day:%Y%m%d}"
        for day in (first + timedelta(step) for step in range((last - first).days + 1))
        if row[week[day.weekday()]] == "1"
    }
    exceptions = tables.table("calendar_dates")
    for one in exceptions.to_dicts() if exceptions is not None else ():
        if one["service_id"] == service:
            (days.add if one["exception_type"] == "1" else days.discard)(one["date"])
    return days


def child_fares(converted: Converted) -> dict[tuple[str, str], tuple[int, int | None]]:
    """Return the adult's and the child's price of each pair of stops, by Fares v2."""
    tables = feed(converted).tables
    if "fare_leg_rules" not in tables:
        return {}
    areas = {"": ""}
    if "stop_areas" in tables:
        areas |= dict(tables["stop_areas"].select("area_id", "stop_id").rows())
    prices: dict[str, dict[str, int]] = {}
    for product, rider, amount in (
        tables["fare_products"].select("fare_product_id", "rider_category_id", "amount").rows()
    ):
        prices.setdefault(product, {})[rider] = int(amount)
    rules = tables["fare_leg_rules"].select("from_area_id", "to_area_id", "fare_product_id").rows()
    return {
        (areas[origin], areas[destination]): (prices[p]["adult"], prices[p].get("child"))
        for origin, destination, p in rules
    }


def fares(converted: Converted) -> dict[tuple[str, str], str]:
    """Return the price of each pair of stops."""
    tables = feed(converted)
    prices = dict(tables.tables["fare_attributes"].select("fare_id", "price").rows())
    rules = tables.tables["fare_rules"].select("fare_id", "origin_id", "destination_id").rows()
    return {(origin, destination): prices[fare] for fare, origin, destination in rules}
