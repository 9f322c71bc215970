"""
Columns in one file that processes map into memory and share, made by whoever needs them first.

A file is only a way to share: where it cannot be written, whoever made the columns keeps them for
itself, and one that is damaged is made again. It holds the length of its header, the header (JSON:
kind, shape and place of each column, and the size of the file), and the columns.
"""

import json
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Columns = Mapping[str, npt.NDArray[Any]]
_ALIGN: Final = 64
_LENGTH: Final = 8
"""Bytes that hold the length of the header."""


def shared_columns(path: Path | None, make: Callable[[], Columns], most: int = 0) -> Columns:
    """
    Return the columns of a file, made and written where there is none.

    Args:
        path: The file; None keeps the columns in the memory of this process.
        make: Makes the columns.
        most: So many files may lie beside each other; those that nobody used for longest go.
    """
    if path is None:
        return make()
    found = _mapped(path)
    if found is not None:
        return found
    made = make()
    try:
        # Where several needed them at once, the first file serves all: two would not be shared.
        if _mapped(path) is None:
            _write(path, made)
            _keep_newest(path.parent, most)
    except OSError:
        return made
    return _mapped(path) or made


def _mapped(path: Path) -> Columns | None:
    """
    Map a file; None where there is none, or a damaged one.

    Copy-on-write, as the columns of the store are, so that kernels see one kind of array.
    """
    try:
        data = np.memmap(path, np.uint8, "c").view(np.ndarray)
        length = int(data[:_LENGTH].view(np.int64)[0])
        header = json.loads(data[_LENGTH : _LENGTH + length].tobytes())
        if header["bytes"] != len(data):
            return None
        found = {}
        for name, (kind, shape, begin) in header["columns"].items():
            size = np.dtype(kind).itemsize * int(np.prod(shape))
            found[name] = data[begin : begin + size].view(kind).reshape(shape)
        os.utime(path)
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return found


def _write(path: Path, columns: Columns) -> None:
    """Write a file, whole or not at all."""
    facts: dict[str, list[Any]] = {name: [c.dtype.str, c.shape, 0] for name, c in columns.items()}
    # Places have as many digits as the largest can need, so the header's length is known before.
    room = len(json.dumps({"columns": facts, "bytes": 0})) + 20 * (len(facts) + 1)
    at = _aligned(_LENGTH + room)
    for name, column in columns.items():
        facts[name][2] = at
        at = _aligned(at + column.nbytes)
    header = json.dumps({"columns": facts, "bytes": at}).ljust(room).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}-{os.getpid()}-{threading.get_ident()}")
    try:
        with partial.open("wb") as file:
            file.write(np.int64(len(header)).tobytes() + header)
            for name, column in columns.items():
                file.seek(facts[name][2])
                file.write(np.ascontiguousarray(column).data)
            file.truncate(at)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _aligned(at: int) -> int:
    return -(-at // _ALIGN) * _ALIGN


def _keep_newest(folder: Path, most: int) -> None:
    """Remove the files that were not used for longest; who has one mapped keeps it."""
    files = [path for path in folder.iterdir() if not path.name.startswith(".")]
    files.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in files[max(most, 1) :]:
        path.unlink(missing_ok=True)
