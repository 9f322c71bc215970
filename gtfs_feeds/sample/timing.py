"""
From a run of the tables to calls in minutes, and from a departure text to minutes of the day.

Nothing here is copied from a published timetable: a run names the calls and the minutes of a few
of them, the rest are interpolated by distance, and departures follow from first, last, headway.
"""

import itertools
from dataclasses import dataclass

from gtfs_feeds.sample.tables import (
    Line,
    Route,
    Run,
    SampleTableError,
    Spot,
    lines,
    stops,
    straight_km,
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a pattern; minutes count from the departure at the first call."""

    spot: Spot
    arrival: int
    departure: int
    board: bool = True
    alight: bool = True
    anchored: bool = True
    """The table gives this time; the others are interpolated."""


@dataclass(slots=True)
class _Draft:
    spot: Spot
    arrival: int | None
    departure: int | None
    board: bool
    alight: bool


class Finder:
    """Finds the stations and stops that a feed may use, by the names of the tables."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        self.lines: tuple[Line, ...] = tuple(x for x in lines().values() if feed in x.feeds)
        owners_last = sorted(self.lines, key=lambda line: line.feeds[0] == feed)
        self._stations = {spot.name: spot for line in owners_last for spot in line.stations}

    def spot(self, name: str, where: str) -> Spot:
        """Return what a name of the tables means to this feed: its stations come first."""
        found = self._stations.get(name) or stops().get(name)
        if found is None:
            raise SampleTableError(f"{where}: {self.feed} knows no stop {name}")
        return found

    def between(self, start: Spot, end: Spot, code: str, where: str) -> list[Spot]:
        """Return the stations strictly between two of one line, in the order of travel."""
        best = self._shortest(start, end, code)
        if best is None:
            raise SampleTableError(f"{where}: no line of {self.feed}: {start.name} - {end.name}")
        return best

    def passed(self, start: Spot, end: Spot) -> list[Spot]:
        """Return the stations between two calls; none where no line has both."""
        return self._shortest(start, end, "") or []

    def _shortest(self, start: Spot, end: Spot, code: str) -> list[Spot] | None:
        best: list[Spot] | None = None
        for line in self.lines:
            if code and line.code != code:
                continue
            ids = [spot.id for spot in line.stations]
            if start.id in ids and end.id in ids:
                i, j = ids.index(start.id), ids.index(end.id)
                found = list(line.stations[min(i, j) + 1 : max(i, j)])
                found = found if i < j else found[::-1]
                if best is None or len(found) < len(best):
                    best = found
        return best


def expand(route: Route, run: Run, finder: Finder) -> tuple[Call, ...]:
    """
    Return the calls of a run in its forward direction.

    The text is a list of names, `name:minutes` or `name:arrival/departure`; `+name` is for
    boarding only and `-name` for alighting only; `*` or `*line` stands for every station between
    its neighbours. Times that are not given share the time between two that are, by distance.
    """
    drafts: list[_Draft] = []
    pending: str | None = None
    for token in run.calls.split():
        if token.startswith("*"):
            pending = token[1:]
            continue
        draft = _draft(token, finder, run.where)
        if pending is not None:
            between = finder.between(drafts[-1].spot, draft.spot, pending, run.where)
            skipped = set(run.flags.get("skip", "").split("/"))
            drafts.extend(
                _Draft(spot, None, None, board=True, alight=True)
                for spot in between
                if spot.name not in skipped
            )
            pending = None
        drafts.append(draft)
    if drafts[0].arrival is None:
        drafts[0].arrival = drafts[0].departure = 0
    if len(drafts) < 2 or drafts[-1].arrival is None:
        raise SampleTableError(f"{run.where}: the last call needs a time")
    return _interpolate(drafts, route.mode.stop_km, run.where)


def _draft(token: str, finder: Finder, where: str) -> _Draft:
    board, alight = not token.startswith("-"), not token.startswith("+")
    name, _, times = token.lstrip("+-").partition(":")
    arrival: int | None = None
    departure: int | None = None
    if times:
        first, _, second = times.partition("/")
        arrival, departure = int(first), int(second or first)
    return _Draft(finder.spot(name, where), arrival, departure, board, alight)


def _interpolate(drafts: list[_Draft], stop_km: float, where: str) -> tuple[Call, ...]:
    calls: list[Call] = []
    anchor = 0
    for index, draft in enumerate(drafts):
        if draft.arrival is None:
            continue
        stretch = drafts[anchor : index + 1]
        start = drafts[anchor].departure or 0
        if draft.arrival < start:
            raise SampleTableError(
                f"{where}: {draft.spot.name} is before the call that precedes it"
            )
        weights = [straight_km(a.spot, b.spot) + stop_km for a, b in itertools.pairwise(stretch)]
        total, gone = sum(weights), 0.0
        for inner, weight in zip(stretch[1:-1], weights, strict=False):
            gone += weight
            minute = start + int((draft.arrival - start) * gone / total + 0.5)
            calls.append(
                Call(inner.spot, minute, minute, inner.board, inner.alight, anchored=False)
            )
        departure = draft.arrival if draft.departure is None else draft.departure
        calls.append(Call(draft.spot, draft.arrival, departure, draft.board, draft.alight))
        anchor = index
    return tuple(calls)


def mirrored(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """Return the same run the other way: equal running times, boarding and alighting swapped."""
    end = calls[-1].arrival
    return tuple(
        Call(
            call.spot,
            max(end - call.departure, 0),
            end - call.arrival,
            board=call.alight,
            alight=call.board,
            anchored=call.anchored,
        )
        for call in reversed(calls)
    )


@dataclass(frozen=True, slots=True)
class Window:
    """Departures every `headway` minutes from `first` to `last`; one departure has headway 0."""

    first: int
    last: int
    headway: int

    def departures(self) -> list[int]:
        """Return the minutes of the day."""
        return (
            list(range(self.first, self.last + 1, self.headway)) if self.headway else [self.first]
        )


def windows(text: str, previous: list[Window], where: str) -> list[Window]:
    """
    Return the windows of a departure text, or those of the run before shifted for `^+minutes`.

    `05:30-22:30/20` is every 20 minutes from first to last; `07:10` is one; `-` is none.
    """
    found: list[Window] = []
    for part in text.split():
        if part == "-":
            continue
        if part.startswith("^"):
            shift = int(part[1:])
            found += [Window(w.first + shift, w.last + shift, w.headway) for w in previous]
            continue
        span, _, headway = part.partition("/")
        first, _, last = span.partition("-")
        try:
            begin = minutes(first)
            found.append(Window(begin, minutes(last) if last else begin, int(headway or 0)))
        except ValueError as error:
            raise SampleTableError(f"{where}: {part} is no departure") from error
    return found


def minutes(text: str) -> int:
    """Return the minutes of the day of `HH:MM`; hours may pass 24."""
    hours, _, rest = text.partition(":")
    return int(hours) * 60 + int(rest)
