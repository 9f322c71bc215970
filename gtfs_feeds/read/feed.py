"""From a zip, folder or upload to `FeedTables`."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import polars as pl

from gtfs_feeds.read import container
from gtfs_feeds.read.careful_csv import read_careful
from gtfs_feeds.read.cells import finish
from gtfs_feeds.read.clean_csv import read_clean
from gtfs_feeds.read.collect import FaultLog
from gtfs_feeds.read.encoding import decode
from gtfs_feeds.read.errors import FeedUnreadable, Unreadable
from gtfs_feeds.read.fields import NOT_TABLES
from gtfs_feeds.read.limits import ReadLimits
from gtfs_feeds.read.names import is_ignored, table_of
from gtfs_feeds.read.tables import FeedTables

DEFAULT_LIMITS = ReadLimits()


def read_feed(path: Path, *, limits: ReadLimits = DEFAULT_LIMITS, name: str = "") -> FeedTables:
    """
    Return the tables of a zip or folder with every fault that was met.

    Args:
        path: A zip file or a folder.
        limits: How much the feed may ask of this machine.
        name: What the feed is called in reports; the file's name without its ending by default.

    Raises:
        FeedUnreadable: It is no feed at all. Everything short of that is a fault.
    """
    faults = FaultLog(limits.listed_faults)
    contents = container.from_path(path, limits, faults)
    return assemble(contents, name or path.stem, limits, faults)


def read_zip(data: bytes, *, limits: ReadLimits = DEFAULT_LIMITS, name: str = "") -> FeedTables:
    """Return the tables of a zip's bytes; as `read_feed`."""
    faults = FaultLog(limits.listed_faults)
    contents = container.from_zip(data, name, limits, faults)
    return assemble(contents, name, limits, faults)


def read_files(
    files: Mapping[str, bytes | str], *, limits: ReadLimits = DEFAULT_LIMITS, name: str = ""
) -> FeedTables:
    """Return the tables of files in memory, keyed by path (`stops.txt`); as `read_feed`."""
    faults = FaultLog(limits.listed_faults)
    raw = {
        path: data.encode() if isinstance(data, str) else data
        for path, data in sorted(files.items())
        if not is_ignored(path)
    }
    if len(raw) > limits.files:
        raise FeedUnreadable(Unreadable.TOO_MANY_FILES, file=name, limit=limits.files)
    if sum(map(len, raw.values())) > limits.total_bytes:
        raise FeedUnreadable(Unreadable.TOO_LARGE, file=name)
    digest = hashlib.sha256()
    for path, data in raw.items():
        digest.update(f"{path}\0{len(data)}\0".encode())
        digest.update(data)
    return assemble(container.Contents(raw, digest.hexdigest()), name, limits, faults)


def assemble(
    contents: container.Contents, name: str, limits: ReadLimits, faults: FaultLog
) -> FeedTables:
    """Return the tables of the files that belong to the feed; the others are kept as bytes."""
    sources = table_files(contents.files, faults)
    if not sources:
        raise FeedUnreadable(Unreadable.NO_TABLES, file=name)
    tables: dict[str, pl.DataFrame] = {}
    for table, path in sources.items():
        frame = read_table(contents.files[path], PurePosixPath(path).name, limits, faults)
        if frame is not None:
            tables[table] = frame
    folder = folder_of(next(iter(sources.values())))
    others: dict[str, bytes] = {}
    for path, data in contents.files.items():
        if path in sources.values():
            continue
        short = path.removeprefix(folder + "/") if folder else path
        others[path if short in contents.files and short != path else short] = data
    return FeedTables(name, tables, faults.faults(), others, contents.sha256, sources)


def folder_of(path: str) -> str:
    """Return the folder of a path, empty at the root."""
    return path.rpartition("/")[0]


def table_files(files: Mapping[str, bytes], faults: FaultLog) -> dict[str, str]:
    """
    Return the file of each table.

    The feed is the folder that holds the most known tables, the root where it holds any; the
    others are not mixed in. Where two files claim a table, the one that is spelled right has it.
    """
    known = {path: table for path in files if (table := table_of(path.rpartition("/")[2]))}
    if not known:
        return {}
    per_folder = Counter(folder_of(path) for path in known)
    folder = "" if "" in per_folder else min(per_folder, key=lambda at: (-per_folder[at], at))
    if folder:
        faults.add(
            "invalid_input_files_in_subfolder", folder, mended=True, facts={"folder": folder}
        )
    for other in sorted(per_folder.keys() - {folder}):
        faults.add("tables_in_another_folder", other, facts={"files": per_folder[other]})
    chosen: dict[str, str] = {}
    for path in sorted(files, key=lambda at: (file_name(at) != f"{known.get(at)}.txt", at)):
        if folder_of(path) != folder:
            continue
        table = known.get(path) or private_table(path, files[path], faults)
        if table is None:
            continue
        if table in chosen:
            faults.add("duplicate_file", file_name(path), value=file_name(chosen[table]))
            continue
        if path in known and file_name(path) != f"{table}.txt":
            faults.add("file_name_mended", file_name(path), value=f"{table}.txt", mended=True)
        chosen[table] = path
    return chosen


def file_name(path: str) -> str:
    """Return a path's last part."""
    return path.rpartition("/")[2]


def private_table(path: str, data: bytes, faults: FaultLog) -> str | None:
    """Return the table of a `.txt` file that GTFS does not know, if it looks like csv."""
    name = file_name(path)
    if name.lower() in NOT_TABLES:
        return None
    faults.add("unknown_file", name)
    first = data[:4096].split(b"\n", 1)[0]
    return name[: -len(".txt")] if name.lower().endswith(".txt") and b"," in first else None


def read_table(data: bytes, file: str, limits: ReadLimits, faults: FaultLog) -> pl.DataFrame | None:
    """Return one table, or None where the file has no header."""
    decoded = decode(data, file, faults)
    grid = read_clean(decoded.data, file, limits, faults)
    if grid is None:
        grid = read_careful(decoded.text, file, limits, faults)
    if grid is None:
        faults.add("empty_file", file)
        return None
    return finish(grid, file, limits, faults)
