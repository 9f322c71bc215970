"""Failures of our own endpoints as problems (RFC 9457), and every failure's HTTP status."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse

from maas.core.errors import Kind, MaasError

STATUS: Final[Mapping[Kind, int]] = {
    Kind.INVALID: 422,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.EXPIRED: 410,
    Kind.FORBIDDEN: 403,
    Kind.UNAUTHENTICATED: 401,
    Kind.TOO_LARGE: 413,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
}

MEDIA_TYPE: Final = "application/problem+json"


class ProblemResponse(JSONResponse):
    """A problem as an answer."""

    media_type = MEDIA_TYPE


def problem(
    status: int, code: str, title: str, detail: str = "", /, **facts: str | int
) -> ProblemResponse:
    """
    Return a problem.

    Args:
        status: HTTP status.
        code: Stable name of the problem; its `type` is `urn:kyushu-maas:problem:<code>`.
        title: What kind of problem it is, the same every time.
        detail: What happened this time.
        facts: Further members, such as the field or the limit; one that is named like a member
            of every problem (`status`, `title` …) is given as `<name>_of`.
    """
    reserved = {"type", "title", "status", "code", "detail"}
    content: dict[str, str | int] = {
        **{f"{name}_of" if name in reserved else name: fact for name, fact in facts.items()},
        "type": f"urn:kyushu-maas:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
    }
    if detail:
        content["detail"] = detail
    return ProblemResponse(content, status)


def problem_of(error: MaasError) -> ProblemResponse:
    """Return a domain's failure as a problem."""
    return problem(STATUS[error.kind], error.code, error.title, error.detail, **error.facts)


def answer_error(_: Request, error: Exception) -> ProblemResponse:
    """Answer a domain's failure; an exception handler for the application."""
    if not isinstance(error, MaasError):
        raise error
    return problem_of(error)
