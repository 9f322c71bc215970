"""
Searches: who wants to go from where to where, in arrays, and the journeys that come back.

This is the only caller of the searches.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.config import Switches
from routing.errors import SearchLimit
from routing.kernel.arrays import ALWAYS, FAR, NEVER_S, Bounds, Ends, Rides
from routing.kernel.jit import straight
from routing.model import TransferSettings
from routing.raptor.bounds_of import minutes_left, rides_left, target_bounds
from routing.raptor.faster import with_faster
from routing.raptor.goal import EVENTS, MEET, ROUNDS, TAILS, Side
from routing.raptor.instant import Terms, search_instant
from routing.raptor.layered import Aim, Course, search_layers
from routing.raptor.polish import end_of_same_lines
from routing.raptor.stages import Road, search_stage
from routing.raptor.turned import search_forth_and_back
from routing.raptor.vias import ViaNodes, around, layer_bounds, met_nobody, origins_met, via_columns
from routing.raptor.window import departure_events, search_window
from routing.raptor.workspace import MOST_EVENTS, workspace
from routing.timetable.view import View

USUAL = TransferSettings()
_search_instant, _search_window = straight(search_instant), straight(search_window)
_search_forth_and_back, _end_of_same_lines = (
    straight(search_forth_and_back),
    straight(end_of_same_lines),
)


class End(NamedTuple):
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


class Ride(NamedTuple):
    """One vehicle of the view between two positions of its pattern."""

    pattern: int
    row: int
    board: int
    alight: int


class Journey(NamedTuple):
    """A Pareto-optimal way, in axis seconds of its view."""

    departure_s: int
    arrival_s: int
    rides: tuple[Ride, ...]
    origin: int
    """Row of the query's origins."""
    target: int
    """Row of the query's targets."""


def rides_table(rides: Sequence[Ride]) -> Int64s:
    """Return the rides as rows."""
    return np.fromiter(chain.from_iterable(rides), np.int64, 4 * len(rides)).reshape(-1, 4)


@lru_cache(maxsize=1024)
def ends_of(ends: tuple[End, ...]) -> Ends:
    """Return the ends as columns; a search and what follows it ask for the same."""
    table = np.array(ends, np.int64).reshape(-1, 4)
    return Ends(
        table[:, 0].astype(np.int32), table[:, 1].astype(np.int32), table[:, 2].copy(),
        table[:, 3].copy(),
    )  # fmt: skip


def mirrored_ends(ends: tuple[End, ...], top_s: int, unit: int) -> Ends:
    """
    Return the ends for time running backwards.

    A way begun at d in [from, until) is, backwards, begun at top − d − offset.
    """
    node, offset_s, from_s, until_s = ends_of(ends)
    latest_s = top_s + unit - offset_s
    return Ends(node, offset_s, latest_s - until_s, latest_s - from_s)


def find_journeys(view: View, query: Query, switches: Switches) -> list[Journey]:
    """
    Return the complete Pareto set of departure, arrival and rides, unordered.

    At most `MOST_RESULTS`, the latest departures first (with arrive-by the earliest arrivals).
    """
    if not query.origins or not query.targets or not all(via.nodes for via in query.vias):
        return []
    time_s = view.top * view.unit - query.time_s if query.backward else query.time_s
    if query.vias:
        run = _run_layers if query.window_s > 0 else _run_stages
        count = run(view, query, switches, time_s)
        rides = rides_of(view, query, backward=query.backward)
        space = workspace()
        results = (space.out, space.legs_for(query.most_rides + 1))
        return found_journeys(view, rides, results, count, backward=query.backward)
    instants = Instants(view, query, switches)
    if query.window_s > 0:
        return instants.within(time_s)
    return instants.ends(time_s, instants.turns(), time_s + query.most_s)


def tight_journeys(view: View, query: Query, switches: Switches) -> list[Journey]:
    """
    Return the best journeys for an instant, each starting as late as its end allows.

    With arrive-by each ends as early as its start allows. On the way they take what comes first,
    as those of a window do. A query without a window or vias.
    """
    if not query.origins or not query.targets:
        return []
    top_s = view.top * view.unit
    time_s = top_s - query.time_s if query.backward else query.time_s
    instants = Instants(view, query, switches)
    found: list[Journey] = []
    rides = range(min(instants.fewest, query.most_rides), query.most_rides + 1)
    for last in instants.spans(time_s, rides, time_s + query.most_s, NEVER_S):
        start_s, end_s = last.departure_s, last.arrival_s
        if query.backward:
            start_s, end_s = top_s - end_s, top_s - start_s
        found += instants.ends(start_s, (len(last.rides),), end_s) or [last]
    return found


def found_journeys(
    view: View, rides: Rides, results: tuple[Int64s, Int32s], count: int, *, backward: bool
) -> list[Journey]:
    """Return the results that a kernel has left in the workspace."""
    out, legs = results
    top_s = view.top * view.unit
    return [
        _journey(rides, result, legs[row], top_s, backward=backward)
        for row, result in enumerate(out[:count].tolist())
    ]


def _ends(view: View, query: Query, *, backward: bool) -> tuple[Ends, Ends]:
    """Return where a direction of time starts and ends."""
    if not backward:
        return ends_of(query.origins), ends_of(query.targets)
    top_s = view.top * view.unit
    return (
        mirrored_ends(query.targets, top_s, view.unit),
        mirrored_ends(query.origins, top_s, view.unit),
    )


def side_of(view: View, query: Query, switches: Switches, backward: bool) -> tuple[Side, int]:
    """
    Return the columns of a query in one direction of time.

    Also by how many units its bounds may miss the triangle inequality: they are rounded down to
    minutes, and lowered for walkers and vehicles that are faster than the timetable.
    """
    starts, ends = _ends(view, query, backward=backward)
    rides = rides_of(view, query, backward=backward)
    nodes = view.timetable.node_count
    minute = 60 // view.unit
    if switches.bounds:
        factor = query.transfer.factor
        time, need, onward, slack = with_faster(
            view,
            minutes_left(view.timetable, ends, backward=backward, factor=factor),
            *rides_left(view.timetable, ends, backward=backward),
            query.most_rides,
            backward=backward,
        )
        exact = view.unit == 60 and factor >= 1.0
        loose = (slack + (0 if exact else 1)) * minute
    else:
        time, need, onward = (
            np.zeros(nodes, np.uint16),
            np.zeros(nodes, np.uint8),
            np.ones(nodes, np.uint8),
        )
        loose = 0
    walks = view.walks(query.transfer, backward=backward)
    labels = workspace().labels_for(
        rides, nodes, query.most_rides + 1, back=backward != query.backward
    )
    return Side(rides, walks, time, need, onward, starts, ends, labels), loose


def bits_of(switches: Switches, *, events: bool, meets: bool) -> int:
    """Return the switches as the kernels know them."""
    return EVENTS * events | TAILS * switches.tails | MEET * meets | ROUNDS * switches.rides_left


class Instants:
    """
    The searches for one instant of a query, from either of its sides, with their columns at hand.

    Times are seconds in the direction in which the query searches: for `backward` those of the
    mirrored axis.
    """

    def __init__(self, view: View, query: Query, switches: Switches) -> None:
        self._view = view
        self._query = query
        self._most_rides = query.most_rides
        self._switches = switches
        self._meet = switches.both_sides and switches.bounds
        self._side, self._loose = side_of(view, query, switches, query.backward)
        self._kind = view.rides.arrival.dtype.type
        self._other: Side | None = None
        if self._meet:
            self._make_other()
        self._bits = bits_of(switches, events=switches.target_events, meets=self._meet)
        need = self._side.onward[self._side.starts.node].tolist()
        self.fewest = max(min(need), 1) if switches.bounds else 1
        """Rides that every journey needs at least; more than the query allows: there is none."""

    def _make_other(self) -> Side:
        self._other, loose = side_of(
            self._view, self._query, self._switches, not self._query.backward
        )
        self._loose = max(self._loose, loose)
        return self._other

    def turns(self, fewest: int = 1) -> Sequence[int]:
        """Return how many rides each turn of a search allows, at least `fewest`."""
        most = self._most_rides
        if self._switches.guess and self._switches.bounds:
            return range(min(max(fewest, self.fewest), most), most + 1)
        return (most,)

    def ends(self, start_s: int, rides: Sequence[int], until_s: int) -> list[Journey]:
        """
        Return the best journeys from an instant on: Pareto in their ends and rides.

        Args:
            start_s: The instant.
            rides: How many each turn of the search allows; the last holds.
            until_s: The last end that counts.

        """
        side, view, space, width = self._side, self._view, workspace(), self._most_rides + 1
        legs = space.legs_for(width)
        count = _search_instant(
            self._kind, side, self._other or side, start_s, np.array(rides, np.int64), view.unit,
            60 // view.unit, view.top, until_s - start_s, 0, np.full(width, NEVER_S, np.int64),
            self._loose, self._bits, space.out, legs,
        )  # fmt: skip
        backward = self._query.backward
        return found_journeys(view, side.rides, (space.out, legs), count, backward=backward)

    def within(self, first_s: int) -> list[Journey]:
        """Return the best journeys of all who start in the query's window, which starts then."""
        side, view, query, space = self._side, self._view, self._query, workspace()
        legs = space.legs_for(self._most_rides + 1)
        events = space.events[: _events(view, query, side.rides, side.starts, first_s)]
        count = _search_window(
            self._kind, side, self._other or side, events, np.array(self.turns(), np.int64),
            view.unit, 60 // view.unit, view.top, query.most_s, NEVER_S, self._loose, self._bits,
            space.out, legs,
        )  # fmt: skip
        return found_journeys(view, side.rides, (space.out, legs), count, backward=query.backward)

    def spans(self, start_s: int, rides: range, until_s: int, before_s: int) -> list[Journey]:
        """
        Return the best journeys with so many rides that end before one, each starting at last.

        With fewer rides there must be no way.
        """
        view, space, width = self._view, workspace(), self._most_rides + 1
        other = self._other or self._make_other()
        turns = [turn for turn in self.turns(rides.start) if turn < rides.stop]
        count = _search_forth_and_back(
            self._kind, self._side, other, start_s, rides.start,
            np.array(turns or rides[-1:], np.int64), width, view.unit, 60 // view.unit, view.top,
            until_s, before_s, self._loose, self._bits, space.out, space.legs_for(width),
            space.back_out, space.back_legs,
        )  # fmt: skip
        backward = not self._query.backward
        return found_journeys(
            view, other.rides, (space.back_out, space.back_legs), count, backward=backward
        )

    def end_again(self, start_s: int, journey: Journey) -> int:
        """Return when the next vehicles of the same lines come to the end; never: `NEVER_S`."""
        side, rows = self._side, journey.rides
        if self._query.backward:
            rows = tuple(_mirrored(side.rides, row) for row in reversed(rows))
        end_s = _end_of_same_lines(
            self._kind, side.rides, side.walks, side.starts, side.ends, self._view.unit, start_s,
            np.array(rows, np.int64), len(rows),
        )  # fmt: skip
        return end_s if end_s >= 0 else NEVER_S


def _events(view: View, query: Query, rides: Rides, starts: Ends, time_s: int) -> int:
    """Write the departures of a window into the workspace; return how many."""
    space = workspace()
    count = departure_events(
        rides, _and_after_stays(query, starts), view.unit, time_s, time_s + query.window_s - 1,
        space.events,
    )  # fmt: skip
    if count < 0:
        raise SearchLimit("The window holds too many departures.", departures=MOST_EVENTS)
    return count


def _stages(
    view: View, query: Query, order: Sequence[ViaNodes], switches: Switches
) -> tuple[list[Query], list[tuple[Side, int]], list[int]]:
    """Return of every stage between vias its query, its side, and how many rides it adds."""
    backward = query.backward
    outer = (query.targets, query.origins) if backward else (query.origins, query.targets)
    places = [outer[0], *(tuple(map(End, sorted(via.nodes))) for via in order), outer[1]]
    stages = [
        replace(query, origins=there if backward else here, targets=here if backward else there)
        for here, there in pairwise(places)
    ]
    sides = [side_of(view, stage, switches, backward) for stage in stages]
    # Who starts cannot walk first, unless they have met the via where they are.
    at_via = bool(order[0].nodes.intersection(sides[0][0].starts.node.tolist()))
    fewest = [
        int((side.need if number or at_via else side.onward)[side.starts.node].min())
        for number, (side, _) in enumerate(sides)
    ]
    for number, via in enumerate(order):
        if not via.passable:
            continue
        side, loose = sides[number]
        # Who stays inside needs one ride less for the next stage. Where nobody may get out, or
        # in, one may pass, which the count of rides does not know.
        fewest[number + 1] = max(fewest[number + 1] - 1, 0)
        if not view.timetable.open_nodes[list(via.nodes)].all():
            fewest[number] = fewest[number + 1] = 0
            onward = np.minimum(side.onward, 1)
            sides[number] = side._replace(need=np.zeros_like(side.need), onward=onward), loose
    return stages, sides, fewest


def _run_stages(view: View, query: Query, switches: Switches, time_s: int) -> int:
    """Search for an instant from via to via; return how many results are in the workspace."""
    backward, unit, width = query.backward, view.unit, query.most_rides + 1
    order = list(reversed(query.vias)) if backward else list(query.vias)
    stages, sides, fewest = _stages(view, query, order, switches)
    if sum(fewest) > query.most_rides:
        return 0
    first, ends = sides[0][0], sides[-1][0].ends
    back_walks = view.walks(query.transfer, backward=not backward)
    mets, closed = met_nobody(view, order, first, ends, width, backward=backward)
    seeds = origins_met(order, first.starts, time_s, unit, width, mets)
    at_once = ends._replace(until_s=np.where(ends.offset_s <= 0, ends.until_s, ALWAYS[0]))
    space, count = workspace(), 0
    legs = space.legs_for(width)
    for number, (side, own) in enumerate(sides):
        before, seeds = seeds, mets[number]
        rides = np.flatnonzero(before.at.reshape(-1, width).min(axis=0, initial=FAR) < FAR)
        if not len(rides):
            return 0
        most = query.most_rides - sum(fewest[number + 1 :])
        least = max(int(rides[0]) + fewest[number], 1)
        if least > most:
            continue
        meets = switches.both_sides and switches.bounds and not closed[number]
        other, loose = side, own
        if meets:
            other, loose = side_of(view, stages[number], switches, not backward)
            if number < len(order):
                other = other._replace(starts=around(seeds.node, back_walks, unit))
        turns = range(least, most + 1) if switches.guess and switches.bounds else (most,)
        events = _at_events(order, ends, switches)
        bits = bits_of(switches, events=events, meets=meets)
        count = search_stage(
            Road(side, other, back_walks, before, seeds, at_once),
            Terms(unit, 60 // unit, view.top, max(own, loose), bits),
            np.array(turns, np.int64), time_s, time_s + query.most_s, space.out, legs,
        )  # fmt: skip
    return count


def _at_events(vias: Sequence[ViaNodes], ends: Ends, switches: Switches) -> bool:
    """Return whether one arrives when a vehicle does: not after a stay at the target itself."""
    nodes = frozenset(ends.node.tolist())
    return switches.target_events and not any(via.stay_s and via.nodes & nodes for via in vias)


def _run_layers(view: View, query: Query, switches: Switches, time_s: int) -> int:
    space = workspace()
    nodes = view.timetable.node_count
    layers = len(query.vias) + 1
    width = query.most_rides + 1
    rides = rides_of(view, query, backward=query.backward)
    starts, ends = _ends(view, query, backward=query.backward)
    final = target_bounds(
        view.timetable, ends, backward=query.backward, factor=query.transfer.factor
    )
    if len(view.faster.start) > 1:
        # The ways between vias may be faster today: keep to what holds for the target.
        time, need, _, _ = with_faster(
            view, final.time, final.rides, final.rides, query.most_rides, backward=query.backward
        )
        bounds = Bounds(np.tile(time, layers), np.tile(need, layers))
        nothing = np.zeros(nodes * (layers - 1), np.uint8)
        lead = Bounds(nothing.astype(np.uint16), nothing)
    else:
        bounds, lead = layer_bounds(
            view.timetable, query.vias, ends, final,
            backward=query.backward, factor=query.transfer.factor,
        )  # fmt: skip
    events = _at_events(query.vias, ends, switches)
    walks = view.walks(query.transfer, backward=query.backward)
    vias = via_columns(
        query.vias, rides, walks, ends, view.unit, lead, backward=query.backward
    )  # fmt: skip
    minute = 60 // view.unit
    if not switches.bounds:
        nothing = np.zeros(nodes * layers, np.uint8)
        bounds, minute = Bounds(nothing.astype(np.uint16), nothing), 0
    course = Course(
        rides, walks, bounds, vias, ends, np.zeros(nodes, np.uint8),
        space.labels_for(rides, nodes * layers, width), space.more_for(nodes * layers * width),
    )  # fmt: skip
    aim = Aim(
        view.unit, minute, query.most_rides, np.empty(width, np.int64),
        np.empty((layers - 1) * width, np.int64), np.full(width, NEVER_S, np.int64),
        np.empty(3 * width, np.int64), events,
    )  # fmt: skip
    return search_layers(
        course, starts, space.events, _events(view, query, rides, starts, time_s), aim,
        query.most_s, space.out, space.legs_for(width),
    )  # fmt: skip


def rides_of(view: View, query: Query, *, backward: bool) -> Rides:
    """Return the rides that the query's filter leaves."""
    return view.filtered(
        backward=backward,
        key=query.filter_key,
        allowed=query.filter_columns or (lambda: _everything(view)),
    )


def _and_after_stays(query: Query, starts: Ends) -> Ends:
    """Return the starts, and those where one stays at a via before the first vehicle."""
    vias = list(reversed(query.vias)) if query.backward else list(query.vias)
    late, stay_s = starts, 0
    rows = np.flatnonzero(starts.offset_s > 0)
    for via in vias:
        rows = rows[np.isin(starts.node[rows], list(via.nodes))]
        if not len(rows):
            break
        stay_s += via.stay_s
        stayed = starts._replace(offset_s=starts.offset_s + np.int32(stay_s))
        more = [column[rows] for column in stayed]
        late = Ends(*(np.concatenate([a, b]) for a, b in zip(late, more, strict=True)))
    return late


def _everything(view: View) -> tuple[UInt8s, UInt8s]:
    return (
        np.ones(len(view.sections.route), np.uint8),
        np.ones(view.timetable.node_count, np.uint8),
    )


def _journey(
    rides: Rides, result: list[int], legs: Int32s, top_s: int, *, backward: bool
) -> Journey:
    """Return a result of the kernel in the forward direction of time."""
    departure, arrival, count, target, origin = result
    rows = legs[:count].tolist()
    if not backward:
        return Journey(departure, arrival, tuple(map(Ride._make, rows[::-1])), origin, target)
    mirrored = tuple(_mirrored(rides, leg) for leg in rows)
    return Journey(top_s - arrival, top_s - departure, mirrored, target, origin)


def _mirrored(rides: Rides, leg: Sequence[int]) -> Ride:
    """Return a ride (pattern, vehicle, board, alight) in the other direction of time."""
    pattern, row, board, alight = leg
    last = int(rides.pattern_start[pattern + 1] - rides.pattern_start[pattern]) - 1
    return Ride(pattern, int(rides.rows[pattern]) - 1 - row, last - alight, last - board)
