"""Walks between stops after compiling."""

from dataclasses import replace

from tests.acceptance.cases import Case, Query
from tests.acceptance.requests import TAG
from tests.acceptance.styles import style_of
from tests.acceptance.system import compiled, network_of, variant_files

_ONE_TRIP = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,A,https://a.example,UTC\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nR,A,R,3\n",
    "trips.txt": "route_id,service_id,trip_id\nR,S,T\n",
    "calendar_dates.txt": "service_id,date,exception_type\nS,20260105,1\n",
}

FASTEST_WALK_MPS = 20.0
"""No one walks faster, whatever a feed says; asked for by cases about unwalkable rows."""


def check_footpaths(case: Case, query: Query) -> list[str]:
    """Compare the walks that a compiled network holds, in minutes by stop."""
    files = variant_files(case, query.name)
    if files.get("stop_times.txt", "").count("\n") <= 1:
        # A feed without a trip is no network; any trip will do, since only walks are compared.
        stops = [line.split(",")[0] for line in files["stops.txt"].splitlines()[1:3]]
        times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + "".join(
            f"T,0{hour}:00:00,0{hour}:00:00,{stop},{hour}\n" for hour, stop in enumerate(stops, 8)
        )
        files = {**files, **_ONE_TRIP, "stop_times.txt": times}
    network = network_of(replace(case, gtfs=files))
    limit = FASTEST_WALK_MPS if "unwalkable" in query.name else 0.0
    timetable = compiled(network, style_of(case), fastest_walk_mps=limit)
    nodes = timetable.nodes
    names = [network.stops.id[int(stop)].removeprefix(f"{TAG}_") for stop in nodes.stop]
    found: dict[str, dict[str, float]] = {}
    for node, name in enumerate(names):
        for row in range(int(nodes.walk_start[node]), int(nodes.walk_start[node + 1])):
            other = names[int(nodes.walk_to[row])]
            if other != name:
                found.setdefault(name, {})[other] = int(nodes.walk_s[row]) / 60
    wanted = query.expect["footpaths_minutes"]
    return [] if found == wanted else [f"walks {found}, not {wanted}"]
