"""
Runs that two feeds publish, found so that each appears once.

Operators that run a line together both publish all its buses, and so do code-sharing airlines. Two
trips are one run only if everything a traveller could tell apart is equal: different feeds, the
same family of vehicle, the same places in the same order, every arrival and departure to the
second, the same boarding rules, no repetition by frequencies.txt, and the days of the one that is
left out are all among the days of the one that stays. A trip with two calls has few times to agree
on, so there the operator, the line or the number must bear the same name, too.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

import numpy as np
import numpy.typing as npt

from maas.core.columns import Int32s, Int64s, UInt8s
from maas.core.names import name_key
from maas.core.network import Agencies, Calls, Feeds, Frequencies, Routes, Stops, Trips

_SHORT: Final = 2
_MOST_COMPARED: Final = 50
"""Equal runs of other feeds that a run is compared with: a timetable has a handful."""
UInt64s = npt.NDArray[np.uint64]


def _mixed(values: npt.NDArray[np.int64], salt: int) -> UInt64s:
    """Return well-spread hashes (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        x = values.astype(np.uint64) + np.uint64(salt)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def _signatures(stops: Stops, trips: Trips, calls: Calls, family: Int32s) -> UInt64s:
    """Return a hash of each trip's family, places, times and boarding rules."""
    start = trips.call_start
    position = np.arange(len(calls.stop)) - np.repeat(start[:-1], np.diff(start))
    place = stops.place[calls.stop].astype(np.int64)
    rules = calls.pickup.astype(np.int64) * 4 + calls.drop_off
    with np.errstate(over="ignore"):
        one = _mixed(place * 1024 + position, 0x9E3779B97F4A7C15)
        one += _mixed(calls.arrival_s.astype(np.int64) * 1024 + position, 0x1234567)
        one += _mixed(calls.departure_s.astype(np.int64) * 1024 + position, 0x89ABCDEF)
        one += _mixed(rules * 1024 + position, 0x5555AAAA)
        whole: UInt64s = np.add.reduceat(one, start[:-1]) if len(one) else one
        whole += _mixed(family[trips.route].astype(np.int64) * 4096 + np.diff(start), 77)
    return whole


def _candidates(
    signature: UInt64s, feed: Int32s, usable: npt.NDArray[np.bool_]
) -> Iterator[Int64s]:
    """Yield the groups of trips of several feeds that have the same signature."""
    rows = np.flatnonzero(usable)
    rows = rows[np.argsort(signature[rows], kind="stable")]
    ordered = signature[rows]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(rows) else rows
    ends = np.append(begins[1:], len(rows))
    several = np.flatnonzero(ends - begins > 1)
    for at in several.tolist():
        group = rows[begins[at] : ends[at]]
        if (feed[group] != feed[group[0]]).any():
            yield group


def mark_duplicates(
    feeds: Feeds,
    agencies: Agencies,
    stops: Stops,
    routes: Routes,
    trips: Trips,
    calls: Calls,
    runs: UInt8s,
    frequencies: Frequencies,
    texts: list[str],
    family: Int32s,
) -> None:
    """
    Fill `trips.duplicate_of`, in place.

    Of two equal runs the one of the feed that was given first stays; a made-up timetable never
    stands for a real one. `family` is the family of vehicle of each route.
    """
    feed = agencies.feed[routes.agency[trips.route]]
    usable = np.ones(len(feed), np.bool_)
    usable[frequencies.trip] = False
    if len(np.unique(feed)) < _SHORT:
        return
    zone = agencies.zone.tolist()
    start = trips.call_start

    def same_calls(a: int, b: int) -> bool:
        x, y = slice(start[a], start[a + 1]), slice(start[b], start[b + 1])
        return (
            family[trips.route[a]] == family[trips.route[b]]
            and np.array_equal(stops.place[calls.stop[x]], stops.place[calls.stop[y]])
            and np.array_equal(calls.arrival_s[x], calls.arrival_s[y])
            and np.array_equal(calls.departure_s[x], calls.departure_s[y])
            and np.array_equal(calls.pickup[x], calls.pickup[y])
            and np.array_equal(calls.drop_off[x], calls.drop_off[y])
            and zone[routes.agency[trips.route[a]]] == zone[routes.agency[trips.route[b]]]
        )

    def named(trip: int) -> set[str]:
        route = int(trips.route[trip])
        names = {
            agencies.name[int(routes.agency[route])],
            routes.long_name[route],
            routes.short_name[route],
        }
        number = int(trips.short_name[trip])
        return {name_key(name) for name in names | {texts[number] if number >= 0 else ""} if name}

    for group in _candidates(_signatures(stops, trips, calls, family), feed, usable):
        stays: dict[int, list[int]] = {}
        for trip in sorted(group.tolist(), key=lambda t: (feeds.synthetic[feed[t]], feed[t], t)):
            days = runs[trips.service[trip]]
            few = start[trip + 1] - start[trip] <= _SHORT
            own = int(feed[trip])
            others = (other for tag, kept in stays.items() if tag != own for other in kept)
            for other in islice(others, _MOST_COMPARED):
                if (
                    not (days > runs[trips.service[other]]).any()
                    and same_calls(trip, other)
                    and (not few or named(trip) & named(other))
                ):
                    trips.duplicate_of[trip] = other
                    break
            else:
                stays.setdefault(own, []).append(trip)
