"""
A view with today's runs in it.

Only what messages change is touched: most vehicles are only late, and their times are laid into
the columns at once; what more is said of others is worked out one by one.
"""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from routing.realtime.delays import Delays, find_delays, lay_times
from routing.realtime.patch import Patch
from routing.realtime.run_columns import columns_of
from routing.realtime.runs import LiveRun, Overlay, RunKey
from routing.realtime.vehicle import Vehicle, Vehicles
from routing.timetable.view import View


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
    return view if overlay.empty else _Day(view, overlay).view()


class _Day:
    """Lays the runs of an overlay over a view; used once."""

    def __init__(self, view: View, overlay: Overlay) -> None:
        self._base = view
        self._overlay = overlay
        self._patch = Patch(view)
        self._vehicles = Vehicles(view)

    def view(self) -> View:
        """Return the view with them."""
        base = self._base
        pattern_of_row = np.repeat(np.arange(len(base.rides.rows)), base.rides.rows)
        delays, others = find_delays(base, pattern_of_row, self._overlay.runs)
        changed = self._changed_rows(others)
        kept: dict[int, dict[int, Vehicle]] = defaultdict(dict)
        self._lay_delays(delays, {int(pattern_of_row[row]) for row in changed}, changed, kept)
        gone: dict[int, set[int]] = defaultdict(set)
        moved: list[list[Vehicle]] = []
        for row, legs in changed.items():
            pattern = int(pattern_of_row[row])
            vehicle = self._vehicles.of_row(row, pattern, legs)
            if vehicle is not None and self._has_shape(pattern, vehicle):
                kept[pattern][row] = vehicle
                continue
            gone[pattern].add(row)
            if vehicle is not None:
                moved.append([vehicle])
        moved.extend(
            [vehicle] for run in self._overlay.added if (vehicle := self._vehicles.added(run))
        )
        for pattern in {*kept, *gone}:
            moved.extend(self._patch.lay_pattern(pattern, kept[pattern], gone[pattern]))
        return self._patch.view(moved, self._vehicles, self._overlay.runs)

    def _lay_delays(
        self,
        delays: Delays,
        odd: set[int],
        changed: dict[int, dict[int, LiveRun]],
        kept: dict[int, dict[int, Vehicle]],
    ) -> None:
        """Lay delays in; those of `odd` patterns go to `changed`, where one overtakes to `kept`."""
        base, patch = self._base, self._patch
        apart = np.isin(delays.pattern, list(odd))
        for x in np.flatnonzero(apart).tolist():
            changed[int(delays.row[x])] = {int(delays.leg[x]): self._overlay.runs[delays.key[x]]}
        some = delays.taken(np.flatnonzero(~apart))
        falls, faster = np.zeros((2, len(some.row)), np.uint8)
        lay_times(
            some.row, some.pattern, some.start, some.arrival_s, some.departure_s,
            base.rows.start, base.rides.rows, base.rides.event_start, base.unit,
            patch.arrival.times, patch.departure.times, falls, faster,
        )  # fmt: skip
        overtaken = np.unique(some.pattern[falls != 0])
        for pattern in overtaken.tolist():
            events = slice(*base.rides.event_start[pattern : pattern + 2].tolist())
            patch.arrival.times[events] = base.rides.arrival[events]
            patch.departure.times[events] = base.rides.departure[events]
        moves = np.isin(some.pattern, overtaken)
        for x in np.flatnonzero(moves).tolist():
            kept[int(some.pattern[x])][int(some.row[x])] = self._late(some, x)
        stays = np.flatnonzero(~moves)
        for row, x in zip(some.row[stays].tolist(), stays.tolist(), strict=True):
            patch.live[row] = some.key[x]
        for x in np.flatnonzero(faster).tolist():
            calls = slice(int(some.start[x]), int(some.start[x + 1]))
            nodes = slice(*base.shape.start[some.pattern[x] : some.pattern[x] + 2].tolist())
            self._vehicles.faster.append(
                (base.shape.node[nodes], some.arrival_s[calls], some.departure_s[calls])
            )

    def _late(self, delays: Delays, x: int) -> Vehicle:
        """Return a vehicle that is as the timetable has it but for its times."""
        base, row = self._base, int(delays.row[x])
        span = slice(*base.shape.start[delays.pattern[x] : delays.pattern[x] + 2].tolist())
        calls = slice(*delays.start[x : x + 2].tolist())
        return Vehicle(
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
        base, runs, network = self._base, self._base.timetable.runs, self._base.timetable.network
        index = base.run_index()
        found: dict[int, dict[int, LiveRun]] = defaultdict(dict)
        for key, today in live.items():
            first_s = int(network.calls.departure_s[network.trips.call_start[key.trip]])
            for leg in index.legs_of(key.trip):
                run = index.run_of(leg)
                if first_s + int(runs.offset_s[run]) != key.start_s:
                    continue
                row = index.row_of(
                    run, key.day - network.first_day.toordinal() - int(runs.leg_shift[leg])
                )
                if row >= 0:
                    found[row][leg] = today
        return found

    def _has_shape(self, pattern: int, vehicle: Vehicle) -> bool:
        shape = self._base.shape
        span = slice(int(shape.start[pattern]), int(shape.start[pattern + 1]))
        return (
            len(vehicle.node) == span.stop - span.start
            and bool((shape.node[span] == vehicle.node).all())
            and bool((shape.flags[span] == vehicle.flags).all())
        )
