"""The bounds that a query uses: of several targets the least."""

import numpy as np

from maas.core.columns import Int64s, UInt8s
from routing.raptor.arrays import Bounds, Ends
from routing.timetable.model import TargetBounds, Timetable
from routing.timetable.rows import owned


def target_bounds(timetable: Timetable, targets: Ends, *, backward: bool, factor: float) -> Bounds:
    """
    Return the bounds towards several targets: for every node the least over their cells.

    `factor` is by how much walks are shorter than the bounds assumed, where it is less than 1.
    """
    table, cells = _cells(timetable, targets, backward=backward)
    first, *others = set(cells.tolist())
    # Mostly all targets lie in one cell; its row serves as it is.
    minutes, rides = owned(table.minutes[first]), owned(table.rides[first])
    if others:
        nearest = int(targets.offset_s.min())
        minutes, rides = np.full_like(minutes, 65_535), rides.copy()
        for cell in (first, *others):
            more = (int(targets.offset_s[cells == cell].min()) - nearest) // 60
            line = table.minutes[cell]
            if more:
                line = line + np.uint16(min(more, 500))
            np.minimum(minutes, line, out=minutes)
            np.minimum(rides, table.rides[cell], out=rides)
    if factor < 1.0:
        minutes = (minutes * factor).astype(np.uint16)
    return Bounds(minutes, rides)


def onward_rides(timetable: Timetable, targets: Ends, *, backward: bool) -> UInt8s:
    """Return the rides of those who board at each node, to the nearest of several targets."""
    table, cells = _cells(timetable, targets, backward=backward)
    first, *others = set(cells.tolist())
    onward: UInt8s = owned(table.onward[first])
    if others:
        onward = onward.copy()
        for cell in others:
            np.minimum(onward, table.onward[cell], out=onward)
    return onward


def _cells(timetable: Timetable, targets: Ends, *, backward: bool) -> tuple[TargetBounds, Int64s]:
    """Return the bounds of a direction of time and the cell of each target."""
    table = timetable.from_cell if backward else timetable.to_cell
    return table, np.searchsorted(timetable.cell_start, targets.node, side="right") - 1
