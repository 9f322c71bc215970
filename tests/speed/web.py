"""
`maas serve` over HTTP: how long one client waits, and whether many are answered.

`python -m tests.speed.web --network DIR [--clients 32] [--seconds 10] [--processes 2] [--long 4]`
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import numpy as np

from tests.speed.inputs import DAY, ROOT, Input

Json = dict[str, Any]
WARM = 8
SEARCHES = ("plan", "instant")
"""
Journeys: five from one coordinate to another, as `/plan` shows unless told otherwise; and those for
one instant from stop to stop, which is what the engine's own `earliest` asks.
"""


class Server(NamedTuple):
    """Where a server listens, and its process."""

    host: str
    port: int
    process: int

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection that keeps alive."""
        return http.client.HTTPConnection(self.host, self.port, timeout=60)

    def cpu_s(self) -> float:
        """Return the processor time that it has used; on a busy machine the only honest one."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(network: Path, cache: Path, processes: int = 1) -> Iterator[Server]:
    """
    Serve a stored network in a process that only answers; with several, `process` is their parent.

    Studies of the council are left out: they would use a core for minutes beside.
    """
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "NUMBA_CACHE_DIR": str(cache),
        "MAAS_DATA_DIR": str(network / "served"),
        "MAAS_RUN_JOBS": "false",
    }
    command = [sys.executable, "-m", "maas.cli", "serve", "--network", str(network), "--port", "0"]
    command += ["--processes", str(processes)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split("http://")[1].split()[0].strip("/")
        host, _, port = address.partition(":")
        _wait(host, int(port))
        yield Server(host, int(port), process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(host: str, port: int) -> None:
    for _ in range(600):
        try:
            if _get(http.client.HTTPConnection(host, port, timeout=60), "/api/v1/health")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise RuntimeError("the server does not answer")


def _get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def paths_of(facts: Json, count: int, seed: int = 5) -> dict[str, list[str]]:
    """Return seeded requests by endpoint; `facts` is what the worker says of a network."""
    rng = np.random.default_rng(seed)
    midnight = Input("", ()).midnight
    places = list(zip(facts["lat"], facts["lon"], strict=True))
    paths: dict[str, list[str]] = {"plan": [], "instant": [], "stoptimes": [], "geocode": []}
    for _ in range(count):
        a, b = rng.choice(len(places), 2, replace=False).tolist()
        at = datetime.fromtimestamp(midnight + int(rng.integers(420, 1200)) * 60, UTC)
        when = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        ends = [f"{places[row][0]:.6f},{places[row][1]:.6f}" for row in (a, b)]
        query = urlencode({"fromPlace": ends[0], "toPlace": ends[1], "time": when})
        paths["plan"].append(f"/api/v6/plan?{query}")
        stops = {"fromPlace": facts["stops"][a], "toPlace": facts["stops"][b]}
        now = {"time": when, "timetableView": "false", "maxTransfers": 7}
        paths["instant"].append(f"/api/v6/plan?{urlencode(stops | now)}")
        board = urlencode({"stopId": facts["stops"][a], "time": when, "n": 20})
        paths["stoptimes"].append(f"/api/v6/stoptimes?{board}")
        paths["geocode"].append(f"/api/v1/geocode?text={quote(facts['names'][a])}")
    return paths


def one_client(server: Server, paths: dict[str, list[str]]) -> Json:
    """
    Return how long one client waits for each endpoint, and how much of it is not the search.

    `cpu` is the processor time of the server (one process) for one request, `cpu_beyond` that
    without the search.
    """
    connection = server.connect()
    result: Json = {}
    for name, rows in paths.items():
        for path in rows[:WARM]:
            _get(connection, path)
        waits, beyond, searched = [], [], 0.0
        used = server.cpu_s()
        for path in rows:
            began = time.perf_counter()
            status, body = _get(connection, path)
            waited = (time.perf_counter() - began) * 1000
            if status != 200:
                raise RuntimeError(f"{path}: {status} {body[:200]!r}")
            waits.append(waited)
            if name in SEARCHES:
                told = json.loads(body)["debugOutput"]
                beyond.append(waited - told["search_us"] / 1000)
                searched += told["search_cpu_us"] / 1000
        used = (server.cpu_s() - used) * 1000
        result[name] = {
            "cpu": round(used / len(rows), 2),
            "median": round(float(np.median(waits)), 2),
            "p95": round(float(np.percentile(waits, 95)), 2),
        }
        if beyond:
            result[name]["cpu_beyond"] = round((used - searched) / len(rows), 2)
            result[name]["beyond_median"] = round(float(np.median(beyond)), 2)
            result[name]["beyond_p95"] = round(float(np.percentile(beyond, 95)), 2)
    return result


def many_clients(
    server: Server,
    paths: dict[str, list[str]],
    *,
    clients: int,
    seconds: float,
    long: int = 0,
) -> Json:
    """
    Return requests a second, the times and what went wrong with so many clients at once.

    `long` more clients ask for all journeys of four days, one after another; they are counted
    apart, and some of them hang up before the answer comes.
    """
    mixed = [rows for name, rows in paths.items() if name != "instant"]
    every = [path for rows in zip(*mixed, strict=True) for path in rows]
    much = [f"{path}&searchWindow=345600" for path in paths["plan"]]
    waits: list[float] = []
    slow: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    end = time.perf_counter() + seconds

    def client(number: int) -> None:
        connection = server.connect()
        at = number * 7
        while time.perf_counter() < end:
            began = time.perf_counter()
            try:
                status, _ = _get(connection, every[at % len(every)])
                if status != 200:
                    wrong[str(status)] += 1
            except (OSError, http.client.HTTPException) as error:
                wrong[type(error).__name__] += 1
                connection = server.connect()
            waits.append((time.perf_counter() - began) * 1000)
            at += 1

    def asks_much(number: int) -> None:
        at = number * 7
        while time.perf_counter() < end:
            at += 1
            hangs_up = at % 5 == 0
            connection = server.connect()
            connection.timeout = 0.2 if hangs_up else 60
            try:
                slow[str(_get(connection, much[at % len(much)])[0])] += 1
            except TimeoutError:
                slow["hung up"] += 1
            except (OSError, http.client.HTTPException) as error:
                slow[type(error).__name__] += 1
            connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    threads += [threading.Thread(target=asks_much, args=(number,)) for number in range(long)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "clients": clients,
        "requests": len(waits),
        "per_second": round(len(waits) / seconds, 1),
        "median": round(float(np.median(waits)), 1),
        "p95": round(float(np.percentile(waits, 95)), 1),
        "p99": round(float(np.percentile(waits, 99)), 1),
        "errors": dict(wrong),
        **({"long": dict(slow)} if long else {}),
    }


def measure_web(network: Path, cache: Path, facts: Json, count: int) -> Json:
    """Return what a server over a stored network needs, for one client and for sixteen."""
    paths = paths_of(facts, count)
    with serving(network, cache) as server:
        result = one_client(server, paths)
        plan, instant = (result.pop(name) for name in SEARCHES)
        load = many_clients(server, paths, clients=16, seconds=5)
        return plan | {"instant": instant, "others": result, "load": load}


def main() -> int:
    """Measure one network."""
    from tests.speed.worker import Worker

    parser = argparse.ArgumentParser(prog="python -m tests.speed.web", description=__doc__)
    parser.add_argument("--network", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--long", type=int, default=0, help="clients that ask for four days")
    options = parser.parse_args()
    worker = Worker()
    worker.load({"store": str(options.network)})
    paths = paths_of(worker.facts({}), options.queries)
    cache = Path(os.environ.get("NUMBA_CACHE_DIR", ROOT / ".build" / "numba"))
    with serving(options.network, cache, options.processes) as server:
        print(f"day {DAY}; one client:", json.dumps(one_client(server, paths)))
        load = many_clients(
            server, paths, clients=options.clients, seconds=options.seconds, long=options.long
        )
        print("load:", json.dumps(load))
    return 1 if load["errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
