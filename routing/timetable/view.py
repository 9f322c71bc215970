"""
A timetable laid out for some days: the columns that the kernels read.

One axis of time for everything: units (minutes or seconds) since an instant just before the first
day's start, so that local days, clock changes and foreign zones are settled once, here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from maas.core.servicetime import service_day_start
from routing.kernel.arrays import (
    MAY_ALIGHT,
    MAY_BOARD,
    MUST_LEAVE,
    Rides,
    Times,
    Walks,
)
from routing.model import TransferSettings
from routing.timetable.change_tables import ChangeTables
from routing.timetable.column_file import Columns, shared_columns
from routing.timetable.compile import fifo_patterns
from routing.timetable.layout import (
    count_calls,
    count_rows,
    fill_times,
    list_calls,
    list_rows,
    mirror_times,
    overtaking,
)
from routing.timetable.live import LiveCalls
from routing.timetable.model import Sections, Timetable
from routing.timetable.rows import owned
from routing.timetable.run_index import RunIndex

SHORT_LIMIT: Final = 65_000
MOST_FILTERS: Final = 16
MOST_FILES: Final = 16
"""Views that are kept for other processes, each direction counted."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Vehicles of a view: row r of pattern p is `start[p] + r`."""

    start: Int64s
    run: Int32s
    """Row of `Runs`, or -1 - row of `View.added`."""
    day: Int32s
    """Service day of the run's first trip, as column of `Services.runs`."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Patterns of a view: those of the timetable, and more where vehicles overtake."""

    start: Int32s
    node: Int32s
    flags: UInt8s
    section: Int32s


@dataclass(frozen=True, slots=True)
class FasterRides:
    """Vehicles that may be faster than the static bounds assume, in units of the view."""

    start: Int64s
    node: Int32s
    arrival: Int64s
    departure: Int64s

    @classmethod
    def of(cls, rides: Sequence[tuple[Int32s, Int64s, Int64s]]) -> "FasterRides":
        """Gather (nodes, arrivals, departures) of each vehicle."""
        start = np.zeros(len(rides) + 1, np.int64)
        np.cumsum([len(ride[0]) for ride in rides], out=start[1:])
        none = np.zeros(0, np.int64)
        return cls(
            start,
            np.concatenate([none.astype(np.int32), *(ride[0] for ride in rides)]),
            np.concatenate([none, *(ride[1] for ride in rides)]),
            np.concatenate([none, *(ride[2] for ride in rides)]),
        )


class View:
    """
    The vehicles of some days on one axis.

    `origin_s` is the instant (seconds since 1970, UTC) of axis time 0; searches happen at axis
    times ≥ 1, and calls before that are held as 0, where nobody can board.
    """

    def __init__(
        self,
        timetable: Timetable,
        origin_s: int,
        unit: int,
        shape: Shape,
        rows: Rows,
        rides: Rides,
        *,
        sections: Sections | None = None,
        live: Mapping[int, LiveCalls] | None = None,
        faster: FasterRides | None = None,
        changes: ChangeTables | None = None,
        backward_file: Path | None = None,
    ) -> None:
        self.timetable = timetable
        self.changes = changes or ChangeTables(timetable)
        self.sections = sections or timetable.sections
        self.faster = faster or FasterRides.of([])
        self.origin_s = origin_s
        self.unit = unit
        self.shape = shape
        self.rows = rows
        self.rides = rides
        latest = int(rides.departure.max(initial=0))
        self.top = max(latest, int(rides.arrival.max(initial=0))) + 1
        self._rides: dict[tuple[bool, bytes], Rides] = {}
        self._backward: Rides | None = None
        self._backward_file = backward_file
        self._day_starts: Int64s | None = None
        self._live: Mapping[int, LiveCalls] = live or {}
        self._index: RunIndex | None = None
        self._at_nodes: dict[bool, tuple[Int64s, Int64s]] = {}

    def live_calls(self, row: int) -> LiveCalls | None:
        """Return today's calls of a vehicle that messages changed, or None."""
        return self._live.get(row)

    def live_rows(self) -> Mapping[int, LiveCalls]:
        """Return all vehicles that messages changed, by row."""
        return self._live

    def run_index(self) -> RunIndex:
        """Return where the run of a trip on a day is."""
        if self._index is None:
            self._index = RunIndex(self.timetable, self.rows.run, self.rows.day)
        return self._index

    def rows_at(self, node: int, *, backward: bool) -> Int64s:
        """Return the rows of `Rides.node`, rising, that are this node."""
        found = self._at_nodes.get(backward)
        if found is None:
            nodes = (self.backward if backward else self.rides).node
            start = np.zeros(self.timetable.node_count + 1, np.int64)
            np.cumsum(np.bincount(nodes, minlength=len(start) - 1), out=start[1:])
            found = start, np.argsort(nodes, kind="stable")
            self._at_nodes[backward] = found
        start, order = found
        return order[start[node] : start[node + 1]]

    def planned_times(self, row: int) -> tuple[Int64s, Int64s]:
        """Return arrivals and departures of a vehicle by the timetable, in axis seconds."""
        runs = self.timetable.runs
        run, day = int(self.rows.run[row]), int(self.rows.day[row])
        calls = slice(int(runs.call_start[run]), int(runs.call_start[run + 1]))
        starts = self._starts()[int(runs.zone[run])]
        arrival = runs.arrival_s[calls].astype(np.int64) + starts[day]
        departure = runs.departure_s[calls].astype(np.int64) + starts[day]
        if len(runs.shift_arrival):
            for times, shifts in (
                (arrival, runs.shift_arrival[calls]),
                (departure, runs.shift_departure[calls]),
            ):
                later = np.clip(day + shifts.astype(np.int64), 0, len(starts) - 1)
                times[:] += starts[later] - starts[day] - 86_400 * (later - day)
        return arrival, departure

    def _starts(self) -> Int64s:
        if self._day_starts is None:
            self._day_starts = _day_starts(self.timetable, self.origin_s)
        return self._day_starts

    @classmethod
    def build(
        cls,
        timetable: Timetable,
        first_day: date,
        days: int,
        *,
        short_times: bool = True,
        seconds: bool = False,
        folder: Path | None = None,
        changes: ChangeTables | None = None,
    ) -> "View":
        """
        Return the view of the service days from `first_day` in the network's main zone.

        Whole-minute networks are laid out in minutes, unless `seconds` asks for more.

        Args:
            timetable: Whose vehicles they are.
            first_day: The first of the days.
            days: How many days.
            short_times: Hold minutes in 16 bits, where they fit.
            seconds: Lay times out in seconds.
            folder: Where views are kept for all processes that search this timetable.
            changes: Those of the timetable, where other views have them already.
        """
        name = f"{first_day}-{days}{'-seconds' * seconds}{'-long' * (not short_times)}"
        unit = 60 if timetable.whole_minutes and not seconds else 1
        zone = ZoneInfo(main_zone(timetable))
        origin_s = int(service_day_start(first_day, zone).timestamp()) // 60 * 60 - unit
        end = service_day_start(first_day + timedelta(days=days), zone)
        columns = shared_columns(
            folder / f"{name}-forward" if folder else None,
            lambda: _laid_out(
                timetable, origin_s, int(end.timestamp()) - origin_s, unit, short_times=short_times
            ),
            MOST_FILES,
        )
        return cls(
            timetable,
            origin_s,
            unit,
            Shape(*(columns[f"shape.{part.name}"] for part in fields(Shape))),
            Rows(*(columns[f"rows.{part.name}"] for part in fields(Rows))),
            Rides(*(columns[f"rides.{name}"] for name in Rides._fields)),
            changes=changes,
            backward_file=folder / f"{name}-backward" if folder else None,
        )

    def arrival(self, pattern: int, row: int, position: int) -> int:
        """Return when a vehicle comes to a position, in units of the axis."""
        width = int(self.shape.start[pattern + 1] - self.shape.start[pattern])
        start = int(self.rides.event_start[pattern])
        return int(self.rides.arrival[start + row * width + position])

    def departure(self, pattern: int, row: int, position: int) -> int:
        """Return when a vehicle leaves a position, in units of the axis."""
        start = int(self.rides.event_start[pattern])
        return int(self.rides.departure[start + position * int(self.rides.rows[pattern]) + row])

    def axis_s(self, instant: datetime) -> int:
        """Return the instant in seconds of the axis."""
        return int(instant.timestamp()) - self.origin_s

    def instant(self, axis_s: int) -> datetime:
        """Return the instant of an axis time in seconds."""
        return datetime.fromtimestamp(self.origin_s + axis_s, UTC)

    @property
    def backward(self) -> Rides:
        """The same vehicles with time running backwards: `top` minus each time."""
        if self._backward is None:
            columns = shared_columns(
                self._backward_file,
                lambda: _mirrored(self.rides, self.top)._asdict(),
                MOST_FILES,
            )
            self._backward = Rides(**columns)
        return self._backward

    def filtered(
        self, *, backward: bool, key: bytes, allowed: Callable[[], tuple[UInt8s, UInt8s]]
    ) -> Rides:
        """
        Return the rides that a filter leaves.

        Args:
            backward: With time running backwards.
            key: What tells this filter from others; empty for no filter.
            allowed: Says, only where the filter is new, which sections may be ridden and at
                which nodes one may board and leave (1) or not (0).
        """
        if not key:
            return self.backward if backward else self.rides
        rides = self._rides.get((backward, key))
        if rides is None:
            sections, nodes = allowed()
            rides = _filtered(self.rides, self.shape, sections, nodes)
            if backward:
                rides = _remirrored(rides, self.backward)
            while len(self._rides) >= MOST_FILTERS:
                self._rides.pop(next(iter(self._rides)), None)
            self._rides[backward, key] = rides
        return rides

    def walks(self, settings: TransferSettings, *, backward: bool) -> Walks:
        """Return the changes as the traveller wants them, in the view's unit."""
        return self.changes.get(settings, self.unit, backward=backward)


def _laid_out(
    timetable: Timetable, origin_s: int, length_s: int, unit: int, *, short_times: bool
) -> Columns:
    """Return the columns of the vehicles under way in so many seconds from an instant on."""
    shape, start, run, day = _service_rows(timetable, origin_s, length_s)
    event_start = np.zeros(len(start), np.int64)
    np.cumsum(np.diff(shape.start).astype(np.int64) * np.diff(start), out=event_start[1:])
    kind: type = np.uint16 if unit == 60 and short_times else np.int32
    arrival: Times = np.empty(int(event_start[-1]), kind)
    departure: Times = np.empty(int(event_start[-1]), kind)
    runs = timetable.runs
    fill_times(
        start, run, day, event_start, runs.call_start, runs.arrival_s, runs.departure_s,
        runs.shift_arrival, runs.shift_departure, runs.zone, _day_starts(timetable, origin_s), unit,
        arrival, departure,
    )  # fmt: skip
    if kind is np.uint16 and max(int(arrival.max(initial=0)), length_s // 60) > SHORT_LIMIT:
        return _laid_out(timetable, origin_s, length_s, unit, short_times=False)
    rides = lay_out(shape, start, event_start, arrival, departure, timetable.node_count)
    rows = Rows(start, run, day)
    return {
        **{f"shape.{part.name}": getattr(shape, part.name) for part in fields(Shape)},
        **{f"rows.{part.name}": getattr(rows, part.name) for part in fields(Rows)},
        **{f"rides.{name}": column for name, column in rides._asdict().items()},
    }


def main_zone(timetable: Timetable) -> str:
    """Return the zone in which most runs count their times."""
    if len(timetable.runs.zone) == 0:
        return timetable.zones[0]
    return timetable.zones[int(np.bincount(timetable.runs.zone).argmax())]


def _day_starts(timetable: Timetable, origin_s: int) -> Int64s:
    """Return when each service day starts in each zone, in seconds of the axis."""
    days = timetable.service_runs.shape[1]
    first = timetable.network.first_day
    table = np.empty((len(timetable.zones), days), np.int64)
    for row, name in enumerate(timetable.zones):
        zone = ZoneInfo(name)
        for day in range(days):
            start = service_day_start(first + timedelta(days=day), zone)
            table[row, day] = int(start.timestamp()) - origin_s
    return table


def _service_rows(
    timetable: Timetable, origin_s: int, length_s: int
) -> tuple[Shape, Int64s, Int32s, Int32s]:
    """Return the patterns, and the rows of each: which run on which day, first to last."""
    runs, patterns = timetable.runs, timetable.patterns
    day_start = _day_starts(timetable, origin_s)
    counts = np.zeros(timetable.pattern_count, np.int64)
    horizon = (day_start, length_s)
    count_rows(
        runs.of_pattern, runs.days, runs.zone, runs.call_start, runs.arrival_s, runs.departure_s,
        timetable.service_runs, *horizon, counts,
    )  # fmt: skip
    start = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=start[1:])
    run = np.empty(int(start[-1]), np.int32)
    day = np.empty(int(start[-1]), np.int32)
    list_rows(
        runs.of_pattern, runs.days, runs.zone, runs.call_start, runs.arrival_s, runs.departure_s,
        timetable.service_runs, *horizon, start, run, day,
    )  # fmt: skip
    shape = Shape(patterns.start, patterns.node, patterns.flags, patterns.section)
    bad = overtaking(
        start, run, day, runs.call_start, runs.arrival_s, runs.departure_s, runs.zone, day_start
    )
    if len(bad):
        return _split(timetable, shape, start, run, day, bad, day_start)
    return shape, start, run, day


def _split(
    timetable: Timetable,
    shape: Shape,
    start: Int64s,
    run: Int32s,
    day: Int32s,
    bad: Int64s,
    day_start: Int64s,
) -> tuple[Shape, Int64s, Int32s, Int32s]:
    """Split the patterns in which vehicles of different days overtake each other."""
    runs = timetable.runs
    pattern_of_row = np.repeat(np.arange(len(start) - 1), np.diff(start))
    kinds = [shape]
    count = len(start) - 1
    for pattern in bad.tolist():
        rows = np.arange(start[pattern], start[pattern + 1])
        width = int(shape.start[pattern + 1] - shape.start[pattern])
        calls = runs.call_start[run[rows]][:, None] + np.arange(width)
        base = day_start[runs.zone[run[rows]], day[rows]][:, None]
        split = np.empty(len(rows), np.int64)
        parts = fifo_patterns(
            np.arange(len(rows)),
            np.zeros(len(rows), np.int64),
            np.arange(len(rows) + 1) * width,
            (runs.arrival_s[calls] + base).astype(np.int32).reshape(-1),
            (runs.departure_s[calls] + base).astype(np.int32).reshape(-1),
            split,
        )
        pattern_of_row[rows[split > 0]] = count + split[split > 0] - 1
        kinds.extend([_one(shape, pattern)] * (parts - 1))
        count += parts - 1
    order = np.argsort(pattern_of_row, kind="stable")
    new_start = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(pattern_of_row, minlength=count), out=new_start[1:])
    return join_shapes(kinds), new_start, run[order], day[order]


def _one(shape: Shape, pattern: int) -> Shape:
    rows = slice(int(shape.start[pattern]), int(shape.start[pattern + 1]))
    width = rows.stop - rows.start
    return Shape(
        np.array([0, width], np.int32),
        shape.node[rows],
        shape.flags[rows],
        shape.section[rows],
    )


def join_shapes(shapes: list[Shape]) -> Shape:
    """Return the patterns of all, one after another."""
    width = np.concatenate([np.diff(shape.start) for shape in shapes])
    start = np.zeros(len(width) + 1, np.int32)
    np.cumsum(width, out=start[1:])
    return Shape(
        start,
        np.concatenate([shape.node for shape in shapes]),
        np.concatenate([shape.flags for shape in shapes]),
        np.concatenate([shape.section for shape in shapes]),
    )


def lay_out(
    shape: Shape,
    row_start: Int64s,
    event_start: Int64s,
    arrival: Times,
    departure: Times,
    nodes: int,
) -> Rides:
    """Return the rides of these patterns and times, with the indexes by node."""
    rows = np.diff(row_start).astype(np.int32)
    return index_rides(
        shape.start,
        shape.node,
        shape.flags,
        rows,
        event_start,
        arrival,
        departure,
        nodes,
    )


def index_rides(
    start: Int32s,
    node: Int32s,
    flags: UInt8s,
    rows: Int32s,
    event_start: Int64s,
    arrival: Times,
    departure: Times,
    nodes: int,
) -> Rides:
    """Return rides with the boardings and alightings of every node."""
    start, node, flags = owned(start), owned(node), owned(flags)
    board_start, alight_start = np.zeros((2, nodes + 1), np.int32)
    plain = np.ones(len(rows), np.uint8)
    count_calls(start, node, flags, rows, board_start, alight_start, plain)
    np.cumsum(board_start, out=board_start)
    np.cumsum(alight_start, out=alight_start)
    board_pattern, board_position, last = np.empty((3, int(board_start[-1])), np.int32)
    alight_pattern, alight_position = np.empty((2, int(alight_start[-1])), np.int32)
    list_calls(
        start, node, flags, rows, event_start, departure, board_start.copy(), alight_start.copy(),
        board_pattern, board_position, last, alight_pattern, alight_position,
    )  # fmt: skip
    return Rides(
        start,
        node,
        flags,
        plain,
        rows,
        event_start,
        arrival,
        departure,
        board_start,
        board_pattern,
        board_position,
        last,
        alight_start,
        alight_pattern,
        alight_position,
    )


def _mirrored(rides: Rides, top: int) -> Rides:
    """Return the rides with stops and time reversed, so that arrive-by is the same search."""
    mirror, swapped = _mirror_flags(rides)
    arrival, departure = _mirror_times(rides, top)
    return index_rides(
        rides.pattern_start,
        rides.node[mirror],
        swapped,
        rides.rows,
        rides.event_start,
        arrival,
        departure,
        len(rides.board_start) - 1,
    )


def _mirror_flags(rides: Rides) -> tuple[Int64s, UInt8s]:
    start = rides.pattern_start.astype(np.int64)
    width = np.diff(start)
    position = np.arange(len(rides.node)) - np.repeat(start[:-1], width)
    mirror = np.repeat(start[1:], width) - 1 - position
    flags = rides.flags[mirror]
    swapped = (flags & MAY_BOARD) << 1 | (flags & MAY_ALIGHT) >> 1
    # "The section after this position" is the one before it when time runs backwards.
    inner = position < np.repeat(width, width) - 1
    swapped[inner] |= rides.flags[mirror[inner] - 1] & MUST_LEAVE
    return mirror, swapped.astype(np.uint8)


def _mirror_times(rides: Rides, top: int) -> tuple[Times, Times]:
    """Return (arrival, departure) of the mirrored rides."""
    arrival = np.empty_like(rides.arrival)
    departure = np.empty_like(rides.departure)
    mirror_times(
        rides.event_start, rides.rows, np.diff(rides.pattern_start), rides.arrival,
        rides.departure, top, arrival, departure,
    )  # fmt: skip
    return arrival, departure


def _filtered(rides: Rides, shape: Shape, sections: UInt8s, nodes: UInt8s) -> Rides:
    """Return the rides with blocked sections and nodes taken out."""
    flags = rides.flags.copy()
    riding = sections[shape.section] != 0
    flags[~riding] = (flags[~riding] & MAY_ALIGHT) | MUST_LEAVE
    closed = nodes[rides.node] == 0
    flags[closed] &= MUST_LEAVE
    width = np.diff(rides.pattern_start)
    position = np.arange(len(flags)) - np.repeat(rides.pattern_start[:-1], width)
    usable = np.zeros(len(width), bool)
    pattern = np.repeat(np.arange(len(width)), width)
    inside = position < np.repeat(width, width) - 1
    usable[pattern[riding & inside]] = True
    rows = np.where(usable, rides.rows, 0).astype(np.int32)
    return index_rides(
        rides.pattern_start,
        rides.node,
        flags,
        rows,
        rides.event_start,
        rides.arrival,
        rides.departure,
        len(rides.board_start) - 1,
    )


def _remirrored(rides: Rides, backward: Rides) -> Rides:
    """Return filtered rides with time reversed; the times are those of the whole view."""
    mirror, swapped = _mirror_flags(rides)
    return index_rides(
        rides.pattern_start,
        rides.node[mirror],
        swapped,
        rides.rows,
        rides.event_start,
        backward.arrival,
        backward.departure,
        len(rides.board_start) - 1,
    )
