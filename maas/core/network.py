"""
The merged network: what `gtfs_feeds` publishes and `routing` compiles.

This is the one word-for-word agreement between two domains that do not import each other, so
it lives in the kernel below both. Everything is columns: row i of each column in a group is the
same thing, and an `int32` column that points at another group holds its row or -1.

Invariants, which `merge` keeps and `compile` asserts: every pointer is -1 or a row; the calls
of a trip are ordered and their times never fall; ids are unique within their group.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from maas.core.columns import Float32s, Float64s, Int8s, Int32s, Int64s, Texts, UInt8s


@dataclass(frozen=True, slots=True)
class Feeds:
    """One row a feed that is in the network."""

    tag: Texts
    publisher: Texts
    version: Texts
    start_day: Texts
    """ISO date of the first day with service."""
    end_day: Texts
    """ISO date of the last day with service as published."""
    looped_since: Texts
    """ISO date after which the calendar was extended because somebody asked; empty if not."""
    synthetic: UInt8s
    """1 where the timetable is made up (the sample), which every answer must say."""
    licence: Texts
    attribution: Texts
    language: Texts


@dataclass(frozen=True, slots=True)
class Agencies:
    """One row an agency of a feed."""

    id: Texts
    name: Texts
    url: Texts
    zone: Texts
    """IANA time zone; every time of its trips counts in it."""
    phone: Texts
    feed: Int32s


@dataclass(frozen=True, slots=True)
class Places:
    """One row a place for travellers: stops that are one station, pier, terminal or stop."""

    id: Texts
    """Stable across rebuilds as long as the member that names it stays."""
    name: Texts
    lat: Float64s
    lon: Float64s
    kind: Texts
    """`station`, `stop`, `port`, `airport`, `terminal`."""
    method: Texts
    """How members were gathered: `single`, `parent`, `name`, `hand`, several joined by `+`."""
    confidence: Float32s
    prefecture: Texts
    """Japanese name of the prefecture, empty where unknown."""


@dataclass(frozen=True, slots=True)
class Stops:
    """One row a stop, pole, platform, station or entrance of a feed."""

    id: Texts
    name: Texts
    code: Texts
    platform: Texts
    description: Texts
    zone_id: Texts
    """Fare zone, feed-scoped; empty if none."""
    time_zone: Texts
    """Only where the stop's own differs from its agency's; empty if not."""
    lat: Float64s
    """Degrees, NaN where the feed gives none."""
    lon: Float64s
    parent: Int32s
    place: Int32s
    location_type: Int8s
    wheelchair: Int8s
    """GTFS wheelchair_boarding after inheritance from the parent: 0 unknown, 1 yes, 2 no."""
    level: Float32s
    """Index of the level, NaN where unknown."""
    feed: Int32s


@dataclass(frozen=True, slots=True)
class Routes:
    """One row a route."""

    id: Texts
    agency: Int32s
    type: Int32s
    """GTFS route_type, extended types (100–1799) included."""
    short_name: Texts
    long_name: Texts
    description: Texts
    color: Texts
    text_color: Texts
    url: Texts


@dataclass(frozen=True, slots=True)
class Trips:
    """One row a trip; its calls are rows `call_start[i]:call_start[i + 1]` of `Calls`."""

    id: Texts
    route: Int32s
    service: Int32s
    block: Int32s
    """Trips with the same number are run by one vehicle; -1 if none. Feed-scoped already."""
    headsign: Int32s
    """Row of `Network.texts`, or -1."""
    short_name: Int32s
    """Row of `Network.texts`, or -1."""
    direction: Int8s
    """0, 1, or -1 where not given."""
    wheelchair: Int8s
    """0 unknown, 1 yes, 2 no."""
    bikes: Int8s
    """0 unknown, 1 yes, 2 no."""
    cars: Int8s
    """0 unknown, 1 yes, 2 no (cars_allowed: ferries)."""
    reservation: Int8s
    """1 where nobody may ride without a reserved seat (trips.pickup_type = 2), else 0."""
    shape: Int32s
    duplicate_of: Int32s
    """The trip of another feed that is the same run and stays in the search; -1 if none."""
    call_start: Int64s


@dataclass(frozen=True, slots=True)
class Calls:
    """One row a call of a trip at a stop, in the order of the trip."""

    stop: Int32s
    arrival_s: Int32s
    """Seconds of the service day."""
    departure_s: Int32s
    sequence: Int32s
    """stop_sequence as published; real-time messages refer to it."""
    pickup: Int8s
    """GTFS pickup_type: 0 regular, 1 none, 2 phone, 3 driver."""
    drop_off: Int8s
    headsign: Int32s
    """Row of `Network.texts`, or -1 for the trip's own."""
    shape_distance: Float32s
    """shape_dist_traveled, NaN where not given."""
    exact: UInt8s
    """1 where the feed gives the time, 0 where it was interpolated between two that it gives."""


@dataclass(frozen=True, slots=True)
class Services:
    """One row a service; `runs[i, d]` is 1 when it runs on `first_day` + d days."""

    id: Texts
    runs: UInt8s
    """Shape (services, days)."""


@dataclass(frozen=True, slots=True)
class Frequencies:
    """One row a frequency of a trip."""

    trip: Int32s
    start_s: Int32s
    end_s: Int32s
    headway_s: Int32s
    exact: UInt8s


@dataclass(frozen=True, slots=True)
class Transfers:
    """One row a rule of transfers.txt, as published; stops may be stations."""

    from_stop: Int32s
    to_stop: Int32s
    from_route: Int32s
    to_route: Int32s
    from_trip: Int32s
    to_trip: Int32s
    type: Int8s
    min_time_s: Int32s
    """-1 where not given."""


@dataclass(frozen=True, slots=True)
class Pathways:
    """One row a pathway inside a station."""

    from_stop: Int32s
    to_stop: Int32s
    mode: Int8s
    """1 walkway, 2 stairs, 3 moving sidewalk, 4 escalator, 5 lift, 6 fare gate, 7 exit gate."""
    bidirectional: UInt8s
    traversal_s: Int32s
    length_m: Float32s


@dataclass(frozen=True, slots=True)
class Shapes:
    """One row a shape; its points are `point_start[i]:point_start[i + 1]`."""

    id: Texts
    point_start: Int64s
    lat: Float64s
    lon: Float64s
    distance: Float32s


@dataclass(frozen=True, slots=True)
class StopGroups:
    """
    Groups of stops that a feed names for searching (stop_group_elements.txt, not standard).

    One row a member; the group itself is a stop of the feed that no vehicle calls at.
    """

    group: Int32s = field(default_factory=lambda: np.zeros(0, np.int32))
    """Row of `Stops` that names the group."""
    stop: Int32s = field(default_factory=lambda: np.zeros(0, np.int32))
    """Row of `Stops` that belongs to it."""


def _nothing() -> Int32s:
    return np.zeros(0, np.int32)


def _no_text() -> Texts:
    return Texts.of(())


@dataclass(frozen=True, slots=True)
class TicketLinks:
    """
    Where companies sell tickets themselves: Google's extension of GTFS for ticketing.

    A row says something of one agency, route or trip, or of one stop (of any agency or of one);
    the other pointers are -1.
    """

    agency: Int32s = field(default_factory=_nothing)
    route: Int32s = field(default_factory=_nothing)
    trip: Int32s = field(default_factory=_nothing)
    stop: Int32s = field(default_factory=_nothing)
    name: Texts = field(default_factory=_no_text)
    """What the shop calls the trip or the stop."""
    web: Texts = field(default_factory=_no_text)
    """Address of the shop of an agency or route."""
    android: Texts = field(default_factory=_no_text)
    ios: Texts = field(default_factory=_no_text)
    closed: UInt8s = field(default_factory=lambda: np.zeros(0, np.uint8))
    """1: no ticket is sold for the trip, or from or to the stop."""


@dataclass(frozen=True, slots=True)
class Network:
    """Any number of feeds as one network."""

    first_day: date
    """Column 0 of `Services.runs`."""
    feeds: Feeds
    agencies: Agencies
    places: Places
    stops: Stops
    routes: Routes
    trips: Trips
    calls: Calls
    services: Services
    frequencies: Frequencies
    transfers: Transfers
    pathways: Pathways
    shapes: Shapes
    texts: Texts
    """Headsigns and short names, each once."""
    translations: Mapping[str, Texts]
    """`stops.name.ja-Hrkt`, `stops.name.en`, `places.name.en`, `routes.long_name.en`,
    `texts.en`, …: a column as long as the group, empty text where there is no translation."""
    groups: StopGroups = field(default_factory=StopGroups)
    tickets: TicketLinks = field(default_factory=TicketLinks)
