"""
The slow twin of the search: obvious, exhaustive, and without a line in common with it.

Every vehicle of every service day is written out call by call in seconds since 1970. A journey is a
chain of rides, and between two rides one changes at one stop or takes one walk. `best` looks at
every way to go on from every alighting; nothing is pruned, so what it finds is complete.

The rules are those of the GTFS Schedule Reference and of `routing.model.SearchRequest`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from tests.support.networks import Spec, TransferSpec, TripSpec

NEVER = 1 << 60
DAY_S = 86_400
NONE_TYPE, MINIMUM, FORBIDDEN, IN_SEAT, RE_BOARD = 1, 2, 3, 4, 5


@dataclass(frozen=True)
class TwinVia:
    """A stop on the way; see `routing.model.Via`."""

    stop: str
    stay_s: int = 0
    ride_through: bool = True
    or_stops: tuple[str, ...] = ()

    def holds(self, stop: str) -> bool:
        """Return whether the via is met there."""
        return stop == self.stop or stop in self.or_stops


@dataclass(frozen=True)
class TwinQuery:
    """What is asked, in instants (seconds since 1970)."""

    origins: tuple[tuple[str, int], ...]
    targets: tuple[tuple[str, int], ...]
    first_s: int
    """Departing journeys leave from here …"""
    last_s: int
    """… and until here, both included; arriving ones arrive so."""
    arrive_by: bool = False
    most_transfers: int = 3
    vias: tuple[TwinVia, ...] = ()
    minimum_s: int = 0
    factor: float = 1.0
    additional_s: int = 0
    may_ride: Callable[[TripSpec], bool] = field(default=lambda _trip: True)


@dataclass(frozen=True, order=True)
class Found:
    """A journey as the criteria see it."""

    departure: int
    arrival: int
    transfers: int


@dataclass(frozen=True)
class Call:
    """A vehicle at a stop."""

    stop: str
    arrival: int
    departure: int
    board: bool
    alight: bool
    trip: int
    """Row of the trip that arrives; boarding counts for `departing`."""
    departing: int


@dataclass(frozen=True)
class Vehicle:
    """One vehicle from where it starts to where it ends, through all trips that it runs."""

    calls: tuple[Call, ...]


class Twin:
    """Answers queries over one network; slow."""

    def __init__(self, spec: Spec, *, change_s: int = 120) -> None:
        self.spec = spec
        self.change_s = change_s

    # --- vehicles -------------------------------------------------------------------------------

    def _day_start(self, day: int) -> int:
        there = self.spec.first_day + timedelta(days=day)
        noon = datetime(there.year, there.month, there.day, 12, tzinfo=ZoneInfo(self.spec.zone))
        return int((noon.astimezone(UTC) - timedelta(hours=12)).timestamp())

    def _runs(self, trip: int, day: int) -> bool:
        bits = self.spec.services[self.spec.trips[trip].service]
        return 0 <= day < len(bits) and bool(bits[day])

    def _starts(self, trip: int) -> list[int]:
        """Return by how much each run of a trip is later than its published times."""
        spec = self.spec.trips[trip]
        rows = [row for row in self.spec.frequencies if row.trip == spec.id]
        if not rows:
            return [0]
        first = spec.calls[0].departure_s
        return sorted(
            {
                start - first
                for row in rows
                for start in range(row.start_s, row.end_s, row.headway_s)
            }
        )

    def _calls(self, trip: int, day: int, later_s: int) -> list[Call]:
        base = self._day_start(day) + later_s
        return [
            Call(
                call.stop,
                base + call.arrival_s,
                base + call.departure_s,
                call.pickup != NONE_TYPE,
                call.drop_off != NONE_TYPE,
                trip,
                trip,
            )
            for call in self.spec.trips[trip].calls
        ]

    def _joined(self, kind: int) -> set[tuple[int, int]]:
        rows = {trip.id: row for row, trip in enumerate(self.spec.trips)}
        return {
            (rows[row.from_trip], rows[row.to_trip])
            for row in self.spec.transfers
            if row.type == kind and row.from_trip and row.to_trip
        }

    def _next(self, trip: int, day: int) -> list[tuple[int, int]]:
        """Return (trip, day) of what the vehicle runs next."""
        joined = self._joined(IN_SEAT)
        after = [b for a, b in sorted(joined) if a == trip]
        end = self.spec.trips[trip].calls[-1].arrival_s
        if after:
            found = []
            for other in after:
                begin = self.spec.trips[other].calls[0].departure_s
                # The next departure at or after the arrival, on whatever service day that is.
                shift = 0
                while begin + shift * DAY_S < end:
                    shift += 1
                while begin + (shift - 1) * DAY_S >= end:
                    shift -= 1
                if self._runs(other, day + shift):
                    found.append((other, day + shift))
            return found
        block = self.spec.trips[trip].block
        if block < 0:
            return []
        later = sorted(
            (other.calls[0].departure_s, row)
            for row, other in enumerate(self.spec.trips)
            if other.block == block
            and row != trip
            and not any(f.trip == other.id for f in self.spec.frequencies)
            and other.calls[0].departure_s >= end
            and (other.calls[0].departure_s, row)
            > (self.spec.trips[trip].calls[0].departure_s, trip)
            and self._runs(row, day)
        )
        if not later:
            return []
        row = later[0][1]
        if (trip, row) in self._joined(RE_BOARD) or any(b == row for _, b in joined):
            return []
        return [(row, day)]

    @cached_property
    def vehicles(self) -> list[Vehicle]:
        """Every vehicle of every day, from its first trip on; trips that split give several."""
        days = max(len(bits) for bits in self.spec.services)
        trips = range(len(self.spec.trips))
        fed = {
            after
            for trip in trips
            for day in range(-1, days + 1)
            if self._runs(trip, day) and not self._repeated(trip)
            for after in self._next(trip, day)
        }
        found: list[Vehicle] = []
        for trip in trips:
            for day in range(days):
                if not self._runs(trip, day) or (trip, day) in fed:
                    continue
                for later_s in self._starts(trip):
                    calls = self._calls(trip, day, later_s)
                    if self._repeated(trip):
                        found.append(Vehicle(tuple(calls)))
                    else:
                        found += [Vehicle(tuple(row)) for row in self._paths(trip, day, calls)]
        return found

    def _repeated(self, trip: int) -> bool:
        return any(row.trip == self.spec.trips[trip].id for row in self.spec.frequencies)

    def _paths(self, trip: int, day: int, calls: list[Call]) -> Iterator[list[Call]]:
        following = self._next(trip, day)
        if not following:
            yield calls
        for after, then in following:
            more = self._calls(after, then, 0)
            last, first = calls[-1], more[0]
            if last.stop == first.stop:
                # One call: it arrives as the one trip and departs as the other.
                middle = [
                    Call(
                        last.stop,
                        last.arrival,
                        first.departure,
                        first.board,
                        last.alight,
                        last.trip,
                        first.trip,
                    )
                ]
                yield from self._paths(after, then, [*calls[:-1], *middle, *more[1:]])
            else:
                closed = Call(
                    last.stop,
                    last.arrival,
                    last.departure,
                    False,
                    last.alight,
                    last.trip,
                    first.trip,
                )
                yield from self._paths(after, then, [*calls[:-1], closed, *more])

    # --- changes --------------------------------------------------------------------------------

    def _stops_of(self, named: str) -> set[str]:
        inside = {child for child, parent in self.spec.parents.items() if parent == named}
        return inside or {named}

    @cached_property
    def _general(self) -> dict[tuple[str, str], int]:
        """Seconds between stops by the rows that name stops only; NEVER where forbidden."""
        times: dict[tuple[str, str], int] = {}
        rows = [
            row
            for row in self.spec.transfers
            if row.type in {MINIMUM, FORBIDDEN}
            and row.start
            and row.end
            and not (row.from_trip or row.to_trip or row.from_route or row.to_route)
        ]
        # A row that names the stops themselves is stronger than one that names their station.
        for exact in (False, True):
            for row in rows:
                pairs = {(a, b) for a in self._stops_of(row.start) for b in self._stops_of(row.end)}
                if (pairs == {(row.start, row.end)}) == exact:
                    for pair in pairs:
                        times[pair] = NEVER if row.type == FORBIDDEN else row.min_s
        return times

    def _strength(self, row: TransferSpec) -> tuple[int, int]:
        sides = [2 if row.from_trip else int(bool(row.from_route))]
        sides.append(2 if row.to_trip else int(bool(row.to_route)))
        return sum(sides), max(sides)

    def change(self, before: Call, after: Call) -> int:
        """Return the seconds from an alighting to a boarding, NEVER where nobody can."""
        pair = (before.stop, after.stop)
        general = self._general.get(pair, self.change_s if pair[0] == pair[1] else NEVER)
        arriving, departing = self.spec.trips[before.trip], self.spec.trips[after.departing]
        fits = [
            row
            for row in self.spec.transfers
            if row.type in {MINIMUM, FORBIDDEN}
            and (row.from_trip or row.to_trip or row.from_route or row.to_route)
            and before.stop in self._stops_of(row.start)
            and after.stop in self._stops_of(row.end)
            and row.from_trip in {"", arriving.id}
            and row.to_trip in {"", departing.id}
            and row.from_route in {"", arriving.route}
            and row.to_route in {"", departing.route}
        ]
        if not fits:
            return general
        strongest = max(fits, key=self._strength)
        return NEVER if strongest.type == FORBIDDEN else strongest.min_s

    # --- search ---------------------------------------------------------------------------------

    def best(self, query: TwinQuery, *, outside: bool = True) -> set[Found]:
        """
        Return the Pareto set of journeys: later departure, earlier arrival, fewer transfers.

        Args:
            query: What is asked.
            outside: Whether a journey outside the window beats those inside that are no better.
                Who leaves after the window loses nothing by it, so a search may do either.
        """
        return _Search(self, query).run(outside=outside)


class _Search:
    """One query: earliest arrival from every boarding, by rides left and vias met."""

    def __init__(self, twin: Twin, query: TwinQuery) -> None:
        self.twin = twin
        self.query = query
        self.vehicles = twin.vehicles
        self.boards = [
            (v, c)
            for v, vehicle in enumerate(self.vehicles)
            for c, call in enumerate(vehicle.calls[:-1])
            if call.board and self._rideable(call)
        ]
        self.at_stop: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for v, c in self.boards:
            self.at_stop[self.vehicles[v].calls[c].stop].append((v, c))
        self.egress = dict(query.targets)
        self.not_before = -NEVER
        self._ride: dict[tuple[int, int, int, int], int] = {}
        self._after: dict[tuple[int, int, int, int], int] = {}

    def _rideable(self, call: Call) -> bool:
        return self.query.may_ride(self.twin.spec.trips[call.departing])

    def _passes(self, met: int, stop: str) -> int:
        """Return how many vias are met after being at a stop in a vehicle."""
        vias = self.query.vias
        while met < len(vias) and vias[met].holds(stop) and self._free(vias[met]):
            met += 1
        return met

    @staticmethod
    def _free(via: TwinVia) -> bool:
        return via.ride_through and via.stay_s == 0

    def ride(self, board: tuple[int, int], rides: int, met: int) -> int:
        """Return the earliest arrival at the destination after boarding, with that many rides."""
        key = (*board, rides, met)
        if key not in self._ride:
            v, c = board
            calls = self.vehicles[v].calls
            met = self._passes(met, calls[c].stop)
            best = NEVER
            for at in range(c + 1, len(calls)):
                if not self._rideable(calls[at - 1]):
                    break
                met = self._passes(met, calls[at].stop)
                if calls[at].alight:
                    best = min(best, self.alighted(v, at, rides - 1, met))
            self._ride[key] = best
        return self._ride[key]

    def alighted(self, v: int, at: int, rides: int, met: int) -> int:
        """Return the earliest arrival after getting off, with so many rides left."""
        key = (v, at, rides, met)
        if key in self._after:
            return self._after[key]
        call = self.vehicles[v].calls[at]
        best = NEVER
        for here, waited in self._stays(met, call.stop):
            if here == len(self.query.vias) and waited == 0:
                end = call.arrival + self.egress.get(call.stop, NEVER)
                best = min(best, end if end >= self.not_before else NEVER)
            if rides > 0:
                best = min(best, self._changed(call, rides, here, waited))
        self._after[key] = best
        return best

    def _stays(self, met: int, stop: str) -> list[tuple[int, int]]:
        """Return (vias met, seconds stayed) that one may choose on foot at a stop."""
        found = [(met, 0)]
        waited = 0
        while met < len(self.query.vias) and self.query.vias[met].holds(stop):
            waited += self.query.vias[met].stay_s
            met += 1
            found.append((met, waited))
        return found

    def _changed(self, call: Call, rides: int, met: int, waited: int) -> int:
        best = NEVER
        for stop, boards in self.at_stop.items():
            choices = [(met, 0)] if stop == call.stop else self._stays(met, stop)
            for board in boards:
                other = self.vehicles[board[0]].calls[board[1]]
                seconds = self.twin.change(call, other)
                if seconds >= NEVER:
                    continue
                seconds = self._wanted(seconds)
                for there, longer in choices:
                    if call.arrival + waited + seconds + longer <= other.departure:
                        best = min(best, self.ride(board, rides, there))
        return best

    def _wanted(self, seconds: int) -> int:
        query = self.query
        scaled = -int(-(seconds * query.factor) // 1)
        return max(scaled, query.minimum_s) + query.additional_s

    def run(self, *, outside: bool) -> set[Found]:
        """Return the Pareto set."""
        if self.query.arrive_by and not outside:
            self.not_before = self.query.first_s
        query = self.query
        found: set[Found] = set()
        for board in self.boards:
            call = self.vehicles[board[0]].calls[board[1]]
            for stop, offset in query.origins:
                if stop != call.stop:
                    continue
                met = 0
                while met < len(query.vias) and query.vias[met].holds(stop):
                    if query.vias[met].stay_s:
                        break
                    met += 1
                departure = call.departure - offset
                for rides in range(1, query.most_transfers + 2):
                    arrival = self.ride(board, rides, met)
                    if arrival < NEVER and self._counts(departure, arrival):
                        found.add(Found(departure, arrival, rides - 1))
        return {
            row
            for row in found
            if self._given(row)
            and not any(_beats(other, row) and (outside or self._given(other)) for other in found)
        }

    def _given(self, row: Found) -> bool:
        """Whether a journey is inside the window at both ends."""
        if self.query.arrive_by:
            return row.arrival >= self.query.first_s
        return row.departure <= self.query.last_s

    def _counts(self, departure: int, arrival: int) -> bool:
        """
        Whether a journey may be given, or beat others.

        A journey that leaves after the window, or arrives before it, is not given, but may beat
        those inside that are no better.
        """
        if self.query.arrive_by:
            return arrival <= self.query.last_s
        return departure >= self.query.first_s


def _beats(one: Found, other: Found) -> bool:
    return one != other and (
        one.departure >= other.departure
        and one.arrival <= other.arrival
        and one.transfers <= other.transfers
    )


def at_instant(day: date, seconds: int, zone: str = "UTC") -> int:
    """Return the instant of a time of day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return int(midnight.timestamp()) + seconds
