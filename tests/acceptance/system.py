"""
The system under judgement, as the runner uses it: the only file that names its parts.

A part that is not there raises `Missing` with its name, so that a query is skipped and says why.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from maas.core.clock import FrozenClock
from maas.core.network import Network
from routing.model import Itinerary, SearchRequest, SearchResult
from tests.acceptance.capability import Missing
from tests.acceptance.cases import Case
from tests.acceptance.requests import TAG
from tests.acceptance.styles import Style, style_of

Json = Any


def variant_files(case: Case, name: str) -> Mapping[str, str]:
    """
    Return the files of a feed; `NAME_stops.txt` replaces `stops.txt` where the query says NAME.
    """
    prefixes = {file.partition("_")[0] for file in case.gtfs} - {"stop", "fare", "rider", "route"}
    files = dict(case.gtfs)
    for prefix in prefixes & set(re.findall(r"[\w-]+", name)):
        for file in case.gtfs:
            plain = file.removeprefix(f"{prefix}_")
            if plain != file and plain in files:
                files[plain] = case.gtfs[file]
    return files


def network_of(case: Case, query: str = "") -> Network:
    """Return the case's feed as a network of one feed, on the days that the source loads."""
    from gtfs_feeds.merge import FeedInput, MergeOptions, merge
    from gtfs_feeds.read import read_files

    tables = read_files(dict(variant_files(case, query)), name=case.id)
    options = MergeOptions(service_days=case.window)
    result = merge([FeedInput(TAG, tables)], options)
    [outcome] = result.report.feeds
    if outcome.quarantined:
        raise Missing(f"a network of this feed: {outcome.quarantined}")
    return result.network


@dataclass(frozen=True)
class System:
    """One case, loaded."""

    case: Case
    network: Network
    style: Style

    @classmethod
    def of(cls, case: Case) -> "System":
        """Load a case."""
        return cls(case, network_of(case), style_of(case))

    @cached_property
    def stations(self) -> frozenset[str]:
        """Ids of stops that stand for several."""
        stops = self.network.stops
        parents = {int(row) for row in stops.parent if row >= 0}
        kinds = stops.location_type.tolist()
        return frozenset(
            scoped.removeprefix(f"{TAG}_")
            for row, scoped in enumerate(stops.id)
            if kinds[row] == 1 or row in parents
        )

    @cached_property
    def _timetable(self) -> Any:
        return compiled(self.network, self.style)

    def search(self, request: SearchRequest, message: Json) -> tuple[Itinerary, ...]:
        """Return what the search finds, with a realtime message (JSON) applied if there is one."""
        planner = _planner(self._timetable, self.style)
        if request.vias and not _knows_vias():
            raise Missing("vias in the search")
        if message is not None:
            planner = _with_message(planner, self.network, message)
        result: SearchResult = planner.plan(request)
        return result.itineraries

    def client(self, message: Json, now: datetime) -> Any:
        """Return a test client of the HTTP application over this case's feed."""
        return http_client(self.network, self._timetable, message, now)


def compiled(network: Network, style: Style, *, fastest_walk_mps: float = 0.0) -> Any:
    """Compile a network as a case's source would."""
    try:
        from routing.config import ChangeRules, CompileOptions
        from routing.timetable.compile import compile_timetable
    except ImportError:
        raise Missing("the timetable compiler") from None
    rules = ChangeRules(
        default_change_s=style.change_s,
        extra_walk_s=style.walk_slack_s,
        both_ways=style.closed_walks,
        close_walks=style.closed_walks,
        longest_closed_s=86_400,
        fastest_walk_mps=fastest_walk_mps,
    )
    if style.closed_walks:
        network = _from_doors(network, style.change_s)
    return compile_timetable(network, None, CompileOptions(changes=rules))


def _from_doors(network: Network, change_s: int) -> Network:
    """
    Return the network with the walks of stations lengthened by the way to their platforms.

    In nigiri a row of transfers.txt leads to the station, and from there one changes to a platform.
    """
    rows, kind = network.transfers, network.stops.location_type
    timed = (rows.min_time_s >= 0) & (rows.from_stop != rows.to_stop)
    doors = sum((kind[stop] == 1) & (stop >= 0) for stop in (rows.from_stop, rows.to_stop))
    longer = rows.min_time_s + (timed * doors * change_s).astype(rows.min_time_s.dtype)
    return replace(network, transfers=replace(rows, min_time_s=longer))


def _planner(timetable: Any, style: Style) -> Any:
    try:
        from routing.config import SearchConfig
        from routing.planner import JourneyPlanner
    except ImportError:
        raise Missing("the journey planner") from None
    config = SearchConfig(
        board_slack_s=style.board_slack_s,
        alight_slack_s=style.alight_slack_s,
        walk_from_stops=False,
        fold=False,
    )
    return JourneyPlanner(timetable, config)


def _knows_vias() -> bool:
    from routing.raptor.search import Query

    return "vias" in Query.__dataclass_fields__


def _with_message(planner: Any, network: Network, message: Json) -> Any:
    if not hasattr(planner, "with_overlay"):
        raise Missing("realtime in the search")
    return planner.with_overlay(_overlay(network, message))


def _overlay(network: Network, message: Json) -> Any:
    from gtfs_feeds.realtime.decode import decode_json
    from routing.realtime.index import NetworkIndex
    from routing.realtime.overlay import build_overlay

    return build_overlay(NetworkIndex(network), [decode_json(message, TAG)])


def http_client(network: Network, timetable: Any, message: Json, now: datetime) -> Any:
    """Return a test client of the application over a network, as `maas serve` would serve it."""
    try:
        from starlette.testclient import TestClient

        from maas.app import create_app
        from maas.wiring import Served
    except ImportError:
        raise Missing("the HTTP application") from None
    from routing.planner import JourneyPlanner

    planner: Any = JourneyPlanner(timetable)
    overlay = None
    if message is not None:
        overlay = _overlay(network, message)
        if hasattr(planner, "with_overlay"):
            planner = planner.with_overlay(overlay)
    served = Served(network, planner, FrozenClock(now), overlay, timetable)
    return TestClient(create_app(lambda: served), raise_server_exceptions=False)
