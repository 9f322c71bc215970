"""Which table a file is, however its name is spelled."""

import unicodedata
from types import MappingProxyType
from typing import Final

from gtfs_feeds.read.fields import KNOWN_TABLES

IGNORED: Final = frozenset({"__macosx", ".ds_store", "thumbs.db", "desktop.ini"})
"""What operating systems leave behind."""

ALIASES: Final = MappingProxyType(
    {
        "agencies": "agency",
        "stop": "stops",
        "route": "routes",
        "trip": "trips",
        "stop_time": "stop_times",
        "stoptimes": "stop_times",
        "calender": "calendar",
        "calendars": "calendar",
        "calendar_date": "calendar_dates",
        "calender_dates": "calendar_dates",
        "fare_attribute": "fare_attributes",
        "fare_rule": "fare_rules",
        "shape": "shapes",
        "frequency": "frequencies",
        "transfer": "transfers",
        "translation": "translations",
        "feedinfo": "feed_info",
        "route_jp": "routes_jp",
        "agencies_jp": "agency_jp",
        "offices_jp": "office_jp",
        "patterns_jp": "pattern_jp",
    }
)
"""Wrong names seen in feeds (`route_jp.txt` in two of 98 of 2019), or one slip away."""


def is_ignored(path: str) -> bool:
    """Say whether a path is left behind by an operating system and no part of the feed."""
    parts = path.split("/")
    return any(part.lower() in IGNORED or part.startswith("._") for part in parts)


def table_of(file_name: str) -> str | None:
    """Return the table that a file (without folder) holds by its name, or None."""
    folded = unicodedata.normalize("NFKC", file_name).strip().lower()
    stem, dot, suffix = folded.rpartition(".")
    if not dot or suffix not in {"txt", "csv"}:
        return None
    stem = stem.strip().replace("-", "_").replace(" ", "_")
    stem = ALIASES.get(stem, stem)
    return stem if stem in KNOWN_TABLES else None
