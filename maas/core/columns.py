"""Columns of text that can be memory-mapped."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Int8s = npt.NDArray[np.int8]
Int16s = npt.NDArray[np.int16]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
UInt8s = npt.NDArray[np.uint8]
Float32s = npt.NDArray[np.float32]
Float64s = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Texts:
    """
    An immutable column of text: UTF-8 bytes and offsets.

    `data[start[i]:start[i + 1]]` is row i. Rows decode on demand, so a stored network of a
    million names costs nothing until a name is read, and processes share its pages.
    """

    start: Int64s
    data: UInt8s

    @classmethod
    def of(cls, rows: Iterable[str | None]) -> "Texts":
        """Build a column; None becomes the empty text, which means "not given"."""
        encoded = [(row or "").encode() for row in rows]
        start = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(row) for row in encoded], out=start[1:])
        return cls(start, np.frombuffer(b"".join(encoded), np.uint8))

    def __len__(self) -> int:
        return len(self.start) - 1

    def __getitem__(self, row: int) -> str:
        if row < 0 or row >= self.start.shape[0] - 1:
            raise IndexError(row)
        begin, end = self.start[row : row + 2].tolist()
        # Many columns are mostly empty, and a network is asked for thousands of them a second.
        return self.data[begin:end].tobytes().decode() if begin < end else ""

    def __iter__(self) -> Iterator[str]:
        whole = bytes(self.data)
        bounds = self.start.tolist()
        for begin, end in pairwise(bounds):
            yield whole[begin:end].decode()

    def tolist(self) -> list[str]:
        """Return every row."""
        return list(self)
