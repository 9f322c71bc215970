"""What is measured: made-up countries, the sample Kyushu, real feeds."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.speed.generate import SIZES, make_zips
from tests.support.shared import SHARED

ROOT = Path(__file__).parents[2]
DAY = date(2026, 11, 25)
"""A Wednesday without holiday in the calendar of every input."""


@dataclass(frozen=True)
class Input:
    """Feeds that are one network."""

    name: str
    feeds: tuple[tuple[str, Path], ...]
    shift_to: date | None = None
    walks: bool = True
    max_transfers: int = 7

    @property
    def midnight(self) -> int:
        """Unix second at which the measured day starts in Japan."""
        return int(
            datetime(DAY.year, DAY.month, DAY.day, tzinfo=ZoneInfo("Asia/Tokyo"))
            .astimezone(UTC)
            .timestamp()
        )


def inputs_of(name: str, folder: Path) -> Input | None:
    """Return an input by name, None where its files are not to be had."""
    if name in SIZES:
        return Input(name, tuple(make_zips(SIZES[name], folder)))
    monday = DAY - timedelta(days=DAY.weekday())
    if name == "sample":
        from gtfs_feeds.sample import write_sample

        target = folder / "sample"
        if not target.exists():
            partial = folder / "sample.partial"
            partial.mkdir(parents=True, exist_ok=True)
            write_sample(partial, monday)
            partial.rename(target)
        return Input(name, tuple((path.stem, path) for path in sorted(target.glob("*.zip"))))
    zips = sorted((SHARED / "data" / "feeds").glob("*.zip"))
    if name != "real" or not zips:
        return None
    tags = tuple((path.stem.replace("_", "-"), path) for path in zips)
    return Input(name, tags, shift_to=monday)
