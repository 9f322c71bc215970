"""The parameters of `/plan`: which are honoured, and which are accepted without effect."""

from typing import Final

from maas.api.parameters import Parameter

PLACE: Final = "`lat,lon[,level]` or the id of a stop or place."

STREET_ONLY: Final = "Needs street data, which this server does not have."
RENTAL_ONLY: Final = "Needs vehicle rental, which this server does not have."


def transfer_parameters() -> tuple[Parameter, ...]:
    """Return the parameters about changing, shared by searches of every kind."""
    return (
        Parameter(
            "maxTransfers",
            "integer",
            "Most changes between vehicles. Before v3 it counts rides.",
            least=-1,
        ),
        Parameter("maxTravelTime", "integer", "Longest travel time in minutes.", least=0),
        Parameter("minTransferTime", "integer", "Least minutes for a change.", 0, least=0),
        Parameter("additionalTransferTime", "integer", "Minutes on top of a change.", 0, least=0),
        Parameter(
            "transferTimeFactor",
            "number",
            "The time for a change is multiplied by it; below 1 counts as 1.",
            1.0,
            least=0,
            most=100,
        ),
        Parameter(
            "useRoutedTransfers",
            "boolean",
            f"Walk between stops along streets. {STREET_ONLY}",
            default=False,
            ignored=True,
        ),
    )


def walking_parameters() -> tuple[Parameter, ...]:
    """Return the parameters about the traveller and the ways to and from stops."""
    return (
        Parameter(
            "pedestrianProfile",
            "string",
            "WHEELCHAIR uses accessible vehicles and stops only.",
            "FOOT",
            choices=("FOOT", "WHEELCHAIR"),
        ),
        Parameter("pedestrianSpeed", "number", "Metres a second.", least=0.1, most=10),
        Parameter("cyclingSpeed", "number", "Metres a second.", least=0.1, most=20),
        Parameter(
            "elevationCosts",
            "string",
            f"Avoid slopes. {STREET_ONLY}",
            "NONE",
            choices=("NONE", "LOW", "HIGH"),
            ignored=True,
        ),
        Parameter(
            "maxMatchingDistance",
            "number",
            f"How far a coordinate may lie from a street. {STREET_ONLY}",
            250.0,
            least=0,
            ignored=True,
        ),
        *(
            Parameter(f"vehicle{name}", kind, f"For lorries. {STREET_ONLY}", ignored=True)
            for name, kind in (
                ("Height", "number"),
                ("Width", "number"),
                ("Length", "number"),
                ("Weight", "number"),
                ("Hazmat", "boolean"),
                ("HazmatWater", "boolean"),
                ("AxleCount", "integer"),
                ("AxleLoad", "number"),
                ("Trailer", "boolean"),
                ("TopSpeed", "integer"),
                ("LezAccess", "boolean"),
            )
        ),
    )


def need_parameters() -> tuple[Parameter, ...]:
    """Return the parameters about modes and what is taken along."""
    return (
        Parameter(
            "transitModes",
            "list",
            "Modes with a timetable that may be used; empty: none.",
            ("TRANSIT",),
        ),
        Parameter("preTransitModes", "list", "Ways to the first stop: WALK, BIKE.", ("WALK",)),
        Parameter("postTransitModes", "list", "Ways from the last stop: WALK, BIKE.", ("WALK",)),
        Parameter(
            "requireBikeTransport", "boolean", "Only vehicles that take bikes.", default=False
        ),
        Parameter("requireCarTransport", "boolean", "Only vehicles that take cars.", default=False),
        Parameter(
            "noCompulsoryReservation",
            "boolean",
            "No vehicles that nobody may board without a reserved seat.",
            default=False,
        ),
        Parameter("maxPreTransitTime", "integer", "Seconds to the first stop.", 900, least=0),
        Parameter("maxPostTransitTime", "integer", "Seconds from the last stop.", 900, least=0),
    )


def rental_parameters(sides: tuple[str, ...]) -> tuple[Parameter, ...]:
    """Return the parameters about rented vehicles."""
    lists = ("FormFactors", "PropulsionTypes", "Providers", "ProviderGroups")
    return (
        *(
            Parameter(f"{side}Rental{what}", "list", RENTAL_ONLY, ignored=True)
            for what in lists
            for side in sides
        ),
        *(
            Parameter(
                f"ignore{side[0].upper()}{side[1:]}RentalReturnConstraints",
                "boolean",
                RENTAL_ONLY,
                default=False,
                ignored=True,
            )
            for side in sides
        ),
    )


LANGUAGE: Final = Parameter(
    "language", "list", "Languages of names, best first, for example `ja` or `en`."
)
DETAILED_LEGS: Final = Parameter(
    "detailedLegs", "boolean", "Give the geometry of legs.", default=True
)
JOINED: Final = Parameter(
    "joinInterlinedLegs",
    "boolean",
    "Show rides in one vehicle that goes on under another name as one leg.",
    default=True,
)
SKIPPED: Final = Parameter(
    "withScheduledSkippedStops",
    "boolean",
    "Show stops, too, at which nobody may board or get off.",
    default=False,
)
REALTIME_MODE: Final = Parameter(
    "realtimeMode",
    "string",
    "REALTIME searches today's operation, REALTIME_ANNOTATION_ONLY searches the timetable and "
    "tells today's times, OFF knows the timetable only.",
    "REALTIME",
    choices=("OFF", "REALTIME_ANNOTATION_ONLY", "REALTIME"),
)

PLAN_PARAMETERS: Final = (
    Parameter("fromPlace", "string", PLACE, required=True),
    Parameter("toPlace", "string", PLACE, required=True),
    Parameter(
        "radius",
        "number",
        "Use all stops within these metres of a coordinate, at 1.5 m/s, in whole minutes.",
        least=0,
        most=100_000,
    ),
    Parameter("via", "list", "At most two stops to pass, in this order."),
    Parameter(
        "viaMinimumStay", "list", "Minutes at each via; 0: riding through is enough.", ("0", "0")
    ),
    Parameter("time", "time", "Departure, or arrival with `arriveBy`; now if not given."),
    *transfer_parameters(),
    *walking_parameters(),
    Parameter(
        "detailedTransfers",
        "boolean",
        "Give the geometry of walks between vehicles; as `detailedLegs` if not given.",
    ),
    DETAILED_LEGS,
    JOINED,
    *need_parameters(),
    Parameter("directModes", "list", "Ways all by oneself: WALK, BIKE; empty: none.", ("WALK",)),
    *rental_parameters(("direct", "preTransit", "postTransit")),
    Parameter(
        "numItineraries", "integer", "Search on until there are so many.", 5, least=0, most=256
    ),
    Parameter("maxItineraries", "integer", "Show at most so many.", least=1),
    Parameter("pageCursor", "string", "From an answer: the page before or after it."),
    Parameter(
        "timetableView",
        "boolean",
        "True: all good journeys of a window. False: the best for this very time.",
        default=True,
    ),
    Parameter("arriveBy", "boolean", "`time` is when to arrive.", default=False),
    Parameter("searchWindow", "integer", "Seconds of the window.", 900, least=0),
    Parameter("maxDirectTime", "integer", "Longest way all by oneself in seconds.", 1800, least=0),
    Parameter(
        "fastestDirectFactor",
        "number",
        "Journeys that take as long as walking all the way times this, or longer, are left out.",
        1.0,
        least=0,
    ),
    Parameter(
        "timeout", "integer", "Seconds. Searches here take milliseconds.", least=0, ignored=True
    ),
    Parameter("passengers", "integer", "For demand services.", least=1, ignored=True),
    Parameter("luggage", "integer", "For demand services.", least=1, ignored=True),
    Parameter(
        "slowDirect",
        "boolean",
        "Show vehicles without a change, too, that a later one overtakes.",
        default=False,
    ),
    Parameter(
        "fastestSlowDirectFactor",
        "number",
        "With `slowDirect`: at most so many times the fastest without a change; below 1: all.",
        3.0,
        least=0,
    ),
    Parameter("withFares", "boolean", "Tell fares where they are known.", default=False),
    Parameter(
        "numLegAlternatives",
        "integer",
        "Other vehicles that could replace each ride, at most so many.",
        0,
        least=0,
        most=50,
    ),
    SKIPPED,
    REALTIME_MODE,
    LANGUAGE,
    Parameter(
        "algorithm",
        "string",
        "All three give the same journeys; here one search does.",
        "PONG",
        choices=("RAPTOR", "PONG", "TB"),
        ignored=True,
    ),
)
