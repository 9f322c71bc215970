"""The same POST with the same key is one effect and one answer."""

from typing import Annotated

import pytest
from fastapi import APIRouter, FastAPI, Header
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from maas.core.clock import SystemClock
from maas.core.errors import MaasError
from maas.rest.errors import NotAllowed
from maas.rest.idempotency import IdempotentRoute
from maas.rest.models import AccessKey, IdempotentAnswer
from maas.rest.session import SessionDep

KEY = {"idempotency-key": "0123456789abcdef"}


@pytest.fixture
def client(sessions):
    app = FastAPI()
    app.state.sessions = sessions
    router = APIRouter(route_class=IdempotentRoute)

    @router.post("/keys", status_code=201)
    def add(
        session: SessionDep,
        name: str,
        fail: Annotated[str, Header()] = "",
    ) -> dict[str, str]:
        session.add(AccessKey(digest=name, subject="s", rights=[], created_at=SystemClock().now()))
        session.flush()
        if fail == "refused":
            raise NotAllowed("no")
        if fail == "crash":
            raise RuntimeError("crash")
        return {"name": name}

    app.include_router(router)

    @app.exception_handler(MaasError)
    def problem(request, error):
        return JSONResponse({"code": error.code}, 409 if error.kind.value == "conflict" else 400)

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def count(sessions):
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(AccessKey))


def test_the_first_answer_is_repeated_and_nothing_happens_twice(client, sessions):
    first = client.post("/keys?name=a", headers=KEY)
    second = client.post("/keys?name=a", headers=KEY)

    assert (first.status_code, first.json()) == (201, {"name": "a"})
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["idempotent-replayed"] == "true"
    assert count(sessions) == 1


def test_the_same_key_with_another_request_is_refused(client, sessions):
    client.post("/keys?name=a", headers=KEY)
    other = client.post("/keys?name=b", headers=KEY)

    assert other.json() == {"code": "idempotency-key-reused"}
    assert count(sessions) == 1


@pytest.mark.parametrize("key", ["", "short", "ü" * 20, "x" * 201])
def test_a_post_without_a_proper_key_is_refused(client, sessions, key):
    answer = client.post("/keys?name=a", headers={"idempotency-key": key.encode()})

    assert answer.json() == {"code": "idempotency-key-missing"}
    assert count(sessions) == 0


@pytest.mark.parametrize("fail", ["refused", "crash"])
def test_a_refused_or_crashed_request_may_be_tried_again_with_its_key(client, sessions, fail):
    failed = client.post("/keys?name=a", headers=KEY | {"fail": fail})
    again = client.post("/keys?name=a", headers=KEY)

    assert failed.status_code in {400, 500}
    assert again.status_code == 201
    assert count(sessions) == 1


def test_callers_do_not_share_keys(client, sessions):
    client.post("/keys?name=a", headers=KEY | {"authorization": "Bearer one"})
    other = client.post("/keys?name=b", headers=KEY | {"authorization": "Bearer two"})

    assert other.status_code == 201
    assert count(sessions) == 2


def test_a_second_request_while_the_first_is_at_work_is_told_to_wait(client, sessions):
    client.post("/keys?name=a", headers=KEY)
    with sessions.begin() as session:  # as if the first had taken the key and not yet answered
        stored = session.scalar(select(IdempotentAnswer))
        stored.status = None

    assert client.post("/keys?name=a", headers=KEY).json() == {"code": "request-in-progress"}

    with sessions.begin() as session:  # and its process had died
        stored = session.scalar(select(IdempotentAnswer))
        stored.held_until = stored.created_at
        session.delete(session.get(AccessKey, "a"))

    assert client.post("/keys?name=a", headers=KEY).status_code == 201
