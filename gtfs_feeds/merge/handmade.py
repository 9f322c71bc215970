"""Airports, ports and terminals: places that no rule of names finds, so people list them."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class HandPlace:
    """A place that gathers the stops around a spot whose names say that they belong to it."""

    id: str
    kind: str
    name: str
    kana: str
    english: str
    lat: float
    lon: float
    radius_m: float
    names: re.Pattern[str]
    """Searched in the key of a stop's name."""
    prefecture: str
    review: bool
    """The coordinate is not certain: the members' own are used for the place."""


@cache
def hand_places() -> tuple[HandPlace, ...]:
    """Return the table of the package."""
    text = files("gtfs_feeds.merge").joinpath("hand_places.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        HandPlace(
            row["id"],
            row["kind"],
            row["name"],
            row["kana"],
            row["english"],
            float(row["lat"]),
            float(row["lon"]),
            float(row["radius_m"]),
            re.compile(row["names"]),
            row["prefecture"],
            row["review"] == "1",
        )
        for row in rows
    )
