"""Which endpoints of the MOTIS API are answered, in which versions, with which parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from maas.api import lines, reach
from maas.api import map as maps
from maas.api.context import Call
from maas.api.geocode import GEOCODE_PARAMETERS, REVERSE_PARAMETERS, geocode, reverse
from maas.api.parameters import Parameter
from maas.api.plan import plan
from maas.api.plan_parameters import PLAN_PARAMETERS
from maas.api.service import RENTALS_PARAMETERS, health, rentals
from maas.api.stop import STOP_PARAMETERS, stop
from maas.api.stoptimes import STOPTIMES_PARAMETERS, stoptimes
from maas.api.trip import REFRESH_PARAMETERS, TRIP_PARAMETERS, refresh, refresh_body, trip

Answer = object
"""Anything that JSON can hold."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint in all its versions."""

    path: str
    """After `/api/v{n}/`."""
    versions: tuple[int, ...]
    """0 stands for `/api/experimental/`."""
    answer: Callable[[Call], Answer]
    parameters: tuple[Parameter, ...]
    text: str
    shape: str
    """Name of the answer's schema; a list of it with brackets around."""
    body: Callable[[Call, Mapping[str, object]], Answer] | None = None
    """Answers POST in the newest version."""


ENDPOINTS: Final = (
    Endpoint(
        "plan",
        (1, 2, 3, 4, 5, 6),
        plan,
        PLAN_PARAMETERS,
        "Journeys from one place to another.",
        "Plan",
        plan,
    ),
    Endpoint(
        "geocode",
        (1,),
        geocode,
        GEOCODE_PARAMETERS,
        "Places by name.",
        "[Match]",
    ),
    Endpoint(
        "reverse-geocode",
        (1,),
        reverse,
        REVERSE_PARAMETERS,
        "Places around a point.",
        "[Match]",
    ),
    Endpoint(
        "stoptimes",
        (1, 4, 5, 6),
        stoptimes,
        STOPTIMES_PARAMETERS,
        "Departures and arrivals of a stop.",
        "StopTimes",
    ),
    Endpoint("trip", (1, 2, 4, 5, 6), trip, TRIP_PARAMETERS, "A vehicle's whole run.", "Itinerary"),
    Endpoint(
        "refresh-itinerary",
        (6,),
        refresh,
        REFRESH_PARAMETERS,
        "A saved itinerary as it is operated now.",
        "Itinerary",
        refresh_body,
    ),
    Endpoint("stop", (6,), stop, STOP_PARAMETERS, "The routes that serve a stop.", "Stop"),
    Endpoint(
        "map/stops",
        (1, 6),
        maps.stops,
        maps.STOPS_PARAMETERS,
        "The stops of a section of the map.",
        "[Place]",
    ),
    Endpoint(
        "map/trips",
        (1, 4, 5, 6),
        maps.trips,
        maps.TRIPS_PARAMETERS,
        "What runs in a section of the map, from stop to stop.",
        "[TripSegment]",
    ),
    Endpoint("map/initial", (1,), maps.initial, (), "Where the map begins.", "Initial"),
    Endpoint(
        "map/levels",
        (1,),
        maps.levels,
        maps.LEVELS_PARAMETERS,
        "The levels of the stops of a section of the map.",
        "[number]",
    ),
    Endpoint(
        "map/routes",
        (0,),
        lines.routes,
        lines.ROUTES_PARAMETERS,
        "The lines of a section of the map.",
        "Routes",
    ),
    Endpoint(
        "map/route-details", (0,), lines.details, lines.DETAILS_PARAMETERS, "One line.", "Routes"
    ),
    Endpoint(
        "one-to-all",
        (0, 1, 6),
        reach.one_to_all,
        reach.ONE_TO_ALL_PARAMETERS,
        "How long to everywhere.",
        "Reachable",
    ),
    Endpoint(
        "one-to-many",
        (1,),
        reach.one_to_many,
        reach.ONE_TO_MANY_PARAMETERS,
        "How long to many places by oneself.",
        "[Duration]",
        reach.one_to_many_body,
    ),
    Endpoint(
        "one-to-many-intermodal",
        (0,),
        reach.intermodal,
        reach.INTERMODAL_PARAMETERS,
        "How long to many places, by oneself and with vehicles.",
        "Intermodal",
        reach.intermodal_body,
    ),
    Endpoint("rentals", (1,), rentals, RENTALS_PARAMETERS, "Rented vehicles.", "Rentals"),
    Endpoint("map/rentals", (1,), rentals, RENTALS_PARAMETERS, "Rented vehicles.", "Rentals"),
    Endpoint("health", (1,), health, (), "Which live data is in use.", "Health"),
)
