"""The files of a zip, a folder or an upload, taken within limits."""

import hashlib
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from gtfs_feeds.read.collect import FaultLog
from gtfs_feeds.read.errors import FeedUnreadable, Unreadable
from gtfs_feeds.read.limits import ReadLimits
from gtfs_feeds.read.names import is_ignored, table_of

ZIP_FAILURES: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    IndexError,
)
"""What `zipfile` raises on damaged or foreign archives (found by feeding it damaged ones)."""

HTML: Final = re.compile(
    rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml|script)", re.IGNORECASE
)
SLICE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of a feed by their path, and the digest of all."""

    files: Mapping[str, bytes]
    sha256: str


def from_path(path: Path, limits: ReadLimits, faults: FaultLog) -> Contents:
    """
    Return the files of a zip or folder.

    Raises:
        FeedUnreadable: It is missing, empty, no zip, damaged, encrypted or beyond the limits.
    """
    try:
        if path.is_dir():
            return from_folder(path, limits, faults)
        if not path.is_file():
            raise FeedUnreadable(Unreadable.MISSING, file=path.name)
        size = path.stat().st_size
        if size > limits.total_bytes:
            raise FeedUnreadable(Unreadable.TOO_LARGE, file=path.name, bytes=size)
        data = path.read_bytes()
    except OSError as error:
        raise FeedUnreadable(Unreadable.MISSING, file=path.name) from error
    return from_zip(data, path.name, limits, faults)


def from_folder(folder: Path, limits: ReadLimits, faults: FaultLog) -> Contents:
    """Return the files of a folder; links are not followed, so nothing outside it is read."""
    files: dict[str, bytes] = {}
    total = 0
    digest = hashlib.sha256()
    for path in walk(folder):
        name = path.relative_to(folder).as_posix()
        total += path.stat().st_size
        if total > limits.total_bytes:
            raise FeedUnreadable(Unreadable.TOO_LARGE, file=folder.name, bytes=total)
        if len(files) >= limits.files:
            raise FeedUnreadable(Unreadable.TOO_MANY_FILES, file=folder.name, limit=limits.files)
        try:
            data = path.read_bytes()
        except OSError as error:
            faults.add("file_unreadable", name, value=type(error).__name__)
            continue
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
        files[name] = data
    if not files:
        raise FeedUnreadable(Unreadable.EMPTY, file=folder.name)
    return Contents(files, digest.hexdigest())


def walk(folder: Path) -> Iterator[Path]:
    """Yield the regular files below a folder in the order of their names."""
    for here, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(here) / name
            if stat.S_ISREG(path.lstat().st_mode) and not is_ignored(
                path.relative_to(folder).as_posix()
            ):
                yield path


def from_zip(data: bytes, name: str, limits: ReadLimits, faults: FaultLog) -> Contents:
    """Return the files of a zip's bytes; a zip that holds only another zip is opened once more."""
    files = unpacked(data, name, limits, faults)
    inner = [path for path in files if path.lower().endswith(".zip")]
    if len(inner) == 1 and not any(table_of(path.rpartition("/")[2]) for path in files):
        faults.add("nested_zip", inner[0], mended=True)
        files = unpacked(files[inner[0]], inner[0], limits, faults)
    return Contents(files, hashlib.sha256(data).hexdigest())


def unpacked(data: bytes, name: str, limits: ReadLimits, faults: FaultLog) -> dict[str, bytes]:
    """Return the files of one zip."""
    if not data:
        raise FeedUnreadable(Unreadable.EMPTY, file=name)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except ZIP_FAILURES as error:
        raise FeedUnreadable(kind_of(data), file=name) from error
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        check_size(entries, len(data), name, limits)
        files: dict[str, bytes] = {}
        budget, damaged = limits.total_bytes, 0
        for entry in entries:
            path = entry_path(entry, faults)
            if path is None:
                continue
            if path in files:
                faults.add("duplicate_file", path)
            content = unpack(archive, entry, path, budget, faults)
            if content is None:
                damaged += 1
                continue
            budget -= len(content)
            if budget < 0:
                raise FeedUnreadable(Unreadable.BOMB, file=name, bytes=limits.total_bytes)
            files[path] = content
    if damaged and not files:
        raise FeedUnreadable(Unreadable.DAMAGED, file=name)
    return files


def kind_of(data: bytes) -> Unreadable:
    """Say what something that is no zip is."""
    if HTML.match(data[:1024]):
        return Unreadable.HTML
    if not data.strip():
        return Unreadable.EMPTY
    return Unreadable.DAMAGED if data.startswith(b"PK") else Unreadable.NOT_ZIP


def check_size(entries: list[zipfile.ZipInfo], packed: int, name: str, limits: ReadLimits) -> None:
    """Refuse what declares itself to be too much, before anything is unpacked."""
    if not entries:
        raise FeedUnreadable(Unreadable.EMPTY, file=name)
    if len(entries) > limits.files:
        raise FeedUnreadable(Unreadable.TOO_MANY_FILES, file=name, limit=limits.files)
    total = sum(entry.file_size for entry in entries)
    if total > limits.ratio_floor_bytes and total > limits.ratio * packed:
        raise FeedUnreadable(Unreadable.BOMB, file=name, bytes=total, packed=packed)
    if total > limits.total_bytes:
        raise FeedUnreadable(Unreadable.TOO_LARGE, file=name, bytes=total)
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise FeedUnreadable(Unreadable.ENCRYPTED, file=name)


def entry_path(entry: zipfile.ZipInfo, faults: FaultLog) -> str | None:
    """
    Return the path of a zip's entry, or None where it is to be skipped.

    Windows writes backslashes, and names in cp932 that Python reads as cp437. A name that climbs
    out of the archive or is absolute is refused, although nothing is written to disk here.
    """
    name = entry.filename
    if not entry.flag_bits & 0x800 and not name.isascii():
        name = recoded(name)
    path = name.replace("\\", "/")
    if path.endswith("/") or is_ignored(path):
        return None
    parts = path.split("/")
    mode = entry.external_attr >> 16
    if path.startswith("/") or ".." in parts or ":" in parts[0] or stat.S_ISLNK(mode):
        faults.add("unsafe_file_name", path)
        return None
    return "/".join(part for part in parts if part not in {"", "."})


def recoded(name: str) -> str:
    """Return a name that was written in cp932 and read as cp437."""
    try:
        return name.encode("cp437").decode("cp932")
    except UnicodeError:
        return name


def unpack(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str, budget: int, faults: FaultLog
) -> bytes | None:
    """Return the bytes of an entry, at most one more than the budget, or None where damaged."""
    try:
        with archive.open(entry) as stream:
            return read_at_most(stream, budget + 1)
    except ZIP_FAILURES as error:
        faults.add("file_unreadable", path, value=f"{type(error).__name__}: {error}")
        return None


def read_at_most(stream: IO[bytes], limit: int) -> bytes:
    """Read a stream in slices, because the declared size may be a lie."""
    parts: list[bytes] = []
    size = 0
    while size < limit and (part := stream.read(min(SLICE, limit - size))):
        parts.append(part)
        size += len(part)
    return b"".join(parts)
