from pathlib import Path

import pytest

from tests.support.database import BACKENDS, fresh_engine


@pytest.fixture(params=BACKENDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path):
    with fresh_engine(request.param, tmp_path) as fresh:
        yield fresh


@pytest.fixture
def sessions(engine):
    from maas.db.session import make_sessions

    return make_sessions(engine)
