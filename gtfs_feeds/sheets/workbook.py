"""Workbooks and csv files as sheets of text, with merged cells filled and addresses kept."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from gtfs_feeds.read.careful_csv import Records, separator_of
from gtfs_feeds.read.collect import FaultLog
from gtfs_feeds.read.container import check_size
from gtfs_feeds.read.encoding import decode
from gtfs_feeds.read.errors import FeedUnreadable
from gtfs_feeds.read.limits import ReadLimits
from gtfs_feeds.sheets.problems import Note, Review, Spot, Trouble
from gtfs_feeds.sheets.words import folded_apart, footnoted

MAX_ROWS, MAX_COLUMNS, MAX_SHEETS = 5_000, 500, 300
MAX_MERGED: Final = 300_000
MERGED: Final = re.compile(
    rb"mergeCell[^>]*?ref=[\"']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"
)
MAX_BYTES: Final = 30 * 1024 * 1024
"""Of a workbook after unpacking; a year of sailings needs less than one."""
EXCEL_DAY_ZERO: Final = datetime(1899, 12, 31)  # noqa: DTZ001
"""Times past 24:00 in a cell of the format h:mm come as a moment after this one."""

LAST_DAY_COUNT: Final = 2
LONGEST_ROUND: Final = 6
COUNT_ERROR_S: Final = 0.01
"""
A time in a cell without the format of one is a part of a day (0.336805… for 8:05): so read when it
is a whole minute and longer than what anybody types.
"""

OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How .xls files of Excel 97–2003 begin (and any workbook with a password)."""
WORKBOOKS: Final = frozenset({".xlsx", ".xlsm"})
TEXTS: Final = frozenset({".csv", ".tsv", ".txt"})
FAILURES: Final = (
    zipfile.BadZipFile,
    ParseError,
    FeedUnreadable,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OSError,
    RuntimeError,
    NotImplementedError,
)
"""What openpyxl raises on files that are damaged or no workbook at all."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: `raw` as written, `text` folded (NFKC but for ①, single blanks)."""

    raw: str
    text: str
    is_time: bool = False
    """The cell itself is a time of day, not a text that looks like one."""
    is_copy: bool = False
    """The cell is covered by a merged one and shows what that says."""
    marks: str = ""
    """Footnote marks that stood at the time, which `text` has no more."""


BLANK: Final = Cell("", "")


def written_cell(text: str) -> Cell:
    """Return a cell of text; footnote marks at a time are taken apart."""
    marks, rest = footnoted(folded_apart(text))
    return Cell(text.strip(), rest, marks=marks)


@dataclass(frozen=True)
class Sheet:
    """A sheet by row and column from 0; a turned one keeps the addresses of the file."""

    name: str
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    is_turned: bool = False

    def at(self, row: int, column: int) -> Cell:
        """Return a cell; a blank one outside of the sheet."""
        return self.cells.get((row, column), BLANK)

    def text(self, row: int, column: int) -> str:
        """Return a cell's folded text."""
        return self.at(row, column).text

    def spot(self, row: int, column: int) -> Spot:
        """Return a cell's address."""
        if self.is_turned:
            row, column = column, row
        return Spot(self.name, f"{get_column_letter(column + 1)}{row + 1}")

    @cached_property
    def height(self) -> int:
        """One more than the last row that holds anything."""
        return max((row for row, _ in self.cells), default=-1) + 1

    @cached_property
    def width(self) -> int:
        """One more than the last column that holds anything."""
        return max((column for _, column in self.cells), default=-1) + 1

    def turned(self) -> "Sheet":
        """Return the sheet with rows and columns exchanged."""
        cells = {(column, row): cell for (row, column), cell in self.cells.items()}
        return Sheet(self.name, cells, not self.is_turned)

    def filled(self) -> Iterator[tuple[int, int, Cell]]:
        """Yield the cells that hold anything, row by row."""
        for row, column in sorted(self.cells):
            yield row, column, self.cells[row, column]


def open_sheets(paths: list[Path], review: Review) -> list[Sheet]:
    """Return the sheets of workbooks, csv files and folders of them, in their order."""
    sheets: list[Sheet] = []
    for path in paths:
        try:
            members = sorted(path.iterdir()) if path.is_dir() else [path]
        except OSError:
            review.problem(Spot(path.name), Trouble.UNREADABLE)
            continue
        for member in members:
            if member.suffix.lower() in WORKBOOKS | TEXTS or not path.is_dir():
                sheets.extend(open_file(member, review))
    return sheets[:MAX_SHEETS]


def open_file(path: Path, review: Review) -> list[Sheet]:
    """Return the sheets of one file."""
    try:
        data = path.read_bytes()
    except OSError:
        review.problem(Spot(path.name), Trouble.UNREADABLE)
        return []
    return open_bytes(data, path.name, review)


def open_bytes(data: bytes, name: str, review: Review) -> list[Sheet]:
    """Return the sheets of an upload; csv gives one sheet, named as the file."""
    limits = ReadLimits(total_bytes=MAX_BYTES)
    if data.startswith(b"PK"):
        try:
            return list(open_workbook(data, name, limits, review))
        except FAILURES:
            review.problem(Spot(name), Trouble.UNREADABLE)
            return []
    if data.startswith(OLD_EXCEL):
        review.problem(Spot(name), Trouble.OLD_EXCEL)
        return []
    if data.startswith((b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8")):
        review.problem(Spot(name), Trouble.NO_TABLE)
        return []
    if b"\0" in data[:2000] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        review.problem(Spot(name), Trouble.UNREADABLE)
        return []
    log = FaultLog(limits.listed_faults)
    decoded = decode(data, name, log)
    text = decoded.text.replace("\0", "")
    cells: dict[tuple[int, int], Cell] = {}
    for line, record in Records(text, name, limits, log, separator_of(text)):
        if line > MAX_ROWS or len(record) > MAX_COLUMNS:
            review.problem(Spot(name), Trouble.TOO_LARGE)
            return []
        for column, value in enumerate(record):
            if value.strip():
                cells[line - 1, column] = written_cell(value)
    return [Sheet(Path(name).stem, cells)]


def open_workbook(data: bytes, name: str, limits: ReadLimits, review: Review) -> Iterator[Sheet]:
    """Yield the visible sheets of a workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        check_size(archive.infolist(), len(data), name, limits)
        if merged_area(archive) > MAX_MERGED:
            review.problem(Spot(name), Trouble.TOO_LARGE)
            return
    with warnings.catch_warnings(action="ignore"):
        values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        formulas = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in values.worksheets:
        if sheet.sheet_state != "visible":
            review.remark(Spot(sheet.title), Note.HIDDEN_SHEET)
            continue
        if sheet.max_row > MAX_ROWS or sheet.max_column > MAX_COLUMNS:
            review.problem(Spot(sheet.title), Trouble.TOO_LARGE)
            continue
        yield read_sheet(sheet, formulas[sheet.title], review)


def merged_area(archive: zipfile.ZipFile) -> int:
    """
    Return how many cells the merged ones of a workbook cover.

    openpyxl makes an object of each, so one range over a whole sheet would fill the memory.
    """
    total = 0
    for name in archive.namelist():
        if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
            continue
        for match in MERGED.finditer(archive.read(name)):
            left, top, right, bottom = (part.decode() for part in match.groups())
            width = column_index_from_string(right) - column_index_from_string(left) + 1
            total += width * (int(bottom) - int(top) + 1)
    return total


def read_sheet(sheet: Worksheet, formulas: Worksheet, review: Review) -> Sheet:
    """Return one worksheet with its merged cells filled."""
    cells: dict[tuple[int, int], Cell] = {}
    rows, columns = hidden(sheet)
    for row, values in enumerate(sheet.iter_rows(values_only=True)):
        for column, value in enumerate(values):
            if value is not None:
                cell = as_cell(value)
                if cell.text:
                    cells[row, column] = cell
                if row + 1 in rows or column + 1 in columns:
                    spot = Spot(sheet.title, f"{get_column_letter(column + 1)}{row + 1}")
                    review.problem(spot, Trouble.HIDDEN, cell.raw)
            elif isinstance(formulas.cell(row + 1, column + 1).value, str):
                spot = Spot(sheet.title, f"{get_column_letter(column + 1)}{row + 1}")
                review.problem(spot, Trouble.NO_VALUE)
    for area in sheet.merged_cells.ranges:
        corner = cells.get((area.min_row - 1, area.min_col - 1))
        if corner is None:
            continue
        copy = replace(corner, is_copy=True)
        for row in range(area.min_row - 1, min(area.max_row, sheet.max_row)):
            for column in range(area.min_col - 1, min(area.max_col, sheet.max_column)):
                cells.setdefault((row, column), copy)
    return Sheet(sheet.title.strip(), cells)


def hidden(sheet: Worksheet) -> tuple[set[int], set[int]]:
    """Return the rows and columns of a sheet, from 1, that nobody sees."""
    rows = {number for number, row in sheet.row_dimensions.items() if row.hidden}
    columns: set[int] = set()
    for letter, column in sheet.column_dimensions.items():
        if column.hidden:
            first = column.min or column_index_from_string(letter)
            columns |= set(range(first, min(column.max or first, MAX_COLUMNS) + 1))
    return rows, columns


def as_cell(value: Any) -> Cell:
    """Return a value of a workbook as text, times as H:MM and dates as YYYY-MM-DD."""
    if isinstance(value, timedelta):
        return timed(value)
    if isinstance(value, time):
        return timed(timedelta(hours=value.hour, minutes=value.minute, seconds=value.second))
    if isinstance(value, datetime):
        if value.year < 1901:
            return timed(value - EXCEL_DAY_ZERO)
        if (value.hour, value.minute, value.second) == (0, 0, 0):
            value = value.date()
        text = value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
        return Cell(text, text)
    if isinstance(value, date):
        return Cell(value.isoformat(), value.isoformat())
    if isinstance(value, float):
        if value.is_integer():
            value = int(value)
        elif 0 < value < LAST_DAY_COUNT and len(repr(value)) > LONGEST_ROUND:
            seconds = value * 86_400
            if abs(seconds - round(seconds)) < COUNT_ERROR_S and round(seconds) % 60 == 0:
                return timed(timedelta(seconds=round(seconds)))
    return written_cell(str(value))


def timed(value: timedelta) -> Cell:
    """Return a duration since midnight as a cell."""
    seconds = round(value.total_seconds())
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}"
    if seconds % 60:
        text += f":{seconds % 60:02}"
    return Cell(text, text, is_time=True)
