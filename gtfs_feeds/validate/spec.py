"""
What GTFS Schedule and GTFS-JP say about files and fields, as data.

`data/files.csv` and `data/fields.csv` follow the GTFS Schedule Reference (revision of June 2026,
with Flex, Fares v2 and pathways) and the field levels of the canonical validator (snapshot of
July 2026); rows with the edition `jp` are the additions of GTFS-JP v1 to v4.
`data/presence.csv` holds what an edition of GTFS-JP asks for beyond that.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One column of one file."""

    file: str
    """Without `.txt`."""
    name: str
    type: str
    """id, text, url, email, phone_number, language, currency, timezone, color, time, date, enum,
    integer, float, decimal, latitude or longitude."""
    presence: str
    """required, required_column, recommended, conditional or optional."""
    is_key: bool
    reference: tuple[str, str] | None
    """The file and field that the value must be found in."""
    values: tuple[int, ...]
    """What an enum allows."""
    range: str
    """nonneg, pos, nonzero or nothing."""
    end: str
    """The field that must not lie before this one; a final `!` says that it may not be equal."""
    is_mixed_case: bool
    currency: str
    """The field that names the currency of this amount."""
    is_japanese: bool
    """Only GTFS-JP knows it."""


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One file of a feed."""

    name: str
    presence: str
    is_single_row: bool
    is_japanese: bool
    fields: dict[str, FieldSpec]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns whose values together name a row."""
        return tuple(field.name for field in self.fields.values() if field.is_key)


@dataclass(frozen=True, slots=True)
class Presence:
    """What one edition of GTFS-JP asks for beyond GTFS."""

    profile: str
    file: str
    field: str
    """Empty where the file as a whole is meant."""
    level: str
    """required or recommended."""
    source: str


DATA: Final = "gtfs_feeds.validate"


def rows_of(name: str) -> Iterator[dict[str, str]]:
    """Return the rows of a table that ships with the package; `#` starts a comment line."""
    text = (files(DATA) / "data" / name).read_text(encoding="utf-8")
    return csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))


@cache
def spec() -> dict[str, FileSpec]:
    """Return every file that GTFS or GTFS-JP defines, by its name without `.txt`."""
    known = {
        row["file"]: FileSpec(
            row["file"], row["presence"], row["rows"] == "single", row["edition"] == "jp", {}
        )
        for row in rows_of("files.csv")
    }
    for row in rows_of("fields.csv"):
        parent, _, column = row["reference"].partition(".")
        known[row["file"]].fields[row["field"]] = FieldSpec(
            file=row["file"],
            name=row["field"],
            type=row["type"],
            presence=row["presence"],
            is_key=row["key"] == "1",
            reference=(parent, column) if column else None,
            values=tuple(int(value) for value in row["values"].split()),
            range=row["range"],
            end=row["end"],
            is_mixed_case=row["flag"] == "mixed",
            currency=row["currency"],
            is_japanese=row["edition"] == "jp",
        )
    return known


@cache
def visible_spec(*, japanese: bool) -> dict[str, FileSpec]:
    """Return the specification without what GTFS-JP adds, or with it."""
    if japanese:
        return spec()
    return {
        name: replace(
            file, fields={key: field for key, field in file.fields.items() if not field.is_japanese}
        )
        for name, file in spec().items()
        if not file.is_japanese
    }


@cache
def presences() -> tuple[Presence, ...]:
    """Return what the editions of GTFS-JP ask for."""
    return tuple(
        Presence(row["profile"], row["file"], row["field"], row["level"], row["source"])
        for row in rows_of("presence.csv")
    )
