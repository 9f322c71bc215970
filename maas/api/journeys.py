"""Journeys of the planner as parts that the API writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from maas.api.itineraries import Part, Spot, Walk
from maas.api.rides import Ride
from routing.boards.changes import Changes
from routing.boards.live import RunKey
from routing.boards.runs import Run, Runs
from routing.model import Itinerary, Leg, Mode, StopCall, TransferSettings


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
    parts: list[Part] = []
    last = len(journey.legs) - 1
    for place, leg in enumerate(journey.legs):
        if leg.trip is None:
            if leg.departure == leg.arrival and place in {0, last} and last > 0:
                continue
            parts.append(_walk(runs, leg, ends, first=place == 0, last=place == last))
        else:
            parts.append(ride_of(runs, leg))
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


def _walk(runs: Runs, leg: Leg, ends: Ends, *, first: bool, last: bool) -> Walk:
    start, end = leg.calls[0], leg.calls[-1]
    walk = Walk(
        _spot(runs, start, ends.start if first else None),
        _spot(runs, end, ends.end if last else None),
        int(leg.departure.timestamp()),
        int(leg.arrival.timestamp()),
        leg.distance_m,
        leg.mode.value,
    )
    if first and ends.start_mode != "WALK" and leg.mode is Mode.WALK:
        return replace(walk, mode=ends.start_mode)
    if last and ends.end_mode != "WALK" and leg.mode is Mode.WALK:
        return replace(walk, mode=ends.end_mode)
    return walk


def _spot(runs: Runs, call: StopCall, own: Spot | None) -> Spot:
    if own is not None and own.stop < 0:
        return own
    row = runs.index.stop_rows.get(call.stop_id)
    if row is not None:
        return Spot(row)
    if own is not None:
        return own
    return Spot(-1, call.name, call.lat, call.lon)


def ride_of(runs: Runs, leg: Leg) -> Ride:
    """
    Return the run and the calls of a ride that the planner found.

    Raises:
        LookupError: The run is not in this network, which cannot be while both are of one build.
    """
    assert leg.trip is not None
    key = _key_of(runs, leg)
    run = runs.run(key)
    first = _position(run, runs, leg.calls[0], int(leg.scheduled_departure.timestamp()), 0)
    last = _position(
        run, runs, leg.calls[-1], int(leg.scheduled_arrival.timestamp()), first + 1, arrives=True
    )
    return Ride(key, first, last, leg.stays_seated)


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


def _position(
    run: Run, runs: Runs, call: StopCall, when: int, begin: int, *, arrives: bool = False
) -> int:
    """Return the call of a run at a stop; a stop that it serves twice is told by the time."""
    row = runs.index.stop_rows.get(call.stop_id, -1)
    best, least = -1, 1 << 62
    for position in range(begin, len(run)):
        if row not in {run.stop[position], run.scheduled_stop[position]}:
            continue
        times = run.scheduled_arrival if arrives else run.scheduled_departure
        off = abs(times[position] - when)
        if off < least:
            best, least = position, off
    if best < 0:
        raise LookupError(call.stop_id)
    return best
