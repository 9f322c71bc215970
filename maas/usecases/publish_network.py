"""
From feed files to a network that can be searched: read, merge, link by foot, compile, store.

A feed that cannot be read or used is quarantined with its reason; the others are published.
"""

import json
import os
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from gtfs_feeds.merge import MergeOptions, merge_converted
from maas.adapters.fares import save_fares
from maas.core.network import Network
from maas.usecases.prepare_feeds import SHELF, FeedSource, Preparation, prepare_feeds
from maas.usecases.published import Published
from routing.errors import TimetableInvalid
from routing.places import PlaceIndex, index_columns, load_index, save_index
from routing.street.boarding import change_seconds
from routing.street.footpaths import FootpathOptions, footpaths
from routing.timetable.compile import Footpaths, compile_timetable
from routing.timetable.model import Timetable
from routing.timetable.store import live_folder, load_timetable, remove_old_versions, save_timetable

REPORT: Final = "report.json"
WALKS: Final = "walks"
"""Folder beside the versions where the last tables of walks are kept."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far publishing is."""

    step: str
    """
    `read`, `merge`, `footpaths`, `compile`, `places` or `store`.

    To read is to validate and to convert, too: all that is done feed by feed.
    """
    done: int
    total: int
    subject: str = ""


def publish_network(
    sources: Sequence[FeedSource],
    out: Path,
    options: MergeOptions | None = None,
    *,
    walks: FootpathOptions | None = None,
    good_on: date | None = None,
    processes: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    needed: Collection[str] = (),
) -> Published:
    """
    Build a network from feeds and make it the live version in `out`, with `report.json` beside.

    With not one usable feed, or where one of the tags that are `needed` is not usable, nothing is
    stored, so a network that is live stays. Feeds that are as they were the last time are not read
    again (`out/prepared` keeps what came of them).

    Args:
        sources: The feeds.
        out: Folder of the network.
        options: How they are merged.
        walks: How far people walk between stops.
        good_on: Validate the feeds for this day; what the validator finds is reported only.
        processes: At most so many work at a time; None: as many as there are processors.
        progress: Told how far it is.
        needed: Tags without which nothing is published.

    Raises:
        OSError: `out` cannot be written.
    """
    tell = progress or (lambda _: None)
    seconds: dict[str, float] = {}
    clock = _Stopwatch(seconds, tell)
    made_up = frozenset(source.tag for source in sources if source.synthetic)
    options = options or MergeOptions()
    prepared = prepare_feeds(
        sources,
        Preparation(options, good_on, out / SHELF, processes, clears=True),
        lambda done, source: tell(Progress("read", done, len(sources), source.tag)),
    )
    clock.lap("read", len(sources))
    tell(Progress("merge", 0, 1))
    merged = merge_converted((feed.converted for feed in prepared), options)
    report = merged.report
    fares = {
        source.tag: feed.fares for source, feed in zip(sources, prepared, strict=True) if feed.fares
    }
    findings = {
        source.tag: feed.findings
        for source, feed in zip(sources, prepared, strict=True)
        if feed.findings is not None
    }
    del prepared
    clock.lap("merge")
    network = merged.network
    out.mkdir(parents=True, exist_ok=True)
    missing = set(needed) - set(network.feeds.tag)
    if missing or not len(network.feeds.tag):
        published = Published(report, None, {}, seconds, made_up, findings)
        _write_report(out, published)
        return published
    tell(Progress("footpaths", 0, 1))
    table = footpaths(network, walks, out / WALKS)
    clock.lap("footpaths")
    tell(Progress("compile", 0, 1))
    timetable = compile_timetable(
        network,
        Footpaths(table.from_stop, table.to_stop, change_seconds(network, table)),
        before=_version_before(out),
    )
    clock.lap("compile")
    tell(Progress("places", 0, 1))
    columns = index_columns(network)
    clock.lap("places")
    tell(Progress("store", 0, 1))
    folder = save_timetable(timetable, out)
    save_index(columns, folder)
    save_fares(folder, fares)
    remove_old_versions(out)
    clock.lap("store")
    counts = count(timetable) | {
        "footpaths": len(table.from_stop),
        "duplicate_trips": report.duplicate_trips,
        "bytes": sum(path.stat().st_size for path in folder.rglob("*")),
    }
    published = Published(report, folder, counts, seconds, made_up, findings)
    _write_report(out, published)
    return published


def _version_before(out: Path) -> Timetable | None:
    """Return the version that is live, if there is one that can be read."""
    try:
        return load_timetable(out)
    except TimetableInvalid:
        return None


def open_network(root: Path) -> tuple[Timetable, PlaceIndex]:
    """
    Return the live timetable of a folder and the search over its places.

    Raises:
        TimetableInvalid: Nothing is stored there, or it is damaged.
    """
    timetable = load_timetable(root)
    network = timetable.network
    return timetable, PlaceIndex(network, load_index(live_folder(root), network))


def count(timetable: Timetable) -> dict[str, int]:
    """Return how large a timetable is."""
    network: Network = timetable.network
    return {
        "feeds": len(network.feeds.tag),
        "operators": len(network.agencies.id),
        "places": len(network.places.id),
        "stops": len(network.stops.id),
        "routes": len(network.routes.id),
        "patterns": timetable.pattern_count,
        "trips": len(network.trips.id),
        "calls": len(network.calls.stop),
        "days": int(network.services.runs.shape[1]),
    }


class _Stopwatch:
    """Measures one step after the other."""

    def __init__(self, seconds: dict[str, float], tell: Callable[[Progress], None]) -> None:
        self._seconds = seconds
        self._tell = tell
        self._since = time.perf_counter()

    def lap(self, step: str, total: int = 1) -> None:
        """Note how long the step that ends here took, and tell that it is done."""
        now = time.perf_counter()
        self._seconds[step] = round(now - self._since, 3)
        self._since = now
        self._tell(Progress(step, total, total))


def _write_report(out: Path, published: Published) -> None:
    """Write the report of this build, whole or not at all."""
    body = published.report.as_json() | {
        "version": published.folder.name if published.folder else "",
        "counts": dict(published.counts),
        "seconds": dict(published.seconds),
        "validated": {tag: dict(found) for tag, found in published.findings.items()},
    }
    partial = out / f".{REPORT}-{os.getpid()}"
    partial.write_text(json.dumps(body, ensure_ascii=False, indent=1), "utf-8")
    partial.replace(out / REPORT)
