"""What vehicles that today are faster than the timetable do to the bounds."""

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.kernel.arrays import UInt16s
from routing.kernel.jit import kernel
from routing.timetable.view import View


@kernel
def _saved(
    start: Int64s,
    node: Int32s,
    arrival: Int64s,
    departure: Int64s,
    time: UInt16s,
    rides: UInt8s,
    onward: UInt8s,
    bound_unit: int,
    backward: bool,
) -> tuple[int, int]:
    """Return by how much one of these vehicles beats the bounds: units, and rides beyond one."""
    most_time, most_rides = np.int64(0), np.int64(0)
    for vehicle in range(start.size - 1):
        low_time, low_rides = np.int64(-1) << 40, np.int64(-1) << 40
        for i in range(start[vehicle], start[vehicle + 1]):
            need = np.int64(time[node[i]]) * bound_unit
            leaves, boards = np.int64(rides[node[i]]), np.int64(onward[node[i]])
            # Along the vehicle the bound may fall (backward: rise) no faster than time passes.
            sign = -1 if backward else 1
            if i > start[vehicle]:
                most_time = max(most_time, low_time - (sign * need + arrival[i]))
                most_rides = max(most_rides, low_rides + (boards if backward else -leaves) - 1)
            low_time = max(low_time, sign * need + departure[i])
            low_rides = max(low_rides, -leaves if backward else boards)
    return most_time, most_rides


def with_faster(
    view: View, time: UInt16s, need: UInt8s, onward: UInt8s, most_rides: int, *, backward: bool
) -> tuple[UInt16s, UInt8s, UInt8s, int]:
    """
    Return bounds that also hold for vehicles that today are faster than the timetable.

    Whoever rides one of them saves at most some time over the bounds, and some rides; a journey
    has at most `most_rides` of them. The last value is by how many minutes the bounds were
    lowered.
    """
    faster = view.faster
    if len(faster.start) == 1:
        return time, need, onward, 0
    units, rides = _saved(
        faster.start, faster.node, faster.arrival, faster.departure, time, need, onward,
        60 // view.unit, backward,
    )  # fmt: skip
    slack = 0
    if units > 0:
        slack = min(-(-units * view.unit // 60) * most_rides, 65_535)
        time = np.maximum(time, slack) - np.uint16(slack)
    if rides > 0:
        need, onward = (
            (-(-hops.astype(np.int32) // (1 + rides))).astype(np.uint8) for hops in (need, onward)
        )
    return time, need, onward, slack
