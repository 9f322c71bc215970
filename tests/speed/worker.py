"""
Build and search, measured: one process for one commit.

Run as a script with the commit's tree on PYTHONPATH, so that the same worker measures any commit;
it imports nothing but the product. It reads one JSON object a line and answers each with one:
`{"do": "build", …}`, `{"do": "load", …}`, `{"do": "run", "kind": …, "queries": […]}`.
"""

import gc
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from routing.model import SearchFilters, SearchRequest, StopOffset, Via

Json = dict[str, Any]


class Worker:
    """What one process holds: a planner, and one with an overlay."""

    def __init__(self) -> None:
        self.planner: Any = None
        self.live: Any = None

    def build(self, order: Json) -> Json:
        """Read, validate, merge, link, compile and store feeds; return seconds, sizes and peak."""
        from gtfs_feeds.merge import FeedInput, MergeOptions, merge
        from gtfs_feeds.read import read_feed
        from routing.street.footpaths import footpaths
        from routing.timetable.compile import Footpaths, compile_timetable
        from routing.timetable.store import save_timetable

        lap = _Laps()
        feeds = [
            FeedInput(tag, read_feed(Path(path)), synthetic=True) for tag, path in order["feeds"]
        ]
        lap.note("read")
        if order.get("validate"):
            from gtfs_feeds.validate import validate

            for feed in feeds:
                validate(feed.tables, today=date.fromisoformat(order["today"]))
            lap.note("validate")
        options = MergeOptions(
            shift_to=date.fromisoformat(order["shift_to"]) if order.get("shift_to") else None
        )
        network = merge(feeds, options).network
        del feeds
        lap.note("merge")
        walks = None
        if order.get("walks", True):
            table = footpaths(network)
            walks = Footpaths(table.from_stop, table.to_stop, table.seconds())
            lap.note("walks")
        timetable = compile_timetable(network, walks, _compile_options(order))
        lap.note("compile")
        folder = save_timetable(timetable, Path(order["store"]))
        lap.note("store")
        return {
            "seconds": lap.seconds,
            "stops": len(network.stops.id),
            "patterns": timetable.pattern_count,
            "trips": len(network.trips.id),
            "calls": len(network.calls.stop),
            "first_day": network.first_day.isoformat(),
            "store_mb": round(sum(f.stat().st_size for f in folder.iterdir()) / 1e6, 1),
            "peak_mb": _peak_mb(),
        }

    def publish(self, order: Json) -> Json:
        """Do the same as `maas network build`; what is there of the last time is used."""
        from gtfs_feeds.merge import MergeOptions
        from maas.usecases.prepare_feeds import FeedSource
        from maas.usecases.publish_network import publish_network

        day = order.get("shift_to")
        wall, used = time.perf_counter(), _cpu_s()
        published = publish_network(
            [FeedSource(tag, Path(path), synthetic=True) for tag, path in order["feeds"]],
            Path(order["store"]),
            MergeOptions(shift_to=date.fromisoformat(day) if day else None),
            good_on=date.fromisoformat(order["good_on"]) if order.get("good_on") else None,
            processes=order.get("processes"),
        )
        return {
            **published.counts,
            "seconds": dict(published.seconds),
            "wall_s": round(time.perf_counter() - wall, 2),
            "cpu_s": round(_cpu_s() - used, 2),
            "store_mb": round(published.counts["bytes"] / 1e6, 1),
            "peak_mb": _peak_mb(),
        }

    def swap(self, order: Json) -> Json:
        """Take over a published network as a running server does; return the seconds it took."""
        from maas.core.clock import SystemClock
        from maas.wiring import NetworkHolder

        holder = NetworkHolder(Path(order["store"]), SystemClock())
        holder.look()
        began = time.perf_counter()
        holder = NetworkHolder(Path(order["store"]), SystemClock())
        holder.look()
        return {"seconds": round(time.perf_counter() - began, 3)}

    def load(self, order: Json) -> Json:
        """Map a stored network and make a planner."""
        from routing.config import SearchConfig, Switches
        from routing.planner import JourneyPlanner
        from routing.timetable.store import load_timetable

        began = time.perf_counter()
        timetable = load_timetable(Path(order["store"]))
        switches = Switches(**order.get("switches", {}))
        config = SearchConfig(walk_from_stops=False, fold=False, switches=switches)
        self.planner = JourneyPlanner(timetable, config)
        self.live = None
        seconds = time.perf_counter() - began
        return {"seconds": round(seconds, 4), "peak_mb": _peak_mb()}

    def facts(self, order: Json) -> Json:
        """Return stops that vehicles serve with their places, and agencies, for making queries."""
        network = self.planner.timetable.network
        served = sorted(set(network.calls.stop.tolist()))
        return {
            "stops": [network.stops.id[row] for row in served],
            "names": [network.stops.name[row] for row in served],
            "lat": [float(network.stops.lat[row]) for row in served],
            "lon": [float(network.stops.lon[row]) for row in served],
            "agencies": list(network.agencies.id),
        }

    def live_data(self, order: Json) -> Json:
        """
        Make messages of delays for trips of a day and apply them; return the seconds it took.

        The same of the day after was applied before, so that all machine code is loaded.
        """
        from routing.realtime.index import NetworkIndex
        from routing.realtime.overlay import build_overlay

        day = date.fromisoformat(order["day"])
        index = NetworkIndex(self.planner.timetable.network)
        noons = [datetime(day.year, day.month, day.day + more, 3, tzinfo=UTC) for more in (1, 0)]
        for noon in noons:
            messages = self._late_trips(noon.date(), order["updates"])
            self.planner.views.covering(noon, noon)
            # As a server does that holds a network.
            gc.collect()
            gc.freeze()
            began, used = time.perf_counter(), time.thread_time()
            overlay = build_overlay(index, messages)
            built = time.perf_counter() - began
            self.live = self.planner.with_overlay(overlay)
            # A view with the overlay is made by the first search that needs it.
            began = time.perf_counter()
            self.live.views.covering(noon, noon)
            laid, worked = time.perf_counter() - began, time.thread_time() - used
        return {
            "seconds": round(built + laid, 4),
            "cpu_seconds": round(worked, 4),
            "built_s": round(built, 4),
            "laid_s": round(laid, 4),
            "runs": len(overlay.runs),
        }

    def _late_trips(self, day: date, count: int) -> list[Any]:
        """Return messages, one a feed, in which so many trips of a day leave late."""
        from maas.core.live import LiveMessage, Moment, StopUpdate, TripSelector, TripUpdate

        network = self.planner.timetable.network
        column = (day - network.first_day).days
        runs = network.services.runs[network.trips.service, column].nonzero()[0]
        rows = runs[:: max(1, len(runs) // count)][:count]
        messages: dict[str, list[TripUpdate]] = {}
        for number, row in enumerate(rows.tolist()):
            tag, _, trip_id = network.trips.id[row].partition("_")
            late = StopUpdate(
                sequence=int(network.calls.sequence[network.trips.call_start[row]]),
                departure=Moment(delay_s=60 * (1 + number % 15)),
            )
            selector = TripSelector(trip_id=trip_id, start_day=day)
            messages.setdefault(tag, []).append(TripUpdate(str(number), selector, (late,)))
        return [LiveMessage(tag, None, trips=tuple(rows)) for tag, rows in messages.items()]

    def run(self, order: Json) -> Json:
        """Search; return milliseconds and what was found of every query."""
        search = self._search(order["kind"])
        requests = [_request(row) for row in order["queries"]]
        if order.get("warm"):
            for request in requests[:3]:
                search(request)
        times: list[float] = []
        work: list[float] = []
        found: list[Any] = []
        for request in requests:
            began, used = time.perf_counter(), time.thread_time()
            answer = search(request)
            work.append(round((time.thread_time() - used) * 1000, 4))
            times.append(round((time.perf_counter() - began) * 1000, 4))
            found.append(_facts(answer, request) if order.get("facts") else None)
        return {"ms": times, "cpu_ms": work, "found": found if order.get("facts") else []}

    def throughput(self, order: Json) -> Json:
        """
        Search with so many threads; return when they began and ended, in monotonic seconds.

        The threads do nothing but search, each the next query that is left; the one that waits for
        them sleeps. (With a pool it would wake at every answer, a third thread that wants the
        interpreter.)
        """
        search = self._search(order["kind"])
        requests = [_request(row) for row in order["queries"]]
        for request in requests[:3]:
            search(request)
        rest = iter(requests)

        def work() -> None:
            for request in rest:
                search(request)

        threads = [threading.Thread(target=work) for _ in range(order["threads"])]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {"began": began, "ended": time.monotonic()}

    def _search(self, kind: str) -> Callable[[SearchRequest], Any]:
        if kind == "one-to-all":
            reach = getattr(self.planner, "reach", None)
            if reach is None:
                raise LookupError("this commit has no one-to-all search")
            return reach  # type: ignore[no-any-return]
        planner = self.live if kind == "live" else self.planner
        return lambda request: planner.plan(request).itineraries


def _compile_options(order: Json) -> Any:
    """Return options with another change time where a comparison needs it."""
    from routing.config import ChangeRules, CompileOptions

    if "change_s" not in order:
        return None
    return CompileOptions(ChangeRules(default_change_s=order["change_s"], close_walks=False))


def _request(row: Json) -> SearchRequest:
    def ends(rows: list[Any]) -> tuple[StopOffset, ...]:
        return tuple(StopOffset(stop, seconds) for stop, seconds in rows)

    request = SearchRequest(
        origin=ends(row["from"]),
        destination=ends(row["to"]),
        time=datetime.fromtimestamp(row["time"], UTC),
        arrive_by=row.get("arrive_by", False),
        window_s=row.get("window_s", 0),
        max_transfers=row.get("max_transfers", 7),
        vias=tuple(Via(stop) for stop in row.get("vias", ())),
    )
    if "agencies" in row:
        request = replace(request, filters=SearchFilters(agencies=frozenset(row["agencies"])))
    return request


def _facts(itineraries: Any, request: SearchRequest) -> list[list[int]]:
    """Return what the criteria see; without a window one of the two times is a matter of taste."""
    if not isinstance(itineraries, tuple) or not all(hasattr(r, "transfers") for r in itineraries):
        return [[1]]
    rows = set()
    for row in itineraries:
        begin, end = int(row.departure.timestamp()), int(row.arrival.timestamp())
        if request.window_s == 0:
            begin, end = (begin, 0) if request.arrive_by else (0, end)
        rows.add((begin, end, row.transfers))
    return sorted(list(row) for row in rows)


class _Laps:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def note(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] = round(now - self._since, 3)
        self._since = now


def _cpu_s() -> float:
    """Return the processor time of this process and of those it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def main() -> None:
    """Answer orders until there are no more."""
    sys.setswitchinterval(0.0005)  # as the server does (`maas/cli/serve_processes.py`)
    worker = Worker()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = getattr(worker, order["do"])(order)
        except Exception as error:  # noqa: BLE001  # whatever breaks is told, the next order comes
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
