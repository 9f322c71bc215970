"""Our own endpoints about the service itself: `/v1/network`, `/v1/health`."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from maas.api.motis import as_json
from maas.core.errors import MaasError
from maas.rest.problems import problem_of
from maas.wiring import Served


def network_routes(current: Callable[[], Served]) -> list[BaseRoute]:
    """Return the routes."""

    def network(_: Request) -> Response:
        try:
            served = current()
        except MaasError as error:
            return problem_of(error)
        return as_json(facts_of(served))

    def health(_: Request) -> Response:
        try:
            served = current()
        except MaasError as error:
            return problem_of(error)
        return as_json(
            {
                "status": "ok",
                "network": served.version,
                "live": served.overlay is not None,
                "lastDay": served.boards.date_of(served.boards.days - 1).isoformat(),
            }
        )

    return [
        Route("/v1/network", network, methods=["GET"]),
        Route("/v1/health", health, methods=["GET"]),
    ]


def facts_of(served: Served) -> dict[str, object]:
    """Return which feeds are in use, what they cover, and whose they are."""
    network = served.network
    feeds = network.feeds
    return {
        "version": served.version,
        "firstDay": network.first_day.isoformat(),
        "lastDay": served.boards.date_of(served.boards.days - 1).isoformat(),
        "counts": {
            "feeds": len(feeds.tag),
            "agencies": len(network.agencies.id),
            "places": len(network.places.id),
            "stops": len(network.stops.id),
            "routes": len(network.routes.id),
            "trips": len(network.trips.id),
            "calls": len(network.calls.stop),
        },
        "feeds": [
            {
                "tag": feeds.tag[row],
                "publisher": feeds.publisher[row],
                "version": feeds.version[row],
                "startDay": feeds.start_day[row],
                "endDay": feeds.end_day[row],
                "loopedSince": feeds.looped_since[row] or None,
                "synthetic": bool(feeds.synthetic[row]),
                "licence": feeds.licence[row],
                "attribution": feeds.attribution[row],
            }
            for row in range(len(feeds.tag))
        ],
    }
