"""Seeded queries of every kind, as plain data, so that every commit gets the same."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

Json = dict[str, Any]

KINDS: Final[Mapping[str, str]] = {
    "earliest": "earliest arrival, Pareto",
    "range": "2-hour range",
    "arrive-by": "arrive by",
    "one-to-all": "one to all",
    "door": "door to door, 20 + 20 stops",
    "vias": "with 2 vias",
    "pass": "a pass's operators only",
    "live": "with 2,000 realtime updates",
}


def make_queries(
    facts: Json, midnight: int, count: int, *, max_transfers: int = 7, seed: int = 12345
) -> dict[str, list[Json]]:
    """
    Return queries by kind; departures lie between 07:00 and 20:00 of the day, whole minutes.

    `facts` is what the worker says of a network, `midnight` the unix second of the day's start.
    """
    rng = np.random.default_rng(seed)
    stops = facts["stops"]
    where = np.c_[facts["lat"], np.array(facts["lon"]) * np.cos(np.radians(33))] * 111.2
    pairs = [rng.choice(len(stops), 2, replace=False) for _ in range(count)]
    minutes = rng.integers(7 * 60, 20 * 60, count)
    agencies = facts["agencies"]
    chosen = sorted(rng.choice(agencies, max(1, len(agencies) // 2), replace=False).tolist())
    kinds: dict[str, list[Json]] = {kind: [] for kind in KINDS}
    for (a, b), minute in zip(pairs, minutes.tolist(), strict=True):
        plain = {
            "from": [[stops[a], 0]],
            "to": [[stops[b], 0]],
            "time": midnight + minute * 60,
            "max_transfers": max_transfers,
        }
        kinds["earliest"].append(plain)
        kinds["live"].append(plain)
        kinds["one-to-all"].append(plain)
        kinds["range"].append(plain | {"window_s": 7200})
        kinds["arrive-by"].append(plain | {"arrive_by": True, "time": plain["time"] + 3 * 3600})
        doors = {"from": _near(where, stops, a), "to": _near(where, stops, b)}
        kinds["door"].append(plain | doors)
        kinds["pass"].append(plain | {"agencies": chosen})
        inner = [stops[n] for n in _between(rng, where, a, b)]
        kinds["vias"].append(plain | {"vias": inner})
    return kinds


def _near(where: "np.ndarray[Any, Any]", stops: list[str], at: int) -> list[list[Any]]:
    """Return the 20 nearest stops with the walk to each at 1.2 m/s."""
    away = np.linalg.norm(where - where[at], axis=1)
    rows = np.argsort(away)[:20]
    return [[stops[row], int(away[row] * 1000 / 1.2) // 60 * 60] for row in rows]


def _between(rng: np.random.Generator, where: "np.ndarray[Any, Any]", a: int, b: int) -> list[int]:
    """Return two stops near the straight line, in its order."""
    found = []
    for part in (1 / 3, 2 / 3):
        spot = where[a] * (1 - part) + where[b] * part
        away = np.linalg.norm(where - spot, axis=1)
        found.append(int(rng.choice(np.argsort(away)[:20])))
    return found
