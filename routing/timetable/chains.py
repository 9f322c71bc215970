"""
Vehicles that go on as another trip: blocks and in-seat transfers become joined runs.

A link says that who sits in one trip may stay seated for the next, on some service days. Links
come from `transfers.txt` type 4 (joins and splits included: several trips may go into one and one
into several) and from `block_id`; type 4 wins over the block, type 5 breaks it. A run is a path
of links that cannot be made longer on its days, so days on which only a part of the chain is
served get the partial run.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from maas.core.columns import UInt8s
from maas.core.network import Network
from routing.timetable.changes import IN_SEAT, RE_BOARD

DAY_S = 86_400
LONGEST_CHAIN = 64
MOST_PATHS = 256
"""Paths from one first trip; a feed that needs more is broken or hostile."""

Days = UInt8s


@dataclass(frozen=True, slots=True)
class Link:
    """Trip `after` may follow without leaving the vehicle, `shift` service days later."""

    after: int
    shift: int
    days: Days
    """Service days of the first trip on which the link exists."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Trips of one run with the service-day shift of each, and its days."""

    trips: tuple[tuple[int, int], ...]
    days: Days


def find_chains(network: Network, *, join_elsewhere: bool) -> tuple[list[Chain], set[int]]:
    """Return the joined runs, and the trips that they cover on all their days."""
    links = _links(network, join_elsewhere=join_elsewhere)
    if not links:
        return [], set()
    linked = set(links)
    for following in links.values():
        linked.update(link.after for link in following)
    before: dict[int, Days] = {}
    for following in links.values():
        for link in following:
            days = _shifted(link.days, link.shift)
            before[link.after] = before.get(link.after, np.zeros_like(days)) | days
    chains: list[Chain] = []
    starts: list[tuple[int, Days]] = []
    for trip in sorted(linked, reverse=True):
        days = _runs(network, trip)
        starts.append((trip, _without(days, before[trip]) if trip in before else days))
    done: set[tuple[int, bytes]] = set()
    while starts:
        trip, days = starts.pop()
        if days.any() and (trip, days.tobytes()) not in done:
            done.add((trip, days.tobytes()))
            chains.extend(_paths(trip, days, links, starts))
    return chains, linked


def _runs(network: Network, trip: int) -> Days:
    runs: Days = network.services.runs[network.trips.service[trip]]
    return runs


def _without(days: Days, gone: Days) -> Days:
    left: Days = days & (1 - gone)
    return left


def _shifted(days: Days, shift: int) -> Days:
    """Return the days moved later by `shift`; days that fall off the calendar are dropped."""
    moved = np.zeros_like(days)
    if shift == 0:
        moved[:] = days
    elif shift > 0:
        moved[shift:] = days[:-shift]
    else:
        moved[:shift] = days[-shift:]
    return moved


def _paths(
    first: int, days: Days, links: dict[int, list[Link]], starts: list[tuple[int, Days]]
) -> Iterator[Chain]:
    """
    Yield the chains that begin with a trip on these days.

    A vehicle that goes round for ever (the night train that is tomorrow's day train) is cut after
    `LONGEST_CHAIN` trips; what it runs then is added to `starts`.
    """
    stack: list[tuple[tuple[tuple[int, int], ...], Days]] = [(((first, 0),), days)]
    emitted = 0
    while stack and emitted < MOST_PATHS:
        path, left = stack.pop()
        trip, shift = path[-1]
        ends = left
        for link in links.get(trip, ()):
            # The link's days are those of its own first trip, `shift` after the chain's.
            on = left & _shifted(link.days, -shift)
            step = (link.after, shift + link.shift)
            if not on.any() or step in path:
                continue
            if len(path) < LONGEST_CHAIN:
                stack.append(((*path, step), on))
                ends = _without(ends, on)
            else:
                starts.append((link.after, _shifted(on, step[1])))
        if ends.any():
            emitted += 1
            yield Chain(path, ends)


def _links(network: Network, *, join_elsewhere: bool) -> dict[int, list[Link]]:
    links, has_next, has_previous = _in_seat_links(network)
    broken = _broken_pairs(network)
    trips = network.trips
    blocks: dict[int, list[int]] = defaultdict(list)
    repeated = np.zeros(len(trips.id), bool)
    repeated[network.frequencies.trip] = True
    active = np.flatnonzero((trips.block >= 0) & (trips.duplicate_of < 0) & ~repeated)
    sizes = np.diff(trips.call_start)
    for trip in active.tolist():
        if sizes[trip] > 1:
            blocks[int(trips.block[trip])].append(trip)
    calls = network.calls
    for members in blocks.values():
        if len(members) < 2:
            continue
        members.sort(key=lambda t: (int(calls.departure_s[trips.call_start[t]]), t))
        for index, trip in enumerate(members):
            if trip in has_next:
                continue
            last = int(trips.call_start[trip + 1]) - 1
            left = _runs(network, trip).copy()
            for after in members[index + 1 :]:
                if not left.any():
                    break
                first = int(trips.call_start[after])
                if calls.departure_s[first] < calls.arrival_s[last]:
                    continue
                on = left & _runs(network, after)
                if not on.any():
                    continue
                left = _without(left, on)
                if (trip, after) in broken or after in has_previous:
                    continue
                if not join_elsewhere and calls.stop[first] != calls.stop[last]:
                    continue
                links.setdefault(trip, []).append(Link(after, 0, on))
    return links


def _in_seat_links(network: Network) -> tuple[dict[int, list[Link]], set[int], set[int]]:
    transfers = network.transfers
    trips, calls = network.trips, network.calls
    links: dict[int, list[Link]] = {}
    has_next: set[int] = set()
    has_previous: set[int] = set()
    rows = np.flatnonzero(
        (transfers.type == IN_SEAT) & (transfers.from_trip >= 0) & (transfers.to_trip >= 0)
    )
    seen: set[tuple[int, int]] = set()
    for row in rows.tolist():
        trip, after = int(transfers.from_trip[row]), int(transfers.to_trip[row])
        if trip == after or (trip, after) in seen:
            continue
        seen.add((trip, after))
        begin, end = int(trips.call_start[trip]), int(trips.call_start[trip + 1])
        first = int(trips.call_start[after])
        if end - begin < 2 or int(trips.call_start[after + 1]) - first < 2:
            continue
        # The next departure of the other trip after this one's arrival, however many service
        # days lie between (its published times may begin past 24:00).
        gap = int(calls.arrival_s[end - 1]) - int(calls.departure_s[first])
        shift = -((-gap) // DAY_S)
        if abs(shift) >= network.services.runs.shape[1]:
            continue
        on = _runs(network, trip) & _shifted(_runs(network, after), -shift)
        has_next.add(trip)
        has_previous.add(after)
        if on.any():
            links.setdefault(trip, []).append(Link(after, shift, on))
    return links, has_next, has_previous


def _broken_pairs(network: Network) -> set[tuple[int, int]]:
    transfers = network.transfers
    rows = np.flatnonzero(
        (transfers.type == RE_BOARD) & (transfers.from_trip >= 0) & (transfers.to_trip >= 0)
    )
    return {(int(transfers.from_trip[r]), int(transfers.to_trip[r])) for r in rows.tolist()}
