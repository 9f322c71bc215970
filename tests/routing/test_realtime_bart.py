"""A real message over the timetable that it was made for."""

import pytest

from gtfs_feeds.merge import FeedInput, merge
from gtfs_feeds.read import read_feed
from gtfs_feeds.realtime.decode import decode
from maas.core.live import LiveMessage, TripRelation
from routing.realtime.index import NetworkIndex
from routing.realtime.overlay import build_overlay
from routing.realtime.runs import Overlay
from tests.support.shared import SHARED, needs_shared

LIVE = SHARED / "data" / "realtime"


@pytest.fixture(scope="module")
def message() -> LiveMessage:
    return decode((LIVE / "bart_trip_updates_2019-08-07.pb").read_bytes(), "bart")


@pytest.fixture(scope="module")
def overlay(message: LiveMessage) -> Overlay:
    tables = read_feed(LIVE / "bart_static_2019-08.zip")
    index = NetworkIndex(merge([FeedInput("bart", tables)]).network)
    return build_overlay(index, [message])


@needs_shared
def test_sixty_five_of_ninety_one_updates_name_a_trip_of_the_timetable(
    message: LiveMessage, overlay: Overlay
) -> None:
    # data/README.md: 65 of 91 updates match, 8 are ADDED; so 91 - 65 - 8 = 18 match nothing.
    assert len(message.trips) == 91
    assert overlay.counts["unknown-trip"] == 18
    assert len(overlay.runs) == 65
    added = [len(u.stops) for u in message.trips if u.trip.relation is TripRelation.NEW]
    # One of the eight has a single stop left: nobody can ride from there to anywhere.
    assert (len(added), added.count(1)) == (8, 1)
    assert len(overlay.added) == 7


@needs_shared
def test_every_update_is_used_or_refused_for_a_reason(
    message: LiveMessage, overlay: Overlay
) -> None:
    details = {"added", "cancelled", "times-lifted", "late-vehicle", "stop-not-on-trip"}
    details |= {"stops-out-of-order", "platform-changed"}
    reasons = {k: n for k, n in overlay.counts.items() if k not in details}

    assert sum(reasons.values()) == len(message.trips)


@needs_shared
def test_times_of_every_run_stay_in_order(overlay: Overlay) -> None:
    for run in (*overlay.runs.values(), *overlay.added):
        row = [t for pair in zip(run.arrival_s, run.departure_s, strict=True) for t in pair]
        assert row == sorted(row)
