"""
The journeys of a window from its end back, one after another: a page before the one at hand.

    … ◄── last start that still betters it ◄── best end, for so many rides ── the window's end
              │
              └──► the earliest end from there: what is next must end before it

`successive.py` turned around. Of so many rides a journey is better than those that start later
only if it ends before all of them. So the last start from which one comes before that end is that
of the next journey: one search from the end, back, and one from this start, forth. Every number of
rides has a best end of its own; of all next starts the last is the next of the window. Who leaves
after the window counts: what such a journey beats is not found, as in `window.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from routing.config import Switches
from routing.kernel.arrays import NEVER_S
from routing.raptor.journeys import Polisher
from routing.raptor.search import Instants, Journey, Query, rides_of
from routing.timetable.view import View


@dataclass(frozen=True, slots=True)
class _Known:
    """The last start with at most so many rides from which one comes before the best end."""

    start_s: int
    end_s: int
    journey: Journey


class Preceding:
    """
    The journeys of a window, the last start first (with arrive-by the earliest arrival).

    Seconds are those of the direction in which the query searches; its searches run against it.
    """

    def __init__(self, view: View, query: Query, switches: Switches) -> None:
        self._view = view
        self._query = query
        self._switches = switches
        self._top_s = view.top * view.unit
        self._first_s = self._top_s - query.time_s if query.backward else query.time_s
        turned = replace(query, backward=not query.backward)
        self._instants = Instants(view, turned, switches)
        self._polisher = Polisher(view, rides_of(view, query, backward=False), query)
        self._known: dict[int, _Known] = {}
        self._ends: dict[int, int] = {}
        """Of so many rides: the best end of who starts later, rising in rides …"""
        self._last: dict[int, Journey] = {}
        """… and whose it is."""

    @property
    def possible(self) -> bool:
        """Whether so many rides can lead from here to there on any day."""
        return self._instants.fewest <= self._query.most_rides

    def journeys(self) -> Iterator[tuple[list[Journey], int]]:
        """
        Yield the Pareto-optimal journeys of the window, those that start together together.

        With them how many seconds of the window lie after their start.
        """
        last_s = start_s = self._first_s + self._query.window_s - 1
        if not self.possible:
            return
        self._look_after(last_s + 1)
        lost = list(self._ends)
        together: list[Journey] = []
        while True:
            for end_s, rides in groupby(lost, key=self._ends.__getitem__):
                self._search(list(rides), end_s)
            next_s = max((known.start_s for known in self._known.values()), default=-NEVER_S)
            if together and next_s < start_s:
                yield together, last_s - start_s
                together = []
            if not self._known:
                return
            start_s, before = next_s, dict(self._ends)
            together += self._take(start_s)
            lost = [
                rides
                for rides, end_s in self._ends.items()
                if end_s < before[rides]
                and (rides not in self._known or self._known[rides].end_s >= end_s)
            ]

    def _look_after(self, from_s: int) -> None:
        """Find the best ends of who leaves after the window."""
        query = self._query
        latest_s = from_s + query.most_s
        for rides in range(self._instants.fewest, query.most_rides + 1):
            self._ends[rides] = latest_s
        after = Instants(self._view, query, self._switches)
        for found in after.ends(from_s, after.turns(), latest_s):
            self._end(found, self._span(found)[1])

    def _end(self, journey: Journey, end_s: int) -> None:
        """Note the best end of all who start no earlier."""
        for rides, known_s in self._ends.items():
            if rides >= len(journey.rides) and end_s < known_s:
                self._ends[rides] = end_s
                self._last[rides] = journey

    def _take(self, start_s: int) -> list[Journey]:
        """Return the journeys of one start, fewest rides first, which are the best from now on."""
        found: list[Journey] = []
        for rides in self._ends:
            known = self._known.get(rides)
            if known and known.start_s == start_s and known.end_s < self._ends[rides]:
                self._end(known.journey, known.end_s)
                if known.end_s - start_s <= self._query.most_s:
                    found.append(known.journey)
        return found

    def _search(self, levels: list[int], end_s: int) -> None:
        """Find the last starts from which one comes before an end with at most so many rides."""
        fewest, most = levels[0], levels[-1]
        fewer = [
            known for rides, known in self._known.items() if rides < fewest and known.end_s < end_s
        ]
        # What fewer rides do is known, and the vehicles before of the same lines do something.
        last = max(fewer, key=lambda known: known.start_s, default=None)
        before_s = NEVER_S if last is None else self._top_s - last.start_s
        turned_s = self._top_s - end_s + 1
        if fewest in self._last:
            again_s = self._instants.end_again(turned_s, self._last[fewest])
            before_s = min(before_s, again_s + 1)
        until_s = self._top_s - self._first_s
        found = self._instants.spans(turned_s, range(fewest, most + 1), until_s, before_s)
        spans = [self._known_of(journey) for journey in found]
        for rides in levels:
            within = [known for known in spans if len(known.journey.rides) <= rides]
            best = max(within, key=lambda known: known.start_s, default=last)
            if best is None:
                # Fewer rides may do it still; where they have, this is searched again.
                self._known.pop(rides, None)
            else:
                self._known[rides] = best

    def _known_of(self, found: Journey) -> _Known:
        journey = self._polisher.from_end(found)
        return _Known(*self._span(journey), journey)

    def _span(self, journey: Journey) -> tuple[int, int]:
        """Return start and end of a journey in the direction of the query."""
        if self._query.backward:
            return self._top_s - journey.arrival_s, self._top_s - journey.departure_s
        return journey.departure_s, journey.arrival_s
