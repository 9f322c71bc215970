"""The sheet of days: names such as 夏ダイヤ, and on which days they run."""

from types import MappingProxyType
from typing import Final

from gtfs_feeds.sheets.context import Worded
from gtfs_feeds.sheets.problems import Review, Trouble
from gtfs_feeds.sheets.words import key
from gtfs_feeds.sheets.workbook import Sheet

COLUMNS: Final = MappingProxyType(
    {
        "name": ("運行日名", "運航日名", "運行区分", "運行区分名", "ダイヤ名", "期間名", "名称"),
        "weekdays": ("曜日", "運行曜日", "運航曜日", "運行日", "運航日"),
        "first": ("開始", "開始日", "期間開始", "から"),
        "last": ("終了", "終了日", "期間終了", "まで"),
        "span": ("期間", "運行期間", "運航期間"),
        "off": ("運休日", "運休", "休航日"),
    }
)
HEAD_ROWS: Final = 10


def header(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """Return the row and columns of a sheet of days, or None where it is none."""
    for row in range(min(HEAD_ROWS, sheet.height)):
        columns: dict[str, int] = {}
        for column in range(sheet.width):
            text = sheet.text(row, column).replace(" ", "")
            for name, words in COLUMNS.items():
                if text in words:
                    columns.setdefault(name, column)
        if "name" in columns and columns.keys() & {"weekdays", "first", "span"}:
            return row, columns
    return None


def read_kinds(sheet: Sheet, review: Review) -> dict[str, tuple[Worded, ...]]:
    """Return the words about days that each name stands for, with their cells."""
    found = header(sheet)
    assert found is not None
    head, columns = found
    kinds: dict[str, tuple[Worded, ...]] = {}
    for row in range(head + 1, sheet.height):
        texts = {name: sheet.text(row, column) for name, column in columns.items()}
        if not texts["name"]:
            continue
        worded: list[Worded] = [
            (texts[name], sheet.spot(row, columns[name]))
            for name in ("weekdays", "span")
            if texts.get(name)
        ]
        if texts.get("first") and texts.get("last"):
            at = sheet.spot(row, columns["first"])
            worded.append((f"{texts['first']}~{texts['last']}", at))
        elif texts.get("first") or texts.get("last"):
            end = "first" if texts.get("first") else "last"
            review.problem(sheet.spot(row, columns[end]), Trouble.HALF_SPAN, texts[end])
        if texts.get("off"):
            at = sheet.spot(row, columns["off"])
            parts = texts["off"].replace("、", ",").split(",")
            worded += [(part if "運休" in part else f"{part}運休", at) for part in parts]
        kinds[key(texts["name"])] = tuple(worded)
    return kinds
