"""
What children pay, where the sheets say it.

Operators differ in whether children pay half and in how a half is rounded, so nothing is halved
that the sheet does not halve, and nothing is rounded that it does not round.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gtfs_feeds.sheets.entries import entries
from gtfs_feeds.sheets.model import Fare
from gtfs_feeds.sheets.problems import Note, Review, Spot, Trouble
from gtfs_feeds.sheets.words import folded_apart
from gtfs_feeds.sheets.workbook import Sheet

CHILDREN: Final = re.compile(r"小児|小人|子ども|子供|こども|小学")
_WORD: Final = r"(?:小児|小人|子ども|子供|こども|小)"
_YEN: Final = r"[¥\\]?(?P<yen>\d{1,3}(?:,\d{3})+|\d{1,6})円?"
_LABELLED: Final = re.compile(rf"[(/]\s*{_WORD}(?:運賃)?[:\s]*{_YEN}\s*\)?")
_BARE: Final = re.compile(rf"[(/]\s*{_YEN}\s*\)?")
_PRICE: Final = re.compile(_YEN)
_EXPLAINED: Final = re.compile(
    rf"(?:大人|おとな)[^(/]{{0,4}}[(/]\s*{_WORD}|(?:[(]\s*[)]|カッコ|かっこ|括弧)[^。]{{0,6}}{_WORD}"
)
"""A line of the sheet by which the second price of a cell is the child's."""
_HALF: Final = re.compile(r"半額|半分|5割|50%")
_UNIT: Final = re.compile(r"(?P<unit>10|1)円(?:未満|単位)")
_UP, _DOWN = re.compile(r"切り?上げ?"), re.compile(r"切り?捨て?")


@dataclass(frozen=True, slots=True)
class ChildRule:
    """What a whole sheet says of children's fares."""

    second_is_child: bool = False
    """Whether the second price of a cell, as in `200(100)`, is the child's."""
    entry: str = ""
    """Beside a label `小児運賃`: a price, or by which rule it is reckoned."""
    at: Spot | None = None

    @property
    def halves(self) -> bool:
        """Whether it says that children pay half."""
        return bool(_HALF.search(self.entry))


NO_RULE: Final = ChildRule()


def child_rule(sheet: Sheet) -> ChildRule:
    """Return what a sheet says of children's fares."""
    entry, at = entries(sheet).get("child_fare", ("", None))
    texts = (sheet.name, *(cell.text for _, _, cell in sheet.filled()))
    text = folded_apart(entry)
    says = _PRICE.fullmatch(text) or _HALF.search(text)
    return ChildRule(any(map(explains, texts)), text if says else "", at)


def explains(text: str) -> bool:
    """Say whether a text tells that the second price of a cell is the child's."""
    return bool(_EXPLAINED.search(folded_apart(text)))


def child_yen(adult: int, tail: str, rule: ChildRule, at: Spot, review: Review) -> int | None:
    """
    Return what a child pays where an adult pays so much; None where the sheet does not say it.

    Args:
        adult: The adult's price, yen.
        tail: What stands behind it in its cell: `(100)`, `/小児100円`.
        rule: Of the sheet.
        at: The cell, for a remark where there is a price that cannot be read as a child's.
        review: Hears the remark.

    """
    said = _LABELLED.fullmatch(tail) or (rule.second_is_child and _BARE.fullmatch(tail))
    if said:
        found = int(said["yen"].replace(",", ""))
    elif tail:
        found = None
    else:
        found = _by_rule(adult, rule.entry)
        at = rule.at or at
    if (tail or rule.entry) and (found is None or found > adult):
        review.remark(at, Note.CHILD_FARE, tail or rule.entry)
        return None
    return found


def _by_rule(adult: int, text: str) -> int | None:
    """Return the price that a rule gives: itself, or half with the rounding that it names."""
    price = _PRICE.fullmatch(text)
    if price:
        return int(price["yen"].replace(",", ""))
    if not _HALF.search(text):
        return None
    named = _UNIT.search(text)
    unit = int(named["unit"]) if named else 10
    if adult % (2 * unit) == 0:
        return adult // 2
    if named and _UP.search(text):
        return -(-adult // (2 * unit)) * unit
    return adult // (2 * unit) * unit if named and _DOWN.search(text) else None


def together(first: Fare, other: Fare) -> Fare | None:
    """Return what two cells say of one pair of stops; None where they contradict each other."""
    if first.yen != other.yen or len({first.child, other.child} - {None}) > 1:
        return None
    return replace(first, child=other.child if first.child is None else first.child)


def with_children(adults: Iterable[Fare], children: Sequence[Fare], review: Review) -> list[Fare]:
    """Return the fares of adults with those of children that a sheet of their own gives."""
    known: dict[tuple[str, str, str], int] = {}
    for fare in children:
        first = known.setdefault((fare.line, fare.origin, fare.destination), fare.yen)
        if first != fare.yen:
            review.problem(fare.at, Trouble.FARE_TWICE, f"{fare.yen} ({first})")
    found, used = [], set()
    for fare in adults:
        pair = (fare.line, fare.origin, fare.destination)
        yen = known.get(pair)
        if yen is None or yen > fare.yen:
            found.append(fare)
            continue
        used.add(pair)
        if fare.child not in {None, yen}:
            review.problem(fare.at, Trouble.FARE_TWICE, f"{yen} ({fare.child})")
        found.append(replace(fare, child=yen))
    for fare in children:
        if (fare.line, fare.origin, fare.destination) not in used:
            review.remark(fare.at, Note.CHILD_FARE, str(fare.yen))
    return found
