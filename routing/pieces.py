"""What a search has found, part by part: each part lies on the view of its own days."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from routing.itineraries.fold import fold
from routing.locate import Located
from routing.model import Itinerary, SearchRequest
from routing.raptor.search import Journey, Query
from routing.timetable.view import View

MOST_FOR_ONE = 10
"""So many journeys are looked at for each itinerary that is asked for …"""
MOST = 50
"""… or so many, if that is more."""


@dataclass(slots=True)
class Piece:
    """A part of a search."""

    view: View
    query: Query
    ends: tuple[Located, Located]
    journeys: list[Journey] = field(default_factory=list)
    itineraries: list[Itinerary] = field(default_factory=list)
    """The journeys as travellers see them, in the same order."""


@dataclass(slots=True)
class Found:
    """What a search has found so far."""

    request: SearchRequest
    direct: tuple[Itinerary, ...]
    folds: bool
    pieces: list[Piece] = field(default_factory=list)
    covered_s: int = 0
    """So much of the window is searched."""

    def add(self, piece: Piece) -> None:
        """Add a part that begins where the others end."""
        self.pieces.append(piece)
        self.covered_s += piece.query.window_s

    @property
    def enough(self) -> bool:
        """
        Whether as many itineraries as are asked for would be shown.

        Or so many are folded that there is no end of it.
        """
        wanted = self.request.min_itineraries
        count = sum(len(piece.itineraries) for piece in self.pieces)
        return plenty(count, wanted) or (count >= wanted and len(self.shown()[0]) >= wanted)

    def shown(self) -> tuple[tuple[Itinerary, ...], tuple[tuple[Itinerary, str], ...]]:
        """Return the itineraries to show, and those that are folded with the reason."""
        found = [row for piece in self.pieces for row in piece.itineraries]
        if not self.folds:
            return tuple(found), ()
        return fold(found, self.direct, self.request.direct_factor)

    def drop_beaten(self, better: Sequence[Itinerary]) -> None:
        """
        Drop what is beaten by journeys of the last part.

        A search of a window does not look at who leaves after it.
        """
        for piece in self.pieces[:-1]:
            kept = [
                (journey, row)
                for journey, row in zip(piece.journeys, piece.itineraries, strict=True)
                if not any(_beats(other, row) for other in better)
            ]
            if len(kept) < len(piece.journeys):
                piece.journeys = [journey for journey, _ in kept]
                piece.itineraries = [row for _, row in kept]


def plenty(count: int, wanted: int) -> bool:
    """
    Return whether so many journeys, folded ones included, are enough to look at for a page.

    Between places where walking beats every ride all would be folded, and a page that looks for
    five to show would look at all vehicles of two days.
    """
    return count >= max(MOST, MOST_FOR_ONE * wanted)


def _beats(one: Itinerary, other: Itinerary) -> bool:
    return (
        one.departure >= other.departure
        and one.arrival <= other.arrival
        and one.transfers <= other.transfers
    )
