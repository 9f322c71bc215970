"""Runs with their calls: single trips, repetitions of frequencies.txt, and joined trips."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from maas.core.columns import Int8s, Int16s, Int32s, Int64s, UInt8s
from maas.core.network import Network
from routing.config import CompileOptions
from routing.kernel.arrays import MAY_ALIGHT, MAY_BOARD
from routing.timetable.chains import DAY_S, Chain, find_chains
from routing.timetable.model import Runs
from routing.timetable.rows import ranges

AnyArray = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]

NOT_AVAILABLE = 1
MOST_REPETITIONS = 5_000
"""Of one frequency; a shorter headway over a longer time is broken or hostile."""


@dataclass(frozen=True, slots=True)
class RunTable:
    """Runs in any order; calls of run r are rows `call_start[r]:call_start[r + 1]`."""

    call_start: Int64s
    node: Int64s
    flags: UInt8s
    section: Int64s
    arrival_s: Int32s
    departure_s: Int32s
    shift_arrival: Int8s
    shift_departure: Int8s
    days: Int32s
    zone: Int16s
    leg_start: Int64s
    leg_trip: Int32s
    leg_position: Int32s
    leg_end: Int32s
    leg_shift: Int16s
    offset_s: Int32s
    sections: Int32s
    service_runs: UInt8s
    zones: tuple[str, ...]

    def calls_of(self, runs: Int64s) -> Int64s:
        """Return the call rows of these runs, one run after another."""
        return ranges(self.call_start[runs], np.diff(self.call_start)[runs])

    def ordered(self, order: Int64s, of_pattern: Int32s) -> Runs:
        """Return the runs in this order."""
        calls = self.calls_of(order)
        legs = ranges(self.leg_start[order], np.diff(self.leg_start)[order])
        shifted = bool(self.shift_arrival.any() or self.shift_departure.any())
        none = np.zeros(0, np.int8)
        return Runs(
            of_pattern,
            _starts(np.diff(self.call_start)[order]),
            self.arrival_s[calls],
            self.departure_s[calls],
            self.shift_arrival[calls] if shifted else none,
            self.shift_departure[calls] if shifted else none,
            self.days[order],
            self.zone[order],
            _starts(np.diff(self.leg_start)[order]),
            self.leg_trip[legs],
            self.leg_position[legs],
            self.leg_end[legs],
            self.leg_shift[legs],
            self.offset_s[order],
        )


def _starts(length: Int64s) -> Int64s:
    start = np.zeros(len(length) + 1, np.int64)
    np.cumsum(length, out=start[1:])
    return start


def assemble_runs(network: Network, call_node: Int64s, options: CompileOptions) -> RunTable:
    """Return every run of the network; `call_node` is the node of every call."""
    trips, calls = network.trips, network.calls
    chains, linked = find_chains(network, join_elsewhere=options.join_elsewhere)
    size = np.diff(trips.call_start)
    usable: Bools = np.logical_and(size > 1, trips.duplicate_of < 0)
    if len(network.services.id):
        runs_ever = np.asarray(network.services.runs.any(axis=1), np.bool_)
        usable &= runs_ever[trips.service]
    usable[list(linked)] = False
    repeated = np.zeros(len(size), bool)
    repeated[network.frequencies.trip] = True
    single = np.flatnonzero(usable & ~repeated)
    trip, offset = _repetitions(network, usable)
    trip = np.concatenate([single, trip])
    offset = np.concatenate([np.zeros(len(single), np.int64), offset])
    length = size[trip]
    rows = ranges(trips.call_start[:-1][trip], length)
    later = np.repeat(offset, length)
    start = _starts(length)
    sections, section_of_trip = _sections(network)
    flags = _flags(calls.pickup[rows], calls.drop_off[rows])
    flags[start[:-1]] &= MAY_BOARD
    flags[start[1:] - 1] &= MAY_ALIGHT
    zones, zone_of_trip = _zones(network)
    count = len(trip)
    singles = RunTable(
        start,
        call_node[rows],
        flags,
        np.repeat(section_of_trip[trip], length),
        (calls.arrival_s[rows] + later).astype(np.int32),
        (calls.departure_s[rows] + later).astype(np.int32),
        np.zeros(len(rows), np.int8),
        np.zeros(len(rows), np.int8),
        trips.service[trip].astype(np.int32),
        zone_of_trip[trip],
        np.arange(count + 1, dtype=np.int64),
        trip.astype(np.int32),
        np.zeros(count, np.int32),
        (length - 1).astype(np.int32),
        np.zeros(count, np.int16),
        offset.astype(np.int32),
        sections,
        np.array(network.services.runs, np.uint8),
        zones,
    )
    if not chains:
        return singles
    return _with_chains(network, singles, chains, call_node, section_of_trip, zone_of_trip)


def _repetitions(network: Network, usable: Bools) -> tuple[Int64s, Int64s]:
    """Return (trip, offset) of each repetition that frequencies.txt asks for."""
    table, trips = network.frequencies, network.trips
    found: list[tuple[int, int]] = []
    seen: set[tuple[int, int]] = set()
    for row in range(len(table.trip)):
        trip = int(table.trip[row])
        headway = int(table.headway_s[row])
        if not usable[trip] or headway <= 0:
            continue
        first = int(network.calls.departure_s[trips.call_start[trip]])
        starts = range(int(table.start_s[row]), int(table.end_s[row]), headway)
        for start in starts[:MOST_REPETITIONS]:
            if (trip, start) not in seen:
                seen.add((trip, start))
                found.append((trip, start - first))
    pairs = np.array(found, np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _sections(network: Network) -> tuple[Int32s, Int64s]:
    trips = network.trips
    rows = np.stack(
        [
            trips.route.astype(np.int32),
            trips.bikes.astype(np.int32),
            trips.cars.astype(np.int32),
            trips.wheelchair.astype(np.int32),
            trips.reservation.astype(np.int32),
        ],
        axis=1,
    )
    if len(rows) == 0:
        return np.zeros((0, 5), np.int32), np.zeros(0, np.int64)
    sections, of_trip = np.unique(rows, axis=0, return_inverse=True)
    return sections.astype(np.int32), of_trip.reshape(-1).astype(np.int64)


def _zones(network: Network) -> tuple[tuple[str, ...], Int16s]:
    names: dict[str, int] = {}
    of_agency = np.array(
        [names.setdefault(zone or "Asia/Tokyo", len(names)) for zone in network.agencies.zone],
        np.int16,
    )
    if not names:
        names["Asia/Tokyo"] = 0
    agency = network.routes.agency[network.trips.route]
    if len(of_agency) == 0:
        return tuple(names), np.zeros(len(agency), np.int16)
    return tuple(names), of_agency[np.maximum(agency, 0)]


def _flags(pickup: Int8s, drop_off: Int8s) -> UInt8s:
    board = np.where(pickup == NOT_AVAILABLE, 0, MAY_BOARD)
    alight = np.where(drop_off == NOT_AVAILABLE, 0, MAY_ALIGHT)
    flags: UInt8s = (board | alight).astype(np.uint8)
    return flags


@dataclass(slots=True)
class _Call:
    """One call of a joined run."""

    node: int
    flags: int
    section: int
    arrival_s: int
    departure_s: int
    shift_arrival: int
    shift_departure: int


def _with_chains(
    network: Network,
    singles: RunTable,
    chains: list[Chain],
    call_node: Int64s,
    section_of_trip: Int64s,
    zone_of_trip: Int16s,
) -> RunTable:
    columns: list[_Call] = []
    size: list[int] = []
    legs: list[tuple[int, int, int, int]] = []
    leg_count: list[int] = []
    days: list[int] = []
    day_sets: dict[bytes, int] = {}
    extra: list[UInt8s] = []
    base = len(network.services.runs)
    for chain in chains:
        key = chain.days.tobytes()
        if key not in day_sets:
            day_sets[key] = base + len(extra)
            extra.append(chain.days)
        run, its_legs = _chain_calls(network, chain, call_node, section_of_trip)
        columns.extend(run)
        size.append(len(run))
        legs.extend(its_legs)
        leg_count.append(len(its_legs))
        days.append(day_sets[key])
    first = [chain.trips[0][0] for chain in chains]
    leg = np.array(legs, np.int64).reshape(-1, 4)
    calls = np.array(
        [
            (
                c.node, c.flags, c.section, c.arrival_s, c.departure_s,
                c.shift_arrival, c.shift_departure,
            )
            for c in columns
        ],
        np.int64,
    ).reshape(-1, 7)  # fmt: skip

    def joined(old: AnyArray, new: AnyArray) -> AnyArray:
        return np.concatenate([old, new.astype(old.dtype)])

    length = np.concatenate([np.diff(singles.call_start), np.array(size, np.int64)])
    leg_length = np.concatenate([np.diff(singles.leg_start), np.array(leg_count, np.int64)])
    return RunTable(
        _starts(length),
        joined(singles.node, calls[:, 0]),
        joined(singles.flags, calls[:, 1]),
        joined(singles.section, calls[:, 2]),
        joined(singles.arrival_s, calls[:, 3]),
        joined(singles.departure_s, calls[:, 4]),
        joined(singles.shift_arrival, calls[:, 5]),
        joined(singles.shift_departure, calls[:, 6]),
        joined(singles.days, np.array(days)),
        joined(singles.zone, zone_of_trip[first]),
        _starts(leg_length),
        joined(singles.leg_trip, leg[:, 0]),
        joined(singles.leg_position, leg[:, 1]),
        joined(singles.leg_end, leg[:, 2]),
        joined(singles.leg_shift, leg[:, 3]),
        joined(singles.offset_s, np.zeros(len(chains))),
        singles.sections,
        np.concatenate([singles.service_runs, np.stack(extra)]),
        singles.zones,
    )


def _chain_calls(
    network: Network, chain: Chain, call_node: Int64s, section_of_trip: Int64s
) -> tuple[list[_Call], list[tuple[int, int, int, int]]]:
    """Return the calls of a chain, and (trip, first position, last position, shift) of each."""
    trips, calls = network.trips, network.calls
    run: list[_Call] = []
    legs: list[tuple[int, int, int, int]] = []
    stop = -1
    for trip, shift in chain.trips:
        begin, end = int(trips.call_start[trip]), int(trips.call_start[trip + 1])
        section = int(section_of_trip[trip])
        flags = _flags(calls.pickup[begin:end], calls.drop_off[begin:end])
        first = len(run)
        for row in range(begin, end):
            call = _Call(
                int(call_node[row]),
                int(flags[row - begin]),
                section,
                int(calls.arrival_s[row]) + shift * DAY_S,
                int(calls.departure_s[row]) + shift * DAY_S,
                shift,
                shift,
            )
            if row == begin and run:
                last = run[-1]
                if last.node == call.node:
                    # One stop: people leave the old trip and board the new one there.
                    last.flags = last.flags & MAY_ALIGHT | call.flags & MAY_BOARD
                    last.section = section
                    last.departure_s = call.departure_s
                    last.shift_departure = shift
                    first -= 1
                    continue
                # The vehicle moves empty in between: one may stay seated, but not board for that.
                last.flags &= MAY_ALIGHT
                if calls.stop[row] == stop:
                    # It does not move: rules of change make two nodes of one stop, and whether
                    # one may leave there is the old trip's to say.
                    call.flags &= MAY_BOARD
            run.append(call)
        stop = calls.stop[end - 1]
        legs.append((trip, first, len(run) - 1, shift))
    run[0].flags &= MAY_BOARD
    run[-1].flags &= MAY_ALIGHT
    return run, legs
