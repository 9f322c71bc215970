"""
Which departures (or arrivals) a search covers, and how pages follow one another.

The interval is half-open and counts departures, or arrivals when the traveller says when to
arrive. A page begins exactly where the one before ends, so nothing is left out and nothing is
shown twice.
"""

from dataclasses import dataclass
from typing import Final

from maas.api.errors import BadRequest

PAGE_S: Final = 7200
"""Seconds that a page covers at least."""

LONGEST_S: Final = 48 * 3600
"""A page is widened to this until it has enough journeys."""

LONGEST_WINDOW_S: Final = 5760 * 60
"""Longest searchWindow that is answered: four days."""


@dataclass(frozen=True, slots=True)
class Window:
    """Instants `start <= t < end`, seconds since 1970; an instant if both are the same."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.end - self.start


def search_window(
    at: int, seconds: int, timetable: Window, *, arrive_by: bool, timetable_view: bool = True
) -> Window:
    """
    Return what a first page covers.

    Departing: from `at` on. Arriving: up to `at`, which itself is inside (the minute that it
    names is one minute long). Both within the timetable; without `timetable_view` just `at`.

    Raises:
        BadRequest: `at` is not in the timetable.
    """
    if not timetable.start <= at < timetable.end:
        raise BadRequest("the time lies outside of the timetable")
    if not timetable_view:
        return Window(at, at)
    if arrive_by:
        return Window(max(at - seconds, timetable.start), min(at + 60, timetable.end))
    return Window(at, min(at + seconds, timetable.end))
