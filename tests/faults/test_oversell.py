"""120 buyers for 20 places, in real processes; `python -m tests.faults.oversell` has 300 for 50."""

import pytest

from tests.faults.oversell import run
from tests.support.database import BACKENDS, postgres_url, sqlite_url


@pytest.fixture(params=BACKENDS)
def url(request, tmp_path):
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
    else:
        with postgres_url() as made:
            yield made


def test_twenty_places_are_sold_twenty_times(url):
    outcome = run(url, buyers=120, places=20)

    assert (outcome.placed, outcome.refused, outcome.counted) == (20, 100, 20)
    assert outcome.wrong == []


def test_without_the_protection_it_oversells_so_the_test_above_proves_something(url):
    outcome = run(url, buyers=120, places=20, protected=False)

    assert outcome.placed > 20
