"""
The next journeys, one after another, without a window: each step is a search for one instant.

    start ──────●first search: the ends that can be reached, fewest rides to most
                 \
       latest start of each ◄── from its end, back                 (exact, both ways)
                │
    next start = just after the earliest of these; only what left then is searched again

Who may start later has no more choice, so an end that is best now stays best until the last start
from which it is reached. So the starts of these ends, in turn, are all there is: the set is that
of range RAPTOR (`window.py`), and its cost goes with the journeys that are found, not with the
hours between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from routing.config import Switches
from routing.kernel.arrays import NEVER_S
from routing.raptor.journeys import Polisher
from routing.raptor.search import Instants, Journey, Query, rides_of
from routing.timetable.view import View


@dataclass(frozen=True, slots=True)
class _Known:
    """The best end with so many rides, and the last start from which it is reached."""

    start_s: int
    end_s: int
    journey: Journey


class Successive:
    """The journeys of a query from its instant on, in the direction of its search."""

    def __init__(self, view: View, query: Query, switches: Switches) -> None:
        self._query = query
        self._top_s = view.top * view.unit
        self._instants = Instants(view, query, switches)
        self._polisher = Polisher(view, rides_of(view, query, backward=False), query)
        self._known: dict[int, _Known] = {}

    @property
    def possible(self) -> bool:
        """Whether so many rides can lead from here to there on any day."""
        return self._instants.fewest <= self._query.most_rides

    def journeys(self, until_s: int) -> Iterator[tuple[list[Journey], int]]:
        """
        Yield the Pareto-optimal journeys by their departure (with arrive-by by their arrival).

        Those that start together come together, with the seconds between the query's instant and
        their start. Only ends up to `until_s` seconds from the instant count, so what is yielded
        is complete for starts up to `until_s` less the longest journey.
        """
        most, backward = self._query.most_rides, self._query.backward
        time_s = self._query.time_s
        first_s = start_s = self._top_s - time_s if backward else time_s
        lost = [range(self._instants.fewest, most + 1)] if self.possible else []
        gone: list[_Known] = []
        while True:
            for rides, before in zip_longest(lost, gone):
                before_s = min(
                    (known.end_s for number, known in self._known.items() if number < rides.start),
                    default=NEVER_S,
                )
                if before is not None:
                    # The next vehicles of the same lines are a good first answer.
                    again_s = self._instants.end_again(start_s, before.journey)
                    before_s = min(before_s, again_s + 1)
                self._search(start_s, rides, first_s + until_s, before_s)
            if not self._known:
                return
            start_s = min(known.start_s for known in self._known.values())
            edges = [*sorted(self._known), most + 1]
            # With more rides, up to the next end that is known, the end was the same.
            lost = [
                range(rides, more)
                for rides, more in pairwise(edges)
                if self._known[rides].start_s == start_s
            ]
            gone = [self._known.pop(rides.start) for rides in lost]
            yield self._best_of(gone), start_s - first_s
            start_s += 1

    def _best_of(self, gone: list[_Known]) -> list[Journey]:
        """Return the journeys of one start, fewest rides first, that are short and early enough."""
        found: list[Journey] = []
        end_s = NEVER_S
        for known in gone:
            if known.end_s < min(end_s, known.start_s + self._query.most_s + 1):
                end_s = known.end_s
                found.append(known.journey)
        return found

    def _search(self, start_s: int, rides: range, until_s: int, before_s: int) -> None:
        """Find the best ends before one with so many rides, for who starts then or later."""
        for found in self._instants.spans(start_s, rides, until_s, before_s):
            journey = self._polisher.from_end(found)
            earliest_s, end_s = self._span(journey)
            self._known[len(journey.rides)] = _Known(earliest_s, end_s, journey)

    def _span(self, journey: Journey) -> tuple[int, int]:
        """Return start and end of a journey in the direction of the search."""
        if self._query.backward:
            return self._top_s - journey.arrival_s, self._top_s - journey.departure_s
        return journey.departure_s, journey.arrival_s
