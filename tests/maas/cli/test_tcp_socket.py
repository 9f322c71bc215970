"""Answers leave at once: no connection of the server waits for more to send."""

import asyncio
import socket

from maas.cli.serve_processes import tcp_socket


def test_connections_that_the_server_accepts_do_not_delay_small_answers() -> None:
    async def delays() -> int:
        listener = tcp_socket()
        listener.bind(("127.0.0.1", 0))
        seen: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            own = writer.get_extra_info("socket")
            seen.set_result(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        server = await asyncio.start_server(answer, sock=listener)
        async with server:
            _, writer = await asyncio.open_connection(*listener.getsockname())
            found = await seen
            writer.close()
        return found

    assert asyncio.run(delays()) == 1
