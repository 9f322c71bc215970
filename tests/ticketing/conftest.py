from pathlib import Path

import pytest

from tests.support.database import BACKENDS
from tests.support.shop import open_shop


@pytest.fixture(params=BACKENDS)
def shop(request: pytest.FixtureRequest, tmp_path: Path):
    with open_shop(request.param, tmp_path) as opened:
        yield opened
