"""The bounds that a query uses: of several targets the least."""

import numpy as np

from maas.core.columns import UInt8s
from routing.kernel.arrays import Bounds, Ends, UInt16s
from routing.kernel.jit import short_kernel
from routing.timetable.bounds import NEVER
from routing.timetable.model import Timetable
from routing.timetable.rows import owned


def target_bounds(timetable: Timetable, targets: Ends, *, backward: bool, factor: float) -> Bounds:
    """Return the bounds towards several targets: for every node the least over their cells."""
    minutes = minutes_left(timetable, targets, backward=backward, factor=factor)
    return Bounds(minutes, rides_left(timetable, targets, backward=backward)[0])


def minutes_left(timetable: Timetable, targets: Ends, *, backward: bool, factor: float) -> UInt16s:
    """
    Return the least minutes from each node to the nearest of several targets.

    `factor` is by how much walks are shorter than the bounds assumed, where it is less than 1.
    """
    table = timetable.from_cell if backward else timetable.to_cell
    cells = timetable.cell_start.searchsorted(targets.node, "right")
    first, *others = set(cells.tolist())
    # Mostly all targets lie in one cell; its row serves as it is.
    minutes: UInt16s = owned(table.minutes[first - 1])
    if others:
        nearest = int(targets.offset_s.min())
        minutes = np.full_like(minutes, 65_535)
        for cell in (first, *others):
            more = (int(targets.offset_s[cells == cell].min()) - nearest) // 60
            line = table.minutes[cell - 1]
            if more:
                line = line + np.uint16(min(more, 500))
            np.minimum(minutes, line, out=minutes)
    if factor < 1.0:
        minutes = (minutes * factor).astype(np.uint16)
    return minutes


def rides_left(timetable: Timetable, targets: Ends, *, backward: bool) -> tuple[UInt8s, UInt8s]:
    """
    Return the rides that those at each node need to the nearest of several targets.

    Then those of whoever boards there; both are 255 where there is no way.
    """
    table = timetable.from_cell if backward else timetable.to_cell
    cells = timetable.ride_cell_start.searchsorted(targets.node, "right")
    nodes = table.rides.shape[1]
    need, onward = np.empty(nodes, np.uint8), np.empty(nodes, np.uint8)
    for number, cell in enumerate(set(cells.tolist())):
        _halves(owned(table.rides[cell - 1]), number > 0, need, onward)
    return need, onward


@short_kernel
def _halves(both: UInt8s, least: bool, need: UInt8s, onward: UInt8s) -> None:
    """Write the lower and the upper halves of bytes, or the least of them and what is there."""
    for node in range(both.size):
        low, high = both[node] & NEVER, both[node] >> 4
        # One call instead of ten: numpy needs longer for each than for the bytes of a network.
        one, other = (255 if low == NEVER else low), (255 if high == NEVER else high)
        need[node] = min(one, need[node]) if least else one
        onward[node] = min(other, onward[node]) if least else other
