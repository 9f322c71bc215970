"""What is written at stops and on vehicles, read from the network once."""

from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from maas.core.ids import split_feed_scoped
from maas.core.servicetime import service_day_start
from routing.model import Mode
from routing.modes import mode_of
from routing.timetable.model import Timetable

USUAL_ZONE: Final = "Asia/Tokyo"
"""For agencies of which the feed gives no zone."""


class StopLabel(NamedTuple):
    """A stop as travellers see it; the first six are those of `StopCall`."""

    stop_id: str
    place_id: str
    name: str
    lat: float
    lon: float
    zone: str
    platform: str
    clock: ZoneInfo


class RouteLabel(NamedTuple):
    """A route as travellers see it."""

    route_id: str
    agency_id: str
    mode: Mode
    zone: str
    clock: ZoneInfo


class FeedLabel(NamedTuple):
    """What a traveller should know of a feed; empty where there is nothing."""

    synthetic: str
    looped: str
    looped_since: str


class TripLabel(NamedTuple):
    """A trip as travellers see it."""

    trip_id: str
    headsign: str
    feed: FeedLabel | None


class Labels:
    """
    The labels of a timetable; each is made when it is first asked for.

    Safe to share between threads: who comes at the same time makes the same.
    """

    def __init__(self, timetable: Timetable) -> None:
        self._network = timetable.network
        self.zone: Final = timetable.zones[0]
        self.clocks: Final = tuple(map(zone_of, timetable.zones))
        """Of each of the timetable's zones."""
        self._stops: dict[tuple[int, str], StopLabel] = {}
        zones = timetable.network.stops.time_zone
        own = np.flatnonzero(np.diff(zones.start)).tolist()
        self._own_clocks = {row: zone_of(zones[row]) for row in own}
        self._routes: dict[int, RouteLabel] = {}
        self._trips: dict[int, TripLabel] = {}
        feeds = timetable.network.feeds
        self._feeds = {
            tag: FeedLabel(
                f"synthetic:{tag}" if feeds.synthetic[row] else "",
                f"looped:{tag}:{feeds.looped_since[row]}" if feeds.looped_since[row] else "",
                feeds.looped_since[row],
            )
            for row, tag in enumerate(feeds.tag)
        }

    def stop(self, row: int, zone: str) -> StopLabel:
        """Return a stop; times are shown in its own zone, else in the given one."""
        found = self._stops.get((row, zone))
        if found is None:
            stops, places = self._network.stops, self._network.places
            place = int(stops.place[row])
            clock = zone_of(stops.time_zone[row] or zone)
            found = self._stops[row, zone] = StopLabel(
                stops.id[row],
                places.id[place] if place >= 0 else "",
                stops.name[row],
                float(stops.lat[row]),
                float(stops.lon[row]),
                clock.key,
                stops.platform[row],
                clock,
            )
        return found

    def clock(self, row: int, usual: ZoneInfo) -> ZoneInfo:
        """Return the zone in which times at a stop are shown: its own, else the given one."""
        return self._own_clocks.get(row, usual)

    def route(self, row: int) -> RouteLabel:
        """Return a route; row -1 is that of a vehicle of which no route is known."""
        found = self._routes.get(row)
        if found is None:
            network = self._network
            agency = int(network.routes.agency[row]) if row >= 0 else -1
            zone = self.zone
            if row >= 0:
                zone = (network.agencies.zone[agency] if agency >= 0 else "") or USUAL_ZONE
            found = self._routes[row] = RouteLabel(
                network.routes.id[row] if row >= 0 else "",
                network.agencies.id[agency] if agency >= 0 else "",
                mode_of(int(network.routes.type[row])) if row >= 0 else Mode.OTHER,
                zone,
                zone_of(zone),
            )
        return found

    def trip(self, row: int) -> TripLabel:
        """Return a trip of the timetable."""
        found = self._trips.get(row)
        if found is None:
            network = self._network
            trip_id, sign = network.trips.id[row], int(network.trips.headsign[row])
            found = self._trips[row] = TripLabel(
                trip_id, network.texts[sign] if sign >= 0 else "", self.feed_of(trip_id)
            )
        return found

    def route_of_trip(self, trip: int) -> RouteLabel:
        """Return the route of a trip; -1 is a trip that is not in the timetable."""
        return self.route(int(self._network.trips.route[trip]) if trip >= 0 else -1)

    def feed_of(self, trip_id: str) -> FeedLabel | None:
        """Return what to know of the feed of a trip, None for no such feed."""
        return self._feeds.get(split_feed_scoped(trip_id)[0])


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name."""
    return ZoneInfo(name)


@lru_cache(maxsize=4096)
def iso_day(ordinal: int) -> str:
    """Return the ISO date of `date.toordinal()`."""
    return date.fromordinal(ordinal).isoformat()


@lru_cache(maxsize=4096)
def day_start_s(ordinal: int, zone: ZoneInfo) -> int:
    """Return the unix second from which a service day (`date.toordinal()`) counts its times."""
    return int(service_day_start(date.fromordinal(ordinal), zone).timestamp())
