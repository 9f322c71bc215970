"""Journeys of the planner as parts that the API writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from maas.api.itineraries import Part, Spot, Walk
from maas.api.rides import Ride
from routing.boards.changes import Changes
from routing.boards.live import RunKey
from routing.boards.runs import Runs
from routing.model import Itinerary, Leg, StopCall, TransferSettings


@dataclass(frozen=True, slots=True)
class Ends:
    """Where the journey begins and ends, as the caller named it."""

    start: Spot
    end: Spot
    start_mode: str = "WALK"
    end_mode: str = "WALK"


def parts_of(
    runs: Runs, journey: Itinerary, ends: Ends, changing: tuple[Changes, TransferSettings]
) -> list[Part]:
    """Return the rides and walks of a journey, with a walk wherever the traveller changes."""
    rides = [None if leg.trip is None else ride_of(runs, leg) for leg in journey.legs]
    around = [None, *rides, None]
    parts: list[Part] = []
    last = len(journey.legs) - 1
    for place, (leg, ride) in enumerate(zip(journey.legs, rides, strict=True)):
        if ride is not None:
            parts.append(ride)
        elif leg.departure != leg.arrival or place not in {0, last} or last == 0:
            way = _walk(runs, leg, (around[place], around[place + 2]), ends)
            parts.append(way)
    return list(_with_changes(runs, parts, *changing))


def _with_changes(
    runs: Runs, parts: Sequence[Part], changes: Changes, settings: TransferSettings
) -> Iterator[Part]:
    before: Part | None = None
    for part in parts:
        if isinstance(before, Ride) and isinstance(part, Ride) and not part.stays_seated:
            off, on = runs.run(before.key), runs.run(part.key)
            stop, other = off.stop[before.last], on.stop[part.first]
            begin, leaves = off.arrival[before.last], on.departure[part.first]
            end = max(min(begin + changes.seconds(stop, settings), leaves), begin)
            yield Walk(Spot(stop), Spot(other), begin, end, 0.0 if stop == other else None)
        yield part
        before = part


def _walk(runs: Runs, leg: Leg, rides: tuple[Ride | None, Ride | None], ends: Ends) -> Walk:
    """Return a walk between two rides; a missing one is an end of the journey."""
    before, after = rides
    mode = leg.mode.value
    if before is None:
        start = _spot(runs, leg.calls[0], ends.start)
        mode = ends.start_mode if mode == "WALK" else mode
    else:
        start = Spot(runs.run(before.key).stop[before.last])
    if after is None:
        end = _spot(runs, leg.calls[-1], ends.end)
        mode = ends.end_mode if mode == "WALK" else mode
    else:
        end = Spot(runs.run(after.key).stop[after.first])
    times = int(leg.departure.timestamp()), int(leg.arrival.timestamp())
    return Walk(start, end, *times, leg.distance_m, mode)


def _spot(runs: Runs, call: StopCall, own: Spot) -> Spot:
    """Return the traveller's own end of a walk: of a place that was named, the very stop."""
    row = runs.index.stop_rows.get(call.stop_id) if own.stop >= 0 else None
    return own if row is None else Spot(row)


def ride_of(runs: Runs, leg: Leg) -> Ride:
    """
    Return the run and the calls of a ride that the planner found.

    Raises:
        LookupError: The run is not in this network, which cannot be while both are of one build.
    """
    first, last = leg.trip_calls
    return Ride(_key_of(runs, leg), first, last, leg.stays_seated)


def _key_of(runs: Runs, leg: Leg) -> RunKey:
    assert leg.trip is not None
    index = runs.index
    trip = index.trip_rows.get(leg.trip.trip_id)
    if trip is None:
        if runs.live is not None:
            found = runs.live.find_added(leg.trip.trip_id)
            if found is not None:
                return found
        raise LookupError(leg.trip.trip_id)
    number = _number_of(leg.trip.service_day, index.network.first_day)
    base = int(index.day_start[int(index.agency_of_trip[trip]), number])
    own = runs.start_s(RunKey(trip, number))
    return RunKey(trip, number, int(leg.trip.start.timestamp()) - base - own)


@lru_cache(maxsize=4096)
def _number_of(day: str, first: date) -> int:
    return (date.fromisoformat(day) - first).days
