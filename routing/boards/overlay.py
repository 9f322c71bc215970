"""The overlay of the search as the live data of boards, so that both tell the same."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from maas.core.live import Alert
from routing.boards.index import BoardIndex
from routing.boards.live import LiveAlert, LiveRun, RunKey
from routing.realtime.alerts import Subject
from routing.realtime.runs import LiveRun as OverlayRun
from routing.realtime.runs import Overlay
from routing.realtime.runs import RunKey as OverlayKey


class OverlayData:
    """`LiveData` of an overlay; immutable like it."""

    def __init__(self, index: BoardIndex, overlay: Overlay) -> None:
        self._index = index
        self._overlay = overlay
        self._first = index.network.first_day.toordinal()

    def run(self, key: RunKey) -> LiveRun | None:
        """Return how a run is operated, or None where nothing is known of it."""
        if key.trip < 0:
            number = -1 - key.trip
            added = self._overlay.added
            return self._live(added[number], None) if number < len(added) else None
        if not self._overlay.runs:
            return None
        found = self._overlay.runs.get(self._overlay_key(key))
        return self._live(found, key.trip) if found is not None else None

    def runs_at(self, stops: Sequence[int]) -> Sequence[RunKey]:
        """Return the runs with live data that call, or should have called, at any of the stops."""
        found: dict[RunKey, None] = {}
        for stop in stops:
            found.update(dict.fromkeys(self._by_stop.get(stop, ())))
        return list(found)

    def added_trip(self, key: RunKey) -> tuple[str, int]:
        """Return the feed-scoped trip id and the route row (-1 unknown) of an added run."""
        run = self._overlay.added[-1 - key.trip]
        return run.trip_id, run.route

    def find_added(self, trip_id: str) -> RunKey | None:
        """Return the added run with that feed-scoped trip id."""
        for number, run in enumerate(self._overlay.added):
            if run.trip_id == trip_id:
                return RunKey(-1 - number, run.day - self._first)
        return None

    def alerts_of_run(self, key: RunKey) -> Sequence[LiveAlert]:
        """Return the alerts for a whole run, its route or its agency."""
        return self._about(self._subject(key, frozenset()))

    def alerts_of_stop(self, stop: int, key: RunKey | None) -> Sequence[LiveAlert]:
        """Return the alerts for a stop, or for a run at that stop."""
        stops = frozenset({stop, self._index.root(stop)})
        everywhere = self._about(self._subject(key, frozenset()))
        here = self._about(self._subject(key, stops))
        return [alert for alert in here if alert not in everywhere]

    @cached_property
    def _by_stop(self) -> dict[int, list[RunKey]]:
        result: dict[int, list[RunKey]] = {}
        for live_key, run in self._overlay.runs.items():
            if run.hidden:
                continue
            key = self._board_key(live_key)
            start = self._index.network.trips.call_start
            rows = slice(int(start[key.trip]), int(start[key.trip + 1]))
            planned = np.asarray(self._index.network.calls.stop[rows]).tolist()
            for stop in {*run.stop.tolist(), *planned}:
                result.setdefault(stop, []).append(key)
        for number, run in enumerate(self._overlay.added):
            if not run.hidden:
                for stop in set(run.stop.tolist()):
                    result.setdefault(stop, []).append(RunKey(-1 - number, run.day - self._first))
        return result

    def _overlay_key(self, key: RunKey) -> OverlayKey:
        network = self._index.network
        first = int(network.calls.departure_s[int(network.trips.call_start[key.trip])])
        return OverlayKey(key.trip, key.day + self._first, first + key.shift_s)

    def _board_key(self, key: OverlayKey) -> RunKey:
        network = self._index.network
        first = int(network.calls.departure_s[int(network.trips.call_start[key.trip])])
        return RunKey(key.trip, key.day - self._first, key.start_s - first)

    def _live(self, run: OverlayRun, trip: int | None) -> LiveRun:
        network = self._index.network
        planned, pickup, drop_off = run.stop, run.pickup, run.drop_off
        if trip is not None:
            rows = slice(
                int(network.trips.call_start[trip]), int(network.trips.call_start[trip + 1])
            )
            if rows.stop - rows.start == len(run.stop):
                planned = np.asarray(network.calls.stop[rows])
                pickup = np.asarray(network.calls.pickup[rows])
                drop_off = np.asarray(network.calls.drop_off[rows])
        arrival = np.where(run.scheduled_arrival_s < 0, run.arrival_s, run.scheduled_arrival_s)
        departure = np.where(
            run.scheduled_departure_s < 0, run.departure_s, run.scheduled_departure_s
        )
        return LiveRun(
            stop=run.stop,
            scheduled_stop=planned,
            arrival=run.arrival_s,
            departure=run.departure_s,
            scheduled_arrival=arrival,
            scheduled_departure=departure,
            pickup=pickup,
            drop_off=drop_off,
            skipped=run.skipped,
            cancelled=run.cancelled,
            added=run.key is None,
            headsign=run.headsign,
        )

    def _subject(self, key: RunKey | None, stops: frozenset[int]) -> Subject:
        if key is None:
            return Subject(stops=stops)
        network = self._index.network
        if key.trip < 0:
            run = self._overlay.added[-1 - key.trip]
            return Subject(route=run.route, day=run.day, stops=stops)
        route = int(network.trips.route[key.trip])
        return Subject(
            agency=int(network.routes.agency[route]) if route >= 0 else -1,
            route=route,
            route_type=int(network.routes.type[route]) if route >= 0 else -1,
            direction=int(network.trips.direction[key.trip]),
            trip=key.trip,
            day=key.day + self._first,
            stops=stops,
        )

    def _about(self, subject: Subject) -> list[LiveAlert]:
        return [_alert(alert) for alert in self._overlay.alerts.about(subject)]


def _alert(alert: Alert) -> LiveAlert:
    return LiveAlert(
        header=alert.header,
        description=alert.description,
        cause=alert.cause,
        effect=alert.effect,
        severity=alert.severity,
        url=alert.url,
        periods=alert.periods,
    )
