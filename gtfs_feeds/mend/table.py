"""Mending one table: its records one by one, as they stand in the file."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Final

import polars as pl

from gtfs_feeds.mend.changes import Change, Left, Obstacle, Rule
from gtfs_feeds.read.careful_csv import Record, Records, separator_of
from gtfs_feeds.read.cells import FULL_WIDTH, field_name
from gtfs_feeds.read.collect import FaultLog
from gtfs_feeds.read.encoding import UTF8, decode
from gtfs_feeds.read.feed import read_table
from gtfs_feeds.read.fields import ASCII_FIELDS, TIME_FIELDS
from gtfs_feeds.read.grid import BLANKS, is_blank
from gtfs_feeds.read.limits import ReadLimits
from gtfs_feeds.read.tables import ROW
from gtfs_feeds.read.translations import language_tag

SHORT_TIME: Final = re.compile(r"[0-9]:[0-9]{2}:[0-9]{2}")
WIDE: Final = re.compile(FULL_WIDTH)
CRLF: Final = "\r\n"
TAG_FIELDS: Final = frozenset({"language", "lang"})


@dataclass
class Account:
    """The changes of one file, and why it could not be mended wholly."""

    file: str
    changes: list[Change] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def changed(self, rule: Rule, row: int | None, name: str, before: str, after: str) -> None:
        """Note a change."""
        self.changes.append(Change(self.file, row, name, before, after, rule))


def mend_table(table: str, data: bytes, account: Account, limits: ReadLimits) -> bytes:
    """
    Return the bytes of a table after every safe repair; the same bytes where none was needed.

    A file with bytes that are no text stays untouched; one with broken quotes only gets its
    encoding changed, because a repair elsewhere could move the end of an open quote.
    """
    log = FaultLog(limits.listed_faults)
    decoded = decode(data, account.file, log)
    if not decoded.is_lossless:
        row = next((one.row for one in log.faults() if one.code == "invalid_character"), None)
        account.left.append(Left(account.file, row, Obstacle.UNDECODABLE))
        return data
    note_encoding(data, decoded.encoding, account)
    if not needs_mending(table, decoded.data, limits):
        return decoded.data
    text = decoded.text
    log = FaultLog(limits.listed_faults)
    bare = text.replace("\0", "")
    records = list(Records(bare, account.file, limits, log, separator_of(bare)))
    broken = [fault for fault in log.faults() if fault.code == "csv_parsing_failed"]
    if broken:
        account.left.append(Left(account.file, broken[0].row, Obstacle.BROKEN_QUOTES))
        return decoded.data
    note_text(text, account)
    rows = [cells for _, cells in mended_rows(table, records, account)]
    return written(rows, line_end(text))


def needs_mending(table: str, data: bytes, limits: ReadLimits) -> bool:
    """Say whether any repair inside the table is due, by looking at its columns as a whole."""
    log = FaultLog(limits.listed_faults)
    frame = read_table(data, table, limits, log)
    if frame is None:
        return False
    if any(fault.mended or fault.code == "csv_parsing_failed" for fault in log.faults()):
        return True
    if table == "fare_rules" and frame.drop(ROW).is_duplicated().any():
        return True
    if table == "translations" and any(
        language_tag(tag) != tag
        for name in TAG_FIELDS.intersection(frame.columns)
        for tag in frame[name].unique()
    ):
        return True
    times = [name for name in frame.columns if name in TIME_FIELDS]
    return any(frame[name].str.contains(f"^{SHORT_TIME.pattern}$").any() for name in times)


def note_encoding(data: bytes, encoding: str, account: Account) -> None:
    """Note what decoding did."""
    if data.startswith(b"\xef\xbb\xbf"):
        account.changed(Rule.BYTE_ORDER_MARK, None, "", "U+FEFF", "")
    if encoding not in {UTF8, "utf-8-sig"}:
        account.changed(Rule.ENCODING, None, "", encoding, UTF8)


def note_text(text: str, account: Account) -> None:
    """Note what is done to the text before its cells are looked at."""
    separator = separator_of(text.replace("\0", ""))
    if separator != ",":
        account.changed(Rule.SEPARATOR, None, "", separator, ",")
    if "\0" not in text:
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if "\0" in line:
            bare = line.replace("\0", "").strip("\r")
            account.changed(Rule.NUL, number, "", line.replace("\0", "␀").strip("\r"), bare)


def mended_rows(table: str, records: list[Record], account: Account) -> Iterator[Record]:
    """Yield the header and the rows that stay, with their cells mended."""
    head = next((at for at, (_, cells) in enumerate(records) if not is_blank(cells)), None)
    if head is None:
        return
    for line, _ in records[:head]:
        account.changed(Rule.EMPTY_ROW, line, "", "", "")
    line, raw = records[head]
    names = [field_name(cell) for cell in raw]
    for before, after in zip(raw, names, strict=True):
        if before != after:
            account.changed(Rule.HEADER_NAME, line, after, before, after)
    width = len(names)
    body = [record for record in records[head + 1 :] if stays(record, account)]
    dropped = empty_columns(names, body)
    for at in dropped:
        account.changed(Rule.EMPTY_COLUMN, line, "", f"#{at + 1}", "")
    yield line, without(names, dropped)
    seen: set[tuple[str, ...]] = set()
    for number, cells in body:
        mended = without(mended_cells(table, number, cells, names, account), dropped)
        key = tuple(mended + [""] * (width - len(dropped) - len(mended)))
        if table == "fare_rules":
            if key in seen:
                account.changed(Rule.DUPLICATE_FARE_RULE, number, "", ",".join(mended), "")
                continue
            seen.add(key)
        yield number, mended


def stays(record: Record, account: Account) -> bool:
    """Say whether a row holds anything; note it where it does not."""
    line, cells = record
    if not is_blank(cells):
        return True
    account.changed(Rule.EMPTY_ROW, line, "", ",".join(cells), "")
    return False


def empty_columns(names: list[str], body: list[Record]) -> list[int]:
    """Return the positions of columns that have neither a name nor a value."""
    return [
        at
        for at, name in enumerate(names)
        if not name and is_blank(cells[at] for _, cells in body if at < len(cells))
    ]


def without(cells: list[str], dropped: list[int]) -> list[str]:
    """Return the cells that are not at these positions."""
    if not dropped:
        return cells
    return [cell for at, cell in enumerate(cells) if at not in dropped]


def mended_cells(
    table: str, line: int, cells: list[str], names: list[str], account: Account
) -> list[str]:
    """Return a row with each cell mended, without empty cells after the last column."""
    width = len(names)
    surplus = cells[width:]
    if surplus and is_blank(surplus):
        account.changed(Rule.EXTRA_CELLS, line, "", "," * len(surplus), "")
        surplus = []
    mended = []
    for name, cell in zip(names, cells, strict=False):
        value = cell
        for rule, after in repairs(table, name, cell):
            account.changed(rule, line, name, value, after)
            value = after
        mended.append(value)
    return mended + surplus


def repairs(table: str, name: str, cell: str) -> Iterator[tuple[Rule, str]]:
    """Yield the repairs of one cell: each rule with what it makes of the cell."""
    value = cell.strip(BLANKS)
    if value != cell:
        yield Rule.BLANKS, value
    if name in ASCII_FIELDS and WIDE.search(value):
        value = unicodedata.normalize("NFKC", value).strip(BLANKS)
        yield Rule.FULL_WIDTH, value
    if name in TIME_FIELDS and SHORT_TIME.fullmatch(value):
        value = f"0{value}"
        yield Rule.TIME, value
    if table == "translations" and name in TAG_FIELDS and language_tag(value) != value:
        yield Rule.READING_TAG, language_tag(value)


def line_end(text: str) -> str:
    """Return how the file ends its lines."""
    if CRLF in text:
        return CRLF
    return "\n" if "\n" in text else "\r"


def written(rows: Iterable[Iterable[str]], end: str) -> bytes:
    """Return rows as csv in UTF-8."""
    lines: list[str] = []
    # The writer quotes a cell only for characters of its own line end: with CR LF it knows both.
    writer = csv.writer(SimpleNamespace(write=lines.append), lineterminator=CRLF)
    writer.writerows(rows)
    return "".join(line.removesuffix(CRLF) + end for line in lines).encode(UTF8)


def frame_written(frame: pl.DataFrame, end: str) -> bytes:
    """Return a table of text as csv in UTF-8, without the column of lines."""
    bare = frame.drop(ROW, strict=False)
    return written([bare.columns, *bare.iter_rows()], end)
