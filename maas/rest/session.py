"""The database session of a request."""

from collections.abc import Iterator
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from maas.db.session import READ_ONLY, Sessions

READS = frozenset({"GET", "HEAD", "OPTIONS"})


def sessions_of(request: Request) -> Sessions:
    """Return the factory that the app was made with (`app.state.sessions`)."""
    return cast("Sessions", request.app.state.sessions)


def get_session(request: Request) -> Iterator[Session]:
    """Commit when the request succeeds, roll back when it raises; a GET cannot write on SQLite."""
    with sessions_of(request).begin() as session:
        if request.method in READS:
            session.connection(execution_options=READ_ONLY)
        request.state.session = session
        yield session
    runner: Any = getattr(request.app.state, "runner", None)
    if runner is not None and request.method not in READS:
        runner.wake()


SessionDep = Annotated[Session, Depends(get_session, scope="function")]
"""`scope="function"` commits before the response leaves; FastAPI's default commits after it."""

SessionsDep = Annotated[Sessions, Depends(sessions_of)]
"""For endpoints that call others between two transactions, and so hold none meanwhile."""
