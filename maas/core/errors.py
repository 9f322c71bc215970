"""What the domains raise."""

from enum import Enum
from typing import ClassVar


class Kind(Enum):
    """What sort of failure it is; the HTTP status follows from it."""

    INVALID = "invalid"
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    EXPIRED = "expired"
    FORBIDDEN = "forbidden"
    UNAUTHENTICATED = "unauthenticated"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    UNAVAILABLE = "unavailable"


class MaasError(Exception):
    """
    A failure that the caller may act on.

    A subclass names its `code`, `title` and `kind`. `facts` are shown to the caller, so they
    hold nothing that the caller may not see.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    kind: ClassVar[Kind]

    def __init__(self, detail: str, **facts: str | int) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts
