"""Vehicles of a view whose calls messages have changed."""

from typing import NamedTuple

from maas.core.columns import Int32s, Int64s, UInt8s


class LivePart(NamedTuple):
    """One trip of a changed vehicle; all times are unix seconds."""

    trip: int
    """Row of `Network.trips` that lends equipment and headsign; -1 if none."""
    trip_id: str
    day: int
    """Service day as `date.toordinal()`."""
    route: int
    headsign: str
    first: int
    """Position of its first call in the pattern."""
    stop: Int32s
    arrival_s: Int64s
    departure_s: Int64s
    scheduled_arrival_s: Int64s
    """-1 where the timetable has no such call."""
    scheduled_departure_s: Int64s
    skipped: UInt8s
    known: UInt8s


class LiveCalls(NamedTuple):
    """The calls of a changed vehicle, trip by trip."""

    parts: tuple[LivePart, ...]
