"""What is done to every table in memory: header names, blanks, full-width digits, long cells."""

import unicodedata
from typing import Final

import polars as pl

from gtfs_feeds.read.collect import FaultLog
from gtfs_feeds.read.fields import ASCII_FIELDS, KNOWN_FIELDS
from gtfs_feeds.read.grid import BLANKS, Grid
from gtfs_feeds.read.limits import ReadLimits
from gtfs_feeds.read.tables import ROW

FULL_WIDTH: Final = r"[０-９．：－＋]"


def finish(grid: Grid, file: str, limits: ReadLimits, faults: FaultLog) -> pl.DataFrame:
    """
    Return the table under the header's names, and log what had to be done.

    Cells are trimmed, rows without any text left out, full-width digits of numbers, dates and
    times made ASCII. Everything else stays as it is, `NA` and `null` included.
    """
    rows = trimmed(grid, file, faults)
    rows = without_blank_rows(rows, file, faults)
    names = header_names(grid.header, rows, file, faults)
    table = rows.select(*(pl.col(str(at)).alias(name) for at, name in names.items()), pl.col(ROW))
    table = narrowed(table, file, faults)
    log_long_cells(table, file, limits, faults)
    return table


def header_names(
    header: tuple[str, ...], rows: pl.DataFrame, file: str, faults: FaultLog
) -> dict[int, str]:
    """
    Return the name of each column by its position.

    A name is matched in any case and width and without blanks. A second column of the same name is
    kept as `name#2`, a column without a name as `#1`, `#2`, … unless it holds nothing.
    """
    names: dict[int, str] = {}
    nameless = 0
    for at, raw in enumerate(header):
        name = field_name(raw)
        if name != raw:
            faults.add("header_name_mended", file, 1, field=name, value=raw, mended=True)
        if not name:
            filled = bool((rows[str(at)] != "").any())
            faults.add("empty_column_name", file, 1, mended=not filled, facts={"column": at + 1})
            if not filled:
                continue
            nameless += 1
            name = f"#{nameless}"
        if name in names.values():
            faults.add("duplicated_column", file, 1, field=name, facts={"column": at + 1})
            name = free_name(name, set(names.values()))
        names[at] = ROW + "#" if name == ROW else name
    return names


def free_name(name: str, taken: set[str]) -> str:
    """Return the name with the lowest number that makes it the only one."""
    number = 2
    while f"{name}#{number}" in taken:
        number += 1
    return f"{name}#{number}"


def field_name(raw: str) -> str:
    """Return a header cell as the field that it means; private fields keep their case."""
    trimmed_name = raw.strip(BLANKS)
    folded = unicodedata.normalize("NFKC", trimmed_name).strip(BLANKS).lower()
    return folded if folded in KNOWN_FIELDS else trimmed_name


def trimmed(grid: Grid, file: str, faults: FaultLog) -> pl.DataFrame:
    """Return the rows with every cell trimmed."""
    rows = grid.rows
    for at, raw in enumerate(grid.header):
        cells = rows[str(at)]
        bare = cells.str.strip_chars(BLANKS)
        # Lengths are part of a text's view, so this costs a tenth of comparing the texts.
        changed = bare.str.len_bytes() != cells.str.len_bytes()
        if not changed.any():
            continue
        found = rows.filter(changed & (bare != ""))
        code, field = "leading_or_trailing_whitespaces", field_name(raw)
        log_cells(found, str(at), code, file, field, faults)
        rows = rows.with_columns(bare.alias(str(at)))
    return rows


def log_cells(
    found: pl.DataFrame, column: str, code: str, file: str, field: str, faults: FaultLog
) -> None:
    """Log one mended fault per row of `found`, counting those beyond the list in one."""
    listed = faults.room(code, file, field)
    for row, value in found.select(ROW, column).head(listed + 1).iter_rows():
        faults.add(code, file, row, field=field, value=value, mended=True)
    if found.height > listed + 1:
        faults.add(code, file, field=field, mended=True, count=found.height - listed - 1)


def without_blank_rows(rows: pl.DataFrame, file: str, faults: FaultLog) -> pl.DataFrame:
    """Return the rows that hold any text; the others are what spreadsheets leave at the end."""
    cells = [name for name in rows.columns if name != ROW]
    if not all((rows[name].str.len_bytes() == 0).any() for name in cells):
        return rows
    blank = pl.all_horizontal(pl.col(name) == "" for name in cells)
    found = rows.filter(blank)
    if not found.height:
        return rows
    log_cells(found, cells[0], "empty_row", file, "", faults)
    return rows.filter(~blank)


def narrowed(table: pl.DataFrame, file: str, faults: FaultLog) -> pl.DataFrame:
    """Return the table with ASCII digits where only digits make sense."""
    for name in table.columns:
        if name.partition("#")[0] not in ASCII_FIELDS:
            continue
        wide = table[name].str.contains(FULL_WIDTH)
        if not wide.any():
            continue
        log_cells(table.filter(wide), name, "full_width_digits", file, name, faults)
        cells = [
            unicodedata.normalize("NFKC", cell).strip(BLANKS) if flag else cell
            for cell, flag in zip(table[name], wide, strict=True)
        ]
        table = table.with_columns(pl.Series(name, cells, dtype=pl.String()))
    return table


def log_long_cells(table: pl.DataFrame, file: str, limits: ReadLimits, faults: FaultLog) -> None:
    """Log the cells that are longer than any real one; they are kept."""
    for name in table.columns:
        if name == ROW:
            continue
        if not (table[name].str.len_bytes() > limits.cell_chars).any():
            continue
        lengths = table[name].str.len_chars()
        for row, cell in table.filter(lengths > limits.cell_chars).select(ROW, name).iter_rows():
            faults.add(
                "too_long_cell", file, row, field=name, value=cell, facts={"chars": len(cell)}
            )
