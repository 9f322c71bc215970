"""A network is published while searches run: they end in the one in which they began."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from maas.core.clock import FrozenClock
from maas.usecases.prepare_feeds import FeedSource
from maas.usecases.publish_network import publish_network
from maas.wiring import NetworkHolder, Served
from routing.model import SearchRequest, StopRef
from tests.support.feed_text import write_feed

MORNING = datetime(2026, 12, 3, 22, tzinfo=UTC)
"""07:00 of 4 December in Japan, nine hours ahead."""


def publish(folder: Path, hour: int) -> None:
    """Publish a network whose one trip leaves at this hour."""
    times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        f"t1,{hour:02}:00:00,{hour:02}:00:00,s1,1\nt1,{hour:02}:30:00,{hour:02}:30:00,s2,2\n"
    )
    stops = "stop_id,stop_name,stop_lat,stop_lon\ns1,中央,33.5,130.4\ns2,港,33.9,130.4\n"
    feed = write_feed(folder / "a.zip", stops=stops, stop_times=times)
    publish_network([FeedSource("a", feed)], folder / "net")


def departure(served: Served) -> datetime:
    request = SearchRequest(StopRef("a_s1"), StopRef("a_s2"), MORNING)
    return served.planner.plan(request).itineraries[0].departure


def test_searches_end_in_the_network_in_which_they_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every column is mapped, also the small ones, so that removed files would be noticed.
    monkeypatch.setattr("routing.timetable.store.SMALL_BYTES", 0)
    publish(tmp_path, 8)
    holder = NetworkHolder(tmp_path / "net", FrozenClock(MORNING))
    assert holder.look()
    began_in = holder.current()
    version = tmp_path / "net" / began_in.version
    found: list[datetime] = []
    stop, searching = threading.Event(), threading.Event()

    def search() -> None:
        while not stop.is_set():
            found.append(departure(began_in))
            searching.set()

    thread = threading.Thread(target=search)
    thread.start()
    try:
        for hour in (9, 10, 11):
            searching.clear()
            publish(tmp_path, hour)
            assert holder.look()
            assert departure(holder.current()).hour == (hour - 9) % 24
            assert searching.wait(60)
    finally:
        stop.set()
        thread.join()

    assert not version.exists()  # two versions are kept, and it is older
    assert set(found) == {datetime(2026, 12, 3, 23, tzinfo=UTC)}
