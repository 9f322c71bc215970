"""Searches with stops on the way: from vias to layers, and whether a journey meets them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.raptor.arrays import ALWAYS, FAR, MAY_BOARD, MUST_LEAVE, Bounds, Ends, Rides, Walks
from routing.raptor.bounds_of import target_bounds
from routing.raptor.layered import Vias
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
    several = Counter(node for via in order for node in via.nodes)
    apart = ends | {node for node, count in several.items() if count > 1}
    width = max(len(some) for some in nodes)
    behind = np.full((sum(len(some) for some in nodes), width), FAR, np.int64)
    start = np.cumsum([0, *(len(some) for some in nodes)])
    for first, some in zip(start.tolist(), nodes, strict=False):
        behind[first : first + len(some), : len(some)] = _behind(walks, some, apart)
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


def _behind(walks: Walks, nodes: Int32s, apart: set[int]) -> Int64s:
    """
    Return [y, x]: how much later one may leave a vehicle at x than another at y, and be first.

    That is the most that one is faster from x to anywhere that can be walked to, or by changing.
    `FAR` where y does not lead everywhere, and for nodes that are more than a via (`apart`).
    """
    ways = [
        {node: int(walks.change[node])}
        | {
            int(walks.to[row]): int(walks.time[row])
            for row in range(int(walks.start[node]), int(walks.start[node + 1]))
        }
        for node in nodes.tolist()
    ]
    table = np.full((len(nodes), len(nodes)), FAR, np.int64)
    np.fill_diagonal(table, 0)
    for x, of_x in enumerate(ways):
        if int(nodes[x]) in apart:
            continue
        for y, of_y in enumerate(ways):
            if x != y:
                table[y, x] = max(of_y.get(to, FAR) - time for to, time in of_x.items())
    return table


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
        for position in range(board, alight + 1):
            while (
                met < len(vias)
                and vias[met].passable
                and int(rides.node[start + position]) in vias[met].nodes
            ):
                met += 1
        came = (int(rides.node[start + alight]), int(rides.arrival[event + alight]))
    assert came is not None
    spend((came[0],), arrival_s - offsets_s[1] - came[1] * unit, free=offsets_s[1] == 0)
    return met == len(vias)
