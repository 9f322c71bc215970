"""
How important a place is: departures a day, each weighed by its vehicle and by how far it goes.

A limited express that comes once an hour brings people from two hundred kilometres; the subway of
another town that comes every four minutes goes no farther than that town.
"""

from typing import Final

import numpy as np

from maas.core.columns import Float64s, Int32s
from maas.core.geo import distance_m
from maas.core.network import Network
from routing.model import Mode
from routing.modes import mode_of

MODES: Final = tuple(Mode)
"""Bit i of a mask of modes is `MODES[i]`."""
_WEIGHT: Final = {
    Mode.AIRPLANE: 300.0,
    Mode.HIGHSPEED_RAIL: 60.0,
    Mode.LONG_DISTANCE: 20.0,
    Mode.NIGHT_RAIL: 20.0,
    Mode.REGIONAL_FAST_RAIL: 10.0,
    Mode.REGIONAL_RAIL: 10.0,
    Mode.SUBURBAN: 10.0,
    Mode.SUBWAY: 10.0,
    Mode.FERRY: 40.0,
    Mode.COACH: 6.0,
    Mode.TRAM: 3.0,
}
"""A flight matters more than a bus because there are so few; all others weigh 2."""


_USUAL_KM: Final = 10.0
"""How far the trip of a town goes: farther ones weigh more, in proportion …"""
_FARTHEST_KM: Final = 300.0
"""… up to this: how far most people would come."""


def trip_scale(network: Network) -> Float64s:
    """Return for each trip how much it counts because of the land that it crosses; at least 1."""
    calls, start = network.calls, network.trips.call_start
    full = np.flatnonzero(start[:-1] < start[1:])
    scale = np.ones(len(start) - 1)
    if len(full):
        begin = start[:-1][full]
        lat = network.stops.lat[calls.stop]
        lon = network.stops.lon[calls.stop]
        # Corners of the box around its stops; a line that comes back to its start goes far, too.
        corners = [
            extreme.reduceat(column, begin)
            for column in (lat, lon)
            for extreme in (np.fmin, np.fmax)
        ]
        km = distance_m(corners[0], corners[2], corners[1], corners[3]) / 1000
        scale[full] = np.clip(np.nan_to_num(km), _USUAL_KM, _FARTHEST_KM) / _USUAL_KM
    return scale


def departures_a_day(network: Network) -> Float64s:
    """Return for each trip on what share of its feed's days of service it runs."""
    trips, runs = network.trips, network.services.runs
    feed = network.agencies.feed[network.routes.agency[trips.route]]
    share = np.zeros(len(trips.id))
    of_trip = runs.sum(axis=1, dtype=np.int64)[trips.service] if len(trips.id) else share
    for row in range(len(network.feeds.tag)):
        own = feed == row
        days = int(runs[np.unique(trips.service[own])].any(axis=0).sum())
        share[own] = of_trip[own] / max(days, 1)
    # a trip that frequencies.txt repeats counts as often as it runs
    times = np.ones(len(share))
    often = network.frequencies
    if len(often.trip):
        times[often.trip] = 0
        np.add.at(times, often.trip, np.ceil((often.end_s - often.start_s) / often.headway_s))
    return share * times


def weigh_places(network: Network) -> tuple[Float64s, Int32s]:
    """
    Return the importance (0 to 1) and the mask of modes of each place.

    Importance is the logarithm of the weighed departures a day, as a share of the greatest.
    """
    count = len(network.places.id)
    trips, calls, stops = network.trips, network.calls, network.stops
    modes = [mode_of(kind) for kind in network.routes.type.tolist()]
    bit = np.array([1 << MODES.index(mode) for mode in modes], np.int32)
    weight = np.array([_WEIGHT.get(mode, 2.0) for mode in modes])
    length = np.diff(trips.call_start)
    place = stops.place[calls.stop]
    per_trip = departures_a_day(network) * (weight[trips.route] if len(weight) else 0.0)
    per_trip *= trip_scale(network)
    # the same run published twice counts once
    per_trip[trips.duplicate_of >= 0] = 0
    total = np.bincount(place, np.repeat(per_trip, length), count)
    per_call = np.repeat(bit[trips.route] if len(bit) else bit, length)
    mask = np.zeros(count, np.int32)
    for one in np.unique(bit).tolist():
        mask[place[per_call == one]] |= one
    groups = network.groups
    if len(groups.group):
        named, member = stops.place[groups.group], stops.place[groups.stop]
        different = named != member
        np.add.at(total, named[different], total[member[different]])
        np.bitwise_or.at(mask, named[different], mask[member[different]])
    logs = np.log1p(total)
    greatest = float(logs.max(initial=0.0))
    return logs / greatest if greatest else logs, mask
