"""The differences between two versions of a feed."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class StopChange:
    """A stop that is there in one version only, or whose name differs."""

    stop_id: str
    name: str
    name_before: str = ""
    """Only for a stop that was renamed."""


@dataclass(frozen=True, slots=True)
class StopMoved:
    """A stop that lies elsewhere now."""

    stop_id: str
    name: str
    metres: float
    lat_before: float
    lon_before: float
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Renumbered:
    """A stop under another id: same name, at most `compare.SAME_PLACE_M` away."""

    id_before: str
    id_now: str
    name: str


@dataclass(frozen=True, slots=True)
class RouteChange:
    """How the trips of one route changed; a trip counts in one of the four ways only."""

    route_id: str
    name: str
    trips_before: int
    trips_now: int
    added: int
    removed: int
    changed: int
    """Same id, other times, stops or days."""
    renumbered: int
    """Same stops, times and days under another id."""


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """A service that runs on other days; no days mean that the version does not have it."""

    service_id: str
    days_before: int
    days_now: int
    first_before: date | None
    last_before: date | None
    first_now: date | None
    last_now: date | None


@dataclass(frozen=True, slots=True)
class FareChange:
    """The least price between two zones of a route."""

    route_id: str
    origin: str
    destination: str
    price_before: float | None
    price_now: float | None


@dataclass(frozen=True, slots=True)
class TripsPerDay:
    """The usual number of trips: the upper quartile of the days on which anything runs."""

    weekday: int
    saturday: int
    sunday: int


@dataclass(frozen=True, slots=True)
class FeedDiff:
    """Everything that differs; empty tuples mean that nothing does."""

    name_before: str
    name_now: str
    valid_before: tuple[str, str]
    """feed_start_date and feed_end_date as they stand in the file, empty where missing."""
    valid_now: tuple[str, str]
    stops_added: tuple[StopChange, ...]
    stops_removed: tuple[StopChange, ...]
    stops_renamed: tuple[StopChange, ...]
    stops_moved: tuple[StopMoved, ...]
    stops_renumbered: tuple[Renumbered, ...]
    routes: tuple[RouteChange, ...]
    """Only routes on which something changed; the ones with most changes first."""
    services: tuple[ServiceChange, ...]
    fares: tuple[FareChange, ...]
    trips_per_day_before: TripsPerDay
    trips_per_day_now: TripsPerDay

    @property
    def is_empty(self) -> bool:
        """Whether the two versions say the same."""
        return self.valid_before == self.valid_now and not any(
            (
                self.stops_added,
                self.stops_removed,
                self.stops_renamed,
                self.stops_moved,
                self.stops_renumbered,
                self.routes,
                self.services,
                self.fares,
            )
        )
