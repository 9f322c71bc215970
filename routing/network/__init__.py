"""The network as a graph of places: what hangs together, and by how thin a thread."""

from routing.network.export import as_geojson, write_geojson, write_graphml
from routing.network.graph import build_graph
from routing.network.report import NetworkReport, report_network

__all__ = [
    "NetworkReport",
    "as_geojson",
    "build_graph",
    "report_network",
    "write_geojson",
    "write_graphml",
]
