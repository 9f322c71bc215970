"""What is built on reading takes damaged feeds as well as reading does."""

import pytest

from gtfs_feeds.mend import mend_zip
from gtfs_feeds.read import FeedTables, FeedUnreadable, read_zip, translations
from gtfs_feeds.statistics import FeedStatistics, StatisticsImpossible
from tests.gtfs_feeds.read.test_damaged import DAMAGED, LIMITS, REFUSED


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_feeds_are_mended_once_and_for_all(name: str) -> None:
    once = mend_zip(DAMAGED[name], limits=LIMITS)
    twice = mend_zip(once.data, limits=LIMITS)

    assert twice.changes == ()
    assert twice.data == once.data


@pytest.mark.parametrize("name", DAMAGED)
def test_mending_loses_no_row_of_a_damaged_feed(name: str) -> None:
    before = read_zip(DAMAGED[name], limits=LIMITS)
    after = read_zip(mend_zip(DAMAGED[name], limits=LIMITS).data, limits=LIMITS)

    def heights(feed: FeedTables) -> dict[str, int]:
        return {table: frame.height for table, frame in feed.tables.items()}

    assert heights(after) == heights(before)
    assert translations(after).height == translations(before).height


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_feeds_are_counted_or_refused(name: str) -> None:
    feed = read_zip(DAMAGED[name], limits=LIMITS)
    try:
        statistics = FeedStatistics(feed)
    except StatisticsImpossible:
        return
    day = statistics.busiest_day()

    assert statistics.describe(day)["num_trips"] > 0
    assert statistics.geojson()["features"]
    assert isinstance(statistics.routes(day), list)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_feed_is_not_mended_either(name: str) -> None:
    data, reason = REFUSED[name]

    with pytest.raises(FeedUnreadable) as refused:
        mend_zip(data, limits=LIMITS)

    assert refused.value.reason == reason
