import json
import xml.etree.ElementTree as ET
from collections import deque

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from maas.cli import app
from routing.network import as_geojson, build_graph, report_network, write_graphml
from routing.network.links import articulation_points, bridges
from routing.street.footpaths import footpaths
from tests.support.feed_text import write_feed
from tests.support.towns import METRES_A_DEGREE, merged, spot, town

KM = 1000
FAR = {name: (at * 10 * KM, 0) for at, name in enumerate("abcdefgh")}


def by_name(graph):
    return {facts["name"]: node for node, facts in graph.nodes(data=True)}


def test_an_edge_tells_route_operator_trips_a_day_and_the_fastest_time() -> None:
    # two routes a → b → c; each runs once a day, ten minutes from stop to stop
    network = merged(town(FAR, {"1": "abc", "2": "ab"}, types={"2": 2})).network

    graph = build_graph(network)
    at = by_name(graph)

    assert set(graph.nodes) == {at["a"], at["b"], at["c"]}
    edges = graph.get_edge_data(at["a"], at["b"])
    assert edges["a_1"] == {
        "route": "1",
        "mode": "BUS",
        "operator": "Operator a",
        "feed": "a",
        "trips_a_day": 1.0,
        "fastest_s": 600,
    }
    assert edges["a_2"]["mode"] == "REGIONAL_RAIL"
    assert not graph.has_edge(at["b"], at["a"])


def test_walks_between_places_are_edges_with_their_length() -> None:
    network = merged(town(FAR | {"x": (300, 0)}, {"1": "ab", "2": "xc"})).network

    graph = build_graph(network, footpaths(network))

    at = by_name(graph)
    walk = graph.get_edge_data(at["a"], at["x"])["walk"]
    assert walk == {"mode": "WALK", "metres": 390, "fastest_s": 325}


def test_islands_without_a_connection_are_parts_of_their_own() -> None:
    report, _ = report_network(merged(town(FAR, {"1": "abcd", "2": "ef", "3": "fg"})).network)

    assert [(part.places, part.names) for part in report.parts] == [
        (4, ("a", "b", "c", "d")),
        (3, ("e", "f", "g")),
    ]
    assert report.part_count == 2


def test_the_last_bus_to_a_village_is_a_bridge_with_what_it_cuts_off() -> None:
    # a–b–c is a ring; d and e hang on c by one line.
    network = merged(town(FAR, {"1": "abca", "2": "cde", "3": "edc"})).network

    report, _ = report_network(network)

    outer, inner = report.bridges
    assert (set(outer.names), outer.cut_off, outer.trips_a_day) == ({"c", "d"}, 2, 2.0)
    assert (set(inner.names), inner.cut_off, inner.nested) == ({"d", "e"}, 1, True)
    assert [(point.names, point.cut_off) for point in report.articulation_points] == [
        (("c",), 2),
        (("d",), 1),
    ]


def test_a_feed_connects_what_falls_apart_without_it() -> None:
    town_a = town(FAR, {"1": "ab"}, tag="west")
    ferry = town(FAR, {"1": "bc"}, tag="ferry", types={"1": 4})
    town_b = town(FAR, {"1": "cde"}, tag="east")

    report, _ = report_network(merged(town_a, ferry, town_b).network)

    roles = {role.tag: (role.places, role.only, role.cut_off) for role in report.feeds}
    # without the ferry a–b (2) are cut from c–d–e (3); without the others only their own are lost
    assert roles == {"west": (2, 1, 0), "ferry": (2, 0, 2), "east": (3, 2, 0)}


def test_flows_count_direct_trips_between_prefectures() -> None:
    def at(lat, lon):
        east, north = spot(0, 0)
        return ((lon - north) * METRES_A_DEGREE * 0.83867, (lat - east) * METRES_A_DEGREE)

    stops = {"hakata": at(33.59, 130.42), "tosu": at(33.37, 130.51), "kumamoto": at(32.79, 130.69)}
    network = merged(town(stops, {"1": ["hakata", "tosu", "kumamoto"]})).network

    report, _ = report_network(network)

    flows = {(f.origin, f.destination): (f.trips_a_day, f.fastest_s) for f in report.flows}
    assert flows == {
        ("福岡県", "佐賀県"): (1.0, 600),
        ("佐賀県", "熊本県"): (1.0, 600),
        ("福岡県", "熊本県"): (1.0, 1200),
    }


def test_a_run_published_twice_counts_once() -> None:
    # both feeds stand on the same spots under the same names and times
    network = merged(town(FAR, {"1": "abc"}, tag="x"), town(FAR, {"1": "abc"}, tag="y")).network

    report, _ = report_network(network)

    assert {hub.name: hub.departures_a_day for hub in report.hubs}["a"] == 1.0


def test_geojson_and_graphml_hold_every_place_and_can_be_read_back(tmp_path) -> None:
    network = merged(town(FAR | {"n": None}, {"1": "abn", "2": "ba"})).network
    graph = build_graph(network)

    geojson = json.loads(json.dumps(as_geojson(graph)))
    write_graphml(graph, tmp_path / "g.graphml")

    points = [f for f in geojson["features"] if f["geometry"]["type"] == "Point"]
    (line,) = [f for f in geojson["features"] if f["geometry"]["type"] == "LineString"]
    assert {point["properties"]["name"] for point in points} == {"a", "b"}
    assert line["properties"]["trips_a_day"] == 2.0
    assert line["geometry"]["coordinates"][0] == pytest.approx([130.0, 33.0])
    root = ET.parse(tmp_path / "g.graphml").getroot()
    names = {node.get("id") for node in root.iter("{http://graphml.graphdrawing.org/xmlns}node")}
    assert names == {"place:a_a", "place:a_b", "place:a_n"}
    assert nx.read_graphml(tmp_path / "g.graphml").number_of_edges() == graph.number_of_edges()


def reached(nodes, edges, start):
    """Nodes that a plain breadth-first search reaches."""
    seen, queue = {start}, deque([start])
    while queue:
        at = queue.popleft()
        for a, b in edges:
            if at in (a, b):
                other = b if at == a else a
                if other in nodes and other not in seen:
                    seen.add(other)
                    queue.append(other)
    return seen


def cut_off(nodes, edges, part):
    """How many nodes of a part are outside the greatest piece that is left of it."""
    left = set(part)
    pieces = []
    while left:
        piece = reached(nodes, edges, next(iter(left)))
        pieces.append(len(piece & left))
        left -= piece
    return sum(pieces) - max(pieces, default=0)


graphs = st.sets(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1]),
    max_size=16,
)


@settings(max_examples=80, deadline=None)
@given(edges=graphs)
def test_cuts_agree_with_taking_each_thing_away(edges) -> None:
    simple = nx.Graph(sorted(edges))
    nodes = set(simple)

    wanted_bridges = {}
    for edge in edges:
        rest = edges - {edge}
        lost = cut_off(nodes, rest, reached(nodes, edges, edge[0]))
        if lost:
            wanted_bridges[edge] = lost
    wanted_points = {}
    for node in nodes:
        others = nodes - {node}
        lost = cut_off(others, edges, reached(nodes, edges, node) - {node})
        if lost:
            wanted_points[node] = lost

    assert {tuple(sorted(cut.places)): cut.cut_off for cut in bridges(simple)} == wanted_bridges
    assert {cut.places[0]: cut.cut_off for cut in articulation_points(simple)} == wanted_points


def test_the_command_reports_feeds_and_writes_both_files(tmp_path) -> None:
    good = write_feed(tmp_path / "good.zip")
    bad = write_feed(tmp_path / "bad.zip", trips="")

    result = CliRunner().invoke(
        app,
        [
            "network", "report", "--feed", f"good={good}", "--feed", f"bad={bad}",
            "--format", "json", "--geojson", str(tmp_path / "g.json"),
            "--graphml", str(tmp_path / "g.graphml"),
        ],
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["places"] == 3
    assert "✗ bad [missing-table]" in result.stderr
    assert json.loads((tmp_path / "g.json").read_text())["type"] == "FeatureCollection"
    assert (tmp_path / "g.graphml").stat().st_size > 0


@pytest.mark.parametrize("options", [[], ["nowhere"], ["--feed", "a=nowhere.zip"]])
def test_the_command_refuses_what_is_no_network(options, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(app, ["network", "report", *options])

    assert result.exit_code == 2
    assert "Traceback" not in result.output
