"""Runs as they are scheduled and as they are operated, and the chain of a vehicle's runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from routing.boards.index import MODES, BoardIndex
from routing.boards.live import LiveData, LiveRun, RunKey
from routing.model import Mode
from routing.modes import mode_of


@dataclass(frozen=True, slots=True)
class Run:
    """One run on one day; every sequence has one entry a call, instants are seconds since 1970."""

    key: RunKey
    trip_id: str
    """Feed-scoped."""
    route: int
    """Row, or -1 where an added run names none."""
    mode: Mode
    first_call: int
    """Row of the first call in the network, or -1 for an added run."""
    stop: Sequence[int]
    scheduled_stop: Sequence[int]
    arrival: Sequence[int]
    departure: Sequence[int]
    scheduled_arrival: Sequence[int]
    scheduled_departure: Sequence[int]
    pickup: Sequence[int]
    """GTFS pickup_type: 1 means that nobody boards."""
    drop_off: Sequence[int]
    skipped: Sequence[int]
    cancelled: bool
    live: bool
    """Something is known of today's operation."""
    added: bool
    headsign: str = ""
    """What a message of today says that it shows."""

    def __len__(self) -> int:
        return len(self.stop)

    def boards(self, position: int) -> bool:
        """Whether the timetable lets travellers board at that call."""
        return self.pickup[position] != 1

    def alights(self, position: int) -> bool:
        """Whether the timetable lets travellers get off at that call."""
        return self.drop_off[position] != 1

    def serves(self, position: int) -> bool:
        """Whether the vehicle calls there today."""
        return not self.cancelled and not self.skipped[position]


class Runs:
    """Makes runs from the columns and the live data that it was given."""

    def __init__(self, index: BoardIndex, live: LiveData | None = None) -> None:
        self.index = index
        self.live = live
        self._run = lru_cache(maxsize=4096)(self._make)

    def run(self, key: RunKey) -> Run:
        """Return a run; the day must be one of the network's, the trip one that has calls."""
        return self._run(key)

    def runs_on(self, trip: int, day: int) -> bool:
        """Whether the timetable has a trip run on that day."""
        if not 0 <= day < self.index.days:
            return False
        service = int(self.index.network.trips.service[trip])
        return service >= 0 and bool(self.index.network.services.runs[service, day])

    def start_s(self, key: RunKey) -> int:
        """Return the seconds of the service day at which a scheduled run leaves its first stop."""
        calls = self.index.network.calls
        first = int(self.index.network.trips.call_start[key.trip])
        return int(calls.departure_s[first]) + key.shift_s

    def chain(self, key: RunKey) -> list[RunKey]:
        """
        Return the runs that one vehicle makes one after the other, this one among them.

        Trips of a block on the same day belong together where one begins at the stop where the
        one before ends, not earlier than it arrives (GTFS trips.block_id).
        """
        trips = self.index.network.trips
        if key.trip < 0 or key.shift_s or (block := int(trips.block[key.trip])) < 0:
            return [key]
        day = [trip for trip in self.index.blocks.get(block, ()) if self.runs_on(trip, key.day)]
        if key.trip not in day:
            return [key]
        here = day.index(key.trip)
        first = last = here
        while first > 0 and self._joins(day[first - 1], day[first]):
            first -= 1
        while last + 1 < len(day) and self._joins(day[last], day[last + 1]):
            last += 1
        return [RunKey(trip, key.day) for trip in day[first : last + 1]]

    def find(self, trip: int, day: int, start_s: int | None) -> RunKey | None:
        """Return the run of a trip that leaves at these seconds of a day; None if there is none."""
        runs = self.index.runs
        if not self.runs_on(trip, day):
            return None
        rows = range(int(runs.start[trip]), int(runs.start[trip + 1]))
        keys = [RunKey(trip, day, int(runs.shift_s[row])) for row in rows]
        if start_s is None:
            return keys[0] if keys else None
        for key in keys:
            if self.start_s(key) // 60 == start_s // 60:
                return key
        return None

    def _joins(self, before: int, after: int) -> bool:
        network = self.index.network
        last = int(network.trips.call_start[before + 1]) - 1
        first = int(network.trips.call_start[after])
        return int(network.calls.stop[last]) == int(network.calls.stop[first]) and int(
            network.calls.arrival_s[last]
        ) <= int(network.calls.departure_s[first])

    def _make(self, key: RunKey) -> Run:
        found = self.live.run(key) if self.live else None
        return self._added(key, found) if key.trip < 0 else self._scheduled(key, found)

    def _scheduled(self, key: RunKey, live: LiveRun | None) -> Run:
        index, network = self.index, self.index.network
        begin = int(network.trips.call_start[key.trip])
        rows = slice(begin, int(network.trips.call_start[key.trip + 1]))
        agency = int(index.agency_of_trip[key.trip])
        base = int(index.day_start[agency, key.day]) + key.shift_s
        calls = network.calls
        arrival = (np.asarray(calls.arrival_s[rows], np.int64) + base).tolist()
        departure = (np.asarray(calls.departure_s[rows], np.int64) + base).tolist()
        stop = np.asarray(calls.stop[rows]).tolist()
        nothing = [0] * len(stop)
        planned = Run(
            key=key,
            trip_id=network.trips.id[key.trip],
            route=int(network.trips.route[key.trip]),
            mode=MODES[int(index.mode_of_trip[key.trip])],
            first_call=begin,
            stop=stop,
            scheduled_stop=stop,
            arrival=arrival,
            departure=departure,
            scheduled_arrival=arrival,
            scheduled_departure=departure,
            pickup=np.asarray(calls.pickup[rows]).tolist(),
            drop_off=np.asarray(calls.drop_off[rows]).tolist(),
            skipped=nothing,
            cancelled=False,
            live=False,
            added=False,
        )
        return planned if live is None else _operated(planned, live)

    def _added(self, key: RunKey, live: LiveRun | None) -> Run:
        if live is None or self.live is None:
            raise KeyError(key)
        trip_id, route = self.live.added_trip(key)
        mode = Mode.OTHER
        if route >= 0:
            mode = mode_of_route(self.index, route)
        nobody: list[int] = []
        planned = Run(
            key=key,
            trip_id=trip_id,
            route=route,
            mode=mode,
            first_call=-1,
            stop=nobody,
            scheduled_stop=nobody,
            arrival=nobody,
            departure=nobody,
            scheduled_arrival=nobody,
            scheduled_departure=nobody,
            pickup=nobody,
            drop_off=nobody,
            skipped=nobody,
            cancelled=False,
            live=True,
            added=True,
        )
        return _operated(planned, live)


def _operated(run: Run, live: LiveRun) -> Run:
    """Return a run with today's stops and times; what is scheduled stays beside them."""
    same = len(live.stop) == len(run.stop)
    return replace(
        run,
        first_call=run.first_call if same else -1,
        stop=live.stop.tolist(),
        scheduled_stop=live.scheduled_stop.tolist(),
        arrival=live.arrival.tolist(),
        departure=live.departure.tolist(),
        scheduled_arrival=live.scheduled_arrival.tolist(),
        scheduled_departure=live.scheduled_departure.tolist(),
        pickup=live.pickup.tolist(),
        drop_off=live.drop_off.tolist(),
        skipped=live.skipped.tolist(),
        cancelled=live.cancelled,
        live=True,
        headsign=live.headsign,
    )


def mode_of_route(index: BoardIndex, route: int) -> Mode:
    """Return the mode of a route."""
    return mode_of(int(index.network.routes.type[route]))
