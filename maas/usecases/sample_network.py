"""The sample Kyushu as a network that can be served: written, read, merged, compiled, stored."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from maas.usecases.code_stamp import code_stamp
from maas.usecases.sample_feeds import sample_sources
from routing.timetable.store import POINTER

STAMP: Final = "sample.json"
BUILT_FROM: Final = ("gtfs_feeds", "routing", "maas.core", "maas.adapters")
"""Packages whose code decides what the stored network looks like."""

FRESH_DAYS: Final = 300
"""A stored sample is built anew when it has fewer days ahead."""

Progress = Callable[[str, int, int], None]
"""Told the step (`write`, and those of publishing), how far it is, how long."""


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
    stamp = {"code": code_stamp(*BUILT_FROM), "first_day": ""}
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


def _build(directory: Path, first: date, tell: Progress) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    zips = directory / "feeds"
    shutil.rmtree(zips, ignore_errors=True)
    sources = sample_sources(
        zips, first, progress=lambda number, total, _: tell("write", number, total)
    )
    # It compiles, and kernels take long to load.
    from maas.usecases.publish_network import publish_network  # noqa: PLC0415

    publish_network(
        sources, directory, progress=lambda step: tell(step.step, step.done, step.total)
    )


def _stored(directory: Path) -> dict[str, object] | None:
    try:
        found = json.loads((directory / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or not (directory / POINTER).exists():
        return None
    return found
