"""Searches with stops on the way: from vias to layers, and whether a journey meets them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.kernel.arrays import (
    ALWAYS,
    FAR,
    MAY_ALIGHT,
    MAY_BOARD,
    MUST_LEAVE,
    Bounds,
    Ends,
    Rides,
    Walks,
)
from routing.raptor.bounds_of import target_bounds
from routing.raptor.goal import Side
from routing.raptor.layered import Vias
from routing.raptor.met import Met
from routing.timetable.model import Timetable
from routing.timetable.view import View


@dataclass(frozen=True, slots=True)
class ViaNodes:
    """A stop on the way, as nodes."""

    nodes: frozenset[int]
    stay_s: int
    riding: bool
    """Passing in a vehicle is enough; only without a stay."""

    @property
    def passable(self) -> bool:
        """Whether riding past meets it."""
        return self.riding and self.stay_s == 0


def via_columns(
    vias: Sequence[ViaNodes],
    rides: Rides,
    walks: Walks,
    targets: Ends,
    unit: int,
    lead: Bounds,
    *,
    backward: bool,
) -> Vias:
    """Return the vias as the kernel reads them, in the order in which it meets them."""
    order = list(reversed(vias)) if backward else list(vias)
    at: UInt8s = np.zeros(len(walks.change), np.uint8)
    for bit, via in enumerate(order):
        at[list(via.nodes)] |= np.uint8(1 << bit)
    nodes = [np.array(sorted(via.nodes), np.int32) for via in order]
    ends = set(targets.node.tolist())
    known = [
        # At the destination itself a via is met on arrival, whatever is known of its next layer.
        not (number == len(order) - 1 and via.nodes & ends)
        and (not via.passable or _boards_all(rides, nodes[number]))
        for number, via in enumerate(order)
    ]
    apart = _apart(order, targets)
    width = max(len(some) for some in nodes)
    behind = np.full((sum(len(some) for some in nodes), width), FAR, np.int64)
    start = np.cumsum([0, *(len(some) for some in nodes)])
    for first, some in zip(start.tolist(), nodes, strict=False):
        behind[first : first + len(some), : len(some)] = _behind(_ways(walks, some), some, apart)
    return Vias(
        at,
        np.array([-(-via.stay_s // unit) for via in order], np.int64),
        np.array([via.passable for via in order], np.uint8),
        start.astype(np.int32),
        np.concatenate(nodes),
        behind.reshape(-1),
        width,
        lead,
        np.array(known, np.uint8),
    )


def _boards_all(rides: Rides, nodes: Int32s) -> bool:
    """Return whether every vehicle that goes on from these nodes may also be boarded there."""
    here = np.isin(rides.node, nodes)
    here[rides.pattern_start[1:] - 1] = False
    flags = rides.flags[here]
    return bool((flags & (MAY_BOARD | MUST_LEAVE) != 0).all())


def met_nobody(
    view: View, vias: Sequence[ViaNodes], side: Side, targets: Ends, width: int, *, backward: bool
) -> tuple[list[Met], list[bool]]:
    """
    Return room for those who meet each via, in order, and none for those at the targets.

    Also of every stage whether vehicles pass its ends that let nobody in or out there: a search
    from its end does not see them.
    """
    rides, apart = side.rides, _apart(vias, targets)
    closed = [False] * (len(vias) + 1)
    mets = []
    for number, via in enumerate(vias):
        rows = np.zeros(0, np.int64)
        if via.passable:
            rows = np.concatenate([view.rows_at(node, backward=backward) for node in via.nodes])
        pattern = np.searchsorted(rides.pattern_start, rows, side="right") - 1
        begin, end = rides.pattern_start[pattern], rides.pattern_start[pattern + 1]
        flags = rides.flags[rows]
        inner = (rows > begin) & (rows + 1 < end) & (flags & MUST_LEAVE == 0)
        flags = flags[inner]
        boards = bool((flags & MAY_BOARD != 0).all())
        closed[number] |= not (flags & MAY_ALIGHT != 0).all()
        closed[number + 1] |= not boards
        lines: Int32s = pattern[inner].astype(np.int32)
        position: Int32s = (rows - begin)[inner].astype(np.int32)
        mets.append(_room(via, side.walks, apart, view.unit, width, lines, position, boards=boards))
    nobody = np.zeros(0, np.int32)
    nowhere = ViaNodes(frozenset(), 0, riding=False)
    mets.append(_room(nowhere, side.walks, apart, view.unit, width, nobody, nobody, boards=True))
    return mets, closed


def _room(
    via: ViaNodes, walks: Walks, apart: set[int], unit: int, width: int, pattern: Int32s,
    position: Int32s, *, boards: bool,
) -> Met:  # fmt: skip
    nodes = np.array(sorted(via.nodes), np.int32)
    behind, change = np.zeros(1, np.int64), walks.change[nodes].astype(np.int64)
    if len(nodes) != 1:
        ways = _ways(walks, nodes)
        behind = _behind(ways, nodes, apart).reshape(-1)
        change = np.array([of_y.get(x, FAR) for of_y in ways for x in nodes.tolist()], np.int64)
    slots = (2 * len(nodes) + len(pattern)) * width
    return Met(
        nodes,
        behind,
        change,
        -(-via.stay_s // unit),
        pattern,
        position,
        boards,
        np.full(slots, FAR, np.int64),
        np.zeros(slots, np.int64),
        np.empty((slots, width, 4), np.int32),
        np.empty(slots, np.int32),
    )


def around(nodes: Int32s, back_walks: Walks, unit: int) -> Ends:
    """Return the nodes of a via and those from which one walks there, as starts of a search."""
    rows = np.concatenate(
        [np.arange(back_walks.start[node], back_walks.start[node + 1]) for node in nodes.tolist()]
    )
    node = np.concatenate([nodes, back_walks.to[rows]])
    offset_s = np.concatenate([np.zeros_like(nodes), back_walks.time[rows] * np.int32(unit)])
    always = np.zeros(len(node), np.int64)
    return Ends(node, offset_s, always + ALWAYS[0], always + ALWAYS[1])


def _apart(vias: Sequence[ViaNodes], targets: Ends) -> set[int]:
    """Return the nodes that are more than one via."""
    several = Counter(node for via in vias for node in via.nodes)
    return set(targets.node.tolist()) | {node for node, count in several.items() if count > 1}


def _ways(walks: Walks, nodes: Int32s) -> list[dict[int, int]]:
    """Return of every node where one can board next after leaving a vehicle there, and when."""
    return [
        {node: int(walks.change[node])}
        | {
            int(walks.to[row]): int(walks.time[row])
            for row in range(int(walks.start[node]), int(walks.start[node + 1]))
        }
        for node in nodes.tolist()
    ]


def _behind(ways: list[dict[int, int]], nodes: Int32s, apart: set[int]) -> Int64s:
    """
    Return [y, x]: how much later one may leave a vehicle at x than another at y, and be first.

    That is the most that one is faster from x to anywhere that can be walked to, or by changing.
    `FAR` where y does not lead everywhere, and for nodes that are more than a via (`apart`).
    """
    table = np.full((len(nodes), len(nodes)), FAR, np.int64)
    np.fill_diagonal(table, 0)
    for x, of_x in enumerate(ways):
        if int(nodes[x]) in apart:
            continue
        for y, of_y in enumerate(ways):
            if x != y:
                table[y, x] = max(of_y.get(to, FAR) - time for to, time in of_x.items())
    return table


def origins_met(
    vias: Sequence[ViaNodes], starts: Ends, start_s: int, unit: int, width: int, mets: list[Met]
) -> Met:
    """Return those who start, on foot; in `mets` those among them who have met vias by that."""
    size = len(starts.node)
    at = np.full((2 * size, width), FAR, np.int64)
    legs, none = np.empty((2 * size * width, width, 4), np.int32), np.zeros(0, np.int32)
    origin = np.repeat(np.tile(np.arange(size, dtype=np.int32), 2), width)
    rows = zip(*(column.tolist() for column in starts), strict=True)
    for row, (node, offset_s, from_s, until_s) in enumerate(rows):
        begin_s = max(start_s, from_s)
        if begin_s >= until_s:
            continue
        # May lie before all times of the labels, if a stay makes up for it.
        since = -(-(begin_s + offset_s) // unit)
        at[size + row, 0] = max(since, 1)
        for via, met in zip(vias, mets, strict=False):
            if node not in via.nodes:
                break
            # Where the journey begins at the via itself, it is met before it begins.
            since += met.stay if offset_s > 0 else 0
            slot = (len(met.node) + int(np.searchsorted(met.node, node))) * width
            if max(since, 1) < met.at[slot]:
                met.at[slot], met.origin[slot] = max(since, 1), row
    zeros = np.zeros(size * size, np.int64)
    return Met(
        starts.node, zeros, zeros, 0, none, none, True, at.reshape(-1),
        np.zeros(at.size, np.int64), legs, origin,
    )  # fmt: skip


def layer_bounds(
    timetable: Timetable,
    vias: Sequence[ViaNodes],
    targets: Ends,
    final: Bounds,
    *,
    backward: bool,
    factor: float,
) -> tuple[Bounds, Bounds]:
    """
    Return bounds for every layer: to the next via, and from there through all the rest.

    The second are those to the next via alone, for all layers but the last.

    Riding on through a via needs no further vehicle, so there one ride is not counted twice.
    """
    order = list(reversed(vias)) if backward else list(vias)
    at_target = {
        node
        for node, offset in zip(targets.node.tolist(), targets.offset_s.tolist(), strict=True)
        if offset == 0
    }
    layers = [final]
    leads: list[Bounds] = []
    for number, via in enumerate(reversed(order)):
        after = layers[0]
        nodes = np.array(sorted(via.nodes), np.int32)
        none = np.zeros(len(nodes), np.int64)
        ends = Ends(nodes, none.astype(np.int32), none + ALWAYS[0], none + ALWAYS[1])
        to_via = target_bounds(timetable, ends, backward=backward, factor=factor)
        stay = 0 if number == 0 and at_target & via.nodes else via.stay_s // 60
        rest_time = int(after.time[nodes].min()) + stay
        rest_rides = int(after.rides[nodes].min())
        time = to_via.time.astype(np.int32) + rest_time
        shared = (to_via.rides > 0) & (rest_rides > 0)
        rides = to_via.rides.astype(np.int32) + rest_rides - shared
        if via.passable and not timetable.open_nodes[nodes].all():
            # One may pass where nobody may leave, which the count of rides does not know.
            rides = final.rides.astype(np.int32)
            to_via = to_via._replace(rides=np.zeros_like(to_via.rides))
        leads.insert(0, to_via)
        layers.insert(
            0,
            Bounds(
                np.maximum(np.minimum(time, 65_000), final.time).astype(np.uint16),
                np.maximum(np.minimum(rides, 255), final.rides).astype(np.uint8),
            ),
        )
    return _one_below_the_other(layers), _one_below_the_other(leads)


def _one_below_the_other(layers: Sequence[Bounds]) -> Bounds:
    return Bounds(
        np.concatenate([layer.time for layer in layers]),
        np.concatenate([layer.rides for layer in layers]),
    )


def meets_vias(
    view: View,
    vias: Sequence[ViaNodes],
    legs: Int64s,
    departure_s: int,
    arrival_s: int,
    offsets_s: tuple[int, int],
    change_units: Sequence[int],
) -> bool:
    """
    Return whether a journey meets all vias in order, with the time to stay at them.

    Meeting each as early as it can be is best, since the journey's times are fixed: a stay uses
    up the waiting of the one change where it is made.

    Args:
        view: Where the vehicles are.
        vias: What to meet.
        legs: (pattern, row, board, alight) of each ride.
        departure_s: When the traveller leaves, and
        arrival_s: when they arrive, in axis seconds.
        offsets_s: How long the ways at both ends take.
        change_units: How long each change takes.
    """
    rides, unit = view.rides, view.unit
    met = 0

    def spend(nodes: tuple[int, ...], spare_s: int, *, free: bool) -> None:
        nonlocal met
        while met < len(vias) and vias[met].nodes.intersection(nodes):
            stay = 0 if free else vias[met].stay_s
            if stay > spare_s:
                return
            spare_s -= stay
            met += 1

    came: tuple[int, int] | None = None
    for number, (pattern, row, board, alight) in enumerate(legs.tolist()):
        start = int(rides.pattern_start[pattern])
        wide = int(rides.pattern_start[pattern + 1]) - start
        event = int(rides.event_start[pattern]) + row * wide
        leaves = view.departure(pattern, row, board)
        node = int(rides.node[start + board])
        if came is None:
            spare = leaves * unit - departure_s - offsets_s[0]
            spend((node,), spare, free=offsets_s[0] == 0)
        else:
            spare = (leaves - came[1] - change_units[number - 1]) * unit
            spend((came[0], node), spare, free=False)
        for node in rides.node[start + board : start + alight + 1].tolist():
            while met < len(vias) and vias[met].passable and node in vias[met].nodes:
                met += 1
        came = (int(rides.node[start + alight]), int(rides.arrival[event + alight]))
    assert came is not None
    spend((came[0],), arrival_s - offsets_s[1] - came[1] * unit, free=offsets_s[1] == 0)
    return met == len(vias)
