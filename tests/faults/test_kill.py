"""A few kills for every run of the tests; `python -m tests.faults.kill` does hundreds."""

import pytest

from tests.faults.kill import run
from tests.support.database import BACKENDS


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_is_lost_or_doubled_when_server_and_worker_are_killed(backend):
    report = run(4, seed=3, buyers=2, postgres=backend == "postgresql")

    assert report.kills >= 4
    assert report.wrong == []
