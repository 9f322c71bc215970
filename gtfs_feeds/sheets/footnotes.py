"""Marks at times and trips, and the lines that explain them: `※ 土日祝運休`."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from gtfs_feeds.sheets.context import Context, Worded
from gtfs_feeds.sheets.days import DaysUnclear, day_rule
from gtfs_feeds.sheets.problems import Note, Spot, Trouble
from gtfs_feeds.sheets.words import ENCLOSED, LEGEND
from gtfs_feeds.sheets.workbook import Sheet


@dataclass(frozen=True, slots=True)
class Legend:
    """What each mark of a sheet means, and where that stands."""

    words: dict[str, Worded] = field(default_factory=dict)

    def of(self, marks: Iterable[tuple[str, Spot]], context: Context) -> list[Worded]:
        """
        Return the words about days of marks; other meanings are remarked.

        A mark without meaning becomes a problem.
        """
        found: list[Worded] = []
        for mark, at in dict(marks).items():
            worded = self.words.get(mark)
            if worded is None:
                context.review.problem(at, Trouble.UNKNOWN_MARK, mark)
            elif context.is_about_days(worded[0]):
                found.append(worded)
            else:
                context.review.remark(worded[1], Note.FOOTNOTE, worded[0])
        return found


def are_days(words: str) -> bool:
    """Say whether words speak of days, clearly or not."""
    try:
        return day_rule(words) is not None
    except DaysUnclear:
        return True


def take_legend(sheet: Sheet) -> tuple[Legend, Sheet]:
    """
    Return what the marks of a sheet mean, and the sheet without those lines.

    A line counts only where its mark stands at a time or in another cell: elsewhere it is a note
    about the whole sheet and stays. So does `①本土港`, a numbered stop.
    """
    lines = {
        place: match
        for place, cell in sheet.cells.items()
        if not cell.marks and (match := LEGEND.fullmatch(cell.text))
    }
    at_times = "".join(cell.marks for cell in sheet.cells.values())
    others = "".join(cell.text for place, cell in sheet.cells.items() if place not in lines)
    used = {
        place: match
        for place, match in lines.items()
        if match["mark"] in at_times
        or (match["mark"] in others and (match["mark"] not in ENCLOSED or are_days(match["words"])))
    }
    words = {match["mark"]: (match["words"], sheet.spot(*place)) for place, match in used.items()}
    kept = {place: cell for place, cell in sheet.cells.items() if place not in used}
    return Legend(words), replace(sheet, cells=kept)
