"""
`Idempotency-Key`: the first answer to a POST is stored and repeated.

Use `APIRouter(route_class=IdempotentRoute)`. The key is taken in a short transaction of its own;
the answer is written in the endpoint's own transaction (`SessionDep`), so effect and answer
stand or fall together: a process that dies leaves either both or neither. An endpoint that keeps
no session (it calls others between two transactions) must be repeatable by itself.

A refused request (an error) stores nothing: nothing took effect, and the caller may try again.
"""

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from maas.core.clock import SystemClock
from maas.db.session import Sessions
from maas.rest.errors import IdempotencyKeyMissing, IdempotencyKeyReused, RequestInProgress
from maas.rest.intake import take_in
from maas.rest.models import IdempotentAnswer
from maas.rest.session import sessions_of

HEADER: Final = "idempotency-key"
SHORTEST, LONGEST = 16, 200
HOLD: Final = timedelta(seconds=30)
"""How long a request may be at work before its key is free again (`app.state.idempotency_hold`)."""

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


class IdempotentRoute(APIRoute):
    """A route whose POSTs need an `Idempotency-Key`; other methods pass through."""

    takes_nul = False
    """Whether a body may have U+0000; its models then say where."""

    def get_route_handler(self) -> Endpoint:
        """Wrap the endpoint."""
        endpoint = super().get_route_handler()

        async def once(asked: Request) -> Response:
            request = await take_in(asked, nul=self.takes_nul)
            if request.method != "POST":
                return await endpoint(request)
            ask = _Ask.of(request, await request.body())
            sessions = sessions_of(request)
            hold = getattr(request.app.state, "idempotency_hold", HOLD)
            row_id, stored = await run_in_threadpool(_take, sessions, ask, hold)
            if stored is not None:
                return stored
            try:
                response = await endpoint(request)
            except BaseException:
                await run_in_threadpool(_give_up, sessions, _session_of(request), row_id)
                raise
            session = _session_of(request)
            if response.status_code >= 400:
                await run_in_threadpool(_give_up, sessions, session, row_id)
            elif session is not None:
                await run_in_threadpool(_store, session, row_id, response)
            else:
                await run_in_threadpool(_store_alone, sessions, row_id, response)
            return response

        return once


@dataclass(frozen=True, slots=True)
class _Ask:
    scope: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, request: Request, body: bytes) -> "_Ask":
        key = request.headers.get(HEADER, "")
        if not (SHORTEST <= len(key) <= LONGEST and key.isascii() and key.isprintable()):
            raise IdempotencyKeyMissing(
                f"Send an `Idempotency-Key` header of {SHORTEST} to {LONGEST} characters that "
                "nobody can guess, a UUID for example; send the same one when you try again."
            )
        caller = hashlib.sha256(request.headers.get("authorization", "").encode()).hexdigest()
        scope = hashlib.sha256(f"{request.url.path}\n{caller}".encode()).hexdigest()
        content_type = request.headers.get("content-type", "")
        said = f"{request.url.query}\n{content_type}\n".encode() + body
        return cls(scope, key, hashlib.sha256(said).hexdigest())


def _take(sessions: Sessions, ask: _Ask, hold: timedelta) -> tuple[int, Response | None]:
    """Take the key, or return the answer that was given to it."""
    now = SystemClock().now()
    try:
        with sessions.begin() as session:
            row = session.scalar(_row(ask))
            if row is None:
                row = IdempotentAnswer(
                    scope=ask.scope,
                    key=ask.key,
                    fingerprint=ask.fingerprint,
                    created_at=now,
                    held_until=now + hold,
                )
                session.add(row)
                session.flush()
                return row.id, None
            if row.fingerprint != ask.fingerprint:
                raise IdempotencyKeyReused("Use a new key for a new request.")
            if row.status is not None:
                headers = {"idempotent-replayed": "true"}
                answer = Response(row.body, row.status, headers, media_type=row.media_type)
                return row.id, answer
            if not _take_over(session, row, now + hold):
                raise RequestInProgress("Ask again in a few seconds.", retry_after=2)
            return row.id, None
    except IntegrityError as twin:
        raise RequestInProgress("Ask again in a few seconds.", retry_after=2) from twin


def _take_over(session: Session, row: IdempotentAnswer, until: datetime) -> bool:
    """Take the place of a request whose process died; one of many callers succeeds."""
    result = session.execute(
        update(IdempotentAnswer)
        .where(
            IdempotentAnswer.id == row.id,
            IdempotentAnswer.status.is_(None),
            IdempotentAnswer.held_until <= SystemClock().now(),
        )
        .values(held_until=until)
        .returning(IdempotentAnswer.id)
        .execution_options(synchronize_session=False)
    )
    return result.one_or_none() is not None


def _row(ask: _Ask) -> Any:
    return select(IdempotentAnswer).where(
        IdempotentAnswer.scope == ask.scope, IdempotentAnswer.key == ask.key
    )


def _store(session: Session, row_id: int, response: Response) -> None:
    session.execute(
        update(IdempotentAnswer)
        .where(IdempotentAnswer.id == row_id)
        .values(
            status=response.status_code,
            media_type=response.headers.get("content-type"),
            body=bytes(response.body),
        )
        .execution_options(synchronize_session=False)
    )


def _store_alone(sessions: Sessions, row_id: int, response: Response) -> None:
    with sessions.begin() as session:
        _store(session, row_id, response)


def _session_of(request: Request) -> Session | None:
    return getattr(request.state, "session", None)


def _give_up(sessions: Sessions, endpoint_session: Session | None, row_id: int) -> None:
    """Free the key. The endpoint's transaction ends first: on SQLite it would block this one."""
    if endpoint_session is not None:
        endpoint_session.rollback()
    with sessions.begin() as session:
        session.execute(
            delete(IdempotentAnswer).where(
                IdempotentAnswer.id == row_id, IdempotentAnswer.status.is_(None)
            )
        )
