"""From labels back to rides: what a search hands out. Rules of kernels: see `rounds.py`."""

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.kernel.arrays import MAY_ALIGHT, Labels, Rides
from routing.kernel.jit import kernel
from routing.raptor.goal import Best, Side


@kernel
def ride_from(rides: Rides, event: int, node: int, at: int) -> tuple[int, int, int, int]:
    """
    Return the ride (pattern, row, board, alight) of who boarded a vehicle at an event.

    It left them at a node at a time; where the node is -1 they still sit in it, and alight is -1.
    """
    pattern = np.searchsorted(rides.event_start, event, side="right") - 1
    start = np.int64(rides.pattern_start[pattern])
    wide = np.int64(rides.pattern_start[pattern + 1]) - start
    row = (event - rides.event_start[pattern]) // wide
    board_at = (event - rides.event_start[pattern]) % wide
    alight = np.int64(-1)
    if node >= 0:
        alight = board_at + 1
        while (
            rides.node[start + alight] != node
            or rides.arrival[event - board_at + alight] != at
            or rides.flags[start + alight] & MAY_ALIGHT == 0
        ):
            alight += 1
    return pattern, row, board_at, alight


@kernel
def unroll(rides: Rides, labels: Labels, node: int, ride: int, ranged: bool, out: Int32s) -> int:
    """
    Write the rides of the label (node, ride), last first: pattern, row, board, alight.

    With `ranged`, a row of labels holds the best with at most so many rides, else only what was
    reached in that round. Returns how many rides; `out[count, 0]` then holds the row of the
    origin.
    """
    nodes = np.int64(rides.board_start.size - 1)
    count = 0
    at = np.int64(node)
    k = np.int64(ride)
    while True:
        value = labels.raw[k * nodes + at]
        while ranged and k > 1 and labels.raw[(k - 1) * nodes + at] == value:
            k -= 1
        event = np.int64(labels.raw_event[k * nodes + at])
        pattern, row, board_at, alight = ride_from(rides, event, at, np.int64(value))
        out[count, 0] = pattern
        out[count, 1] = row
        out[count, 2] = board_at
        out[count, 3] = alight
        count += 1
        at = np.int64(rides.node[rides.pattern_start[pattern] + board_at])
        k -= 1
        ready = labels.ready[k * nodes + at]
        while ranged and k > 0 and labels.ready[(k - 1) * nodes + at] == ready:
            k -= 1
        came = np.int64(labels.ready_from[k * nodes + at])
        if came <= -2:
            out[count, 0] = np.int32(-2 - came)
            return count
        at = came


@kernel
def write_results(
    side: Side, best: Best, start_s: int, beats_s: int, most_rides: int, ranged: bool, count: int,
    out: Int64s, legs: Int32s,
) -> int:  # fmt: skip
    """
    Write what this departure has found that ends before `beats_s`; return how many results.

    Each is a row of `out` (departure, end, rides, row of the ends, row of the starts); its rides
    lie in `legs[row]`, last first.
    """
    for k in range(1, most_rides + 1):
        if not 0 <= best.found_s[k] < beats_s or best.found_s[k] != best.end_s[k]:
            continue
        beats_s = best.found_s[k]
        if count < legs.shape[0]:
            n = unroll(side.rides, side.labels, best.node[k], k, ranged, legs[count])
            out[count, 0] = start_s
            out[count, 1] = beats_s
            out[count, 2] = n
            out[count, 3] = best.end[k]
            out[count, 4] = legs[count, n, 0]
            count += 1
    return count
