"""
The arrays that the kernels read, as named tuples: numba passes them as they are.

All times are in the unit of the view (minutes where the whole network is whole-minute, else
seconds), counted on the view's axis. An `event` is a vehicle at a position of its pattern:
`event_start[pattern] + row * width + position`.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from maas.core.columns import Int32s, Int64s, UInt8s

Times = npt.NDArray[np.uint16] | npt.NDArray[np.int32]
UInt16s = npt.NDArray[np.uint16]

MAY_BOARD: Final = 1
MAY_ALIGHT: Final = 2
MUST_LEAVE: Final = 4
"""The section after this position may not be ridden (a filter, or the vehicle ends)."""

ALWAYS: Final = (-(1 << 50), 1 << 50)
"""The window of a way that can be used at any time, in seconds of the axis."""
FAR: Final = 1 << 30
"""A time that nothing reaches, larger than every axis."""
NEVER_S: Final = 1 << 40
"""An end that nobody reaches, in seconds of the axis."""


class Rides(NamedTuple):
    """Patterns and their vehicles in one direction of time."""

    pattern_start: Int32s
    """Positions of pattern p are rows `pattern_start[p]:pattern_start[p + 1]` of the next two."""
    node: Int32s
    flags: UInt8s
    plain: UInt8s
    """1 where everybody may board and alight everywhere in the pattern."""
    rows: Int32s
    """Vehicles of the pattern, none overtaking, first to last."""
    event_start: Int64s
    arrival: Times
    """Vehicle by vehicle: `event_start[p] + row * width + position`."""
    departure: Times
    """Position by position: `event_start[p] + position * rows[p] + row`. Boarding looks for the
    first of several vehicles at one position, which are then neighbours in memory."""
    board_start: Int32s
    """Boardings at node n are rows `board_start[n]:board_start[n + 1]` of the next three."""
    board_pattern: Int32s
    board_position: Int32s
    board_last: Int32s
    """Departure of the last vehicle there."""
    alight_start: Int32s
    alight_pattern: Int32s
    alight_position: Int32s


class Walks(NamedTuple):
    """Changes: the time at one node, and footpaths between two."""

    change: Int32s
    """`FAR` where nobody may change."""
    start: Int32s
    to: Int32s
    time: Int32s


class Bounds(NamedTuple):
    """What a traveller at a node still needs at least, whatever the day."""

    time: UInt16s
    rides: UInt8s
    """255 where the target cannot be reached."""


class Ends(NamedTuple):
    """Where a search starts or ends: nodes with offsets in seconds, usable in a window."""

    node: Int32s
    offset_s: Int32s
    from_s: Int64s
    """The walk may start from then …"""
    until_s: Int64s
    """… and must have started before then."""


class Labels(NamedTuple):
    """What a search writes: row after row of all nodes (see the searches for the rows)."""

    raw: Times
    """Arrival by vehicle."""
    ready: Times
    """When the traveller could board the next vehicle."""
    raw_event: Int32s
    """Event at which the vehicle of `raw` was boarded."""
    ready_from: Int32s
    """Node whose `raw` it comes from, or -2 - row of the origin."""
    fresh: Times
    """Per node: `ready` where it was lowered in the last round, else infinite."""
    first: Int32s
    """Per pattern: the earliest position marked in this round, or -1."""
    last: Int32s
    """Per pattern with a `first`: the latest position marked."""
    leave: Int32s
    """Per pattern: the last position at an end of the search, or -1."""
    queue: Int32s
    caught: Int32s
    """Per place in the queue: the vehicle that is boarded first (`rounds.catch`)."""
    marked: Int32s
    ridden: Int32s
    line_round: UInt8s
    """Per pattern: the first round of this search that rides it, 255 for none."""
    raw_round: UInt8s
    """Per node: the first round with a `raw`, where there is one in the row that is compared."""
    ready_round: UInt8s
    """The same for `ready`; 0 where the search starts."""
    flag: UInt8s
    """Per node: 1 marked, 2 end of the search. All 0 between two searches."""
