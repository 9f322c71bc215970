"""A request whose head does not end is refused; long bodies and many requests are not."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from maas.bounded_http import LONGEST_HEAD, BoundedHttp
from maas.cli.serve_processes import tcp_socket


async def tells_the_length(
    scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answer with how many bytes the body had."""
    if scope["type"] != "http":
        return
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    text = str(size).encode()
    head = [(b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": text})


async def _all_of(reader: asyncio.StreamReader) -> bytes:
    """Return what comes until the other side closes, or resets what it will not read."""
    found = b""
    try:
        while part := await reader.read(65_536):
            found += part
    except ConnectionError:
        pass
    return found


def refused(answer: bytes) -> bool:
    """Whether a connection ended without an answer but a refusal, which a reset may overtake."""
    return not answer or answer.startswith(b"HTTP/1.1 400 ")


def told(*pieces: bytes) -> bytes:
    """Return all that the server says to these pieces until it closes."""

    async def asked(listener: socket.socket) -> bytes:
        config = uvicorn.Config(
            tells_the_length, http=BoundedHttp, lifespan="off", log_level="critical"
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        reading = asyncio.create_task(_all_of(reader))
        for piece in pieces:
            writer.write(piece)
            try:
                await writer.drain()
            except ConnectionError:
                break
            await asyncio.sleep(0)
        found = await asyncio.wait_for(reading, 20)
        writer.close()
        server.should_exit = True
        await serving
        return found

    listener = tcp_socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return asyncio.run(asked(listener))


LAST = b"Connection: close\r\n"


def test_a_header_without_end_is_refused() -> None:
    lines = [b"x-%d: %s\r\n" % (number, b"y" * 1000) for number in range(2 * LONGEST_HEAD // 1000)]
    assert refused(told(b"GET / HTTP/1.1\r\n", *lines))


def test_one_header_line_without_end_is_refused() -> None:
    line = [b"y" * 1000] * (2 * LONGEST_HEAD // 1000)
    assert refused(told(b"GET / HTTP/1.1\r\nx: ", *line))


def test_a_trailer_without_end_is_refused() -> None:
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    lines = [b"x-%d: %s\r\n" % (number, b"y" * 1000) for number in range(2 * LONGEST_HEAD // 1000)]
    assert refused(told(head, *lines))


def test_a_body_may_be_much_longer_than_a_head() -> None:
    size = 20 * LONGEST_HEAD
    head = b"POST / HTTP/1.1\r\n" + LAST + b"Content-Length: %d\r\n\r\n" % size
    answer = told(head, *[b"z" * 10_000] * (size // 10_000), b"z" * (size % 10_000))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n%d" % size)


def test_requests_on_one_connection_count_each_for_itself() -> None:
    one = b"GET / HTTP/1.1\r\nx: " + b"y" * (LONGEST_HEAD // 2) + b"\r\n"
    answer = told(*[one + b"\r\n"] * 4, one + LAST + b"\r\n")
    assert answer.count(b"HTTP/1.1 200 ") == 5
