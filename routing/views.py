"""The views that a planner has at hand: the last few, with or without what messages say."""

import threading
from collections import OrderedDict
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from routing.kernel.jit import SOURCES
from routing.realtime.apply import whole_minutes, with_overlay
from routing.realtime.closing import with_closures
from routing.realtime.closures import Closure
from routing.realtime.runs import Overlay
from routing.timetable.change_tables import ChangeTables
from routing.timetable.model import Timetable
from routing.timetable.view import View, main_zone

Key = tuple[date, int, bool]
LEAST_DAYS: Final = 2
"""A search in the evening goes on after midnight; longer ones ask for more."""


class Views:
    """Builds views on demand and keeps the last used ones. Safe to share between threads."""

    def __init__(
        self,
        timetable: Timetable,
        most: int,
        *,
        short_times: bool = True,
        overlay: Overlay | None = None,
        below: "Views | None" = None,
        closures: tuple[Closure, ...] = (),
        shelf: Path | None = None,
    ) -> None:
        self._timetable = timetable
        self._most = most
        self._short_times = short_times
        self._overlay = overlay
        self._below = below
        self._closures = closures
        # Whatever the sources lay out otherwise must not be taken for what this version made.
        self._folder = shelf / f"views-{SOURCES}" if shelf else None
        self._changes = ChangeTables(timetable)
        self._seconds = overlay is not None and not whole_minutes(overlay)
        self._zone = ZoneInfo(main_zone(timetable))
        self._views: OrderedDict[Key, View] = OrderedDict()
        self._lock = threading.Lock()

    def live(self, overlay: Overlay) -> "Views":
        """Return the same views with what messages say laid over them."""
        return Views(
            self._timetable,
            self._most,
            short_times=self._short_times,
            overlay=overlay,
            below=self,
        )

    def without(self, closures: tuple[Closure, ...]) -> "Views":
        """Return the same views in which stops are closed for a time."""
        closed = Views(
            self._timetable,
            self._most,
            short_times=self._short_times,
            below=self,
            closures=closures,
        )
        closed._seconds = self._seconds
        return closed

    def covering(self, low: datetime, high: datetime) -> View:
        """Return a view of all days from `low` to `high`."""
        first = low.astimezone(self._zone).date()
        last = high.astimezone(self._zone).date()
        return self.get((first, max((last - first).days + 1, LEAST_DAYS), self._seconds))

    def get(self, key: Key) -> View:
        """Return the view of (first day, days, in seconds)."""
        with self._lock:
            view = self._views.get(key)
            if view is not None:
                self._views.move_to_end(key)
                return view
        view = self._make(key)
        with self._lock:
            self._views[key] = view
            while len(self._views) > self._most:
                self._views.popitem(last=False)
        return view

    def _make(self, key: Key) -> View:
        if self._below is not None and self._closures:
            return with_closures(self._below.get(key), self._closures)
        if self._below is not None and self._overlay is not None:
            return with_overlay(self._below.get(key), self._overlay)
        return View.build(
            self._timetable,
            key[0],
            key[1],
            short_times=self._short_times,
            seconds=key[2],
            folder=self._folder,
            changes=self._changes,
        )
