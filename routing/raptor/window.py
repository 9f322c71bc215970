"""
The search for a window of departures: range RAPTOR, the latest departure first.

Labels are kept from departure to departure: an earlier one matters only where it arrives earlier
than all later ones.
"""

import numpy as np

from maas.core.columns import Int32s, Int64s
from routing.raptor.arrays import FAR, Ends, Rides
from routing.raptor.jit import kernel
from routing.raptor.rounds import (
    Best,
    Goal,
    Side,
    last_end_before,
    mark_ends,
    nearest_s,
    one_round,
    seed,
    unmark,
    unmark_ends,
    write_results,
)

EVENTS, TAILS = 1, 2
"""Bits of `switches`."""


@kernel
def departure_events(
    rides: Rides, origins: Ends, unit: int, first_s: int, last_s: int, out: Int64s
) -> int:
    """
    Write when travellers leave an origin to catch something in [first, last]; latest first.

    Returns how many, -1 where they do not fit.
    """
    count = 0
    for x in range(origins.node.size):
        node = origins.node[x]
        offset = np.int64(origins.offset_s[x])
        for e in range(rides.board_start[node], rides.board_start[node + 1]):
            pattern = rides.board_pattern[e]
            rows = np.int64(rides.rows[pattern])
            base = rides.event_start[pattern] + rides.board_position[e] * rows
            for row in range(rows):
                leaves = np.int64(rides.departure[base + row]) * unit - offset
                if leaves >= origins.until_s[x]:
                    leaves = (origins.until_s[x] - 1) // unit * unit
                if first_s <= leaves <= last_s and leaves >= origins.from_s[x]:
                    if count == out.size:
                        return -1
                    out[count] = leaves
                    count += 1
    if count == 0:
        return 0
    out[:count].sort()
    kept = 1
    for x in range(1, count):
        if out[x] != out[kept - 1]:
            out[kept] = out[x]
            kept += 1
    for x in range(kept // 2):
        out[x], out[kept - 1 - x] = out[kept - 1 - x], out[x]
    return kept


@kernel
def search_window(
    side: Side, events: Int64s, event_count: int, unit: int, minute: int, most_s: int,
    best_s: Int64s, switches: int, out: Int64s, legs: Int32s,
) -> int:  # fmt: skip
    """
    Find the complete Pareto set of (departure, end, rides) for the departures in `events`.

    Row k of the labels holds the best with at most k rides over all departures so far.
    Arguments and results are those of `instant.search_instant`.
    """
    nodes = np.int64(side.rides.board_start.size - 1)
    width = np.int64(best_s.size)
    most_rides = width - 1
    infinity = 65535 if side.labels.raw.itemsize == 2 else FAR
    use_events = switches & EVENTS != 0
    side.labels.raw[: width * nodes] = infinity
    side.labels.ready[: width * nodes] = infinity
    nearest = nearest_s(side.ends)
    limit = np.empty(width, np.int64)
    for k in range(width):
        last_s = last_end_before(side.rides, side.ends, unit, use_events, best_s[k])
        limit[k] = (last_s - nearest) // unit
    best = Best(
        best_s, np.empty(width, np.int64), np.empty(width, np.int64), np.empty(width, np.int64)
    )
    none = side.labels.raw[:0]
    goal = Goal(
        minute, most_rides, limit, np.array([FAR, 0], np.int64), none, none, 0,
        0 if switches & TAILS != 0 else FAR,
    )  # fmt: skip
    mark_ends(side)
    results = 0
    for turn in range(event_count):
        start_s = events[turn]
        until_s = start_s + most_s
        for k in range(width):
            limit[k] = min(limit[k], (until_s - nearest) // unit)
        best.found_s[:] = -1
        count = seed(side, start_s, unit, 0, width)
        ride = np.int64(0)
        while count > 0 and ride < most_rides:
            ride += 1
            count = one_round(
                side, goal, best, unit, until_s, use_events, count, ride, ride * nodes,
                width - ride,
            )  # fmt: skip
        unmark(side.labels, count)
        results = write_results(
            side, best, start_s, np.int64(1) << 60, most_rides, True, results, out, legs
        )
    unmark_ends(side)
    return results
