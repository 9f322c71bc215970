"""What a traveller will use, as columns that the search reads."""

from functools import cached_property

import numpy as np
import numpy.typing as npt

from maas.core.columns import UInt8s
from routing.model import Mode, SearchFilters
from routing.modes import mode_of
from routing.street.step_free import behind_stairs
from routing.timetable.model import Sections, Timetable

ALLOWED, REFUSED = 1, 2
NOTHING = SearchFilters()


class FilterColumns:
    """Turns filters into columns; one a timetable."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        routes = timetable.network.routes
        self._modes: tuple[Mode, ...] = tuple(mode_of(kind) for kind in routes.type.tolist())
        self._route_rows: dict[str, int] | None = None
        self._agency_rows = {name: row for row, name in enumerate(timetable.network.agencies.id)}

    def key(self, filters: SearchFilters) -> bytes:
        """Return what tells these filters from others; empty where nothing is filtered."""
        return b"" if filters == NOTHING else str(hash(filters)).encode()

    def columns(self, filters: SearchFilters, sections: Sections) -> tuple[UInt8s, UInt8s]:
        """
        Return which sections may be ridden, and at which nodes one may board and leave.

        An agency or route that the network does not have allows nothing; a vehicle of which the
        feed does not say that it takes bicycles, cars or wheelchairs is taken not to.
        """
        by_route = self._routes(filters)
        # A run that messages added may have no route (-1): it passes no filter on routes.
        by_route = np.append(by_route, np.uint8(_no_route_passes(filters)))
        allowed = by_route[sections.route] & 1
        if filters.bikes:
            allowed = allowed & (sections.bikes == ALLOWED)
        if filters.cars:
            allowed = allowed & (sections.cars == ALLOWED)
        if filters.no_reservation:
            allowed = allowed & (sections.reservation == 0)
        nodes = np.ones(self._timetable.node_count, np.uint8)
        if filters.wheelchair:
            allowed = allowed & (sections.wheelchair == ALLOWED)
            stop = self._timetable.nodes.stop
            nodes[self._timetable.network.stops.wheelchair[stop] == REFUSED] = 0
            nodes[self._behind_stairs[stop]] = 0
        return allowed.astype(np.uint8), nodes

    @cached_property
    def _behind_stairs(self) -> npt.NDArray[np.bool_]:
        return behind_stairs(self._timetable.network)

    def _routes(self, filters: SearchFilters) -> UInt8s:
        routes = self._timetable.network.routes
        allowed = np.ones(len(routes.id), np.uint8)
        if filters.modes is not None:
            allowed &= np.array([mode in filters.modes for mode in self._modes], np.uint8)
        if filters.agencies is not None or filters.without_agencies:
            by_agency = np.ones(len(self._agency_rows) + 1, np.uint8)
            if filters.agencies is not None:
                by_agency[:] = 0
                for name in filters.agencies:
                    by_agency[self._agency_rows.get(name, -1)] = 1
                by_agency[-1] = 0
            for name in filters.without_agencies:
                if name in self._agency_rows:
                    by_agency[self._agency_rows[name]] = 0
            allowed &= by_agency[routes.agency]
        if filters.routes is not None:
            chosen = np.zeros(len(routes.id), np.uint8)
            chosen[self._rows(filters.routes)] = 1
            allowed &= chosen
        if filters.without_routes:
            allowed[self._rows(filters.without_routes)] = 0
        return allowed

    def _rows(self, names: frozenset[str]) -> list[int]:
        if self._route_rows is None:
            ids = self._timetable.network.routes.id
            self._route_rows = {name: row for row, name in enumerate(ids)}
        return [self._route_rows[name] for name in names if name in self._route_rows]


def _no_route_passes(filters: SearchFilters) -> bool:
    return filters.modes is None and filters.agencies is None and filters.routes is None
