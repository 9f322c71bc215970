"""Lists of sailings or flights: one trip a row, with where and when it leaves and arrives."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from gtfs_feeds.sheets.children import NO_RULE, together
from gtfs_feeds.sheets.context import Context, Worded
from gtfs_feeds.sheets.days import words_of
from gtfs_feeds.sheets.entries import entries
from gtfs_feeds.sheets.fares import price_of
from gtfs_feeds.sheets.footnotes import take_legend
from gtfs_feeds.sheets.model import Call, Fare, Stop, Trip
from gtfs_feeds.sheets.notes import limited
from gtfs_feeds.sheets.problems import Note, Spot, Trouble
from gtfs_feeds.sheets.timetable import DAY_S, HALF_DAY_S, NOT_RUNNING, is_surely_time
from gtfs_feeds.sheets.words import clock_seconds, is_ditto
from gtfs_feeds.sheets.workbook import BLANK, Cell, Sheet

COLUMNS: Final = MappingProxyType(
    {
        "operator": ("事業者", "事業者名", "会社", "会社名", "運航会社", "operator"),
        "line": ("航路", "航路名", "路線", "路線名", "系統", "line"),
        "origin": (
            "出発港", "出発地", "発地", "発港", "出発", "出港地", "乗船地", "出発空港",
            "出発停留所", "発", "乗り場", "origin",
        ),
        "destination": (
            "到着港", "到着地", "着地", "着港", "到着", "入港地", "下船地", "到着空港",
            "到着停留所", "着", "行き先", "行先", "destination",
        ),
        "departure": (
            "出発時刻", "発時刻", "出港時刻", "出港", "出航", "発車時刻", "発時間", "出発時間",
            "departure",
        ),
        "arrival": (
            "到着時刻", "着時刻", "入港時刻", "入港", "着時間", "到着時間", "arrival",
        ),
        "name": ("便", "便名", "便番号", "船名", "使用船舶", "vessel", "trip"),
        "fare": (
            "運賃", "大人運賃", "料金", "運賃(大人)", "大人", "運賃(円)", "大人運賃(円)",
            "adult_fare_yen",
        ),
        "child": (
            "小児運賃", "小児", "小人", "こども", "運賃(小児)", "小児運賃(円)", "child_fare_yen",
        ),
        "off": ("運休日", "休航日", "運休"),
        "days": (
            "運行日", "運航日", "期間", "運航期間", "備考", "曜日", "摘要", "valid",
        ),
    }
)  # fmt: skip
EITHER: Final = {"出発": "departure", "発": "departure", "到着": "arrival", "着": "arrival"}
"""Heads that stand over places or over times."""
NEEDED: Final = frozenset({"origin", "destination", "departure", "arrival"})
HEAD_ROWS: Final = 20


def header(sheet: Sheet) -> tuple[int, dict[str, list[int]]] | None:
    """
    Return the last row of the header and the columns of each entry, or None where there is none.

    Headers of two rows (出発 over 港 and 時刻) are read together, column by column.
    """
    for row in range(min(HEAD_ROWS, sheet.height)):
        for last in (row, row + 1):
            columns: dict[str, list[int]] = {}
            for column in range(sheet.width):
                above, below = sheet.text(row, column), sheet.text(last, column)
                text = above if last == row or above == below else f"{above}{below}"
                entry = column_of(text)
                if text in EITHER and has_times(sheet, last + 1, column):
                    entry = EITHER[text]
                if entry:
                    columns.setdefault(entry, []).append(column)
            if columns.keys() >= NEEDED:
                return last, columns
    return None


def has_times(sheet: Sheet, first: int, column: int) -> bool:
    """Say whether the first cell below a head is a time."""
    below = (sheet.at(row, column) for row in range(first, sheet.height))
    cell = next((cell for cell in below if cell.text), BLANK)
    return clock_seconds(cell.text) is not None


def column_of(text: str) -> str | None:
    """Return what a column holds by its head."""
    bare = text.replace(" ", "").casefold()
    for entry, words in COLUMNS.items():
        if bare in words:
            return entry
    return None


def read_sailings(sheet: Sheet, operator: str, context: Context) -> tuple[list[Trip], list[Fare]]:
    """Return the trips of a list and the fares that it gives; problems for what is not clear."""
    legend, sheet = take_legend(sheet)
    found = header(sheet)
    assert found is not None
    last, columns = found
    head = entries(sheet, rows=last)
    base: list[Worded] = [head["days"]] if "days" in head else []
    base += [
        (cell.text, sheet.spot(row, column))
        for row, column, cell in sheet.filled()
        if row < last and not cell.is_copy and column_of(cell.text) is None
        if (sheet.spot(row, column)) not in {at for _, at in base}
        if context.is_about_days(cell.text)
    ]
    if not base and context.is_about_days(sheet.name):
        base = [(sheet.name, Spot(sheet.name))]
    trips: list[Trip] = []
    fares: dict[tuple[str, str], Fare] = {}
    lines: dict[frozenset[str], str] = {}
    for row, cells in rows_of(sheet, last + 1, columns):
        values = {entry: cell for entry, (cell, _) in cells.items()}
        company = values.get("operator", BLANK).raw
        if company and company != operator:
            context.review.problem(cells["operator"][1], Trouble.SEVERAL_OPERATORS, company)
            continue
        ends = ends_of(cells, context)
        times = times_of(cells, context)
        if ends is None or times is None:
            continue
        if "line" in values and values["line"].text:
            line = values["line"].raw
        elif "line" in head:
            line = head["line"][0]
        else:
            line = lines.setdefault(
                frozenset(stop.id for stop in ends), f"{ends[0].name}～{ends[1].name}"
            )
        marks = [
            (mark, at) for cell, at in (cells["departure"], cells["arrival"]) for mark in cell.marks
        ]
        here = base + legend.of(marks, context)
        trip = trip_of(sheet, row, cells, line, ends, times, here, context)
        if trip:
            trips.append(trip)
        add_fare(cells, ends, line, fares, context)
    return check_rest(sheet, last, columns, trips, context), list(fares.values())


def check_rest(
    sheet: Sheet, last: int, columns: Mapping[str, list[int]], trips: list[Trip], context: Context
) -> list[Trip]:
    """Complain of times and days at no trip; return the trips on the days that notes leave them."""
    times = {column for entry in ("departure", "arrival") for column in columns[entry]}
    read = {column for places in columns.values() for column in places}
    listed = {row for row, _ in rows_of(sheet, last + 1, columns)}
    notes: list[Worded] = []
    for row, column, cell in sheet.filled():
        at = sheet.spot(row, column)
        if row <= last or cell.is_copy:
            continue
        if column not in times and is_surely_time(cell):
            context.review.problem(at, Trouble.UNREAD_TIME, cell.raw)
        elif row not in listed:
            notes.append((cell.text, at))
        elif column not in read and context.is_about_days(cell.text):
            context.review.problem(at, Trouble.NOTE_UNPLACED, cell.raw)
    return limited(trips, notes, context)


def rows_of(
    sheet: Sheet, first: int, columns: Mapping[str, list[int]]
) -> Iterator[tuple[int, dict[str, tuple[Cell, Spot]]]]:
    """Yield each row's cells by entry; 〃 is the cell above, a row without times is skipped."""
    above: dict[int, Cell] = {}
    for row in range(first, sheet.height):
        cells: dict[str, tuple[Cell, Spot]] = {}
        for entry, places in columns.items():
            for column in places:
                cell = sheet.at(row, column)
                if is_ditto(cell.text):
                    cell = above.get(column, BLANK)
                above[column] = cell
                if entry not in cells or (entry == "days" and not cells[entry][0].text):
                    cells[entry] = (cell, sheet.spot(row, column))
        needed = [cells[entry][0].text for entry in ("departure", "arrival")]
        if any(needed):
            yield row, cells


def ends_of(cells: Mapping[str, tuple[Cell, Spot]], context: Context) -> tuple[Stop, Stop] | None:
    """Return the stops of a row."""
    stops = []
    for entry in ("origin", "destination"):
        cell, at = cells[entry]
        stop = context.stop(cell.text)
        if stop is None:
            context.review.problem(at, Trouble.UNKNOWN_STOP, cell.raw)
        stops.append(stop)
    origin, destination = stops
    return (origin, destination) if origin and destination else None


def times_of(cells: Mapping[str, tuple[Cell, Spot]], context: Context) -> tuple[int, int] | None:
    """Return departure and arrival in seconds; an arrival half a day earlier is the next day's."""
    times = []
    for entry in ("departure", "arrival"):
        cell, at = cells[entry]
        seconds = clock_seconds(cell.text)
        if seconds is None and cell.text not in NOT_RUNNING:
            context.review.problem(at, Trouble.BAD_TIME, cell.raw)
        times.append(seconds)
    departure, arrival = times
    if departure is None or arrival is None:
        return None
    at = cells["arrival"][1]
    if arrival < departure and departure - arrival > HALF_DAY_S:
        context.review.remark(at, Note.AFTER_MIDNIGHT, cells["arrival"][0].raw)
        arrival += DAY_S
    if arrival < departure:
        context.review.problem(at, Trouble.TIMES_FALL, cells["arrival"][0].raw)
        return None
    return departure, arrival


def trip_of(
    sheet: Sheet,
    row: int,
    cells: Mapping[str, tuple[Cell, Spot]],
    line: str,
    ends: tuple[Stop, Stop],
    times: tuple[int, int],
    base: list[Worded],
    context: Context,
) -> Trip | None:
    """Return the trip of a row; None where its days are not clear."""
    at = cells["departure"][1]
    worded = list(base)
    blank = (BLANK, Spot(sheet.name))
    days, days_at = cells.get("days", blank)
    if days.text in NOT_RUNNING:
        context.review.remark(days_at, Note.NOT_RUNNING, days.raw)
        return None
    if days.text:
        worded.append((days.text, days_at))
    off, off_at = cells.get("off", blank)
    if off.text:
        worded.append((off.text if "休" in off.text else f"{off.text}運休", off_at))
    if not context.rules(worded, complain=False) and context.default_days:
        worded.append((context.default_days, Spot(sheet.name)))
    before = len(context.review.problems)
    rules = context.rules(worded)
    if len(context.review.problems) > before:
        return None
    if not rules:
        context.review.problem(sheet.spot(row, 0), Trouble.NO_DAYS)
        return None
    dates = context.dates(rules, days_at if days.text else at)
    if not dates:
        return None
    (origin, destination), (departure, arrival) = ends, times
    calls = (
        Call(origin, departure, departure, at),
        Call(destination, arrival, arrival, cells["arrival"][1]),
    )
    name = cells.get("name", blank)[0].raw
    return Trip(line, calls, dates, words_of(rules), name, destination.name, at)


def add_fare(
    cells: Mapping[str, tuple[Cell, Spot]],
    ends: tuple[Stop, Stop],
    line: str,
    fares: dict[tuple[str, str], Fare],
    context: Context,
) -> None:
    """Note the fare of a row; another price for the same pair is a problem."""
    if "fare" not in cells or not cells["fare"][0].text:
        return
    cell, at = cells["fare"]
    paid = price_of(cell.text, at, NO_RULE, context.review)
    if paid is None:
        return
    child = paid.child
    if "child" in cells and cells["child"][0].text:
        beside, place = cells["child"]
        child_price = price_of(beside.text, place, NO_RULE, context.review)
        child = child_price.yen if child_price else None
        if child is not None and child > paid.yen:
            context.review.remark(place, Note.CHILD_FARE, beside.raw)
            child = None
    origin, destination = sorted((ends[0].id, ends[1].id))
    new = Fare(origin, destination, paid.yen, line, at, child)
    fare = fares.get((origin, destination), new)
    both = together(fare, new)
    fares[origin, destination] = both or fare
    if both is None:
        context.review.problem(at, Trouble.FARE_TWICE, f"{cell.raw} ({fare.at}: {fare.yen})")
