"""Trips of a route with their calls, frequencies and shapes."""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

from gtfs_feeds.sample.builder import FeedBuilder
from gtfs_feeds.sample.days import day_kinds
from gtfs_feeds.sample.fares import Pattern
from gtfs_feeds.sample.tables import Route, Run, SampleTableError, Spot, waypoints
from gtfs_feeds.sample.timing import Window, expand, mirrored, windows
from gtfs_feeds.sample.wording import spelled

_TRIPS: Final = (
    "route_id,service_id,trip_id,trip_short_name,block_id,trip_headsign,direction_id,shape_id,"
    "wheelchair_accessible,bikes_allowed,cars_allowed,pickup_type"
)
_STOP_TIMES: Final = (
    "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type,timepoint"
)
_SHAPES: Final = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence"
_FREQUENCIES: Final = "trip_id,start_time,end_time,headway_secs,exact_times"


@cache
def _clock() -> list[str]:
    """Return HH:MM:SS of every minute of three days."""
    return [f"{minute // 60:02}:{minute % 60:02}:00" for minute in range(72 * 60)]


def add_route(builder: FeedBuilder, route: Route) -> None:
    """Add every trip of a route, and remember its patterns, stops and headsigns."""
    previous: dict[int, list[Window]] = {0: [], 1: []}
    for number, run in enumerate(route.runs, 1):
        forward = expand(route, run, builder.finder)
        for direction, text in enumerate((run.out, run.back or run.out)):
            found = windows(text, previous[direction], run.where)
            previous[direction] = found
            if not found:
                continue
            pattern = mirrored(forward) if direction else forward
            builder.patterns.setdefault(route.id, []).append(pattern)
            batch = _Batch(route, run, f"{route.id}-{number}{'ob'[direction]}", direction, pattern)
            _add_shape(builder, batch)
            for kind in run.days.split():
                if kind not in day_kinds():
                    raise SampleTableError(f"{run.where}: no days {kind}")
                builder.day_codes.add(kind)
                _add_trips(builder, batch, kind, found)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Trips that differ in nothing but their start and their days."""

    route: Route
    run: Run
    id: str
    direction: int
    pattern: Pattern


def _add_trips(builder: FeedBuilder, batch: _Batch, kind: str, found: list[Window]) -> None:
    run, clock = batch.run, _clock()
    frequency = run.flags.get("freq")
    starts: list[tuple[int, Window | None]] = (
        [(window.first, window) for window in found]
        if frequency
        else [(m, None) for m in sorted({m for w in found for m in w.departures()})]
    )
    cells = _stop_cells(builder, batch)
    fixed = _trip_cells(builder, batch)
    trips = builder.text.setdefault("trips.txt", [_TRIPS])
    times = builder.text.setdefault("stop_times.txt", [_STOP_TIMES])
    for index, (minute, window) in enumerate(starts):
        trip = f"{batch.id}-{kind}-{clock[minute][:2]}{clock[minute][3:5]}"
        if trip in builder.trip_ids:
            raise SampleTableError(f"{run.where}: two trips {trip}")
        builder.trip_ids.add(trip)
        if "join" in run.flags:
            key, _, part = run.flags["join"].partition(":")
            link = builder.joins.setdefault((f"{key}-{kind}", "ob"[batch.direction], index), {})
            link.setdefault(part, []).append(trip)
        short, block = _train_name(builder, batch, index), ""
        if "block" in run.flags:
            block = f"{run.flags['block']}-{'ob'[batch.direction]}-{kind}-{index + 1}"
        trips.append(f"{batch.route.id},{kind},{trip},{short},{block},{fixed}")
        times.extend(
            f"{trip},{clock[minute + arrival]},{clock[minute + departure]},{rest}"
            for arrival, departure, rest in cells
        )
        if window:
            end = window.departures()[-1] + window.headway
            builder.text.setdefault("frequencies.txt", [_FREQUENCIES]).append(
                f"{trip},{clock[window.first]},{clock[end]},{window.headway * 60},"
                f"{int(frequency == 'exact')}"
            )


def _trip_cells(builder: FeedBuilder, batch: _Batch) -> str:
    """Return the cells of trips.txt that all trips of a batch share."""
    flags, mode, last = batch.run.flags, batch.route.mode, batch.pattern[-1].spot
    # A through or split train is named by where it goes in the end: to= out, from= back.
    headsign = flags.get("from" if batch.direction else "to", "")
    if headsign:
        builder.headsigns[headsign] = spelled(headsign)
    else:
        headsign = last.name
        builder.headsigns.setdefault(headsign, (last.kana, last.english))
    shape = batch.id if batch.id in builder.shapes else ""
    wheelchair, bikes, cars = (
        flags.get("wheelchair", mode.wheelchair),
        flags.get("bikes", mode.bikes),
        flags.get("cars", mode.cars),
    )
    reserved = 2 if "reserved" in flags else 0
    cells = (headsign, batch.direction, shape, wheelchair, bikes, cars, reserved)
    return ",".join(str(cell) for cell in cells)


def _train_name(builder: FeedBuilder, batch: _Batch, index: int) -> str:
    """Return a trip's short name: out odd, back even, as Japanese railways number trains."""
    name, _, start = batch.run.flags.get("name", "").partition("#")
    if not name:
        return ""
    kana, english = spelled(name)
    if not start:
        builder.train_names[name] = (kana, english)
        return name
    number = int(start) + 2 * index + batch.direction
    builder.train_names[f"{name}{number}号"] = (f"{kana}{number}ごう", f"{english} {number}")
    return f"{name}{number}号"


def _stop_cells(builder: FeedBuilder, batch: _Batch) -> list[tuple[int, int, str]]:
    """Return arrival, departure and the other cells of stop_times.txt, call by call."""
    cells: list[tuple[int, int, str]] = []
    for sequence, call in enumerate(batch.pattern, 1):
        builder.used.setdefault(call.spot.id, call.spot)
        code = builder.platform(call.spot, batch.route, batch.direction)
        stop = f"{call.spot.id}-{code}" if code else call.spot.id
        pickup, drop_off = int(not call.board), int(not call.alight)
        rest = f"{stop},{sequence},{pickup},{drop_off},{int(call.anchored)}"
        cells.append((call.arrival, call.departure, rest))
    return cells


def _add_shape(builder: FeedBuilder, batch: _Batch) -> None:
    """Draw railways from station to station and ships along their courses; others have no shape."""
    points = [_point(batch.pattern[0].spot)]
    known = bool(builder.finder.lines)
    for left, right in pairwise(batch.pattern):
        points += [_point(spot) for spot in builder.finder.passed(left.spot, right.spot)]
        turns = waypoints().get((left.spot.id, right.spot.id), ())
        points += [*turns, _point(right.spot)]
        known = known or bool(turns)
    if not known:
        return
    builder.shapes.add(batch.id)
    builder.text.setdefault("shapes.txt", [_SHAPES]).extend(
        f"{batch.id},{lat:.5f},{lon:.5f},{number}" for number, (lat, lon) in enumerate(points, 1)
    )


def _point(spot: Spot) -> tuple[float, float]:
    return spot.lat, spot.lon
