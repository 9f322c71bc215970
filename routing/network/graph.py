"""
The network as a graph: places as nodes, rides and walks as edges.

An edge is one route from one place to the next, with what a planner of timetables asks of it: how
many trips a day, how fast the fastest is, who runs it. The graph is for looking at the network as a
whole; journeys are searched in the timetable, never here.
"""

from dataclasses import dataclass
from typing import Final

import networkx as nx
import numpy as np

from maas.core.columns import Float64s, Int32s, Int64s
from maas.core.network import Network
from routing.modes import mode_of
from routing.places.weights import departures_a_day
from routing.street.footpaths import WalkTable

WALK: Final = "walk"
"""Key of the walking edge between two places; rides have the id of their route."""


@dataclass(frozen=True, slots=True)
class RideEdges:
    """One row a route from a place to the next place where it calls."""

    from_place: Int32s
    to_place: Int32s
    route: Int32s
    trips_a_day: Float64s
    """On average over the days of the network on which the feed runs."""
    fastest_s: Int32s


def ride_edges(network: Network) -> RideEdges:
    """Return the rides of a network; a run that two feeds publish counts once."""
    trips, calls = network.trips, network.calls
    count = len(calls.stop)
    place = network.stops.place[calls.stop]
    length = np.diff(trips.call_start)
    per_trip = departures_a_day(network)
    once = np.repeat(trips.duplicate_of < 0, length)
    inner = np.ones(count, np.bool_)
    inner[trips.call_start[1:] - 1] = False
    row = np.flatnonzero(inner & once)
    row = row[place[row] != place[row + 1]]
    route = np.repeat(trips.route, length)[row].astype(np.int64)
    places = len(network.places.id)
    key = (route * places + place[row]) * places + place[row + 1]
    different, back = np.unique(key, return_inverse=True)
    fastest = np.full(len(different), np.iinfo(np.int32).max, np.int64)
    np.minimum.at(fastest, back, calls.arrival_s[row + 1] - calls.departure_s[row])
    pair = different % (places * places) if places else different
    return RideEdges(
        (pair // max(places, 1)).astype(np.int32),
        (pair % max(places, 1)).astype(np.int32),
        (different // max(places * places, 1)).astype(np.int32),
        np.bincount(back, np.repeat(per_trip, length)[row], len(different)).astype(np.float64),
        fastest.astype(np.int32),
    )


def walk_edges(network: Network, walks: WalkTable) -> tuple[Int32s, Int32s, Float64s]:
    """Return the shortest walk between each two places, in metres."""
    a, b = network.stops.place[walks.from_stop], network.stops.place[walks.to_stop]
    other = a != b
    key = a[other].astype(np.int64) * len(network.places.id) + b[other]
    different, back = np.unique(key, return_inverse=True)
    metres = np.full(len(different), np.inf)
    np.minimum.at(metres, back, walks.metres[other].astype(np.float64))
    places = max(len(network.places.id), 1)
    return (different // places).astype(np.int32), (different % places).astype(np.int32), metres


def served_places(network: Network) -> Int64s:
    """Return the places at which a vehicle calls."""
    return np.unique(network.stops.place[network.calls.stop]).astype(np.int64)


def build_graph(network: Network, walks: WalkTable | None = None) -> "nx.MultiDiGraph[int]":
    """
    Return the graph of the served places.

    Nodes are rows of `Network.places` with `id`, `name`, `kind`, `prefecture` and, where known,
    `lat` and `lon`. Ride edges are keyed by the route's id, with `route`, `mode`, `operator`,
    `feed`, `trips_a_day` and `fastest_s`; walking edges by `WALK`, with `mode`, `metres` and
    `fastest_s`.
    """
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    places, routes, agencies = network.places, network.routes, network.agencies
    for place in served_places(network).tolist():
        spot = {}
        if not np.isnan(places.lat[place]):
            spot = {"lat": float(places.lat[place]), "lon": float(places.lon[place])}
        graph.add_node(
            place,
            id=places.id[place],
            name=places.name[place],
            kind=places.kind[place],
            prefecture=places.prefecture[place],
            **spot,
        )
    rides = ride_edges(network)
    facts = []
    for route in range(len(routes.id)):
        agency = int(routes.agency[route])
        facts.append(
            {
                "route": routes.short_name[route] or routes.long_name[route],
                "mode": str(mode_of(int(routes.type[route]))),
                "operator": agencies.name[agency],
                "feed": network.feeds.tag[int(agencies.feed[agency])],
            }
        )
    route_ids = routes.id.tolist()
    for from_place, to_place, route, a_day, fastest in zip(
        rides.from_place.tolist(),
        rides.to_place.tolist(),
        rides.route.tolist(),
        rides.trips_a_day.tolist(),
        rides.fastest_s.tolist(),
        strict=True,
    ):
        graph.add_edge(
            from_place,
            to_place,
            key=route_ids[route],
            trips_a_day=round(a_day, 3),
            fastest_s=fastest,
            **facts[route],
        )
    if walks is not None:
        seconds_a_metre = 1 / 1.2
        for a, b, metres in zip(
            *(column.tolist() for column in walk_edges(network, walks)), strict=True
        ):
            graph.add_edge(
                a,
                b,
                key=WALK,
                mode="WALK",
                metres=round(metres),
                fastest_s=round(metres * seconds_a_metre),
            )
    return graph
