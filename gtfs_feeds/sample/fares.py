"""
Fares of a feed as fare_attributes and fare_rules.

A route's fare is one of: `flat:yen`; `km:table`, by kilometres along its own patterns;
`full:yen`, the price end to end, shared by distance among the calls in between; `od:A-B=yen;...`
both ways; `rail:table`, by the shortest way over all lines of the feed and without route (a
through ticket); `rail:table+extra`, the same and a surcharge by kilometres, for this route only.

The matrix of `rail` holds all pairs within 100 km and, further away, those of one run and those
between stations where a train with a surcharge calls: every pair of 570 stations would be
330,000 rows.
"""

import heapq
import itertools
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from gtfs_feeds.sample.tables import Route, SampleTableError, data_rows, straight_km
from gtfs_feeds.sample.timing import Call, Finder

NEAR_KM: Final = 100.0
FAR_KM: Final = 1000.0
ROAD_FACTOR: Final = 1.2
"""A road is that much longer than the straight line, for fares by kilometre of buses."""
LEAST_YEN: Final = 150

Pattern = tuple[Call, ...]
Rule = tuple[int, str, str, str]
"""Yen, route id, origin zone, destination zone; empty text where the rule does not ask."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Prices by kilometres: the first band whose `up_to` is not exceeded counts."""

    bands: tuple[tuple[float, int], ...]

    def yen(self, km: float) -> int:
        """Return the price; beyond the last band the last step goes on per 20 km."""
        row = bisect_left(self.bands, (km, 0))
        if row < len(self.bands):
            return self.bands[row][1]
        (before, cheap), (end, dear) = self.bands[-2:]
        steps = -int(-(km - end) // max(end - before, 1.0))
        return dear + steps * (dear - cheap)


@cache
def band_tables() -> dict[str, Bands]:
    """Return the distance tables by name."""
    rows: dict[str, list[tuple[float, int]]] = {}
    for _, (table, up_to, yen) in data_rows("fares_km"):
        rows.setdefault(table, []).append((float(up_to), int(yen)))
    return {table: Bands(tuple(bands)) for table, bands in rows.items()}


class RailDistances:
    """Shortest kilometres over the lines of a feed, between the stations that its trains serve."""

    def __init__(self, finder: Finder, served: set[str]) -> None:
        self._near: dict[str, dict[str, float]] = {}
        for line in finder.lines:
            kept = [
                (s.id, km) for s, km in zip(line.stations, line.km, strict=True) if s.id in served
            ]
            for (a, at), (b, bt) in itertools.pairwise(kept):
                km = abs(bt - at)
                for left, right in ((a, b), (b, a)):
                    edges = self._near.setdefault(left, {})
                    edges[right] = min(km, edges.get(right, km))

    def reach(self, start: str, limit: float) -> dict[str, float]:
        """Return kilometres to every station within the limit (Dijkstra)."""
        done: dict[str, float] = {}
        heap = [(0.0, start)]
        while heap:
            km, here = heapq.heappop(heap)
            if here in done:
                continue
            done[here] = km
            for there, step in self._near.get(here, {}).items():
                if there not in done and km + step <= limit:
                    heapq.heappush(heap, (km + step, there))
        return done


def fare_rules(routes: Iterable[tuple[Route, list[Pattern]]], finder: Finder) -> list[Rule]:
    """Return the rules of all routes of a feed, sorted, each once."""
    plans = list(routes)
    rules: set[Rule] = set()
    rail: list[tuple[Route, list[Pattern]]] = []
    for route, patterns in plans:
        kind, _, value = route.fare.partition(":")
        if kind == "flat":
            rules.add((int(value), route.id, "", ""))
        elif kind == "km":
            rules |= _by_km(route, patterns, band_tables()[value], finder)
        elif kind == "full":
            rules |= _by_share(route, patterns, int(value))
        elif kind == "od":
            rules |= _by_pair(route, value, finder)
        elif kind == "rail":
            rail.append((route, patterns))
        else:
            raise SampleTableError(f"{route.feed} {route.id}: fare {route.fare}")
    if rail:
        rules |= _by_network(rail, finder)
    return sorted(rules)


def _by_km(route: Route, patterns: list[Pattern], bands: Bands, finder: Finder) -> set[Rule]:
    cheapest: dict[tuple[str, str], int] = {}
    for pattern in patterns:
        at = _kilometres(pattern, finder)
        for i, origin in enumerate(pattern):
            for j in range(i + 1, len(pattern)):
                if not (origin.board and pattern[j].alight):
                    continue
                pair = (origin.spot.id, pattern[j].spot.id)
                yen = bands.yen(round(at[j] - at[i], 3))
                cheapest[pair] = min(yen, cheapest.get(pair, yen))
    return {(yen, route.id, a, b) for (a, b), yen in cheapest.items()}


def _kilometres(pattern: Pattern, finder: Finder) -> list[float]:
    """Return where each call lies along the pattern: along rails where it runs on them."""
    at = [0.0]
    for left, right in itertools.pairwise(pattern):
        km = straight_km(left.spot, right.spot) * ROAD_FACTOR
        for line in finder.lines:
            ids = [spot.id for spot in line.stations]
            if left.spot.id in ids and right.spot.id in ids:
                km = abs(line.km[ids.index(left.spot.id)] - line.km[ids.index(right.spot.id)])
                break
        at.append(at[-1] + km)
    return at


def _by_share(route: Route, patterns: list[Pattern], full: int) -> set[Rule]:
    cheapest: dict[tuple[str, str], int] = {}
    longest = max(_length(pattern) for pattern in patterns)
    for pattern in patterns:
        at = [0.0]
        for left, right in itertools.pairwise(pattern):
            at.append(at[-1] + straight_km(left.spot, right.spot))
        for i, origin in enumerate(pattern):
            for j in range(i + 1, len(pattern)):
                if not (origin.board and pattern[j].alight):
                    continue
                share = (at[j] - at[i]) / longest
                yen = min(full, max(LEAST_YEN, -int(-full * share**0.9 // 10) * 10))
                pair = (origin.spot.id, pattern[j].spot.id)
                cheapest[pair] = min(yen, cheapest.get(pair, yen))
    return {(yen, route.id, a, b) for (a, b), yen in cheapest.items()}


def _length(pattern: Pattern) -> float:
    return sum(straight_km(a.spot, b.spot) for a, b in itertools.pairwise(pattern))


def _by_pair(route: Route, text: str, finder: Finder) -> set[Rule]:
    rules: set[Rule] = set()
    for part in text.split(";"):
        pair, _, yen = part.partition("=")
        names = pair.split("-")
        a, b = (finder.spot(name, f"{route.feed} {route.id}").id for name in names)
        rules |= {(int(yen), route.id, a, b), (int(yen), route.id, b, a)}
    return rules


def _by_network(plans: list[tuple[Route, list[Pattern]]], finder: Finder) -> set[Rule]:
    served = {call.spot.id for _, patterns in plans for p in patterns for call in p}
    distances = RailDistances(finder, served)
    surcharged = [(r, p) for r, p in plans if "+" in r.fare]
    majors = {call.spot.id for _, patterns in surcharged for p in patterns for call in p}
    base = band_tables()[plans[0][0].fare.partition(":")[2].partition("+")[0]]
    together = {pair for _, patterns in plans for pair in _pairs(patterns)}
    rules: set[Rule] = set()
    kilometres: dict[tuple[str, str], float] = {}
    for start in sorted(served):
        for end, km in distances.reach(start, FAR_KM).items():
            if end <= start:  # once a pair: the way back costs the same
                continue
            if km <= NEAR_KM or (start, end) in together or {start, end} <= majors:
                kilometres[start, end] = kilometres[end, start] = km
                yen = base.yen(km)
                rules |= {(yen, "", start, end), (yen, "", end, start)}
    for route, patterns in surcharged:
        extra = band_tables()[route.fare.partition("+")[2]]
        for pair in _pairs(patterns):
            if pair in kilometres:
                km = kilometres[pair]
                rules.add((base.yen(km) + extra.yen(km), route.id, *pair))
    return rules


def _pairs(patterns: list[Pattern]) -> set[tuple[str, str]]:
    """Return where one can board and alight on one run."""
    return {
        (a.spot.id, b.spot.id)
        for pattern in patterns
        for i, a in enumerate(pattern)
        for b in pattern[i + 1 :]
        if a.board and b.alight
    }
