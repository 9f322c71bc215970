"""
Searches: who wants to go from where to where, in arrays, and the journeys that come back.

This is the only caller of the kernels. Working arrays are kept and reused, one set a thread.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.config import Switches
from routing.errors import SearchLimit
from routing.model import TransferSettings
from routing.raptor import kernels
from routing.raptor.arrays import ALWAYS, Bounds, Ends, Labels, Rides, Walks
from routing.raptor.bounds_of import NO_CELLS, target_bounds
from routing.raptor.layered import More, search_layers
from routing.raptor.vias import ViaNodes, layer_bounds, via_columns
from routing.timetable.view import View

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
    filter_columns: Callable[[], tuple[UInt8s, UInt8s]] | None = None
    """
    Says which sections may be ridden, and at which nodes one may board and leave; with the key,
    and asked only where a view has not met the filter yet.
    """
    vias: tuple[ViaNodes, ...] = ()


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

    labels: dict[type, Labels] = field(default_factory=dict)
    events: Int64s = field(default_factory=lambda: np.empty(MOST_EVENTS, np.int64))
    out: Int64s = field(default_factory=lambda: np.empty((MOST_RESULTS + 1, 5), np.int64))
    more: More = field(default_factory=lambda: More(np.zeros(0, np.uint8), np.zeros(0, np.int32)))
    legs: Int32s = field(default_factory=lambda: np.empty((MOST_RESULTS, 10, 4), np.int32))

    def legs_for(self, width: int) -> Int32s:
        """Return room for the rides of every result."""
        if self.legs.shape[1] < width + 1:
            self.legs = np.empty((MOST_RESULTS, width + 1, 4), np.int32)
        return self.legs

    def more_for(self, size: int) -> More:
        """Return what layered labels need beyond the others."""
        if len(self.more.alight_event) < size:
            self.more = More(np.zeros(size, np.uint8), np.zeros(size, np.int32))
        return self.more

    def labels_for(self, rides: Rides, nodes: int, width: int) -> Labels:
        """Return labels with room for `width` rounds and the best of all."""
        kind = rides.arrival.dtype.type
        size = nodes * (width + 1)
        labels = self.labels.get(kind)
        if labels is None or len(labels.raw) < size or len(labels.first) < len(rides.rows):
            times: Any = kind
            size = max(size, len(labels.raw) if labels is not None else 0)
            spots = max(nodes, len(labels.flag) if labels is not None else 0)
            patterns = len(rides.rows)
            labels = Labels(
                np.zeros(size, times),
                np.zeros(size, times),
                np.zeros(size, np.int32),
                np.zeros(size, np.int32),
                np.full(patterns, -1, np.int32),
                np.zeros(patterns, np.int32),
                np.zeros(spots, np.int32),
                np.zeros(spots, np.int32),
                np.zeros(spots, np.uint8),
            )
            self.labels[kind] = labels
        else:
            # A search puts both back as it found them; a few microseconds make sure of it.
            labels.first.fill(-1)
            labels.flag.fill(0)
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


@dataclass(frozen=True, slots=True)
class _Laid:
    """A query in the columns of the kernels, in its own direction of time."""

    rides: Rides
    walks: Walks
    bounds: Bounds
    starts: Ends
    ends: Ends
    time_s: int


def _lay(view: View, query: Query, switches: Switches) -> _Laid:
    top_s = view.top * view.unit
    if query.backward:
        starts = mirrored_ends(query.targets, top_s, view.unit)
        ends = mirrored_ends(query.origins, top_s, view.unit)
        time_s = top_s - query.time_s
    else:
        starts, ends, time_s = ends_of(query.origins), ends_of(query.targets), query.time_s
    bounds = target_bounds(
        view.timetable,
        ends,
        backward=query.backward,
        factor=query.transfer.factor,
        detours=switches.detours,
    )
    return _Laid(
        rides_of(view, query, backward=query.backward),
        view.walks(query.transfer, backward=query.backward),
        _with_faster(view, bounds, query),
        starts,
        ends,
        time_s,
    )


def find_journeys(view: View, query: Query, switches: Switches) -> list[Journey]:
    """
    Return the complete Pareto set of departure, arrival and rides, unordered.

    At most `MOST_RESULTS`, the latest departures first (with arrive-by the earliest arrivals).
    """
    if not query.origins or not query.targets or not all(via.nodes for via in query.vias):
        return []
    space = workspace()
    laid = _lay(view, query, switches)
    if query.window_s > 0:
        count = kernels.departure_events(
            laid.rides, laid.starts, view.unit, laid.time_s, laid.time_s + query.window_s - 1,
            space.events,
        )  # fmt: skip
        if count < 0:
            raise SearchLimit("The window holds too many departures.", departures=MOST_EVENTS)
    else:
        space.events[0] = laid.time_s
        count = 1
    if query.vias:
        results = _run_layers(view, query, switches, laid, count)
    else:
        results = _run(view, query, switches, laid, count)
    legs = space.legs_for(query.most_rides + 1)
    return [
        _journey(laid.rides, query, space.out[row].tolist(), legs[row], view.top * view.unit)
        for row in range(results)
    ]


def _run(view: View, query: Query, switches: Switches, laid: _Laid, count: int) -> int:
    space = workspace()
    width = query.most_rides + 1
    best = np.full(width, NEVER_S, np.int64)
    caps = np.array([query.most_rides], np.int64)
    if count == 1 and switches.guess and switches.bounds:
        fewest = int(laid.bounds.rides[laid.starts.node].min())
        caps = np.array(
            [cap for cap in (fewest, fewest + 1) if 0 < cap < query.most_rides]
            + [query.most_rides],
            np.int64,
        )
    return kernels.search(
        laid.rides, laid.walks, laid.bounds, laid.starts, laid.ends, space.events, count, caps,
        view.unit, 60 // view.unit, query.most_s, best, _bits(switches),
        space.labels_for(laid.rides, view.timetable.node_count, width), space.out,
        space.legs_for(width),
    )  # fmt: skip


def _run_layers(view: View, query: Query, switches: Switches, laid: _Laid, count: int) -> int:
    space = workspace()
    nodes = view.timetable.node_count
    layers = len(query.vias) + 1
    width = query.most_rides + 1
    bounds = layer_bounds(
        view.timetable, query.vias, laid.ends, laid.bounds,
        backward=query.backward, factor=query.transfer.factor,
    )  # fmt: skip
    if len(view.faster.start) > 1:
        # The ways between vias may be faster today: keep to what holds for the target.
        bounds = laid.bounds._replace(
            time=np.tile(laid.bounds.time, layers), rides=np.tile(laid.bounds.rides, layers)
        )
    best = np.full(width, NEVER_S, np.int64)
    ends = frozenset(laid.ends.node.tolist())
    if any(via.stay_s and via.nodes & ends for via in query.vias):
        # After a stay at the target itself one arrives when no vehicle does.
        switches = replace(switches, target_events=False)
    return search_layers(
        laid.rides, laid.walks, bounds,
        via_columns(query.vias, nodes, view.unit, backward=query.backward),
        laid.starts, laid.ends, space.events, count, view.unit, 60 // view.unit,
        query.most_rides, query.most_s, best, _bits(switches),
        space.labels_for(laid.rides, nodes * layers, width), space.more_for(nodes * layers * width),
        space.out, space.legs_for(width),
    )  # fmt: skip


def _bits(switches: Switches) -> int:
    return int(switches.bounds) | int(switches.target_events) << 1 | int(switches.closed_walks) << 2


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
        bounds = bounds._replace(
            time=np.maximum(bounds.time, slack) - np.uint16(slack), cells=NO_CELLS
        )
    if rides > 0:
        need = -(-bounds.rides.astype(np.int32) // (1 + rides))
        bounds = bounds._replace(rides=need.astype(np.uint8), cells=NO_CELLS)
    return bounds


def rides_of(view: View, query: Query, *, backward: bool) -> Rides:
    """Return the rides that the query's filter leaves."""
    return view.filtered(
        backward=backward,
        key=query.filter_key,
        allowed=query.filter_columns or (lambda: _everything(view)),
    )


def _everything(view: View) -> tuple[UInt8s, UInt8s]:
    return (
        np.ones(len(view.sections.route), np.uint8),
        np.ones(view.timetable.node_count, np.uint8),
    )


def _journey(rides: Rides, query: Query, result: list[int], legs: Int32s, top_s: int) -> Journey:
    """Return a result of the kernel in the forward direction of time."""
    departure, arrival, count, target, origin = result
    if not query.backward:
        found = tuple(Ride(*leg) for leg in legs[:count][::-1].tolist())
        return Journey(departure, arrival, found, origin, target)
    mirrored: list[Ride] = []
    for pattern, row, board, alight in legs[:count].tolist():
        last = int(rides.pattern_start[pattern + 1] - rides.pattern_start[pattern]) - 1
        mirrored.append(
            Ride(pattern, int(rides.rows[pattern]) - 1 - row, last - alight, last - board)
        )
    return Journey(top_s - arrival, top_s - departure, tuple(mirrored), target, origin)
