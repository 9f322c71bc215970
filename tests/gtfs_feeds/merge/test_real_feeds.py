from datetime import date

import numpy as np
import pytest

from gtfs_feeds.merge import FeedInput, MergeOptions, merge
from gtfs_feeds.read import read_feed
from tests.support.network_checks import assert_sound
from tests.support.shared import SHARED, needs_shared

pytestmark = [pytest.mark.shared, needs_shared]


@pytest.fixture(scope="module")
def merged():
    feeds = [
        FeedInput(path.stem.replace("_", "-"), read_feed(path))
        for path in sorted((SHARED / "data" / "feeds").glob("*.zip"))
    ]
    return merge(feeds, MergeOptions(shift_to=date(2026, 12, 7)))


def test_all_real_feeds_go_in_but_the_broken_one(merged) -> None:
    assert [outcome.tag for outcome in merged.report.quarantined] == [
        "broken-sanko-bus-no-stop-times"
    ]
    assert_sound(merged.network)


def test_no_call_of_a_real_feed_is_lost(merged) -> None:
    # the numbers of calls that data/README.md names
    calls = {outcome.tag: outcome.calls for outcome in merged.report.feeds}
    assert calls["saga-2026-04"] == 126_086
    assert calls["kumamoto-bus-2026-06"] == 42_210
    assert calls["fukuoka-subway-2019-03"] == 22_785
    assert calls["kitakyushu-ferry-2018"] == 606


def test_every_real_feed_runs_in_the_common_week(merged) -> None:
    network = merged.network
    week = slice(1, 8)  # the network begins on the day before, Sunday the 6th
    feed_of_route = network.agencies.feed[network.routes.agency]
    runs = network.services.runs[network.trips.service, week].any(axis=1)
    running = np.bincount(feed_of_route[network.trips.route], runs, len(network.feeds.tag))
    assert (running > 0).all()


def test_readings_of_real_stops_are_there(merged) -> None:
    names, kana = merged.network.stops.name, merged.network.translations["stops.name.ja-Hrkt"]
    readings = dict(zip(names, kana, strict=True))
    assert readings["天神"] == "てんじん"
