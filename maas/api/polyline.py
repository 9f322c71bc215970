"""Encoded polylines (Google's algorithm), for a whole line at once."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from maas.core.columns import Float64s

FEW: Final = 12


def encode(line: Float64s, precision: int) -> str:
    """
    Return rows of latitude and longitude as an encoded polyline.

    Google's Encoded Polyline Algorithm Format: differences to the point before, rounded to
    `precision` decimals, zigzag-coded, in groups of five bits of which the lowest comes first.
    """
    if not len(line):
        return ""
    whole = np.round(line * 10.0**precision).astype(np.int64)
    if len(whole) <= FEW:
        return "".join(_chars(whole.tolist()))
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64)).reshape(-1)
    zigzag = np.where(steps < 0, ~(steps << 1), steps << 1)
    groups = zigzag[:, None] >> np.arange(0, 60, 5)
    more = groups[:, 1:] > 0
    used = np.concatenate((np.ones((len(groups), 1), np.bool_), more), axis=1)
    has_next = np.concatenate((more, np.zeros((len(groups), 1), np.bool_)), axis=1)
    chars = (groups & 0x1F) + np.where(has_next, 0x20, 0) + 63
    return bytes(chars[used].astype(np.uint8)).decode()


def _chars(points: list[list[int]]) -> Iterator[str]:
    """Yield the same for few points, for which making arrays takes longer than the work."""
    before = [0, 0]
    for point in points:
        for value, last in zip(point, before, strict=True):
            step = value - last
            rest = ~(step << 1) if step < 0 else step << 1
            while rest >= 0x20:
                yield chr((rest & 0x1F | 0x20) + 63)
                rest >>= 5
            yield chr(rest + 63)
        before = point


def encoded_line(line: Float64s, precision: int) -> dict[str, object]:
    """Return the API's EncodedPolyline."""
    return {"points": encode(line, precision), "precision": precision, "length": len(line)}


EMPTY: dict[str, object] = {"points": "", "precision": 6, "length": 0}
