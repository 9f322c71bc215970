"""The ladder of warnings, the digests, and the files they become."""

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from gtfs_feeds.watch import (
    LADDER,
    Expiring,
    FeedStore,
    Source,
    Watcher,
    digests,
    step_due,
)
from maas.adapters.file_outbox import FileOutbox
from maas.core.clock import FrozenClock
from maas.core.mail import Mail
from tests.gtfs_feeds.watch.test_watcher import Server, ok, zipped

END = date(2027, 3, 31)
"""feed_end_date of the valid feed."""
TODAY = date(2026, 6, 1)


def on(days: int) -> date:
    return END + timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "sent", "step"),
    [
        (-91, (), None),
        (-90, (), -90),
        (-89, (-90,), None),
        (-60, (-90,), -60),
        (-10, (), -14),  # first seen late: one warning, not four
        (-10, (-14,), None),
        (-7, (-14,), -7),
        (0, (-7,), 0),
        (13, (0,), None),
        (14, (0,), 14),
        (400, (14,), None),
    ],
)
def test_each_step_of_the_ladder_is_due_once(
    days: int, sent: tuple[int, ...], step: int | None
) -> None:
    assert step_due(END, on(days), sent) == step


def watched(folder: Path, clock: FrozenClock) -> tuple[Watcher, Source]:
    source = Source("bus", "https://x.example.jp/", "info@bus.example.jp", "ためしバス")
    watcher = Watcher(FeedStore(folder / "store"), Server(ok(zipped())), clock)
    watcher.visit(source)
    return watcher, source


def test_a_feed_that_nobody_renews_is_warned_of_at_every_step_and_no_more(tmp_path: Path) -> None:
    # 100 days before the end, at noon in Japan.
    clock = FrozenClock(datetime(2026, 12, 21, 3, tzinfo=UTC))
    watcher, source = watched(tmp_path, clock)
    outbox = FileOutbox(tmp_path / "out")
    days: list[int] = []
    for _ in range(130):
        if watcher.warn([source], outbox):
            days.append((clock.now().date() - END).days)
        clock.move(timedelta(days=1))

    assert days == list(LADDER)
    assert len(list((tmp_path / "out").glob("*.eml"))) == len(LADDER)


def test_a_snoozed_feed_is_silent_until_its_day(tmp_path: Path) -> None:
    clock = FrozenClock(datetime(2027, 3, 20, 3, tzinfo=UTC))
    watcher, source = watched(tmp_path, clock)
    watcher.snooze("bus", date(2027, 3, 25))

    assert watcher.expiring([source]) == []
    clock.move(timedelta(days=5))
    assert [entry.step for entry in watcher.expiring([source])] == [-7]


def test_a_mail_that_cannot_be_sent_is_tried_again(tmp_path: Path) -> None:
    class Broken:
        def send(self, mail: Mail) -> None:
            raise ConnectionRefusedError

    clock = FrozenClock(datetime(2027, 3, 30, 3, tzinfo=UTC))
    watcher, source = watched(tmp_path, clock)

    assert watcher.warn([source], Broken()) == []
    assert len(watcher.warn([source], FileOutbox(tmp_path / "out"))) == 1
    assert watcher.warn([source], FileOutbox(tmp_path / "out")) == []


def entry(tag: str, contact: str, last_day: date) -> Expiring:
    return Expiring(tag, f"{tag}バス", contact, last_day, -7)


def test_one_address_gets_one_digest_with_the_most_urgent_feed_first() -> None:
    today = date(2026, 6, 1)
    mails = digests(
        [
            entry("late", "a@x.example.jp", date(2026, 6, 8)),
            entry("now", "a@x.example.jp", date(2026, 6, 1)),
            entry("past", "a@x.example.jp", date(2026, 5, 18)),
            entry("other", "b@x.example.jp", date(2026, 6, 8)),
            entry("nobody", "", date(2026, 6, 8)),
            entry("evil", "a@x.example.jp\nBcc: all@x.example.jp", date(2026, 6, 8)),
        ],
        today,
    )

    assert [mail.to for mail in mails] == ["a@x.example.jp", "b@x.example.jp"]
    body = mails[0].body
    assert "（3件）" in mails[0].subject
    assert body.index("pastバス") < body.index("nowバス") < body.index("lateバス")
    assert "あと 7 日で終わります。" in body
    assert "14 日過ぎています。" in body
    assert "It ends in 7 days." in body
    assert body.index("有効期限") < body.index("validity")


def test_a_mail_file_is_a_proper_message(tmp_path: Path) -> None:
    outbox = FileOutbox(tmp_path)
    outbox.send(Mail("a@x.example.jp", "件名\r\nBcc: all@x.example.jp", "本文です。\n"))
    outbox.send(Mail("a@x.example.jp", "二通目", "本文です。\n"))

    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["0001.eml", "0002.eml"]
    message = message_from_bytes((tmp_path / "0001.eml").read_bytes(), policy=policy.default)
    assert message["To"] == "a@x.example.jp"
    assert message["Bcc"] is None
    assert message["Subject"].startswith("件名")
    assert "本文です。" in message.get_content()
