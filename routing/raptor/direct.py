"""Every ride without a change, also those that a later vehicle overtakes."""

import numpy as np

from maas.core.columns import Int64s
from routing.kernel.arrays import MUST_LEAVE, Rides
from routing.raptor.search import End, Journey, Query, Ride, rides_of
from routing.timetable.view import View


def direct_rides(view: View, query: Query) -> list[Journey]:
    """
    Return the journeys of one ride that begin (or with `backward` end) in the window.

    For an instant, of each pattern the first vehicle after it (or the last before it). Vias are
    not looked at.
    """
    rides = rides_of(view, query, backward=False)
    origins = {end.node: row for row, end in enumerate(query.origins)}
    targets = {end.node: row for row, end in enumerate(query.targets)}
    boards = _positions(rides.board_start, rides.board_pattern, rides.board_position, origins)
    leaves = _positions(rides.alight_start, rides.alight_pattern, rides.alight_position, targets)
    found: list[Journey] = []
    for pattern in sorted(boards.keys() & leaves.keys()):
        base = int(rides.pattern_start[pattern])
        pairs = [
            (board, alight)
            for board in boards[pattern]
            for alight in leaves[pattern]
            if board < alight and not (rides.flags[base + board : base + alight] & MUST_LEAVE).any()
        ]
        if not pairs:
            continue
        board, alight = max(pairs, key=lambda pair: (pair[0], -pair[1]))
        origin = origins[int(rides.node[base + board])]
        target = targets[int(rides.node[base + alight])]
        start, end = query.origins[origin], query.targets[target]
        departure, arrival = _times(rides, view.unit, pattern, board, alight)
        found.extend(
            Journey(
                int(departure[row]) - start.offset_s,
                int(arrival[row]) + end.offset_s,
                (Ride(pattern, row, board, alight),),
                origin,
                target,
            )
            for row in _inside(query, departure, arrival, start, end).tolist()
        )
    return found


def _positions(
    start: "np.ndarray[tuple[int], np.dtype[np.int32]]",
    pattern: "np.ndarray[tuple[int], np.dtype[np.int32]]",
    position: "np.ndarray[tuple[int], np.dtype[np.int32]]",
    nodes: dict[int, int],
) -> dict[int, list[int]]:
    """Return the positions of each pattern at some nodes."""
    found: dict[int, list[int]] = {}
    for node in nodes:
        rows = slice(int(start[node]), int(start[node + 1]))
        for one, at in zip(pattern[rows].tolist(), position[rows].tolist(), strict=True):
            found.setdefault(one, []).append(at)
    return found


def _times(rides: Rides, unit: int, pattern: int, board: int, alight: int) -> tuple[Int64s, Int64s]:
    """Return when the vehicles of a pattern leave one position and come to another, in seconds."""
    count = int(rides.rows[pattern])
    width = int(rides.pattern_start[pattern + 1] - rides.pattern_start[pattern])
    begin = int(rides.event_start[pattern])
    departure = rides.departure[begin + board * count : begin + (board + 1) * count]
    arrival = rides.arrival[begin + alight : begin + count * width : width]
    return departure.astype(np.int64) * unit, arrival.astype(np.int64) * unit


def _inside(query: Query, departure: Int64s, arrival: Int64s, start: End, end: End) -> Int64s:
    """Return the rows of vehicles that the query's time and the windows of its ends allow."""
    sets_out, comes = departure - start.offset_s, np.maximum(arrival, end.from_s) + end.offset_s
    fits = (
        (departure > 0)
        & (sets_out >= start.from_s)
        & (sets_out < start.until_s)
        & (arrival < end.until_s)
        & (comes - sets_out <= query.most_s)
    )
    if query.backward:
        rows = np.flatnonzero(fits & (comes <= query.time_s))
        if query.window_s == 0:
            return rows[-1:]
        return rows[comes[rows] > query.time_s - query.window_s]
    rows = np.flatnonzero(fits & (sets_out >= query.time_s))
    if query.window_s == 0:
        return rows[:1]
    return rows[sets_out[rows] < query.time_s + query.window_s]
