"""Where a request starts and ends, as nodes of the timetable with offsets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from maas.core.columns import Int32s, Int64s
from maas.core.geo import distance_m
from routing.errors import StopUnknown
from routing.itineraries.build import Spot
from routing.kernel.arrays import ALWAYS
from routing.model import Location, Point, SearchRequest, StopOffset, StopRef, Via
from routing.raptor.search import End
from routing.street.access import AccessGrid, walk_seconds
from routing.timetable.model import Timetable
from routing.timetable.rows import group_rows

_NOWHERE = Spot()
MOST_LOCATED: Final = 1024
SAME_PLACE_S = 600
"""Members of a place that are farther apart on foot are left to the walking reach."""


@dataclass(frozen=True, slots=True)
class Located:
    """Ends of a search, and what the traveller's own end is for each."""

    ends: tuple[End, ...]
    spots: tuple[Spot, ...]


class Locator:
    """Finds stops by id and nodes by place; one a timetable."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        network = timetable.network
        self._stop_rows: dict[str, int] | None = None
        self._place_rows: dict[str, int] | None = None
        self._grid: AccessGrid | None = None
        self._located: dict[tuple[str, float, int, bool, int], Located] = {}
        """Of names that were searched from or to; many are, again and again."""
        self._walks_to: tuple[Int64s, Int32s] | None = None
        """Rows of `Nodes.walk_to` by the node they lead to."""
        self._inside: dict[str, tuple[int, ...]] = {}
        stops, places = network.stops, len(network.places.id)
        self._place_start, self._place_stops = group_rows(
            np.maximum(stops.place, 0), max(places, 1)
        )
        self._child_start, self._child_stops = group_rows(
            np.where(stops.parent >= 0, stops.parent, len(stops.id)), len(stops.id) + 1
        )

    def locate(
        self,
        location: Location,
        request: SearchRequest,
        axis_s: Callable[[datetime], int],
        *,
        outward: bool,
        slack_s: int,
        walk_from_stops: bool,
    ) -> Located:
        """
        Return the nodes where the search may start (`outward`) or end.

        Raises:
            StopUnknown: The location names a stop, station or place that is not there.
        """
        reach_s = request.max_access_s if outward else request.max_egress_s
        if isinstance(location, Point):
            if self._grid is None:
                self._grid = AccessGrid(self._timetable)
            nodes, seconds = self._grid.near(location, reach_s, request.walk_speed_mps)
            spot = Spot(point=location)
            ends = tuple(
                End(node, takes + slack_s)
                for node, takes in zip(nodes.tolist(), seconds.tolist(), strict=True)
            )
            return Located(ends, (spot,) * len(ends))
        if isinstance(location, StopRef):
            key = (
                location.id, request.walk_speed_mps, reach_s if walk_from_stops else -1, outward,
                slack_s,
            )  # fmt: skip
            found = self._located.get(key)
            if found is None:
                found = self._from_stops(*key)
                if len(self._located) >= MOST_LOCATED:
                    self._located.clear()
                self._located[key] = found
            return found
        return self._from_offsets(location, axis_s, slack_s)

    def stops(self, name: str) -> tuple[int, ...]:
        """
        Return the stops that an id means: the stop itself first, then others of its place.

        Raises:
            StopUnknown: No stop, station, group or place has this id.
        """
        row = self._stop_row(name)
        if row is None:
            place = self._place_row(name)
            if place is None:
                raise StopUnknown(f"The network has no stop, station or place {name}.", stop=name)
            return self._members(place)
        found = dict.fromkeys([row])
        found.update(dict.fromkeys(self._children(row)))
        groups = self._timetable.network.groups
        found.update(dict.fromkeys(groups.stop[groups.group == row].tolist()))
        place = int(self._timetable.network.stops.place[row])
        if place >= 0:
            found.update(dict.fromkeys(self._members(place)))
        return tuple(found)

    def nodes_of(self, via: Via) -> frozenset[int]:
        """
        Return the nodes where a via is met: those of its stops and of the stops inside them.

        A platform stands for its station, since who wants to pass a place cares for no platform.
        """
        places = map(self._nodes_of_place, (via.stop_id, *via.or_stops))
        return frozenset[int]().union(*places)

    def _nodes_of_place(self, name: str) -> tuple[int, ...]:
        row = self._stop_row(name)
        stops = self._timetable.network.stops
        while row is not None and int(stops.parent[row]) >= 0:
            row = int(stops.parent[row])
        return self._nodes_inside(name if row is None else stops.id[row])

    def _nodes_inside(self, name: str) -> tuple[int, ...]:
        """Return the nodes of a stop and of the stops inside it; the same are asked for often."""
        found = self._inside.get(name)
        if found is None:
            row = self._stop_row(name)
            stops = self.stops(name) if row is None else (row, *self._children(row))
            found = self._inside[name] = tuple(node for stop in stops for node in self._nodes(stop))
        return found

    def point_of(self, location: Location) -> Point | None:
        """Return where a location is on the ground, or None where that is not known."""
        if isinstance(location, Point):
            return location
        if not isinstance(location, StopRef):
            return None
        stops = self._timetable.network.stops
        row = self._stop_row(location.id)
        if row is None:
            row = self.stops(location.id)[0]
        lat, lon = float(stops.lat[row]), float(stops.lon[row])
        return Point(lat, lon) if np.isfinite(lat) and np.isfinite(lon) else None

    def _stop_row(self, name: str) -> int | None:
        if self._stop_rows is None:
            ids = self._timetable.network.stops.id
            self._stop_rows = {stop: row for row, stop in enumerate(ids)}
        return self._stop_rows.get(name)

    def _place_row(self, name: str) -> int | None:
        if self._place_rows is None:
            ids = self._timetable.network.places.id
            self._place_rows = {place: row for row, place in enumerate(ids)}
        return self._place_rows.get(name)

    def _members(self, place: int) -> tuple[int, ...]:
        rows = self._place_stops[self._place_start[place] : self._place_start[place + 1]]
        mine = rows[self._timetable.network.stops.place[rows] == place]
        return tuple(mine.tolist())

    def _children(self, stop: int) -> tuple[int, ...]:
        rows: Int64s = self._child_stops[self._child_start[stop] : self._child_start[stop + 1]]
        return tuple(rows.tolist())

    def _nodes(self, stop: int) -> list[int]:
        nodes = self._timetable.nodes
        found: list[int] = nodes.of_stop[
            nodes.of_stop_start[stop] : nodes.of_stop_start[stop + 1]
        ].tolist()
        return found

    def _from_stops(
        self, name: str, walk_speed_mps: float, reach_s: int, outward: bool, slack_s: int
    ) -> Located:
        """Return the ends at the stops of a name, and at those within walking reach of them."""
        stops = self.stops(name)
        table = self._timetable.network.stops
        inside = {stops[0], *self._children(stops[0])}
        takes: dict[int, int] = {}
        for stop in stops:
            seconds = 0
            if stop not in inside:
                metres = float(
                    distance_m(
                        float(table.lat[stops[0]]),
                        float(table.lon[stops[0]]),
                        float(table.lat[stop]),
                        float(table.lon[stop]),
                    )
                )
                seconds = walk_seconds(metres, walk_speed_mps) if np.isfinite(metres) else 0
            if seconds <= SAME_PLACE_S:
                for node in self._nodes(stop):
                    takes[node] = min(seconds, takes.get(node, seconds))
        if reach_s >= 0:
            walks = self._walks(list(takes), outward=outward)
            for node, to, seconds in walks:
                total = takes[node] + seconds
                if total <= reach_s and total < takes.get(to, total + 1):
                    takes[to] = total
        ends = tuple(End(node, seconds + slack_s) for node, seconds in takes.items())
        return Located(ends, (Spot(stop=stops[0]),) * len(ends))

    def _walks(self, nodes: list[int], *, outward: bool) -> list[tuple[int, int, int]]:
        """Return (node, other, seconds) of the walks from (or to) these nodes."""
        table = self._timetable.nodes
        found: list[tuple[int, int, int]] = []
        if outward:
            for node in nodes:
                rows = slice(int(table.walk_start[node]), int(table.walk_start[node + 1]))
                found += [
                    (node, to, seconds)
                    for to, seconds in zip(
                        table.walk_to[rows].tolist(), table.walk_s[rows].tolist(), strict=True
                    )
                ]
            return found
        if self._walks_to is None:
            begins, order = group_rows(table.walk_to, self._timetable.node_count)
            self._walks_to = begins, order.astype(np.int32)
        begins, rows_to = self._walks_to
        incoming = np.array(
            sorted(
                row for node in nodes for row in rows_to[begins[node] : begins[node + 1]].tolist()
            ),
            np.int64,
        )
        origin = np.searchsorted(table.walk_start, incoming, side="right") - 1
        return list(
            zip(
                table.walk_to[incoming].tolist(),
                origin.tolist(),
                table.walk_s[incoming].tolist(),
                strict=True,
            )
        )

    def _from_offsets(
        self, offsets: tuple[StopOffset, ...], axis_s: Callable[[datetime], int], slack_s: int
    ) -> Located:
        ends: list[End] = []
        spots: list[Spot] = []
        for offset in offsets:
            from_s = axis_s(offset.valid_from) if offset.valid_from else ALWAYS[0]
            until_s = axis_s(offset.valid_until) if offset.valid_until else ALWAYS[1]
            for node in self._nodes_inside(offset.stop_id):
                ends.append(End(node, offset.seconds + slack_s, from_s, until_s))
                spots.append(_NOWHERE)
        return Located(tuple(ends), tuple(spots))
