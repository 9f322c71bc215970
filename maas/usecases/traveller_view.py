"""A merged network as travellers will see one of its feeds: departures, journeys, connections."""

from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np

from maas.core.clock import JAPAN
from maas.core.columns import Int32s, Int64s
from maas.core.geo import distance_m
from maas.core.network import Network
from maas.core.servicetime import format_seconds
from routing.model import Itinerary, Leg, SearchRequest, StopRef
from routing.modes import mode_of
from routing.planner import JourneyPlanner
from routing.street.boarding import change_seconds
from routing.street.footpaths import WalkTable, footpaths
from routing.timetable.compile import Footpaths, compile_timetable

Json = dict[str, Any]
STOPS: Final = 3
ROWS: Final = 8
JOURNEYS: Final = 2
CONNECTIONS: Final = 20
BUSIEST: Final = 12
"""Places of other companies among which the example's other end is looked for."""


class TravellerView:
    """A merged network as seen by whoever brings one of its feeds."""

    def __init__(self, network: Network, tag: str, today: date) -> None:
        self.network = network
        self.feed = network.feeds.tag.tolist().index(tag)
        trips = network.trips
        own = network.agencies.feed[network.routes.agency[trips.route]] == self.feed
        runs = network.services.runs
        days = np.flatnonzero(runs[np.unique(trips.service[own])].any(axis=0))
        tomorrow = (today - network.first_day).days + 1
        later = days[days >= tomorrow]
        self.day_row = int(later[0] if len(later) else days[-1])
        self.day = network.first_day + timedelta(days=self.day_row)
        self.trips = np.flatnonzero(own & (runs[trips.service, self.day_row] == 1))
        self.walks = footpaths(network)

    def seen(self) -> Json:
        """Return what travellers will see, and what the feed connects to."""
        return {
            "day": self.day.isoformat(),
            "connects": self._connects(self.walks),
            "departures": self._departures(),
            "journeys": self._journeys(),
        }

    def _calls(self) -> tuple[Int64s, Int64s]:
        """Return the calls of the day's own trips, and the trip of each."""
        start = self.network.trips.call_start
        rows = [np.arange(start[trip], start[trip + 1]) for trip in self.trips.tolist()]
        counts = np.array([len(row) for row in rows], np.int64)
        calls = np.concatenate(rows) if rows else np.zeros(0, np.int64)
        return calls, np.repeat(self.trips, counts)

    def _connects(self, walks: WalkTable) -> list[Json]:
        """Return places of other feeds that are reached on foot, the nearest first."""
        stops = self.network.stops
        mine = (stops.feed[walks.from_stop] == self.feed) & (stops.feed[walks.to_stop] != self.feed)
        found: dict[tuple[int, int], float] = {}
        rows = zip(
            walks.from_stop[mine].tolist(),
            walks.to_stop[mine].tolist(),
            walks.metres[mine].tolist(),
            strict=True,
        )
        for origin, target, metres in rows:
            key = (int(stops.place[origin]), int(stops.place[target]))
            found[key] = min(metres, found.get(key, metres))
        by_place: dict[int, set[str]] = {}
        for stop in np.unique(walks.to_stop[mine]).tolist():
            names = by_place.setdefault(int(stops.place[stop]), set())
            names.update(self._companies(int(stops.feed[stop])))
        names_of = self.network.places.name
        nearest = sorted(found.items(), key=lambda row: (row[1], row[0]))[:CONNECTIONS]
        return [
            {
                "stop": names_of[origin],
                "place": names_of[target],
                "metres": round(metres),
                "samePlace": origin == target,
                "companies": sorted(by_place[target]),
            }
            for (origin, target), metres in nearest
        ]

    def _companies(self, feed: int) -> list[str]:
        """Return the companies of a feed, the first three where they are many."""
        agencies = self.network.agencies
        rows = np.flatnonzero(agencies.feed == feed)[:3]
        return [agencies.name[row] for row in rows]

    def _busiest(self) -> list[int]:
        """Return the own places by departures of the day."""
        calls, _ = self._calls()
        boarding = calls[self.network.calls.pickup[calls] != 1]
        places = self.network.stops.place[self.network.calls.stop[boarding]]
        counts = np.bincount(places, minlength=len(self.network.places.id))
        order = np.argsort(-counts, kind="stable")
        return [int(place) for place in order[:STOPS] if counts[place]]

    def _departures(self) -> list[Json]:
        network = self.network
        calls, trips = self._calls()
        last = network.trips.call_start[trips + 1] - 1
        leaves = (network.calls.pickup[calls] != 1) & (calls != last)
        calls, trips = calls[leaves], trips[leaves]
        places = network.stops.place[network.calls.stop[calls]]
        boards = []
        for place in self._busiest():
            here = np.flatnonzero(places == place)
            order = here[np.argsort(network.calls.departure_s[calls[here]], kind="stable")]
            rows = [self._departure(int(calls[at]), int(trips[at])) for at in order[:ROWS]]
            if rows:
                boards.append(
                    {"stop": network.places.name[place], "rows": rows, "count": len(here)}
                )
        return boards

    def _departure(self, call: int, trip: int) -> Json:
        network = self.network
        route = int(network.trips.route[trip])
        headsign = int(network.trips.headsign[trip])
        end = int(network.calls.stop[network.trips.call_start[trip + 1] - 1])
        return {
            "time": format_seconds(int(network.calls.departure_s[call]))[:5],
            "route": network.routes.short_name[route] or network.routes.long_name[route],
            "headsign": network.texts[headsign] if headsign >= 0 else network.stops.name[end],
            "mode": mode_of(int(network.routes.type[route])).value,
        }

    def _journeys(self) -> list[Json]:
        """Return example journeys: along the feed, and between it and the rest."""
        network = self.network
        if not len(self.trips):
            return []
        table = Footpaths(
            self.walks.from_stop, self.walks.to_stop, change_seconds(network, self.walks)
        )
        planner = JourneyPlanner(compile_timetable(network, table))
        start = network.trips.call_start
        lengths = start[self.trips + 1] - start[self.trips]
        trip = int(self.trips[int(np.argmax(lengths))])
        begin, end = int(start[trip]), int(start[trip + 1]) - 1
        place = network.stops.place[network.calls.stop]
        leaves_at = int(network.calls.departure_s[begin])
        pairs = [(int(place[begin]), int(place[end]), max(0, leaves_at - 900))]
        hub = self._hub(int(place[begin]))
        if hub is not None:
            pairs += [(hub, int(place[end]), 6 * 3600), (int(place[end]), hub, 6 * 3600)]
        examples = (self._example(planner, *pair) for pair in pairs)
        return [example for example in examples if example is not None]

    def _hub(self, near: int) -> int | None:
        """Return a busy place of other feeds: of the busiest, the one nearest to a place."""
        network = self.network
        foreign = network.stops.feed[network.calls.stop] != self.feed
        places = network.stops.place[network.calls.stop[foreign]]
        counts = np.bincount(places, minlength=len(network.places.id))
        own: Int32s = np.unique(network.stops.place[network.stops.feed == self.feed])
        counts[own] = 0
        busiest = np.argsort(-counts, kind="stable")[:BUSIEST]
        busiest = busiest[counts[busiest] > 0]
        if not len(busiest):
            return None
        where = network.places
        away = distance_m(where.lat[busiest], where.lon[busiest], where.lat[near], where.lon[near])
        return int(busiest[int(np.argmin(away))])

    def _example(
        self, planner: JourneyPlanner, origin: int, target: int, seconds: int
    ) -> Json | None:
        if origin == target:
            return None
        ids, names = self.network.places.id, self.network.places.name
        begin = datetime.combine(self.day, datetime.min.time(), JAPAN) + timedelta(seconds=seconds)
        request = SearchRequest(
            StopRef(ids[origin]),
            StopRef(ids[target]),
            begin,
            window_s=3 * 3600,
            min_itineraries=4,
            max_travel_s=36 * 3600,
        )
        found = planner.plan(request).itineraries
        mine = [one for one in found if any(self._is_own(leg) for leg in one.legs)]
        return {
            "from": names[origin],
            "to": names[target],
            "found": len(found),
            "journeys": [self._card(one) for one in mine[:JOURNEYS]],
        }

    def _is_own(self, leg: Leg) -> bool:
        return leg.trip is not None and leg.trip.trip_id.startswith(
            f"{self.network.feeds.tag[self.feed]}_"
        )

    def _card(self, journey: Itinerary) -> Json:
        return {
            "departure": clock_of(journey.departure),
            "arrival": clock_of(journey.arrival),
            "minutes": round((journey.arrival - journey.departure).total_seconds() / 60),
            "transfers": journey.transfers,
            "legs": [
                {
                    "mode": leg.mode.value,
                    "from": leg.calls[0].name,
                    "to": leg.calls[-1].name,
                    "departure": clock_of(leg.departure),
                    "arrival": clock_of(leg.arrival),
                    "route": self._route(leg.route_id),
                    "headsign": leg.headsign,
                    "own": self._is_own(leg),
                }
                for leg in journey.legs
            ],
        }

    def _route(self, route_id: str) -> str:
        if not route_id:
            return ""
        routes = self.network.routes
        row = routes.id.tolist().index(route_id)
        return str(routes.short_name[row] or routes.long_name[row])


def clock_of(instant: datetime) -> str:
    """Return an instant as `08:05` in Japan."""
    return instant.astimezone(JAPAN).strftime("%H:%M")
