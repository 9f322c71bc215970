"""The sample Kyushu as feeds to publish."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from gtfs_feeds.sample import write_sample
from maas.usecases.prepare_feeds import FeedSource


def sample_sources(
    folder: Path,
    first_day: date,
    *,
    progress: Callable[[int, int, str], None] | None = None,
) -> list[FeedSource]:
    """Write the sample into a folder and return its feeds, marked as made up."""
    feeds = write_sample(folder, first_day, progress=progress)
    return [FeedSource(feed.tag, feed.path, synthetic=True) for feed in feeds]
