"""The tables of a feed as text, with every fault that reading them met."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import polars as pl


class Severity(StrEnum):
    """How bad a finding is, with the canonical validator's words."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that reading met; the validator reports it beside its own findings."""

    code: str
    """Code of the canonical validator where it has one, else ours."""
    file: str
    row: int | None = None
    """Line of the file, 1 is the header; None when the whole file is meant."""
    field: str = ""
    value: str = ""
    mended: bool = False
    """Reading repaired it in memory, so the rest of the feed can be used."""
    facts: Mapping[str, str | int] = dataclasses.field(default_factory=dict)
    count: int = 1
    """
    How many cells or rows it stands for.

    The first ones of a kind (code, file, field) are listed one by one; the rest of a kind is one
    fault whose `row` is the first that is not listed.
    """


ROW = "_row"
"""The column of every table that holds the line of the file (Int64)."""


@dataclass(frozen=True, slots=True)
class FeedTables:
    """
    A feed as read: text everywhere, nothing converted, nothing dropped.

    `tables` is keyed by the name without `.txt`; each frame has text columns, empty text where a
    cell is empty or missing, and the `ROW` column.
    """

    name: str
    tables: Mapping[str, pl.DataFrame]
    faults: tuple[Fault, ...] = ()
    others: Mapping[str, bytes] = dataclasses.field(default_factory=dict)
    """Files that are no table (locations.geojson, …), kept as they are."""
    sha256: str = ""
    """Of the zip's bytes, or of the folder's files in order."""
    sources: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Table name to the path of its file inside the zip or folder, as it was spelled there."""

    def table(self, name: str) -> pl.DataFrame | None:
        """Return a table, or None where the feed has none with a header."""
        return self.tables.get(name)
