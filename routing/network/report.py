"""What a look at the whole network tells: what hangs together, and by how thin a thread."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

import networkx as nx
import numpy as np

from maas.core.network import Network
from routing.network.graph import WALK, build_graph
from routing.network.links import Cut, articulation_points, bridges, components
from routing.places.weights import departures_a_day
from routing.street.footpaths import WalkTable

NAMES_SHOWN: Final = 5
UNKNOWN: Final = "不明"
"""Stands for the prefecture of a place that lies in none known here."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the network that hangs together."""

    places: int
    names: tuple[str, ...]
    prefectures: tuple[str, ...]
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThinLink:
    """A bridge or an articulation point."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    cut_off: int
    """Places that its loss separates from the greater part."""
    trips_a_day: float
    """Over the bridge both ways; from the articulation point."""
    operators: tuple[str, ...]
    modes: tuple[str, ...]
    nested: bool
    """What it cuts off is cut off by another link, too (further along the same branch line)."""


@dataclass(frozen=True, slots=True)
class FeedRole:
    """What a feed connects: what is lost when it is taken away."""

    tag: str
    publisher: str
    places: int
    """Places that it serves."""
    only: int
    """Places that no other feed serves."""
    cut_off: int
    """Places still served by others that then hang together no longer with the greatest part."""
    parts: int
    """By how many the number of parts of the still served places grows."""
    prefectures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """Direct trips from one prefecture to another."""

    origin: str
    destination: str
    trips_a_day: float
    fastest_s: int
    """From the last departure inside the one to the first arrival in the other."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A place where much meets."""

    id: str
    name: str
    departures_a_day: float
    operators: int
    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """The findings; lists are ordered by weight and cut to the limit that was asked for."""

    places: int
    ride_edges: int
    walk_edges: int
    parts: tuple[Part, ...]
    part_count: int
    bridges: tuple[ThinLink, ...]
    bridge_count: int
    articulation_points: tuple[ThinLink, ...]
    articulation_count: int
    feeds: tuple[FeedRole, ...]
    flows: tuple[Flow, ...]
    hubs: tuple[Hub, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return asdict(self)


def report_network(
    network: Network, walks: WalkTable | None = None, *, limit: int = 20
) -> tuple[NetworkReport, "nx.MultiDiGraph[int]"]:
    """Return the report and the graph that it describes; walks join places where they are given."""
    graph = build_graph(network, walks)
    simple: nx.Graph[int] = nx.Graph()
    simple.add_nodes_from(graph)
    simple.add_edges_from((a, b) for a, b in graph.edges())
    feeds_at = _feeds_at(graph)
    parts = components(simple.nodes, simple.edges)
    cut_edges, cut_places = bridges(simple), articulation_points(simple)
    rides = sum(key != WALK for _, _, key in graph.edges(keys=True))
    report = NetworkReport(
        places=graph.number_of_nodes(),
        ride_edges=rides,
        walk_edges=graph.number_of_edges() - rides,
        parts=tuple(_part(graph, part, feeds_at) for part in parts[:limit]),
        part_count=len(parts),
        bridges=tuple(_thin(graph, cut) for cut in cut_edges[:limit]),
        bridge_count=len(cut_edges),
        articulation_points=tuple(_thin(graph, cut) for cut in cut_places[:limit]),
        articulation_count=len(cut_places),
        feeds=_roles(network, graph, feeds_at, parts),
        flows=_flows(network),
        hubs=_hubs(graph, limit),
    )
    return report, graph


def _feeds_at(graph: "nx.MultiDiGraph[int]") -> dict[int, set[str]]:
    """Return which feeds serve each place."""
    result: dict[int, set[str]] = {node: set() for node in graph}
    for a, b, data in graph.edges(data=True):
        feed = data.get("feed")
        if feed is not None:
            result[a].add(feed)
            result[b].add(feed)
    return result


def _part(graph: "nx.MultiDiGraph[int]", part: set[int], feeds_at: dict[int, set[str]]) -> Part:
    """Describe a part by its first places in the order of the network."""
    ordered = sorted(part)
    return Part(
        len(part),
        tuple(graph.nodes[node]["name"] for node in ordered[:NAMES_SHOWN]),
        _sorted(graph.nodes[node]["prefecture"] for node in part),
        _sorted(feed for node in part for feed in feeds_at[node]),
    )


def _sorted(texts: Iterable[str]) -> tuple[str, ...]:
    """Return different, non-empty texts in order."""
    return tuple(sorted({text for text in texts if text}))


def _thin(graph: "nx.MultiDiGraph[int]", cut: Cut) -> ThinLink:
    """Describe what runs over a bridge, or from an articulation point."""
    if len(cut.places) == 2:
        a, b = cut.places
        edges = [
            data for x, y in ((a, b), (b, a)) for data in (graph.get_edge_data(x, y) or {}).values()
        ]
    else:
        edges = [data for _, _, data in graph.out_edges(cut.places[0], data=True)]
    return ThinLink(
        tuple(graph.nodes[node]["id"] for node in cut.places),
        tuple(graph.nodes[node]["name"] for node in cut.places),
        cut.cut_off,
        round(sum(data.get("trips_a_day", 0.0) for data in edges), 1),
        _sorted(data.get("operator", "") for data in edges),
        _sorted(data["mode"] for data in edges),
        cut.nested,
    )


def _roles(
    network: Network,
    graph: "nx.MultiDiGraph[int]",
    feeds_at: dict[int, set[str]],
    parts: list[set[int]],
) -> tuple[FeedRole, ...]:
    """Take every feed away in turn and look at what is left, the weightiest first."""
    pairs: dict[tuple[int, int], set[str]] = {}
    for a, b, data in graph.edges(data=True):
        pairs.setdefault((min(a, b), max(a, b)), set()).add(data.get("feed") or WALK)
    home = {node: number for number, part in enumerate(parts) for node in part}
    result = []
    for tag, publisher in zip(network.feeds.tag, network.feeds.publisher, strict=True):
        own = {node for node, feeds in feeds_at.items() if tag in feeds}
        only = {node for node in own if feeds_at[node] == {tag}}
        left = [node for node in graph if node not in only]
        after = components(
            left,
            (
                pair
                for pair, feeds in pairs.items()
                if feeds != {tag} and pair[0] not in only and pair[1] not in only
            ),
        )
        before = len({home[node] for node in left})
        # of each part of today the greatest piece stays whole; the other pieces are cut off
        greatest: dict[int, int] = {}
        for piece in after:
            number = home[next(iter(piece))]
            greatest[number] = max(greatest.get(number, 0), len(piece))
        cut_off = len(left) - sum(greatest.values())
        result.append(
            FeedRole(
                tag,
                publisher,
                len(own),
                len(only),
                cut_off,
                len(after) - before,
                _sorted(graph.nodes[node]["prefecture"] for node in own),
            )
        )
    return tuple(sorted(result, key=lambda role: (-role.only - role.cut_off, role.tag)))


def _flows(network: Network) -> tuple[Flow, ...]:
    """Return the trips that join two prefectures without a change, the most frequent first."""
    names = network.places.prefecture.tolist()
    different = sorted(set(names))
    code = np.array([different.index(name) for name in names], np.int64)
    trips, calls = network.trips, network.calls
    place = network.stops.place[calls.stop]
    at = code[place] if len(code) else place
    a_day = departures_a_day(network)
    length = np.diff(trips.call_start)
    owner = np.repeat(np.arange(len(length)), length)
    crossing = np.flatnonzero(
        (at[1:] != at[:-1]) & (owner[1:] == owner[:-1]) & (trips.duplicate_of[owner[1:]] < 0)
    )
    count: dict[tuple[int, int], float] = {}
    fastest: dict[tuple[int, int], int] = {}
    for trip in np.unique(owner[crossing]).tolist():
        begin, end = trips.call_start[trip : trip + 2].tolist()
        last_out: dict[int, int] = {}
        seen: set[tuple[int, int]] = set()
        for call in range(begin, end):
            here = int(at[call])
            for origin, departure in last_out.items():
                if origin != here and (origin, here) not in seen:
                    seen.add((origin, here))
                    took = int(calls.arrival_s[call]) - departure
                    fastest[origin, here] = min(took, fastest.get((origin, here), took))
            last_out[here] = int(calls.departure_s[call])
        for pair in seen:
            count[pair] = count.get(pair, 0.0) + float(a_day[trip])
    flows = [
        Flow(
            different[origin] or UNKNOWN,
            different[destination] or UNKNOWN,
            round(number, 1),
            fastest[origin, destination],
        )
        for (origin, destination), number in count.items()
    ]
    return tuple(sorted(flows, key=lambda flow: (-flow.trips_a_day, flow.origin, flow.destination)))


def _hubs(graph: "nx.MultiDiGraph[int]", limit: int) -> tuple[Hub, ...]:
    """Return the places that most vehicles leave."""
    hubs = []
    for node, facts in graph.nodes(data=True):
        out = [data for _, _, data in graph.out_edges(node, data=True) if "trips_a_day" in data]
        hubs.append(
            Hub(
                facts["id"],
                facts["name"],
                round(sum(data["trips_a_day"] for data in out), 1),
                len({data["operator"] for data in out}),
                _sorted(data["mode"] for data in out),
            )
        )
    return tuple(sorted(hubs, key=lambda hub: (-hub.departures_a_day, hub.id))[:limit])
