"""
A verifier written from `docs/statement-format.md` alone, as a stranger would write it.

It shares no code with the project. It accepts what the project makes, and refuses it once a digit
is changed; so the page says enough.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.simulation import year
from tests.support.database import fresh_engine

EXAMPLE = Path(__file__).parents[2] / "docs" / "statement-example.json"
Json = dict[str, Any]


def canonical(document: object) -> str:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def largest_remainder(total: int, weights: list[int]) -> list[int]:
    if total < 0:
        return [-part for part in largest_remainder(-total, weights)]
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def shares(agreement: Json, facts: Json) -> dict[str, int]:
    parties = {row["operator"]: row for row in agreement["parties"]}
    names = sorted(parties)
    fixed = [parties[name]["fixed_share"] for name in names]
    pool = facts["gross"] - facts["refunded"] - facts["commission"]
    if agreement["card_fee_from_pool"]:
        pool -= facts["card_fees"]
    if pool < 0:
        return dict(zip(names, largest_remainder(pool, fixed), strict=True))
    sums = dict.fromkeys(names, 0)
    amounts = largest_remainder(pool, [part["share"] for part in agreement["parts"]])
    for part, amount in zip(agreement["parts"], amounts, strict=True):
        weights = [facts["weights"][part["method"]].get(name, 0) for name in names]
        split = largest_remainder(amount, weights if any(weights) else fixed)
        for name, yen in zip(names, split, strict=True):
            sums[name] += yen
    return bounded(parties, names, pool, sums)


def bounded(
    parties: Mapping[str, Json], names: list[str], pool: int, sums: dict[str, int]
) -> dict[str, int]:
    least = [parties[name]["minimum"] for name in names]
    if sum(least) > 0 and pool <= sum(least):
        return dict(zip(names, largest_remainder(pool, least), strict=True))
    done: dict[str, int] = {}
    while sums:
        low = {n: parties[n]["minimum"] for n in sums if sums[n] < parties[n]["minimum"]}
        tops = {n: parties[n]["maximum"] for n in sums if parties[n]["maximum"] is not None}
        high = {n: top for n, top in tops.items() if sums[n] > top}
        if not low and not high:
            break
        done |= low or high
        rest = [name for name in names if name not in done]
        have = [sums[name] for name in rest]
        if not any(have):
            have = [max(parties[name]["fixed_share"], 1) for name in rest]
        left = pool - sum(done.values())
        sums = dict(zip(rest, largest_remainder(left, have), strict=True)) if rest else {}
    done |= sums
    above = pool - sum(done.values())
    if above:
        free = [name for name in names if parties[name]["maximum"] is None]
        weights = [max(parties[name]["fixed_share"], 1) for name in free]
        for name, yen in zip(free, largest_remainder(above, weights), strict=True):
            done[name] += yen
    return done


def right(document: Json) -> bool:
    """Whether the statement holds, by the eight checks of the page."""
    if document["format"] != "kyushu-maas-statement/1":
        return False
    bare = {name: value for name, value in document.items() if name != "hash"}
    if canonical(bare) != document["hash"]:
        return False
    operator, total = document["operator"]["id"], 0
    for line in document["lines"]:
        if canonical(line["agreement"]) != line["agreement_fingerprint"]:
            return False
        amount = shares(line["agreement"], line["now"]).get(operator, 0)
        if line["before"]:
            amount -= shares(line["agreement"], line["before"]).get(operator, 0)
        rides = line["now"]["weights"].get("rides")
        if amount != line["amount"] or (
            rides is not None and rides.get(operator, 0) != len(line["uses"])
        ):
            return False
        total += amount
    taxes = [
        (-1 if total < 0 else 1) * (abs(total) * row["rate_percent"] // (100 + row["rate_percent"]))
        for row in document["tax"]
    ]
    return total == document["total"] and taxes == [row["tax"] for row in document["tax"]]


@pytest.fixture
def example() -> Json:
    found: Json = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    return found


def test_the_worked_example_holds_and_pays_600_yen(example: Json) -> None:
    assert example["total"] == 600
    assert right(example)


def numbers(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    rows = node.items() if isinstance(node, dict) else enumerate(node)
    for name, value in rows:
        if isinstance(value, dict | list):
            yield from numbers(value, (*path, name))
        elif isinstance(value, int) and not isinstance(value, bool):
            yield (*path, name)


def test_every_number_that_is_changed_is_found_even_if_the_hash_is_made_to_fit(
    example: Json,
) -> None:
    # Facts that no rule of this agreement looks at, and what only says how much was sold.
    silent = {"sales", "nominal_fare", "agreed_fare", "base_with_tax"}
    for path in numbers(example):
        changed = deepcopy(example)
        node: Any = changed
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] += 10_000 if path[-1] != "share" else 500
        assert not right(changed), path
        bare = {name: value for name, value in changed.items() if name != "hash"}
        changed["hash"] = canonical(bare)
        if path[-1] not in silent:
            assert not right(changed), path


def test_it_agrees_with_every_statement_of_a_small_year(tmp_path: Path) -> None:
    books, terms = year.simulate(orders=400, operators=8, products=4, seed=11)
    with fresh_engine("sqlite", tmp_path) as engine, Session(engine) as session:
        closed = year.close_all(session, books, terms, 16)

    documents = [row for month in closed for row in month.statements.values()]
    assert len(documents) > 50
    assert all(right(json.loads(json.dumps(dict(row)))) for row in documents)
