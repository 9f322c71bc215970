"""From a request to itineraries: the face of the search."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np

from maas.core.columns import Int64s
from maas.core.geo import distance_m
from routing.config import SearchConfig
from routing.errors import SearchLimit
from routing.filters import FilterColumns
from routing.itineraries.build import ItineraryBuilder, walk_all_the_way
from routing.locate import Located, Locator
from routing.model import Itinerary, Location, Point, SearchRequest, SearchResult, StopRef
from routing.pieces import Found, Piece
from routing.raptor.direct import direct_rides
from routing.raptor.everywhere import everywhere
from routing.raptor.journeys import Polisher, pareto
from routing.raptor.matrix import travel_times
from routing.raptor.preceding import Preceding
from routing.raptor.search import Journey, Query, find_journeys, rides_of, tight_journeys
from routing.raptor.successive import Successive
from routing.raptor.vias import ViaNodes
from routing.reach import Reach
from routing.realtime.closures import Closure, closures_of
from routing.realtime.runs import Overlay
from routing.street.access import DETOUR, walk_seconds
from routing.timetable.model import Timetable
from routing.timetable.view import View
from routing.views import Views

MOST_TRANSFERS = 31
MOST_TRAVEL_S = 40 * 86_400
MOST_WINDOW_S = 40 * 86_400
FIRST_WINDOW_S = 3_600
MOST_VIAS = 7
LONGEST_IN_TURN_S = 1800
"""Of a longer window all is searched at once, before more is looked for one by one."""
DAY_S = 86_400
_FAR = np.iinfo(np.int64).max


class JourneyPlanner:
    """
    Answers search requests on one timetable.

    Safe to share between threads: the timetable and its views are never written after they are
    built, and working arrays belong to a thread.
    """

    def __init__(
        self,
        timetable: Timetable,
        config: SearchConfig | None = None,
        *,
        overlay: Overlay | None = None,
        plain: "JourneyPlanner | None" = None,
    ) -> None:
        self.timetable = timetable
        self.config = config or SearchConfig()
        self.locator: Locator = plain.locator if plain else Locator(timetable)
        self.builder: ItineraryBuilder = (
            plain.builder
            if plain
            else ItineraryBuilder(
                timetable,
                board_slack_s=self.config.board_slack_s,
                alight_slack_s=self.config.alight_slack_s,
            )
        )
        self.filters: FilterColumns = plain.filters if plain else FilterColumns(timetable)
        self._plain = plain
        self.views: Views
        closures: tuple[Closure, ...] = ()
        if plain is not None and overlay is not None:
            self.views = plain.views if overlay.empty else plain.views.live(overlay)
            closures = closures_of(timetable.network, overlay.alerts)
        else:
            self.views = Views(
                timetable,
                self.config.views,
                short_times=self.config.switches.short_times,
                shelf=self.config.shelf,
            )
        # For wheelchairs: without the stops whose lifts are out of order.
        self._step_free: Views = self.views.without(closures) if closures else self.views

    def with_overlay(self, overlay: Overlay) -> "JourneyPlanner":
        """Return a planner that also knows what messages say; this one stays as it is."""
        plain = self._plain or self
        if overlay.empty and not closures_of(self.timetable.network, overlay.alerts):
            return plain
        return JourneyPlanner(self.timetable, self.config, overlay=overlay, plain=plain)

    def plan(self, request: SearchRequest) -> SearchResult:
        """
        Return the itineraries for a request; none is an empty result, not an error.

        Raises:
            StopUnknown: Origin, destination or a via is not in the network.
            SearchLimit: A limit of the request is out of range.
        """
        if self._plain is not None and not request.realtime:
            return self._plain.plan(request)
        _check(request)
        found = Found(request, self._direct(request), self.config.fold)
        if request.min_itineraries == 0:
            found.add(self._window_searched(request, 0, request.window_s))
        elif request.vias or request.fair_groups:
            self._widen(found)
        else:
            self._in_turn(found)
        return self._result(found)

    def _widen(self, found: Found) -> None:
        """Search a window, and twice as much until there is enough."""
        request = found.request
        window = min(request.window_s or FIRST_WINDOW_S, request.max_window_s)
        found.add(self._window_searched(request, 0, window))
        while not found.enough and window < request.max_window_s:
            window = min(2 * window, request.max_window_s)
            before, wide = found.pieces.pop(), self._piece(request, 0, window)
            if wide.view is before.view and not request.fair_groups:
                # What was searched is not searched again: only what lies beyond it.
                beyond = _beyond(before.query, window, against=request.against)
                more = self._journeys(request, wide.view, beyond)
                self._fill(wide, pareto(before.journeys + more))
            else:
                self._fill(wide, self._journeys(request, wide.view, wide.query))
            found.covered_s = 0
            found.add(wide)

    def _in_turn(self, found: Found) -> None:
        """Take the journeys as they come until there are enough; then fill the window."""
        request = found.request
        if request.window_s > LONGEST_IN_TURN_S:
            found.add(self._window_searched(request, 0, request.window_s))
        while found.covered_s < request.max_window_s and not found.enough:
            if not self._take_in_turn(found):
                found.covered_s = request.max_window_s
        left = request.window_s - found.covered_s
        if left > 0:
            # Where journeys are so frequent, one search for all of them is faster.
            found.add(self._window_searched(request, found.covered_s, left))

    def _take_in_turn(self, found: Found) -> bool:
        """Take journeys until there are enough, at most of a day; say whether any is possible."""
        request, begin = found.request, found.covered_s
        length = min(DAY_S, request.max_window_s - begin)
        against = request.against
        piece = self._piece(request, begin, length if against else 0, room_s=DAY_S)
        if not piece.query.origins or not piece.query.targets:
            return False
        if against:
            back = Preceding(piece.view, piece.query, self.config.switches)
            possible, in_turn = back.possible, back.journeys()
        else:
            on = Successive(piece.view, piece.query, self.config.switches)
            possible, in_turn = on.possible, on.journeys(DAY_S + request.max_travel_s)
        if not possible:
            return False
        found.add(piece)
        for journeys, after_s in in_turn:
            if after_s >= length:
                break
            before = len(piece.itineraries)
            self._fill(piece, journeys)
            if begin and not against:
                found.drop_beaten(piece.itineraries[before:])
            if found.enough:
                length = after_s + 1
                break
        piece.query = _of_length(piece.query, length, against=against)
        found.covered_s = begin + length
        return True

    def reach(self, request: SearchRequest) -> Reach:
        """
        Return every stop that can be reached from the origin, in the order of the network.

        With `arrive_by` those from which the destination can be reached in time. Windows and
        vias do not count; `max_travel_s` and `max_transfers` bound it.

        Raises:
            StopUnknown: The place is not in the network.
            SearchLimit: A limit of the request is out of range.
        """
        if self._plain is not None and not request.realtime:
            return self._plain.reach(request)
        _check(request)
        view = self._view(request, 0)
        query, _ = self._query(request, view, 0)
        seconds, rides = everywhere(view, query)
        ids = self.timetable.network.stops.id
        return Reach.of_nodes(ids, self.timetable.nodes.stop, seconds, rides)

    def travel_times(
        self,
        request: SearchRequest,
        origins: Sequence[Location],
        destinations: Sequence[Location],
        *,
        threads: int = 1,
    ) -> Int64s:
        """
        Return the seconds from every origin to every destination, -1 where there is no way.

        All leave at the time of the request, whose limits, changes and filters hold; its own two
        places do not count, nor do windows and vias. The shape is (origins, destinations); any
        slice of the origins may be asked for elsewhere (`routing.raptor.matrix`). Walking all the
        way counts where `max_direct_s` allows it.

        Raises:
            StopUnknown: A place is not in the network.
            SearchLimit: A limit of the request is out of range.
        """
        if self._plain is not None and not request.realtime:
            return self._plain.travel_times(request, origins, destinations, threads=threads)
        request = replace(request, origin=(), destination=(), vias=(), arrive_by=False)
        _check(request)
        view = self._view(request, 0)
        query, _ = self._query(request, view, 0)
        table = travel_times(
            view,
            query,
            [self._located(place, request, view, outward=True).ends for place in origins],
            [self._located(place, request, view, outward=False).ends for place in destinations],
            threads=threads,
        )
        on_foot = self._all_on_foot(request, origins, destinations)
        walks = (on_foot <= request.max_direct_s) & ((table < 0) | (on_foot < table))
        table[walks] = on_foot[walks]
        return table

    def _all_on_foot(
        self, request: SearchRequest, origins: Sequence[Location], destinations: Sequence[Location]
    ) -> Int64s:
        """Return the seconds of walking all the way; what nobody can know is never."""
        points = [
            np.array(
                [
                    (point.lat, point.lon) if point else (np.nan, np.nan)
                    for point in map(self.locator.point_of, places)
                ],
                np.float64,
            ).reshape(-1, 2)
            for places in (origins, destinations)
        ]
        lat, lon = (
            np.meshgrid(points[1][:, axis], points[0][:, axis], indexing="xy") for axis in (0, 1)
        )
        metres = distance_m(lat[1], lon[1], lat[0], lon[0])
        seconds = np.ceil(metres * DETOUR / request.walk_speed_mps)
        never = request.max_direct_s + 1
        return np.where(np.isfinite(seconds), seconds, never).astype(np.int64)

    def spread(self, request: SearchRequest, origins: Sequence[str], *, threads: int = 1) -> Int64s:
        """
        Return the least seconds from places to every stop, shape (origins, stops of the network).

        -1 where a stop is out of reach within `max_travel_s`. The time, the limits and the filters
        are the request's; its own origin and destination do not count.

        Raises:
            StopUnknown: An origin is not in the network.
            SearchLimit: A limit of the request is out of range.
        """
        _check(request)
        stops = self.timetable.nodes.stop
        table = np.full((len(origins), len(self.timetable.network.stops.id)), _FAR, np.int64)
        # The filter is the same for all, so the vehicles that it leaves are indexed once.
        places = [
            replace(request, origin=StopRef(name), destination=StopRef(name)) for name in origins
        ]
        if not places:
            return table
        view = self._view(places[0], 0)
        first, _ = self._query(places[0], view, 0)

        def one(row: int) -> None:
            located = self._located(places[row].origin, places[row], view, outward=True)
            seconds, _ = everywhere(view, replace(first, origins=located.ends, targets=()))
            np.minimum.at(table[row], stops, np.where(seconds < 0, _FAR, seconds))

        if threads <= 1:
            for row in range(len(places)):
                one(row)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(one, range(len(places))))
        return np.where(table == _FAR, -1, table)

    def journeys(self, view: View, query: Query, *, tight: bool = False) -> list[Journey]:
        """Return the complete Pareto set of a query, each with its best changes, by departure."""
        polisher = Polisher(view, rides_of(view, query, backward=False), query)
        if tight:
            found = tight_journeys(view, query, self.config.switches)
            return pareto([polisher.from_end(journey) for journey in found])
        return pareto(polisher.whole(find_journeys(view, query, self.config.switches)))

    def _journeys(self, request: SearchRequest, view: View, query: Query) -> list[Journey]:
        tight = request.tight and query.window_s == 0 and not query.vias
        journeys = self.journeys(view, query, tight=tight)
        return self._with_fair(request, view, query, journeys) if request.fair_groups else journeys

    def _with_fair(
        self, request: SearchRequest, view: View, query: Query, journeys: list[Journey]
    ) -> list[Journey]:
        """Return the journeys, and those of each group that are nearly as good."""
        found = list(journeys)
        for group in request.fair_groups:
            rivals = frozenset[str]().union(*(g for g in request.fair_groups if g != group))
            filters = replace(
                request.filters,
                without_agencies=request.filters.without_agencies | rivals,
                without_routes=request.filters.without_routes | rivals,
            )
            own = replace(
                query,
                filter_key=self.filters.key(filters),
                filter_columns=partial(self.filters.columns, filters, view.sections),
            )
            found += [
                journey
                for journey in self.journeys(view, own)
                if any(
                    best.departure_s <= journey.departure_s
                    and journey.arrival_s <= best.arrival_s + request.fair_relax_s
                    and len(journey.rides) <= len(best.rides)
                    and journey.rides != best.rides
                    for best in journeys
                )
            ]
        kept = {
            (journey.departure_s, journey.arrival_s, journey.rides): journey for journey in found
        }
        return sorted(kept.values(), key=lambda j: (j.departure_s, j.arrival_s, len(j.rides)))

    def _with_slow(
        self, request: SearchRequest, view: View, query: Query, journeys: list[Journey]
    ) -> list[Journey]:
        """Return the journeys, and the rides without a change that others overtake."""
        polisher = Polisher(view, rides_of(view, query, backward=False), query)
        direct = polisher.of_these(direct_rides(view, query))
        lengths = [j.arrival_s - j.departure_s for j in (*journeys, *direct) if len(j.rides) == 1]
        longest = request.slow_direct_factor * min(lengths, default=0)
        shown = {journey.rides for journey in journeys}
        slow = [
            journey
            for journey in direct
            if journey.rides not in shown
            and (
                request.slow_direct_factor < 1 or journey.arrival_s - journey.departure_s <= longest
            )
        ]
        return sorted(journeys + slow, key=lambda j: (j.departure_s, j.arrival_s, len(j.rides)))

    def _view(self, request: SearchRequest, window_s: int) -> View:
        """Return the view of all days that a search may touch."""
        length = timedelta(seconds=window_s + request.max_travel_s)
        views = self._step_free if request.filters.wheelchair else self.views
        if request.arrive_by:
            return views.covering(request.time - length, request.time)
        return views.covering(request.time, request.time + length)

    def _query(
        self, request: SearchRequest, view: View, window_s: int
    ) -> tuple[Query, tuple[Located, Located]]:
        origin = self._located(request.origin, request, view, outward=True)
        target = self._located(request.destination, request, view, outward=False)
        key = self.filters.key(request.filters)
        query = Query(
            origin.ends,
            target.ends,
            view.axis_s(request.time),
            window_s,
            request.arrive_by,
            request.max_transfers + 1,
            request.max_travel_s,
            request.transfer,
            key,
            partial(self.filters.columns, request.filters, view.sections),
            tuple(
                ViaNodes(self.locator.nodes_of(via), via.stay_s, via.ride_through)
                for via in request.vias
            ),
        )
        return query, (origin, target)

    def _located(
        self, place: Location, request: SearchRequest, view: View, *, outward: bool
    ) -> Located:
        config = self.config
        return self.locator.locate(
            place,
            request,
            view.axis_s,
            outward=outward,
            slack_s=config.board_slack_s if outward else config.alight_slack_s,
            walk_from_stops=config.walk_from_stops,
        )

    def _piece(
        self, request: SearchRequest, begin_s: int, length_s: int, *, room_s: int = 0
    ) -> Piece:
        """Return the part of a search that begins some seconds away, still without journeys."""
        away_s = -begin_s - length_s if request.against else begin_s
        if away_s:
            away = timedelta(seconds=away_s)
            request = replace(
                request, time=request.time - away if request.arrive_by else request.time + away
            )
        view = self._view(request, max(length_s, room_s))
        query, ends = self._query(request, view, length_s)
        return Piece(view, query, ends)

    def _window_searched(self, request: SearchRequest, begin_s: int, length_s: int) -> Piece:
        piece = self._piece(request, begin_s, length_s)
        self._fill(piece, self._journeys(request, piece.view, piece.query))
        return piece

    def _fill(self, piece: Piece, journeys: Sequence[Journey]) -> None:
        """Add journeys and their itineraries to a part of a search."""
        origin, target = piece.ends
        piece.journeys += journeys
        piece.itineraries += self.builder.build(
            piece.view, journeys, (origin.spots, origin.ends), (target.spots, target.ends)
        )

    def _result(self, found: Found) -> SearchResult:
        request = found.request
        if request.slow_direct and not request.vias:
            for piece in found.pieces:
                journeys = self._with_slow(request, piece.view, piece.query, piece.journeys)
                piece.journeys, piece.itineraries = [], []
                self._fill(piece, journeys)
        shown, folded = found.shown()
        length = timedelta(seconds=found.covered_s)
        begin, end = (
            (request.time - length, request.time)
            if request.arrive_by != request.against
            else (request.time, request.time + length)
        )
        return SearchResult(shown, found.direct, begin, end, folded)

    def _direct(self, request: SearchRequest) -> tuple[Itinerary, ...]:
        """Return the walk all the way, if it is short enough."""
        origin = self.locator.point_of(request.origin)
        target = self.locator.point_of(request.destination)
        if origin is None or target is None or request.vias:
            return ()
        seconds = self._walk_s(origin, target, request.walk_speed_mps)
        if seconds > request.max_direct_s:
            return ()
        start = request.time - timedelta(seconds=seconds) if request.arrive_by else request.time
        return (walk_all_the_way(self.timetable.zones[0], origin, target, start, seconds),)

    def _walk_s(self, origin: Point, target: Point, speed_mps: float) -> int:
        metres = float(distance_m(origin.lat, origin.lon, target.lat, target.lon))
        return walk_seconds(metres, speed_mps)


def _beyond(query: Query, window_s: int, *, against: bool) -> Query:
    """Return the query for the part of a wider window that it has not searched yet."""
    more_s = window_s - query.window_s
    away_s = -more_s if against else query.window_s
    shift_s = -away_s if query.backward else away_s
    return replace(query, time_s=query.time_s + shift_s, window_s=more_s)


def _of_length(query: Query, window_s: int, *, against: bool) -> Query:
    """Return the query for the part of its window that is searched first."""
    away_s = query.window_s - window_s if against else 0
    shift_s = -away_s if query.backward else away_s
    return replace(query, time_s=query.time_s + shift_s, window_s=window_s)


def _check(request: SearchRequest) -> None:
    """Refuse what no search may cost."""
    limits = (
        ("max_transfers", request.max_transfers, 0, MOST_TRANSFERS),
        ("max_travel_s", request.max_travel_s, 0, MOST_TRAVEL_S),
        ("window_s", request.window_s, 0, MOST_WINDOW_S),
        ("max_window_s", request.max_window_s, 0, MOST_WINDOW_S),
    )
    if len(request.vias) > MOST_VIAS:
        raise SearchLimit(f"At most {MOST_VIAS} stops on the way.", vias=len(request.vias))
    for name, value, low, high in limits:
        if not low <= value <= high:
            raise SearchLimit(
                f"{name} must be from {low} to {high}, not {value}.", field=name, value=value
            )
    for name, factor in (
        ("direct_factor", request.direct_factor),
        ("slow_direct_factor", request.slow_direct_factor),
    ):
        if not factor >= 0:
            raise SearchLimit(f"{name} must be at least 0.", field=name)
    if request.against and not request.window_s and not request.min_itineraries:
        raise SearchLimit("Before an instant lies no window.", field="against")
    if request.walk_speed_mps <= 0:
        raise SearchLimit("walk_speed_mps must be more than 0.", field="walk_speed_mps")
    if request.time.tzinfo is None:
        raise SearchLimit("The time needs a time zone.", field="time")
