"""The bounds that a query uses: of several targets the least."""

import numpy as np

from routing.raptor.arrays import Bounds, Ends
from routing.timetable.model import TargetBounds, Timetable


def target_bounds(timetable: Timetable, targets: Ends, *, backward: bool, factor: float) -> Bounds:
    """
    Return the bounds towards several targets: for every node the least over their cells.

    `factor` is by how much walks are shorter than the bounds assumed, where it is less than 1.
    """
    table: TargetBounds = timetable.from_cell if backward else timetable.to_cell
    cells = np.searchsorted(timetable.cell_start, targets.node, side="right") - 1
    nearest = int(targets.offset_s.min())
    minutes = rides = None
    for cell in np.unique(cells).tolist():
        more = (int(targets.offset_s[cells == cell].min()) - nearest) // 60
        line = table.minutes[cell]
        if more:
            line = line + np.uint16(min(more, 500))
        minutes = line if minutes is None else np.minimum(minutes, line)
        need = table.rides[cell]
        rides = need if rides is None else np.minimum(rides, need)
    assert minutes is not None
    assert rides is not None
    if factor < 1.0:
        minutes = (minutes * factor).astype(np.uint16)
    return Bounds(minutes, rides)
