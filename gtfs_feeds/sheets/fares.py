"""Fares: triangles and squares of stops, and one price for every journey."""

import re
from dataclasses import dataclass
from typing import Final

from gtfs_feeds.sheets.children import (
    CHILDREN,
    ChildRule,
    child_rule,
    child_yen,
    explains,
    together,
)
from gtfs_feeds.sheets.context import Context
from gtfs_feeds.sheets.entries import entries, entry_of
from gtfs_feeds.sheets.model import Fare
from gtfs_feeds.sheets.problems import Review, Spot, Trouble
from gtfs_feeds.sheets.words import folded_apart, is_ditto, is_pass
from gtfs_feeds.sheets.workbook import Cell, Sheet

PRICE: Final = re.compile(
    r"(?:一律|均一|大人|片道)?[:\s]*[¥\\]?(?P<yen>\d{1,3}(?:,\d{3})+|\d{1,6})円?(?:均一)?"
    r"(?P<child>\s*[(/].*)?"
)
OTHERS: Final = re.compile(
    r"小児|小人|子ども|子供|こども|小学|中学|学生|高齢|シニア|障|割引|定期|回数|往復|車両|自動車|貨物"
)
"""Whose fares a sheet holds, or for what, when they are not those of adults for one journey."""
FREE: Final = frozenset({"無料", "0円", "なし(無料)"})
MAX_YEN: Final = 500_000


@dataclass(frozen=True, slots=True)
class Paid:
    """What an adult pays, and a child where the sheet says it; yen."""

    yen: int
    child: int | None = None


def price_of(text: str, at: Spot, rule: ChildRule, review: Review) -> Paid | None:
    """Return the prices of a cell, as `200(100)` gives them; a problem where it is none."""
    bare = folded_apart(text)
    if bare in FREE:
        return Paid(0)
    match = PRICE.fullmatch(bare)
    yen = int(match["yen"].replace(",", "")) if match else None
    if match is None or yen is None or yen > MAX_YEN:
        review.problem(at, Trouble.BAD_FARE, text)
        return None
    return Paid(yen, child_yen(yen, (match["child"] or "").strip(), rule, at, review))


def is_fares(sheet: Sheet, context: Context) -> bool:
    """Say whether a sheet is one of fares: it says so, and has stops or one price."""
    titles = [sheet.name] + [
        sheet.text(row, column) for row in range(min(3, sheet.height)) for column in range(4)
    ]
    if not any("運賃" in title or "料金" in title for title in titles):
        return False
    return "fare" in entries(sheet) or any(context.stop(cell.text) for _, _, cell in sheet.filled())


def are_others(sheet: Sheet) -> bool:
    """Say whether a sheet of fares says that they are not those of adults for one journey."""
    rule = child_rule(sheet)
    beside = rule.halves or (bool(rule.entry) and "fare" in entries(sheet))
    name, *heads = _titles(sheet)
    if beside:
        heads = [head for head in heads if entry_of(head) != "child_fare"]
    titles = [title for title in (name, *heads) if not explains(title)]
    return any(OTHERS.search(title) for title in titles) and not any(
        "大人" in title or "普通" in title for title in titles
    )


def are_childrens(sheet: Sheet) -> bool:
    """Say whether a sheet of fares that are not those of adults is one of children's alone."""
    titles = _titles(sheet)
    return (
        are_others(sheet)
        and any(CHILDREN.search(title) for title in titles)
        and not any(OTHERS.search(CHILDREN.sub("", title)) for title in titles)
    )


def _titles(sheet: Sheet) -> list[str]:
    """Return the sheet's name first, and the texts at its head."""
    heads = (sheet.text(row, column) for row in range(min(3, sheet.height)) for column in range(4))
    return [sheet.name, *(head for head in heads if not any(map(str.isdigit, head)))]


def check_once(found: list[Fare], review: Review) -> None:
    """Complain of pairs of stops of one line to which two sheets give different fares."""
    known: dict[tuple[str, str, str], Fare] = {}
    for fare in found:
        first = known.setdefault((fare.line, fare.origin, fare.destination), fare)
        if together(first, fare) is None:
            review.problem(fare.at, Trouble.FARE_TWICE, f"{fare.yen} ({first.at}: {first.yen})")


def read_fares(sheet: Sheet, context: Context) -> list[Fare]:
    """
    Return the fares of a sheet.

    Each price belongs to the one stop named in its row and the one named in its column: that holds
    for triangles with the stops down the diagonal as for those with stops at the edges. Prices
    count both ways. 〃 is the price above.
    """
    found = entries(sheet)
    line = found["line"][0] if "line" in found else ""
    rule = child_rule(sheet)
    fares: dict[tuple[str, str], Fare] = {}
    names: dict[tuple[int, int], str] = {
        (row, column): stop.id
        for row, column, cell in sheet.filled()
        if (stop := context.stop(cell.text))
    }
    by_row: dict[int, set[str]] = {}
    by_column: dict[int, set[str]] = {}
    for (row, column), name in names.items():
        by_row.setdefault(row, set()).add(name)
        by_column.setdefault(column, set()).add(name)
    if not names:
        if "fare" in found:
            text, at = found["fare"]
            paid = price_of(text, at, rule, context.review)
            return [] if paid is None else [Fare("", "", paid.yen, line, at, paid.child)]
        return []
    top = min(row for row, _ in names)
    for row, column, cell in sheet.filled():
        at = sheet.spot(row, column)
        price = above(sheet, row, column)
        if row < top or (row, column) in names or not holds_price(price):
            continue
        paid = price_of(price.text, at, rule, context.review)
        if paid is None:
            continue
        origin, destination = by_row.get(row, set()), by_column.get(column, set())
        if len(origin) != 1 or len(destination) != 1 or origin == destination:
            context.review.problem(at, Trouble.FARE_WITHOUT_STOPS, cell.raw)
            continue
        one, other = sorted(origin | destination)
        new = Fare(one, other, paid.yen, line, at, paid.child)
        fare = fares.get((one, other), new)
        both = together(fare, new)
        if both is None:
            context.review.problem(at, Trouble.FARE_TWICE, f"{cell.raw} ({fare.at}: {fare.yen})")
        fares[one, other] = both or fare
    return list(fares.values())


def above(sheet: Sheet, row: int, column: int) -> Cell:
    """Return a cell, or the one that its 〃 repeats."""
    cell = sheet.at(row, column)
    while is_ditto(cell.text) and row > 0:
        row -= 1
        cell = sheet.at(row, column)
    return cell


def holds_price(cell: Cell) -> bool:
    """Say whether a cell is meant as a price: it has a digit or says free."""
    if not cell.text or is_pass(cell.text):
        return False
    return cell.text in FREE or any(letter.isdigit() for letter in cell.text)
