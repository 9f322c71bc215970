"""What every endpoint is given: the network in use, the caller's query, the version."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from maas.api.errors import NotFound
from maas.api.parameters import Coordinate, Parameter, Query, coordinate
from maas.api.view import Json, View
from maas.core.ids import split_feed_scoped
from maas.wiring import Served
from routing.boards.index import BoardIndex
from routing.boards.runs import Runs

MOST_SHOWN: Final = 400_000
"""Entries of the shared cache of places, routes and lines; then it starts anew."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to an endpoint."""

    served: Served
    query: Query
    version: int

    @property
    def index(self) -> BoardIndex:
        """The lookups of the network in use."""
        return self.served.boards

    def runs(self, mode: str = "REALTIME") -> Runs:
        """Return runs as operated, or as scheduled with realtimeMode=OFF."""
        return self.served.scheduled if mode == "OFF" else self.served.operated

    def view(self, runs: Runs | None = None, *, languages: bool = True) -> View:
        """Return the network in the words that the caller wants."""
        shown = self.served.shown
        if sum(map(len, tuple(shown.values()))) > MOST_SHOWN:
            shown.clear()
        wanted = self.query.items("language") if languages else None
        tongues = tuple(known_languages(self.served, wanted or ()))
        words = (tongues, self.version)
        return View(
            runs or self.served.operated, tongues, self.version, shown.setdefault(words, {})
        )

    def stops_of(self, text: str) -> list[int] | None:
        """
        Return the stops that an id means: one stop, or the members of a place; None for no such.

        Raises:
            NotFound: The id names a feed that is not in the network.
        """
        return stops_of(self.index, text)


def query_of(table: Iterable[Parameter], pairs: Iterable[tuple[str, str]], served: Served) -> Query:
    """Return a query whose times without a zone count in the network's."""
    zones = served.boards.zones
    return Query(table, pairs, zones[0]) if zones else Query(table, pairs)


def known_languages(served: Served, wanted: Iterable[str]) -> list[str]:
    """Return the languages of a list that the network has texts in, then its own."""
    have = served.languages
    found: list[str] = []
    for tag in (*wanted, served.language):
        for name in (tag, tag.split("-")[0].lower()):
            if name in have and name not in found:
                found.append(name)
    return found


def stops_of(index: BoardIndex, text: str) -> list[int] | None:
    """
    Return the stops that an id means: one stop, or the members of a place; None for no such.

    Raises:
        NotFound: The id names a feed that is not in the network.
    """
    place = index.place_rows.get(text)
    if place is not None:
        order, start = index.members
        return [int(row) for row in order[start[place] : start[place + 1]]]
    stop = index.stop_rows.get(text)
    if stop is not None:
        return [stop]
    tag, _ = split_feed_scoped(text)
    if tag not in index.tags:
        raise NotFound(f"unknown feed id {tag!r}")
    return None


@dataclass(frozen=True, slots=True)
class Area:
    """Where a board or a list of routes looks."""

    stops: list[int]
    named: int
    """The stop that was asked for, or -1 for a point."""
    point: Coordinate | None


def area(call: Call, text: str | None, around: str | None, radius: float | None) -> Area | None:
    """
    Return the stops of `stopId` or of `center` and `radius`; None where neither is usable.

    A stop that is unknown falls back on the centre. Unless `exactRadius` is set, stations,
    sisters and all stops of the same place belong to a stop.
    """
    index = call.index
    exact = call.query.flag("exactRadius")
    rows = call.stops_of(text) if text else None
    point = coordinate(around) if around else None
    if rows:
        if radius is None:
            found = index.family(rows)
        else:
            lat, lon = call.view(languages=False).point(rows[0])
            near = {*rows, *(int(row) for row in index.within(lat, lon, radius))}
            found = sorted(near) if exact else index.family(near)
        return Area(found, rows[0], point)
    if point is not None and radius is not None:
        near = {int(row) for row in index.within(point.lat, point.lon, radius)}
        return Area(sorted(near) if exact else index.family(near), -1, point)
    return None


def place_of(view: View, where: Area) -> Json:
    """Return what was asked for: the stop, or the point under the name `center`."""
    if where.named >= 0:
        return view.place(where.named)
    assert where.point is not None
    return view.spot("center", where.point.lat, where.point.lon, where.point.level)
