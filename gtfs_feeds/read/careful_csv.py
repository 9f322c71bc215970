"""The careful path: csv as it comes, one record after the other, with the line of each."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Final, Literal

import polars as pl

from gtfs_feeds.read.collect import FaultLog
from gtfs_feeds.read.fields import KNOWN_FIELDS
from gtfs_feeds.read.grid import BLANKS, Grid, empty_rows, is_blank
from gtfs_feeds.read.limits import ReadLimits
from gtfs_feeds.read.tables import ROW

CHUNK: Final = 50_000
LOST_QUOTES: Final = 1000
"""After so many broken quotes in one file, quotes mean nothing in the rest of it."""

Record = tuple[int, list[str]]


class Records:
    """
    The records of a file: each with the number of its first line, 1 being the first.

    A quote that is never closed would swallow the rest of the file. So a record that does not end
    within `lines_per_record` lines, or not at all, is read as its first line alone, and reading
    goes on with the next line.
    """

    def __init__(
        self, text: str, file: str, limits: ReadLimits, faults: FaultLog, separator: str = ","
    ) -> None:
        # With newline="" the lines end at LF, CRLF or CR and keep their ends.
        self._lines = io.StringIO(text, newline="").readlines()
        self._end = 0
        self._file = file
        self._limits = limits
        self._faults = faults
        self._separator = separator

    def __iter__(self) -> Iterator[Record]:
        at, lost = 0, 0
        while at < len(self._lines):
            try:
                yield from self._fitting(at, quoting(lost))
                return
            except csv.Error:
                lost += 1
                at = self._end
                yield at + 1, self._broken(at)
                at += 1

    def _fitting(self, at: int, quotes: Literal[0, 3]) -> Iterator[Record]:
        """
        Yield the records from line `at` on, up to one whose quotes do not fit.

        The search for a lost quote ends at csv's own limit of a field (131,072 characters), so
        that many lost quotes do not make reading slow.
        """
        self._end = at
        reader = csv.reader(
            self._lines[at:], delimiter=self._separator, strict=True, quoting=quotes
        )
        for cells in reader:
            line, end = self._end + 1, at + reader.line_num
            if end > line:
                if end - line >= self._limits.lines_per_record:
                    raise csv.Error
                self._faults.add("new_line_in_value", self._file, line, value=",".join(cells))
            self._end = end
            yield line, cells

    def _broken(self, at: int) -> list[str]:
        """Read one line whose quotes do not fit, as well as can be."""
        line = self._lines[at].rstrip("\r\n")
        self._faults.add("csv_parsing_failed", self._file, at + 1, value=line)
        if line.count('"') % 2 == 0 and len(line) < csv.field_size_limit():
            return next(csv.reader([line], delimiter=self._separator), [])
        return [cell.strip('"') for cell in line.split(self._separator)]


def quoting(lost: int) -> Literal[0, 3]:
    """Return how quotes are read after some of them proved broken."""
    return csv.QUOTE_NONE if lost >= LOST_QUOTES else csv.QUOTE_MINIMAL


def read_careful(text: str, file: str, limits: ReadLimits, faults: FaultLog) -> Grid | None:
    """
    Return the grid of any text, or None where it has no header.

    Rows of another length than the header are filled or cut to it and logged with what was cut;
    blank lines are left out and logged.
    """
    if "\0" in text:
        for number, line in enumerate(text.split("\n"), start=1):
            if "\0" in line:
                faults.add("null_byte", file, number, value=line.replace("\0", "␀"), mended=True)
        text = text.replace("\0", "")
    separator = separator_of(text)
    if separator != ",":
        faults.add("wrong_separator", file, 1, value=separator, mended=True)
    records = iter(Records(text, file, limits, faults, separator))
    header = first_with_text(records, file, faults)
    if header is None:
        return None
    if len(header) > limits.columns:
        faults.add(
            "too_many_columns", file, 1, facts={"columns": len(header), "limit": limits.columns}
        )
        header = header[: limits.columns]
    rows = collect_rows(records, len(header), file, limits, faults)
    return Grid(tuple(header), rows)


def separator_of(text: str) -> str:
    """
    Return what separates the cells: a comma, unless the header proves otherwise.

    Spreadsheets save "Unicode text" and "text" with tabs, and csv with semicolons in some
    countries. Only a header without a comma whose parts are fields of GTFS is such proof.
    """
    first = re.split(r"[\r\n]", text.lstrip(BLANKS), maxsplit=1)[0]
    if "," in first:
        return ","
    for separator in ("\t", ";"):
        parts = [part.strip(BLANKS + '"').lower() for part in first.split(separator)]
        if len(parts) > 1 and KNOWN_FIELDS.intersection(parts):
            return separator
    return ","


def first_with_text(records: Iterator[Record], file: str, faults: FaultLog) -> list[str] | None:
    """Return the header: the first record that is not blank; None where all are."""
    blank: list[int] = []
    for line, cells in records:
        if not is_blank(cells):
            for number in blank:
                faults.add("empty_row", file, number, mended=True)
            return cells
        blank.append(line)
    return None


def collect_rows(
    records: Iterator[Record], width: int, file: str, limits: ReadLimits, faults: FaultLog
) -> pl.DataFrame:
    """Return the records as columns, in chunks so that the lists of rows stay small."""
    parts: list[pl.DataFrame] = []
    lines: list[int] = []
    rows: list[list[str]] = []
    count = 0
    for line, cells in records:
        if not cells:
            faults.add("empty_row", file, line, mended=True)
            continue
        if len(cells) != width:
            is_beside = is_blank(cells[:width]) and not is_blank(cells)
            cells = fit(cells, width, file, line, faults)  # noqa: PLW2901
            if is_beside:
                continue
        if count >= limits.rows:
            faults.add("too_many_rows", file, line, facts={"limit": limits.rows})
            break
        count += 1
        lines.append(line)
        rows.append(cells)
        if len(rows) >= CHUNK:
            parts.append(as_frame(rows, lines, width))
            rows, lines = [], []
    parts.append(as_frame(rows, lines, width))
    return pl.concat(parts)


def fit(cells: list[str], width: int, file: str, line: int, faults: FaultLog) -> list[str]:
    """Return the row in the header's length, logging what was missing or too much."""
    facts: dict[str, str | int] = {"rowLength": len(cells), "headerCount": width}
    surplus = cells[width:]
    if not is_blank(surplus):
        faults.add("invalid_row_length", file, line, value=",".join(surplus), facts=facts)
    elif surplus:
        faults.add("invalid_row_length", file, line, mended=True, facts=facts)
    elif not is_blank(cells):
        faults.add("invalid_row_length", file, line, facts=facts)
    return cells[:width] + [""] * (width - len(cells))


def as_frame(rows: list[list[str]], lines: list[int], width: int) -> pl.DataFrame:
    """Return rows of cells as columns of text."""
    if not rows:
        return empty_rows(width)
    columns: dict[str, pl.Series] = {
        str(at): pl.Series(cells, dtype=pl.String())
        for at, cells in enumerate(zip(*rows, strict=True))
    }
    return pl.DataFrame(columns | {ROW: pl.Series(lines, dtype=pl.Int64())})
