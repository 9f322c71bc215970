"""The compiled network: patterns of runs, changes and bounds, for every day at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maas.core.columns import Int8s, Int16s, Int32s, Int64s, UInt8s
from maas.core.network import Network

UInt16s = npt.NDArray[np.uint16]

FORBIDDEN = 1 << 30
"""A change time that nobody can keep."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """
    Where vehicles call, as the search sees it.

    A node is a stop, or the part of a stop that one set of trips uses, where `transfers.txt`
    has rules for routes or trips. Nodes are numbered along a Hilbert curve, so that near nodes
    are near in memory.
    """

    stop: Int32s
    """Row of `Network.stops`."""
    of_stop_start: Int64s
    of_stop: Int32s
    """Nodes of stop s are `of_stop[of_stop_start[s]:of_stop_start[s + 1]]`."""
    change_s: Int32s
    """To change at the node; `FORBIDDEN` where nobody may."""
    walk_start: Int32s
    walk_to: Int32s
    walk_s: Int32s
    """Walks from node n are rows `walk_start[n]:walk_start[n + 1]`."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """Runs with the same nodes, permissions and sections, none of which overtakes another."""

    start: Int32s
    """Positions of pattern p are rows `start[p]:start[p + 1]`."""
    node: Int32s
    flags: UInt8s
    """Bits `MAY_BOARD`, `MAY_ALIGHT`."""
    section: Int32s
    """Row of `Sections` for the ride from this position to the next."""


@dataclass(frozen=True, slots=True)
class Sections:
    """What filters ask about a ride: one row for every combination that occurs."""

    route: Int32s
    bikes: Int8s
    cars: Int8s
    wheelchair: Int8s
    reservation: Int8s


@dataclass(frozen=True, slots=True)
class Runs:
    """
    One vehicle on its service days: a trip, or trips that are joined so that one stays seated.

    Runs are ordered by pattern and then by time. Times count from the service day of the first
    trip; a trip of another service day has its days added at 86,400 s (`shift_*` says how
    many, so that days with a clock change come out right).
    """

    of_pattern: Int32s
    """Runs of pattern p are rows `of_pattern[p]:of_pattern[p + 1]`."""
    call_start: Int64s
    arrival_s: Int32s
    departure_s: Int32s
    shift_arrival: Int8s
    """Empty where no run has a trip of another service day."""
    shift_departure: Int8s
    days: Int32s
    """Row of `service_runs`."""
    zone: Int16s
    """Row of `Timetable.zones`."""
    leg_start: Int64s
    leg_trip: Int32s
    leg_position: Int32s
    """Position of the trip's first call in the run; its last is the next trip's first, or before
    it where the vehicle moves empty."""
    leg_end: Int32s
    leg_shift: Int16s
    offset_s: Int32s
    """How much later than published it runs (a repetition of frequencies.txt)."""


@dataclass(frozen=True, slots=True)
class TargetBounds:
    """
    What one needs at least to (or from) every cell of neighbouring nodes, on any day.

    Minutes, rounded down, of shape (cells, nodes); rides of shape (smaller cells, nodes), two
    numbers in a byte. The lower half are those of somebody who is there, the upper half those of
    somebody who boards there: one may have to walk to the other side of the road. 14 means at
    least so many, 15 never.
    """

    minutes: UInt16s
    rides: UInt8s


@dataclass(frozen=True, slots=True)
class Timetable:
    """Immutable; every search reads it, none writes it."""

    network: Network
    nodes: Nodes
    patterns: Patterns
    sections: Sections
    runs: Runs
    service_runs: UInt8s
    """Shape (day sets, days): services of the network, then those of joined trips."""
    zones: tuple[str, ...]
    cell_start: Int32s
    """Cell c of the bounds holds the nodes `cell_start[c]:cell_start[c + 1]`."""
    ride_cell_start: Int32s
    """The same for the rides."""
    to_cell: TargetBounds
    from_cell: TargetBounds
    whole_minutes: bool
    """Whether every time is a whole minute."""
    open_nodes: UInt8s
    """1 where every vehicle that passes lets people in and out."""
    extra_walk_s: int
    """Part of every walk between two stops that is waiting, not walking."""

    @property
    def node_count(self) -> int:
        """How many nodes there are."""
        return len(self.nodes.stop)

    @property
    def pattern_count(self) -> int:
        """How many patterns there are."""
        return len(self.patterns.start) - 1
