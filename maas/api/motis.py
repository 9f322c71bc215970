"""The routes of the MOTIS API: versions, errors and headers around the endpoints."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from maas.api.context import Call, query_of
from maas.api.endpoints import ENDPOINTS, Endpoint
from maas.api.errors import ApiError, BadRequest
from maas.api.lanes import Lanes, is_long
from maas.api.parameters import Parameter
from maas.core.errors import Kind, MaasError
from maas.wiring import Served

HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Link": '<https://www.apache.org/licenses/LICENSE-2.0>; rel="license"',
    "Server": "MOTIS (Kyushu MaaS)",
}

STATUS: Final[Mapping[Kind, int]] = {
    Kind.NOT_FOUND: 404,
    Kind.TOO_LARGE: 422,
    Kind.TOO_MANY: 422,
    Kind.UNAVAILABLE: 503,
}
LARGEST_BODY: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Motis:
    """Makes the routes over whatever network is in use when a request comes."""

    current: Callable[[], Served]
    lanes: Lanes = field(default_factory=Lanes)

    def routes(self) -> list[BaseRoute]:
        """Return a route for every endpoint and version."""
        result: list[BaseRoute] = []
        for endpoint in ENDPOINTS:
            for version in endpoint.versions:
                path = path_of(endpoint, version)
                result.append(Route(path, self._get(endpoint, version), methods=["GET"]))
                if endpoint.body is not None and version == endpoint.versions[-1]:
                    result.append(Route(path, self._post(endpoint, version), methods=["POST"]))
        return result

    def _get(self, endpoint: Endpoint, version: int) -> Callable[[Request], Awaitable[Response]]:
        async def get(request: Request) -> Response:
            return await self._in_turn(
                request,
                lambda: self._answer(request, endpoint.parameters, version, endpoint.answer),
            )

        return get

    def _post(
        self,
        endpoint: Endpoint,
        version: int,
    ) -> Callable[[Request], Awaitable[Response]]:
        async def post(request: Request) -> Response:
            body = await _read(request)

            def with_body(call: Call) -> object:
                assert endpoint.body is not None
                return endpoint.body(call, parsed_body(body))

            # A body carries what no query parameter can, so none of them is required.
            table = tuple(replace(row, required=False) for row in endpoint.parameters)
            return await self._in_turn(
                request, lambda: self._answer(request, table, version, with_body), body
            )

        return post

    def answers(self) -> dict[str, Callable[[Request], Awaitable[Response]]]:
        """Return what answers a GET, by the path of every endpoint and version."""
        return {
            path_of(endpoint, version): self._get(endpoint, version)
            for endpoint in ENDPOINTS
            for version in endpoint.versions
        }

    async def _in_turn(
        self, request: Request, answer: Callable[[], Response], body: bytes = b""
    ) -> Response:
        long = is_long(request.query_params.multi_items(), len(body))
        return await self.lanes.run(answer, _busy, long=long)

    def _answer(
        self,
        request: Request,
        parameters: tuple[Parameter, ...],
        version: int,
        answer: Callable[[Call], object],
    ) -> Response:
        try:
            served = self.current()
            query = query_of(parameters, request.query_params.multi_items(), served)
            return as_json(answer(Call(served, query, version)))
        except ApiError as error:
            return as_json({"error": error.message}, error.status)
        except MaasError as error:
            return as_json({"error": error.detail}, STATUS.get(error.kind, 400))


class Shortcut:
    """
    Answers the GETs of the API before what the application lays around its pages.

    Their headers let every origin read them already, errors are theirs, and paths are looked up: a
    third of what an answer takes outside its thread.
    """

    def __init__(self, app: ASGIApp, motis: Motis) -> None:
        self._app = app
        self._answers = motis.answers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or leave it to the application."""
        answer = None
        if scope["type"] == "http" and scope["method"] == "GET":
            answer = self._answers.get(scope["path"])
        if answer is None:
            await self._app(scope, receive, send)
        else:
            await (await answer(Request(scope)))(scope, receive, send)


async def _read(request: Request) -> bytes:
    """Return the body; of one that is too long no more than shows that it is."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            break
    return bytes(body)


def _busy() -> Response:
    answer = as_json({"error": "too many long searches at once; try again in some seconds"}, 503)
    answer.headers["Retry-After"] = "5"
    return answer


def path_of(endpoint: Endpoint, version: int) -> str:
    """Return the path of an endpoint in a version."""
    return f"/api/{f'v{version}' if version else 'experimental'}/{endpoint.path}"


def as_json(content: object, status: int = 200) -> Response:
    """Return a JSON answer with the headers that clients of the API look for."""
    return Response(
        orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY),
        status,
        HEADERS,
        media_type="application/json",
    )


def parsed_body(body: bytes) -> Mapping[str, object]:
    """
    Return the object of a JSON body; an empty body is an empty object.

    Raises:
        BadRequest: It is no JSON object or too long.
    """
    if len(body) > LARGEST_BODY:
        raise BadRequest("the body is too long")
    if not body.strip():
        return {}
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadRequest("the body is no JSON object")
    return found
