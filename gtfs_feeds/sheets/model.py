"""What sheets hold, before it becomes a feed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from gtfs_feeds.sheets.problems import Spot, Suggestion


@dataclass(frozen=True, slots=True)
class Operator:
    """The company, and for which days its sheets are valid."""

    name: str
    reading: str
    english: str
    corporate_number: str
    url: str
    phone: str
    route_type: int
    first_day: date
    last_day: date
    at: Spot


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the sheets leave open: a csv of sailings has no page for the company."""

    operator: str = ""
    corporate_number: str = ""
    url: str = ""
    mode: str = ""
    first_day: str = ""
    last_day: str = ""
    days: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop as the sheet of stops has it."""

    name: str
    reading: str
    english: str
    lat: float
    lon: float
    platform: str
    at: Spot

    @property
    def id(self) -> str:
        """The name, with the platform where there is one: it stays when rows move."""
        return stop_id(self.name, self.platform)


def stop_id(name: str, platform: str) -> str:
    """Return the id of a stop by its name and platform."""
    return f"{name}_{platform}" if platform else name


@dataclass(frozen=True, slots=True)
class Call:
    """A trip at a stop, in seconds of the service day."""

    stop: Stop
    arrival_s: int
    departure_s: int
    at: Spot


@dataclass(frozen=True, slots=True)
class Trip:
    """One vehicle run."""

    line: str
    calls: tuple[Call, ...]
    dates: frozenset[date]
    days: str
    """The words from which the dates come."""
    name: str
    headsign: str
    at: Spot


@dataclass(frozen=True, slots=True)
class Fare:
    """The price between two stops both ways, or of every journey where they are empty."""

    origin: str
    destination: str
    yen: int
    line: str
    """Empty: on every line."""
    at: Spot
    child: int | None = None
    """What a child pays; None where the sheets do not say it."""


Position = tuple[float, float]
"""Latitude and longitude."""


def nowhere(_name: str, _address: str) -> Position | None:
    """Find no place by name and address."""
    return None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of stops beside the sheets; it fills only what they leave open."""

    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By id of a stop what a person wrote on the page: reading, english, coordinate."""
    find: Callable[[str, str], Position | None] = nowhere
    """The position of the one place of a name in the municipality that an address names."""


@dataclass
class Timetable:
    """Everything that was read."""

    operator: Operator
    stops: list[Stop]
    trips: list[Trip] = field(default_factory=list)
    fares: list[Fare] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
