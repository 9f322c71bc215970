"""Runs workers and collects what they measured."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.speed.inputs import DAY, ROOT, Input
from tests.speed.queries import KINDS, make_queries
from tests.speed.web import measure_web

Json = dict[str, Any]
CHUNK = 100
ROUND = 50
"""Queries of a round that compares threads: long enough to begin and end together."""
SERVED = ("K", "sample")
"""Inputs that are also served over HTTP."""
PLAIN = {"bounds": False, "target_events": False, "guess": False}
"""The kernel as the paper has it: no static bounds."""


@dataclass(frozen=True)
class Bench:
    """How to measure."""

    folder: Path
    queries: int
    kinds: tuple[str, ...]
    validate: bool
    web: int = 0
    """Requests over HTTP to each endpoint; 0: none."""

    def wanted(self, kinds: Json) -> dict[str, list[Json]]:
        """Return the kinds that are asked for."""
        return {k: rows for k, rows in kinds.items() if not self.kinds or k in self.kinds}


class Failed(RuntimeError):
    """A worker could not do what it was told."""


class Process:
    """A worker process."""

    def __init__(self, tree: Path, cache: Path, script: str = "worker.py") -> None:
        environment = os.environ | {"PYTHONPATH": str(tree), "NUMBA_CACHE_DIR": str(cache)}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name(script))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=tree,
        )

    def send(self, **order: Any) -> None:
        """Give an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order, default=str) + "\n")
        self._process.stdin.flush()

    def receive(self) -> Json:
        """Wait for the answer."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Failed("the worker ended")
        answer: Json = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def ask(self, **order: Any) -> Json:
        """Give an order and wait for the answer."""
        self.send(**order)
        return self.receive()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)


@dataclass(frozen=True)
class Side:
    """A tree of the project that is measured."""

    tree: Path
    folder: Path
    name: str

    @classmethod
    @contextmanager
    def here(cls, folder: Path) -> Iterator["Side"]:
        """Measure the tree as it lies here."""
        yield cls(ROOT, folder, "now")

    @classmethod
    @contextmanager
    def of_commit(cls, revision: str, folder: Path) -> Iterator["Side"]:
        """Measure a commit, checked out beside."""
        tree = folder / "against"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "remove", "--force", str(tree)], capture_output=True, check=False)
        subprocess.run([*git, "add", "--detach", "-f", str(tree), revision], check=True,
                       capture_output=True)  # fmt: skip
        try:
            yield cls(tree, folder, "before")
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=False)

    @property
    def cache(self) -> Path:
        """Where the machine code of this side lies."""
        return self.folder / f"numba-{self.name}"

    def start(self, script: str = "worker.py") -> Process:
        """Start a worker of this tree."""
        return Process(self.tree, self.cache, script)

    def store(self, found: Input) -> Path:
        """Return where this side keeps the network of an input."""
        return self.folder / "stores" / self.name / found.name


def publish(bench: Bench, found: Input, side: Side) -> Json:
    """Publish an input as people do, from nothing, in a process of its own."""
    store = side.store(found)
    shutil.rmtree(store, ignore_errors=True)
    worker = side.start()
    try:
        built = worker.ask(
            do="publish",
            feeds=[[tag, str(path)] for tag, path in found.feeds],
            store=str(store),
            shift_to=found.shift_to.isoformat() if found.shift_to else None,
            good_on=DAY.isoformat() if bench.validate else None,
        )
        return {**built, "validated": bench.validate}
    finally:
        worker.close()


def build(bench: Bench, found: Input, side: Side) -> Json:
    """Build and store an input, step by step, so that any commit can; for comparisons."""
    store = side.store(found)
    shutil.rmtree(store, ignore_errors=True)
    worker = side.start()
    try:
        return worker.ask(
            do="build",
            feeds=[[tag, str(path)] for tag, path in found.feeds],
            store=str(store),
            shift_to=found.shift_to.isoformat() if found.shift_to else None,
            today=DAY.isoformat(),
            validate=bench.validate,
            walks=found.walks,
        )
    finally:
        worker.close()


def opened(found: Input, side: Side, **more: Any) -> tuple[Process, Json]:
    """Return a worker that has loaded an input, and what loading took."""
    worker = side.start()
    return worker, worker.ask(do="load", store=str(side.store(found)), **more)


def measure(bench: Bench, found: Input, side: Side) -> Json:
    """Return all figures of an input."""
    result: Json = {"build": publish(bench, found, side)}
    worker, result["load"] = opened(found, side)
    facts = worker.ask(do="facts")
    kinds = bench.wanted(
        make_queries(facts, found.midnight, bench.queries, max_transfers=found.max_transfers)
    )
    result["kinds"] = {}
    for kind, queries in kinds.items():
        try:
            if kind == "live":
                result["overlay"] = worker.ask(do="live_data", day=DAY, updates=2000)
            answer = worker.ask(do="run", kind=kind, queries=queries, warm=True, facts=True)
        except Failed as reason:
            result["kinds"][kind] = {"error": str(reason)}
            continue
        result["kinds"][kind] = spread(answer["ms"], answer["cpu_ms"]) | {
            "answered": _answered(answer["found"])
        }
    if "earliest" in kinds:
        few = kinds["earliest"][:200]
        beside, _ = opened(found, side)
        result |= _throughput(worker, beside, kinds["earliest"])
        beside.close()
        base, _ = opened(found, side, switches=PLAIN)
        plain = base.ask(do="run", kind="earliest", queries=few, warm=True, facts=True)
        full = worker.ask(do="run", kind="earliest", queries=few, warm=True, facts=True)
        times = np.median(plain["cpu_ms"]) / np.median(full["cpu_ms"])
        result["without_bounds"] = spread(plain["ms"], plain["cpu_ms"]) | {
            "times": round(float(times), 2),
            "same_answers": plain["found"] == full["found"],
        }
        base.close()
    worker.close()
    if bench.web and found.name in SERVED:
        result["http"] = measure_web(side.store(found), side.cache, facts, bench.web)
    return result


def _at_once(workers: list[Process], queries: list[Json], threads: int) -> float:
    """Return searches a second of processes that all begin now."""
    for worker in workers:
        worker.send(do="throughput", kind="earliest", queries=queries, threads=threads)
    spans = [worker.receive() for worker in workers]
    seconds = max(span["ended"] for span in spans) - min(span["began"] for span in spans)
    return len(workers) * len(queries) / seconds


def _throughput(first: Process, second: Process, queries: list[Json]) -> Json:
    """
    Return searches a second of one thread, of two, and of two processes, and how they compare.

    By turns in short rounds, and of the ratios of each round the median: other work on the machine
    comes and goes. What two processes gain is what the machine gives to two at once.
    """
    kinds = {"one": ([first], 1), "two": ([first], 2), "processes": ([first, second], 1)}
    rates: dict[str, list[float]] = {name: [] for name in kinds}
    _at_once([second], queries[:ROUND], 1)
    for number, begin in enumerate(range(0, len(queries), ROUND)):
        names = list(kinds)
        for name in names[number % 3 :] + names[: number % 3]:
            workers, threads = kinds[name]
            rates[name].append(_at_once(workers, queries[begin : begin + ROUND], threads))
    one, two, processes = (np.array(rates[name]) for name in kinds)
    return {
        "threads": {
            "one": round(float(np.median(one)), 1),
            "two": round(float(np.median(two)), 1),
            "gain": round(float(np.median(two / one)), 2),
            "of_processes": round(float(np.median(two / processes)), 2),
            "rounds": len(one),
        },
        "processes": {
            "two": round(float(np.median(processes)), 1),
            "gain": round(float(np.median(processes / one)), 2),
        },
    }


def compare(bench: Bench, found: Input, now: Side, before: Side) -> Json:
    """Return the figures of two commits, measured by turns on the same queries."""
    sides = {"before": before, "now": now}
    result: Json = {"build": {}, "load": {}, "kinds": {}}
    workers: dict[str, Process] = {}
    for name, side in sides.items():
        result["build"][name] = build(bench, found, side)
        workers[name], result["load"][name] = opened(found, side)
    facts = workers["now"].ask(do="facts")
    for kind, queries in bench.wanted(
        make_queries(facts, found.midnight, bench.queries, max_transfers=found.max_transfers)
    ).items():
        if kind not in KINDS:
            continue
        result["kinds"][kind] = _by_turns(workers, kind, queries)
    for worker in workers.values():
        worker.close()
    return result


def _by_turns(workers: dict[str, Process], kind: str, queries: list[Json]) -> Json:
    times: dict[str, list[float]] = {name: [] for name in workers}
    work: dict[str, list[float]] = {name: [] for name in workers}
    found: dict[str, list[Any]] = {name: [] for name in workers}
    try:
        for worker in workers.values():
            if kind == "live":
                worker.ask(do="live_data", day=DAY, updates=2000)
            worker.ask(do="run", kind=kind, queries=queries[:5])
        for begin in range(0, len(queries), CHUNK):
            turns = list(workers) if begin // CHUNK % 2 == 0 else list(workers)[::-1]
            for name in turns:
                part = queries[begin : begin + CHUNK]
                answer = workers[name].ask(do="run", kind=kind, queries=part, facts=True)
                times[name] += answer["ms"]
                work[name] += answer["cpu_ms"]
                found[name] += answer["found"]
    except Failed as reason:
        return {"error": str(reason)}
    pairs = np.array(work["now"]) / np.maximum(work["before"], 1e-3)
    return {
        "before": spread(times["before"], work["before"]),
        "now": spread(times["now"], work["now"]),
        "ratio": round(float(np.median(pairs)), 3),
        "same_answers": sum(a == b for a, b in zip(found["before"], found["now"], strict=True)),
        "queries": len(queries),
    }


def spread(milliseconds: list[float], work: list[float]) -> Json:
    """Return median, p95, p99 and mean, and the median and p95 of processor time alone."""
    row = np.array(milliseconds)
    return {
        "median": round(float(np.median(row)), 3),
        "p95": round(float(np.percentile(row, 95)), 3),
        "p99": round(float(np.percentile(row, 99)), 3),
        "mean": round(float(row.mean()), 3),
        "cpu_median": round(float(np.median(work)), 3),
        "cpu_p95": round(float(np.percentile(work, 95)), 3),
    }


def _answered(found: list[Any]) -> int:
    return sum(bool(row) for row in found)
