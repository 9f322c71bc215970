"""
What comes in over HTTP before anything reads it: as many bytes as a request needs, and no NUL.

A framework takes a body into memory before it knows who asks. U+0000 is valid in JSON and in
addresses, and PostgreSQL stores it in no text: what SQLite takes would be an error of the server
there.
"""

import re
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from maas.core.errors import Kind, MaasError

MOST_BYTES: Final = 8 << 20
"""Of a body; the largest that anybody needs is an upload of 500 scans, about 1 MiB."""
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""As JSON writes it; a doubled backslash is one of the text."""

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


class RequestTooLarge(MaasError):
    """More bytes than any request of ours."""

    code = "request-too-large"
    title = "The request is too large"
    kind = Kind.TOO_LARGE


class TextNotStorable(MaasError):
    """A text has the character U+0000."""

    code = "text-not-storable"
    title = "A text has a character that no text has"
    kind = Kind.INVALID


class CheckedRoute(APIRoute):
    """A route that takes in no more than `MOST_BYTES` and no NUL."""

    def get_route_handler(self) -> Endpoint:
        """Wrap the endpoint."""
        endpoint = super().get_route_handler()

        async def checked(request: Request) -> Response:
            return await endpoint(await take_in(request))

        return checked


async def take_in(request: Request, *, nul: bool = False) -> Request:
    """
    Return the request with its body read; `nul` lets U+0000 in where it is not stored.

    Raises:
        RequestTooLarge: It is larger; the rest is not read.
        TextNotStorable: Address or body has U+0000.

    """
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await request.receive()
        size += len(message.get("body", b""))
        if size > MOST_BYTES:
            raise RequestTooLarge(f"At most {MOST_BYTES >> 20} MiB.", limit=MOST_BYTES)
        return message

    if "\x00" in request.url.path or "%00" in request.url.path + request.url.query:
        raise TextNotStorable("Leave U+0000 out of the address.")
    taken = Request(request.scope, counted)
    if _NUL.search(await taken.body()) and not nul:
        raise TextNotStorable("Leave U+0000 out of the body.")
    return taken
