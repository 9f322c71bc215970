"""Visits to a server that says whatever it likes; the clock and the server are ours."""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtfs_feeds.watch import (
    Answer,
    FeedStore,
    FetchFailed,
    Outcome,
    Result,
    Source,
    VersionUnknown,
    Watcher,
)
from maas.core.clock import FrozenClock
from tests.support.valid_feed import VALID, Edit, edited

SOURCE = Source("bus", "https://feeds.example.jp/bus.zip?key={KEY}", "info@bus.example.jp", "バス")
NOON = datetime(2026, 6, 1, 3, tzinfo=UTC)  # 12:00 in Japan
HTML = b"<!doctype html><html><body>404</body></html>"


def zipped(edits: Sequence[Edit] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in edited(edits).items():
            # A fixed date, so that the same files are the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


GOOD = zipped()
NEWER = zipped([("feed_info.txt", ",1,info", ",2,info")])
FLAWED = zipped([("stops.txt", "33.5950", "93.5950")])
OVER = zipped(
    [
        ("calendar.txt", "20270331", "20260501"),
        ("feed_info.txt", "20260401,20270331", "20260401,20260501"),
    ]
)


class Server:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, str]] = []

    def __call__(self, url: str, *, etag: str, last_modified: str) -> Answer:
        self.asked.append((url, etag, last_modified))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def ok(body: bytes, **marks: str) -> Answer:
    return Answer(200, body, **marks)


def watch(folder: Path, *answers: Answer | Exception) -> tuple[Watcher, FeedStore, Server]:
    store, server = FeedStore(folder), Server(*answers)
    return Watcher(store, server, FrozenClock(NOON), {"KEY": "s3cret"}), store, server


def visits(folder: Path, *answers: Answer | Exception) -> tuple[list[Result], FeedStore]:
    watcher, store, server = watch(folder, *answers)
    return [watcher.visit(SOURCE) for _ in range(len(server.answers))], store


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_first_good_feed_is_used_and_kept_under_its_digest(tmp_path: Path) -> None:
    (result,), store = visits(tmp_path, ok(GOOD))

    assert result.outcome is Outcome.REPLACED
    assert store.state("bus").current == sha(GOOD)
    assert (tmp_path / "bus" / "versions" / sha(GOOD)).read_bytes() == GOOD


def test_the_marks_of_the_last_answer_are_sent_and_304_changes_nothing(tmp_path: Path) -> None:
    watcher, store, server = watch(
        tmp_path, ok(GOOD, etag='"a"', last_modified="Mon, 01 Jun 2026"), Answer(304)
    )

    assert watcher.visit(SOURCE).outcome is Outcome.REPLACED
    assert watcher.visit(SOURCE).outcome is Outcome.UNCHANGED
    assert server.asked[1][1:] == ('"a"', "Mon, 01 Jun 2026")
    assert store.state("bus").etag == '"a"'


def test_a_server_without_marks_is_compared_by_content(tmp_path: Path) -> None:
    results, store = visits(tmp_path, ok(GOOD), ok(GOOD))

    assert [r.outcome for r in results] == [Outcome.REPLACED, Outcome.UNCHANGED]
    assert len(store.versions("bus")) == 1


@pytest.mark.parametrize(
    ("bad", "outcome"),
    [
        (ok(HTML), Outcome.REJECTED),
        (ok(b""), Outcome.REJECTED),
        (ok(GOOD[: len(GOOD) // 2]), Outcome.REJECTED),
        (ok(FLAWED), Outcome.REJECTED),
        (ok(OVER), Outcome.HELD),
        (
            ok(zipped([("trips.txt", None, VALID["trips.txt"].splitlines()[0] + "\n")])),
            Outcome.REJECTED,
        ),
        (Answer(404, HTML), Outcome.UNREACHABLE),
        (Answer(500), Outcome.UNREACHABLE),
        (FetchFailed("timed out"), Outcome.UNREACHABLE),
    ],
)
def test_a_good_feed_is_never_replaced_by_something_worse(
    tmp_path: Path, bad: Answer | Exception, outcome: Outcome
) -> None:
    results, store = visits(tmp_path, ok(GOOD), bad)

    assert results[1].outcome is outcome
    assert store.state("bus").current == sha(GOOD)
    assert store.data("bus", sha(GOOD)) == GOOD


def test_an_error_page_does_not_hide_the_feed_that_comes_after_it(tmp_path: Path) -> None:
    watcher, store, server = watch(
        tmp_path, ok(GOOD, etag='"a"'), ok(HTML, etag='"page"'), ok(NEWER, etag='"b"')
    )
    outcomes = [watcher.visit(SOURCE).outcome for _ in range(3)]

    assert outcomes == [Outcome.REPLACED, Outcome.REJECTED, Outcome.REPLACED]
    # The mark of the page is not sent, else the server could answer "not modified".
    assert server.asked[2][1] == '"a"'
    assert store.state("bus").current == sha(NEWER)


def test_a_feed_that_lost_most_of_its_trips_waits_for_a_person(tmp_path: Path) -> None:
    trips = VALID["trips.txt"] + "".join(f"R,S,X{n},天神,,P,1\n" for n in range(10))
    calls = VALID["stop_times.txt"] + "".join(
        f"X{n},1{n % 10}:00:00,1{n % 10}:00:00,A,1,0,1,0,1\n"
        f"X{n},1{n % 10}:10:00,1{n % 10}:10:00,C,2,1,0,1.1,1\n"
        for n in range(10)
    )
    many = zipped([("trips.txt", None, trips), ("stop_times.txt", None, calls)])
    watcher, store, _ = watch(tmp_path, ok(many), ok(GOOD))

    watcher.visit(SOURCE)
    # Two trips are fewer than a fifth of twelve.
    assert watcher.visit(SOURCE).outcome is Outcome.HELD
    assert store.state("bus").held == sha(GOOD)
    watcher.accept("bus", sha(GOOD)[:10])
    assert store.state("bus").current == sha(GOOD)
    assert store.state("bus").held == ""


def test_a_flawed_feed_is_better_than_none_and_is_replaced_by_a_good_one(tmp_path: Path) -> None:
    results, store = visits(tmp_path, ok(FLAWED), ok(GOOD))

    assert [r.outcome for r in results] == [Outcome.REPLACED, Outcome.REPLACED]
    assert "number_out_of_range" in results[0].detail
    assert store.state("bus").current == sha(GOOD)


def test_rolling_back_holds_even_when_the_server_offers_the_same_version(tmp_path: Path) -> None:
    watcher, store, _ = watch(tmp_path, ok(GOOD), ok(NEWER), ok(NEWER), ok(GOOD))
    watcher.visit(SOURCE)
    watcher.visit(SOURCE)

    assert watcher.roll_back("bus").sha256 == sha(GOOD)
    assert watcher.visit(SOURCE).outcome is Outcome.HELD
    assert store.state("bus").current == sha(GOOD)
    assert watcher.visit(SOURCE).outcome is Outcome.UNCHANGED
    assert {v.sha256 for v in store.versions("bus")} == {sha(GOOD), sha(NEWER)}


def test_rolling_back_to_what_is_not_there_is_refused(tmp_path: Path) -> None:
    watcher, store, _ = watch(tmp_path, ok(GOOD), ok(HTML))
    watcher.visit(SOURCE)
    watcher.visit(SOURCE)

    for version in ("", "ffff", sha(HTML)):
        with pytest.raises(VersionUnknown):
            watcher.roll_back("bus", version)
    assert store.state("bus").current == sha(GOOD)


def test_a_damaged_file_of_the_store_is_noticed(tmp_path: Path) -> None:
    watcher, store, _ = watch(tmp_path, ok(GOOD), ok(NEWER))
    watcher.visit(SOURCE)
    watcher.visit(SOURCE)
    (tmp_path / "bus" / "versions" / sha(GOOD)).write_bytes(b"rotten")

    with pytest.raises(VersionUnknown):
        watcher.roll_back("bus")
    assert store.state("bus").current == sha(NEWER)


def test_keys_are_sent_but_neither_stored_nor_told(tmp_path: Path) -> None:
    watcher, _, server = watch(tmp_path, FetchFailed("no answer from ?key=s3cret"))

    result = watcher.visit(SOURCE)

    assert "s3cret" in server.asked[0][0]
    assert "s3cret" not in result.detail
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"s3cret" not in path.read_bytes()


def test_a_server_that_asks_for_rest_is_left_alone(tmp_path: Path) -> None:
    store, server = FeedStore(tmp_path), Server(Answer(429, retry_after_s=600), ok(GOOD))
    clock = FrozenClock(NOON)
    watcher = Watcher(store, server, clock)

    assert watcher.visit(SOURCE).outcome is Outcome.UNREACHABLE
    assert watcher.visit(SOURCE).outcome is Outcome.RESTING
    clock.move(timedelta(seconds=601))
    assert watcher.visit(SOURCE).outcome is Outcome.REPLACED


def test_a_tag_cannot_leave_the_folder(tmp_path: Path) -> None:
    for tag in ("../x", "a/b", "", ".", "a_b"):
        with pytest.raises(Exception, match="Letters"):
            FeedStore(tmp_path).state(tag)


def test_damaged_state_and_history_are_not_the_end(tmp_path: Path) -> None:
    watcher, store, _ = watch(tmp_path, ok(GOOD), ok(GOOD))
    watcher.visit(SOURCE)
    (tmp_path / "bus" / "state.json").write_text("{", encoding="utf-8")
    with (tmp_path / "bus" / "history.jsonl").open("a", encoding="utf-8") as lines:
        lines.write('{"event": "version"}\nnot json\n[1]\n')

    assert watcher.visit(SOURCE).outcome is Outcome.REPLACED
    assert len(store.versions("bus")) == 1


ANSWERS = {
    "good": ok(GOOD),
    "newer": ok(NEWER),
    "html": ok(HTML),
    "flawed": ok(FLAWED),
    "over": ok(OVER),
    "gone": Answer(404),
    "same": Answer(304),
    "dead": FetchFailed("x"),
}


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(names=st.lists(st.sampled_from(sorted(ANSWERS)), min_size=1, max_size=6))
def test_once_a_good_version_is_in_use_one_always_is(
    names: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("store")
    watcher, store, _ = watch(folder, *(ANSWERS[name] for name in names))
    was_good = False
    for _ in names:
        watcher.visit(SOURCE)
        current = store.state("bus").current
        is_good = current in {sha(GOOD), sha(NEWER)}
        assert is_good or not was_good
        was_good = is_good
        if current:
            assert store.data("bus", current)


def test_the_last_day_is_the_earlier_of_validity_and_services(tmp_path: Path) -> None:
    short = zipped([("calendar.txt", "20270331", "20261231")])
    _, store = visits(tmp_path, ok(short))

    (version,) = store.versions("bus")
    assert version.last_day == date(2026, 12, 31)
