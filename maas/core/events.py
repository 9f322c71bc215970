"""The base of what a domain says has happened."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Event:
    """
    A fact that others may act on, kept in the outbox with the change that it tells of.

    A subclass names its `kind` and gives `key`, unique for the fact: recording it twice is once.
    Fields are what JSON can hold.
    """

    kind: ClassVar[str]

    @property
    def key(self) -> str:
        """What makes this fact one fact."""
        raise NotImplementedError

    def payload(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return asdict(self)
