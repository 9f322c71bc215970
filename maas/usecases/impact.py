"""
Whose joining helps travellers most, and what breaks when a company stops.

Both are one question, asked of the router: how far do people get with a company and without it? The
search leaves a company's runs out by a filter, so no network is built twice; for a candidate the
network is the merged one with the candidate in it. A pair of places weighs the product of its
places (`place_weights`).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from maas.core.clock import JAPAN
from maas.core.columns import Float64s, Int32s, Int64s
from maas.core.ids import split_feed_scoped
from maas.core.network import Network
from maas.usecases.place_weights import PlaceWeights, place_weights
from routing.model import Itinerary, SearchFilters, SearchRequest, StopRef
from routing.network.legs import second_legs
from routing.planner import JourneyPlanner
from routing.street.footpaths import footpaths

MINUTES: Final = (60, 120, 240)
HORIZON_S: Final = 48 * 3600
"""An island's ship may sail once a day, and miss a later train."""
NEVER: Final = np.iinfo(np.int64).max
MOST_SHOWN: Final = 5
SLOWER_S: Final = 600
TERMINALS: Final = frozenset({"port", "airport", "terminal"})
_TYPICAL: Final = (1, 2, 3)
"""Tuesday to Thursday."""


@dataclass(frozen=True, slots=True)
class Detour:
    """A pair that takes longer without the company, and the best way that is left."""

    start: str
    end: str
    minutes_with: int
    minutes_without: int
    way: tuple[str, ...] = ()
    """`line (company) from → to` of each ride."""


@dataclass(frozen=True, slots=True)
class SecondLeg:
    """A link that would hang on one thread without the company."""

    start: str
    end: str
    places: int
    """What its loss would cut off, without the company."""


@dataclass(frozen=True, slots=True)
class Impact:
    """What one company means to the network."""

    ids: tuple[str, ...]
    """Its agencies, or the routes that were asked about."""
    name: str
    gain: Mapping[int, float]
    """Weighted share of all pairs that are within so many minutes only with the company."""
    cut_off: tuple[str, ...]
    """Names of all places that most of the origins reach within two days only with the company."""
    terminals: tuple[str, ...]
    """Ports, airports and terminals among them."""
    prefecture_pairs: tuple[tuple[str, str, float], ...]
    """Pairs of prefectures with the greatest gain within the longest time, and that gain."""
    detours: tuple[Detour, ...]
    second_legs: tuple[SecondLeg, ...]
    """Links of others that are safe because of the company."""

    def sentence(self, question: str, language: str) -> str:
        """Return what it means if the company `joins` or `stops`, as one sentence."""
        named = self.terminals[:2] + tuple(
            name for name in self.cut_off if name not in self.terminals[:2]
        )
        if self.cut_off:
            places = _say("comma", language).join(named[:4])
            ends = _say(f"{question}.cut", language, count=len(self.cut_off), places=places)
        else:
            ends = _say(f"{question}.none", language)
        share = f"{self.gain[MINUTES[-1]]:.2%}"
        return _say(question, language, name=self.name, ends=ends, share=share)

    def as_json(self) -> dict[str, Any]:
        """Return all of it with its sentences."""
        return {
            "ids": list(self.ids),
            "name": self.name,
            "gain": {str(minutes): round(share, 6) for minutes, share in self.gain.items()},
            "cut_off_count": len(self.cut_off),
            "cut_off": list(self.cut_off),
            "terminals": list(self.terminals),
            "prefecture_pairs": [
                {"from": start, "to": end, "gain": round(share, 6)}
                for start, end, share in self.prefecture_pairs
            ],
            "detours": [
                {
                    "from": row.start,
                    "to": row.end,
                    "minutes_with": row.minutes_with,
                    "minutes_without": row.minutes_without,
                    "way": list(row.way),
                }
                for row in self.detours
            ],
            "second_legs": [
                {"from": row.start, "to": row.end, "places": row.places} for row in self.second_legs
            ],
            "joins": {tag: self.sentence("joins", tag) for tag in ("ja", "en")},
            "stops": {tag: self.sentence("stops", tag) for tag in ("ja", "en")},
        }


def rank(found: Iterable[Impact]) -> list[Impact]:
    """Return the greatest first: what is within the longest time, then what is cut off."""
    return sorted(found, key=lambda row: (-row.gain[MINUTES[-1]], -len(row.cut_off), row.name))


def explain_weights(weights: PlaceWeights, language: str) -> str:
    """Return how places were weighed, as a sentence."""
    if not weights.known:
        return _say("weights.departures", language)
    return _say("weights", language, ratio=f"{weights.ratio:.1f}", known=weights.known)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: from where, when."""

    at: datetime
    origins: int = 100
    threads: int = 2


def typical_morning(network: Network, today: date) -> datetime:
    """Return 8:00 of the Tuesday, Wednesday or Thursday of the next weeks with the most runs."""
    runs = np.asarray(network.services.runs)
    trips = np.bincount(np.maximum(network.trips.service, 0), minlength=len(runs))
    per_day = trips @ runs
    first = max((today - network.first_day).days, 0)
    days = list(range(first, min(first + 42, len(per_day)))) or list(range(len(per_day)))
    usual = [day for day in days if (network.first_day + timedelta(days=day)).weekday() in _TYPICAL]
    best = max(usual or days, key=lambda day: (int(per_day[day]), -day), default=0)
    day = network.first_day + timedelta(days=best)
    return datetime.combine(day, time(8), tzinfo=JAPAN)


class ImpactStudy:
    """
    One network at one time, asked about company after company.

    `companies` are ids of agencies or routes by name; by default all agencies that run, joined
    where names are equal.
    """

    def __init__(
        self,
        network: Network,
        planner: JourneyPlanner,
        question: Question,
        companies: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._network = network
        self._planner = planner
        self._question = question
        self.weights = place_weights(network)
        self._origins = _origins(network, self.weights.values, question.origins)
        self._pair = self.weights.values[self._origins][:, None] * self.weights.values[None, :]
        self._whole = float(self._pair.sum()) or 1.0
        self._base = self._table(frozenset())
        self.companies = companies_of(network) if companies is None else companies
        routes = _routes_of(network, self.companies)
        self._legs = second_legs(network, footpaths(network), routes)

    def of(self, name: str) -> Impact:
        """
        Return the impact of a company.

        Raises:
            KeyError: No agency of that name runs in the network.

        """
        ids = self.companies[name]
        base, without = self._base, self._table(frozenset(ids))
        gain = {
            minutes: float(self._pair[(base <= minutes * 60) & (without > minutes * 60)].sum())
            / self._whole
            for minutes in MINUTES
        }
        places = self._network.places
        lost = self._cut_off(without)
        kinds = np.asarray(places.kind)
        return Impact(
            ids=tuple(ids),
            name=name,
            gain=gain,
            cut_off=tuple(places.name[place] for place in lost),
            terminals=tuple(places.name[place] for place in lost if kinds[place] in TERMINALS),
            prefecture_pairs=self._prefectures(without),
            detours=self._detours(without, frozenset(ids)),
            second_legs=tuple(
                SecondLeg(places.name[cut.places[0]], places.name[cut.places[1]], cut.cut_off)
                for cut in self._legs(name)[:MOST_SHOWN]
            ),
        )

    def _request(self, without: frozenset[str]) -> SearchRequest:
        nowhere = StopRef(self._network.places.id[0])
        return SearchRequest(
            nowhere,
            nowhere,
            self._question.at,
            max_travel_s=HORIZON_S,
            filters=SearchFilters(without_agencies=without, without_routes=without),
        )

    def _table(self, without: frozenset[str]) -> Int64s:
        """Return seconds from each origin to each place, `NEVER` where it is out of reach."""
        ids = [self._network.places.id[place] for place in self._origins.tolist()]
        threads = self._question.threads
        by_stop = self._planner.spread(self._request(without), ids, threads=threads)
        seconds = np.full((len(ids), len(self._network.places.id)), NEVER, np.int64)
        stops = np.asarray(self._network.stops.place)
        placed = stops >= 0
        reached = np.where(by_stop < 0, NEVER, by_stop)[:, placed]
        for row in range(len(ids)):
            np.minimum.at(seconds[row], stops[placed], reached[row])
            seconds[row, self._origins[row]] = NEVER  # being there already is no journey
        return seconds

    def _cut_off(self, without: Int64s) -> list[int]:
        """Return the places that most of the origins reached and no longer reach, by weight."""
        before, after = (self._base < NEVER).sum(axis=0), (without < NEVER).sum(axis=0)
        gone = (before > 0) & (2 * after < before)
        by_weight = np.argsort(-self.weights.values, kind="stable").tolist()
        return [place for place in by_weight if gone[place]]

    def _prefectures(self, without: Int64s) -> tuple[tuple[str, str, float], ...]:
        limit = MINUTES[-1] * 60
        lost = np.where((self._base <= limit) & (without > limit), self._pair, 0.0)
        names, code = np.unique(np.asarray(self._network.places.prefecture), return_inverse=True)
        starts, ends = np.broadcast_arrays(code[self._origins][:, None], code[None, :])
        pair = np.minimum(starts, ends) * len(names) + np.maximum(starts, ends)
        sums = np.bincount(pair.ravel(), lost.ravel(), len(names) ** 2)
        found: list[tuple[str, str, float]] = []
        for key in np.argsort(-sums, kind="stable")[: len(names)].tolist():
            start, end = str(names[key // len(names)]), str(names[key % len(names)])
            if sums[key] > 0 and start and end:
                found.append((start, end, float(sums[key]) / self._whole))
        return tuple(found[:MOST_SHOWN])

    def _detours(self, without: Int64s, agencies: frozenset[str]) -> tuple[Detour, ...]:
        """Return the weightiest pairs that are still connected but slower, one an origin."""
        base, names = self._base, self._network.places.name
        slower = (without < NEVER) & (base < NEVER)
        late = np.where(slower, without - np.where(slower, base, 0), 0)
        loss = np.where(late >= SLOWER_S, self._pair * late, 0.0)
        found: list[Detour] = []
        for row in np.argsort(-loss.max(axis=1), kind="stable")[:MOST_SHOWN].tolist():
            column = int(np.argmax(loss[row]))
            if loss[row, column] <= 0:
                break
            start = int(self._origins[row])
            found.append(
                Detour(
                    names[start],
                    names[column],
                    int(base[row, column]) // 60,
                    int(without[row, column]) // 60,
                    self._way(start, column, agencies),
                )
            )
        return tuple(found)

    def _way(self, start: int, end: int, without: frozenset[str]) -> tuple[str, ...]:
        ids = self._network.places.id
        request = replace(
            self._request(without), origin=StopRef(ids[start]), destination=StopRef(ids[end])
        )
        ways = self._planner.plan(request).itineraries
        return self._rides(min(ways, key=lambda way: way.arrival)) if ways else ()

    def _rides(self, way: Itinerary) -> tuple[str, ...]:
        network = self._network
        stops = {scoped: row for row, scoped in enumerate(network.stops.id)}
        agencies = {scoped: row for row, scoped in enumerate(network.agencies.id)}
        return tuple(
            f"{network.agencies.name[agencies[leg.agency_id]]} "
            f"{network.stops.name[stops[leg.calls[0].stop_id]]} → "
            f"{network.stops.name[stops[leg.calls[-1].stop_id]]}"
            for leg in way.legs
            if leg.agency_id in agencies
        )


def impacts(
    network: Network,
    planner: JourneyPlanner,
    question: Question,
    companies: Mapping[str, Sequence[str]] | None = None,
) -> list[Impact]:
    """
    Return the impact of every company, the greatest first.

    Args:
        network: The network of `planner`.
        planner: Searches to everywhere, with filters.
        question: When to leave, and from how many of the weightiest places.
        companies: Ids of agencies or routes by name; None: all that run (`companies_of`).

    """
    study = ImpactStudy(network, planner, question, companies)
    return rank(study.of(name) for name in study.companies)


def _origins(network: Network, weights: Float64s, count: int) -> Int32s:
    """Return the weightiest place of each prefecture, then the weightiest of all."""
    order = np.argsort(-weights, kind="stable")
    prefectures = network.places.prefecture
    first: dict[str, int] = {}
    for place in order.tolist():
        if weights[place] > 0:
            first.setdefault(prefectures[place], place)
    chosen = list(dict.fromkeys([*first.values(), *order[:count].tolist()]))
    kept = chosen[: max(count, len(first))]
    return np.array([place for place in kept if weights[place] > 0], np.int32)


def companies_of(network: Network, feeds: Iterable[str] | None = None) -> dict[str, Sequence[str]]:
    """
    Return the ids of the agencies of each company that runs: they may be in several feeds.

    `feeds`: only agencies of the feeds with these tags.
    """
    tags = None if feeds is None else set(feeds)
    running = set(np.unique(network.routes.agency[np.unique(network.trips.route)]).tolist())
    found: dict[str, list[str]] = {}
    for row, scoped in enumerate(network.agencies.id):
        if row in running and (tags is None or split_feed_scoped(scoped)[0] in tags):
            found.setdefault(network.agencies.name[row], []).append(scoped)
    return dict(found)


def _routes_of(
    network: Network, companies: Mapping[str, Sequence[str]]
) -> dict[str, frozenset[int]]:
    """Return the rows of the routes of each company."""
    agencies = [network.agencies.id[row] for row in network.routes.agency.tolist()]
    found: dict[str, frozenset[int]] = {}
    for name, ids in companies.items():
        own = set(ids)
        found[name] = frozenset(
            row
            for row, route in enumerate(network.routes.id)
            if route in own or agencies[row] in own
        )
    return found


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = json.loads(
        files("maas.usecases").joinpath("impact_texts.json").read_text(encoding="utf-8")
    )
    return found


def _say(key: str, language: str, **parts: object) -> str:
    text = _texts()[key][language]
    for name, value in parts.items():
        text = text.replace("{" + name + "}", str(value))
    return text
