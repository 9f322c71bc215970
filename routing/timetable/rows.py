"""Rows of columns: grouped by a key, as ranges, as arrays that kernels take."""

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from maas.core.columns import Int32s, Int64s
from routing.kernel.jit import kernel

Column = TypeVar("Column", bound=npt.NDArray[Any])


def group_rows(key: npt.NDArray[np.integer], groups: int) -> tuple[Int64s, Int64s]:
    """
    Return (start, order): rows of group g are `order[start[g]:start[g + 1]]`, in their order.

    Compressed sparse rows; the order within a group is that of the rows.
    """
    start = np.zeros(groups + 1, np.int64)
    np.cumsum(np.bincount(key, minlength=groups), out=start[1:])
    return start, np.argsort(key, kind="stable").astype(np.int64)


def pair_order(first: Int32s | Int64s, second: Int32s | Int64s, groups: int) -> Int64s:
    """
    Return the rows by `first`, then `second`, both below `groups`; equal ones stay as they are.

    Counting twice instead of comparing: several times faster for millions of walks.
    """
    order = np.arange(len(first), dtype=np.int64)
    return counted_order(first, counted_order(second, order, groups), groups)


@kernel
def counted_order(key: Int32s | Int64s, order: Int64s, groups: int) -> Int64s:
    """Return the rows of `order` by their key, which is below `groups`; equal ones stay."""
    start = np.zeros(groups + 1, np.int64)
    for row in order:
        start[key[row] + 1] += 1
    for group in range(groups):
        start[group + 1] += start[group]
    found = np.empty_like(order)
    for row in order:
        found[start[key[row]]] = row
        start[key[row]] += 1
    return found


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
