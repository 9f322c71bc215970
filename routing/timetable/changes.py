"""
Where and how one changes: `transfers.txt` and footpaths become nodes, change times and walks.

Rules between stops (types 0, 1, 2, 3 of the GTFS Schedule Reference) become times. Rules that
name routes or trips split the stop: each set of trips that the same rules name gets its own node,
and the rule's time (or nothing, where it forbids) lies between the nodes, so that the search
itself knows no special cases. The more a rule names, the stronger it is, as the reference orders
them: trip, then route, then stop, on either side.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from maas.core.columns import Float64s, Int32s, Int64s
from maas.core.geo import distance_m
from maas.core.network import Network
from routing.config import ChangeRules
from routing.kernel.jit import kernel
from routing.timetable.model import FORBIDDEN
from routing.timetable.rows import group_rows, pair_order

RECOMMENDED, TIMED, MINIMUM, IMPOSSIBLE = 0, 1, 2, 3
IN_SEAT, RE_BOARD = 4, 5
Signature = tuple[tuple[int, ...], tuple[int, ...]]
Ints = Int32s | Int64s
Pairs = tuple[Int64s, Int64s, Int64s]


@dataclass(frozen=True, slots=True)
class StopWalks:
    """Walks between stops (rows of `Network.stops`), and the change time at each stop."""

    change_s: Int64s
    origin: Int64s
    target: Int64s
    seconds: Int64s


@dataclass(frozen=True, slots=True)
class NodeColumns:
    """Nodes before they are numbered for the search."""

    stop: Int64s
    change_s: Int64s
    call_node: Int64s
    """Node of every call of the network."""
    origin: Int64s
    target: Int64s
    seconds: Int64s


def stop_walks(network: Network, footpaths: Pairs | None, rules: ChangeRules) -> StopWalks:
    """Return what holds between stops, without the rules that name routes or trips."""
    stop_count = len(network.stops.id)
    change = np.full(stop_count, rules.default_change_s, np.int64)
    transfers = network.transfers
    general = (
        (transfers.from_route < 0)
        & (transfers.to_route < 0)
        & (transfers.from_trip < 0)
        & (transfers.to_trip < 0)
        & (transfers.from_stop >= 0)
        & (transfers.to_stop >= 0)
        & (transfers.type < IN_SEAT)
    )
    children = _children(network)
    metres = _metres(network, transfers.from_stop, transfers.to_stop)
    published: dict[tuple[int, int], int] = {}
    forbidden: set[tuple[int, int]] = set()
    named_exactly: set[tuple[int, int]] = set()
    for row in np.flatnonzero(general).tolist():
        a, b = int(transfers.from_stop[row]), int(transfers.to_stop[row])
        exact = a not in children and b not in children
        for x in children.get(a, (a,)):
            for y in children.get(b, (b,)):
                if (x, y) in named_exactly and not exact:
                    continue
                if exact:
                    named_exactly.add((x, y))
                if int(transfers.type[row]) == IMPOSSIBLE:
                    forbidden.add((x, y))
                    published.pop((x, y), None)
                    continue
                away = metres[row] if exact else _metres(network, np.array([x]), np.array([y]))[0]
                seconds = _rule_seconds(network, rules, row, None if x == y else float(away))
                if seconds is not None:
                    published[x, y] = seconds
    for x, y in forbidden:
        if x == y:
            change[x] = FORBIDDEN
    for (x, y), seconds in published.items():
        if x == y:
            change[x] = seconds
    pairs = {pair: seconds for pair, seconds in published.items() if pair[0] != pair[1]}
    keys, times = _closed(pairs, rules, stop_count)
    if footpaths is not None:
        origin, target, walking = footpaths
        free = (origin != target) & ~np.isin(
            origin * stop_count + target, _keys(published, stop_count)
        )
        keys = np.concatenate([keys, (origin * stop_count + target)[free]])
        times = np.concatenate([times, walking[free]])
    order = pair_order(keys // stop_count, keys % stop_count, stop_count)
    keys, times = keys[order], times[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    shortest = np.minimum.reduceat(times, first) if len(first) else times
    free = ~np.isin(keys[first], _keys(forbidden, stop_count))
    keys, times = keys[first][free], shortest[free]
    return StopWalks(change, keys // stop_count, keys % stop_count, times + rules.extra_walk_s)


def _keys(pairs: Collection[tuple[int, int]], stop_count: int) -> Int64s:
    """Return one number for each pair of stops."""
    both = np.array(list(pairs), np.int64).reshape(-1, 2)
    return both[:, 0] * stop_count + both[:, 1]


def _children(network: Network) -> dict[int, tuple[int, ...]]:
    """Return the stops of every station where vehicles may call."""
    found: dict[int, list[int]] = defaultdict(list)
    parent = network.stops.parent
    kind = network.stops.location_type
    for stop in np.flatnonzero((parent >= 0) & ((kind == 0) | (kind == 4))).tolist():
        found[int(parent[stop])].append(stop)
    return {station: tuple(stops) for station, stops in found.items() if int(kind[station]) == 1}


def _metres(network: Network, origin: Ints, target: Ints) -> Float64s:
    """Return the beeline between stops, NaN where one has no coordinate."""
    lat, lon = network.stops.lat, network.stops.lon
    return distance_m(lat[origin], lon[origin], lat[target], lon[target])


def _rule_seconds(
    network: Network, rules: ChangeRules, row: int, metres: float | None
) -> int | None:
    """
    Return the time of a rule, or None where the rule must be dropped as absurd.

    `metres` lie between its stops; None at one and the same stop.
    """
    given = int(network.transfers.min_time_s[row])
    kind = int(network.transfers.type[row])
    if given < 0:
        if metres is None:
            return 0 if kind == TIMED else rules.default_change_s
        if not np.isfinite(metres):
            return rules.default_change_s
        return max(int(np.ceil(metres / rules.walk_speed_mps)), rules.default_change_s)
    # A minute of standing room: coordinates of large stations are rough.
    absurd = (
        metres is not None
        and rules.fastest_walk_mps > 0
        and metres > rules.fastest_walk_mps * (given + 60)
    )
    return None if absurd else given


def _closed(
    pairs: dict[tuple[int, int], int], rules: ChangeRules, stop_count: int
) -> tuple[Int64s, Int64s]:
    """
    Return numbers of pairs and seconds, the ways over several walks included.

    A pair may be there more than once; the shortest time holds.
    """
    keys = _keys(pairs, stop_count)
    times = np.fromiter(pairs.values(), np.int64, len(pairs))
    if rules.both_ways:
        keys = np.concatenate([keys, keys % stop_count * stop_count + keys // stop_count])
        times = np.concatenate([times, times])
    if not rules.close_walks or not pairs:
        return keys, times
    used = np.unique(keys // stop_count)
    used = np.union1d(used, keys % stop_count)
    origin = np.searchsorted(used, keys // stop_count)
    target = np.searchsorted(used, keys % stop_count)
    start, order = group_rows(origin, len(used))
    room = max(1024, 4 * len(pairs))
    while True:
        out = np.empty((room, 3), np.int64)
        count = _close(start, target[order], times[order], rules.longest_closed_s, out)
        if count >= 0:
            break
        room *= 2
    return (
        np.concatenate([keys, used[out[:count, 0]] * stop_count + used[out[:count, 1]]]),
        np.concatenate([times, out[:count, 2]]),
    )


@kernel
def _close(start: Int64s, target: Int64s, seconds: Int64s, longest: int, out: Int64s) -> int:
    """Write (from, to, seconds) of every walk over several rules that lasts at most `longest`."""
    size = start.size - 1
    best = np.full(size, np.int64(1) << 40, np.int64)
    queue = np.empty(size + 1, np.int64)
    inside = np.zeros(size, np.uint8)
    seen = np.empty(size, np.int64)
    count = 0
    for origin in range(size):
        best[origin] = 0
        head, tail, known = 0, 1, 1
        queue[0] = origin
        seen[0] = origin
        inside[origin] = 1
        while head != tail:
            at = queue[head]
            head = (head + 1) % (size + 1)
            inside[at] = 0
            for e in range(start[at], start[at + 1]):
                to = target[e]
                total = best[at] + seconds[e]
                if total <= longest and total < best[to]:
                    if best[to] == np.int64(1) << 40:
                        seen[known] = to
                        known += 1
                    best[to] = total
                    if inside[to] == 0:
                        inside[to] = 1
                        queue[tail] = to
                        tail = (tail + 1) % (size + 1)
        for x in range(known):
            to = seen[x]
            if to != origin:
                if count == out.shape[0]:
                    return -1
                out[count, 0] = origin
                out[count, 1] = to
                out[count, 2] = best[to]
                count += 1
            best[to] = np.int64(1) << 40
    return count


def split_nodes(network: Network, walks: StopWalks, rules: ChangeRules) -> NodeColumns:
    """Return the nodes, one a boarding place, or more where rules name routes or trips."""
    calls = network.calls
    stop_count = len(network.stops.id)
    # Every boarding place, also one without a call: a message may move a vehicle there.
    called = np.isin(network.stops.location_type, (0, 4))
    called[calls.stop] = True
    node_of_stop = np.full(stop_count, -1, np.int64)
    stops = np.flatnonzero(called)
    node_of_stop[stops] = np.arange(len(stops))
    keep = called[walks.origin] & called[walks.target]
    plain = NodeColumns(
        stops,
        walks.change_s[stops],
        node_of_stop[calls.stop],
        node_of_stop[walks.origin[keep]],
        node_of_stop[walks.target[keep]],
        walks.seconds[keep],
    )
    specific = list(_specific_rules(network))
    return _Split(network, walks, rules, plain, specific).columns() if specific else plain


@dataclass(frozen=True, slots=True)
class _Rule:
    """One row of transfers.txt that names a route or a trip, at one pair of stops."""

    from_stop: int
    to_stop: int
    from_route: int
    to_route: int
    from_trip: int
    to_trip: int
    type: int
    min_time_s: int

    @property
    def strength(self) -> tuple[int, int]:
        """How much the rule names."""
        sides = (
            2 if trip >= 0 else int(route >= 0)
            for trip, route in (
                (self.from_trip, self.from_route),
                (self.to_trip, self.to_route),
            )
        )
        both = sorted(sides, reverse=True)
        return both[0] + both[1], both[0]


def _specific_rules(network: Network) -> Iterator[_Rule]:
    transfers = network.transfers
    names = (
        (transfers.from_route >= 0)
        | (transfers.to_route >= 0)
        | (transfers.from_trip >= 0)
        | (transfers.to_trip >= 0)
    ) & (transfers.type < IN_SEAT)
    children = _children(network)
    for row in np.flatnonzero(names).tolist():
        a, b = int(transfers.from_stop[row]), int(transfers.to_stop[row])
        if a < 0 or b < 0:
            continue
        for x in children.get(a, (a,)):
            for y in children.get(b, (b,)):
                yield _Rule(
                    x,
                    y,
                    int(transfers.from_route[row]),
                    int(transfers.to_route[row]),
                    int(transfers.from_trip[row]),
                    int(transfers.to_trip[row]),
                    int(transfers.type[row]),
                    int(transfers.min_time_s[row]),
                )


class _Split:
    """Splits the stops that specific rules name."""

    def __init__(
        self,
        network: Network,
        walks: StopWalks,
        rules: ChangeRules,
        plain: NodeColumns,
        specific: list[_Rule],
    ) -> None:
        self._network = network
        self._walks = walks
        self._rules = rules
        self._plain = plain
        self._specific = specific
        self._trip_of_call = np.repeat(
            np.arange(len(network.trips.id)), np.diff(network.trips.call_start)
        )

    def columns(self) -> NodeColumns:
        """Return the nodes after the split."""
        plain = self._plain
        named = sorted({stop for r in self._specific for stop in (r.from_stop, r.to_stop)})
        node_stop = plain.stop.tolist()
        call_node = plain.call_node.copy()
        members: dict[int, list[tuple[int, Signature]]] = {}
        by_stop_from: dict[int, list[int]] = defaultdict(list)
        by_stop_to: dict[int, list[int]] = defaultdict(list)
        for index, rule in enumerate(self._specific):
            by_stop_from[rule.from_stop].append(index)
            by_stop_to[rule.to_stop].append(index)
        wanted = np.zeros(len(self._network.stops.id), bool)
        wanted[named] = True
        rows = np.flatnonzero(wanted[self._network.calls.stop])
        nodes: dict[tuple[int, Signature], int] = {}
        for row in rows.tolist():
            stop = int(self._network.calls.stop[row])
            trip = int(self._trip_of_call[row])
            key = (stop, self._signature(trip, by_stop_from[stop], by_stop_to[stop]))
            node = nodes.get(key)
            if node is None:
                taken = stop in members
                node = len(node_stop) if taken else int(plain.call_node[row])
                if taken:
                    node_stop.append(stop)
                nodes[key] = node
                members.setdefault(stop, []).append((node, key[1]))
            call_node[row] = node
        return self._with_times(node_stop, call_node, members)

    def _signature(self, trip: int, as_from: list[int], as_to: list[int]) -> Signature:
        route = int(self._network.trips.route[trip])
        return (
            tuple(
                i
                for i in as_from
                if self._specific[i].from_trip in (-1, trip)
                and self._specific[i].from_route in (-1, route)
            ),
            tuple(
                i
                for i in as_to
                if self._specific[i].to_trip in (-1, trip)
                and self._specific[i].to_route in (-1, route)
            ),
        )

    def _with_times(
        self,
        node_stop: list[int],
        call_node: Int64s,
        members: dict[int, list[tuple[int, Signature]]],
    ) -> NodeColumns:
        stop = np.array(node_stop, np.int64)
        change = self._walks.change_s[stop]
        walks: dict[tuple[int, int], int] = {}
        groups: dict[int, list[tuple[int, Signature]]] = defaultdict(list)
        for node, its_stop in enumerate(node_stop):
            if its_stop not in members:
                groups[its_stop].append((node, ((), ())))
        groups.update(members)
        pairs = {
            (int(a), int(b)): int(s)
            for a, b, s in zip(
                self._walks.origin, self._walks.target, self._walks.seconds, strict=True
            )
        }
        for rule in self._specific:
            pairs.setdefault((rule.from_stop, rule.to_stop), FORBIDDEN)
        for its_stop in members:
            pairs[its_stop, its_stop] = int(self._walks.change_s[its_stop])
        for (a, b), general in pairs.items():
            for x, from_signature in groups.get(a, ()):
                for y, to_signature in groups.get(b, ()):
                    seconds = self._seconds(from_signature, to_signature, general, (a, b))
                    if x == y:
                        change[x] = seconds
                    elif seconds < FORBIDDEN:
                        walks[x, y] = seconds
        keys = np.array(list(walks), np.int64).reshape(-1, 2)
        return NodeColumns(
            stop,
            change,
            call_node,
            keys[:, 0],
            keys[:, 1],
            np.fromiter(walks.values(), np.int64, len(walks)),
        )

    def _seconds(
        self, from_signature: Signature, to_signature: Signature, general: int, at: tuple[int, int]
    ) -> int:
        both = [
            rule
            for rule in (self._specific[i] for i in set(from_signature[0]) & set(to_signature[1]))
            if (rule.from_stop, rule.to_stop) == at
        ]
        if not both:
            return general
        rule = max(both, key=lambda r: r.strength)
        if rule.type == IMPOSSIBLE:
            return FORBIDDEN
        if rule.type == TIMED:
            # The next vehicle waits, however long the way: its time is for the traveller to know.
            return 0
        if rule.min_time_s >= 0:
            return rule.min_time_s + (self._rules.extra_walk_s if at[0] != at[1] else 0)
        return general if general < FORBIDDEN else self._rules.default_change_s
