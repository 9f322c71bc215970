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


class MailRefused(OSError):
    """A mail that was certainly not taken; after any other OSError it may have been."""


class Outbox(Protocol):
    """Sends mail."""

    def send(self, mail: Mail) -> None:
        """
        Send one message, or take care that it is sent.

        Raises:
            MailRefused: It was not handed over.
            OSError: Whether it was handed over is not known.
        """
        ...

    def forget(self, address: str) -> None:
        """Remove what is kept here of mails to an address."""
        ...
