"""
Planners from npm on the same feed and queries, where node and the registry are there.

They are installed into the build folder when asked for, and are no part of the project. Change
time and walks are set as the peer has them (no change time, walks of transfers.txt only, also at
the ends of a journey), so that the earliest arrivals must be equal.
"""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from tests.speed.inputs import DAY, inputs_of
from tests.speed.measure import Side

Json = dict[str, Any]
PACKAGE: Final = "raptor-journey-planner@2.2.3"
DAY_S: Final = 86_400


def measure_peers(folder: Path, size: str = "S", count: int = 200) -> Json:
    """Return how long raptor-journey-planner and we need for the same earliest arrivals."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return {"text": "peers: node is not there"}
    home = folder / "peers"
    home.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", PACKAGE, "--prefix", str(home), "--no-audit", "--no-fund"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return {"text": "peers: npm cannot install here"}
    found = inputs_of(size, folder / "feeds")
    assert found is not None
    [(tag, path)] = found.feeds
    rows = _queries(path, count)
    asked = home / "queries.json"
    asked.write_text(json.dumps({"date": DAY.isoformat(), "rows": rows}))
    unpacked = home / size
    with zipfile.ZipFile(path) as archive:
        archive.extractall(unpacked)
    script = shutil.copy(Path(__file__).with_name("peer_raptor.cjs"), home)
    answer = subprocess.run(
        ["node", "--max-old-space-size=8000", script, str(unpacked), str(asked)],
        capture_output=True, text=True, check=True, cwd=home,
    )  # fmt: skip
    peer: Json = json.loads(answer.stdout)
    ours = _ours(folder, tag, path, rows, found.midnight)
    # The peer searches one day; what arrives on the next one is not its to find.
    pairs = [
        (theirs if theirs is not None else 2 * DAY_S, own if own is not None else 2 * DAY_S)
        for theirs, own in zip(peer["arrivals"], ours["arrivals"], strict=True)
        if own is None or own < DAY_S or theirs is not None
    ]
    result = {
        "input": size,
        "queries": count,
        "compared": len(pairs),
        "same": sum(theirs == own for theirs, own in pairs),
        "ours_earlier": sum(own < theirs for theirs, own in pairs),
        "peer_earlier": sum(theirs < own for theirs, own in pairs),
        "reached": sum(x is not None for x in ours["arrivals"]),
        "peer_ms": _spread(peer["ms"]),
        "our_ms": _spread(ours["ms"]),
        "peer_mb": round(peer["memory"]),
        "peer_prepared_s": round(peer["prepared"], 1),
    }
    faster = result["peer_ms"][0] / result["our_ms"][0]
    result["text"] = (
        f"\n{PACKAGE} on {size}, {count} earliest arrivals, processor ms: median "
        f"{result['peer_ms'][0]}, p95 {result['peer_ms'][1]}, {result['peer_mb']} MB, prepared in "
        f"{result['peer_prepared_s']} s; ours with itineraries {result['our_ms'][0]} / "
        f"{result['our_ms'][1]}: x {faster:.0f}; of {result['compared']} arrivals within the day "
        f"{result['same']} are the same, {result['ours_earlier']} of ours are earlier, "
        f"{result['peer_earlier']} later"
    )
    return result


def _queries(path: Path, count: int) -> list[list[Any]]:
    with zipfile.ZipFile(path) as archive:
        stops = pl.read_csv(archive.read("stops.txt"), infer_schema=False)["stop_id"].to_list()
    rng = np.random.default_rng(7)
    return [
        [*rng.choice(stops, 2, replace=False).tolist(), int(rng.integers(420, 1200)) * 60]
        for _ in range(count)
    ]


def _ours(folder: Path, tag: str, path: Path, rows: list[list[Any]], midnight: int) -> Json:
    with zipfile.ZipFile(path) as archive:
        walks = pl.read_csv(archive.read("transfers.txt"), infer_schema=False)
    near: dict[str, list[list[Any]]] = {}
    for start, end, seconds in walks.select(
        "from_stop_id", "to_stop_id", "min_transfer_time"
    ).iter_rows():
        near.setdefault(start, []).append([f"{tag}_{end}", int(seconds)])
    queries = [
        {
            "from": [[f"{tag}_{start}", 0], *near.get(start, [])],
            "to": [[f"{tag}_{end}", 0], *near.get(end, [])],
            "time": midnight + seconds,
            "max_transfers": 15,
        }
        for start, end, seconds in rows
    ]
    with Side.here(folder) as side:
        worker = side.start()
        store = folder / "stores" / "peer"
        shutil.rmtree(store, ignore_errors=True)
        worker.ask(do="build", feeds=[[tag, str(path)]], store=str(store), walks=False, change_s=0)
        worker.ask(do="load", store=str(store))
        answer = worker.ask(do="run", kind="earliest", queries=queries, warm=True, facts=True)
        worker.close()
    arrivals = []
    for found in answer["found"]:
        ends = [end - midnight for _, end, _ in found if end - midnight < 2 * DAY_S]
        arrivals.append(min(ends) if ends else None)
    return {"ms": answer["cpu_ms"], "arrivals": arrivals}


def _spread(milliseconds: list[float]) -> tuple[float, float]:
    row = np.array(milliseconds)
    return round(float(np.median(row)), 3), round(float(np.percentile(row, 95)), 3)
