"""
How cost grows: S, K and J beside each other, feeds of operators replaced, a second process.

`python -m tests.speed --growth` prints the tables of `routing/GROWTH.md`. Processor time is what
grows with the input; wall time also with what else the machine does.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from maas.core.clock import JAPAN, SystemClock
from tests.speed.inputs import Input, inputs_of
from tests.speed.measure import Process, Side
from tests.speed.queries import make_queries

Json = dict[str, Any]
PORT = 18_765
PATIENCE_S = 300
QUESTION = "/api/v6/plan?fromPlace=k0_S2658&toPlace=k0_S3272"


def measure_growth(sizes: list[str], queries: int, folder: Path) -> Json:
    """Return what each size costs, and on K what a replacement and a second process cost."""
    result: Json = {"sizes": {}}
    with Side.here(folder) as side:
        small = inputs_of("S", folder / "feeds")
        assert small is not None
        _size(small, side, 5)  # compiles the kernels
        for name in sizes:
            found = inputs_of(name, folder / "feeds")
            assert found is not None
            result["sizes"][name] = _size(found, side, queries)
        if "K" in sizes:
            result["replaced"] = _replaced(folder, side)
            result["second"] = _second(side.folder / "stores" / "growth" / "K")
    return result


def _size(found: Input, side: Side, queries: int) -> Json:
    """Build a size from nothing in one process, load it in another, and search there."""
    store = side.folder / "stores" / "growth" / found.name
    shutil.rmtree(store, ignore_errors=True)
    feeds = [[tag, str(path)] for tag, path in found.feeds]
    with _worker(side) as worker:
        built = worker.ask(do="publish", feeds=feeds, store=str(store), processes=1)
    with _worker(side) as worker:
        load = worker.ask(do="load", store=str(store))
        facts = worker.ask(do="facts")
        rows = make_queries(facts, found.midnight, queries)["earliest"]
        answer = worker.ask(do="run", kind="earliest", queries=rows, warm=True, facts=True)
    cpu = np.array(answer["cpu_ms"])
    return built | {
        "load_s": load["seconds"],
        "median_ms": round(float(np.median(cpu)), 2),
        "p95_ms": round(float(np.percentile(cpu, 95)), 2),
        "answered": sum(bool(rows) for rows in answer["found"]),
        "queries": queries,
    }


def _replaced(folder: Path, side: Side) -> Json:
    """Publish K as a feed an operator, then replace some by later versions, one after another."""
    [(_, whole)] = inputs_of("K", folder / "feeds").feeds  # type: ignore[union-attr]
    store = folder / "stores" / "growth" / "operators"
    shutil.rmtree(store, ignore_errors=True)
    feeds = split_by_operator(whole, folder / "feeds" / "operators")
    rows = [[tag, str(path)] for tag, path in feeds]
    with _worker(side) as worker:
        first = worker.ask(do="publish", feeds=rows, store=str(store))
    by_size = sorted(range(len(feeds)), key=lambda at: -feeds[at][1].stat().st_size)
    middle = len(by_size) // 2
    # The first of all compiles kernels: it is not told.
    wanted = {"": by_size[1], "largest": by_size[0], "median": by_size[middle]}
    again: Json = {}
    for name, at in (wanted | {"smallest": by_size[-1]}).items():
        rows[at][1] = str(_later(feeds[at][1]))
        with _worker(side) as worker:
            again[name] = worker.ask(do="publish", feeds=rows, store=str(store))
            swap = worker.ask(do="swap", store=str(store))
    del again[""]
    return {"feeds": len(feeds), "first": first, "again": again, "swap_s": swap["seconds"]}


def split_by_operator(whole: Path, folder: Path) -> list[tuple[str, Path]]:
    """Return (tag, zip) of every agency of a feed, made where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(whole) as archive:
        tables = {
            name.removesuffix(".txt"): pl.read_csv(archive.read(name), infer_schema=False)
            for name in archive.namelist()
        }
    feeds: list[tuple[str, Path]] = []
    for number, agency in enumerate(tables["agency"]["agency_id"]):
        path = folder / f"{whole.stem}-{number}.zip"
        if not path.exists():
            _write(_of_agency(tables, agency), path)
        feeds.append((f"op{number}", path))
    return feeds


def _of_agency(tables: Mapping[str, pl.DataFrame], agency: str) -> dict[str, pl.DataFrame]:
    """Return the rows of one agency."""
    own = dict(tables)
    own["agency"] = own["agency"].filter(pl.col("agency_id") == agency)
    own["routes"] = own["routes"].filter(pl.col("agency_id") == agency)
    own["trips"] = own["trips"].join(own["routes"], on="route_id", how="semi")
    own["stop_times"] = own["stop_times"].join(own["trips"], on="trip_id", how="semi")
    own["stops"] = own["stops"].join(own["stop_times"], on="stop_id", how="semi")
    for end in ("from_stop_id", "to_stop_id"):
        own["transfers"] = own["transfers"].join(
            own["stops"], left_on=end, right_on="stop_id", how="semi"
        )
    return own


def _later(path: Path) -> Path:
    """Return a later version of a feed: every tenth trip is gone."""
    with zipfile.ZipFile(path) as archive:
        tables = {
            name.removesuffix(".txt"): pl.read_csv(archive.read(name), infer_schema=False)
            for name in archive.namelist()
        }
    tables["trips"] = tables["trips"].filter(pl.int_range(pl.len()) % 10 != 0)
    tables["stop_times"] = tables["stop_times"].join(tables["trips"], on="trip_id", how="semi")
    later = path.with_name(f"{path.stem}-later.zip")
    _write(tables, later)
    return later


def _write(tables: Mapping[str, pl.DataFrame], path: Path) -> None:
    partial = path.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, table in tables.items():
            archive.writestr(f"{name}.txt", table.write_csv())
    partial.rename(path)


def _second(store: Path) -> Json:
    """
    Serve with two processes, kill both, and wait for the next answer.

    That is the start of a process with all that it needs; then every process has answered, and
    what is private memory of one is its own.
    """
    command = "from maas.cli import main; main()"
    options = ["--network", str(store), "--port", str(PORT), "--processes", "2"]
    server = subprocess.Popen(
        [sys.executable, "-c", command, "serve", *options],
        env=os.environ | {"MAAS_DATA_DIR": str(store.parent / "data")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        began = time.perf_counter()
        _answered()
        up_s = time.perf_counter() - began
        # The third works off the outbox, and is not asked.
        before = _children(server.pid)
        for pid in before[:2]:
            os.kill(pid, signal.SIGKILL)
        began = time.perf_counter()
        _answered()
        start_s = time.perf_counter() - began
        _answered_by_all()
        fresh = [pid for pid in _children(server.pid) if pid not in before]
        own = [_private_mb(pid) for pid in fresh]
        for time_and_side in _other_days():
            _answered_by_all(QUESTION + time_and_side)
        later = [_private_mb(pid) for pid in fresh]
        return {
            "up_s": up_s,
            "start_s": start_s,
            "own_mb": max(own),
            "own_other_days_mb": max(later),
        }
    finally:
        server.terminate()
        server.wait(timeout=60)


def _other_days() -> list[str]:
    """Return what asks for days whose views nobody has made, late in the evening and both ways."""
    evening = datetime.combine(SystemClock().now().astimezone(JAPAN), time_of_day(23, 15), JAPAN)
    return [
        f"&time={evening + timedelta(days=days):%Y-%m-%dT%H:%M}%2B09:00{side}"
        for days in (1, 3)
        for side in ("", "&arriveBy=true")
    ]


def _answered(question: str = QUESTION) -> None:
    """Wait for an answer."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}{question}", timeout=60).read()
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return


def _answered_by_all(question: str = QUESTION) -> None:
    """
    Ask so much at once that every process answers.

    A file that only one of them has mapped would count as its own, though all could share it.
    """
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(_answered, [question] * 64))


def _children(pid: int) -> list[int]:
    return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _private_mb(pid: int) -> float:
    """Return the memory that no other process shares (USS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("Private_")]
    return round(sum(kilobytes) / 1024, 1)


@contextmanager
def _worker(side: Side) -> Iterator[Process]:
    worker = side.start()
    try:
        yield worker
    finally:
        worker.close()


def growth_tables(figures: Json) -> str:
    """Return what was measured, for a README."""
    lines = [
        "",
        (
            "| | stops | calls | build s, processor (wall) | peak MB | store MB | load s "
            "| search ms, median / p95 | answered |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in figures["sizes"].items():
        lines.append(
            f"| {name} | {row['stops']:,} | {row['calls']:,} | {row['cpu_s']:.1f} "
            f"({row['wall_s']:.1f}) | {row['peak_mb']:,.0f} | {row['store_mb']:,.0f} "
            f"| {row['load_s']:.3f} | {row['median_ms']} / {row['p95_ms']} "
            f"| {row['answered']} of {row['queries']} |"
        )
    if "replaced" in figures:
        row = figures["replaced"]
        lines.append(f"\nK as {row['feeds']} feeds: {row['first']['wall_s']:.1f} s")
        lines += [
            f"{name} replaced: {built['cpu_s']:.1f} s of processor time, {built['wall_s']:.1f} s "
            f"({_steps(built)}), peak {built['peak_mb']:,.0f} MB"
            for name, built in row["again"].items()
        ]
        lines.append(f"in use after {row['swap_s']:.2f} s more")
    if "second" in figures:
        row = figures["second"]
        lines.append(
            f"served by two processes: up after {row['up_s']:.1f} s; a further process answers after "
            f"{row['start_s']:.2f} s and has {row['own_mb']:.0f} MB of its own, "
            f"{row['own_other_days_mb']:.0f} MB after questions about other days"
        )
    return "\n".join(lines)


def _steps(built: Json) -> str:
    return ", ".join(f"{step} {seconds:.2f}" for step, seconds in built["seconds"].items())
