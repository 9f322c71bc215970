"""
Others on the same feed and queries: the prototype, and planners from npm where node is there.

What comes from npm is installed into the build folder when asked for, and is no part of the
project. Change time and walks are set as the peers have them (no change time, walks of
transfers.txt only, also at the ends of a journey), so that the earliest arrivals must be equal.
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
from tests.speed.measure import Process, Side
from tests.support.shared import SHARED

Json = dict[str, Any]
PACKAGES: Final = {
    "raptor-journey-planner@2.2.3": "peer_raptor.cjs",
    "minotor@1.0.7": "peer_minotor.mjs",
}
"""Planners from npm, and the script that asks each."""
DAY_S: Final = 86_400


TURN: Final = 50
"""Queries that one side answers before it is the other's turn."""
PROTOTYPE: Final = SHARED / "prototypes" / "raptor"


def measure_peers(folder: Path, size: str, counts: dict[str, int]) -> Json:
    """
    Return how long others and we need for the same queries on one made-up network.

    `counts` says how many queries the `prototype` and the planner from `npm` are asked, in turns
    with ours; 0 leaves one out, and so does a machine that has not got it.
    """
    found = inputs_of(size, folder / "feeds")
    assert found is not None
    [(tag, path)] = found.feeds
    store = folder / "stores" / f"peer-{size}"
    result: Json = {"input": size}
    with Side.here(folder) as side:
        ours = side.start()
        shutil.rmtree(store, ignore_errors=True)
        ours.ask(do="build", feeds=[[tag, str(path)]], store=str(store), walks=False, change_s=0)
        ours.ask(do="load", store=str(store))
        asked = _asked(tag, path, found.midnight, max(counts.values()))
        if counts.get("prototype") and PROTOTYPE.is_dir():
            proto = side.start("prototype.py")
            proto.ask(
                do="load", store=str(store), folder=str(PROTOTYPE), day=DAY.isoformat(),
                midnight=found.midnight,
            )  # fmt: skip
            rows = asked[: counts["prototype"]]
            result["prototype"] = {
                kind: _in_turns(ours, proto, kind, rows, found.midnight)
                for kind in ("earliest", "range")
            }
            proto.close()
        if counts.get("npm"):
            rows = asked[: counts["npm"]]
            result["npm"] = {}
            for package in PACKAGES:
                peer = _npm(package, folder, path, size, rows, found.midnight)
                if "missing" not in peer:
                    own = ours.ask(do="run", kind="earliest", queries=rows, warm=True, facts=True)
                    arrivals = _arrivals(own["found"], found.midnight)
                    peer |= _of_both(peer["arrivals"], arrivals, peer.pop("ms"), own["cpu_ms"])
                    peer |= _compared(peer.pop("arrivals"), arrivals)
                result["npm"][package] = peer
        ours.close()
    result["text"] = "\n".join(_told(result))
    return result


def _in_turns(ours: Process, other: Process, kind: str, rows: list[Json], midnight: int) -> Json:
    """Return the times of both, and for earliest arrivals whether they are the same."""
    window = {"window_s": 7200} if kind == "range" else {}
    rows = [row | window for row in rows]
    for process in (ours, other):
        process.ask(do="run", kind=kind if process is other else "earliest", queries=rows[:5])
    work: dict[str, list[float]] = {"ours": [], "theirs": []}
    found: dict[str, list[Any]] = {"ours": [], "theirs": []}
    for begin in range(0, len(rows), TURN):
        part = rows[begin : begin + TURN]
        sides = [("ours", ours, "earliest"), ("theirs", other, kind)]
        for name, process, named in sides if begin // TURN % 2 else sides[::-1]:
            answer = process.ask(do="run", kind=named, queries=part, facts=True)
            work[name] += answer["cpu_ms"]
            found[name] += answer["found"]
    result: Json = {"our_ms": _spread(work["ours"]), "peer_ms": _spread(work["theirs"])}
    result["times"] = [
        round(theirs / own, 2)
        for theirs, own in zip(result["peer_ms"], result["our_ms"], strict=True)
    ]
    if kind == "earliest":
        result |= _compared(found["theirs"], _arrivals(found["ours"], midnight))
    return result


def _npm(
    package: str, folder: Path, path: Path, size: str, rows: list[Json], midnight: int
) -> Json:
    """Return what a planner from npm needs and finds."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return {"missing": "node is not there"}
    home = folder / "peers"
    home.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", package, "--prefix", str(home), "--no-audit", "--no-fund"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return {"missing": "npm cannot install here"}
    plain = [[row["stops"][0], row["stops"][1], row["time"] - midnight] for row in rows]
    asked = home / "queries.json"
    asked.write_text(json.dumps({"date": DAY.isoformat(), "rows": plain}))
    unpacked = home / size
    with zipfile.ZipFile(path) as archive:
        archive.extractall(unpacked)
    script = shutil.copy(Path(__file__).with_name(PACKAGES[package]), home)
    answer = subprocess.run(
        ["node", "--max-old-space-size=8000", script, str(unpacked), str(asked), str(path)],
        capture_output=True, text=True, check=False, cwd=home,
    )  # fmt: skip
    if answer.returncode:
        return {"missing": answer.stderr.strip().splitlines()[-1:]}
    peer: Json = json.loads(answer.stdout)
    return {
        "ms": peer["ms"],
        "memory_mb": round(peer["memory"]),
        "prepared_s": round(peer["prepared"], 1),
        "arrivals": peer["arrivals"],
    }


def _of_both(
    theirs: list[Any], ours: list[int | None], peer_ms: list[float], our_ms: list[float]
) -> Json:
    """
    Return what both need for the queries that both answer within the day.

    For the others we search the next day as well, and they have not got one.
    """
    rows = [
        row
        for row, (peer, own) in enumerate(zip(theirs, ours, strict=True))
        if peer is not None and own is not None and own < DAY_S
    ]
    return {
        "peer_ms": _spread([peer_ms[row] for row in rows]),
        "our_ms": _spread([our_ms[row] for row in rows]),
        "answered_by_both": len(rows),
    }


def _compared(theirs: list[Any], ours: list[int | None]) -> Json:
    """Return how many arrivals within the day are the same; later ones are not theirs to find."""
    never = 2 * DAY_S
    pairs = [
        (peer if peer is not None else never, own if own is not None else never)
        for peer, own in zip(theirs, ours, strict=True)
        if own is None or own < DAY_S
    ]
    return {
        "compared": len(pairs),
        "same": sum(peer == own for peer, own in pairs),
        "ours_earlier": sum(own < peer for peer, own in pairs),
        "ours_later": sum(own > peer for peer, own in pairs),
    }


def _told(result: Json) -> list[str]:
    lines = [f"\n## Peers on {result['input']}, the same queries, processor ms median / p95"]
    for kind, row in result.get("prototype", {}).items():
        text = "{} / {}, ours with itineraries {} / {}: x {} / {}".format(
            *row["peer_ms"], *row["our_ms"], *row["times"]
        )
        lines.append(f"prototype, {kind}: {text}{_same(row)}")
    for package, peer in result.get("npm", {}).items():
        if "missing" in peer:
            lines.append(f"{package}: {peer['missing']}")
            continue
        lines.append(
            f"{package}: {peer['peer_ms'][0]} / {peer['peer_ms'][1]}, {peer['memory_mb']} MB, "
            f"prepared in {peer['prepared_s']} s; ours {peer['our_ms'][0]} / {peer['our_ms'][1]}: "
            f"x {peer['peer_ms'][0] / peer['our_ms'][0]:.0f} "
            f"({peer['answered_by_both']} queries that both answer within the day){_same(peer)}"
        )
    return lines


def _same(row: Json) -> str:
    if "same" not in row:
        return ""
    return (
        f"; of {row['compared']} arrivals within the day {row['same']} are the same, "
        f"{row['ours_earlier']} of ours earlier, {row['ours_later']} later"
    )


def _asked(tag: str, path: Path, midnight: int, count: int) -> list[Json]:
    """Return queries from stop to stop, with the walks that transfers.txt has at either end."""
    with zipfile.ZipFile(path) as archive:
        stops = pl.read_csv(archive.read("stops.txt"), infer_schema=False)["stop_id"].to_list()
        walks = pl.read_csv(archive.read("transfers.txt"), infer_schema=False)
    near: dict[str, list[list[Any]]] = {}
    for start, end, seconds in walks.select(
        "from_stop_id", "to_stop_id", "min_transfer_time"
    ).iter_rows():
        near.setdefault(start, []).append([f"{tag}_{end}", int(seconds)])
    rng = np.random.default_rng(7)
    rows: list[Json] = []
    for _ in range(count):
        start, end = rng.choice(stops, 2, replace=False).tolist()
        rows.append(
            {
                "stops": [start, end],
                "from": [[f"{tag}_{start}", 0], *near.get(start, [])],
                "to": [[f"{tag}_{end}", 0], *near.get(end, [])],
                "time": midnight + int(rng.integers(420, 1200)) * 60,
                "max_transfers": 9,
            }
        )
    return rows


def _arrivals(found: list[Any], midnight: int) -> list[int | None]:
    """Return the first arrival of each query in seconds of the day."""
    return [min((end - midnight for _, end, _ in rows), default=None) for rows in found]


def _spread(milliseconds: list[float]) -> tuple[float, float]:
    row = np.array(milliseconds)
    return round(float(np.median(row)), 3), round(float(np.percentile(row, 95)), 3)
