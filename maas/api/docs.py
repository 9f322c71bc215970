"""`/openapi.json` and the page `/docs` that reads it out."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from maas.api.endpoints import ENDPOINTS
from maas.api.motis import as_json, path_of
from maas.api.shapes import SHAPES

Render = Callable[..., HTMLResponse]
"""Renders a template for a request: `render(request, template, **values)`."""


def docs_routes(document: Callable[[], dict[str, object]], render: Render) -> list[BaseRoute]:
    """Return the routes."""

    def openapi(_: Request) -> Response:
        return as_json(document())

    def docs(request: Request) -> HTMLResponse:
        endpoints = [
            {
                "path": path_of(endpoint, endpoint.versions[-1]),
                "others": [path_of(endpoint, version) for version in endpoint.versions[:-1]],
                "post": endpoint.body is not None,
                "text": endpoint.text,
                "shape": endpoint.shape,
                "parameters": endpoint.parameters,
            }
            for endpoint in ENDPOINTS
        ]
        shapes = {
            name: [field.split(": ") for field in text.split(", ")] for name, text in SHAPES.items()
        }
        return render(request, "docs.html", endpoints=endpoints, shapes=shapes)

    return [
        Route("/openapi.json", openapi, methods=["GET"]),
        Route("/docs", docs, methods=["GET"]),
    ]
