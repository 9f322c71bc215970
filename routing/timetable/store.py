"""
Timetables on disk: a directory of columns that processes map into memory and share.

    DIR/current            name of the version that is live
    DIR/<version>/manifest.json
    DIR/<version>/*.npy    one file a column

A version is never changed: publishing writes a new directory, then swaps the pointer, so that
whoever has the old one open keeps a whole timetable. The version is the hash of its contents.
"""

import dataclasses
import hashlib
import json
import os
import shutil
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from maas.core.columns import Texts
from routing.errors import TimetableInvalid
from routing.timetable.model import Timetable

FORMAT: Final = 8
"""One more whenever a column means something else or is worked out otherwise: bounds are taken over
from the version before."""
POINTER: Final = "current"
MANIFEST: Final = "manifest.json"
SMALL_BYTES: Final = 1 << 16
"""Smaller columns are read, not mapped: a mapping costs more than they do."""

COMPARED: Final = 1 << 18
"""Bytes at once: few enough to stay near the processor."""


def save_timetable(timetable: Timetable, root: Path) -> Path:
    """Write a timetable into `root`, make it the live version, and return its directory."""
    root.mkdir(parents=True, exist_ok=True)
    partial = root / f".partial-{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    before, known = _files_before(root)
    files: dict[str, dict[str, Any]] = {}
    values: dict[str, Any] = {}
    for name, value in _leaves("", timetable):
        if isinstance(value, np.ndarray):
            path = partial / f"{name}.npy"
            column = np.ascontiguousarray(value)
            if name in known and _taken_over(before / path.name, known[name], column, path):
                files[name] = known[name]
                continue
            np.save(path, column, allow_pickle=False)
            files[name] = {
                "sha256": _sha256(path),
                "bytes": path.stat().st_size,
                "shape": list(column.shape),
                "type": str(column.dtype),
            }
        else:
            values[name] = value
    manifest = {"format": FORMAT, "files": files, "values": values}
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (partial / MANIFEST).write_text(text)
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    target = root / version
    if target.exists():
        shutil.rmtree(partial)
    else:
        partial.rename(target)
    pointer = root / f".{POINTER}-{os.getpid()}"
    pointer.write_text(version)
    pointer.replace(root / POINTER)
    return target


def _files_before(root: Path) -> tuple[Path, dict[str, dict[str, Any]]]:
    """Return the folder of the live version and what its manifest says of its files."""
    try:
        folder = live_folder(root)
        return folder, _manifest(folder)["files"]
    except TimetableInvalid:
        return root, {}


def _taken_over(
    old: Path, facts: Mapping[str, Any], column: np.ndarray[Any, Any], path: Path
) -> bool:
    """
    Give a large column's file of the version before a second name, if it holds the same bytes.

    Nobody changes the files of a version. It is written anew where there are no second names.
    """
    if (
        facts["bytes"] <= SMALL_BYTES
        or facts["shape"] != list(column.shape)
        or facts["type"] != str(column.dtype)
    ):
        return False
    try:
        was = np.load(old, mmap_mode="r", allow_pickle=False).reshape(-1).view(np.uint8)
        now = column.reshape(-1).view(np.uint8)
        if len(was) != len(now) or not all(
            np.array_equal(was[at : at + COMPARED], now[at : at + COMPARED])
            for at in range(0, len(now), COMPARED)
        ):
            return False
        os.link(old, path)
    except (OSError, ValueError):
        return False
    return True


def load_timetable(root: Path, *, verify: bool = False) -> Timetable:
    """
    Return the live timetable of `root` (or the version, where `root` is a version's directory).

    Sizes are always compared with the manifest; `verify` also compares every checksum, which
    reads the whole timetable once.

    Raises:
        TimetableInvalid: Nothing is stored there, or a file is missing, damaged or too new.
    """
    folder = live_folder(root)
    manifest = _manifest(folder)
    for name, facts in manifest["files"].items():
        path = folder / f"{name}.npy"
        try:
            size = path.stat().st_size
        except OSError:
            raise _invalid(folder, f"{path.name} is missing") from None
        if size != facts["bytes"] or (verify and _sha256(path) != facts["sha256"]):
            raise _invalid(folder, f"{path.name} is damaged")
    loaded = _build(Timetable, "", folder, manifest)
    assert isinstance(loaded, Timetable)
    return loaded


def remove_old_versions(root: Path, *, keep: int = 2) -> list[str]:
    """Delete all but the newest versions; mapped files stay readable for who has them open."""
    live = (root / POINTER).read_text().strip()
    versions = sorted(
        (path for path in root.iterdir() if (path / MANIFEST).exists() and path.name != live),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    gone = versions[max(keep - 1, 0) :]
    for path in gone:
        shutil.rmtree(path)
    return [path.name for path in gone]


def live_folder(root: Path) -> Path:
    """Return the directory of the live version (or `root`, where that is a version's)."""
    if (root / MANIFEST).exists():
        return root
    try:
        version = (root / POINTER).read_text().strip()
    except OSError:
        raise TimetableInvalid(
            f"No network is stored in {root}. Build one with `maas network build`."
        ) from None
    return root / Path(version).name


def _manifest(folder: Path) -> Any:
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise _invalid(folder, f"{MANIFEST} cannot be read ({error.__class__.__name__})") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise _invalid(folder, "it has another format")
    return manifest


def _invalid(folder: Path, cause: str) -> TimetableInvalid:
    return TimetableInvalid(f"The network in {folder} cannot be used: {cause}. Build it again.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every column and plain value below a dataclass, named by its path."""
    if isinstance(value, np.ndarray):
        yield name, value
    elif dataclasses.is_dataclass(value):
        for part in dataclasses.fields(value):
            yield from _leaves(f"{name}.{part.name}".lstrip("."), getattr(value, part.name))
    elif isinstance(value, Mapping):
        yield f"{name}.keys", sorted(value)
        for key in sorted(value):
            yield from _leaves(f"{name}.{key.replace('/', '_')}", value[key])
    elif isinstance(value, date):
        yield name, value.isoformat()
    elif isinstance(value, tuple):
        yield name, list(value)
    else:
        yield name, value


def _build(kind: Any, name: str, folder: Path, manifest: Any) -> Any:
    """Rebuild a value of this type from the manifest and the columns."""
    origin = typing.get_origin(kind)
    if origin is np.ndarray:
        return _column(name, folder, manifest)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        parts = {
            part.name: _build(hints[part.name], f"{name}.{part.name}".lstrip("."), folder, manifest)
            for part in dataclasses.fields(kind)
        }
        return kind(**parts) if isinstance(kind, type) else None
    if origin is not None and issubclass(origin, Mapping):
        keys = manifest["values"][f"{name}.keys"]
        return types.MappingProxyType(
            {
                key: _build(Texts, f"{name}.{key.replace('/', '_')}", folder, manifest)
                for key in keys
            }
        )
    value = manifest["values"][name]
    if kind is date:
        return date.fromisoformat(value)
    return tuple(value) if origin is tuple else value


def _column(name: str, folder: Path, manifest: Any) -> np.ndarray[Any, Any]:
    """
    Map one column.

    Copy-on-write, so that the kernels see the same type of array as for a timetable that was
    just compiled (a read-only one would be compiled for again); nobody ever writes.
    """
    facts = manifest["files"].get(name)
    if facts is None:
        raise _invalid(folder, f"column {name} is missing")
    path = folder / f"{name}.npy"
    if facts["bytes"] <= SMALL_BYTES:
        column = np.load(path, allow_pickle=False)
    else:
        column = np.load(path, mmap_mode="c", allow_pickle=False).view(np.ndarray)
    if list(column.shape) != facts["shape"] or str(column.dtype) != facts["type"]:
        raise _invalid(folder, f"{path.name} does not fit the manifest")
    found: np.ndarray[Any, Any] = column
    return found
