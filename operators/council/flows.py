"""
Where people went: rides from one municipality to another, k-anonymous.

A cell is published only where at least `K` different passes made its rides. To withstand
comparing exports with each other there is one partition and no other: whole calendar months, and
pairs of municipalities; every ride is in exactly one cell. There is no export by product, mode, day
or operator, no coarser or finer zones, and no sum that holds what was left out: with such a sum the
rest would follow by subtraction. A month is published once, and what arrives later changes nothing
(`FlowExport` is kept). Rides whose ends are unknown are in no cell.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from operators.council.records import UNKNOWN, Ride

K: Final = 10
FORMAT: Final = "kyushu-maas-flows/1"


@dataclass(frozen=True, slots=True)
class Flow:
    """Rides between two municipalities in a month, by at least `K` passes."""

    origin: str
    destination: str
    rides: int
    passes: int


def flows(rides: Iterable[Ride], *, k: int = K) -> list[Flow]:
    """Return the cells that at least `k` different passes made, by their names."""
    tickets: dict[tuple[str, str], set[str]] = defaultdict(set)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for ride in rides:
        if UNKNOWN in {ride.from_zone, ride.to_zone}:
            continue
        cell = (ride.from_zone, ride.to_zone)
        tickets[cell].add(ride.ticket)
        counts[cell] += 1
    return [
        Flow(*cell, counts[cell], len(tickets[cell]))
        for cell in sorted(counts)
        if len(tickets[cell]) >= k
    ]


def to_json(month: str, found: Iterable[Flow]) -> dict[str, Any]:
    """Return the export of a month."""
    return {
        "format": FORMAT,
        "month": month,
        "k": K,
        "note": {
            "ja": f"異なる券が{K}枚以上ある区間だけを掲載。両端が不明な利用は含みません。",
            "en": f"Only pairs with {K} or more different passes; no rides with unknown ends.",
        },
        "flows": [
            {
                "from": row.origin,
                "to": row.destination,
                "rides": row.rides,
                "passes": row.passes,
            }
            for row in found
        ],
    }


def to_csv(document: dict[str, Any]) -> str:
    """Return the cells of an export, with a byte-order mark for spreadsheets."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["month", "from", "to", "rides", "passes"])
    for row in document["flows"]:
        writer.writerow([document["month"], row["from"], row["to"], row["rides"], row["passes"]])
    return out.getvalue()
