"""
What operators say about today, as neutral values.

This is the agreement between the decoder of real-time messages (`gtfs_feeds.realtime`) and the
overlay that the search uses (`routing.realtime`), which do not import each other.

Words are those of GTFS Realtime; every id is the feed's own, as published, and `LiveMessage.tag`
says which feed it is. Nothing is guessed here: what a message leaves out is None or empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class TripRelation(StrEnum):
    """How an update relates to the timetable (TripDescriptor.ScheduleRelationship)."""

    SCHEDULED = "SCHEDULED"
    NEW = "NEW"
    """A run that is in no timetable; the deprecated ADDED means the same here."""
    UNSCHEDULED = "UNSCHEDULED"
    """A run of a frequency whose headways are not exact."""
    CANCELED = "CANCELED"
    REPLACEMENT = "REPLACEMENT"
    DUPLICATED = "DUPLICATED"
    DELETED = "DELETED"
    """Cancelled, and not to be shown to travellers."""


class StopRelation(StrEnum):
    """How a stop's update relates to the timetable (StopTimeUpdate.ScheduleRelationship)."""

    SCHEDULED = "SCHEDULED"
    SKIPPED = "SKIPPED"
    NO_DATA = "NO_DATA"
    UNSCHEDULED = "UNSCHEDULED"


@dataclass(frozen=True, slots=True)
class TripSelector:
    """Which run is meant (TripDescriptor)."""

    trip_id: str = ""
    route_id: str = ""
    direction: int | None = None
    start_day: date | None = None
    """Service day as published; producers also give the calendar day of a run after midnight."""
    start_s: int | None = None
    """Scheduled departure from the first stop, seconds of the service day."""
    relation: TripRelation = TripRelation.SCHEDULED


@dataclass(frozen=True, slots=True)
class Moment:
    """When a vehicle arrives or departs: an instant, a delay, or both (the instant counts)."""

    unix_s: int | None = None
    delay_s: int | None = None


@dataclass(frozen=True, slots=True)
class StopUpdate:
    """One stop of an update, found by its sequence, its stop, or both."""

    sequence: int | None = None
    stop_id: str = ""
    arrival: Moment | None = None
    departure: Moment | None = None
    relation: StopRelation = StopRelation.SCHEDULED
    assigned_stop_id: str = ""
    """Where the vehicle calls instead: another platform."""
    pickup: int | None = None
    """GTFS pickup_type for this run, None where it stays."""
    drop_off: int | None = None


@dataclass(frozen=True, slots=True)
class TripUpdate:
    """What is known of one run."""

    entity: str
    trip: TripSelector
    stops: tuple[StopUpdate, ...] = ()
    delay_s: int | None = None
    """Of the whole run, where no stop says more."""
    unix_s: int | None = None
    """When it was measured."""
    headsign: str = ""
    short_name: str = ""
    copy_id: str = ""
    """DUPLICATED: id of the copy …"""
    copy_day: date | None = None
    """… and its service day …"""
    copy_start_s: int | None = None
    """… and its first departure."""


@dataclass(frozen=True, slots=True)
class AlertTarget:
    """What an alert is about; every field that is given must fit."""

    agency_id: str = ""
    route_id: str = ""
    route_type: int | None = None
    direction: int | None = None
    trip: TripSelector | None = None
    stop_id: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """A notice to travellers; texts are keyed by language, empty key where none is named."""

    entity: str
    header: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    url: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""
    effect: str = ""
    severity: str = ""
    periods: tuple[tuple[int | None, int | None], ...] = ()
    """Unix seconds from and until which it holds; none at all means always."""
    targets: tuple[AlertTarget, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveFault:
    """An entity, or a part of one, that could not be used."""

    reason: str
    """A code: `no-trip-id`, `bad-start-date`, …"""
    entity: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LiveMessage:
    """One decoded message of one feed."""

    tag: str
    unix_s: int | None
    """When the producer made it, None where the header does not say."""
    full: bool = True
    """True: it replaces all that was said before. False: it adds to it (DIFFERENTIAL)."""
    trips: tuple[TripUpdate, ...] = ()
    alerts: tuple[Alert, ...] = ()
    deleted: tuple[str, ...] = ()
    """Entities of a differential message that no longer hold."""
    faults: tuple[LiveFault, ...] = ()
    vehicles: int = 0
    """Vehicle positions in it; they are counted, not used."""
