"""By which rules a feed is judged: severity is data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from gtfs_feeds.read import Edition, FeedTables, detect_edition
from gtfs_feeds.read.tables import Severity
from gtfs_feeds.validate.spec import rows_of


class Profile(StrEnum):
    """A table of severities."""

    GTFS = "gtfs"
    """As the canonical validator judges."""
    JP3 = "gtfs-jp-v3"
    JP4 = "gtfs-jp-v4"
    GOOGLE = "google-ready"


DEFAULT: Final = Profile.JP4
"""
What is used unless the caller names another: the edition in force since March 2026.

It does not depend on the feed. A guess from the feed is printed beside it and changes nothing.
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Which profile the content of a feed hints at, and by what."""

    profile: Profile
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One line of the table of severities."""

    code: str
    file: str
    """Empty: for every file."""
    is_core: bool
    severities: Mapping[Profile, Severity | None]
    source: str


@cache
def entries() -> dict[tuple[str, str], RuleEntry]:
    """Return the table of severities by code and file."""
    table: dict[tuple[str, str], RuleEntry] = {}
    for row in rows_of("rules.csv"):
        severities = {
            profile: None if row[profile] == "-" else Severity(row[profile]) for profile in Profile
        }
        entry = RuleEntry(row["code"], row["file"], row["core"] == "x", severities, row["source"])
        table[entry.code, entry.file] = entry
    return table


def severity_of(profile: Profile, code: str, file: str) -> Severity | None:
    """Return how bad a rule is in a profile, or None where the profile does not report it."""
    entry = entries().get((code, file)) or entries().get((code, ""))
    return Severity.WARNING if entry is None else entry.severities[profile]


def codes() -> tuple[str, ...]:
    """Return every code that a report may hold."""
    return tuple(dict.fromkeys(code for code, _ in entries()))


def suggest(tables: FeedTables) -> Suggestion:
    """Return the profile that the files and columns of a feed hint at."""
    detected = detect_edition(tables)
    by_edition = {
        Edition.GTFS: Profile.GTFS,
        Edition.JP1: Profile.JP3,
        Edition.JP2: Profile.JP3,
        Edition.JP3: Profile.JP3,
        Edition.JP4: Profile.JP4,
    }
    return Suggestion(by_edition[detected.edition], (detected.edition.value, *detected.evidence))
