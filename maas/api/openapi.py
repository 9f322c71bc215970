"""The OpenAPI document, made from the same tables that read the parameters."""

from collections.abc import Callable
from typing import Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from maas.api.endpoints import ENDPOINTS, Endpoint
from maas.api.parameters import Parameter
from maas.api.shapes import schema, schemas

VERSION: Final = "6"

DESCRIPTION: Final = """\
Journeys, boards and places of Kyushu in the shape of the MOTIS API (https://github.com/motis-project/motis):
existing clients work when pointed here. Every version that they use is answered; differences:
v1 geometry has precision 6 (7 has no code for Japan's longitudes), before v3 `maxTransfers` counts
rides, before v4 `routeShortName` is the display name, before v5 modes are called METRO and
AREAL_LIFT, before v6 an unknown `level` is 0.

Times without a zone are local time of the network (Asia/Tokyo). Parameters marked *ignored* are
accepted without effect; answers of `/plan` name them in `debugOutput` as `ignored_<name>`.
Errors are `{"error": message}` with 400 (cannot be read), 404 (no such stop, trip or feed),
422 (asks for more than the server gives), 503 (no timetable yet). Our own endpoints under `/v1`
answer problems (RFC 9457).
"""

KINDS: Final[dict[str, dict[str, object]]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "time": {"type": "string", "format": "date-time"},
    "list": {"type": "array", "items": {"type": "string"}},
}

OWN: Final[dict[str, object]] = {
    "/v1/network": {
        "get": {
            "tags": ["service"],
            "operationId": "network",
            "summary": "Which feeds are in use, what they cover, and whose they are.",
            "responses": {"200": {"description": "Facts of the network."}},
        }
    },
    "/v1/health": {
        "get": {
            "tags": ["service"],
            "operationId": "serviceHealth",
            "summary": "Whether there is a timetable, and how far it reaches.",
            "responses": {
                "200": {"description": "All is well."},
                "503": {"description": "Not yet."},
            },
        }
    },
}


def document_of(app: Callable[[], FastAPI]) -> Callable[[], dict[str, object]]:
    """Return what makes the document, once: the MOTIS API, ours, and what routers declare."""
    made: dict[str, object] = {}

    def document() -> dict[str, object]:
        if not made:
            made.update(_document(app()))
        return made

    return document


def _document(app: FastAPI) -> dict[str, object]:
    declared = get_openapi(
        title="Kyushu MaaS", version=VERSION, description=DESCRIPTION, routes=app.routes
    )
    paths: dict[str, object] = {}
    for endpoint in ENDPOINTS:
        for version in reversed(endpoint.versions):
            paths[_path(endpoint, version)] = _operations(endpoint, version)
    components = declared.setdefault("components", {})
    components["schemas"] = {**schemas(), **components.get("schemas", {})}
    declared["paths"] = {**paths, **OWN, **declared.get("paths", {})}
    declared["openapi"] = "3.1.0"
    return declared


def _path(endpoint: Endpoint, version: int) -> str:
    return f"/api/{f'v{version}' if version else 'experimental'}/{endpoint.path}"


def _operations(endpoint: Endpoint, version: int) -> dict[str, object]:
    name = f"{endpoint.path.replace('/', '_').replace('-', '_')}_v{version}"
    newest = version == endpoint.versions[-1]
    common: dict[str, object] = {
        "tags": ["MOTIS API"],
        "summary": endpoint.text,
        "parameters": [_parameter(row) for row in endpoint.parameters],
        "responses": _responses(endpoint.shape),
        **({} if newest else {"deprecated": True}),
    }
    operations: dict[str, object] = {"get": {**common, "operationId": name}}
    if endpoint.body is not None and newest:
        operations["post"] = {
            **common,
            "operationId": f"{name}_post",
            "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        }
    return operations


def _parameter(row: Parameter) -> dict[str, object]:
    kind = dict(KINDS[row.kind])
    if row.choices:
        kind["enum"] = list(row.choices)
    if row.least is not None:
        kind["minimum"] = row.least
    if row.most is not None:
        kind["maximum"] = row.most
    if row.default is not None:
        kind["default"] = list(row.default) if isinstance(row.default, tuple) else row.default
    return {
        "name": row.name,
        "in": "query",
        "required": row.required,
        "description": f"{'*Ignored.* ' if row.ignored else ''}{row.text}",
        "schema": kind,
        **({"explode": False} if row.kind == "list" else {}),
        **({"x-ignored": True} if row.ignored else {}),
    }


def _responses(shape: str) -> dict[str, object]:
    def content(kind: str) -> dict[str, object]:
        return {"application/json": {"schema": schema(kind)}}

    errors = {
        "400": "A parameter is missing or cannot be read.",
        "404": "No such stop, trip or feed.",
        "422": "It asks for more than the server gives.",
        "503": "There is no timetable yet.",
    }
    return {
        "200": {"description": "The answer.", "content": content(shape)},
        **{
            code: {"description": text, "content": content("Error")}
            for code, text in errors.items()
        },
    }
