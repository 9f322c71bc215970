"""
Made-up feeds of any size, the same for the same seed: input of the bench.

K is about as large as Kyushu (25,000 stops, 2,500 routes, 60,000 trips, 1.5 million calls on a
weekday), S a tenth of it, J ten such regions beside each other, joined by flights: all of Japan.
Times are whole minutes, as in GTFS-JP; walks of transfers.txt are closed groups, so that engines
which need that answer the same.
"""

import io
import itertools
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay, cKDTree

from tests.speed.land import EVERY, GAP_KM, LINES, ROUTE_TYPE, SPEED_KMH, TOWNS, Line

KM_LAT = 111.2
FIRST_DAY, LAST_DAY = "20261101", "20261231"
BUS_PLACES, BUS_ROUTES, BUS_TRIPS = 15_600, 2_350, 46_000
"""Of a region of full size; a place has a pole in each direction."""

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


@dataclass(frozen=True)
class Size:
    """How large a made-up country is."""

    name: str
    regions: int
    scale: float


SIZES = {size.name: size for size in (Size("S", 1, 0.1), Size("K", 1, 1.0), Size("J", 10, 1.0))}


@dataclass
class _Region:
    """A region while it is made; stops in km east and north of its origin."""

    rng: np.random.Generator
    scale: float
    lat: float
    lon: float
    east: list[float] = field(default_factory=list)
    north: list[float] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    groups: list[list[int]] = field(default_factory=list)
    """Stops that are one place: one walks between all of them."""
    agencies: list[str] = field(default_factory=list)
    routes: list[tuple[str, int, int]] = field(default_factory=list)
    """(name, agency, route_type)."""
    runs: list[tuple[int, int, Ints, Floats, Ints, float]] = field(default_factory=list)
    """(route, direction, stops, minutes from the first, departures, dwell)."""

    def stop(self, east: float, north: float, name: str) -> int:
        self.east.append(east)
        self.north.append(north)
        self.name.append(name)
        return len(self.name) - 1

    def agency(self, name: str) -> int:
        if name not in self.agencies:
            self.agencies.append(name)
        return self.agencies.index(name)

    def km(self, town: str) -> tuple[float, float]:
        place = TOWNS[town]
        return (place.lon - 130.0) * KM_LAT * np.cos(np.radians(32.5)), (place.lat - 32.0) * KM_LAT


def make_zips(size: Size, folder: Path, seed: int = 1) -> list[tuple[str, Path]]:
    """Return (tag, zip) of every region, made where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    made: list[tuple[str, Path]] = []
    for number in range(size.regions):
        tag = f"{size.name.lower()}{number}"
        path = folder / f"{tag}-{seed}.zip"
        if not path.exists():
            region = _Region(np.random.default_rng([seed, number]), size.scale, *_corner(number))
            _buses(region)
            _lines(region)
            if size.regions > 1:
                _gates(region, number, size.regions)
            partial = path.with_suffix(".partial")
            _write(region, partial, tag)
            partial.rename(path)
        made.append((tag, path))
    return made


def _corner(number: int) -> tuple[float, float]:
    """Return where a region lies, so that none overlaps another."""
    row, column = divmod(number, 4)
    return 26.0 + 6 * row, 130.0 + 5 * column


def _buses(region: _Region) -> None:
    """Make places around towns and between them, streets, and bus routes along the streets."""
    rng = region.rng
    total = int(BUS_PLACES * region.scale)
    centres = {name: np.array(region.km(name)) for name in TOWNS}
    points: list[Floats] = []
    for name, town in TOWNS.items():
        count = max(8, int(total * town.share))
        radius = town.radius_km * np.sqrt(max(region.scale, 0.2))
        away = radius * np.sqrt(rng.random(count)) * rng.uniform(0.55, 1.0, count)
        angle = rng.uniform(0, 2 * np.pi, count)
        points.append(centres[name] + np.c_[away * np.cos(angle), away * np.sin(angle)])
    rail = [line.towns for line in LINES if line.kind == "local"]
    pairs = [pair for towns in rail for pair in itertools.pairwise(towns)]
    between = max(0, total - sum(len(p) for p in points))
    picked = rng.integers(0, len(pairs), between)
    part = rng.uniform(0.05, 0.95, between)[:, None]
    ends = np.array([[centres[a], centres[b]] for a, b in pairs])[picked]
    points.append(ends[:, 0] * (1 - part) + ends[:, 1] * part + rng.normal(0, 2.0, (between, 2)))
    place = np.concatenate(points)
    poles = [
        [region.stop(x, y, f"Bus {n}"), region.stop(x + 0.02, y + 0.02, f"Bus {n}")]
        for n, (x, y) in enumerate(place.tolist())
    ]
    region.groups += poles
    edges = np.unique(np.sort(_triangle_edges(Delaunay(place)), axis=1), axis=0)
    length = np.linalg.norm(place[edges[:, 0]] - place[edges[:, 1]], axis=1)
    near = length < 6 / np.sqrt(max(region.scale, 0.05))
    edges, length = edges[near], length[near]
    weight = length * rng.uniform(1.0, 1.6, len(length)) + 0.05
    streets = csr_matrix((weight, (edges[:, 0], edges[:, 1])), shape=(len(place), len(place)))
    tree = cKDTree(place)
    shares = {name: town.share for name, town in TOWNS.items()}
    scale = sum(shares.values())
    for name, town in TOWNS.items():
        agency = region.agency(f"{name} Bus")
        hubs = tree.query(centres[name], k=3)[1]
        routes = max(1, int(BUS_ROUTES * region.scale * shares[name] / scale))
        per_route = BUS_TRIPS / BUS_ROUTES / 2
        _bus_routes(region, name, agency, hubs, routes, per_route, streets, place, town.radius_km)


def _triangle_edges(mesh: Delaunay) -> Ints:
    corners = mesh.simplices.astype(np.int64)
    return np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])


def _bus_routes(
    region: _Region,
    town: str,
    agency: int,
    hubs: Ints,
    routes: int,
    per_route: float,
    streets: csr_matrix,
    place: Floats,
    radius: float,
) -> None:
    rng = region.rng
    limit = 9.0 + 2.2 * radius
    covered = np.zeros(len(place), bool)
    distance, before = dijkstra(
        streets, directed=False, indices=hubs, return_predecessors=True, limit=limit * 2
    )
    for number in range(routes):
        hub = number % len(hubs)
        far = np.flatnonzero(np.isfinite(distance[hub]) & (distance[hub] > limit * 0.2))
        if len(far) < 2:
            continue
        fresh = far[~covered[far]]
        goals = fresh if len(fresh) and rng.random() < 0.9 else far
        path = _path(before[hub], hubs[hub], int(rng.choice(goals)))
        if rng.random() < 0.4:
            other = _path(before[hub], hubs[hub], int(rng.choice(goals)))
            seen = set(path)
            path = path[::-1] + [node for node in other[1:] if node not in seen]
        if len(path) < 4:
            continue
        path = path[:70]
        covered[path] = True
        spots = place[path]
        minutes = np.linalg.norm(np.diff(spots, axis=0), axis=1) * 1.3 / rng.uniform(16, 30) * 60
        route = len(region.routes)
        region.routes.append((f"{town} {number}", agency, 3))
        count = max(2, int(rng.lognormal(np.log(per_route), 0.7)))
        for direction in (0, 1):
            stops = np.array(path[:: 1 if direction == 0 else -1]) * 2 + direction
            legs = minutes if direction == 0 else minutes[::-1]
            region.runs.append(
                (route, direction, stops, _along(legs + 0.3), _departures(rng, count), 0.0)
            )


def _path(before: Ints, start: int, end: int) -> list[int]:
    path = [end]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return path[::-1]


def _along(legs: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(legs)])


def _departures(rng: np.random.Generator, count: int, first: int = 340, last: int = 1360) -> Ints:
    """Return minutes of the day, dense in the morning and in the evening, each once."""
    grid = np.arange(first, last)
    weight = (
        1 + 2.2 * np.exp(-(((grid - 465) / 55) ** 2)) + 1.4 * np.exp(-(((grid - 1080) / 80) ** 2))
    )
    level = np.cumsum(weight)
    wanted = (np.arange(count) + rng.uniform(0.2, 0.8)) / count * level[-1]
    return np.unique(grid[np.searchsorted(level, wanted).clip(0, len(grid) - 1)])


def _lines(region: _Region) -> None:
    """Make stations along each railway, piers, airports and highway stops, and what runs there."""
    stations: dict[tuple[str, ...], list[int]] = {}
    ground = np.c_[region.east, region.north]
    tree = cKDTree(ground)
    for line in LINES:
        agency = region.agency(_company(line))
        spots, names, main = _stations(region, line)
        ids: list[tuple[int, int]] = []
        for spot, name in zip(spots, names, strict=True):
            key = (_company(line), name)
            if key not in stations:
                pair = [
                    region.stop(spot[0], spot[1], name),
                    region.stop(spot[0] + 0.03, spot[1], name),
                ]
                stations[key] = pair
                near = tree.query_ball_point(spot, 0.35)[:6]
                region.groups.append(pair + near)
            ids.append((stations[key][0], stations[key][1]))
        every = EVERY.get(line.kind, 1)
        served = [n for n in range(len(ids)) if main[n] or n % every == 0]
        legs = np.linalg.norm(np.diff(spots[served], axis=0), axis=1) * 1.15
        minutes = legs / SPEED_KMH[line.kind] * 60 + 0.4
        route = len(region.routes)
        region.routes.append(
            (
                f"{line.towns[0]}-{line.towns[-1]} {line.kind}",
                agency,
                ROUTE_TYPE.get(line.kind, 1100),
            )
        )
        count = max(1, int(line.trips * max(0.3, min(1.0, region.scale * 1.5))))
        for direction in (0, 1):
            order = served if direction == 0 else served[::-1]
            stops = np.array([ids[n][direction] for n in order])
            along = _along(minutes if direction == 0 else minutes[::-1])
            starts = _departures(region.rng, count, 310, 1400)
            region.runs.append((route, direction, stops, along, starts, 1.0))


def _company(line: Line) -> str:
    return {
        "coach": "Highway Coach",
        "ferry": "Island Ferry",
        "flight": "Island Air",
        "shinkansen": "Bullet Rail",
    }.get(line.kind, "Mainland Rail")


def _stations(region: _Region, line: Line) -> tuple[Floats, list[str], list[bool]]:
    gap = GAP_KM.get(line.kind, 10_000.0) * (1 if region.scale >= 0.5 else 2)
    spots, names, main = [], [], []
    for a, b in zip(line.towns, line.towns[1:], strict=False):
        start, end = np.array(region.km(a)), np.array(region.km(b))
        steps = max(1, round(float(np.linalg.norm(end - start)) / gap))
        for step in range(steps):
            part = step / steps
            first, last = sorted((a, b))
            inner = step if a < b else steps - step
            spots.append(start * (1 - part) + end * part)
            names.append(a if step == 0 else f"{first}-{last} {inner}")
            main.append(step == 0)
    spots.append(np.array(region.km(line.towns[-1])))
    names.append(line.towns[-1])
    main.append(True)
    return np.array(spots), names, main


def _gates(region: _Region, number: int, regions: int) -> None:
    """Join a region to the next ones by flights from its first town."""
    gate = region.stop(*region.km("Fukuoka"), "Gate")
    near = cKDTree(np.c_[region.east, region.north]).query(region.km("Fukuoka"), k=8)[1]
    region.groups.append([gate, *[int(n) for n in near if n != gate]])
    agency = region.agency("Nation Air")
    for step in (1, 2, 3):
        other = (number + step) % regions
        there = region.stop(*region.km("Fukuoka"), f"Gate of {other}")
        (own_lat, own_lon), (lat, lon) = _corner(number), _corner(other)
        # Beside the other region's own gate, so that one walks from the one to the other.
        region.east[there] += (lon - own_lon) * KM_LAT * np.cos(np.radians(32.5)) + 0.05
        region.north[there] += (lat - own_lat) * KM_LAT
        for direction, stops in enumerate(([gate, there], [there, gate])):
            route = len(region.routes)
            region.routes.append((f"Air {number}-{other}", agency, 1100))
            region.runs.append(
                (route, direction, np.array(stops), np.array([0.0, 60.0 + 20 * step]),
                 _departures(region.rng, 12, 400, 1200), 0.0)
            )  # fmt: skip


def _write(region: _Region, path: Path, tag: str) -> None:
    """Write the region as GTFS."""
    lat = region.lat + np.array(region.north) / KM_LAT
    lon = region.lon + np.array(region.east) / (KM_LAT * np.cos(np.radians(32.5)))
    trips, calls = _timetable(region)
    used = np.zeros(len(region.name), bool)
    used[calls["stop"].to_numpy()] = True
    kept = np.flatnonzero(used)
    stops = pl.DataFrame(
        {
            "stop_id": [f"S{n}" for n in kept],
            "stop_name": [region.name[n] for n in kept],
            "stop_lat": lat[kept].round(6),
            "stop_lon": lon[kept].round(6),
        }
    )
    minute = pl.int_range(0, 48 * 60, eager=True)
    clock = pl.DataFrame({"minute": minute}).select(
        "minute",
        text=pl.format(
            "{}:{}:00",
            (pl.col("minute") // 60).cast(pl.String).str.zfill(2),
            (pl.col("minute") % 60).cast(pl.String).str.zfill(2),
        ),
    )["text"]
    times = pl.DataFrame(
        {
            "trip_id": pl.select(pl.format("T{}", calls["trip"])).to_series(),
            "arrival_time": clock.gather(calls["arrival"]),
            "departure_time": clock.gather(calls["departure"]),
            "stop_id": pl.select(pl.format("S{}", calls["stop"])).to_series(),
            "stop_sequence": calls["position"],
        }
    )
    week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    days = {name: [1, int(n < 5)] for n, name in enumerate(week)}
    tables = {
        "agency": pl.DataFrame(
            {
                "agency_id": [f"A{n}" for n in range(len(region.agencies))],
                "agency_name": region.agencies,
                "agency_url": ["https://example.org"] * len(region.agencies),
                "agency_timezone": ["Asia/Tokyo"] * len(region.agencies),
                "agency_lang": ["ja"] * len(region.agencies),
            }
        ),
        "stops": stops,
        "routes": pl.DataFrame(
            {
                "route_id": [f"R{n}" for n in range(len(region.routes))],
                "agency_id": [f"A{row[1]}" for row in region.routes],
                "route_short_name": [row[0] for row in region.routes],
                "route_long_name": [""] * len(region.routes),
                "route_type": [row[2] for row in region.routes],
            }
        ),
        "trips": trips,
        "stop_times": times,
        "calendar": pl.DataFrame(
            {"service_id": ["daily", "weekday"], **days}
            | {"start_date": [FIRST_DAY] * 2, "end_date": [LAST_DAY] * 2}
        ),
        "transfers": _transfers(region, used),
        "feed_info": pl.DataFrame(
            {
                "feed_publisher_name": ["Made up"],
                "feed_publisher_url": ["https://example.org"],
                "feed_lang": ["ja"],
                "feed_start_date": [FIRST_DAY],
                "feed_end_date": [LAST_DAY],
                "feed_version": [tag],
            }
        ),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, table in tables.items():
            text = io.BytesIO()
            table.write_csv(text)
            archive.writestr(f"{name}.txt", text.getvalue())


def _timetable(region: _Region) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return trips and calls; a trip is slower in the rush hours, and none overtakes another."""
    rows = {
        "route_id": [],
        "service_id": [],
        "trip_id": [],
        "trip_headsign": [],
        "direction_id": [],
    }
    parts: dict[str, list[Ints]] = {
        k: [] for k in ("trip", "arrival", "departure", "stop", "position")
    }
    trip = 0
    for route, direction, stops, along, starts, dwell in region.runs:
        slow = 1 + 0.12 * np.exp(-(((starts - 480) / 70.0) ** 2))
        arrival = np.floor(starts[:, None] + along[None, :] * np.round(slow, 2)[:, None]).astype(
            int
        )
        arrival = np.maximum.accumulate(arrival, axis=0)
        departure = arrival + int(dwell)
        departure[:, -1] = arrival[:, -1]
        arrival[:, 1:] = np.maximum(arrival[:, 1:], departure[:, :-1])
        departure = np.maximum(departure, arrival)
        count, width = arrival.shape
        parts["trip"].append(np.repeat(np.arange(trip, trip + count), width))
        parts["arrival"].append(arrival.ravel())
        parts["departure"].append(departure.ravel())
        parts["stop"].append(np.tile(stops, count))
        parts["position"].append(np.tile(np.arange(width), count))
        daily = region.rng.random(count) < 0.7
        rows["route_id"] += [f"R{route}"] * count
        rows["service_id"] += ["daily" if every else "weekday" for every in daily]
        rows["trip_id"] += [f"T{n}" for n in range(trip, trip + count)]
        rows["trip_headsign"] += [region.name[int(stops[-1])]] * count
        rows["direction_id"] += [direction] * count
        trip += count
    calls = pl.DataFrame({name: np.concatenate(columns) for name, columns in parts.items()})
    return pl.DataFrame(rows), calls


def _transfers(region: _Region, used: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> pl.DataFrame:
    """Return walks between all stops of each group; a stop is in one group only."""
    place = np.c_[region.east, region.north]
    group = np.full(len(place), -1)
    for number, members in enumerate(region.groups):
        free = [n for n in members if group[n] < 0]
        old = {int(group[n]) for n in members if group[n] >= 0}
        # A stop that has a group already brings its group: groups stay closed.
        target = min(old) if old else number
        group[free] = target
    order = np.argsort(group, kind="stable")
    order = order[(group[order] >= 0) & used[order]]
    starts = np.flatnonzero(np.r_[True, np.diff(group[order]) != 0])
    origin, target = [], []
    for begin, end in zip(starts, [*starts[1:], len(order)], strict=True):
        members = order[begin:end]
        a, b = np.meshgrid(members, members, indexing="ij")
        origin.append(a[a != b])
        target.append(b[a != b])
    first = np.concatenate(origin) if origin else np.zeros(0, int)
    last = np.concatenate(target) if target else np.zeros(0, int)
    km = np.linalg.norm(place[first] - place[last], axis=1)
    seconds = np.maximum(1, np.ceil(km * 1000 / 60 - 1e-9)).astype(int) * 60
    return pl.DataFrame(
        {
            "from_stop_id": [f"S{n}" for n in first],
            "to_stop_id": [f"S{n}" for n in last],
            "transfer_type": np.full(len(first), 2),
            "min_transfer_time": seconds,
        }
    )
