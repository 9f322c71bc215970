"""A few kills for every run of the tests; `python -m tests.faults.kill` does hundreds."""

from tests.faults.kill import run


def test_nothing_is_lost_or_doubled_when_server_and_worker_are_killed():
    report = run(4, seed=3, buyers=2)

    assert report.kills >= 4
    assert report.wrong == []
