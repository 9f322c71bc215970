"""
Messages of any number of feeds to the overlay that the search uses.

Each update is used or refused by itself, and the reason is counted. The overlay says what a run
does today as a whole (its calls, not its differences), so the timetable needs to know nothing of
messages: it leaves out the runs that the overlay names and adds those that it gives.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from maas.core.columns import Int64s
from maas.core.ids import feed_scoped
from maas.core.live import LiveMessage, TripRelation, TripUpdate
from routing.realtime.alerts import AlertIndex, NetworkAlert
from routing.realtime.index import NetworkIndex
from routing.realtime.lay import cancelled, lay_updates
from routing.realtime.meant import Meant, runs_meant
from routing.realtime.new_calls import new_calls
from routing.realtime.next_trips import follow_vehicles
from routing.realtime.planned import planned_runs
from routing.realtime.run_columns import LiveRuns, RunColumns, RunDraft
from routing.realtime.runs import LiveRun, Overlay, RunKey
from routing.realtime.said import NOT_ON_TRIP, OUT_OF_ORDER, Said, said_of, said_row
from routing.realtime.targets import network_alert

MOST_NEW: Final = 10_000
"""
Runs that one feed may add, copy or replace: each is a pattern of its own.

So many take three seconds on K; 200,000 in one message took half a minute and 1.7 GB.
"""


def build_overlay(index: NetworkIndex, messages: Iterable[LiveMessage]) -> Overlay:
    """Return what messages say; with two updates of one run, the later one counts."""
    held = tuple(messages)
    builder = _Builder(index, held)
    alerts: list[NetworkAlert] = []
    for message in held:
        builder.counts.update(f"fault:{fault.reason}" for fault in message.faults)
        alerts += [network_alert(index, message, row, builder.counts) for row in message.alerts]
    runs, added = builder.runs()
    times = [message.unix_s for message in held if message.unix_s is not None]
    counts = {reason: count for reason, count in builder.counts.items() if count}
    return Overlay(runs, added, AlertIndex.of(alerts), counts, max([0, *times]) if times else None)


class _Builder:
    """Collects runs; used once."""

    def __init__(self, index: NetworkIndex, messages: Sequence[LiveMessage]) -> None:
        self.counts: Counter[str] = Counter()
        self._index = index
        self._updates = [update for message in messages for update in message.trips]
        self._tags = [message.tag for message in messages for _ in message.trips]
        self._meant = runs_meant(index, messages)
        self._said = _said(index, messages, self._meant)
        # What is said of each run last: by the number of the update, or whole.
        self._late: dict[RunKey, int] = {}
        self._whole: dict[RunKey, int | LiveRun] = {}
        self._new: Counter[str] = Counter()
        self._added: list[LiveRun | tuple[RunKey, int]] = []

    def runs(self) -> tuple[LiveRuns, tuple[LiveRun, ...]]:
        """Return today's runs, and those that are in no timetable."""
        meant, found = self._meant.trip.tolist(), self._said.found().tolist()
        reasons = [
            self._take(number, update, found[number])
            if meant[number] >= 0
            else self._take_new(number, update)
            for number, update in enumerate(self._updates)
        ]
        self.counts.update(reason or "used" for reason in reasons)
        call = self._said.call
        self.counts["stop-not-on-trip"] += int(np.count_nonzero(call == NOT_ON_TRIP))
        self.counts["stops-out-of-order"] += int(np.count_nonzero(call == OUT_OF_ORDER))
        draft = self._draft()
        follow_vehicles(self._index, draft, self.counts)
        return draft.runs(), self._new_runs()

    def _take(self, number: int, update: TripUpdate, found: int) -> str:
        """Use an update of which so many calls were found; return why not, empty where used."""
        relation, key = update.trip.relation, self._meant.key[number]
        if _cancels(update):
            self._late.pop(key, None)
            self._whole[key] = number
            self.counts["cancelled"] += 1
            return ""
        if relation is TripRelation.DUPLICATED:
            return self._duplicate(number, update)
        if relation is TripRelation.REPLACEMENT:
            return self._replace(number, update, key)
        if not found and update.stops:
            return "no-stop-known"
        if not found and update.delay_s is None:
            return "says-nothing"
        self._whole.pop(key, None)
        self._late[key] = number
        return ""

    def _take_new(self, number: int, update: TripUpdate) -> str:
        """Use an update of no run of the timetable; return why not, empty where used."""
        refused = self._meant.refused.get(number)
        return self._add(number, update) if refused is None else refused

    def _draft(self) -> RunDraft:
        """Return the runs of the timetable of which messages say something."""
        numbers = [x for x in self._whole.values() if isinstance(x, int)]
        gone = cancelled(
            self._index,
            self._meant.run[numbers],
            [self._updates[x].trip.relation is TripRelation.DELETED for x in numbers],
        )
        late = list(self._late.values())
        columns = self._laid(self._meant.run[late], late)
        rows = iter(range(len(gone)))
        at = {key: next(rows) if isinstance(x, int) else x for key, x in self._whole.items()}
        at |= zip(self._late, range(len(gone), len(gone) + len(columns)), strict=True)
        return RunDraft(self._index.network, gone.joined(columns) if numbers else columns, at)

    def _laid(self, runs: Int64s, numbers: Sequence[int]) -> RunColumns:
        """Return runs of which updates give times, all at once."""
        delays = [self._updates[number].delay_s for number in numbers]
        copied = [self._updates[x].trip.relation is TripRelation.DUPLICATED for x in numbers]
        return lay_updates(
            self._index,
            runs,
            self._said.of(np.array(numbers, np.int64)),
            np.array([one is not None for one in delays], bool) | np.array(copied, bool),
            np.array([one or 0 for one in delays], np.int64),
            self.counts,
        )

    def _new_runs(self) -> tuple[LiveRun, ...]:
        """Return the runs that are in no timetable, in the order in which they were said."""
        copies = [one for one in self._added if not isinstance(one, LiveRun)]
        keys = np.array([key for key, _ in copies], np.int64).reshape(-1, 3)
        columns = self._laid(keys, [number for _, number in copies])
        rows = iter(range(len(copies)))
        return tuple(
            one if isinstance(one, LiveRun) else self._copied(columns, next(rows), one[1])
            for one in self._added
        )

    def _copied(self, columns: RunColumns, row: int, number: int) -> LiveRun:
        update = self._updates[number]
        return columns.run(self._index.network, row)._replace(
            key=None,
            trip_id=feed_scoped(self._tags[number], update.copy_id),
            headsign=update.headsign,
            short_name=update.short_name,
        )

    def _replace(self, number: int, update: TripUpdate, key: RunKey) -> str:
        if self._too_many(number):
            return "too-many-new-runs"
        calls = new_calls(self._index, self._tags[number], update, self._sibling_times(number, key))
        if isinstance(calls, str):
            return calls
        network = self._index.network
        self._late.pop(key, None)
        self._whole[key] = LiveRun(
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

    def _sibling_times(self, number: int, key: RunKey) -> dict[int, tuple[int, int]]:
        """Return the scheduled times of the replaced run's stops, by the row of the update."""
        plan, said = planned_runs(self._index, np.array([key], np.int64)), self._said
        calls = said.call[said.first[number] : said.first[number + 1]].tolist()
        return {
            at: (int(plan.arrival_s[call]), int(plan.departure_s[call]))
            for at, call in enumerate(calls)
            if call >= 0
        }

    def _too_many(self, number: int) -> bool:
        """Count one more new run of a feed; return whether it is more than are taken."""
        self._new[self._tags[number]] += 1
        return self._new[self._tags[number]] > MOST_NEW

    def _add(self, number: int, update: TripUpdate) -> str:
        if self._too_many(number):
            return "too-many-new-runs"
        tag = self._tags[number]
        calls = new_calls(self._index, tag, update, {})
        if isinstance(calls, str):
            return calls
        index, trip = self._index, update.trip
        template = index.trip(tag, trip.trip_id) if trip.trip_id else -1
        route = index.route(tag, trip.route_id) if trip.route_id else -1
        if route < 0 and template >= 0:
            route = int(index.network.trips.route[template])
        if trip.start_day is not None:
            day = trip.start_day.toordinal()
        else:
            begin = datetime.fromtimestamp(int(calls["departure_s"][0]), UTC)
            day = begin.astimezone(ZoneInfo(index.zone(route))).toordinal()
        self._added.append(
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

    def _duplicate(self, number: int, update: TripUpdate) -> str:
        if _names_no_copy(update) or update.copy_start_s is None:
            return "copy-without-id-or-start"
        if self._too_many(number):
            return "too-many-new-runs"
        day = update.copy_day.toordinal() if update.copy_day else int(self._meant.day[number])
        copy = RunKey(int(self._meant.trip[number]), day, update.copy_start_s)
        self._added.append((copy, number))
        self.counts["duplicated"] += 1
        return ""


def _said(index: NetworkIndex, messages: Sequence[LiveMessage], meant: Meant) -> Said:
    """Return what all updates say of the calls of the runs that they mean."""
    table: list[int] = []
    sizes: list[int] = []
    asked: list[bool] = []
    for message in messages:
        stop_of = index.stops_of(message.tag)
        for update in message.trips:
            asked.append(not (_cancels(update) or _names_no_copy(update)))
            sizes.append(len(update.stops))
            for row in update.stops:
                table += said_row(row, stop_of)
    trip = np.where(asked, meant.trip, -1)
    return said_of(index, trip, sizes, np.array(table, np.int64).reshape(-1, 10))


def _cancels(update: TripUpdate) -> bool:
    """Return whether an update takes the whole run away."""
    relation = update.trip.relation
    return relation is TripRelation.CANCELED or relation is TripRelation.DELETED


def _names_no_copy(update: TripUpdate) -> bool:
    if update.trip.relation is not TripRelation.DUPLICATED:
        return False
    return not update.copy_id or update.copy_start_s is None
