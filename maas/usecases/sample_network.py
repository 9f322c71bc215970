"""The sample Kyushu as a network that can be served: written, read, merged, compiled, stored."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import polars as pl

from gtfs_feeds.merge import FeedInput, MergeOptions, MergeResult, merge
from gtfs_feeds.read import read_feed
from gtfs_feeds.sample import SampleFeed, write_sample
from maas.adapters.fares import fare_tables, save_fares
from routing.street.boarding import change_seconds
from routing.street.footpaths import footpaths
from routing.timetable.compile import Footpaths, compile_timetable
from routing.timetable.store import POINTER, remove_old_versions, save_timetable

STAMP: Final = "sample.json"
BUILT_FROM: Final = ("gtfs_feeds", "routing", "maas.core", "maas.adapters")
"""Packages whose code decides what the stored network looks like."""

FRESH_DAYS: Final = 300
"""A stored sample is built anew when it has fewer days ahead."""

Progress = Callable[[str, int, int], None]
"""Told the step (`write`, `read`, `merge`, `walk`, `compile`, `store`), how far it is, how long."""


@dataclass(frozen=True, slots=True)
class SampleNetwork:
    """Where the sample is and whether it had to be built."""

    directory: Path
    built: bool


def sample_network(directory: Path, today: date, progress: Progress | None = None) -> SampleNetwork:
    """
    Return the directory of the stored sample; build it where it is missing, old or of other code.

    The calendar begins on the Monday before today, so that one build serves for weeks.
    """
    stamp = {"code": _code_stamp(), "first_day": ""}
    found = _stored(directory)
    if found is not None and found.get("code") == stamp["code"]:
        first = date.fromisoformat(str(found["first_day"]))
        if first <= today and (today - first).days <= 400 - FRESH_DAYS:
            return SampleNetwork(directory, built=False)
    first = today - timedelta(days=today.weekday())
    _build(directory, first, progress or _nobody)
    stamp["first_day"] = first.isoformat()
    (directory / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    return SampleNetwork(directory, built=True)


def _nobody(step: str, done: int, total: int) -> None:
    del step, done, total


def _build(directory: Path, first: date, progress: Progress) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    zips = directory / "feeds"
    shutil.rmtree(zips, ignore_errors=True)
    feeds = write_sample(
        zips, first, progress=lambda number, total, _: progress("write", number, total)
    )
    fares: dict[str, dict[str, pl.DataFrame]] = {}
    network = _merged(feeds, fares, progress).network
    progress("walk", 0, 1)
    walks = footpaths(network)
    progress("walk", 1, 1)
    progress("compile", 0, 1)
    seconds = change_seconds(network, walks)
    timetable = compile_timetable(network, Footpaths(walks.from_stop, walks.to_stop, seconds))
    progress("compile", 1, 1)
    progress("store", 0, 1)
    save_fares(save_timetable(timetable, directory), fares)
    remove_old_versions(directory)
    progress("store", 1, 1)


def _merged(
    feeds: list[SampleFeed], fares: dict[str, dict[str, pl.DataFrame]], progress: Progress
) -> MergeResult:
    inputs = []
    for number, feed in enumerate(feeds, 1):
        tables = read_feed(feed.path)
        fares[feed.tag] = fare_tables(tables)
        inputs.append(FeedInput(feed.tag, tables, synthetic=True))
        progress("read", number, len(feeds))
    progress("merge", 0, 1)
    result = merge(inputs, MergeOptions())
    progress("merge", 1, 1)
    return result


def _stored(directory: Path) -> dict[str, object] | None:
    try:
        found = json.loads((directory / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or not (directory / POINTER).exists():
        return None
    return found


def _code_stamp() -> str:
    """Return a hash of the code and tables that the stored network depends on."""
    digest = sha256()
    for package in BUILT_FROM:
        for path in sorted(_sources(files(package)), key=str):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _sources(folder: Traversable) -> Iterator[Traversable]:
    for path in folder.iterdir():
        if path.is_dir() and path.name != "__pycache__":
            yield from _sources(path)
        elif path.name.endswith((".py", ".csv")):
            yield path
