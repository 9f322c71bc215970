"""Rows of columns: grouped by a key, as ranges, as arrays that kernels take."""

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from maas.core.columns import Int64s

Column = TypeVar("Column", bound=npt.NDArray[Any])


def group_rows(key: npt.NDArray[np.integer], groups: int) -> tuple[Int64s, Int64s]:
    """
    Return (start, order): rows of group g are `order[start[g]:start[g + 1]]`, in their order.

    Compressed sparse rows; the order within a group is that of the rows.
    """
    start = np.zeros(groups + 1, np.int64)
    np.cumsum(np.bincount(key, minlength=groups), out=start[1:])
    return start, np.argsort(key, kind="stable").astype(np.int64)


def ranges(start: Int64s, length: Int64s) -> Int64s:
    """Return `start[0], start[0] + 1, …` for each range, one after another."""
    total = int(length.sum())
    if total == 0:
        return np.zeros(0, np.int64)
    shift = np.repeat(start - np.concatenate(([0], np.cumsum(length)[:-1])), length)
    return np.arange(total, dtype=np.int64) + shift


def owned(column: Column) -> Column:
    """
    Return the column itself where it may be written, else a copy.

    Kernels are compiled anew for columns that are mapped from a file and read-only; so they get
    one kind, whatever network they search.
    """
    return column if column.flags.writeable else column.copy()
