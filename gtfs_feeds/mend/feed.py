"""Mending a feed: every table, then what needs several of them."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from gtfs_feeds.mend.changes import Left, Mended, Obstacle, Rule
from gtfs_feeds.mend.table import Account, frame_written, line_end, mend_table
from gtfs_feeds.read import container
from gtfs_feeds.read.collect import FaultLog
from gtfs_feeds.read.errors import FeedUnreadable, Unreadable
from gtfs_feeds.read.feed import file_name, folder_of, read_files, table_files
from gtfs_feeds.read.limits import ReadLimits
from gtfs_feeds.read.tables import ROW
from gtfs_feeds.read.translations import is_old_form, translations

DEFAULT_LIMITS: Final = ReadLimits()
ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold: the same input gives the same bytes on every day."""

OBSTACLES: Final = {
    "file_unreadable": Obstacle.DAMAGED,
    "unsafe_file_name": Obstacle.UNSAFE_NAME,
}
OLD_COLUMNS: Final = frozenset({"trans_id", "lang", "translation", ROW})


def mend_feed(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS, name: str = "") -> Mended:
    """
    Return a feed with every safe repair made, and each change.

    Safe repairs change how something is written: encodings, blanks, `H:MM:SS`, full-width digits,
    tags, the form of translations, duplicates, empty cells and rows, names, folders. No coordinate,
    time, id or name gets another meaning. What cannot be mended safely is named in `left`.
    Mending twice changes nothing the second time.

    Raises:
        FeedUnreadable: It is no feed at all.
    """
    log = FaultLog(limits.listed_faults)
    return mended(container.from_path(path, limits, log), name or path.stem, limits, log)


def mend_zip(data: bytes, *, limits: ReadLimits = DEFAULT_LIMITS, name: str = "") -> Mended:
    """Mend a zip's bytes; as `mend_feed`."""
    log = FaultLog(limits.listed_faults)
    return mended(container.from_zip(data, name, limits, log), name, limits, log)


def mended(contents: container.Contents, name: str, limits: ReadLimits, log: FaultLog) -> Mended:
    """Mend the files of a feed."""
    sources = table_files(contents.files, log)
    if not sources:
        raise FeedUnreadable(Unreadable.NO_TABLES, file=name)
    accounts = [packing(sources, log)]
    tables: dict[str, bytes] = {}
    for table, path in sorted(sources.items()):
        account = Account(file_name(path))
        if file_name(path) != f"{table}.txt":
            account.changed(Rule.FILE_NAME, None, "", file_name(path), f"{table}.txt")
        tables[f"{table}.txt"] = mend_table(table, contents.files[path], account, limits)
        accounts.append(account)
    if "translations.txt" in tables:
        account = Account("translations.txt")
        tables["translations.txt"] = mend_translations(tables, account, limits)
        accounts.append(account)
    files = others(contents.files, sources, tables) | tables
    return Mended(
        name,
        packed(files),
        tuple(change for account in accounts for change in account.changes),
        tuple(left for account in accounts for left in account.left),
    )


def packing(sources: Mapping[str, str], log: FaultLog) -> Account:
    """Return the account of how the files were packed."""
    account = Account("")
    for fault in log.faults():
        if fault.code in OBSTACLES:
            account.left.append(Left(fault.file, None, OBSTACLES[fault.code]))
        if fault.code == "nested_zip":
            account.changed(Rule.NESTED_ZIP, None, "", fault.file, "")
    folder = folder_of(next(iter(sources.values())))
    if folder:
        account.changed(Rule.FOLDER, None, "", f"{folder}/", "")
    return account


def others(
    files: Mapping[str, bytes], sources: Mapping[str, str], tables: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return the files that are no table, moved along with the tables unless a name is taken."""
    folder = folder_of(next(iter(sources.values())))
    kept: dict[str, bytes] = {}
    for path, data in files.items():
        if path in sources.values():
            continue
        short = path.removeprefix(f"{folder}/") if folder else path
        kept[path if short in files or short in tables else short] = data
    return kept


def mend_translations(tables: Mapping[str, bytes], account: Account, limits: ReadLimits) -> bytes:
    """Return translations in the present form, for every field that uses their text."""
    data = tables["translations.txt"]
    feed = read_files(tables, limits=limits)
    old = feed.table("translations")
    broken = {"csv_parsing_failed", "invalid_character"}
    if old is None or not is_old_form(old):
        return data
    if any(fault.file == "translations.txt" and fault.code in broken for fault in feed.faults):
        return data
    if not set(old.columns) <= OLD_COLUMNS:
        account.left.append(Left(account.file, 1, Obstacle.PRIVATE_COLUMNS))
        return data
    new = translations(feed)
    uses: dict[int, list[str]] = {}
    for table, field, row in new.select("table_name", "field_name", ROW).iter_rows():
        uses.setdefault(row, []).append(f"{table}.{field}")
    account.changed(
        Rule.OLD_TRANSLATIONS,
        1,
        "",
        ",".join(name for name in old.columns if name != ROW),
        ",".join(name for name in new.columns if name != ROW),
    )
    for row, text in old.select(ROW, "trans_id").iter_rows():
        account.changed(Rule.OLD_TRANSLATIONS, row, "trans_id", text, " ".join(uses.get(row, [])))
    bare = new.drop(ROW).unique(maintain_order=True)
    return frame_written(bare, line_end(data.decode("utf-8")))


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return a zip whose bytes depend on the files alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(PurePosixPath(path).as_posix(), ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[path])
    return buffer.getvalue()
