"""What boards and rides want to know of today's operation. Whoever applies messages provides it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from maas.core.columns import Int8s, Int32s, Int64s, UInt8s


class RunKey(NamedTuple):
    """A run on a service day."""

    trip: int
    """Row of the network's trips, or -1 - n for the n-th added run."""
    day: int
    shift_s: int = 0
    """For a departure of a frequency: what is added to the trip's own times."""


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run as it is operated today; every column has one row a call of the run."""

    stop: Int32s
    """The stop that is served now (a changed platform is another stop)."""
    scheduled_stop: Int32s
    arrival: Int64s
    """Seconds since 1970."""
    departure: Int64s
    scheduled_arrival: Int64s
    scheduled_departure: Int64s
    pickup: Int8s
    """As the timetable has it: 1 means that nobody boards."""
    drop_off: Int8s
    skipped: UInt8s
    """1 where the vehicle does not call any more."""
    cancelled: bool = False
    added: bool = False
    """The run is in no timetable."""
    headsign: str = ""
    """What a message says that the vehicle shows; empty where it says nothing."""


@dataclass(frozen=True, slots=True)
class LiveAlert:
    """A notice to travellers, in the words of whoever published it."""

    header: Mapping[str, str]
    """By language tag; the empty tag where the message names none."""
    description: Mapping[str, str]
    cause: str = ""
    """Names of the GTFS Realtime enumerations; empty where not given."""
    effect: str = ""
    severity: str = ""
    url: Mapping[str, str] = field(default_factory=dict)
    periods: tuple[tuple[int | None, int | None], ...] = ()
    """Instants between which it holds; nothing means always."""


class LiveData(Protocol):
    """Today's operation over one network; immutable, so a reader holds on to what it began with."""

    def run(self, key: RunKey) -> LiveRun | None:
        """Return how a run is operated, or None where nothing is known of it."""
        ...

    def runs_at(self, stops: Sequence[int]) -> Sequence[RunKey]:
        """Return the runs with live data that call, or should have called, at any of the stops."""
        ...

    def added_trip(self, key: RunKey) -> tuple[str, int]:
        """Return the feed-scoped trip id and the route row (-1 unknown) of an added run."""
        ...

    def find_added(self, trip_id: str) -> RunKey | None:
        """Return the added run with that feed-scoped trip id."""
        ...

    def alerts_of_run(self, key: RunKey) -> Sequence[LiveAlert]:
        """Return the alerts for a whole run, its route or its agency."""
        ...

    def alerts_of_stop(self, stop: int, key: RunKey | None) -> Sequence[LiveAlert]:
        """Return the alerts for a stop, or for a run at that stop."""
        ...
