"""
Finding places by what people type, and by where they are.

Keys lie sorted in one list, so a prefix is a binary search; a substring is one scan of the joined
keys; only when both find nothing is every key compared for typing mistakes. Rank: how it matched
(exact, prefix, inside, similar), then how important the place is, how near to the traveller, and
how much of the key was typed.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache, partial
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from maas.core.columns import Float64s, Int8s, Int32s, Int64s, Texts
from maas.core.geo import distance_m
from maas.core.network import Network
from routing.model import Mode
from routing.places.fold import LONGEST, fold
from routing.places.keys import ALIAS, place_keys
from routing.places.weights import MODES, weigh_places

_MOST_HITS: Final = 5000
"""Keys with the same prefix or substring that are ranked; the rest come later in the alphabet."""
_LEAST_SIMILAR: Final = 70.0
_TOWN_M: Final = 10_000.0
"""A stop named together with a town lies at most so far from the place of the town's name."""
_LAST: Final = "\U0010ffff"


class Match(IntEnum):
    """How a query met a key, the better the higher."""

    SIMILAR = 0
    INSIDE = 1
    PREFIX = 2
    EXACT = 3


_Hit = tuple[float, Match, bool]
"""Score, how it matched, and whether only by an alias."""
_OWN: Final[_Hit] = (0.0, Match.EXACT, False)


@dataclass(frozen=True, slots=True)
class PlaceMatch:
    """A place that a text may mean."""

    row: int
    """Row of `Network.places`."""
    id: str
    """Of the place."""
    stop_id: str
    """Of the stop that stands for the place: the station, or the one with most departures."""
    name: str
    lat: float
    lon: float
    kind: str
    modes: frozenset[Mode]
    importance: float
    """0 to 1."""
    score: float
    how: Match
    tokens: tuple[tuple[int, int], ...]
    """Begin and length of what matched in `name`; empty where another spelling matched."""
    distance_m: float | None = None
    """From `near`, where that was given."""
    by_alias: bool = False
    """What matched is not a name of the place but what people may call it."""


@dataclass(frozen=True, slots=True)
class IndexColumns:
    """What a stored index consists of."""

    keys: Texts
    """Sorted, each as often as it has places."""
    place: Int32s
    source: Int8s
    importance: Float64s
    modes: Int32s
    stop: Int32s
    """The stop that stands for each place."""


def index_columns(network: Network) -> IndexColumns:
    """Build the columns of the index of a network."""
    rows = sorted(place_keys(network))
    importance, modes = weigh_places(network)
    return IndexColumns(
        Texts.of(key for key, _, _ in rows),
        np.array([place for _, place, _ in rows], np.int32),
        np.array([how for _, _, how in rows], np.int8),
        importance,
        modes,
        _standing(network),
    )


def _standing(network: Network) -> Int32s:
    """Return the stop that stands for each place: its first station, else the busiest stop."""
    stops = network.stops
    calls = np.bincount(network.calls.stop, minlength=len(stops.id))
    order = np.lexsort((-calls, stops.location_type != 1, stops.place))
    _, first = np.unique(stops.place[order], return_index=True)
    return order[first].astype(np.int32)


def places_in(where: str, text: str) -> Int64s:
    """Return where a text lies, at most `_MOST_HITS` times; one may begin inside another."""
    if any(text.startswith(text[at:]) for at in range(1, len(text))):
        found: list[int] = []
        at = where.find(text)
        while at >= 0 and len(found) < _MOST_HITS:
            found.append(at)
            at = where.find(text, at + 1)
        return np.array(found, np.int64)
    # What cannot begin inside itself lies between the parts that it cuts: no loop of our own.
    parts = np.fromiter(map(len, where.split(text, _MOST_HITS)), np.int64)
    return np.cumsum(parts[:-1] + len(text)) - len(text)


def _keys_with(joined: str, begin: Int64s, query: str) -> Int64s:
    """Return the keys that hold the query, at most `_MOST_HITS`; key x begins at `begin[x]`."""
    rows = np.searchsorted(begin, places_in(joined, query), "right") - 1
    other = np.ones(len(rows), np.bool_)
    np.not_equal(rows[1:], rows[:-1], out=other[1:])
    return rows[other]


class PlaceIndex:
    """The places of a network, searchable."""

    def __init__(self, network: Network, columns: IndexColumns | None = None) -> None:
        """Open stored columns, or build them (about a second for 40,000 places)."""
        self.network = network
        columns = columns or index_columns(network)
        self._keys = columns.keys.tolist()
        self._place, self._source = columns.place, columns.source
        self._importance, self._modes = columns.importance, columns.modes
        self._stop = columns.stop
        self._joined = "\n".join(self._keys)
        lengths = np.fromiter(map(len, self._keys), np.int64, len(self._keys))
        self._begin = np.cumsum(lengths + 1) - (lengths + 1)
        self._length = lengths
        self._lat, self._lon = network.places.lat, network.places.lon
        # Words that thousands of names hold are asked for again and again; of 10 MB at most. What
        # is kept must not hold the index: in a circle it would outlive its network.
        self._inside = lru_cache(maxsize=256)(partial(_keys_with, self._joined, self._begin))

    def search(
        self,
        text: str,
        limit: int = 10,
        *,
        near: tuple[float, float] | None = None,
        modes: Collection[Mode] | None = None,
    ) -> list[PlaceMatch]:
        """
        Return the places that a text may mean, the best first, none twice.

        `near` (lat, lon) lifts what is close; `modes` leaves out where none of them calls.
        """
        query = fold(text)
        if not query or limit <= 0:
            return []
        allowed = (
            None if modes is None else sum(1 << MODES.index(Mode(mode)) for mode in set(modes))
        )
        found: dict[int, _Hit] = {}
        for keys, how in self._hits(query, text):
            self._add(found, keys, how, query, limit, near, allowed)
            if len(found) >= limit and how <= Match.PREFIX:
                break
        best = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))[:limit]
        return [self._match(row, hit, text, near) for row, hit in best]

    def _hits(self, query: str, text: str) -> Iterator[tuple[Int64s, Match]]:
        """Return rows of keys by how they match, the next only when it is asked for."""
        low = bisect_left(self._keys, query)
        exact = bisect_left(self._keys, query + "\0", low)
        yield np.arange(low, exact), Match.EXACT
        high = bisect_left(self._keys, query + _LAST, exact)
        yield np.arange(exact, min(high, exact + _MOST_HITS)), Match.PREFIX
        nothing = high == low
        if len(query) >= 2:
            inside = self._inside(query)
            yield inside, Match.INSIDE
            nothing &= not len(inside)
        words = [word for word in map(fold, text[:LONGEST].split()) if word]
        if len(words) > 1:
            together = self._all_words(words[:5])
            yield together, Match.INSIDE
            nothing &= not len(together)
        if nothing and len(query) >= 3:
            beside = self._beside(query)
            yield beside, Match.INSIDE
            if not len(beside):
                yield self._similar(query), Match.SIMILAR

    def _all_words(self, words: list[str]) -> Int64s:
        """Return the keys of the places of which every word is in some key or the prefecture."""
        wanted = np.ones(len(self._lat), np.bool_)
        held = np.zeros(len(self._keys), np.bool_)
        for word in words:
            rows = self._inside(word)
            held[rows] = True
            hit = np.zeros(len(wanted), np.bool_)
            hit[self._place[rows]] = True
            if word.endswith(("県", "府", "都")):
                hit[self._in_prefecture.get(word, [])] = True
            wanted &= hit
        rows = np.flatnonzero(held)
        return rows[wanted[self._place[rows]]]

    @cached_property
    def _in_prefecture(self) -> dict[str, list[int]]:
        """The places of every prefecture, by its folded name."""
        result: dict[str, list[int]] = {}
        for at, text in enumerate(self.network.places.prefecture):
            result.setdefault(fold(text), []).append(at)
        return result

    def _beside(self, query: str) -> Int64s:
        """
        Return the keys of places that the end of the query names, near a place its beginning names.

        People put a town before a stop without a blank: 唐津大手口 is 大手口 near 唐津.
        """
        found: list[Int64s] = []
        for at in range(2, len(query) - 1):
            town, stop = self._exactly(query[:at]), self._exactly(query[at:])
            if not len(town) or not len(stop):
                continue
            away = np.full(len(stop), np.inf)
            for row in np.unique(self._place[town]).tolist():
                spot = (float(self._lat[row]), float(self._lon[row]))
                away = np.fmin(away, self._away(self._place[stop], spot))
            found.append(stop[away <= _TOWN_M])
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)

    def _exactly(self, key: str) -> Int64s:
        """Return the rows of a key, at most 50."""
        low = bisect_left(self._keys, key)
        return np.arange(low, min(bisect_left(self._keys, key + "\0", low), low + 50))

    def _similar(self, query: str) -> Int64s:
        """Return the keys that a few typing mistakes turn into the query."""
        hits = process.extract(
            query, self._keys, scorer=fuzz.ratio, score_cutoff=_LEAST_SIMILAR, limit=50
        )
        if not hits:
            return np.zeros(0, np.int64)
        least = hits[0][1] - 10
        return np.array([row for _, score, row in hits if score >= least], np.int64)

    def _add(
        self,
        found: dict[int, _Hit],
        keys: Int64s,
        how: Match,
        query: str,
        limit: int,
        near: tuple[float, float] | None,
        allowed: int | None,
    ) -> None:
        """Score the places of some keys and keep each one's best."""
        if not len(keys):
            return
        place = self._place[keys]
        if allowed is not None:
            good = (self._modes[place] & allowed) != 0
            keys, place = keys[good], place[good]
        alias = self._source[keys] == ALIAS
        score = (
            float(how)
            - 0.2 * alias
            + 0.8 * self._importance[place]
            + 0.1 * len(query) / np.maximum(self._length[keys], len(query))
        )
        if near is not None:
            score = score + 0.5 * self._closeness(place, near)
        # a place has fewer than twenty keys, so the best of so many hits hold `limit` places
        most = 20 * limit + 100
        if len(score) > most:
            best = np.argpartition(-score, most)[:most]
            place, score, alias = place[best], score[best], alias[best]
        order = np.argsort(-score, kind="stable")
        columns = place[order].tolist(), score[order].tolist(), alias[order].tolist()
        for row, value, by_alias in zip(*columns, strict=True):
            if row not in found or found[row][0] < value:
                found[row] = (value, how, by_alias)

    def _closeness(self, place: Int32s, near: tuple[float, float]) -> Float64s:
        """Return 1 on the spot, 0.5 at 20 km, 0 far away or where the place has no coordinate."""
        away = self._away(place, near)
        return np.nan_to_num(20_000.0 / (20_000.0 + away), nan=0.0)

    def _away(self, place: npt.NDArray[np.int32], near: tuple[float, float]) -> Float64s:
        """Return the metres from a spot to places."""
        lat, lon = self._lat[place], self._lon[place]
        return distance_m(lat, lon, np.full_like(lat, near[0]), np.full_like(lon, near[1]))

    def _match(
        self, row: int, hit: _Hit, text: str, near: tuple[float, float] | None
    ) -> PlaceMatch:
        """Describe a found place."""
        score, how, by_alias = hit
        places = self.network.places
        name = places.name[row]
        at = name.casefold().find(text.strip().casefold()) if text.strip() else -1
        away = None
        if near is not None and not np.isnan(self._lat[row]):
            away = float(self._away(np.array([row], np.int32), near)[0])
        mask = int(self._modes[row])
        return PlaceMatch(
            row,
            places.id[row],
            self.network.stops.id[int(self._stop[row])],
            name,
            float(self._lat[row]),
            float(self._lon[row]),
            places.kind[row],
            frozenset(mode for bit, mode in enumerate(MODES) if mask >> bit & 1),
            float(self._importance[row]),
            score,
            how,
            ((at, len(text.strip())),) if at >= 0 else (),
            away,
            by_alias,
        )

    def place(self, row: int) -> PlaceMatch:
        """Return a place by its row, as if its own name had been searched for."""
        return self._match(row, _OWN, "", None)

    def nearest(
        self,
        lat: float,
        lon: float,
        limit: int = 10,
        *,
        within_m: float = 2000.0,
        modes: Collection[Mode] | None = None,
    ) -> list[PlaceMatch]:
        """Return the served places around a spot, the nearest first."""
        away = self._away(np.arange(len(self._lat), dtype=np.int32), (lat, lon))
        allowed = -1 if modes is None else sum(1 << MODES.index(Mode(mode)) for mode in set(modes))
        away[(self._modes & allowed) == 0] = np.inf
        rows = np.flatnonzero(away <= within_m)
        rows = rows[np.argsort(away[rows], kind="stable")][:limit]
        return [self._match(int(row), _OWN, "", (lat, lon)) for row in rows]

    def name(self, row: int, language: str) -> str:
        """Return the name of a place in a language, its own name where there is no translation."""
        texts = self.network.translations.get(f"places.name.{language}")
        return (texts[row] if texts is not None else "") or self.network.places.name[row]
