"""The error that the fake answers with, in Stripe's shape."""

from typing import Any


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        code: str | None = None,
        param: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        said = {"type": kind, "message": message, "code": code, "param": param} | more
        self.body = {"error": {name: value for name, value in said.items() if value is not None}}


def invalid(message: str, code: str | None = None, param: str | None = None) -> Refusal:
    """Return the 400 of a wrong request."""
    return Refusal(400, "invalid_request_error", message, code, param)


def missing(thing: str) -> Refusal:
    """Return the 404 of an unknown id."""
    return Refusal(
        404, "invalid_request_error", f"No such object: '{thing}'", "resource_missing", "id"
    )
