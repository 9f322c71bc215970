"""
A view with today's runs in it.

Only what messages change is touched. A vehicle that keeps its stops and stays in order among its
pattern gets its new times in place; any other gets a pattern of its own, and its old row becomes
a second copy of its neighbour, so that nothing has to be moved. The view below stays as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.kernel.arrays import MAY_ALIGHT, MAY_BOARD, MUST_LEAVE, Times
from routing.realtime.closures import Closure
from routing.realtime.delays import NONE, Delays, find_delays, lay_times
from routing.realtime.run_columns import columns_of
from routing.realtime.runs import LiveRun, Overlay, RunKey
from routing.realtime.shown import LiveRows, live_part
from routing.timetable.compile import fifo_patterns
from routing.timetable.live import LiveCalls, LivePart
from routing.timetable.model import Sections
from routing.timetable.view import FasterRides, Rows, Shape, View, index_rides, join_shapes


@dataclass(frozen=True, slots=True)
class _Vehicle:
    """A vehicle as it goes today, in axis seconds."""

    node: Int32s
    flags: UInt8s
    section: Int32s
    arrival_s: Int64s
    departure_s: Int64s
    live: LiveCalls | RunKey | None
    """A run of the overlay that it shows; None where the timetable's calls are shown."""
    run: int
    day: int


def whole_minutes(overlay: Overlay) -> bool:
    """Return whether every time of the overlay is a whole minute."""
    late = columns_of(overlay.runs)
    added = [column for run in overlay.added for column in (run.arrival_s, run.departure_s)]
    return not any((times % 60).any() for times in (late.arrival_s, late.departure_s, *added))


def with_overlay(view: View, overlay: Overlay) -> View:
    """
    Return the view with the runs of an overlay; the view itself stays as it is.

    A view in minutes can only take whole minutes: ask `whole_minutes` first.
    """
    return view if overlay.empty else _Patch(view, overlay).view()


def with_closures(view: View, closures: Iterable[Closure]) -> View:
    """Return the view in which nobody boards or leaves at closed stops while they are closed."""
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    nodes = view.timetable.nodes
    for stop, begin, end in closures:
        for node in nodes.of_stop[nodes.of_stop_start[stop] : nodes.of_stop_start[stop + 1]]:
            spans[int(node)].append((begin - view.origin_s, end - view.origin_s))
    return _Patch(view, Overlay()).closed(spans) if spans else view


class _Patch:
    """Works out one patched view; used once."""

    def __init__(self, view: View, overlay: Overlay) -> None:
        self._base = view
        self._overlay = overlay
        self._timetable = view.timetable
        self._network = view.timetable.network
        self._first_day = self._network.first_day.toordinal()
        self._sections = _SectionRows(view.sections)
        self._faster: list[tuple[Int32s, Int64s, Int64s]] = []
        self._arrival = _Roomy(view.rides.arrival)
        self._departure = _Roomy(view.rides.departure)
        self._rows_left = view.rides.rows.copy()
        self._row_run, self._row_day = view.rows.run.copy(), view.rows.day.copy()
        self._live: dict[int, LiveCalls | RunKey] = {}

    def view(self) -> View:
        """Return the patched view."""
        base = self._base
        pattern_of_row = np.repeat(np.arange(len(base.rides.rows)), base.rides.rows)
        delays, others = find_delays(base, pattern_of_row, self._overlay.runs)
        changed = self._changed_rows(others)
        kept: dict[int, dict[int, _Vehicle]] = defaultdict(dict)
        self._lay_delays(delays, {int(pattern_of_row[row]) for row in changed}, changed, kept)
        gone: dict[int, set[int]] = defaultdict(set)
        moved: list[list[_Vehicle]] = []
        for row, legs in changed.items():
            pattern = int(pattern_of_row[row])
            vehicle = self._vehicle(row, pattern, legs)
            if vehicle is not None and self._has_shape(pattern, vehicle):
                kept[pattern][row] = vehicle
                continue
            gone[pattern].add(row)
            if vehicle is not None:
                moved.append([vehicle])
        moved.extend([vehicle] for run in self._overlay.added if (vehicle := self._added(run)))
        for pattern in {*kept, *gone}:
            moved.extend(self._lay_pattern(pattern, kept[pattern], gone[pattern]))
        return self._assembled(moved)

    def closed(self, spans: Mapping[int, list[tuple[int, int]]]) -> View:
        """Return the view with nodes closed between instants of the axis, in seconds."""
        base = self._base
        today = base.faster
        for begin, end in pairwise(today.start.tolist()):
            calls = slice(begin, end)
            times = (today.arrival[calls] * base.unit, today.departure[calls] * base.unit)
            self._faster.append((today.node[calls], *times))
        self._live.update(base.live_rows())
        flags: dict[int, dict[int, UInt8s]] = defaultdict(dict)
        at = np.flatnonzero(np.isin(base.shape.node, list(spans)))
        for place in at.tolist():
            pattern = int(np.searchsorted(base.shape.start, place, side="right")) - 1
            self._close_call(pattern, place, spans[int(base.shape.node[place])], flags[pattern])
        moved: list[list[_Vehicle]] = []
        for pattern, rows in flags.items():
            alike: dict[bytes, list[_Vehicle]] = defaultdict(list)
            for row in sorted(rows):
                alike[rows[row].tobytes()].append(self._as_planned(pattern, row, rows[row]))
                self._live.pop(row, None)
            # Vehicles of a pattern are in order, and so are some of them.
            moved.extend(alike.values())
            if rows:
                self._lay_pattern(pattern, {}, set(rows))
        return self._assembled(moved)

    def _close_call(
        self, pattern: int, place: int, spans: list[tuple[int, int]], flags: dict[int, UInt8s]
    ) -> None:
        """Take boarding and leaving from the vehicles that are there while a call is closed."""
        base = self._base
        calls = slice(int(base.shape.start[pattern]), int(base.shape.start[pattern + 1]))
        position, width = place - calls.start, calls.stop - calls.start
        count, begin = int(base.rides.rows[pattern]), int(base.rides.event_start[pattern])
        comes = base.rides.arrival[begin + position : begin + count * width : width]
        leaves = base.rides.departure[begin + position * count : begin + (position + 1) * count]
        for times, bit in ((comes, MAY_ALIGHT), (leaves, MAY_BOARD)):
            if not base.shape.flags[place] & bit:
                continue
            seconds = times.astype(np.int64) * base.unit
            inside = np.zeros(count, bool)
            for first, last in spans:
                inside |= (seconds >= first) & (seconds < last)
            for number in np.flatnonzero(inside).tolist():
                row = int(base.rows.start[pattern]) + number
                own = flags.setdefault(row, base.shape.flags[calls].copy())
                own[position] &= ~np.uint8(bit)

    def _as_planned(self, pattern: int, row: int, flags: UInt8s) -> _Vehicle:
        """Return a vehicle of the view as it runs, with other flags."""
        base = self._base
        calls = slice(int(base.shape.start[pattern]), int(base.shape.start[pattern + 1]))
        width, begin = calls.stop - calls.start, int(base.rides.event_start[pattern])
        count, number = int(base.rides.rows[pattern]), row - int(base.rows.start[pattern])
        arrival = base.rides.arrival[begin + number * width : begin + (number + 1) * width]
        departure = base.rides.departure[begin + number : begin + count * width : count]
        return _Vehicle(
            base.shape.node[calls],
            flags,
            base.shape.section[calls],
            arrival.astype(np.int64) * base.unit,
            departure.astype(np.int64) * base.unit,
            base.live_calls(row),
            int(base.rows.run[row]),
            int(base.rows.day[row]),
        )

    def _lay_delays(
        self,
        delays: Delays,
        odd: set[int],
        changed: dict[int, dict[int, LiveRun]],
        kept: dict[int, dict[int, _Vehicle]],
    ) -> None:
        """Lay delays in; those of `odd` patterns go to `changed`, where one overtakes to `kept`."""
        base = self._base
        apart = np.isin(delays.pattern, list(odd))
        for x in np.flatnonzero(apart).tolist():
            changed[int(delays.row[x])] = {int(delays.leg[x]): self._overlay.runs[delays.key[x]]}
        some = delays.taken(np.flatnonzero(~apart))
        falls, faster = np.zeros((2, len(some.row)), np.uint8)
        lay_times(
            some.row, some.pattern, some.start, some.arrival_s, some.departure_s,
            base.rows.start, base.rides.rows, base.rides.event_start, base.unit,
            self._arrival.times, self._departure.times, falls, faster,
        )  # fmt: skip
        overtaken = np.unique(some.pattern[falls != 0])
        for pattern in overtaken.tolist():
            events = slice(*base.rides.event_start[pattern : pattern + 2].tolist())
            self._arrival.times[events] = base.rides.arrival[events]
            self._departure.times[events] = base.rides.departure[events]
        moves = np.isin(some.pattern, overtaken)
        for x in np.flatnonzero(moves).tolist():
            kept[int(some.pattern[x])][int(some.row[x])] = self._late(some, x)
        stays = np.flatnonzero(~moves)
        for row, x in zip(some.row[stays].tolist(), stays.tolist(), strict=True):
            self._live[row] = some.key[x]
        for x in np.flatnonzero(faster).tolist():
            calls = slice(int(some.start[x]), int(some.start[x + 1]))
            nodes = slice(*base.shape.start[some.pattern[x] : some.pattern[x] + 2].tolist())
            self._faster.append(
                (base.shape.node[nodes], some.arrival_s[calls], some.departure_s[calls])
            )

    def _late(self, delays: Delays, x: int) -> _Vehicle:
        """Return a vehicle that is as the timetable has it but for its times."""
        base, row = self._base, int(delays.row[x])
        span = slice(*base.shape.start[delays.pattern[x] : delays.pattern[x] + 2].tolist())
        calls = slice(*delays.start[x : x + 2].tolist())
        return _Vehicle(
            base.shape.node[span],
            base.shape.flags[span],
            base.shape.section[span],
            delays.arrival_s[calls],
            delays.departure_s[calls],
            delays.key[x],
            int(base.rows.run[row]),
            int(base.rows.day[row]),
        )

    def _changed_rows(self, live: Mapping[RunKey, LiveRun]) -> dict[int, dict[int, LiveRun]]:
        """Return the rows that messages concern, with the live run of each of their legs."""
        base, runs = self._base, self._timetable.runs
        index = base.run_index()
        found: dict[int, dict[int, LiveRun]] = defaultdict(dict)
        first = self._network.calls.departure_s[self._network.trips.call_start[:-1]]
        for key, today in live.items():
            for leg in index.legs_of(key.trip):
                run = index.run_of(leg)
                if int(first[key.trip]) + int(runs.offset_s[run]) != key.start_s:
                    continue
                row = index.row_of(run, key.day - self._first_day - int(runs.leg_shift[leg]))
                if row >= 0:
                    found[row][leg] = today
        return found

    def _vehicle(self, row: int, pattern: int, live: dict[int, LiveRun]) -> _Vehicle | None:
        """Return the vehicle of a row today, or None where nobody can ride it."""
        base, runs = self._base, self._timetable.runs
        run, day = int(base.rows.run[row]), int(base.rows.day[row])
        legs = range(int(runs.leg_start[run]), int(runs.leg_start[run + 1]))
        if all(leg in live and live[leg].cancelled for leg in legs):
            return None
        span = slice(int(base.shape.start[pattern]), int(base.shape.start[pattern + 1]))
        planned = base.planned_times(row)
        today = _Today(
            base.shape.node[span].copy(),
            base.shape.flags[span].copy(),
            planned[0].copy(),
            planned[1].copy(),
        )
        parts: list[LivePart] = []
        for leg in legs:
            first, last = int(runs.leg_position[leg]), int(runs.leg_end[leg])
            change = live.get(leg)
            if change is None:
                parts.append(self._plannedlive_part(run, leg, day, planned))
            elif len(change.stop) != last - first + 1:
                # Another number of calls: a joined run cannot be shown as it goes then.
                return self._new(change, run, day) if len(legs) == 1 else None
            else:
                shared = (
                    leg > legs.start and int(runs.leg_end[leg - 1]) == first,
                    leg + 1 < legs.stop and int(runs.leg_position[leg + 1]) == last,
                )
                self._lay_leg(change, first, today, shared)
                parts.append(live_part(change, first))
        today.lift()
        vehicle = _Vehicle(today.node, today.flags, base.shape.section[span], today.arrival,
                           today.departure, LiveCalls(tuple(parts)), run, day)  # fmt: skip
        hops = vehicle.arrival_s[1:] - vehicle.departure_s[:-1]
        usual = planned[0][1:] - planned[1][:-1]
        if (hops < usual).any() or (today.node != base.shape.node[span]).any():
            self._faster.append((vehicle.node, vehicle.arrival_s, vehicle.departure_s))
        return vehicle

    def _lay_leg(
        self, change: LiveRun, first: int, today: "_Today", shared: tuple[bool, bool]
    ) -> None:
        """Write the calls of one trip over those of the vehicle, but not its neighbours' half."""
        size = len(change.stop)
        stops = self._timetable.nodes.stop[today.node[first : first + size]]
        for at in np.flatnonzero(stops != change.stop).tolist():
            today.node[first + at] = self._node_of(int(change.stop[at]))
        board = np.where(change.pickup == NONE, 0, MAY_BOARD).astype(np.uint8)
        alight = np.where(change.drop_off == NONE, 0, MAY_ALIGHT).astype(np.uint8)
        if change.cancelled:
            board[:], alight[:] = 0, 0
        own_arrivals = slice(int(shared[0]), size)
        own_departures = slice(0, size - int(shared[1]))
        arrivals = slice(first + own_arrivals.start, first + size)
        departures = slice(first, first + own_departures.stop)
        origin = self._base.origin_s
        today.arrival[arrivals] = change.arrival_s[own_arrivals] - origin
        today.departure[departures] = change.departure_s[own_departures] - origin
        today.flags[arrivals] = today.flags[arrivals] & ~np.uint8(MAY_ALIGHT) | alight[own_arrivals]
        today.flags[departures] = (
            today.flags[departures] & ~np.uint8(MAY_BOARD) | board[own_departures]
        )
        if change.cancelled:
            today.flags[first : first + size - 1] |= MUST_LEAVE
        today.flags[0] &= ~np.uint8(MAY_ALIGHT)
        today.flags[-1] &= ~np.uint8(MAY_BOARD)

    def _plannedlive_part(
        self, run: int, leg: int, day: int, planned: tuple[Int64s, Int64s]
    ) -> LivePart:
        """Return a trip of a joined run that no message concerns."""
        runs, network = self._timetable.runs, self._network
        trip = int(runs.leg_trip[leg])
        first = int(runs.leg_position[leg])
        begin, end = int(network.trips.call_start[trip]), int(network.trips.call_start[trip + 1])
        size = end - begin
        origin = self._base.origin_s
        arrival = planned[0][first : first + size] + origin
        departure = planned[1][first : first + size] + origin
        del run
        return LivePart(
            trip,
            network.trips.id[trip],
            self._first_day + day + int(runs.leg_shift[leg]),
            int(network.trips.route[trip]),
            "",
            first,
            network.calls.stop[begin:end],
            arrival,
            departure,
            arrival,
            departure,
            np.zeros(size, np.uint8),
            np.zeros(size, np.uint8),
        )

    def _has_shape(self, pattern: int, vehicle: _Vehicle) -> bool:
        shape = self._base.shape
        span = slice(int(shape.start[pattern]), int(shape.start[pattern + 1]))
        return (
            len(vehicle.node) == span.stop - span.start
            and bool((shape.node[span] == vehicle.node).all())
            and bool((shape.flags[span] == vehicle.flags).all())
        )

    def _new(self, change: LiveRun, run: int, day: int) -> _Vehicle | None:
        """Return a vehicle with calls that no pattern has."""
        if change.cancelled or len(change.stop) < 2:
            return None
        flags = (
            np.where(change.pickup == NONE, 0, MAY_BOARD)
            | np.where(change.drop_off == NONE, 0, MAY_ALIGHT)
        ).astype(np.uint8)
        flags[0] &= MAY_BOARD
        flags[-1] &= MAY_ALIGHT
        origin = self._base.origin_s
        section = self._sections.row(self._network.trips, change.template, change.route)
        vehicle = _Vehicle(
            np.array([self._node_of(int(stop)) for stop in change.stop], np.int32),
            flags,
            np.full(len(flags), section, np.int32),
            change.arrival_s - origin,
            change.departure_s - origin,
            LiveCalls((live_part(change, 0),)),
            run,
            day,
        )
        self._faster.append((vehicle.node, vehicle.arrival_s, vehicle.departure_s))
        return vehicle

    def _added(self, change: LiveRun) -> _Vehicle | None:
        """Return a vehicle that the timetable does not have, if it is under way in the view."""
        origin, top = self._base.origin_s, self._base.top * self._base.unit
        if change.arrival_s[-1] < origin + 1 or change.departure_s[0] > origin + top + 86_400:
            return None
        return self._new(change, -1, change.day - self._first_day)

    def _node_of(self, stop: int) -> int:
        nodes = self._timetable.nodes
        return int(nodes.of_stop[nodes.of_stop_start[stop]])

    def _lay_pattern(
        self, pattern: int, kept: dict[int, _Vehicle], gone: set[int]
    ) -> list[list[_Vehicle]]:
        """Write a pattern's new times; return the vehicles that need patterns of their own."""
        base = self._base
        first = int(base.rows.start[pattern])
        count = int(base.rides.rows[pattern])
        width = int(base.shape.start[pattern + 1] - base.shape.start[pattern])
        begin = int(base.rides.event_start[pattern])
        span = slice(begin, begin + count * width)
        arrival = self._arrival.times[span].reshape(count, width)
        # Departures lie position by position: seen vehicle by vehicle they are transposed.
        departure = self._departure.times[span].reshape(width, count).T
        for row, vehicle in kept.items():
            arrival[row - first] = _units(vehicle.arrival_s, base.unit)
            departure[row - first] = _units(vehicle.departure_s, base.unit)
        left = np.ones(count, bool)
        left[[row - first for row in gone]] = False
        moved: list[list[_Vehicle]] = []
        falls = np.diff(arrival[left].astype(np.int64), axis=0) < 0
        falls |= np.diff(departure[left].astype(np.int64), axis=0) < 0
        if falls.any():
            # Somebody overtakes: those with new times go to patterns of their own.
            left[[row - first for row in kept]] = False
            moved = _in_order(list(kept.values()))
        else:
            self._live.update({row: v.live for row, v in kept.items() if v.live is not None})
        if not left.any():
            self._rows_left[pattern] = 0
            return moved
        source = _neighbours(left)
        hidden = np.flatnonzero(~left)
        arrival[hidden], departure[hidden] = arrival[source[hidden]], departure[source[hidden]]
        self._row_run[first + hidden] = self._row_run[first + source[hidden]]
        self._row_day[first + hidden] = self._row_day[first + source[hidden]]
        for row in hidden.tolist():
            copied = self._live.get(first + int(source[row]))
            if copied is not None:
                self._live[first + row] = copied
        return moved

    def _assembled(self, moved: list[list[_Vehicle]]) -> View:
        """Return the view of the old patterns and the new ones."""
        base = self._base
        shapes = [base.shape]
        arrivals: list[npt.NDArray[np.int64]] = []
        departures: list[npt.NDArray[np.int64]] = []
        runs, days, counts = [self._row_run], [self._row_day], []
        row = len(self._row_run)
        for group in moved:
            sample = group[0]
            width = len(sample.node)
            shapes.append(
                Shape(
                    np.array([0, width], np.int32),
                    sample.node,
                    sample.flags,
                    sample.section,
                )
            )
            counts.append(len(group))
            runs.append(np.array([vehicle.run for vehicle in group], np.int32))
            days.append(np.array([vehicle.day for vehicle in group], np.int32))
            leaving = np.stack([_units(vehicle.departure_s, base.unit) for vehicle in group])
            departures.append(leaving.T.reshape(-1))
            for vehicle in group:
                arrivals.append(_units(vehicle.arrival_s, base.unit))
                if vehicle.live is not None:
                    self._live[row] = vehicle.live
                row += 1
        shape = join_shapes(shapes)
        arrival, departure = self._arrival.joined(arrivals), self._departure.joined(departures)
        widths = np.diff(shape.start[len(base.rides.rows) :]).astype(np.int64)
        events = int(base.rides.event_start[-1]) + np.cumsum(widths * np.array(counts, np.int64))
        start = int(base.rows.start[-1]) + np.cumsum(np.array(counts, np.int64))
        rides = index_rides(
            shape.start,
            shape.node,
            shape.flags,
            np.concatenate([self._rows_left, np.array(counts, np.int32)]),
            np.concatenate([base.rides.event_start, events]),
            arrival,
            departure,
            self._timetable.node_count,
        )
        rows = Rows(
            np.concatenate([base.rows.start, start]), np.concatenate(runs), np.concatenate(days)
        )
        return View(
            self._timetable,
            base.origin_s,
            base.unit,
            shape,
            rows,
            rides,
            sections=self._sections.columns(),
            live=LiveRows(self._live, self._overlay.runs),
            changes=base.changes,
            faster=FasterRides.of(
                [(node, arrives // base.unit, leaves // base.unit)
                 for node, arrives, leaves in self._faster]
            ),
        )  # fmt: skip


@dataclass(slots=True)
class _Today:
    """The calls of a vehicle while they are put together."""

    node: Int32s
    flags: UInt8s
    arrival: Int64s
    departure: Int64s

    def lift(self) -> None:
        """Let no time fall along the vehicle: who comes late leaves no earlier."""
        both = np.empty(2 * len(self.arrival), np.int64)
        both[0::2], both[1::2] = self.arrival, self.departure
        np.maximum.accumulate(both, out=both)
        self.arrival, self.departure = both[0::2].copy(), both[1::2].copy()


class _Roomy:
    """A copy of a column of times, with room for more behind it (which nobody uses: no memory)."""

    def __init__(self, times: Times) -> None:
        size = len(times)
        self._whole: Times = np.empty(size + size // 4 + 4096, times.dtype)
        self.times = self._whole[:size]
        self.times[:] = times

    def joined(self, more: list[Int64s]) -> Times:
        """Return the column with more times after it."""
        if not more:
            return self.times
        tail, size = np.concatenate(more), len(self.times)
        if size + len(tail) > len(self._whole):
            return np.concatenate([self.times, tail.astype(self.times.dtype)])
        self._whole[size : size + len(tail)] = tail
        return self._whole[: size + len(tail)]


class _SectionRows:
    """Sections of the view, and those that new runs need."""

    def __init__(self, sections: Sections) -> None:
        self._sections = sections
        self._extra: dict[tuple[int, int, int, int, int], int] = {}

    def row(self, trips: object, template: int, route: int) -> int:
        """Return the section of a new run; what the feed does not say stays unknown."""
        attributes = (
            tuple(
                int(getattr(trips, name)[template])
                for name in ("bikes", "cars", "wheelchair", "reservation")
            )
            if template >= 0
            else (0, 0, 0, 0)
        )
        bikes, cars, wheelchair, reservation = attributes
        key = (route, bikes, cars, wheelchair, reservation)
        return self._extra.setdefault(key, len(self._sections.route) + len(self._extra))

    def columns(self) -> Sections:
        """Return all sections."""
        if not self._extra:
            return self._sections
        extra = np.array(list(self._extra), np.int64).reshape(-1, 5)
        old = self._sections
        return Sections(
            np.concatenate([old.route, extra[:, 0].astype(np.int32)]),
            np.concatenate([old.bikes, extra[:, 1].astype(np.int8)]),
            np.concatenate([old.cars, extra[:, 2].astype(np.int8)]),
            np.concatenate([old.wheelchair, extra[:, 3].astype(np.int8)]),
            np.concatenate([old.reservation, extra[:, 4].astype(np.int8)]),
        )


def _units(seconds: Int64s, unit: int) -> Int64s:
    """Return axis units; what lies before the axis is held as 0."""
    units: Int64s = np.maximum(seconds, 0) // unit
    return units


def _neighbours(left: npt.NDArray[np.bool_]) -> Int64s:
    """Return, for each row, the next row that is left, or the last one before it."""
    rows = np.flatnonzero(left)
    at = np.minimum(np.searchsorted(rows, np.arange(len(left))), len(rows) - 1)
    return rows[at].astype(np.int64)


def _in_order(vehicles: list[_Vehicle]) -> list[list[_Vehicle]]:
    """Return vehicles of one pattern in groups in which none overtakes another."""
    vehicles.sort(key=lambda v: (int(v.departure_s[0]), int(v.arrival_s[-1])))
    size = len(vehicles[0].node)
    pattern = np.empty(len(vehicles), np.int64)
    count = fifo_patterns(
        np.arange(len(vehicles)),
        np.zeros(len(vehicles), np.int64),
        np.arange(len(vehicles) + 1) * size,
        np.concatenate([v.arrival_s for v in vehicles]).astype(np.int32),
        np.concatenate([v.departure_s for v in vehicles]).astype(np.int32),
        pattern,
    )
    return [
        [vehicle for vehicle, own in zip(vehicles, pattern.tolist(), strict=True) if own == group]
        for group in range(count)
    ]
