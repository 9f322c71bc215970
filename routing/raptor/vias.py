"""Searches with stops on the way: from vias to layers, and whether a journey meets them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maas.core.columns import Int64s, UInt8s
from routing.raptor.arrays import ALWAYS, Bounds, Ends
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


def via_columns(vias: Sequence[ViaNodes], nodes: int, unit: int, *, backward: bool) -> Vias:
    """Return the vias as the kernel reads them, in the order in which it meets them."""
    order = list(reversed(vias)) if backward else list(vias)
    at: UInt8s = np.zeros(nodes, np.uint8)
    for bit, via in enumerate(order):
        at[list(via.nodes)] |= np.uint8(1 << bit)
    return Vias(
        at,
        np.array([-(-via.stay_s // unit) for via in order], np.int64),
        np.array([via.passable for via in order], np.uint8),
    )


def layer_bounds(
    timetable: Timetable,
    vias: Sequence[ViaNodes],
    targets: Ends,
    final: Bounds,
    *,
    backward: bool,
    factor: float,
) -> Bounds:
    """
    Return bounds for every layer: to the next via, and from there through all the rest.

    Riding on through a via needs no further vehicle, so there one ride is not counted twice.
    """
    order = list(reversed(vias)) if backward else list(vias)
    at_target = {
        node
        for node, offset in zip(targets.node.tolist(), targets.offset_s.tolist(), strict=True)
        if offset == 0
    }
    layers = [final]
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
        layers.insert(
            0,
            Bounds(
                np.maximum(np.minimum(time, 65_000), final.time).astype(np.uint16),
                np.maximum(np.minimum(rides, 255), final.rides).astype(np.uint8),
            ),
        )
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
