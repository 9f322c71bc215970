"""`python -m tests.speed`: how fast, how large; with `--against REV` pair by pair with a commit."""

import argparse
import json
import platform
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests.speed import selling
from tests.speed.growth import growth_tables, measure_growth
from tests.speed.inputs import ROOT, inputs_of
from tests.speed.measure import Bench, Side, compare, measure
from tests.speed.peers import measure_peers
from tests.speed.report import comparison_table, tables
from tests.speed.targets import target_table

FOLDER = ROOT / ".build" / "speed"
ALL = "S,K,sample,real,selling"
PAIRS = "S,K"
"""Two commits are built and asked, so of fewer inputs."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.speed", description=__doc__)
    parser.add_argument(
        "--inputs",
        default="",
        help=f"of S, K, J, sample, real, selling; default {ALL}, against a commit {PAIRS}",
    )
    parser.add_argument("--full", action="store_true", help="J as well")
    parser.add_argument("--queries", type=int, default=1000, help="of each kind")
    parser.add_argument("--kinds", default="", help="only these kinds of query")
    parser.add_argument("--against", default="", metavar="REV", help="compare with a commit")
    parser.add_argument("--peers", action="store_true", help="compare with planners from npm")
    parser.add_argument("--no-validate", action="store_true", help="leave validation out")
    parser.add_argument(
        "--growth", action="store_true", help="only how cost grows from S to K (--full: to J)"
    )
    parser.add_argument("--no-web", action="store_true", help="leave `maas serve` out")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    began = time.monotonic()
    inputs = options.inputs or (PAIRS if options.against else ALL)
    names = inputs.split(",") + (["J"] if options.full else [])
    bench = Bench(
        folder=FOLDER,
        queries=options.queries,
        kinds=tuple(filter(None, options.kinds.split(","))),
        validate=not options.no_validate,
        web=0 if options.no_web else min(options.queries, 200),
    )
    result: dict[str, Any] = {"machine": _machine(), "commit": _commit("HEAD"), "inputs": {}}
    print(f"{result['machine']} · {result['commit']}", flush=True)
    if options.growth:
        sizes = [name for name in ("S", "K", "J") if name in names or options.full]
        result["growth"] = measure_growth(sizes, min(options.queries, 300), FOLDER)
        print(growth_tables(result["growth"]), flush=True)
        names = []
    for name in dict.fromkeys(names):
        if name == "selling":
            result["selling"] = selling.measure()
            print(selling.table(result["selling"]), flush=True)
            continue
        found = inputs_of(name, FOLDER / "feeds")
        if found is None:
            print(f"{name}: not there, left out")
            continue
        if options.against:
            result["against"] = _commit(options.against)
            with Side.of_commit(options.against, FOLDER) as before, Side.here(FOLDER) as now:
                result["inputs"][name] = compare(bench, found, now, before)
            print(comparison_table(name, result["inputs"][name]), flush=True)
        else:
            with Side.here(FOLDER) as now:
                result["inputs"][name] = measure(bench, found, now)
            print(tables(name, result["inputs"][name]), flush=True)
    if not options.against:
        result["peers"] = [
            measure_peers(
                FOLDER,
                size,
                {"prototype": min(options.queries, 400), "npm": npm if options.peers else 0},
            )
            for size, npm in (("K", 60), ("S", 200))
            if size in names and (size == "K" or options.peers)
        ]
        for peer in result["peers"]:
            print(peer["text"], flush=True)
        print(target_table(result), flush=True)
    path = options.json or FOLDER / f"{result['commit']['short']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"figures: {path}, after {(time.monotonic() - began) / 60:.1f} minutes")
    return 0


def _machine() -> dict[str, str]:
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = f"{len(names)} x {names[0].partition(':')[2].strip()}" if names else model
    return {"cpu": model, "python": platform.python_version(), "day": _today().isoformat()}


def _today() -> date:
    from maas.core.clock import SystemClock

    return datetime.fromtimestamp(SystemClock().now().timestamp(), UTC).date()


def _commit(revision: str) -> dict[str, str]:
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%h%n%s", revision]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    short, _, subject = answer.stdout.strip().partition("\n")
    return {"short": short or "unknown", "subject": subject}


if __name__ == "__main__":
    sys.exit(main())
