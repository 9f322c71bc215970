"""A run as it goes today, and the overlay that holds all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from maas.core.columns import Int8s, Int32s, Int64s, UInt8s
from routing.realtime.alerts import AlertIndex


class RunKey(NamedTuple):
    """A run of the timetable."""

    trip: int
    """Row of `Network.trips`."""
    day: int
    """Service day as `date.toordinal()`."""
    start_s: int
    """Scheduled departure from its first stop, seconds of the service day; runs of one frequency
    differ in it."""


class LiveRun(NamedTuple):
    """
    A run with today's calls; every column has one row a call.

    All times are unix seconds. They never fall along the run. A skipped call keeps its row, its
    pickup and drop_off are 1 (none).
    """

    key: RunKey | None
    """The run whose place it takes; None for a run that is in no timetable."""
    trip_id: str
    """Feed-scoped; for a new run as the message names it."""
    day: int
    """Service day as `date.toordinal()`."""
    template: int
    """Row of `Network.trips` that lends route, headsign and equipment; -1 if there is none."""
    route: int
    """Row of `Network.routes`; -1 where a new run names none that is known."""
    stop: Int32s
    arrival_s: Int64s
    departure_s: Int64s
    scheduled_arrival_s: Int64s
    """-1 where the timetable has no such call."""
    scheduled_departure_s: Int64s
    pickup: Int8s
    drop_off: Int8s
    sequence: Int32s
    skipped: UInt8s
    known: UInt8s
    """1 where a message gives the time or a delay runs on to it, 0 where it is the timetable's."""
    cancelled: bool = False
    hidden: bool = False
    """DELETED: cancelled and not to be shown."""
    headsign: str = ""
    short_name: str = ""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What messages say about the runs of a network; immutable, swapped as a whole."""

    runs: Mapping[RunKey, LiveRun] = field(default_factory=dict)
    added: tuple[LiveRun, ...] = ()
    alerts: AlertIndex = field(default_factory=AlertIndex)
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many updates were used, and how many were not for each reason."""
    unix_s: int | None = None
    """Newest header among the messages."""

    @property
    def empty(self) -> bool:
        """Whether the timetable stays as it is."""
        return not self.runs and not self.added
