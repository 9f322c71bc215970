"""The bounds that a query uses: of several targets the least."""

import numpy as np

from maas.core.columns import Int32s, UInt8s
from routing.raptor.arrays import Bounds, Ends
from routing.raptor.bounds import NEVER
from routing.timetable.model import Timetable
from routing.timetable.rows import owned


def target_bounds(timetable: Timetable, targets: Ends, *, backward: bool, factor: float) -> Bounds:
    """
    Return the bounds towards several targets: for every node the least over their cells.

    `factor` is by how much walks are shorter than the bounds assumed, where it is less than 1.
    """
    table = timetable.from_cell if backward else timetable.to_cell
    cells = np.searchsorted(timetable.cell_start, targets.node, side="right") - 1
    first, *others = set(cells.tolist())
    # Mostly all targets lie in one cell; its row serves as it is.
    minutes = owned(table.minutes[first])
    if others:
        nearest = int(targets.offset_s.min())
        minutes = np.full_like(minutes, 65_535)
        for cell in (first, *others):
            more = (int(targets.offset_s[cells == cell].min()) - nearest) // 60
            line = table.minutes[cell]
            if more:
                line = line + np.uint16(min(more, 500))
            np.minimum(minutes, line, out=minutes)
    if factor < 1.0:
        minutes = (minutes * factor).astype(np.uint16)
    return Bounds(minutes, _rides(timetable, targets.node, 0, backward=backward))


def onward_rides(timetable: Timetable, targets: Ends, *, backward: bool) -> UInt8s:
    """Return the rides of those who board at each node, to the nearest of several targets."""
    return _rides(timetable, targets.node, 4, backward=backward)


def _rides(timetable: Timetable, targets: Int32s, shift: int, *, backward: bool) -> UInt8s:
    """Return the least of half of each byte, from bit `shift` on; 255 where it says never."""
    table = timetable.from_cell if backward else timetable.to_cell
    cells = np.searchsorted(timetable.ride_cell_start, targets, side="right") - 1
    half, mask = np.uint8(shift), np.uint8(NEVER)
    first, *others = set(cells.tolist())
    rides: UInt8s = table.rides[first] >> half & mask
    for cell in others:
        np.minimum(rides, table.rides[cell] >> half & mask, out=rides)
    rides |= (rides == mask).view(np.uint8) * np.uint8(255 - NEVER)
    return rides
