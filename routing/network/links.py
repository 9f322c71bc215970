"""Links whose loss cuts something off: bridges and articulation points, with what they cut off."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import networkx as nx


@dataclass(frozen=True, slots=True)
class Cut:
    """Something whose loss splits the network."""

    places: tuple[int, ...]
    """The two ends of a bridge, or the articulation point."""
    cut_off: int
    """Places of its component that can no longer be reached from the greatest part left."""
    nested: bool = False
    """All that it cuts off is also cut off by another cut of the list, nearer to the middle."""


def _subtree_sizes(
    tree: "nx.Graph[Any]", root: Hashable, weight: dict[Any, int]
) -> tuple[dict[Any, int], dict[Any, Any]]:
    """Return the weight below each node of a tree (itself included), and each node's parent."""
    parents: dict[Any, Any] = {root: None}
    order = [root]
    for node in order:
        for near in tree.adj[node]:
            if near != parents[node]:
                parents[near] = node
                order.append(near)
    below = {node: weight[node] for node in order}
    for node in reversed(order):
        if parents[node] is not None:
            below[parents[node]] += below[node]
    return below, parents


def bridges(simple: "nx.Graph[int]") -> list[Cut]:
    """Return the bridges of an undirected graph, the outermost that cut off most first."""
    found: Any = nx.bridges(simple)
    cut_edges: list[tuple[int, int]] = list(found)
    rest = simple.copy()
    rest.remove_edges_from(cut_edges)
    block: dict[int, int] = {}
    weight: dict[int, int] = {}
    for number, component in enumerate(nx.connected_components(rest)):
        weight[number] = len(component)
        for node in component:
            block[node] = number
    tree: nx.Graph[Any] = nx.Graph()
    tree.add_nodes_from(weight)
    tree.add_edges_from((block[a], block[b]) for a, b in cut_edges)
    below: dict[int, int] = {}
    parents: dict[int, int | None] = {}
    whole: dict[int, int] = {}
    for component in nx.connected_components(tree):
        root = max(component, key=lambda number: (weight[number], -number))
        sizes, ups = _subtree_sizes(tree, root, weight)
        below |= sizes
        parents |= ups
        whole |= dict.fromkeys(component, sizes[root])
    result = []
    for a, b in cut_edges:
        x, y = block[a], block[b]
        child, parent = (x, y) if parents[x] == y else (y, x)
        inside, outside = below[child], whole[child] - below[child]
        result.append(Cut((a, b), min(inside, outside), parents[parent] is not None))
    return sorted(result, key=lambda cut: (cut.nested, -cut.cut_off, cut.places))


def articulation_points(simple: "nx.Graph[int]") -> list[Cut]:
    """Return the places whose loss splits an undirected graph, ordered as bridges."""
    points = set(nx.articulation_points(simple))
    tree: nx.Graph[Any] = nx.Graph()
    weight: dict[Any, int] = {("point", point): 1 for point in points}
    blocks: Any = nx.biconnected_components(simple)
    for number, block in enumerate(blocks):
        inside = block & points
        weight["block", number] = len(block) - len(inside)
        for point in inside:
            tree.add_edge(("point", point), ("block", number))
    result = []
    for component in nx.connected_components(tree):
        root = max(component, key=lambda node: (node[0] == "block", weight[node], node[1]))
        below, parents = _subtree_sizes(tree, root, weight)
        for kind, point in component:
            if kind != "point":
                continue
            node = (kind, point)
            branches = [below[near] for near in tree.adj[node] if near != parents[node]]
            if parents[node] is not None:
                branches.append(below[root] - below[node])
            nested = parents[node] != root
            result.append(Cut((point,), sum(branches) - max(branches), nested))
    return sorted(result, key=lambda cut: (cut.nested, -cut.cut_off, cut.places))


def components(nodes: Iterable[int], edges: Iterable[tuple[int, int]]) -> list[set[int]]:
    """Return the connected parts, the greatest first."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    return sorted(nx.connected_components(graph), key=lambda part: (-len(part), min(part)))
