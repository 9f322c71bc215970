"""Several processes and one address: it is asked once, and everybody gets the answer."""

import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gtfs_feeds.watch import Answer, FetchFailed
from maas.adapters.shared_fetch import SharedFetch
from maas.core.clock import FrozenClock, SystemClock

URL = "https://example.jp/trips.pb?key=secret"


class Server:
    """Counts how often it is asked; answers with the marks of its body."""

    def __init__(self, body: bytes = b"one", etag: str = "") -> None:
        self.body, self.etag, self.asked, self.down = body, etag, 0, False

    def __call__(self, url: str, *, etag: str, last_modified: str) -> Answer:
        self.asked += 1
        if self.down:
            raise FetchFailed("refused")
        if etag and etag == self.etag:
            return Answer(304, b"", etag)
        return Answer(200, self.body, self.etag)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2028, 2, 29, 15, 20, tzinfo=UTC))


def later(clock: FrozenClock, seconds: int) -> FrozenClock:
    return FrozenClock(clock.now() + timedelta(seconds=seconds))


def ask(fetch: SharedFetch, etag: str = "") -> Answer:
    return fetch(URL, etag=etag, last_modified="")


def test_the_second_process_reads_what_the_first_was_told(tmp_path: Path, clock) -> None:
    server = Server()
    first = SharedFetch(server, tmp_path, clock, 15)
    second = SharedFetch(server, tmp_path, later(clock, 14), 15)

    assert ask(first) == ask(second) == Answer(200, b"one")
    assert server.asked == 1


def test_after_a_while_it_is_asked_again_with_the_marks_of_the_last_answer(
    tmp_path: Path, clock
) -> None:
    server = Server(etag='"a"')
    ask(SharedFetch(server, tmp_path, clock, 15))

    # Who has that answer is told that nothing changed; a new process gets the body all the same.
    assert ask(SharedFetch(server, tmp_path, later(clock, 15), 15), '"a"').status == 304
    assert ask(SharedFetch(server, tmp_path, later(clock, 16), 15)).body == b"one"
    assert server.asked == 2
    server.body, server.etag = b"two", '"b"'
    assert ask(SharedFetch(server, tmp_path, later(clock, 40), 15), '"a"').body == b"two"


def test_an_address_that_is_down_is_asked_once_and_comes_back(tmp_path: Path, clock) -> None:
    server = Server()
    server.down = True
    for seconds in (0, 5):
        with pytest.raises(FetchFailed, match="refused"):
            ask(SharedFetch(server, tmp_path, later(clock, seconds), 15))
    assert server.asked == 1

    server.down = False
    assert ask(SharedFetch(server, tmp_path, later(clock, 20), 15)).body == b"one"


@pytest.mark.parametrize("damage", [b"", b"{}", b"not json\nbody", b'{"at": "x"}\n'])
def test_a_damaged_answer_is_asked_for_anew(tmp_path: Path, clock, damage: bytes) -> None:
    server = Server()
    ask(SharedFetch(server, tmp_path, clock, 15))
    (kept,) = (path for path in tmp_path.iterdir() if not path.suffix)
    kept.write_bytes(damage)

    assert ask(SharedFetch(server, tmp_path, clock, 15)).body == b"one"
    assert "secret" not in "".join(path.name for path in tmp_path.iterdir())


def _round(folder: Path) -> None:
    def fetch(url: str, *, etag: str, last_modified: str) -> Answer:
        with (folder / "asked").open("a") as log:
            log.write("x")
        return Answer(200, b"one")

    told = SharedFetch(fetch, folder / "kept", SystemClock(), 600)
    assert told(URL, etag="", last_modified="").body == b"one"


def test_processes_that_ask_at_the_same_moment_ask_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    crowd = [context.Process(target=_round, args=(tmp_path,)) for _ in range(6)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)

    assert [one.exitcode for one in crowd] == [0] * 6
    assert (tmp_path / "asked").read_text() == "x"
