"""How a vehicle goes today: the runs of its trips laid over what the timetable has."""

from dataclasses import dataclass

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from routing.kernel.arrays import MAY_ALIGHT, MAY_BOARD, MUST_LEAVE
from routing.realtime.delays import NONE
from routing.realtime.new_sections import NewSections
from routing.realtime.runs import LiveRun, RunKey
from routing.realtime.shown import live_part
from routing.timetable.live import LiveCalls, LivePart
from routing.timetable.view import View


@dataclass(frozen=True, slots=True)
class Vehicle:
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


class Vehicles:
    """Puts together the vehicles of a view that messages change."""

    def __init__(self, view: View) -> None:
        self.sections = NewSections(view.sections)
        self.faster: list[tuple[Int32s, Int64s, Int64s]] = []
        """Nodes, arrivals and departures of those that may be faster than the timetable."""
        self._base = view
        self._timetable = view.timetable
        self._network = view.timetable.network
        self._first_day = self._network.first_day.toordinal()

    def of_row(self, row: int, pattern: int, live: dict[int, LiveRun]) -> Vehicle | None:
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
        vehicle = Vehicle(today.node, today.flags, base.shape.section[span], today.arrival,
                           today.departure, LiveCalls(tuple(parts)), run, day)  # fmt: skip
        hops = vehicle.arrival_s[1:] - vehicle.departure_s[:-1]
        usual = planned[0][1:] - planned[1][:-1]
        if (hops < usual).any() or (today.node != base.shape.node[span]).any():
            self.faster.append((vehicle.node, vehicle.arrival_s, vehicle.departure_s))
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

    def _new(self, change: LiveRun, run: int, day: int) -> Vehicle | None:
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
        section = self.sections.row(self._network.trips, change.template, change.route)
        vehicle = Vehicle(
            np.array([self._node_of(int(stop)) for stop in change.stop], np.int32),
            flags,
            np.full(len(flags), section, np.int32),
            change.arrival_s - origin,
            change.departure_s - origin,
            LiveCalls((live_part(change, 0),)),
            run,
            day,
        )
        self.faster.append((vehicle.node, vehicle.arrival_s, vehicle.departure_s))
        return vehicle

    def added(self, change: LiveRun) -> Vehicle | None:
        """Return a vehicle that the timetable does not have, if it is under way in the view."""
        origin, top = self._base.origin_s, self._base.top * self._base.unit
        if change.arrival_s[-1] < origin + 1 or change.departure_s[0] > origin + top + 86_400:
            return None
        return self._new(change, -1, change.day - self._first_day)

    def _node_of(self, stop: int) -> int:
        nodes = self._timetable.nodes
        return int(nodes.of_stop[nodes.of_stop_start[stop]])


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
