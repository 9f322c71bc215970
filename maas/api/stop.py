"""`/stop`: the routes that serve a stop, whatever the time."""

from typing import Final

import numpy as np

from maas.api.context import Call, area, place_of
from maas.api.errors import BadRequest, NotFound
from maas.api.modes import mode_name
from maas.api.parameters import Parameter
from maas.api.plan_parameters import LANGUAGE
from maas.api.view import Json
from routing.boards.runs import mode_of_route

STOP_PARAMETERS: Final = (
    Parameter("stopId", "string", "Id of a stop or place."),
    Parameter("center", "string", "`lat,lon`, with `radius`, instead of a stop."),
    Parameter("radius", "integer", "Metres around.", least=0, most=100_000),
    Parameter("exactRadius", "boolean", "Nothing outside of the radius.", default=False),
    LANGUAGE,
)


def stop(call: Call) -> Json:
    """Return the stop and its routes, sorted by short name and id."""
    query = call.query
    name, centre, radius = query.text("stopId"), query.text("center"), query.number("radius")
    if name is None and (centre is None or radius is None):
        raise BadRequest("either stopId or center with radius must be provided")
    where = area(call, name, centre, radius)
    if where is None:
        raise NotFound(f"stop {name!r} not found")
    view, index = call.view(call.served.scheduled), call.index
    table = index.calls_by_stop
    parts = [table.run[table.start[row] : table.start[row + 1]] for row in where.stops]
    runs = np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int32)
    rows = np.unique(np.asarray(index.network.trips.route)[index.runs.trip[runs]])
    routes: list[Json] = []
    for row in rows.tolist():
        if row < 0:
            continue
        shown = {key: value for key, value in view.route(row).items() if key != "routeUrl"}
        routes.append({**shown, "mode": mode_name(mode_of_route(index, row), view.version)})
    routes.sort(key=lambda route: (str(route["routeShortName"]), str(route["routeId"])))
    return {"place": place_of(view, where), "routes": routes}
