"""
Those who have met a stop on the way, and since when that is of use.

What comes to a via is of use where it is earlier than what came with as few rides; who stays
inside must pass before one who came with a ride less could board there.
"""

from typing import NamedTuple

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.kernel.arrays import FAR
from routing.kernel.jit import kernel


class Met(NamedTuple):
    """
    Those who have met a via: a slot for every place and number of rides, the earliest each.

    Places are the nodes of the via, for who left a vehicle there; again its nodes, for who came
    on foot; and the positions where vehicles pass, for who sits inside. Those who start are at
    the origins on foot.
    """

    node: Int32s
    behind: Int64s
    """[y, x]: how much later one may leave a vehicle at x than another at y, and be first."""
    change: Int64s
    """[y, x]: from leaving a vehicle at y to boarding one at x."""
    stay: int
    """In units of the view; included in `at`."""
    pattern: Int32s
    """Patterns that pass, if riding through is enough, and where."""
    position: Int32s
    boards: bool
    """Whether all of these may also be boarded there."""
    at: Int64s
    """Per slot, `place * width + rides`: when one may go on; `FAR` where nobody is."""
    event: Int64s
    """Per slot: the vehicle one sits in, where it passes."""
    legs: Int32s
    """Per slot the rides from the origin on: (pattern, row, board, alight)."""
    origin: Int32s
    """Per slot: the row of the origin."""


@kernel
def copy_legs(seeds: Met, slot: int, out: Int32s, count: int) -> int:
    """Write the first rides of a slot; return the origin's row."""
    for k in range(count):
        for column in range(4):
            out[k, column] = seeds.legs[slot, k, column]
    return np.int64(seeds.origin[slot])


@kernel
def sits_in(seeds: Met, event: int, ride: int) -> int:
    """Return the slot of who sits in that vehicle where it passes the via before, or -1."""
    width = np.int64(seeds.legs.shape[1])
    for place in range(2 * seeds.node.size, 2 * seeds.node.size + seeds.pattern.size):
        slot = place * width + ride
        if seeds.at[slot] < FAR and seeds.event[slot] == event:
            return slot
    return np.int64(-1)


@kernel
def earlier(met: Met, place: int, ride: int, at: int) -> int:
    """Return the slot if nobody was at the place by `at` with as few rides, else -1."""
    width = np.int64(met.legs.shape[1])
    slot = place * width + ride
    for k in range(slot - ride, slot + 1):
        if met.at[k] <= at:
            return np.int64(-1)
    met.at[slot] = at
    for k in range(slot + 1, slot - ride + width):
        if met.at[k] >= at:
            met.at[k] = FAR
    return slot


@kernel
def ready_at(met: Met, x: int, ride: int) -> int:
    """Return when those who met the via with at most so many rides can board at its node x."""
    width, nodes = np.int64(met.legs.shape[1]), np.int64(met.node.size)
    least = np.int64(FAR)
    for k in range(ride + 1):
        least = min(least, met.at[(nodes + x) * width + k])
        for y in range(nodes):
            least = min(least, met.at[y * width + k] + met.change[y * nodes + x])
    return least


@kernel
def limits_of(met: Met, limit: Int64s, settled: int, until: int) -> int:
    """Set until when one must be at the via for that to be of use; return the latest of all."""
    width, nodes = np.int64(met.legs.shape[1]), np.int64(met.node.size)
    latest = np.int64(0)
    for k in range(settled + 1, width):
        most = np.int64(0)
        for x in range(nodes):
            left = np.int64(FAR)
            for y in range(nodes):
                for slot in range(y * width, y * width + k + 1):
                    left = min(left, met.at[slot] + met.behind[y * nodes + x])
            ready = np.int64(FAR)
            if met.boards:
                ready = ready_at(met, x, k - (met.pattern.size > 0))
            most = max(most, max(left, ready) - met.stay - 1)
        limit[k] = min(most, until)
        latest = max(latest, limit[k])
    limit[: settled + 1] = limit[settled + 1]
    return latest


@kernel
def starts_of(seeds: Met) -> Int64s:
    """Return of k: the earliest of those who set out after k rides."""
    width = np.int64(seeds.legs.shape[1])
    earliest = np.full(width, np.int64(FAR), np.int64)
    for slot in range(seeds.at.size):
        k = slot % width
        earliest[k] = min(earliest[k], seeds.at[slot])
    return earliest


@kernel
def fewest_rides(seeds: Met, earliest: Int64s) -> int:
    """Return how many rides those had at least who set out, not counting one they still sit in."""
    for k in range(earliest.size):
        if earliest[k] < FAR:
            return k - np.int64(seeds.pattern.size > 0 and k > 0)
    return np.int64(FAR)
