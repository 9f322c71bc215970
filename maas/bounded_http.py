"""HTTP/1.1 by httptools, with an end to what a request may bring besides its body."""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD: Final = 65_536
"""Bytes of request line, header, chunk sizes and trailer together, as h11 has it by default."""


class BoundedHttp(HttpToolsProtocol):
    """
    A connection that is closed, with a 400, when the head of a request does not end.

    httptools sets no limit of its own: who sends header lines for ever would fill the memory.
    """

    _beside = 0
    """Bytes of the request that is being read which were not its body."""
    _part = 0
    """Bytes that came together last."""

    def data_received(self, data: bytes) -> None:
        """Read what came, and refuse to read on where too much of it is no body."""
        self._part = len(data)
        self._beside += self._part
        super().data_received(data)
        if self._beside > LONGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """Count anew: of what came together, the rest may belong to this request."""
        self._beside = self._part
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; what it may hold is for the endpoints to say."""
        self._beside -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Count anew for the next request."""
        self._beside = 0
        super().on_message_complete()
