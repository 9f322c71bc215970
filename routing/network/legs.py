"""Links that hang on one thread without a company, and on two with it."""

from collections.abc import Callable, Mapping
from itertools import pairwise

import networkx as nx

from maas.core.network import Network
from routing.network.graph import ride_edges, walk_edges
from routing.network.links import Cut, bridges
from routing.street.footpaths import WalkTable

WALKED = -1
"""In the place of a company where people walk."""


def second_legs(
    network: Network, walks: WalkTable, companies: Mapping[str, frozenset[int]], *, least: int = 2
) -> Callable[[str], list[Cut]]:
    """
    Return what says of a company which fragile links it makes safe, the weightiest first.

    A link is fragile where its loss would cut places off. Its two ends are joined by others than
    the company; with the company there is a second way around.

    Args:
        network: With the company in it.
        walks: Walks between its stops.
        companies: Rows of the routes of each company.
        least: Places that the loss of the link would cut off at least.

    """
    rides = ride_edges(network)
    number = {row: at for at, rows in enumerate(companies.values()) for row in rows}
    runs: dict[tuple[int, int], set[int]] = {}
    ends = zip(
        rides.from_place.tolist(), rides.to_place.tolist(), rides.route.tolist(), strict=True
    )
    for a, b, row in ends:
        runs.setdefault((min(a, b), max(a, b)), set()).add(number.get(row, len(companies)))
    near, far, _ = walk_edges(network, walks)
    for a, b in zip(near.tolist(), far.tolist(), strict=True):
        runs.setdefault((min(a, b), max(a, b)), set()).add(WALKED)
    whole: nx.Graph[int] = nx.Graph(list(runs))
    safe = set(runs) - {_ends(cut) for cut in bridges(whole)}
    names = list(companies)

    def of(company: str) -> list[Cut]:
        own = names.index(company)
        # What is a bridge itself, nothing else goes around it: its loss makes no other fragile.
        alone = [pair for pair, who in runs.items() if who == {own} and pair in safe]
        if not alone:
            return []
        without: nx.Graph[int] = whole.copy()
        without.remove_edges_from(alone)
        return [cut for cut in bridges(without) if _ends(cut) in safe and cut.cut_off >= least]

    return of


def _ends(cut: Cut) -> tuple[int, int]:
    ((a, b),) = pairwise(cut.places)
    return min(a, b), max(a, b)
