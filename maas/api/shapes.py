"""
The shapes of the MOTIS API's answers, one line a field, as JSON Schema.

`name: type` with `!` where the field is always there; `[X]` is a list, `{X}` an object with any
names, a word with a capital another shape, a list of words with `|` an enumeration.
"""

from typing import Final

MODES: Final = (
    "WALK|BIKE|RENTAL|CAR|HGV|CAR_PARKING|CAR_DROPOFF|ODM|RIDE_SHARING|FLEX|TRANSIT|TRAM|SUBWAY|"
    "FERRY|AIRPLANE|BUS|COACH|RAIL|HIGHSPEED_RAIL|LONG_DISTANCE|NIGHT_RAIL|REGIONAL_FAST_RAIL|"
    "REGIONAL_RAIL|SUBURBAN|FUNICULAR|AERIAL_LIFT|OTHER|AREAL_LIFT|METRO|CABLE_CAR"
)

SHAPES: Final[dict[str, str]] = {
    "Error": "error!: string",
    "Polyline": "points!: string, precision!: integer, length!: integer",
    "TimeRange": "start: time, end: time",
    "Alert": (
        "headerText!: string, descriptionText!: string, cause: string, effect: string, "
        "severityLevel: INFO|WARNING|SEVERE, url: string, impactPeriod: [TimeRange]"
    ),
    "Place": (
        "name!: string, stopId: string, parentId: string, lat!: number, lon!: number, "
        "level: number, tz: string, arrival: time, departure: time, scheduledArrival: time, "
        "scheduledDeparture: time, scheduledTrack: string, track: string, stopCode: string, "
        "description: string, vertexType: NORMAL|BIKESHARE|TRANSIT, "
        "pickupType: NORMAL|NOT_ALLOWED, dropoffType: NORMAL|NOT_ALLOWED, cancelled: boolean, "
        "alerts: [Alert], modes: [Mode]"
    ),
    "Leg": (
        "mode!: Mode, from!: Place, to!: Place, duration!: integer, startTime!: time, "
        "endTime!: time, scheduledStartTime!: time, scheduledEndTime!: time, realTime!: boolean, "
        "scheduled!: boolean, distance: number, interlineWithPreviousLeg: boolean, "
        "headsign: string, tripFrom: Place, tripTo: Place, routeId: string, routeUrl: string, "
        "directionId: 0|1, routeColor: string, routeTextColor: string, routeType: integer, "
        "agencyName: string, agencyUrl: string, agencyId: string, tripId: string, "
        "routeShortName: string, routeLongName: string, tripShortName: string, "
        "displayName: string, cancelled: boolean, source: string, intermediateStops: [Place], "
        "legGeometry!: Polyline, steps: [{any}], alerts: [Alert], loopedCalendarSince: time, "
        "bikesAllowed: boolean, wheelchairAccessible: ACCESSIBLE|NOT_ACCESSIBLE, "
        "reservation: NONE|COMPULSORY, ticketUrls: TicketUrls, alternatives: [[Leg]]"
    ),
    "TicketUrls": "web: string, android: string, ios: string",
    "Itinerary": (
        "duration!: integer, startTime!: time, endTime!: time, transfers!: integer, id!: string, "
        "legs!: [Leg]"
    ),
    "Plan": (
        "requestParameters!: {string}, debugOutput!: {integer}, from!: Place, to!: Place, "
        "direct!: [Itinerary], itineraries!: [Itinerary], previousPageCursor!: string, "
        "nextPageCursor!: string"
    ),
    "StopTime": (
        "place!: Place, mode!: Mode, realTime!: boolean, headsign!: string, tripFrom!: Place, "
        "tripTo!: Place, agencyId!: string, agencyName!: string, agencyUrl!: string, "
        "tripId!: string, routeId!: string, routeUrl: string, directionId!: 0|1, "
        "routeColor: string, routeTextColor: string, routeType: integer, routeShortName!: string, "
        "routeLongName!: string, tripShortName!: string, displayName!: string, "
        "previousStops: [Place], nextStops: [Place], pickupDropoffType!: NORMAL|NOT_ALLOWED, "
        "cancelled!: boolean, tripCancelled!: boolean, loopedCalendarSince: time, "
        "bikesAllowed!: boolean, wheelchairAccessible!: ACCESSIBLE|NOT_ACCESSIBLE, "
        "reservation!: NONE|COMPULSORY, source!: string"
    ),
    "StopTimes": (
        "stopTimes!: [StopTime], place!: Place, previousPageCursor!: string, "
        "nextPageCursor!: string"
    ),
    "Route": (
        "routeId!: string, routeShortName!: string, routeLongName!: string, mode!: Mode, "
        "agencyId!: string, agencyName!: string, agencyUrl!: string, routeColor: string, "
        "routeTextColor: string, routeType: integer"
    ),
    "Stop": "place!: Place, routes!: [Route]",
    "Area": (
        "name!: string, adminLevel!: number, matched!: boolean, unique: boolean, default: boolean"
    ),
    "Match": (
        "type!: ADDRESS|PLACE|STOP, category: string, name!: string, id!: string, lat!: number, "
        "lon!: number, level: number, tz: string, tokens!: [[number]], areas!: [Area], "
        "score!: number, modes: [Mode], importance: number, country: string"
    ),
    "TripInfo": "tripId!: string, routeShortName: string, displayName: string",
    "TripSegment": (
        "trips!: [TripInfo], routeColor: string, mode!: Mode, distance!: number, from!: Place, "
        "to!: Place, departure!: time, arrival!: time, scheduledDeparture!: time, "
        "scheduledArrival!: time, realTime!: boolean, polyline!: string"
    ),
    "ServerConfig": (
        "motisVersion!: string, hasElevation!: boolean, hasRoutedTransfers!: boolean, "
        "hasStreetRouting!: boolean, maxOneToManySize!: number, "
        "maxOneToAllTravelTimeLimit!: number, maxPrePostTransitTimeLimit!: number, "
        "maxDirectTimeLimit!: number, shapesDebugEnabled!: boolean"
    ),
    "Initial": "lat!: number, lon!: number, zoom!: number, serverConfig!: ServerConfig",
    "Reached": "place: Place, duration: integer, k: integer",
    "Reachable": "one: Place, all: [Reached]",
    "Duration": "duration: number, distance: number",
    "Intermodal": "street_durations: [Duration], transit_durations: [[ParetoEntry]]",
    "ParetoEntry": "duration!: number, transfers!: integer",
    "Rentals": (
        "providerGroups!: [{any}], providers!: [{any}], stations!: [{any}], vehicles!: [{any}], "
        "zones!: [{any}]"
    ),
    "Health": "rt: boolean, gbfs: boolean",
    "RouteOnMap": (
        "mode!: Mode, transitRoutes!: [Route], numStops!: integer, routeIdx!: integer, "
        "pathSource!: NONE|TIMETABLE|ROUTED, segments!: [RouteSegment]"
    ),
    "RouteSegment": "from!: integer, to!: integer, polyline!: integer",
    "RoutePolyline": "polyline!: Polyline, colors!: [string], routeIndexes!: [integer]",
    "Routes": (
        "routes!: [RouteOnMap], polylines!: [RoutePolyline], stops!: [Place], "
        "zoomFiltered!: boolean"
    ),
}

BASIC: Final[dict[str, dict[str, object]]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "time": {"type": "string", "format": "date-time"},
    "any": {},
}


def schemas() -> dict[str, object]:
    """Return every shape as a JSON Schema, by name."""
    found: dict[str, object] = {"Mode": {"type": "string", "enum": MODES.split("|")}}
    for name, text in SHAPES.items():
        fields = [field.partition(": ") for field in text.split(", ")]
        found[name] = {
            "type": "object",
            "required": [field.removesuffix("!") for field, _, _ in fields if field.endswith("!")],
            "properties": {field.removesuffix("!"): schema(kind) for field, _, kind in fields},
        }
    return found


def schema(kind: str) -> dict[str, object]:
    """Return the JSON Schema of a type as written in `SHAPES`."""
    if kind.startswith("["):
        return {"type": "array", "items": schema(kind[1:-1])}
    if kind.startswith("{"):
        return {"type": "object", "additionalProperties": schema(kind[1:-1])}
    if "|" in kind:
        return {"type": "string", "enum": kind.split("|")}
    if kind in BASIC:
        return BASIC[kind]
    return {"$ref": f"#/components/schemas/{kind}"}
