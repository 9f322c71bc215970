"""What the parts of one feed collect while they are made."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from gtfs_feeds.sample.fares import Pattern
from gtfs_feeds.sample.tables import Operator, Route, SampleTableError, Spot, data_rows
from gtfs_feeds.sample.timing import Finder

Cells = tuple[object, ...]


@dataclass(slots=True)
class FeedBuilder:
    """The lines of one feed's files, and what the files must know of each other."""

    operator: Operator
    finder: Finder
    text: dict[str, list[str]] = field(default_factory=dict)
    """Lines of a file, header first, by file name."""
    used: dict[str, Spot] = field(default_factory=dict)
    """Where trips call, by stop id."""
    day_codes: set[str] = field(default_factory=set)
    headsigns: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Reading and English by headsign."""
    train_names: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Reading and English by the trip's short name."""
    trip_ids: set[str] = field(default_factory=set)
    joins: dict[tuple[str, str, int], dict[str, list[str]]] = field(default_factory=dict)
    """Trips of a train that is split or joined, by part (`trunk`, `branch`)."""
    shapes: set[str] = field(default_factory=set)
    patterns: dict[str, list[Pattern]] = field(default_factory=dict)
    """Patterns of a route, both ways, by its id."""

    def write(self, file: str, header: str, rows: Iterable[Cells]) -> None:
        """Append rows, quoted where they need it."""
        lines = self.text.setdefault(file, [header])
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(rows)
        lines.extend(buffer.getvalue().splitlines())

    def codes(self, spot: Spot) -> list[str]:
        """Return the platform codes of a station; empty where it is one stop."""
        table = _platform_rows().get(self.operator.tag, {})
        return sorted(set(table.get(spot.name, {}).values()))

    def platform(self, spot: Spot, route: Route, direction: int) -> str:
        """Return the platform of a route in a station; empty where the station is one stop."""
        table = _platform_rows().get(self.operator.tag, {}).get(spot.name)
        if not table:
            return ""
        for group in (route.id, route.mode.word, "*"):
            for way in (str(direction), "*"):
                if (group, way) in table:
                    return table[group, way]
        raise SampleTableError(f"platforms.csv: {self.operator.tag} {spot.name} {route.id}")


@cache
def _platform_rows() -> dict[str, dict[str, dict[tuple[str, str], str]]]:
    """Return platform codes by feed, station, and (mode or route, direction)."""
    found: dict[str, dict[str, dict[tuple[str, str], str]]] = {}
    for _, (feed, station, group, direction, code) in data_rows("platforms"):
        found.setdefault(feed, {}).setdefault(station, {})[group, direction] = code
    return found
