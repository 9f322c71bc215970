"""Rate limits: one count for a caller, however many processes answer him."""

import multiprocessing
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis

from maas.rest.ratelimit import Buckets, FileBuckets, RedisBuckets, open_buckets
from tests.support.database import REDIS, WITHOUT_REDIS

SECOND = timedelta(seconds=1)


@pytest.fixture(params=["file", "redis"])
def buckets(request: pytest.FixtureRequest, tmp_path: Path) -> Buckets:
    if request.param == "file":
        return FileBuckets(tmp_path / "limits.db")
    if not REDIS:
        pytest.skip(WITHOUT_REDIS)
    Redis.from_url(REDIS).delete("maas:limit:a", "maas:limit:b")
    return RedisBuckets(REDIS, FileBuckets(":memory:"))


def test_a_caller_gets_a_burst_and_then_so_many_a_minute(buckets: Buckets):
    def take(caller: str, now: float) -> float:
        return buckets.take(caller, SECOND, 3, 1_790_000_000 + now)

    assert [take("a", 0.0) for _ in range(4)] == [0, 0, 0, 1]  # one token a second
    assert take("b", 0.0) == 0
    assert take("a", 0.5) == 0.5
    assert take("a", 1.0) == 0
    assert [take("a", 100.0) for _ in range(4)] == [0, 0, 0, 1]  # never more than the burst


def test_a_clock_that_was_put_back_locks_nobody_out(buckets: Buckets):
    assert [buckets.take("a", SECOND, 3, 1_790_000_000) for _ in range(3)] == [0, 0, 0]

    year_before = 1_760_000_000
    assert buckets.take("a", SECOND, 3, year_before) == 1
    assert buckets.take("a", SECOND, 3, year_before + 3) == 0


def _taken(path: Path, tries: int, answers: "multiprocessing.SimpleQueue[int]") -> None:
    buckets = FileBuckets(path)
    took = sum(buckets.take("a", SECOND, 30, 1_790_000_000) == 0 for _ in range(tries))
    answers.put(took)


def test_several_processes_give_together_what_one_would_give(tmp_path: Path):
    fork = multiprocessing.get_context("fork")
    answers: multiprocessing.SimpleQueue[int] = fork.SimpleQueue()
    several = [
        fork.Process(target=_taken, args=(tmp_path / "limits.db", 20, answers)) for _ in range(4)
    ]
    for process in several:
        process.start()
    for process in several:
        process.join(30)

    assert sum(answers.get() for _ in several) == 30  # of 80 that were asked for


def test_callers_who_have_all_their_tokens_again_are_forgotten(tmp_path: Path):
    buckets = FileBuckets(tmp_path / "limits.db")
    for number in range(2500):
        buckets.take(f"caller-{number}", SECOND, 3, 1_790_000_000 + number)

    with sqlite3.connect(tmp_path / "limits.db") as looked:
        [kept] = looked.execute("SELECT count(*) FROM buckets").fetchone()
    assert kept < 1100


def test_a_count_that_cannot_be_kept_stops_nobody(tmp_path: Path):
    (tmp_path / "limits.db").write_bytes(b"no database" * 1000)

    assert FileBuckets(tmp_path / "limits.db").take("a", SECOND, 1, 1_790_000_000) == 0


def test_while_redis_does_not_answer_the_machine_counts_for_itself(tmp_path: Path):
    buckets = open_buckets("redis://127.0.0.1:1/0", tmp_path / "limits.db")

    takes = [buckets.take("a", SECOND, 2, 1_790_000_000) for _ in range(3)]

    assert takes == [0, 0, 1]
