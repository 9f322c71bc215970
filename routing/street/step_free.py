"""Which platforms one reaches without stairs, where a feed describes the inside of a station."""

import numpy as np
import numpy.typing as npt

from maas.core.network import Network

STAIRS, ESCALATOR = 2, 4
"""`pathways.txt` pathway_mode: neither carries a wheelchair."""
ENTRANCE = 2
"""`stops.txt` location_type."""


def behind_stairs(network: Network) -> npt.NDArray[np.bool_]:
    """
    Return the stops that pathways join to an entrance, but only by stairs or escalators.

    Where a feed has no pathways, or none to an entrance, nothing is known and nothing is said.
    """
    paths, stops = network.pathways, network.stops
    entrances = set(np.flatnonzero(stops.location_type == ENTRANCE).tolist())
    ways = list(
        zip(
            paths.from_stop.tolist(),
            paths.to_stop.tolist(),
            paths.mode.tolist(),
            paths.bidirectional.tolist(),
            strict=True,
        )
    )
    level = [way for way in ways if way[2] not in {STAIRS, ESCALATOR}]
    # A way for wheelchairs must lead in and out: who cannot come back out is no better off.
    shut = np.zeros(len(stops.id), bool)
    reached = _from(entrances, ways, back=False) & _from(entrances, ways, back=True)
    step_free = _from(entrances, level, back=False) & _from(entrances, level, back=True)
    shut[list(reached - step_free)] = True
    return shut


def _from(starts: set[int], ways: list[tuple[int, int, int, int]], *, back: bool) -> set[int]:
    """Return what one reaches from some places (or from where one reaches them)."""
    beside: dict[int, list[int]] = {}
    for start, end, _, both in ways:
        if not back or both:
            beside.setdefault(start, []).append(end)
        if back or both:
            beside.setdefault(end, []).append(start)
    found, heap = set(starts), list(starts)
    while heap:
        for other in beside.get(heap.pop(), ()):
            if other not in found:
                found.add(other)
                heap.append(other)
    return found
