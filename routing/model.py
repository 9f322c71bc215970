"""
What callers ask and see: ids and zoned times, never indexes.

Words follow the glossary: an itinerary is an ordered list of legs; a trip is a vehicle's run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Mode(StrEnum):
    """Kinds of leg, with the names of the MOTIS API v6."""

    WALK = "WALK"
    BIKE = "BIKE"
    CAR = "CAR"
    AIRPLANE = "AIRPLANE"
    HIGHSPEED_RAIL = "HIGHSPEED_RAIL"
    LONG_DISTANCE = "LONG_DISTANCE"
    NIGHT_RAIL = "NIGHT_RAIL"
    REGIONAL_FAST_RAIL = "REGIONAL_FAST_RAIL"
    REGIONAL_RAIL = "REGIONAL_RAIL"
    SUBURBAN = "SUBURBAN"
    SUBWAY = "SUBWAY"
    TRAM = "TRAM"
    BUS = "BUS"
    COACH = "COACH"
    FERRY = "FERRY"
    FUNICULAR = "FUNICULAR"
    AERIAL_LIFT = "AERIAL_LIFT"
    ODM = "ODM"
    RIDE_SHARING = "RIDE_SHARING"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Point:
    """A spot on the ground."""

    lat: float
    lon: float
    level: float | None = None


@dataclass(frozen=True, slots=True)
class StopRef:
    """A stop, a station or a place of the network; all stops of the same place may be used."""

    id: str


@dataclass(frozen=True, slots=True)
class StopOffset:
    """A stop that the traveller reaches (or leaves) by own means in `seconds`."""

    stop_id: str
    seconds: int
    valid_from: datetime | None = None
    """The means can be begun only from then (a demand bus, an island launch) …"""
    valid_until: datetime | None = None
    """… and only before then; one waits for it where that helps."""


Location = Point | StopRef | tuple[StopOffset, ...]


@dataclass(frozen=True, slots=True)
class Via:
    """A stop on the way."""

    stop_id: str
    stay_s: int = 0
    ride_through: bool = True
    """True: passing in a vehicle meets a via with stay 0. False: the traveller must get off."""
    or_stops: tuple[str, ...] = ()
    """Stops that serve as well: to be at any of all meets the via."""


@dataclass(frozen=True, slots=True)
class TransferSettings:
    """How long a change takes: max(minimum, published × factor) + additional."""

    minimum_s: int = 0
    factor: float = 1.0
    additional_s: int = 0


@dataclass(frozen=True, slots=True)
class SearchFilters:
    """What may be used; checked inside the search. None means everything."""

    modes: frozenset[Mode] | None = None
    agencies: frozenset[str] | None = None
    routes: frozenset[str] | None = None
    without_agencies: frozenset[str] = frozenset()
    without_routes: frozenset[str] = frozenset()
    bikes: bool = False
    cars: bool = False
    no_reservation: bool = False
    wheelchair: bool = False


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """From, to, when, with which needs."""

    origin: Location
    destination: Location
    time: datetime
    arrive_by: bool = False
    window_s: int = 0
    """
    0: the best journeys for the instant `time`. More: all Pareto-optimal journeys that depart in
    [time, time + window), or with `arrive_by` arrive in (time - window, time].
    """
    min_itineraries: int = 0
    """
    Widen the window until that many are found, at most to `max_window_s`.

    The result says how far it came. It may stop before where far more are found that are folded.
    """
    max_window_s: int = 24 * 3600
    max_transfers: int = 7
    max_travel_s: int = 24 * 3600
    max_access_s: int = 900
    max_egress_s: int = 900
    max_direct_s: int = 1800
    walk_speed_mps: float = 1.2
    vias: tuple[Via, ...] = ()
    transfer: TransferSettings = TransferSettings()
    filters: SearchFilters = SearchFilters()
    realtime: bool = True
    fair_groups: tuple[frozenset[str], ...] = ()
    """
    Agencies or routes that compete: the best of each group is shown too, as long as it arrives at
    most `fair_relax_s` after a journey that departs no later and changes no more often.
    """
    fair_relax_s: int = 0
    direct_factor: float = 1.0
    """Journeys that take as long as walking all the way times this, or longer, are folded."""
    slow_direct: bool = False
    """Show vehicles without a change, too, that a later one overtakes …"""
    slow_direct_factor: float = 3.0
    """… as long as they take at most so many times the fastest without a change; below 1: all."""
    tight: bool = False
    """
    For an instant without vias: of all ways with one arrival and so many changes, show the one
    that leaves last (with `arrive_by`: of one departure, the one that arrives first), whatever its
    lines. Takes a search back from each; without it only later vehicles of the same lines count.
    """
    against: bool = False
    """
    For a window, or with `min_itineraries`: search what comes before it. The window is then
    [time - window, time), with `arrive_by` (time, time + window], and is widened away from `time`.
    """


# What a search makes by the dozen is not frozen: that alone would take 1.3 of 1.6 µs a leg. Nobody
# writes to it.


@dataclass(slots=True, unsafe_hash=True)
class StopCall:
    """A vehicle at a stop, as shown to the traveller."""

    stop_id: str
    place_id: str
    name: str
    lat: float
    lon: float
    zone: str
    """IANA zone in which to show the times."""
    arrival: datetime | None
    departure: datetime | None
    scheduled_arrival: datetime | None
    scheduled_departure: datetime | None
    platform: str = ""
    cancelled: bool = False
    exact: bool = True


@dataclass(slots=True, unsafe_hash=True)
class TripRef:
    """A trip on a service day."""

    trip_id: str
    service_day: str
    """ISO date."""
    start: datetime
    """Scheduled departure from its first stop."""


@dataclass(slots=True, unsafe_hash=True)
class Leg:
    """A part of the journey with one mode; `trip` is None on a walk."""

    mode: Mode
    calls: Sequence[StopCall]
    """First where the leg begins, last where it ends, the stops between for a ride."""
    departure: datetime
    arrival: datetime
    scheduled_departure: datetime
    scheduled_arrival: datetime
    distance_m: float | None = None
    trip: TripRef | None = None
    route_id: str = ""
    agency_id: str = ""
    headsign: str = ""
    stays_seated: bool = False
    """The traveller stayed in the vehicle of the leg before."""
    realtime: bool = False
    cancelled: bool = False
    trip_calls: tuple[int, int] = (0, 0)
    """Of a ride: its first and last call, counted along today's calls of the trip from 0."""


@dataclass(slots=True, unsafe_hash=True)
class Itinerary:
    """One way to make the journey."""

    legs: tuple[Leg, ...]
    departure: datetime
    arrival: datetime
    transfers: int
    notes: tuple[str, ...] = ()
    """Codes of what a traveller should know: `synthetic:TAG`, `looped:TAG:DATE`, `inexact-time`."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What the search found."""

    itineraries: tuple[Itinerary, ...]
    direct: tuple[Itinerary, ...] = ()
    """Walking all the way."""
    window_start: datetime | None = None
    window_end: datetime | None = None
    folded: tuple[tuple[Itinerary, str], ...] = field(default=())
    """Itineraries that were not shown, each with the reason."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A stop that a search from one place to everywhere reached."""

    stop_id: str
    seconds: int
    """From the time of the request to the arrival, waiting included (or backwards)."""
    rides: int
    """Vehicles that it takes; 0 on foot."""
