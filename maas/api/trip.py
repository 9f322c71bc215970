"""`/trip` and `/refresh-itinerary`: what is known by its id, as it is operated now."""

from collections.abc import Mapping
from typing import Final

from maas.api.context import Call
from maas.api.errors import BadRequest
from maas.api.itineraries import (
    ItineraryOptions,
    decode_id,
    itinerary,
    parts_of_body,
    parts_of_id,
)
from maas.api.parameters import Parameter
from maas.api.plan_parameters import (
    DETAILED_LEGS,
    JOINED,
    LANGUAGE,
    SKIPPED,
    need_parameters,
    rental_parameters,
    walking_parameters,
)
from maas.api.rides import Ride, RideOptions
from maas.api.trips import run_of_trip_id
from maas.api.view import Json

TRIP_PARAMETERS: Final = (
    Parameter("tripId", "string", "`YYYYMMDD_HH:MM_<tag>_<trip id>`.", required=True),
    SKIPPED,
    DETAILED_LEGS,
    JOINED,
    LANGUAGE,
)

_WITHOUT_EFFECT: Final = (
    *need_parameters(),
    *walking_parameters(),
    *rental_parameters(("preTransit", "postTransit")),
    Parameter("useRoutedTransfers", "boolean", "", default=False),
)

REFRESH_PARAMETERS: Final = (
    Parameter("itineraryId", "string", "The `id` of an itinerary.", required=True),
    Parameter(
        "detailedTransfers",
        "boolean",
        "Give the geometry of walks between vehicles; as `detailedLegs` if not given.",
    ),
    DETAILED_LEGS,
    JOINED,
    SKIPPED,
    LANGUAGE,
    Parameter(
        "requireDisplayNameMatch", "boolean", "Trips are found by id.", default=True, ignored=True
    ),
    Parameter("withFares", "boolean", "Tell fares.", default=False, ignored=True),
    Parameter(
        "numLegAlternatives", "integer", "Other vehicles for each ride.", 0, least=0, ignored=True
    ),
    *(
        Parameter(
            row.name,
            row.kind,
            "Applies to searches; a saved itinerary is told as it is.",
            row.default,
            choices=row.choices,
            ignored=True,
        )
        for row in _WITHOUT_EFFECT
    ),
)


def trip(call: Call) -> Json:
    """Return a vehicle's whole run, with the trips that it continues as, as an itinerary."""
    view = call.view()
    key = run_of_trip_id(view.runs, call.query.needed("tripId"))
    chain = view.runs.chain(key)
    rides = [
        Ride(other, 0, len(view.runs.run(other)) - 1, stays_seated=place > 0)
        for place, other in enumerate(chain)
        if len(view.runs.run(other)) > 1
    ]
    if not rides:
        raise BadRequest("the trip has no ride")
    return itinerary(view, rides, options_of(call))


def refresh(call: Call) -> Json:
    """Return a saved itinerary as it is operated now."""
    view = call.view()
    rows = decode_id(call.query.needed("itineraryId"))
    return itinerary(view, parts_of_id(view, rows), options_of(call))


def refresh_body(call: Call, body: Mapping[str, object]) -> Json:
    """Return a saved itinerary that is given by its structured id."""
    view = call.view()
    found = body.get("id")
    if not isinstance(found, dict):
        raise BadRequest("the body has no object 'id'")
    return itinerary(view, parts_of_body(view, found), options_of(call))


def options_of(call: Call) -> ItineraryOptions:
    """Return what the caller wants to see of an itinerary."""
    query = call.query
    detailed = query.flag("detailedLegs")
    walks = detailed
    if "detailedTransfers" in query.given and query.has("detailedTransfers"):
        walks = query.flag("detailedTransfers")
    return ItineraryOptions(
        RideOptions(detailed, query.flag("withScheduledSkippedStops")),
        walks,
        query.flag("joinInterlinedLegs"),
    )
