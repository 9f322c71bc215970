"""Small networks from a few lines, without feeds: for tests that are about the search."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from maas.core import network as columns
from maas.core.columns import Texts

TAG = "t"


@dataclass(frozen=True)
class CallSpec:
    """A trip at a stop; times are seconds of the service day."""

    stop: str
    arrival_s: int
    departure_s: int
    pickup: int = 0
    drop_off: int = 0


@dataclass(frozen=True)
class TripSpec:
    """A trip; `service` is the row of `Spec.services`."""

    id: str
    calls: tuple[CallSpec, ...]
    route: str = "R"
    service: int = 0
    block: int = -1
    bikes: int = 0
    wheelchair: int = 0
    reservation: int = 0


@dataclass(frozen=True)
class TransferSpec:
    """A row of transfers.txt."""

    start: str
    end: str
    min_s: int = -1
    type: int = 2
    from_trip: str = ""
    to_trip: str = ""
    from_route: str = ""
    to_route: str = ""


@dataclass(frozen=True)
class FrequencySpec:
    """A row of frequencies.txt."""

    trip: str
    start_s: int
    end_s: int
    headway_s: int
    exact: int = 1


@dataclass(frozen=True)
class RouteSpec:
    """A route of an agency."""

    id: str
    agency: str = "A"
    type: int = 3


@dataclass(frozen=True)
class Spec:
    """What a network is made of."""

    trips: tuple[TripSpec, ...]
    services: tuple[tuple[int, ...], ...] = ((1,),)
    first_day: date = date(2026, 1, 5)
    stops: tuple[str, ...] = ()
    """More stops than those that trips call at."""
    parents: dict[str, str] = field(default_factory=dict)
    transfers: tuple[TransferSpec, ...] = ()
    frequencies: tuple[FrequencySpec, ...] = ()
    routes: tuple[RouteSpec, ...] = ()
    zone: str = "UTC"

    def all_stops(self) -> list[str]:
        """Return every stop once: those named, then as trips meet them."""
        named = [*self.stops, *self.parents, *self.parents.values()]
        met = [call.stop for trip in self.trips for call in trip.calls]
        return list(dict.fromkeys([*named, *met]))

    def all_routes(self) -> list[RouteSpec]:
        """Return every route once."""
        known = {route.id: route for route in self.routes}
        for trip in self.trips:
            known.setdefault(trip.route, RouteSpec(trip.route))
        return list(known.values())


def at(text: str) -> int:
    """Return the seconds of `H:MM` or `H:MM:SS`."""
    parts = [int(part) for part in text.split(":")]
    return parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0)


def trip(name: str, *calls: str, **more: object) -> TripSpec:
    """Make a trip of calls such as `A 8:00` or `B 8:10/8:12`."""
    rows = []
    for call in calls:
        stop, times = call.split()
        arrival, _, departure = times.partition("/")
        rows.append(CallSpec(stop, at(arrival), at(departure or arrival)))
    return TripSpec(name, tuple(rows), **more)  # type: ignore[arg-type]


def _i32(rows: Sequence[int]) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    return np.asarray(list(rows), np.int32)


def _i8(rows: Sequence[int]) -> "np.ndarray[tuple[int], np.dtype[np.int8]]":
    return np.asarray(list(rows), np.int8)


def _scoped(rows: Sequence[str]) -> Texts:
    return Texts.of(f"{TAG}_{row}" for row in rows)


def _blank(count: int) -> Texts:
    return Texts.of([""] * count)


def network_of(spec: Spec) -> columns.Network:
    """Return the columns that merging such a feed would give; stops lie 5 km apart in a row."""
    stop_ids, routes = spec.all_stops(), spec.all_routes()
    stop_row = {stop: row for row, stop in enumerate(stop_ids)}
    route_row = {route.id: row for row, route in enumerate(routes)}
    trip_row = {row.id: number for number, row in enumerate(spec.trips)}
    agencies = list(dict.fromkeys(route.agency for route in routes)) or ["A"]
    count, trips = len(stop_ids), len(spec.trips)
    calls = [call for one in spec.trips for call in one.calls]
    starts = np.zeros(trips + 1, np.int64)
    np.cumsum([len(one.calls) for one in spec.trips], out=starts[1:])
    children = set(spec.parents.values())
    return columns.Network(
        first_day=spec.first_day,
        feeds=columns.Feeds(
            tag=Texts.of([TAG]),
            publisher=_blank(1),
            version=_blank(1),
            start_day=Texts.of([spec.first_day.isoformat()]),
            end_day=_blank(1),
            looped_since=_blank(1),
            synthetic=np.zeros(1, np.uint8),
            licence=_blank(1),
            attribution=_blank(1),
            language=_blank(1),
        ),
        agencies=columns.Agencies(
            id=_scoped(agencies),
            name=Texts.of(agencies),
            url=_blank(len(agencies)),
            zone=Texts.of([spec.zone] * len(agencies)),
            phone=_blank(len(agencies)),
            feed=_i32([0] * len(agencies)),
        ),
        places=columns.Places(
            id=Texts.of(f"place_{stop}" for stop in stop_ids),
            name=Texts.of(stop_ids),
            lat=np.full(count, 33.0),
            lon=130.0 + 0.05 * np.arange(count),
            kind=Texts.of(["stop"] * count),
            method=Texts.of(["single"] * count),
            confidence=np.ones(count, np.float32),
            prefecture=_blank(count),
        ),
        stops=columns.Stops(
            id=_scoped(stop_ids),
            name=Texts.of(stop_ids),
            code=_blank(count),
            platform=_blank(count),
            description=_blank(count),
            zone_id=_blank(count),
            time_zone=_blank(count),
            lat=np.full(count, 33.0),
            lon=130.0 + 0.05 * np.arange(count),
            parent=_i32([stop_row.get(spec.parents.get(stop, ""), -1) for stop in stop_ids]),
            place=_i32([stop_row[spec.parents.get(stop, stop)] for stop in stop_ids]),
            location_type=_i8([int(stop in children) for stop in stop_ids]),
            wheelchair=_i8([0] * count),
            level=np.full(count, np.nan, np.float32),
            feed=_i32([0] * count),
        ),
        routes=columns.Routes(
            id=_scoped([route.id for route in routes]),
            agency=_i32([agencies.index(route.agency) for route in routes]),
            type=_i32([route.type for route in routes]),
            short_name=Texts.of(route.id for route in routes),
            long_name=_blank(len(routes)),
            description=_blank(len(routes)),
            color=_blank(len(routes)),
            text_color=_blank(len(routes)),
            url=_blank(len(routes)),
        ),
        trips=columns.Trips(
            id=_scoped([one.id for one in spec.trips]),
            route=_i32([route_row[one.route] for one in spec.trips]),
            service=_i32([one.service for one in spec.trips]),
            block=_i32([one.block for one in spec.trips]),
            headsign=_i32([-1] * trips),
            short_name=_i32([-1] * trips),
            direction=_i8([-1] * trips),
            wheelchair=_i8([one.wheelchair for one in spec.trips]),
            bikes=_i8([one.bikes for one in spec.trips]),
            cars=_i8([0] * trips),
            reservation=_i8([one.reservation for one in spec.trips]),
            shape=_i32([-1] * trips),
            duplicate_of=_i32([-1] * trips),
            call_start=starts,
        ),
        calls=columns.Calls(
            stop=_i32([stop_row[call.stop] for call in calls]),
            arrival_s=_i32([call.arrival_s for call in calls]),
            departure_s=_i32([call.departure_s for call in calls]),
            sequence=_i32(
                [number for one in spec.trips for number in range(1, len(one.calls) + 1)]
            ),
            pickup=_i8([call.pickup for call in calls]),
            drop_off=_i8([call.drop_off for call in calls]),
            headsign=_i32([-1] * len(calls)),
            shape_distance=np.full(len(calls), np.nan, np.float32),
            exact=np.ones(len(calls), np.uint8),
        ),
        services=columns.Services(
            id=_scoped([f"S{row}" for row in range(len(spec.services))]),
            runs=np.asarray(spec.services, np.uint8).reshape(len(spec.services), -1),
        ),
        frequencies=columns.Frequencies(
            trip=_i32([trip_row[row.trip] for row in spec.frequencies]),
            start_s=_i32([row.start_s for row in spec.frequencies]),
            end_s=_i32([row.end_s for row in spec.frequencies]),
            headway_s=_i32([row.headway_s for row in spec.frequencies]),
            exact=np.asarray([row.exact for row in spec.frequencies], np.uint8),
        ),
        transfers=columns.Transfers(
            from_stop=_i32([stop_row.get(row.start, -1) for row in spec.transfers]),
            to_stop=_i32([stop_row.get(row.end, -1) for row in spec.transfers]),
            from_route=_i32([route_row.get(row.from_route, -1) for row in spec.transfers]),
            to_route=_i32([route_row.get(row.to_route, -1) for row in spec.transfers]),
            from_trip=_i32([trip_row.get(row.from_trip, -1) for row in spec.transfers]),
            to_trip=_i32([trip_row.get(row.to_trip, -1) for row in spec.transfers]),
            type=_i8([row.type for row in spec.transfers]),
            min_time_s=_i32([row.min_s for row in spec.transfers]),
        ),
        pathways=columns.Pathways(
            from_stop=_i32([]),
            to_stop=_i32([]),
            mode=_i8([]),
            bidirectional=np.zeros(0, np.uint8),
            traversal_s=_i32([]),
            length_m=np.zeros(0, np.float32),
        ),
        shapes=columns.Shapes(
            id=Texts.of([]),
            point_start=np.zeros(1, np.int64),
            lat=np.zeros(0),
            lon=np.zeros(0),
            distance=np.zeros(0, np.float32),
        ),
        texts=Texts.of([]),
        translations={},
    )
