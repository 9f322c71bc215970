"""Integer yen, and how an amount is split without losing one."""

from collections.abc import Sequence
from typing import NewType

Yen = NewType("Yen", int)
"""Whole yen; negative where money goes back. Never a float, never a Decimal."""


def split_largest_remainder(total: Yen, weights: Sequence[int]) -> list[Yen]:
    """
    Split `total` in proportion to integer `weights`; the parts always sum to `total`.

    Hamilton's method of largest remainders: every part is the floor of its quota, the yen that
    are left go to the largest remainders, and equal remainders go to the earlier index. A
    negative total is split as its mirror image.

    Raises:
        ValueError: There is no weight, one is negative, or all are zero while total is not.
    """
    if total < 0:
        return [Yen(-part) for part in split_largest_remainder(Yen(-total), weights)]
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("Weights must be present and not negative.")
    whole = sum(weights)
    if whole == 0:
        if total:
            raise ValueError("All weights are zero, so the amount belongs to nobody.")
        return [Yen(0)] * len(weights)
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    by_remainder = sorted(
        range(len(weights)), key=lambda index: (-(total * weights[index] % whole), index)
    )
    for index in by_remainder[:left]:
        parts[index] += 1
    return [Yen(part) for part in parts]
