"""Files and columns: which are there, which are missing, which nobody knows."""

from collections.abc import Iterable, Iterator
from itertools import groupby

import polars as pl

from gtfs_feeds.read.tables import ROW, Fault
from gtfs_feeds.validate.feed import CheckedFeed
from gtfs_feeds.validate.findings import VALUE, Hits, hit
from gtfs_feeds.validate.spec import presences, spec

GEOJSON = "locations.geojson"
LEGACY_TRANSLATIONS = {"trans_id", "lang"}


def _hits_of_faults(faults: Iterable[Fault]) -> Hits:
    rows = list(faults)
    columns: dict[str, list[object]] = {
        ROW: [fault.row for fault in rows],
        VALUE: [fault.value or None for fault in rows],
    }
    names = dict.fromkeys(name for fault in rows for name in fault.facts)
    for name in names:
        values = [fault.facts.get(name) for fault in rows]
        columns[name] = [None if value is None else str(value) for value in values]
    if any(fault.mended for fault in rows):
        columns["mended"] = ["yes" if fault.mended else "no" for fault in rows]
    frame = pl.DataFrame(
        columns, schema={name: pl.Int64 if name == ROW else pl.String for name in columns}
    )
    count = sum(fault.count for fault in rows)
    return Hits(rows[0].code, rows[0].file, rows[0].field, frame, count)


CELL_LEVEL = {"invalid_character": "\ufffd", "new_line_in_value": "\n"}
"""Faults that the rule `values.raw_text` names more exactly, by what it looks for."""


def _is_in_a_cell(feed: CheckedFeed, fault: Fault) -> bool:
    table = feed.source.tables.get(fault.file.removesuffix(".txt"))
    if fault.code not in CELL_LEVEL or table is None:
        return False
    cells = pl.any_horizontal(pl.col(pl.String).str.contains(CELL_LEVEL[fault.code], literal=True))
    return bool(table.select(cells.any()).item()) if table.height else False


def faults_of_reading(feed: CheckedFeed) -> Iterator[Hits]:
    """Report what reading met, one hit per fault."""

    def place(fault: Fault) -> tuple[str, str, str]:
        return fault.code, fault.file, fault.field

    for (code, _, _), group in groupby(sorted(feed.source.faults, key=place), key=place):
        faults = list(group)
        if code not in CELL_LEVEL or not _is_in_a_cell(feed, faults[0]):
            yield _hits_of_faults(faults)


def _reported(feed: CheckedFeed, code: str) -> set[str]:
    return {fault.file for fault in feed.source.faults if fault.code == code}


def missing_files(feed: CheckedFeed) -> Iterator[Hits]:
    """Report files that GTFS requires or recommends, and required files without a row."""
    reported = _reported(feed, "missing_required_file") | _reported(feed, "empty_file")
    for name, file in feed.spec.items():
        if file.presence == "required" and f"{name}.txt" not in reported:
            if not feed.has(name):
                yield hit("missing_required_file", f"{name}.txt")
            elif not feed.source.tables[name].height:
                yield hit("empty_file", f"{name}.txt")
    has_areas = GEOJSON in feed.source.others
    if not feed.has("stops") and not has_areas and "stops.txt" not in reported:
        yield hit("missing_required_file", "stops.txt")
    if not feed.has("calendar") and not feed.has("calendar_dates"):
        yield hit("missing_calendar_and_calendar_date_files", "calendar.txt")
    if not feed.has("feed_info"):
        needed = feed.has("translations")
        code = "missing_required_file" if needed else "missing_recommended_file"
        yield hit(code, "feed_info.txt")
    calls = feed.frame("stop_times")
    has_zones = calls["location_id"].count() + calls["location_group_id"].count() > 0
    if not feed.frame("shapes").height and not has_zones:
        yield hit("missing_recommended_file", "shapes.txt")


def unknown_files(feed: CheckedFeed) -> Iterator[Hits]:
    """Report files that neither GTFS nor, in its profiles, GTFS-JP knows."""
    reported = _reported(feed, "unknown_file")
    for name in feed.source.tables:
        if name not in feed.spec and f"{name}.txt" not in reported:
            yield hit("unknown_file", f"{name}.txt")
    for name in feed.source.others:
        if name != GEOJSON and name not in reported:
            yield hit("unknown_file", name)


def is_legacy_translations(feed: CheckedFeed) -> bool:
    """Say whether translations.txt has the three columns of GTFS-JP v1 and v2."""
    table = feed.source.tables.get("translations")
    return (
        table is not None
        and "table_name" not in table.columns
        and set(table.columns) >= LEGACY_TRANSLATIONS
    )


def columns(feed: CheckedFeed) -> Iterator[Hits]:
    """Report required columns that are missing, and unknown ones."""
    for name, table in feed.source.tables.items():
        file = feed.spec.get(name)
        if file is None:
            continue
        for column in file.fields.values():
            if column.presence in {"required", "required_column"} and (
                column.name not in table.columns
            ):
                yield hit("missing_required_column", f"{name}.txt", column.name)
        for header in table.columns:
            if header != ROW and "#" not in header and header not in file.fields:
                yield hit("unknown_column", f"{name}.txt", header)
    if is_legacy_translations(feed):
        yield hit("jp_translations_legacy_format", "translations.txt", "trans_id")


def required_cells(feed: CheckedFeed) -> Iterator[Hits]:
    """Report empty cells of required and recommended columns."""
    for name, table in feed.source.tables.items():
        file = feed.spec.get(name)
        if file is None or not table.height:
            continue
        text = feed.text(name)
        for column in file.fields.values():
            code = {
                "required": "missing_required_field",
                "recommended": "missing_recommended_field",
            }
            if column.presence not in code:
                continue
            if column.presence == "required" and column.name not in table.columns:
                continue
            if text[column.name].null_count():
                empty = text.filter(pl.col(column.name).is_null()).select(ROW)
                yield Hits(code[column.presence], f"{name}.txt", column.name, empty)


def single_rows(feed: CheckedFeed) -> Iterator[Hits]:
    """Report further rows where a file may hold one."""
    for name, table in feed.source.tables.items():
        file = feed.spec.get(name)
        if file is not None and file.is_single_row and table.height > 1:
            yield Hits("more_than_one_entity", f"{name}.txt", "", table.select(ROW).slice(1))


def japanese_presence(feed: CheckedFeed) -> Iterator[Hits]:
    """Report what an edition of GTFS-JP asks for beyond GTFS."""
    for wanted in presences():
        if wanted.profile != feed.profile:
            continue
        file, required = f"{wanted.file}.txt", wanted.level == "required"
        if not wanted.field:
            if not feed.has(wanted.file):
                code = "jp_missing_required_file" if required else "jp_missing_recommended_file"
                yield hit(code, file, asked_by=wanted.source)
            continue
        code = "jp_missing_required_field" if required else "jp_missing_recommended_field"
        if not feed.has(wanted.file):
            continue
        text = feed.text(wanted.file)
        if not feed.has_column(wanted.file, wanted.field):
            yield hit(code, file, wanted.field, asked_by=wanted.source)
        elif required and text[wanted.field].null_count():
            empty = text.filter(pl.col(wanted.field).is_null())
            yield Hits(code, file, wanted.field, empty.select(ROW, asked_by=pl.lit(wanted.source)))
    if feed.profile == "gtfs-jp-v4":
        for name, file_spec in spec().items():
            if file_spec.is_japanese and feed.has(name):
                yield hit("jp_reference_only_file", f"{name}.txt")
    elif feed.profile == "gtfs-jp-v3" and feed.has("routes_jp"):
        yield hit("jp_reference_only_file", "routes_jp.txt")


RULES = (
    faults_of_reading,
    missing_files,
    unknown_files,
    columns,
    required_cells,
    single_rows,
    japanese_presence,
)
