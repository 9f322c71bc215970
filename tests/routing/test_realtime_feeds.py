"""Which message of a feed is in use."""

from datetime import UTC, datetime, timedelta

import pytest

from maas.core.clock import FrozenClock
from maas.core.live import LiveMessage, TripSelector, TripUpdate
from routing.realtime.feeds import LiveFeeds

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
NOW = int(NOON.timestamp())


def said(unix_s: int | None, *trips: str, **more: object) -> LiveMessage:
    updates = tuple(TripUpdate(name, TripSelector(name)) for name in trips)
    return LiveMessage("saga", unix_s, trips=updates, **more)


def in_use(feeds: LiveFeeds) -> list[str]:
    return [update.entity for message in feeds.messages() for update in message.trips]


@pytest.mark.parametrize(
    ("unix_s", "reason"),
    [
        (NOW - 20, "header-fell"),
        (NOW - 3600, "header-too-old"),
        (NOW + 3600, "header-from-the-future"),
    ],
)
def test_a_message_with_a_wrong_header_leaves_the_last_good_one_in_use(
    unix_s: int, reason: str
) -> None:
    feeds = LiveFeeds(FrozenClock(NOON))
    assert feeds.accept(said(NOW, "a")) == ""

    assert feeds.accept(said(unix_s, "b")) == reason

    assert in_use(feeds) == ["a"]


def test_a_full_message_replaces_and_a_differential_one_adds() -> None:
    feeds = LiveFeeds(FrozenClock(NOON))
    feeds.accept(said(NOW, "a", "b"))
    feeds.accept(said(NOW + 1, "c", full=False, deleted=("a",)))
    assert in_use(feeds) == ["b", "c"]

    feeds.accept(said(NOW + 2, "d"))

    assert in_use(feeds) == ["d"]


def test_what_is_not_renewed_expires() -> None:
    clock = FrozenClock(NOON)
    feeds = LiveFeeds(clock, max_age_s=300)
    feeds.accept(said(NOW, "a"))
    feeds.accept(said(None, "b"))

    clock.move(timedelta(seconds=300))
    assert in_use(feeds) == ["b"]
    clock.move(timedelta(seconds=1))
    assert in_use(feeds) == []
