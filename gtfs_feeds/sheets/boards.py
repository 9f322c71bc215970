"""
Departure boards: hours down, minutes across, as they hang at a stop.

A board alone knows one stop. With a row of stops and a row 所要時間 (minutes from the first) each
departure becomes a trip.
"""

import re
from typing import Final

from gtfs_feeds.sheets.context import Context, Worded
from gtfs_feeds.sheets.days import words_of
from gtfs_feeds.sheets.entries import entries
from gtfs_feeds.sheets.footnotes import Legend, take_legend
from gtfs_feeds.sheets.model import Call, Stop, Trip
from gtfs_feeds.sheets.notes import limited
from gtfs_feeds.sheets.problems import Spot, Trouble
from gtfs_feeds.sheets.timetable import line_of, sheet_days
from gtfs_feeds.sheets.words import MARKS, is_pass
from gtfs_feeds.sheets.workbook import Sheet

HOUR_HEADS: Final = frozenset({"時", "時台", "時間", "時刻", "時/分", "hour"})
DURATIONS: Final = re.compile(r"(?:所要時間|所要|分)(?:\(?分\)?)?")
FEWEST_HOURS: Final = 3
LATEST_HOUR: Final = 29
MINUTE: Final = re.compile(rf"(?P<before>[{MARKS}]*)(?P<minute>\d{{1,2}})(?P<after>[{MARKS}]*)")
Corner = tuple[int, int]


def header(sheet: Sheet) -> Corner | None:
    """Return the cell `時` of a board with hours below it, or None where there is none."""
    for row, column, cell in sheet.filled():
        if cell.text not in HOUR_HEADS:
            continue
        hours = [hour_of(sheet.text(below, column)) for below in range(row + 1, sheet.height)]
        if sum(hour is not None for hour in hours) >= FEWEST_HOURS:
            return row, column
    return None


def hour_of(text: str) -> int | None:
    """Return the hour of a row, or None."""
    bare = text.removesuffix("時")
    return int(bare) if bare.isdecimal() and int(bare) <= LATEST_HOUR else None


def read_board(sheet: Sheet, context: Context) -> list[Trip]:
    """Return the trips of a board; what cannot be read becomes problems."""
    legend, sheet = take_legend(sheet)
    corner = header(sheet)
    assert corner is not None
    top, left = corner
    stops = running(sheet, top, context)
    if len(stops) < 2:
        context.review.problem(sheet.spot(top, left), Trouble.BOARD_ALONE, sheet.text(top, left))
        return []
    found = entries(sheet, rows=top)
    line = line_of(sheet, found, context)
    base = sheet_days(sheet, found, range(top), context)
    trips: list[Trip] = []
    for row in range(top + 1, sheet.height):
        hour = hour_of(sheet.text(row, left))
        if hour is None:
            continue
        for column in range(left + 1, sheet.width):
            days = column_days(sheet, top, column, context) or base
            trips += departures(sheet, (row, column), hour, stops, line, days, legend, context)
    notes = (
        (cell.text, sheet.spot(row, column))
        for row, column, cell in sheet.filled()
        if row > top and not cell.is_copy and hour_of(sheet.text(row, left)) is None
    )
    return limited(trips, notes, context)


def running(sheet: Sheet, top: int, context: Context) -> list[tuple[Stop, int]]:
    """Return the stops above a board with their minutes from the first one."""
    for row in range(1, top):
        labels = [sheet.text(row, column).replace(" ", "") for column in range(sheet.width)]
        named = next((n for n, text in enumerate(labels) if DURATIONS.fullmatch(text)), None)
        if named is None:
            continue
        found: list[tuple[Stop, int]] = []
        for column in range(named + 1, sheet.width):
            stop = context.stop(sheet.text(row - 1, column))
            minutes = sheet.text(row, column).removesuffix("分").strip()
            if not minutes:
                continue
            at = sheet.spot(row, column)
            if stop is None:
                value = sheet.at(row - 1, column).raw
                context.review.problem(sheet.spot(row - 1, column), Trouble.UNKNOWN_STOP, value)
            elif not minutes.isdecimal() or (found and int(minutes) < found[-1][1]):
                context.review.problem(at, Trouble.BAD_TIME, sheet.at(row, column).raw)
            else:
                found.append((stop, int(minutes)))
        return found
    return []


def column_days(sheet: Sheet, top: int, column: int, context: Context) -> list[Worded]:
    """Return the words about days over a column: its own head, else the nearest to the left."""
    for at in range(column, 0, -1):
        text = sheet.text(top, at)
        if text in HOUR_HEADS:
            return []
        if text:
            return [(text, sheet.spot(top, at))] if context.is_about_days(text) else []
    return []


def departures(
    sheet: Sheet,
    place: Corner,
    hour: int,
    stops: list[tuple[Stop, int]],
    line: str,
    days: list[Worded],
    legend: Legend,
    context: Context,
) -> list[Trip]:
    """Return a trip for each minute of a cell."""
    cell, at = sheet.at(*place), sheet.spot(*place)
    text = f"{cell.text}{cell.marks}" if cell.marks else cell.text
    if not text or is_pass(text) or cell.is_copy:
        return []
    trips: list[Trip] = []
    for token in re.split(r"[\s,、・/]+", text):
        match = MINUTE.fullmatch(token)
        if match is None or int(match["minute"]) > 59:
            context.review.problem(at, Trouble.BAD_TIME, token)
            continue
        marks = [(mark, at) for mark in match["before"] + match["after"]]
        minute = hour * 60 + int(match["minute"])
        calls = tuple(
            Call(stop, (minute + after) * 60, (minute + after) * 60, at) for stop, after in stops
        )
        rules = context.rules(days) + context.rules(legend.of(marks, context))
        if not rules:
            context.review.problem(Spot(sheet.name), Trouble.NO_DAYS)
            return []
        dates = context.dates(rules, at)
        if dates:
            trips.append(Trip(line, calls, dates, words_of(rules), "", stops[-1][0].name, at))
    return trips
