"""What a rule answers, and what a person reads."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from gtfs_feeds.read.tables import ROW, Severity

VALUE: Final = "_value"
LAT: Final = "_lat"
LON: Final = "_lon"

WHOLE_FILE: Final = pl.DataFrame({ROW: [None]}, schema={ROW: pl.Int64})
"""The rows of a hit that means a file, not a line."""

Fact = str | int | float | None


@dataclass(frozen=True, slots=True)
class Hits:
    """
    Every place where one rule fired, in one column of one file.

    `rows` has one row per hit. `ROW` is the line of the file; `VALUE`, `LAT` and `LON` are
    optional; every other column is a fact, named as the canonical validator names it.
    """

    code: str
    file: str
    """With its ending: `stops.txt`; empty where the feed as a whole is meant."""
    field: str
    rows: pl.DataFrame
    count: int | None = None
    """How often the rule fired, where `rows` is only a part."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One place where a rule fired."""

    row: int | None
    value: str | None
    facts: Mapping[str, Fact]
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says about one column of one file: the row of a report."""

    code: str
    severity: Severity
    file: str
    field: str
    count: int
    samples: tuple[Sample, ...]
    """The first `SAMPLES` hits in the order of the file."""
    places: tuple[Sample, ...] = dataclasses.field(default=(), repr=False)
    """The first `PLACES` hits that lie somewhere, for a map."""


SAMPLES: Final = 20
PLACES: Final = 500

Rule = Callable[..., Iterable[Hits]]


def hit(code: str, file: str, column: str = "", **facts: Fact) -> Hits:
    """Return one hit that means a file or the feed, with facts about it."""
    row = WHOLE_FILE.with_columns(pl.lit(value).alias(name) for name, value in facts.items())
    return Hits(code, file, column, row)
