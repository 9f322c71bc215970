"""Sheets to a feed: which sheet is what, and everything together."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gtfs_feeds.sheets import boards, fares, kinds, sailings, stops, timetable
from gtfs_feeds.sheets.children import child_rule, with_children
from gtfs_feeds.sheets.context import Context, build_index
from gtfs_feeds.sheets.entries import Found, entries, operator_of
from gtfs_feeds.sheets.export import as_zip
from gtfs_feeds.sheets.model import Defaults, Fare, Known, Operator, Stop, Timetable, Trip
from gtfs_feeds.sheets.problems import Note, Remark, Review, SheetRefused, Spot, Suggestion, Trouble
from gtfs_feeds.sheets.workbook import Sheet, open_bytes, open_sheets

NO_DEFAULTS = Defaults()
NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Converted:
    """A GTFS-JP v4 zip, and what a person should look at before it is published."""

    data: bytes
    trips: int
    stops: int
    remarks: tuple[Remark, ...]
    suggestions: tuple[Suggestion, ...]


def convert_files(paths: Iterable[Path], defaults: Defaults = NO_DEFAULTS) -> Converted:
    """
    Return the feed of workbooks, csv files or folders of them that belong together.

    Raises:
        SheetRefused: Something needs a person; every such cell is named.
    """
    review = Review()
    return converted(open_sheets(list(paths), review), defaults, review)


def convert_sheets(
    data: bytes, name: str, defaults: Defaults = NO_DEFAULTS, known: Known = NOTHING
) -> Converted:
    """Return the feed of one uploaded workbook or csv; as `convert_files`."""
    review = Review()
    return converted(open_bytes(data, name, review), defaults, review, known)


def converted(
    sheets: list[Sheet], defaults: Defaults, review: Review, known: Known = NOTHING
) -> Converted:
    """Read all sheets, and write the feed if nothing was unclear."""
    if not sheets:
        review.problem(Spot(""), Trouble.UNREADABLE)
        raise SheetRefused(tuple(review.problems))
    rest = list(sheets)
    found_stops, suggestions = take_stops(rest, review, known)
    operator = take_operator(sheets, rest, defaults, review)
    if operator is None:
        raise SheetRefused(tuple(review.problems), tuple(suggestions))
    context = Context(
        build_index(found_stops),
        operator.first_day,
        operator.last_day,
        review,
        default_days=defaults.days,
    )
    take_kinds(rest, context)
    result = Timetable(operator, found_stops, suggestions=suggestions)
    childrens: list[Fare] = []
    for sheet in rest:
        trips, prices = read_sheet(sheet, operator, context)
        result.trips += trips
        (childrens if fares.are_childrens(sheet) and not trips else result.fares).extend(prices)
    fares.check_once(result.fares, review)
    result.fares = with_children(result.fares, childrens, review)
    if not result.trips and not review.problems:
        review.problem(Spot(sheets[0].name), Trouble.NOTHING_FOUND)
    if review.problems:
        raise SheetRefused(tuple(review.problems), tuple(suggestions))
    data = as_zip(result, review)
    return Converted(
        data,
        len(result.trips),
        len(result.stops),
        tuple(review.remarks),
        tuple(suggestions),
    )


def take_stops(
    rest: list[Sheet], review: Review, known: Known
) -> tuple[list[Stop], list[Suggestion]]:
    """Take the sheets of stops out of the rest."""
    found: list[Stop] = []
    suggestions: list[Suggestion] = []
    for sheet in list(rest):
        if stops.header(sheet):
            rest.remove(sheet)
            more, suggested = stops.read_stops(sheet, review, known)
            found += more
            suggestions += suggested
    if not found:
        review.problem(Spot(rest[0].name if rest else ""), Trouble.MISSING, "停留所")
    return found, suggestions


def take_operator(
    sheets: list[Sheet], rest: list[Sheet], defaults: Defaults, review: Review
) -> Operator | None:
    """
    Take the sheet of the company out of the rest; its entries go before the defaults.

    They may also stand above the stops or a timetable: a csv has one sheet only.
    """
    found: dict[str, Found] = {}
    at = Spot(sheets[0].name)
    for sheet in sheets:
        here = entries(sheet)
        if "operator" in here and here.keys() & {"corporate_number", "mode", "first_day"}:
            found |= here
            at = Spot(sheet.name)
            if sheet in rest and not timetable.is_timetable(sheet, least=4):
                rest.remove(sheet)
    return operator_of(found, defaults, at, review)


def take_kinds(rest: list[Sheet], context: Context) -> None:
    """Take the sheets of days out of the rest."""
    for sheet in list(rest):
        if kinds.header(sheet) and not timetable.is_timetable(sheet):
            rest.remove(sheet)
            context.kinds |= kinds.read_kinds(sheet, context.review)


def read_sheet(sheet: Sheet, operator: Operator, context: Context) -> tuple[list[Trip], list[Fare]]:
    """Return the trips and fares of a sheet; one with neither is remarked."""
    if sailings.header(sheet):
        return sailings.read_sailings(sheet, operator.name, context)
    if boards.header(sheet):
        trips = boards.read_board(sheet, context)
        return trips, flat_fare(sheet, trips, context)
    if timetable.is_timetable(sheet):
        trips = timetable.read_timetable(sheet, context)
        return trips, flat_fare(sheet, trips, context)
    if fares.is_fares(sheet, context):
        if fares.are_others(sheet) and not fares.are_childrens(sheet):
            context.review.remark(Spot(sheet.name), Note.OTHER_FARES)
            return [], []
        return [], fares.read_fares(sheet, context)
    context.review.remark(Spot(sheet.name), Note.IGNORED_SHEET)
    return [], []


def flat_fare(sheet: Sheet, trips: list[Trip], context: Context) -> list[Fare]:
    """Return the one fare that a timetable's head gives for its line."""
    found = entries(sheet)
    if "fare" not in found or not trips:
        return []
    text, at = found["fare"]
    paid = fares.price_of(text, at, child_rule(sheet), context.review)
    return [] if paid is None else [Fare("", "", paid.yen, trips[0].line, at, paid.child)]
