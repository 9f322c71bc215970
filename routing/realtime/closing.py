"""A view in which stops are closed for a time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np

from maas.core.columns import UInt8s
from routing.kernel.arrays import MAY_ALIGHT, MAY_BOARD
from routing.realtime.closures import Closure
from routing.realtime.patch import Patch
from routing.realtime.vehicle import Vehicle, Vehicles
from routing.timetable.view import View


def with_closures(view: View, closures: Iterable[Closure]) -> View:
    """Return the view in which nobody boards or leaves at closed stops while they are closed."""
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    nodes = view.timetable.nodes
    for stop, begin, end in closures:
        for node in nodes.of_stop[nodes.of_stop_start[stop] : nodes.of_stop_start[stop + 1]]:
            spans[int(node)].append((begin - view.origin_s, end - view.origin_s))
    return _closed(view, spans) if spans else view


def _closed(base: View, spans: Mapping[int, list[tuple[int, int]]]) -> View:
    """Return the view with nodes closed between instants of the axis, in seconds."""
    patch, vehicles = Patch(base), Vehicles(base)
    today = base.faster
    for begin, end in pairwise(today.start.tolist()):
        calls = slice(begin, end)
        times = (today.arrival[calls] * base.unit, today.departure[calls] * base.unit)
        vehicles.faster.append((today.node[calls], *times))
    patch.live.update(base.live_rows())
    flags: dict[int, dict[int, UInt8s]] = defaultdict(dict)
    at = np.flatnonzero(np.isin(base.shape.node, list(spans)))
    for place in at.tolist():
        pattern = int(np.searchsorted(base.shape.start, place, side="right")) - 1
        _close_call(base, place, pattern, spans[int(base.shape.node[place])], flags[pattern])
    moved: list[list[Vehicle]] = []
    for pattern, rows in flags.items():
        alike: dict[bytes, list[Vehicle]] = defaultdict(list)
        for row in sorted(rows):
            alike[rows[row].tobytes()].append(_as_planned(base, pattern, row, rows[row]))
            patch.live.pop(row, None)
        # Vehicles of a pattern are in order, and so are some of them.
        moved.extend(alike.values())
        if rows:
            patch.lay_pattern(pattern, {}, set(rows))
    return patch.view(moved, vehicles, {})


def _close_call(
    base: View,
    place: int,
    pattern: int,
    spans: list[tuple[int, int]],
    flags: dict[int, UInt8s],
) -> None:
    """Take boarding and leaving from the vehicles that are there while a call is closed."""
    calls = slice(int(base.shape.start[pattern]), int(base.shape.start[pattern + 1]))
    position, width = place - calls.start, calls.stop - calls.start
    count, begin = int(base.rides.rows[pattern]), int(base.rides.event_start[pattern])
    comes = base.rides.arrival[begin + position : begin + count * width : width]
    leaves = base.rides.departure[begin + position * count : begin + (position + 1) * count]
    for times, bit in ((comes, MAY_ALIGHT), (leaves, MAY_BOARD)):
        if not base.shape.flags[place] & bit:
            continue
        seconds = times.astype(np.int64) * base.unit
        inside = np.zeros(count, bool)
        for first, last in spans:
            inside |= (seconds >= first) & (seconds < last)
        for number in np.flatnonzero(inside).tolist():
            row = int(base.rows.start[pattern]) + number
            own = flags.setdefault(row, base.shape.flags[calls].copy())
            own[position] &= ~np.uint8(bit)


def _as_planned(base: View, pattern: int, row: int, flags: UInt8s) -> Vehicle:
    """Return a vehicle of the view as it runs, with other flags."""
    calls = slice(int(base.shape.start[pattern]), int(base.shape.start[pattern + 1]))
    width, begin = calls.stop - calls.start, int(base.rides.event_start[pattern])
    count, number = int(base.rides.rows[pattern]), row - int(base.rows.start[pattern])
    arrival = base.rides.arrival[begin + number * width : begin + (number + 1) * width]
    departure = base.rides.departure[begin + number : begin + count * width : count]
    return Vehicle(
        base.shape.node[calls],
        flags,
        base.shape.section[calls],
        arrival.astype(np.int64) * base.unit,
        departure.astype(np.int64) * base.unit,
        base.live_calls(row),
        int(base.rows.run[row]),
        int(base.rows.day[row]),
    )
