"""The port through which mail goes out; adapters write it to files or send it over SMTP."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mail:
    """One message."""

    to: str
    subject: str
    body: str
    id: str = ""
    """Names the message where it must not come twice: letters, digits, dots, hyphens."""


class Outbox(Protocol):
    """Sends mail."""

    def send(self, mail: Mail) -> None:
        """
        Send one message, or take care that it is sent.

        Raises:
            OSError: It could not be handed over.
        """
        ...

    def forget(self, address: str) -> None:
        """Remove what is kept here of mails to an address."""
        ...
