"""
Messages of any number of feeds to the overlay that the search uses.

Each update is used or refused by itself, and the reason is counted. The overlay says what a run
does today as a whole (its calls, not its differences), so the timetable needs to know nothing of
messages: it leaves out the runs that the overlay names and adds those that it gives.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from maas.core.geo import distance_m
from maas.core.ids import feed_scoped
from maas.core.live import (
    LiveMessage,
    StopRelation,
    StopUpdate,
    TripRelation,
    TripUpdate,
)
from routing.realtime.alerts import AlertIndex, NetworkAlert
from routing.realtime.index import NetworkIndex
from routing.realtime.match import Refused, match
from routing.realtime.new_calls import NO_STOP, new_calls
from routing.realtime.planned import PlannedRun, planned_runs
from routing.realtime.propagate import Progress, lift, propagate
from routing.realtime.runs import LiveRun, Overlay, RunKey
from routing.realtime.targets import network_alert

MAX_PLATFORM_CHANGE_M: Final = 500.0
"""An assigned stop that is farther away and not of the same station is taken for a mistake."""


def build_overlay(index: NetworkIndex, messages: Iterable[LiveMessage]) -> Overlay:
    """Return what messages say; with two updates of one run, the later one counts."""
    held = tuple(messages)
    builder = _Builder(index)
    meant = builder.meant(held)
    newest: int | None = None
    alerts: list[NetworkAlert] = []
    for message, rows in zip(held, meant, strict=True):
        if message.unix_s is not None:
            newest = max(newest or 0, message.unix_s)
        builder.counts.update(f"fault:{fault.reason}" for fault in message.faults)
        for update, found in zip(message.trips, rows, strict=True):
            reason = builder.take(message.tag, update, found)
            builder.counts[reason or "used"] += 1
        alerts += [network_alert(index, message, row, builder.counts) for row in message.alerts]
    builder.lay()
    builder.follow_vehicles()
    return Overlay(
        builder.runs, tuple(builder.added), AlertIndex.of(alerts), dict(builder.counts), newest
    )


class _Said(NamedTuple):
    """What a message says of the times of a run of the timetable."""

    key: RunKey
    tag: str
    updates: dict[int, StopUpdate]
    delay_s: int | None


class _Builder:
    """Collects runs; used once."""

    def __init__(self, index: NetworkIndex) -> None:
        self.index = index
        self.runs: dict[RunKey, LiveRun] = {}
        self.added: list[LiveRun] = []
        self.counts: Counter[str] = Counter()
        self._planned: dict[RunKey, PlannedRun] = {}
        self._said: dict[RunKey, _Said] = {}

    def meant(self, messages: Sequence[LiveMessage]) -> list[list[RunKey | Refused | None]]:
        """Return the run that each update means, None for a new one; get all their calls ready."""
        found = [
            [
                None
                if update.trip.relation is TripRelation.NEW
                else match(self.index, message.tag, update.trip, update.unix_s or message.unix_s)
                for update in message.trips
            ]
            for message in messages
        ]
        keys = (self._kept(key) for rows in found for key in rows if isinstance(key, RunKey))
        self._planned = planned_runs(self.index, keys)
        return found

    def take(self, tag: str, update: TripUpdate, found: RunKey | Refused | None) -> str:
        """Use an update of the run that it means; return why not, empty where it was used."""
        relation = update.trip.relation
        if found is None:
            return self._add(tag, update)
        if isinstance(found, Refused):
            return found.reason
        if relation is TripRelation.DUPLICATED:
            return self._duplicate(tag, update, found)
        key = self._kept(found)
        if relation in {TripRelation.CANCELED, TripRelation.DELETED}:
            self._said.pop(key, None)
            self.runs[key] = self._cancelled(key, hidden=relation is TripRelation.DELETED)
            self.counts["cancelled"] += 1
            return ""
        if relation is TripRelation.REPLACEMENT:
            return self._replace(tag, update, key)
        return self._scheduled(tag, update, found.trip, key)

    def _kept(self, key: RunKey) -> RunKey:
        """Return the run of the search where another feed publishes the same trip."""
        twin = int(self.index.network.trips.duplicate_of[key.trip])
        if twin < 0 or _size(self.index, twin) != _size(self.index, key.trip):
            return key
        return RunKey(twin, key.day, int(self.index.first_departures[twin]))

    def _plan(self, key: RunKey) -> PlannedRun:
        """Return what the timetable has for a run."""
        return self._planned.get(key) or planned_runs(self.index, (key,))[key]

    def _scheduled(self, tag: str, update: TripUpdate, trip: int, key: RunKey) -> str:
        updates = self._by_call(tag, update, trip)
        if not updates and update.stops:
            return "no-stop-known"
        if not updates and update.delay_s is None:
            return "says-nothing"
        self.runs.pop(key, None)
        self._said[key] = _Said(key, tag, updates, update.delay_s)
        return ""

    def lay(self) -> None:
        """Make the runs of which messages give times, all at once."""
        self.runs.update(zip(self._said, self._laid(list(self._said.values())), strict=True))

    def _laid(self, said: Sequence[_Said]) -> list[LiveRun]:
        if not said:
            return []
        plans = [self._plan(one.key) for one in said]
        start = np.zeros(len(plans) + 1, np.int64)
        np.cumsum([len(plan.stop) for plan in plans], out=start[1:])
        progress = propagate(
            start,
            np.concatenate([plan.arrival_s for plan in plans]),
            np.concatenate([plan.departure_s for plan in plans]),
            [(one.updates, one.delay_s) for one in said],
        )
        self.counts["times-lifted"] += progress.lifted
        served = np.concatenate([[0], np.cumsum(progress.skipped == 0)])
        used = served[start[1:]] - served[start[:-1]]
        return [
            self._live(one, plan, progress, slice(begin, end), cancelled=calls < 2)
            for one, plan, (begin, end), calls in zip(
                said, plans, pairwise(start.tolist()), used.tolist(), strict=True
            )
        ]

    def _by_call(self, tag: str, update: TripUpdate, trip: int) -> dict[int, StopUpdate]:
        """
        Find the call that each stop update means: by sequence, by stop; known ones must agree.

        A stop that the trip does not have and that is near the call of the sequence stands for it.
        """
        network, index = self.index.network, self.index
        begin, end = network.trips.call_start[trip : trip + 2].tolist()
        sequences = network.calls.sequence[begin:end].tolist()
        stops = network.calls.stop[begin:end].tolist()
        found: dict[int, StopUpdate] = {}
        last = -1
        for row in update.stops:
            stop = index.stop(tag, row.stop_id) if row.stop_id else -1
            counted = _place_of(sequences, row.sequence)
            call = counted
            if stop >= 0 and not (counted >= 0 and index.same_spot(stop, stops[counted])):
                # The stop is the surer of the two: sequences are often renumbered.
                call = next((c for c in range(last + 1, len(stops)) if stops[c] == stop), -1)
                if call < 0 <= counted and stop not in stops and self._near(stop, stops[counted]):
                    # A stop round the corner, where the vehicle calls instead.
                    call = counted
            if call < 0:
                self.counts["stop-not-on-trip"] += 1
                continue
            if call in found or call < last:
                self.counts["stops-out-of-order"] += 1
                continue
            found[call], last = row, call
        return found

    def _live(
        self, said: _Said, plan: PlannedRun, progress: Progress, own: slice, *, cancelled: bool
    ) -> LiveRun:
        stop, pickup, drop_off = plan.stop, plan.pickup, plan.drop_off
        if any(map(_changes_more, said.updates.values())):
            stop, pickup, drop_off = stop.copy(), pickup.copy(), drop_off.copy()
        for call, row in said.updates.items():
            if row.relation is StopRelation.SKIPPED:
                pickup[call] = drop_off[call] = NO_STOP
                continue
            if row.pickup is not None:
                pickup[call] = row.pickup
            if row.drop_off is not None:
                drop_off[call] = row.drop_off
            self._reassign(stop, call, said.tag, row)
        key = said.key
        return LiveRun(
            key=key,
            trip_id=self.index.trip_ids[key.trip],
            day=key.day,
            template=key.trip,
            route=int(self.index.network.trips.route[key.trip]),
            stop=stop,
            arrival_s=progress.arrival_s[own],
            departure_s=progress.departure_s[own],
            scheduled_arrival_s=plan.arrival_s,
            scheduled_departure_s=plan.departure_s,
            pickup=pickup,
            drop_off=drop_off,
            sequence=plan.sequence,
            skipped=progress.skipped[own],
            known=progress.known[own],
            cancelled=cancelled,
        )

    def _reassign(
        self,
        stop: "np.ndarray[tuple[int], np.dtype[np.int32]]",
        call: int,
        tag: str,
        row: StopUpdate,
    ) -> None:
        """Move a call to another platform where the message says so and it is near."""
        for named in (row.assigned_stop_id, row.stop_id):
            other = self.index.stop(tag, named) if named else -1
            if not named or other == int(stop[call]):
                if named:
                    return
                continue
            if other < 0:
                self.counts["unknown-platform"] += 1
                continue
            if not self._near(other, int(stop[call])):
                self.counts["platform-too-far"] += 1
                continue
            if int(self.index.network.stops.location_type[other]) == 0:
                stop[call] = other
                self.counts["platform-changed"] += 1
            return

    def _near(self, stop: int, other: int) -> bool:
        if self.index.same_spot(stop, other):
            return True
        stops = self.index.network.stops
        away = float(
            distance_m(
                float(stops.lat[stop]),
                float(stops.lon[stop]),
                float(stops.lat[other]),
                float(stops.lon[other]),
            )
        )
        return away <= MAX_PLATFORM_CHANGE_M

    def _cancelled(self, key: RunKey, *, hidden: bool) -> LiveRun:
        plan = self._plan(key)
        nothing, every = np.zeros((2, len(plan.stop)), np.uint8)
        every[:] = 1
        progress = Progress(plan.arrival_s, plan.departure_s, nothing, every, 0)
        run = self._live(_Said(key, "", {}, None), plan, progress, slice(None), cancelled=True)
        return run._replace(hidden=hidden)

    def _replace(self, tag: str, update: TripUpdate, key: RunKey) -> str:
        calls = new_calls(self.index, tag, update, self._sibling_times(tag, update, key))
        if isinstance(calls, str):
            return calls
        network = self.index.network
        self._said.pop(key, None)
        self.runs[key] = LiveRun(
            key=key,
            trip_id=network.trips.id[key.trip],
            day=key.day,
            template=key.trip,
            route=int(network.trips.route[key.trip]),
            headsign=update.headsign,
            short_name=update.short_name,
            **calls,
        )
        self.counts["replaced"] += 1
        return ""

    def _sibling_times(
        self, tag: str, update: TripUpdate, key: RunKey
    ) -> dict[int, tuple[int, int]]:
        """Return the scheduled times of the replaced run's stops, by the row of the update."""
        plan = self._plan(key)
        return {
            at: (int(plan.arrival_s[call]), int(plan.departure_s[call]))
            for call, row in self._by_call(tag, update, key.trip).items()
            for at, other in enumerate(update.stops)
            if other is row
        }

    def _add(self, tag: str, update: TripUpdate) -> str:
        calls = new_calls(self.index, tag, update, {})
        if isinstance(calls, str):
            return calls
        index, trip = self.index, update.trip
        template = index.trip(tag, trip.trip_id) if trip.trip_id else -1
        route = index.route(tag, trip.route_id) if trip.route_id else -1
        if route < 0 and template >= 0:
            route = int(index.network.trips.route[template])
        if trip.start_day is not None:
            day = trip.start_day.toordinal()
        else:
            begin = datetime.fromtimestamp(int(calls["departure_s"][0]), UTC)
            day = begin.astimezone(ZoneInfo(index.zone(route))).toordinal()
        self.added.append(
            LiveRun(
                key=None,
                trip_id=feed_scoped(tag, trip.trip_id),
                day=day,
                template=template,
                route=route,
                headsign=update.headsign,
                short_name=update.short_name,
                **calls,
            )
        )
        self.counts["added"] += 1
        return ""

    def _duplicate(self, tag: str, update: TripUpdate, key: RunKey) -> str:
        if not update.copy_id or update.copy_start_s is None:
            return "copy-without-id-or-start"
        day = update.copy_day.toordinal() if update.copy_day else key.day
        copy = RunKey(key.trip, day, update.copy_start_s)
        updates = self._by_call(tag, update, key.trip)
        [run] = self._laid([_Said(copy, tag, updates, update.delay_s or 0)])
        self.added.append(
            run._replace(
                key=None,
                trip_id=feed_scoped(tag, update.copy_id),
                headsign=update.headsign,
                short_name=update.short_name,
            )
        )
        self.counts["duplicated"] += 1
        return ""

    def follow_vehicles(self) -> None:
        """
        Let a late vehicle start its next trip late.

        Trips of a block, and trips joined by a transfer of type 4, are one vehicle: the next one
        cannot leave before the one before has arrived. Its own messages count first.
        """
        queue = [run for run in self.runs.values() if not run.cancelled]
        while queue:
            run = queue.pop()
            if run.key is None:
                continue
            end = int(run.arrival_s[-1])
            if end <= int(run.scheduled_arrival_s[-1]):
                continue
            for trip, day in self._next(run.key):
                key = RunKey(trip, day, int(self.index.first_departures[trip]))
                late = self._leaving_after(key, end)
                if late is not None:
                    self.runs[key] = late
                    self.counts["late-vehicle"] += 1
                    queue.append(late)

    def _next(self, key: RunKey) -> Sequence[tuple[int, int]]:
        """Return the runs that continue a run: the first of the block, and all joined ones."""
        index = self.index
        followers = index.followers(key.trip)
        if not followers:
            return ()
        end = index.day_start(key.trip, key.day) + int(index.last_arrivals[key.trip])
        same_block = int(index.network.trips.block[key.trip])
        found: list[tuple[int, int]] = []
        block_done = False
        for trip in followers:
            in_block = same_block >= 0 and int(index.network.trips.block[trip]) == same_block
            if in_block and block_done:
                continue
            for day in (key.day,) if in_block else range(key.day - 2, key.day + 3):
                begin = index.day_start(trip, day) + int(index.first_departures[trip])
                if index.runs_on(trip, day) and 0 <= begin - end < 86_400:
                    found.append((trip, day))
                    block_done = block_done or in_block
                    break
        return found

    def _leaving_after(self, key: RunKey, not_before_s: int) -> LiveRun | None:
        """Return a run that leaves late, None where it need not."""
        run = self.runs.get(key)
        if run is None:
            delay = not_before_s - int(self._plan(key).departure_s[0])
            return self._laid([_Said(key, "", {}, delay)])[0] if delay > 0 else None
        if run.cancelled:
            return None
        arrivals, departures = run.arrival_s.tolist(), run.departure_s.tolist()
        if not lift(arrivals, departures, not_before_s):
            return None
        return run._replace(
            arrival_s=np.asarray(arrivals, np.int64),
            departure_s=np.asarray(departures, np.int64),
        )


def _place_of(sequences: Sequence[int], sequence: int | None) -> int:
    """Return the call with a stop_sequence, which rises along a trip; -1 where there is none."""
    if sequence is None:
        return -1
    at = bisect_left(sequences, sequence)
    return at if at < len(sequences) and sequences[at] == sequence else -1


def _changes_more(row: StopUpdate) -> bool:
    """Return whether an update may change more of a call than its times."""
    return (
        row.relation is StopRelation.SKIPPED
        or row.pickup is not None
        or row.drop_off is not None
        or bool(row.stop_id or row.assigned_stop_id)
    )


def _size(index: NetworkIndex, trip: int) -> int:
    start = index.network.trips.call_start
    return int(start[trip + 1] - start[trip])
