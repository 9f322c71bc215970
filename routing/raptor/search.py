"""
Searches: who wants to go from where to where, in arrays, and the journeys that come back.

This is the only caller of the kernels. Working arrays are kept and reused, one set a thread.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.config import Switches
from routing.model import TransferSettings
from routing.raptor import kernels
from routing.raptor.arrays import FAR, Bounds, Ends, Labels, Rides
from routing.timetable.model import TargetBounds, Timetable
from routing.timetable.view import View

ALWAYS = (-(1 << 50), 1 << 50)
USUAL = TransferSettings()
NEVER_S = 1 << 40
"""An end that nobody reaches, in seconds of the axis."""
MOST_RESULTS = 4096
MOST_EVENTS = 1 << 18


@dataclass(frozen=True, slots=True)
class End:
    """A node where a journey may start or end, `offset_s` away from the traveller's place."""

    node: int
    offset_s: int = 0
    from_s: int = ALWAYS[0]
    """The way between may be begun from this second of the axis …"""
    until_s: int = ALWAYS[1]
    """… and must be begun before this one."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search in axis seconds of one view."""

    origins: tuple[End, ...]
    targets: tuple[End, ...]
    time_s: int
    window_s: int = 0
    backward: bool = False
    most_rides: int = 8
    most_s: int = 86_400
    transfer: TransferSettings = USUAL
    filter_key: bytes = b""
    filter_columns: tuple[UInt8s, UInt8s] | None = None
    """Sections that may be ridden, and nodes where one may board and leave; with the key."""


@dataclass(frozen=True, slots=True)
class Ride:
    """One vehicle of the view between two positions of its pattern."""

    pattern: int
    row: int
    board: int
    alight: int


@dataclass(frozen=True, slots=True)
class Journey:
    """A Pareto-optimal way, in axis seconds of its view."""

    departure_s: int
    arrival_s: int
    rides: tuple[Ride, ...]
    origin: int
    """Row of the query's origins."""
    target: int
    """Row of the query's targets."""


@dataclass(slots=True)
class Workspace:
    """The working arrays of one thread."""

    labels: dict[tuple[type, int, int, int], Labels] = field(default_factory=dict)
    events: Int64s = field(default_factory=lambda: np.empty(MOST_EVENTS, np.int64))
    out: Int64s = field(default_factory=lambda: np.empty((MOST_RESULTS + 1, 6), np.int64))
    legs: Int32s = field(default_factory=lambda: np.empty((MOST_RESULTS, 10, 2), np.int32))

    def legs_for(self, width: int) -> Int32s:
        """Return room for the rides of every result."""
        if self.legs.shape[1] < width + 1:
            self.legs = np.empty((MOST_RESULTS, width + 1, 2), np.int32)
        return self.legs

    def labels_for(self, rides: Rides, nodes: int, width: int) -> Labels:
        """Return labels of this size; they are clean between two searches."""
        kind = rides.arrival.dtype.type
        patterns = len(rides.rows)
        key = (kind, nodes, width, patterns)
        labels = self.labels.get(key)
        if labels is None:
            infinity = 65535 if kind is np.uint16 else FAR
            times: Any = kind
            labels = Labels(
                np.full(nodes * width, infinity, times),
                np.full(nodes * width, infinity, times),
                np.zeros(nodes * width, np.int32),
                np.zeros(nodes * width, np.int32),
                np.zeros(nodes, np.int32),
                np.zeros(nodes, np.uint8),
                np.full(patterns, -1, np.int32),
                np.zeros(patterns, np.int32),
                np.zeros(nodes, np.int32),
                np.zeros(nodes, np.int32),
                np.zeros(nodes, np.uint8),
            )
            while len(self.labels) >= 8:
                self.labels.pop(next(iter(self.labels)))
            self.labels[key] = labels
        return labels


_threads = threading.local()


def workspace() -> Workspace:
    """Return the working arrays of the calling thread."""
    found: Workspace | None = getattr(_threads, "workspace", None)
    if found is None:
        found = Workspace()
        _threads.workspace = found
    return found


def ends_of(ends: Sequence[End]) -> Ends:
    """Return the ends as columns."""
    return Ends(
        np.array([e.node for e in ends], np.int32),
        np.array([e.offset_s for e in ends], np.int32),
        np.array([e.from_s for e in ends], np.int64),
        np.array([e.until_s for e in ends], np.int64),
    )


def mirrored_ends(ends: Sequence[End], top_s: int, unit: int) -> Ends:
    """
    Return the ends for time running backwards.

    A way begun at d in [from, until) is, backwards, begun at top − d − offset.
    """
    return Ends(
        np.array([e.node for e in ends], np.int32),
        np.array([e.offset_s for e in ends], np.int32),
        np.array([top_s - e.until_s + unit - e.offset_s for e in ends], np.int64),
        np.array([top_s - e.from_s - e.offset_s + unit for e in ends], np.int64),
    )


def target_bounds(timetable: Timetable, targets: Ends, *, backward: bool, factor: float) -> Bounds:
    """Return the bounds towards several targets: for every node the least over their cells."""
    table: TargetBounds = timetable.from_cell if backward else timetable.to_cell
    cells = np.searchsorted(timetable.cell_start, targets.node, side="right") - 1
    nearest = int(targets.offset_s.min())
    unique = np.unique(cells)
    minutes = rides = None
    for cell in unique.tolist():
        extra = (int(targets.offset_s[cells == cell].min()) - nearest) // 60
        line = table.minutes[cell]
        if extra:
            line = line + np.uint16(min(extra, 500))
        minutes = line if minutes is None else np.minimum(minutes, line)
        need = table.rides[cell]
        rides = need if rides is None else np.minimum(rides, need)
    assert minutes is not None
    assert rides is not None
    if factor < 1.0:
        # Walks may be shorter than the bounds assumed.
        minutes = (minutes * factor).astype(np.uint16)
    return Bounds(minutes, rides)


def find_journeys(view: View, query: Query, switches: Switches) -> list[Journey]:
    """Return the complete Pareto set of departure, arrival and rides, unordered."""
    if not query.origins or not query.targets:
        return []
    space = workspace()
    timetable = view.timetable
    unit = view.unit
    top_s = view.top * unit
    rides = rides_of(view, query, backward=query.backward)
    walks = view.walks(query.transfer, backward=query.backward)
    if query.backward:
        starts = mirrored_ends(query.targets, top_s, unit)
        ends = mirrored_ends(query.origins, top_s, unit)
        time_s = top_s - query.time_s
    else:
        starts, ends, time_s = ends_of(query.origins), ends_of(query.targets), query.time_s
    width = query.most_rides + 1
    bounds = target_bounds(timetable, ends, backward=query.backward, factor=query.transfer.factor)
    bounds = _with_faster(view, bounds, query)
    labels = space.labels_for(rides, timetable.node_count, width)
    if query.window_s > 0:
        count = kernels.departure_events(
            rides, starts, unit, time_s, time_s + query.window_s - 1, space.events
        )
        if count < 0:
            raise MemoryError("More departures in the window than a search may hold.")
    else:
        space.events[0] = time_s
        count = 1
    best = np.full(width, NEVER_S, np.int64)
    flags = int(switches.bounds) | int(switches.target_events) << 1
    legs = space.legs_for(width)
    results = kernels.search(
        rides, walks, bounds, starts, ends, space.events, count, unit, 60 // unit,
        query.most_rides, query.most_s, best, flags, labels, space.out, legs,
    )  # fmt: skip
    return [
        _journey(rides, query, space.out[row].tolist(), legs[row], top_s)
        for row in range(min(results, MOST_RESULTS))
    ]


def _with_faster(view: View, bounds: Bounds, query: Query) -> Bounds:
    """
    Return bounds that also hold for vehicles that today are faster than the timetable.

    Whoever rides one of them saves at most `time` over the bounds, and at most `rides` rides; a
    journey has at most `most_rides` of them.
    """
    faster = view.faster
    if len(faster.start) == 1:
        return bounds
    time, rides = kernels.saved_by_faster(
        faster.start, faster.node, faster.arrival, faster.departure, bounds.time, bounds.rides,
        60 // view.unit, query.backward,
    )  # fmt: skip
    if time > 0:
        slack = min(-(-time * view.unit // 60) * query.most_rides, 65_535)
        bounds = Bounds(np.maximum(bounds.time, slack) - np.uint16(slack), bounds.rides)
    if rides > 0:
        bounds = Bounds(
            bounds.time, (-(-bounds.rides.astype(np.int32) // (1 + rides))).astype(np.uint8)
        )
    return bounds


def rides_of(view: View, query: Query, *, backward: bool) -> Rides:
    """Return the rides that the query's filter leaves."""
    columns = query.filter_columns
    return view.filtered(
        backward=backward,
        key=query.filter_key,
        allowed=lambda: columns if columns is not None else _everything(view),
    )


def _everything(view: View) -> tuple[UInt8s, UInt8s]:
    return (
        np.ones(len(view.sections.route), np.uint8),
        np.ones(view.timetable.node_count, np.uint8),
    )


def _journey(rides: Rides, query: Query, result: list[int], legs: Int32s, top_s: int) -> Journey:
    """Return a result of the kernel in the forward direction of time."""
    departure, arrival, count, target, origin, _ = result
    found: list[Ride] = []
    for event, node in legs[:count].tolist():
        pattern = int(np.searchsorted(rides.event_start, event, side="right")) - 1
        base = int(rides.pattern_start[pattern])
        wide = int(rides.pattern_start[pattern + 1]) - base
        row, board = divmod(event - int(rides.event_start[pattern]), wide)
        alight = _alight(rides, base, wide, board, node)
        if query.backward:
            row = int(rides.rows[pattern]) - 1 - row
            board, alight = wide - 1 - alight, wide - 1 - board
        found.append(Ride(pattern, row, board, alight))
    if query.backward:
        return Journey(top_s - arrival, top_s - departure, tuple(found), target, origin)
    found.reverse()
    return Journey(departure, arrival, tuple(found), origin, target)


def _alight(rides: Rides, base: int, wide: int, board: int, node: int) -> int:
    """Return the position after `board` at which the vehicle first comes to `node`."""
    positions = np.flatnonzero(rides.node[base + board + 1 : base + wide] == node)
    return board + 1 + int(positions[0])
