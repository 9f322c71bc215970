"""
The prototype beside us: the same queries in turns, where its folder is at hand.

Run as a script, a process of its own with the orders of `worker.py`: `load` a stored network whose
changes take no time (`change_s=0`, walks of transfers.txt only), then `run` queries from stop to
stop. It answers bare arrivals: no journeys, one day and the next, no rules.
"""

import json
import os
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

Json = dict[str, Any]
MOST_RIDES = 10
DAY_S = 86_400


class Prototype:
    """The prototype's arrays and kernels for one stored network."""

    def load(self, order: Json) -> Json:
        """Lay the trips of a day and of the next one out as the prototype does."""
        from routing.timetable.store import load_timetable

        sys.path.append(order["folder"])
        import bounds
        import build
        import raptor3e
        import rrange

        timetable = load_timetable(Path(order["store"]))
        network = timetable.network
        self._row = {name: row for row, name in enumerate(network.stops.id)}
        day = date.fromisoformat(order["day"])
        self._midnight = order["midnight"]
        r = self._r = build.build(_columns(timetable, (day - network.first_day).days))
        self._bounds = bounds.bounds(r)
        stops, patterns = r["S"], r["NR"]
        route = np.repeat(np.arange(patterns, dtype=np.int32), r["ns"])
        place = np.arange(len(r["rstop"])) - np.repeat(r["soff"][:-1], r["ns"])
        later = place > 0
        alight = bounds.csr(r["rstop"][later], stops, route[later], place[later].astype(np.int32))
        begin = np.repeat(np.arange(stops, dtype=np.int32), np.diff(r["f_off"]))
        back = bounds.csr(r["f_to"], stops, begin, r["f_w"])
        self._fixed = (
            r["ns"], r["nt"], r["soff"], r["eoff"], r["rstop"], r["arr"], r["dep"], r["sr_off"],
            r["sr_r"], r["sr_i"], r["sr_last"], r["f_off"], r["f_to"], r["f_w"],
        )  # fmt: skip
        self._tail = (*alight, *back)
        self._work = (
            np.empty((17, stops), np.uint16), np.zeros((17, stops), np.int32),
            np.full(patterns, -1, np.int32), np.empty(patterns, np.int32),
            np.empty(stops + 10, np.int32), np.empty(stops + 10, np.int32),
            np.zeros(stops, np.uint8),
        )  # fmt: skip
        self._best = np.empty(stops, np.uint16)
        self._out = np.empty(18, np.int64)
        self._events = np.zeros(4 * DAY_S // 60, np.uint8)
        self._departs = np.zeros(DAY_S // 60, np.uint8)
        self._results = np.zeros((4096, 17), np.int64)
        self._earliest = raptor3e.make(use_mt=True)
        self._range = rrange.make()
        return {"patterns": patterns}

    def run(self, order: Json) -> Json:
        """Search; return processor milliseconds and the first arrival of every query."""
        search = {"earliest": self._one, "range": self._window}[order["kind"]]
        work: list[float] = []
        found: list[Any] = []
        for row in order["queries"]:
            start, end = (self._row[row[side][0][0]] for side in ("from", "to"))
            minute = (row["time"] - self._midnight) // 60
            used = time.thread_time()
            answer = search(start, end, minute)
            work.append(round((time.thread_time() - used) * 1000, 4))
            found.append(answer)
        return {"cpu_ms": work, "found": found}

    def _ends(self, start: int, end: int) -> tuple[int, int, int]:
        a, b = (int(self._r["perm"][row]) for row in (start, end))
        return a, b, int(self._bounds["cell"][b])

    def _one(self, start: int, end: int, minute: int) -> int | None:
        a, b, cell = self._ends(start, end)
        rounds, _ = self._earliest(
            a, b, minute, 60_000, MOST_RIDES, 0, *self._fixed, self._best, *self._work, self._out,
            self._bounds["lb"][cell], self._bounds["mt"][cell], self._events, *self._tail,
        )  # fmt: skip
        arrival = int(self._out[: rounds + 1].min())
        return None if arrival >= 60_000 else arrival * 60

    def _window(self, start: int, end: int, minute: int) -> int:
        a, b, cell = self._ends(start, end)
        self._results[0] = 1 << 40
        count, _ = self._range(
            a, b, minute, 120, MOST_RIDES, *self._fixed, *self._work,
            self._bounds["lb"][cell], self._bounds["mt"][cell], self._events, *self._tail,
            self._departs, self._results,
        )  # fmt: skip
        return int(count)


def _columns(timetable: Any, day: int) -> Json:
    """Return the prototype's neutral columns of the trips of a day and of the next one."""
    network, nodes = timetable.network, timetable.nodes
    trips, calls = network.trips, network.calls
    sizes = np.diff(trips.call_start)
    offsets, parts = [0], []
    for later in (0, 1):
        runs = network.services.runs[trips.service, day + later].astype(bool) & (sizes > 1)
        for row in np.flatnonzero(runs).tolist():
            span = slice(int(trips.call_start[row]), int(trips.call_start[row + 1]))
            parts.append((span, later * DAY_S))
            offsets.append(offsets[-1] + span.stop - span.start)

    def joined(column: Any, *, timed: bool) -> Any:
        return np.concatenate(
            [column[span].astype(np.int64) + (later if timed else 0) for span, later in parts]
        )

    origin = np.repeat(np.arange(timetable.node_count), np.diff(nodes.walk_start))
    return {
        "lat": network.stops.lat,
        "lon": network.stops.lon,
        "off": np.array(offsets, np.int64),
        "stop": joined(calls.stop, timed=False).astype(np.int32),
        "arr": joined(calls.arrival_s, timed=True),
        "dep": joined(calls.departure_s, timed=True),
        "tf": nodes.stop[origin],
        "tt": nodes.stop[nodes.walk_to],
        "tw": nodes.walk_s,
    }


def main() -> None:
    """Answer orders until there are no more."""
    prototype = Prototype()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = getattr(prototype, order["do"])(order)
        except Exception as error:  # noqa: BLE001  # whatever breaks is told, the next order comes
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
