"""
Feeds, each by itself, up to where they are merged: read, validated, converted.

What comes of a feed depends on nothing but its bytes, its tag, the options and our code. So feeds
are prepared beside each other in several processes, and one that did not change since the last
time is taken from a shelf of prepared ones.
"""

import multiprocessing
import os
import pickle
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final

import polars as pl

from gtfs_feeds.merge import (
    ConvertedFeed,
    FeedInput,
    FeedOutcome,
    MergeOptions,
    convert_feed,
)
from gtfs_feeds.read import FeedUnreadable, Severity, read_feed
from gtfs_feeds.validate import validate
from maas.adapters.fares import fare_tables
from maas.usecases.code_stamp import code_stamp
from maas.usecases.one_thread import one_thread

SHELF: Final = "prepared"
BUILT_BY: Final = ("gtfs_feeds", "maas.core", "maas.adapters")
"""Packages whose code decides what a prepared feed looks like."""
WORTH_PROCESSES: Final = 1 << 20
"""Bytes of feeds from which it pays to start processes: each needs a second to import things."""


@dataclass(frozen=True, slots=True)
class FeedSource:
    """A feed file to publish under a tag."""

    tag: str
    path: Path
    synthetic: bool = False
    licence: str = ""
    attribution: str = ""


@dataclass(frozen=True, slots=True)
class PreparedFeed:
    """A feed ready to be merged, and what else publishing needs of it."""

    converted: ConvertedFeed
    fares: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """Tables on which fares depend; none where it publishes no fare."""
    findings: Mapping[str, int] | None = None
    """How many findings of each severity the validator has; None where it was not asked."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Wall time of `read`, `validate` and `convert`; nothing where it was kept from before."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """How feeds are prepared."""

    options: MergeOptions
    good_on: date | None = None
    """The day for which feeds are validated; None: they are not."""
    shelf: Path | None = None
    """Folder in which prepared feeds are kept."""
    processes: int | None = None
    """At most so many at a time; None: as many as there are processors."""
    clears: bool = False
    """Remove from the shelf what these feeds do not need."""


def prepare_feeds(
    sources: Sequence[FeedSource],
    how: Preparation,
    tell: Callable[[int, FeedSource], None] = lambda _done, _source: None,
) -> list[PreparedFeed]:
    """
    Return the feeds in their order; `tell` is called with how many are done, and the next or last.

    A feed that is no feed has an outcome that says so. Only what is new or changed is read.
    """
    keys = [_key(source, how) for source in sources]
    done: dict[int, PreparedFeed] = {}
    for at, key in enumerate(keys):
        kept = _take(how.shelf, key)
        if kept is not None:
            done[at] = kept
    todo = [at for at in range(len(sources)) if at not in done]
    fresh = _in_processes if _worth_processes([sources[at] for at in todo], how) else _one_by_one
    for at, prepared in fresh(sources, todo, how):
        tell(len(done), sources[at])
        done[at] = prepared
        _keep(how.shelf, keys[at], prepared)
    if how.clears:
        _clear(how.shelf, keys)
    return [done[at] for at in range(len(sources))]


def prepare(source: FeedSource, options: MergeOptions, good_on: date | None) -> PreparedFeed:
    """Read, validate and convert one feed."""
    seconds: dict[str, float] = {}
    begin = time.perf_counter()
    try:
        tables = read_feed(source.path)
    except FeedUnreadable as reason:
        outcome = FeedOutcome(
            source.tag,
            source.path.name,
            f"unreadable-{reason.facts.get('reason', '')}",
            unreadable=(str(reason.facts.get("detail_ja", "")), reason.detail),
        )
        return PreparedFeed(ConvertedFeed(outcome, None))
    seconds["read"] = time.perf_counter() - begin
    findings = None
    if good_on is not None:
        begin = time.perf_counter()
        report = validate(tables, today=good_on)
        findings = {str(severity): report.count(severity) for severity in Severity}
        seconds["validate"] = time.perf_counter() - begin
    begin = time.perf_counter()
    feed = FeedInput(source.tag, tables, source.synthetic, source.licence, source.attribution)
    converted = convert_feed(feed, options)
    seconds["convert"] = time.perf_counter() - begin
    return PreparedFeed(converted, fare_tables(tables), findings, seconds)


def _one_by_one(
    sources: Sequence[FeedSource], todo: Sequence[int], how: Preparation
) -> Iterator[tuple[int, PreparedFeed]]:
    for at in todo:
        yield at, prepare(sources[at], how.options, how.good_on)


def _in_processes(
    sources: Sequence[FeedSource], todo: Sequence[int], how: Preparation
) -> Iterator[tuple[int, PreparedFeed]]:
    """
    Prepare feeds in processes, the largest first.

    Where a process is killed (by a lack of memory, say) nobody knows which feed was the cause: each
    one that is left gets a process of its own, and the one that kills it again stays outside.
    """
    order = sorted(todo, key=lambda at: -_size(sources[at].path))
    left: list[int] = []
    with _processes(_count(how, len(order))) as pool:
        futures = [(at, _submit(pool, sources[at], how)) for at in order]
        for at, future in futures:
            try:
                yield at, future.result()
            except BrokenProcessPool:
                left.append(at)
    for at in left:
        with _processes(1) as pool:
            try:
                prepared = _submit(pool, sources[at], how).result()
            except BrokenProcessPool:
                outcome = FeedOutcome(sources[at].tag, sources[at].path.name, "internal-error")
                prepared = PreparedFeed(ConvertedFeed(outcome, None))
        yield at, prepared


def _submit(
    pool: ProcessPoolExecutor, source: FeedSource, how: Preparation
) -> "Future[PreparedFeed]":
    return pool.submit(prepare, source, replace(how.options, overrides={}), how.good_on)


def _processes(count: int) -> ProcessPoolExecutor:
    """Return processes that begin empty: a copy of this one could wait for its threads forever."""
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), one_thread)


def _count(how: Preparation, feeds: int) -> int:
    return min(how.processes or len(os.sched_getaffinity(0)), feeds)


def _worth_processes(sources: Sequence[FeedSource], how: Preparation) -> bool:
    if _count(how, len(sources)) < 2 or multiprocessing.current_process().daemon:
        return False
    return how.processes is not None or sum(_size(s.path) for s in sources) >= WORTH_PROCESSES


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _key(source: FeedSource, how: Preparation) -> str | None:
    """Return what a prepared feed depends on; None for a folder or a file that cannot be read."""
    if how.shelf is None:
        return None
    try:
        data = sha256(source.path.read_bytes()).hexdigest()
    except OSError:
        return None
    parts = (
        data,
        source.path.name,
        replace(source, path=Path()),
        replace(how.options, overrides={}),
        how.good_on,
        code_stamp(*BUILT_BY),
        pl.__version__,
    )
    return sha256(repr(parts).encode()).hexdigest()[:32]


def _take(shelf: Path | None, key: str | None) -> PreparedFeed | None:
    """Return a feed from the shelf, None where it is not there or damaged."""
    if shelf is None or key is None:
        return None
    try:
        # Only this module writes there, beside the network that is served from the same folder.
        kept = pickle.loads((shelf / f"{key}.pickle").read_bytes())  # noqa: S301
    except Exception:  # noqa: BLE001 - whatever is wrong with it: it is prepared again
        return None
    return replace(kept, seconds={}) if isinstance(kept, PreparedFeed) else None


def _keep(shelf: Path | None, key: str | None, prepared: PreparedFeed) -> None:
    if shelf is None or key is None:
        return
    shelf.mkdir(parents=True, exist_ok=True)
    partial = shelf / f".{key}-{os.getpid()}"
    with partial.open("wb") as file:
        pickle.dump(prepared, file, pickle.HIGHEST_PROTOCOL)
    partial.replace(shelf / f"{key}.pickle")


def _clear(shelf: Path | None, keys: Sequence[str | None]) -> None:
    """Remove what none of these keys names."""
    if shelf is None or not shelf.exists():
        return
    used = {f"{key}.pickle" for key in keys}
    for path in shelf.iterdir():
        if path.name not in used:
            path.unlink(missing_ok=True)
