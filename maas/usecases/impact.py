"""
Whose joining helps travellers most, and what breaks when a company stops.

Both are one question, asked of the router: how far do people get with a company and without it? The
search leaves a company's runs out by a filter, so no network is built twice. Places weigh by the
departures that they have on the day; a pair weighs the product of its places.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import numpy as np

from maas.core.columns import Float64s, Int32s
from maas.core.network import Network
from routing.model import Reached, SearchFilters, SearchRequest, StopRef

MINUTES: Final = (60, 120, 240)
HORIZON_S: Final = 24 * 3600
NEVER: Final = np.iinfo(np.int32).max
MOST_NAMED: Final = 12


class Reacher(Protocol):
    """What this asks of a planner."""

    def reach(self, request: SearchRequest) -> Sequence[Reached]:
        """Return every stop that is reached."""
        ...


@dataclass(frozen=True, slots=True)
class Detour:
    """A pair that takes longer without the company."""

    start: str
    end: str
    minutes_with: int
    minutes_without: int


@dataclass(frozen=True, slots=True)
class Impact:
    """What one company means to the network."""

    agency_ids: tuple[str, ...]
    name: str
    gain: Mapping[int, float]
    """Weighted share of all pairs that are within so many minutes only with the company."""
    cut_off: tuple[str, ...]
    """Names of places that nobody else reaches within a day, from anywhere that was asked."""
    cut_off_count: int
    prefecture_pairs: tuple[tuple[str, str, float], ...]
    """Pairs of prefectures with the greatest gain within the longest time, and that gain."""
    detours: tuple[Detour, ...]

    @property
    def ja(self) -> str:
        """Return one sentence in Japanese."""
        ends = (
            f"{self.cut_off_count}か所（{'、'.join(self.cut_off[:4])}）が孤立し"
            if self.cut_off
            else "孤立する場所はなく"
        )
        return f"{self.name}がないと、{ends}、240分以内に行ける組が{self.gain[240]:.2%}減ります。"

    @property
    def en(self) -> str:
        """Return one sentence in English."""
        ends = (
            f"{self.cut_off_count} places are cut off ({', '.join(self.cut_off[:4])})"
            if self.cut_off
            else "no place is cut off"
        )
        share = f"{self.gain[240]:.2%}"
        return f"Without {self.name} {ends}, and {share} of pairs are not within 240 minutes."


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: from where, when."""

    at: datetime
    origins: int = 40
    threads: int = 2


def impacts(
    network: Network,
    planner: Reacher,
    question: Question,
    companies: Iterable[str] | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[Impact]:
    """
    Return the impact of every company (agencies of one name), the greatest first.

    Args:
        network: The network of `planner`.
        planner: Searches to everywhere, with filters.
        question: When to leave, and from how many of the busiest places.
        companies: Names of agencies to look at; None: all that run.
        progress: Told how many companies are done, of how many.

    """
    weights = place_weights(network)
    origins = _origins(network, weights, question.origins)
    agencies = _agencies(network, companies)
    with ThreadPoolExecutor(question.threads) as pool:
        base = _table(network, planner, question, origins, frozenset(), pool)
        found = []
        for number, (name, ids) in enumerate(agencies.items(), start=1):
            without = _table(network, planner, question, origins, frozenset(ids), pool)
            found.append(_impact(network, name, ids, (weights, origins), base, without))
            if progress is not None:
                progress(number, len(agencies))
    return sorted(found, key=lambda row: (-row.cut_off_count, -row.gain[MINUTES[-1]], row.name))


def place_weights(network: Network) -> Float64s:
    """Return for each place the departures on a usual day; places without any weigh nothing."""
    days = np.maximum(network.services.runs.shape[1], 1)
    often = network.services.runs.sum(axis=1) / days
    per_trip = np.where(
        network.trips.duplicate_of < 0, often[np.maximum(network.trips.service, 0)], 0.0
    )
    counts = np.diff(network.trips.call_start)
    per_call = np.repeat(per_trip, counts)
    places = network.stops.place[network.calls.stop]
    return np.bincount(places, weights=per_call, minlength=len(network.places.id)).astype(
        np.float64
    )


def _origins(network: Network, weights: Float64s, count: int) -> Int32s:
    """Return the busiest place of each prefecture, then the busiest of all."""
    order = np.argsort(-weights, kind="stable")
    prefectures = network.places.prefecture.tolist()
    first: dict[str, int] = {}
    for place in order.tolist():
        if weights[place] > 0:
            first.setdefault(prefectures[place], place)
    chosen = list(dict.fromkeys([*first.values(), *order[:count].tolist()]))[
        : max(count, len(first))
    ]
    return np.array([place for place in chosen if weights[place] > 0], np.int32)


def _agencies(network: Network, companies: Iterable[str] | None) -> dict[str, list[str]]:
    """Return the ids of each company: its agencies may be in several feeds."""
    running = set(network.routes.agency[np.unique(network.trips.route)].tolist())
    wanted = None if companies is None else set(companies)
    found: dict[str, list[str]] = {}
    for row, (name, scoped) in enumerate(
        zip(network.agencies.name, network.agencies.id, strict=True)
    ):
        if row in running and (wanted is None or name in wanted or scoped in wanted):
            found.setdefault(name, []).append(scoped)
    return found


def _table(
    network: Network,
    planner: Reacher,
    question: Question,
    origins: Int32s,
    without: frozenset[str],
    pool: ThreadPoolExecutor,
) -> Int32s:
    """Return seconds from each origin to each place, `NEVER` where it is out of reach."""
    rows = {scoped: row for row, scoped in enumerate(network.stops.id)}
    places = network.stops.place

    def reached(place: int) -> Int32s:
        request = SearchRequest(
            StopRef(network.places.id[place]),
            StopRef(network.places.id[place]),
            question.at,
            max_travel_s=HORIZON_S,
            filters=SearchFilters(without_agencies=without),
        )
        seconds = np.full(len(network.places.id), NEVER, np.int32)
        for found in planner.reach(request):
            stop_place = int(places[rows[found.stop_id]])
            if stop_place >= 0:
                seconds[stop_place] = min(int(seconds[stop_place]), found.seconds)
        seconds[place] = NEVER  # being there already is no journey
        return seconds

    return np.stack(list(pool.map(reached, origins.tolist())))


def _impact(
    network: Network,
    name: str,
    ids: Sequence[str],
    asked: tuple[Float64s, Int32s],
    base: Int32s,
    without: Int32s,
) -> Impact:
    weights, origins = asked
    pair = weights[origins][:, None] * weights[None, :]
    whole = float(pair.sum()) or 1.0
    gain = {
        minutes: float(pair[(base <= minutes * 60) & (without > minutes * 60)].sum()) / whole
        for minutes in MINUTES
    }
    # Cut off: somebody got there with the company, and nobody does without it.
    gone = (base < NEVER).any(axis=0) & (without == NEVER).all(axis=0)
    by_weight = np.argsort(-weights, kind="stable")
    lost = [int(place) for place in by_weight if gone[place]]
    return Impact(
        agency_ids=tuple(ids),
        name=name,
        gain=gain,
        cut_off=tuple(network.places.name[place] for place in lost[:MOST_NAMED]),
        cut_off_count=len(lost),
        prefecture_pairs=_prefectures(network, origins, pair, base, without, whole),
        detours=_detours(network, origins, pair, base, without),
    )


def _prefectures(
    network: Network,
    origins: Int32s,
    pair: Float64s,
    base: Int32s,
    without: Int32s,
    whole: float,
) -> tuple[tuple[str, str, float], ...]:
    limit = MINUTES[-1] * 60
    lost = np.where((base <= limit) & (without > limit), pair, 0.0)
    names = network.places.prefecture.tolist()
    sums: dict[tuple[str, str], float] = {}
    for row, column in zip(*np.nonzero(lost), strict=True):
        key = (names[int(origins[row])] or "?", names[int(column)] or "?")
        sums[key] = sums.get(key, 0.0) + float(lost[row, column])
    greatest = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:5]
    return tuple((start, end, amount / whole) for (start, end), amount in greatest)


def _detours(
    network: Network, origins: Int32s, pair: Float64s, base: Int32s, without: Int32s
) -> tuple[Detour, ...]:
    """Return the heaviest pairs that are still connected but slower by ten minutes or more."""
    slower = (without < NEVER) & (without.astype(np.int64) - base >= 600)
    loss = np.where(slower, pair * (without.astype(np.int64) - base), 0.0)
    found = []
    for flat in np.argsort(-loss, axis=None, kind="stable")[:5].tolist():
        row, column = divmod(flat, loss.shape[1])
        if loss[row, column] <= 0:
            break
        found.append(
            Detour(
                network.places.name[int(origins[row])],
                network.places.name[column],
                int(base[row, column]) // 60,
                int(without[row, column]) // 60,
            )
        )
    return tuple(found)
