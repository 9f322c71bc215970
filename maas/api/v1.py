"""
Our own interface, under `/v1`: an application of its own with its OpenAPI document.

Every failure is a problem (RFC 9457). Routers of the domains are included here, one line each.
"""

from collections.abc import Callable
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from maas.api.council import router as council_router
from maas.api.data import router as data_router
from maas.api.passes import router as passes_router
from maas.core.errors import MaasError
from maas.db.runner import Runner
from maas.house import House
from maas.rest.problems import answer_error, problem
from maas.rest.ratelimit import Buckets, FileBuckets
from maas.wiring import Served
from operators.api import router as operators_router
from ticketing.api import router as ticketing_router
from ticketing.desk import Desk
from ticketing.inspection.api import router as inspection_router
from ticketing.tickets.api import router as tickets_router
from ticketing.tickets.keyring import Keyring


def create_v1(
    desk: Desk,
    runner: Runner | None = None,
    keyring: Keyring | None = None,
    current: Callable[[], Served] | None = None,
    house: House | None = None,
    buckets: Buckets | None = None,
) -> FastAPI:
    """
    Return the application of `/v1`.

    Args:
        desk: What sells.
        runner: Woken after every change; without one another process works the outbox off.
        keyring: What tickets are signed with; without one the demo's keys.
        current: Returns the network in use: journeys of passes, rides of settlements.
        house: What companies bring their data to; without one there are no such endpoints.
        buckets: Where requests are counted; without them for this process alone.

    """
    app = FastAPI(title="Kyushu MaaS", version="1", docs_url=None, redoc_url=None)
    app.state.desk = desk
    app.state.sessions = desk.sessions
    app.state.runner = runner
    app.state.keyring = keyring
    app.state.current = current
    app.state.house = house
    app.state.buckets = buckets or FileBuckets(":memory:")
    app.include_router(ticketing_router)
    app.include_router(passes_router)
    app.include_router(tickets_router)
    app.include_router(inspection_router)
    app.include_router(operators_router)
    if house is not None:
        app.include_router(data_router)
    app.include_router(council_router)
    app.add_exception_handler(MaasError, answer_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    return app


def _answer_invalid(_: Request, error: Exception) -> JSONResponse:
    """Answer a request that does not fit its schema: which field, and what is wrong with it."""
    assert isinstance(error, RequestValidationError)
    faults: list[dict[str, str]] = [
        {
            "pointer": "/" + "/".join(str(part) for part in fault["loc"]),
            "detail": str(fault["msg"]),
        }
        for fault in error.errors()[:50]
    ]
    answer = problem(422, "invalid-request", "The request does not fit", "See `errors`.")
    return _with(answer, errors=faults)


def _answer_http(_: Request, error: Exception) -> JSONResponse:
    """Answer what the framework refuses: unknown paths, wrong methods."""
    assert isinstance(error, HTTPException)
    answer = problem(error.status_code, "http", str(error.detail))
    if error.headers:
        answer.headers.update(error.headers)
    return answer


def _with(answer: JSONResponse, **members: Any) -> JSONResponse:
    content = orjson.loads(answer.body) | members
    return JSONResponse(content, answer.status_code, media_type=answer.media_type)
