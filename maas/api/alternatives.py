"""Other vehicles that could replace one ride of a journey."""

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import numpy as np

from maas.api.itineraries import ItineraryOptions, Part, Spot, Walk, walk_leg
from maas.api.rides import Ride, ride_legs
from maas.api.view import Json, View
from maas.core.columns import Int32s
from routing.boards.changes import Changes
from routing.boards.live import RunKey
from routing.boards.runs import Run
from routing.model import Point, SearchFilters, SearchRequest, StopOffset, StopRef

FAR: Final = 24 * 3600
"""Seconds from the ride that is replaced beyond which nobody looks for another."""

NEVER: Final = -(1 << 62)
"""A bound that says nothing: the run may leave at any time."""

Reach = dict[int, int]
"""Stops, each with the seconds that it takes to be there (or to go on from there)."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What a ride may be replaced within."""

    before: Spot
    after: Spot
    on: Reach
    off: Reach
    earliest: int
    latest: int
    backwards: bool
    """The latest comes first: the ride is the first of several."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another way across a gap."""

    rides: tuple[Ride, ...]
    departure: int
    arrival: int
    on_s: int
    off_s: int


def add_alternatives(
    view: View,
    parts: Sequence[Part],
    shown: Json,
    options: ItineraryOptions,
    asked: tuple[SearchRequest, Changes, int],
) -> None:
    """
    Add to the first leg of every vehicle the other ways between the same changes.

    Ways are rides without a change that fit between the vehicle before and the one after; the
    first vehicle's are told backwards from the next departure.
    """
    request, changes, count = asked
    legs = shown["legs"]
    assert isinstance(legs, list)
    groups = _groups(parts)
    heads = [leg for leg in legs if "tripId" in leg and not leg["interlineWithPreviousLeg"]]
    for place, leg in enumerate(heads):
        gap = _gap(view, parts, groups, place, request, changes)
        found = _nearest(view, gap, request.filters, groups[place], count)
        leg["alternatives"] = [_written(view, gap, way, options) for way in found]


def _groups(parts: Sequence[Part]) -> list[tuple[Ride, ...]]:
    groups: list[tuple[Ride, ...]] = []
    for part in parts:
        if isinstance(part, Ride):
            if part.stays_seated and groups:
                groups[-1] = (*groups[-1], part)
            else:
                groups.append((part,))
    return groups


def _gap(
    view: View,
    parts: Sequence[Part],
    groups: list[tuple[Ride, ...]],
    place: int,
    request: SearchRequest,
    changes: Changes,
) -> Gap:
    here = groups[place]
    first, last = view.runs.run(here[0].key), view.runs.run(here[-1].key)
    leaves = first.departure[here[0].first]
    if place > 0:
        ride = groups[place - 1][-1]
        run = view.runs.run(ride.key)
        stop, earliest = run.stop[ride.last], run.arrival[ride.last]
        before, on = Spot(stop), changes.onward(stop, request.transfer)
    else:
        before, on = _end(view, request, parts[0], changes, origin=True)
        on = on or {first.stop[here[0].first]: 0}
        begin = parts[0].departure if isinstance(parts[0], Walk) else leaves
        earliest = begin if len(groups) == 1 else leaves - FAR
    if place + 1 < len(groups):
        ride = groups[place + 1][0]
        run = view.runs.run(ride.key)
        stop, latest = run.stop[ride.first], run.departure[ride.first]
        after, off = Spot(stop), changes.toward(stop, request.transfer)
    else:
        after, off = _end(view, request, parts[-1], changes, origin=False)
        off = off or {last.stop[here[-1].last]: 0}
        latest = leaves + 2 * FAR
    return Gap(before, after, on, off, earliest, latest, place == 0 and len(groups) > 1)


def _end(
    view: View, request: SearchRequest, part: Part, changes: Changes, *, origin: bool
) -> tuple[Spot, Reach]:
    """Return the end of the journey and what lies in its reach."""
    place = request.origin if origin else request.destination
    index = view.index
    spot = Spot()
    if isinstance(part, Walk):
        spot = part.start if origin else part.end
    if isinstance(place, StopRef):
        rows = [index.stop_rows[place.id]] if place.id in index.stop_rows else []
        reach: Reach = {}
        for row in index.family(rows) if rows else []:
            reach[row] = 0
        for row in tuple(reach):
            walks = changes.walks_from(row) if origin else changes.walks_to(row)
            for other, took in walks.items():
                reach[other] = min(took, reach.get(other, took))
        return (spot if spot.stop >= 0 or not rows else Spot(rows[0])), reach
    if isinstance(place, Point):
        longest = request.max_access_s if origin else request.max_egress_s
        seconds = np.ceil(index.metres(place.lat, place.lon) / request.walk_speed_mps)
        near = np.flatnonzero((seconds <= longest) & (index.calls_of_stop > 0))
        return spot, {int(row): int(seconds[row]) for row in near}
    return spot, _offsets(view, place)


def _offsets(view: View, offsets: tuple[StopOffset, ...]) -> Reach:
    rows = view.index.stop_rows
    return {rows[offset.stop_id]: offset.seconds for offset in offsets if offset.stop_id in rows}


def _nearest(
    view: View, gap: Gap, filters: SearchFilters, own: tuple[Ride, ...], count: int
) -> list[Other]:
    """Return the first ways across a gap (the last, if told backwards), without `own`."""
    found: list[tuple[tuple[int, int, RunKey], Other]] = []
    leaves: list[int] = []
    for bound, key in _candidates(view, gap):
        if len(leaves) >= count and leaves[count - 1] < bound:
            break
        way = _way(view, gap, key) if allowed(view, key, filters) else None
        if way is not None and way.rides != own:
            when = -way.departure if gap.backwards else way.departure
            insort(leaves, when)
            found.append(((when, way.arrival, RunKey(key.day, key.trip, key.shift_s)), way))
    return [way for _, way in sorted(found, key=itemgetter(0))[:count]]


def _candidates(view: View, gap: Gap) -> list[tuple[int, RunKey]]:
    """
    Return the runs that may cross a gap, each with a bound of when, in the order of the bounds.

    None leaves earlier than its bound (told backwards: negated, so none leaves later). Of runs
    that messages tell of the timetable says nothing, so they come first.
    """
    index = view.index
    network, table = index.network, index.calls_by_stop
    stops = list(gap.on)
    slices = [slice(int(table.start[stop]), int(table.start[stop + 1])) for stop in stops]
    if not slices:
        return []
    run = np.concatenate([table.run[rows] for rows in slices])
    call = np.concatenate([table.call[rows] for rows in slices])
    sizes = [rows.stop - rows.start for rows in slices]
    ready = np.repeat([gap.on[stop] for stop in stops], sizes)
    # A run of a block may cross the gap as another trip; every other must call at both ends.
    trip = index.runs.trip[run]
    crosses = np.asarray(network.trips.block)[trip] >= 0
    crosses |= np.isin(run, _runs_at(view, gap.off))
    run, call, ready, trip = run[crosses], call[crosses], ready[crosses], trip[crosses]
    service = np.asarray(network.trips.service)[trip]
    agency = np.asarray(index.agency_of_trip)[trip]
    in_day = np.asarray(network.calls.departure_s)[call].astype(np.int64) + index.runs.shift_s[run]
    live = _live_keys(view, stops)
    first = max(index.day_of(gap.earliest) - 2, 0)
    last = min(index.day_of(min(gap.latest, gap.earliest + 2 * FAR)) + 1, index.days - 1)
    found: dict[RunKey, int] = {}
    for day in range(first, last + 1):
        leaves = in_day + index.day_start[agency, day]
        runs_today = np.asarray(network.services.runs[:, day])[service] > 0
        in_time = (leaves - ready >= gap.earliest) & (leaves <= gap.latest)
        known = np.isin(trip, [key.trip for key in live if key.day == day])
        rows = np.flatnonzero(runs_today & (in_time | known))
        for row, when in zip(run[rows].tolist(), leaves[rows].tolist(), strict=True):
            key = RunKey(int(index.runs.trip[row]), day, int(index.runs.shift_s[row]))
            bound = NEVER if key in live else -when if gap.backwards else when
            found[key] = min(found.get(key, bound), bound)
    return sorted((bound, key) for key, bound in found.items())


def _live_keys(view: View, stops: Sequence[int]) -> frozenset[RunKey]:
    live = view.runs.live
    return frozenset(live.runs_at(stops)) if live is not None else frozenset()


def _runs_at(view: View, stops: Reach) -> Int32s:
    table = view.index.calls_by_stop
    rows = [table.run[table.start[stop] : table.start[stop + 1]] for stop in stops]
    return np.unique(np.concatenate(rows)) if rows else np.zeros(0, np.int32)


def _way(view: View, gap: Gap, key: RunKey) -> Other | None:
    """Return how a run, or the runs that it goes on as, crosses the gap; None if it does not."""
    run = view.runs.run(key)
    best: Other | None = None
    for first in range(len(run)):
        ready = gap.on.get(run.stop[first])
        if ready is None or not (run.serves(first) and run.boards(first)):
            continue
        if run.departure[first] - ready < gap.earliest or run.departure[first] > gap.latest:
            continue
        for way in _ends(view, gap, run, first, ready):
            if best is None or way.on_s + way.off_s < best.on_s + best.off_s:
                best = way
    return best


def _ends(view: View, gap: Gap, run: Run, first: int, ready: int) -> Iterator[Other]:
    chain = view.runs.chain(run.key)
    here = chain.index(run.key)
    passed: tuple[Ride, ...] = ()
    for place, key in enumerate(chain[here:]):
        other = view.runs.run(key)
        begin = first if place == 0 else 0
        for last in range(begin + 1, len(other)):
            onward = gap.off.get(other.stop[last])
            if onward is None or not (other.serves(last) and other.alights(last)):
                continue
            if other.arrival[last] + onward > gap.latest:
                continue
            rides = (*passed, Ride(key, begin, last, place > 0))
            yield Other(rides, run.departure[first], other.arrival[last], ready, onward)
        passed = (*passed, Ride(key, begin, len(other) - 1, place > 0))


def allowed(view: View, key: RunKey, filters: SearchFilters) -> bool:
    """Whether a run may be used by who asks."""
    network, index = view.network, view.index
    trips, trip = network.trips, key.trip
    run = view.runs.run(key)
    route = network.routes.id[run.route]
    agency = network.agencies.id[int(index.agency_of_trip[trip])]
    return (
        (filters.modes is None or run.mode in filters.modes)
        and (filters.routes is None or route in filters.routes)
        and (filters.agencies is None or agency in filters.agencies)
        and route not in filters.without_routes
        and agency not in filters.without_agencies
        and (not filters.bikes or int(trips.bikes[trip]) == 1)
        and (not filters.cars or int(trips.cars[trip]) == 1)
        and (not filters.wheelchair or int(trips.wheelchair[trip]) == 1)
        and (not filters.no_reservation or int(trips.reservation[trip]) == 0)
        and not run.cancelled
    )


def _written(view: View, gap: Gap, way: Other, options: ItineraryOptions) -> list[Json]:
    first, last = way.rides[0], way.rides[-1]
    board = view.runs.run(first.key).stop[first.first]
    alight = view.runs.run(last.key).stop[last.last]
    before = gap.before if gap.before.stop >= 0 or gap.before.name else Spot(board)
    after = gap.after if gap.after.stop >= 0 or gap.after.name else Spot(alight)
    ready = Walk(before, Spot(board), way.departure - way.on_s, way.departure)
    onward = Walk(Spot(alight), after, way.arrival, way.arrival + way.off_s)
    return [
        walk_leg(view, ready, detailed=options.detailed_walks),
        *ride_legs(view, way.rides, options.ride, joined=options.joined),
        walk_leg(view, onward, detailed=options.detailed_walks),
    ]
