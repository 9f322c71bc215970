"""Write the sample Kyushu to a folder."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gtfs_feeds.sample.feed import feed_files, write_zip
from gtfs_feeds.sample.tables import operators

DAYS = 400
"""A year ahead and a month, so that "a year from now" is inside for a month."""


@dataclass(frozen=True, slots=True)
class SampleFeed:
    """A feed that was written."""

    tag: str
    path: Path


def write_sample(
    out_dir: Path,
    first_day: date,
    *,
    days: int = DAYS,
    progress: Callable[[int, int, str], None] | None = None,
) -> list[SampleFeed]:
    """
    Write one zip per company and return them in the order of the table of companies.

    The bytes depend on `first_day`, `days` and the package's tables only. Timetables are made
    up: `feed_info` says so, and no answer should be mistaken for a real connection.

    Args:
        out_dir: Folder of the zips, `<tag>.zip`; made where it is missing.
        first_day: First day of service.
        days: How many days are served.
        progress: Called after each feed with its number from 1, how many there are, its tag.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    found: list[SampleFeed] = []
    tags = list(operators())
    for number, tag in enumerate(tags, 1):
        path = out_dir / f"{tag}.zip"
        write_zip(path, feed_files(tag, first_day, days))
        found.append(SampleFeed(tag, path))
        if progress:
            progress(number, len(tags), tag)
    return found
