"""
From feed files to a network that can be searched: read, merge, link by foot, compile, store.

A feed that cannot be read or used is quarantined with its reason; the others are published.
"""

import json
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from gtfs_feeds.merge import FeedInput, FeedOutcome, MergeOptions, MergeReport, merge
from gtfs_feeds.read import FeedUnreadable, read_feed
from maas.adapters.fares import fare_tables, save_fares
from maas.core.network import Network
from routing.places import PlaceIndex, index_columns, load_index, save_index
from routing.street.boarding import change_seconds
from routing.street.footpaths import FootpathOptions, footpaths
from routing.timetable.compile import Footpaths, compile_timetable
from routing.timetable.model import Timetable
from routing.timetable.store import load_timetable, remove_old_versions, save_timetable

REPORT: Final = "report.json"


@dataclass(frozen=True, slots=True)
class FeedSource:
    """A feed file to publish under a tag."""

    tag: str
    path: Path
    synthetic: bool = False
    licence: str = ""
    attribution: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far publishing is."""

    step: str
    """`read`, `merge`, `footpaths`, `compile`, `places` or `store`."""
    done: int
    total: int
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """What was published."""

    report: MergeReport
    folder: Path | None
    """Version that is live now; None where no feed was usable and nothing was stored."""
    counts: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Wall time of each step."""
    synthetic: frozenset[str] = frozenset()
    """Tags of the feeds that are made up."""


def publish_network(
    sources: Sequence[FeedSource],
    out: Path,
    options: MergeOptions | None = None,
    *,
    walks: FootpathOptions | None = None,
    progress: Callable[[Progress], None] | None = None,
    needed: Collection[str] = (),
) -> Published:
    """
    Build a network from feeds and make it the live version in `out`, with `report.json` beside.

    With not one usable feed, or where one of the tags that are `needed` is not usable, nothing is
    stored, so a network that is live stays.

    Raises:
        OSError: `out` cannot be written.
    """
    tell = progress or (lambda _: None)
    seconds: dict[str, float] = {}
    clock = _Stopwatch(seconds)
    made_up = frozenset(source.tag for source in sources if source.synthetic)
    reader = SourceReader(sources, tell)
    merged = merge(reader, options)
    report = reader.in_order(merged.report)
    clock.lap("merge")
    seconds |= {"read": round(reader.seconds, 3), "merge": seconds["merge"] - reader.seconds}
    seconds["merge"] = round(seconds["merge"], 3)
    network = merged.network
    out.mkdir(parents=True, exist_ok=True)
    missing = set(needed) - set(network.feeds.tag)
    if missing or not len(network.feeds.tag):
        published = Published(report, None, {}, seconds, made_up)
        _write_report(out, published)
        return published
    tell(Progress("footpaths", 0, 1))
    table = footpaths(network, walks)
    clock.lap("footpaths")
    tell(Progress("compile", 0, 1))
    timetable = compile_timetable(
        network, Footpaths(table.from_stop, table.to_stop, change_seconds(network, table))
    )
    clock.lap("compile")
    tell(Progress("places", 0, 1))
    columns = index_columns(network)
    clock.lap("places")
    tell(Progress("store", 0, 1))
    folder = save_timetable(timetable, out)
    save_index(columns, folder)
    save_fares(folder, reader.fares)
    remove_old_versions(out)
    clock.lap("store")
    counts = count(timetable) | {
        "footpaths": len(table.from_stop),
        "duplicate_trips": report.duplicate_trips,
        "bytes": sum(path.stat().st_size for path in folder.rglob("*")),
    }
    published = Published(report, folder, counts, seconds, made_up)
    _write_report(out, published)
    return published


def open_network(root: Path) -> tuple[Timetable, PlaceIndex]:
    """
    Return the live timetable of a folder and the search over its places.

    Raises:
        TimetableInvalid: Nothing is stored there, or it is damaged.
    """
    timetable = load_timetable(root)
    current = root / "current"
    folder = root / current.read_text().strip() if current.exists() else root
    network = timetable.network
    return timetable, PlaceIndex(network, load_index(folder, network))


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

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._since = time.perf_counter()

    def lap(self, step: str) -> None:
        """Note how long the step that ends here took."""
        now = time.perf_counter()
        self._seconds[step] = round(now - self._since, 3)
        self._since = now


class SourceReader:
    """Reads feeds one by one as they are asked for; notes those that are none."""

    def __init__(
        self, sources: Sequence[FeedSource], tell: Callable[[Progress], None] = lambda _: None
    ) -> None:
        self._sources = sources
        self._tell = tell
        self._unreadable: dict[int, FeedOutcome] = {}
        self.seconds = 0.0
        """Wall time that reading took so far."""
        self.fares: dict[str, dict[str, pl.DataFrame]] = {}
        """Tables of the feeds that publish fares, by tag."""

    def __iter__(self) -> Iterator[FeedInput]:
        """Yield the feeds that can be read."""
        for at, source in enumerate(self._sources):
            self._tell(Progress("read", at, len(self._sources), source.tag))
            begin = time.perf_counter()
            try:
                tables = read_feed(source.path)
            except FeedUnreadable as reason:
                self._unreadable[at] = FeedOutcome(
                    source.tag,
                    source.path.name,
                    f"unreadable-{reason.facts.get('reason', '')}",
                    unreadable=(str(reason.facts.get("detail_ja", "")), reason.detail),
                )
                continue
            finally:
                self.seconds += time.perf_counter() - begin
            if priced := fare_tables(tables):
                self.fares[source.tag] = priced
            yield FeedInput(
                source.tag, tables, source.synthetic, source.licence, source.attribution
            )
        self._tell(Progress("merge", 0, 1))

    def in_order(self, report: MergeReport) -> MergeReport:
        """Return the report of the merge with the unreadable feeds where they were given."""
        merged = iter(report.feeds)
        feeds = tuple(
            self._unreadable[at] if at in self._unreadable else next(merged)
            for at in range(len(self._sources))
        )
        return MergeReport(feeds, report.places, report.duplicate_trips, report.findings)


def _write_report(out: Path, published: Published) -> None:
    """Write the report of this build, whole or not at all."""
    body = published.report.as_json() | {
        "version": published.folder.name if published.folder else "",
        "counts": dict(published.counts),
        "seconds": dict(published.seconds),
    }
    partial = out / f".{REPORT}-{os.getpid()}"
    partial.write_text(json.dumps(body, ensure_ascii=False, indent=1), "utf-8")
    partial.replace(out / REPORT)
