"""`/map/routes` and `/map/route-details`: the lines of the network as a map draws them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np

from maas.api.context import Call
from maas.api.errors import NotFound, TooMuch
from maas.api.map import BOX, box, inside, zoom_of
from maas.api.modes import mode_name
from maas.api.parameters import Parameter
from maas.api.plan_parameters import LANGUAGE
from maas.api.polyline import encoded_line
from maas.api.view import Json, View
from routing.boards.geometry import ride_line
from routing.boards.index import MODES, BoardIndex
from routing.boards.live import RunKey
from routing.boards.runs import Run

MOST_LINES: Final = 2000

ROUTES_PARAMETERS: Final = (
    *BOX,
    Parameter("zoom", "number", "Zoom of the map: far out, only fast modes.", required=True),
    LANGUAGE,
)

DETAILS_PARAMETERS: Final = (
    Parameter("routeIdx", "integer", "The `routeIdx` of a line.", required=True, least=0),
    LANGUAGE,
)


@lru_cache(maxsize=4)
def lines_of(index: BoardIndex) -> tuple[int, ...]:
    """Return one trip for every route and direction: the one with most calls stands for all."""
    trips = index.network.trips
    start = np.asarray(trips.call_start)
    count = start[1:] - start[:-1]
    order = np.lexsort((-count, np.asarray(trips.direction), np.asarray(trips.route)))
    keys = np.column_stack((np.asarray(trips.route), np.asarray(trips.direction)))[order]
    if not len(keys):
        return ()
    new = np.concatenate(([True], (keys[1:] != keys[:-1]).any(axis=1)))
    return tuple(int(trip) for trip in order[new] if count[trip] > 1)


@dataclass(slots=True)
class Drawing:
    """Lines with the stops and pieces of way that they share."""

    view: View
    stops: dict[int, int] = field(default_factory=dict)
    pieces: dict[tuple[int, int, str], int] = field(default_factory=dict)
    polylines: list[Json] = field(default_factory=list)
    lines: list[Json] = field(default_factory=list)

    def add(self, number: int, trip: int) -> None:
        """Add a line."""
        run = self._run(trip)
        place = len(self.lines)
        segments = []
        route = self.view.route(run.route)
        color = str(route.get("routeColor", ""))
        for at in range(len(run) - 1):
            points = encoded_line(ride_line(self.view.index, run, at, at + 1), 6)
            key = (run.stop[at], run.stop[at + 1], str(points["points"]))
            if key not in self.pieces:
                self.pieces[key] = len(self.polylines)
                self.polylines.append({"polyline": points, "colors": [], "routeIndexes": []})
            piece = self.polylines[self.pieces[key]]
            for name, value in (("colors", color), ("routeIndexes", place)):
                known = piece[name]
                assert isinstance(known, list)
                if value != "" and value not in known:
                    known.append(value)
            segments.append(
                {
                    "from": self._stop(run.stop[at]),
                    "to": self._stop(run.stop[at + 1]),
                    "polyline": self.pieces[key],
                }
            )
        shown: Json = {
            "id": route["routeId"],
            "shortName": route["routeShortName"],
            "longName": route["routeLongName"],
        }
        if color:
            shown["color"] = color
        if "routeTextColor" in route:
            shown["textColor"] = route["routeTextColor"]
        has_shape = int(self.view.network.trips.shape[trip]) >= 0
        self.lines.append(
            {
                "mode": mode_name(run.mode, 6),
                "transitRoutes": [shown],
                "numStops": len(run),
                "routeIdx": number,
                "pathSource": "TIMETABLE" if has_shape else "NONE",
                "segments": segments,
            }
        )

    def answer(self, *, filtered: bool) -> Json:
        """Return all that was added."""
        return {
            "routes": self.lines,
            "polylines": self.polylines,
            "stops": [self.view.place(stop) for stop in self.stops],
            "zoomFiltered": filtered,
        }

    def _stop(self, stop: int) -> int:
        return self.stops.setdefault(stop, len(self.stops))

    def _run(self, trip: int) -> Run:
        return self.view.runs.run(RunKey(trip, 0))


def routes(call: Call) -> Json:
    """Return the lines that touch a section of the map."""
    low, high = box(call.query)
    zoom = call.query.number("zoom") or 0
    index = call.index
    columns = index.network.stops
    near = inside(np.asarray(columns.lat), np.asarray(columns.lon), low, high)
    stop, start = np.asarray(index.network.calls.stop), np.asarray(index.network.trips.call_start)
    drawing = Drawing(call.view(call.served.scheduled))
    filtered = False
    for number, trip in enumerate(lines_of(index)):
        if not near[stop[start[trip] : start[trip + 1]]].any():
            continue
        if zoom < zoom_of(MODES[int(index.mode_of_trip[trip])]):
            filtered = True
            continue
        if len(drawing.lines) == MOST_LINES:
            raise TooMuch("too many routes, zoom in")
        drawing.add(number, trip)
    return drawing.answer(filtered=filtered)


def details(call: Call) -> Json:
    """Return one line."""
    number = call.query.whole("routeIdx") or 0
    lines: Sequence[int] = lines_of(call.index)
    if number >= len(lines):
        raise NotFound(f"there is no route {number}")
    drawing = Drawing(call.view(call.served.scheduled))
    drawing.add(number, lines[number])
    return drawing.answer(filtered=False)
