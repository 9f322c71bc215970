from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from maas.core.clock import FrozenClock
from maas.core.errors import MaasError
from maas.db.session import Sessions, make_sessions
from maas.rest.problems import answer_error
from tests.support.database import BACKENDS, fresh_engine
from tests.support.shop import open_shop
from tests.ticketing.holders import MORNING
from ticketing.inspection.api import router as inspection_router
from ticketing.tickets.api import router as tickets_router


@pytest.fixture(params=BACKENDS)
def shop(request: pytest.FixtureRequest, tmp_path: Path):
    with open_shop(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture(params=BACKENDS)
def sessions(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sessions]:
    with fresh_engine(request.param, tmp_path) as engine:
        yield make_sessions(engine)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(MORNING)


@pytest.fixture
def client(sessions: Sessions, clock: FrozenClock) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.sessions = sessions
    app.state.clock = clock
    app.state.no_rate_limits = True
    app.add_exception_handler(MaasError, answer_error)
    app.include_router(tickets_router, prefix="/v1")
    app.include_router(inspection_router, prefix="/v1")
    with TestClient(app) as client:
        yield client
