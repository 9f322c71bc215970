"""`/rentals` and `/health`: what clients ask though this server has no rented vehicles."""

from typing import Final

from maas.api.context import Call
from maas.api.parameters import Parameter
from maas.api.view import Json

RENTALS_PARAMETERS: Final = tuple(
    Parameter(name, kind, "There are no rented vehicles here: all lists are empty.", ignored=True)
    for name, kind in (
        ("min", "string"),
        ("max", "string"),
        ("point", "string"),
        ("radius", "integer"),
        ("providerGroups", "list"),
        ("providers", "list"),
        ("withProviders", "boolean"),
        ("withStations", "boolean"),
        ("withVehicles", "boolean"),
        ("withZones", "boolean"),
    )
)


def rentals(_: Call) -> Json:
    """Return no rented vehicles, in the shape that clients expect."""
    return {"providerGroups": [], "providers": [], "stations": [], "vehicles": [], "zones": []}


def health(call: Call) -> Json:
    """Return which live data is in use."""
    return {"rt": call.served.overlay is not None, "gbfs": False}
