"""
Forth to the best ends, and from each of them back to the last start: one step of `successive.py`.

Both searches are those for an instant; they share one call, since handing a kernel its hundred
columns takes as long as a small search.
"""

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.kernel.arrays import NEVER_S
from routing.kernel.jit import kernel
from routing.raptor.goal import Side
from routing.raptor.instant import search_instant
from routing.raptor.polish import departure_of, shift_later

NEVER = np.int64(NEVER_S)


@kernel
def _last_start(side: Side, unit: int, start_s: int, legs: Int32s, count: int, origin: int) -> int:
    """Return when the vehicles of a result (or later ones of their lines) let one start at last."""
    order = np.empty((count, 4), np.int64)
    for x in range(count):
        order[x] = legs[count - 1 - x]
    shift_later(side.rides, side.walks, order, count)
    leaves = np.int64(departure_of(side.rides, order[0, 0], order[0, 1], order[0, 2])) * unit
    at = leaves - side.starts.offset_s[origin]
    # Where the way there must be begun earlier, the search finds out when.
    return max(at, start_s) if at < side.starts.until_s[origin] else start_s


@kernel
def search_forth_and_back(
    side: Side, other: Side, start_s: int, fewest: int, caps: Int64s, width: int, unit: int,
    minute: int, top: int, until_s: int, before_s: int, loose: int, switches: int, out: Int64s,
    legs: Int32s, back_out: Int64s, back_legs: Int32s,
) -> int:  # fmt: skip
    """
    Find the best ends from `start_s` on, and the last start from which each is reached.

    Args:
        side: The search; `other`: the same from its end.
        other: See `side`.
        start_s: In seconds of the axis, as `until_s` and `before_s`.
        fewest: With fewer rides there is no way.
        caps: How many rides each turn of the search allows.
        width: One more than the most rides of a journey.
        unit: Seconds of a unit of the view.
        minute: Units of a minute.
        top: Where the time of `other` counts down from, in units.
        until_s: The last end that counts.
        before_s: Only ends before this one.
        loose: See `search_instant`, as `switches`.
        switches: See `loose`.
        out: Room for the results of the search, as `legs`.
        legs: See `out`.
        back_out: The journeys, in the direction of `other`, in the order of their ends.
        back_legs: Their rides.

    """
    best_s = np.empty(width, np.int64)
    best_s[:] = before_s
    # With the fewest rides all is searched first: it takes little, and brings a deadline.
    best_s[:fewest] = NEVER
    count = search_instant(
        side, other, start_s, caps, unit, minute, top, until_s - start_s, fewest - 1, best_s,
        loose, switches, out, legs,
    )  # fmt: skip
    turn = np.empty(1, np.int64)
    written = 0
    for x in range(count):
        turn[0] = out[x, 2]
        last_s = _last_start(side, unit, start_s, legs[x], turn[0], out[x, 4])
        for bound_s in (top * unit - last_s + 1, top * unit - start_s + unit, NEVER):
            best_s[:] = bound_s
            more = search_instant(
                other, side, top * unit - out[x, 1], turn, unit, minute, top, NEVER, 0, best_s,
                loose, switches, back_out[written:], back_legs[written:],
            )  # fmt: skip
            written += more
            if more > 0:
                break
    return written
