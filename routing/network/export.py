"""The graph as GeoJSON for maps and as GraphML for other tools."""

import json
from pathlib import Path
from typing import Any

import networkx as nx


def as_geojson(graph: "nx.MultiDiGraph[int]") -> dict[str, Any]:
    """
    Return a FeatureCollection: a point a place, a line a pair of places and mode.

    A line sums the routes both ways (`trips_a_day`, `operators`); places without coordinate and
    what leads there are left out.
    """
    features: list[dict[str, Any]] = []
    for node, facts in graph.nodes(data=True):
        if "lat" in facts:
            told = {name: facts[name] for name in ("id", "name", "kind", "prefecture")}
            features.append(_feature("Point", _spot(graph, node), told))
    lines: dict[tuple[int, int, str], dict[str, Any]] = {}
    for a, b, data in graph.edges(data=True):
        if "lat" not in graph.nodes[a] or "lat" not in graph.nodes[b]:
            continue
        low, high = min(a, b), max(a, b)
        line = lines.setdefault(
            (low, high, data["mode"]),
            {"mode": data["mode"], "trips_a_day": 0.0, "operators": set(), "fastest_s": None},
        )
        line["trips_a_day"] += data.get("trips_a_day", 0.0)
        if "operator" in data:
            line["operators"].add(data["operator"])
        known = line["fastest_s"]
        line["fastest_s"] = data["fastest_s"] if known is None else min(known, data["fastest_s"])
    for (a, b, _), line in sorted(lines.items()):
        told = line | {
            "from": graph.nodes[a]["id"],
            "to": graph.nodes[b]["id"],
            "trips_a_day": round(line["trips_a_day"], 1),
            "operators": sorted(line["operators"]),
        }
        features.append(_feature("LineString", [_spot(graph, a), _spot(graph, b)], told))
    return {"type": "FeatureCollection", "features": features}


def _spot(graph: "nx.MultiDiGraph[int]", node: int) -> list[float]:
    """Return longitude and latitude, as GeoJSON orders them."""
    facts = graph.nodes[node]
    return [round(facts["lon"], 6), round(facts["lat"], 6)]


def _feature(kind: str, coordinates: Any, properties: dict[str, Any]) -> dict[str, Any]:
    """Return a feature."""
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }


def write_geojson(graph: "nx.MultiDiGraph[int]", path: Path) -> None:
    """Write the graph as GeoJSON (RFC 7946)."""
    text = json.dumps(as_geojson(graph), ensure_ascii=False, separators=(",", ":"))
    path.write_text(text, "utf-8")


def write_graphml(graph: "nx.MultiDiGraph[int]", path: Path) -> None:
    """Write the graph as GraphML; nodes are named by the ids of their places."""
    named = nx.relabel_nodes(graph, {node: facts["id"] for node, facts in graph.nodes(data=True)})
    nx.write_graphml(named, path, encoding="utf-8", prettyprint=False)
