"""The port through which feeds are fetched; the HTTP adapter lives in `maas.adapters`."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    body: bytes = b""
    etag: str = ""
    last_modified: str = ""
    retry_after_s: int = 0
    """How long the server asks to be left alone; 0 where it does not say."""


class FetchFailed(Exception):
    """No answer: refused, timed out, too large, not allowed. The text holds no secret."""


class Fetch(Protocol):
    """Asks for an address, on the condition that it changed."""

    def __call__(self, url: str, *, etag: str, last_modified: str) -> Answer:
        """
        Return the answer; status 304 where nothing changed since these two marks.

        Raises:
            FetchFailed: There is no answer.
        """
        ...
