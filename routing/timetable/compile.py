"""
From a network to a timetable: the parts that hold on every day.

Steps: changes and nodes (`changes`), joined trips (`chains`), runs with their calls, patterns of
runs that never overtake, sections for the filters, and lower bounds to target cells.
"""

from dataclasses import dataclass

import numpy as np

from maas.core.columns import Int32s, Int64s, UInt8s
from maas.core.network import Network
from routing.config import CompileOptions
from routing.kernel.arrays import MAY_ALIGHT, MAY_BOARD
from routing.kernel.jit import kernel
from routing.timetable.bounds import Cells, HopGraph, KnownBounds, cell_bounds
from routing.timetable.changes import NodeColumns, split_nodes, stop_walks
from routing.timetable.hilbert import hilbert_keys
from routing.timetable.model import Nodes, Patterns, Runs, Sections, Timetable
from routing.timetable.rows import counted_order, group_rows, ranges
from routing.timetable.runs import RunTable, assemble_runs


@dataclass(frozen=True, slots=True)
class Footpaths:
    """Walks between stops (rows of `Network.stops`) that the ground allows."""

    from_stop: Int32s
    to_stop: Int32s
    seconds: Int32s


def compile_timetable(
    network: Network,
    footpaths: Footpaths | None = None,
    options: CompileOptions | None = None,
    before: Timetable | None = None,
) -> Timetable:
    """
    Return the timetable of a network.

    Args:
        network: What `gtfs_feeds` merged.
        footpaths: Walks between near stops; those of `transfers.txt` win over them.
        options: Change rules and the size of the bounds.
        before: The version before; of its bounds what has not changed is kept.
    """
    options = options or CompileOptions()
    pairs = None
    if footpaths is not None:
        pairs = (
            footpaths.from_stop.astype(np.int64),
            footpaths.to_stop.astype(np.int64),
            footpaths.seconds.astype(np.int64),
        )
    columns = split_nodes(network, stop_walks(network, pairs, options.changes), options.changes)
    nodes, number = _number_nodes(network, columns)
    table = assemble_runs(network, number[columns.call_node], options)
    patterns, runs = _patterns(table)
    whole = bool((runs.arrival_s % 60 == 0).all() and (runs.departure_s % 60 == 0).all())
    sections = Sections(
        table.sections[:, 0].astype(np.int32),
        *(table.sections[:, i].astype(np.int8) for i in range(1, 5)),
    )
    graph = _hop_graph(nodes, patterns, runs, 60 if whole else 1)
    count = len(nodes.stop)
    cells = Cells(_cells(count, options.cells), _cells(count, options.ride_cells))
    known = _known_bounds(before, network, nodes) if before is not None else None
    to_cell, from_cell = cell_bounds(graph, cells, options.threads, known)
    return Timetable(
        network,
        nodes,
        patterns,
        sections,
        runs,
        table.service_runs,
        table.zones,
        cells.minutes,
        cells.rides,
        to_cell,
        from_cell,
        whole,
        _open_nodes(patterns, count),
        options.changes.extra_walk_s,
    )


def _cells(count: int, most: int) -> Int32s:
    """Return where each of so many cells of nodes begins, and where the last one ends."""
    return np.linspace(0, count, max(1, min(most, count)) + 1).astype(np.int32)


def _known_bounds(before: Timetable, network: Network, nodes: Nodes) -> KnownBounds:
    """Return the bounds of a timetable and what they follow from."""
    unit = 60 if before.whole_minutes else 1
    return KnownBounds(
        _hop_graph(before.nodes, before.patterns, before.runs, unit),
        Cells(before.cell_start, before.ride_cell_start),
        before.to_cell,
        before.from_cell,
        _numbers_now(before, network, nodes),
    )


def _numbers_now(before: Timetable, network: Network, nodes: Nodes) -> Int32s:
    """
    Return the number of each node of a timetable among these nodes, counted on for those gone.

    They are told by the id of their stop, of whose nodes the first is the first. Were one taken for
    another, more would have changed, but nothing be wrong.
    """
    ids, ids_before = network.stops.id, before.network.stops.id
    was, now = before.nodes, nodes
    same = (
        np.array_equal(ids.start, ids_before.start)
        and np.array_equal(ids.data, ids_before.data)
        and np.array_equal(was.stop, now.stop)
    )
    if same:
        return np.arange(len(was.stop), dtype=np.int32)
    row = {name: at for at, name in enumerate(ids)}
    stop = np.array([row.get(name, -1) for name in ids_before], np.int64)[was.stop]
    width = np.diff(was.of_stop_start)
    nth = np.empty(len(was.stop), np.int64)
    nth[was.of_stop] = ranges(np.zeros_like(width), width)
    known = nth < np.append(np.diff(now.of_stop_start), 0)[stop]
    number = np.full(len(was.stop), -1, np.int32)
    number[known] = now.of_stop[now.of_stop_start[stop[known]] + nth[known]]
    # Two stops of one id: only one can be the one that there is now.
    gone = np.ones(len(number), bool)
    gone[np.unique(number, return_index=True)[1]] = False
    gone |= ~known
    number[gone] = len(now.stop) + np.arange(int(gone.sum()))
    return number


def _number_nodes(network: Network, columns: NodeColumns) -> tuple[Nodes, Int64s]:
    """Return the nodes along the Hilbert curve, and the new number of each old one."""
    lat = network.stops.lat[columns.stop]
    lon = network.stops.lon[columns.stop]
    order = np.argsort(hilbert_keys(lat, lon), kind="stable")
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    stop = columns.stop[order].astype(np.int32)
    origin, target = number[columns.origin], number[columns.target]
    by = counted_order(target, np.arange(len(target), dtype=np.int64), len(order))
    by = by[np.argsort(columns.seconds[by], kind="stable")]
    by = counted_order(origin, by, len(order))
    start = np.zeros(len(order) + 1, np.int32)
    np.cumsum(np.bincount(origin, minlength=len(order)), out=start[1:])
    of_start, of = group_rows(stop, len(network.stops.id))
    walk_to = target[by].astype(np.int32)
    walk_s = columns.seconds[by].astype(np.int32)
    nodes = Nodes(
        stop,
        of_start,
        of.astype(np.int32),
        columns.change_s[order].astype(np.int32),
        start,
        walk_to,
        walk_s,
    )
    return nodes, number


def _patterns(table: RunTable) -> tuple[Patterns, Runs]:
    """Group the runs into patterns and order them."""
    size = np.diff(table.call_start)
    group = _groups(table)
    first = table.node[table.call_start[:-1]]
    # By where they begin, then as the feed has them: of equal lines the last one is shown.
    _, earliest = np.unique(group, return_index=True)
    rank = np.empty_like(earliest)
    rank[np.lexsort((earliest, first[earliest]))] = np.arange(len(earliest))
    group = rank[group]
    order = np.lexsort(
        (
            table.departure_s[table.call_start[1:] - 1],
            table.departure_s[table.call_start[:-1]],
            group,
        )
    )
    pattern = np.empty(len(size), np.int64)
    count = fifo_patterns(
        order, group, table.call_start, table.arrival_s, table.departure_s, pattern
    )
    place = np.empty(len(size), np.int64)
    place[order] = np.arange(len(size))
    order = np.lexsort((place, pattern))
    of_pattern = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(pattern, minlength=count), out=of_pattern[1:])
    sample = order[of_pattern[:-1]]
    start = np.zeros(count + 1, np.int32)
    np.cumsum(size[sample], out=start[1:])
    calls = table.calls_of(sample)
    patterns = Patterns(
        start,
        table.node[calls].astype(np.int32),
        table.flags[calls],
        table.section[calls].astype(np.int32),
    )
    return patterns, table.ordered(order, of_pattern)


def _groups(table: RunTable) -> Int64s:
    """
    Return a number for every run; equal where nodes, permissions and sections are.

    A polynomial hash of 64 bits finds the groups; every run is then compared with the first of
    its group, so that a collision cannot go unnoticed.
    """
    size = np.diff(table.call_start)
    if len(size) == 0:
        return np.zeros(0, np.int64)
    position = np.arange(len(table.node)) - np.repeat(table.call_start[:-1], size)
    word = table.node.astype(np.uint64) + np.uint64(1)
    word = word * np.uint64(0x9E3779B97F4A7C15) ^ (
        table.section.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
        + table.flags.astype(np.uint64)
    )
    word ^= word >> np.uint64(29)
    power = np.cumprod(np.full(int(size.max()) + 1, 0xD1342543DE82EF95, np.uint64))
    mixed = np.add.reduceat(word * power[position], table.call_start[:-1])
    mixed += size.astype(np.uint64)
    _, first, group = np.unique(mixed, return_index=True, return_inverse=True)
    sample = first[group]
    same = size == size[sample]
    if same.all():
        twin = table.calls_of(sample)
        same_calls = (
            (table.node == table.node[twin])
            & (table.section == table.section[twin])
            & (table.flags == table.flags[twin])
        )
        if same_calls.all():
            return group.astype(np.int64)
    return _exact_groups(table)


def _exact_groups(table: RunTable) -> Int64s:
    """Return the groups without a hash: slow, for the day when two patterns collide."""
    keys: dict[bytes, int] = {}
    group = np.empty(len(table.call_start) - 1, np.int64)
    for run in range(len(group)):
        rows = slice(int(table.call_start[run]), int(table.call_start[run + 1]))
        key = b"".join(
            column[rows].tobytes() for column in (table.node, table.section, table.flags)
        )
        group[run] = keys.setdefault(key, len(keys))
    return group


@kernel
def fifo_patterns(
    order: Int64s,
    group: Int64s,
    call_start: Int64s,
    arrival: Int32s,
    departure: Int32s,
    pattern: Int64s,
) -> int:
    """
    Split groups so that no run overtakes another of its pattern; return the pattern count.

    `order` holds the runs by group and first departure. Each run joins the first pattern of its
    group whose last run it nowhere overtakes.
    """
    count = 0
    last = np.empty(order.size, np.int64)
    name = np.empty(order.size, np.int64)
    begin = 0
    while begin < order.size:
        end = begin
        while end < order.size and group[order[end]] == group[order[begin]]:
            end += 1
        open_count = 0
        for x in range(begin, end):
            run = order[x]
            size = call_start[run + 1] - call_start[run]
            joined = False
            for y in range(open_count):
                other = last[y]
                fits = True
                for i in range(size):
                    a, b = call_start[other] + i, call_start[run] + i
                    if arrival[a] > arrival[b] or departure[a] > departure[b]:
                        fits = False
                        break
                if fits:
                    last[y] = run
                    pattern[run] = name[y]
                    joined = True
                    break
            if not joined:
                last[open_count] = run
                name[open_count] = count
                pattern[run] = count
                count += 1
                open_count += 1
        begin = end
    return count


def _open_nodes(patterns: Patterns, count: int) -> UInt8s:
    size = len(patterns.node)
    inner = np.ones(size, bool)
    inner[patterns.start[:-1]] = False
    inner[patterns.start[1:] - 1] = False
    closed = inner & (patterns.flags != MAY_BOARD | MAY_ALIGHT)
    found = np.ones(count, np.uint8)
    found[patterns.node[closed]] = 0
    return found


def _hop_graph(nodes: Nodes, patterns: Patterns, runs: Runs, unit: int) -> HopGraph:
    hop = np.empty(len(patterns.node), np.int32)
    _fastest_hops(
        patterns.start,
        runs.of_pattern,
        runs.call_start,
        runs.arrival_s,
        runs.departure_s,
        unit,
        hop,
    )
    return HopGraph(
        patterns.start,
        patterns.node,
        patterns.flags,
        hop,
        nodes.walk_start,
        nodes.walk_to,
        -(-nodes.walk_s // unit),
        unit,
    )


@kernel
def _fastest_hops(
    pattern_start: Int32s,
    of_pattern: Int32s,
    call_start: Int64s,
    arrival: Int32s,
    departure: Int32s,
    unit: int,
    hop: Int32s,
) -> None:
    for pattern in range(pattern_start.size - 1):
        base = pattern_start[pattern]
        width = pattern_start[pattern + 1] - base
        for i in range(width):
            best = np.int64(1) << 30
            if i == width - 1:
                best = 0
            else:
                for run in range(of_pattern[pattern], of_pattern[pattern + 1]):
                    at = call_start[run] + i
                    best = min(best, np.int64(arrival[at + 1]) - np.int64(departure[at]))
            hop[base + i] = max(best, 0) // unit
