"""What a running service holds together: the network in use, its planner and its live data."""

import gc
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

import numpy as np

from maas.adapters.fares import FareShelf
from maas.adapters.ride_measures import RideMeasures
from maas.core.clock import JAPAN, Clock, SystemClock
from maas.core.errors import Kind, MaasError
from maas.core.live import LiveMessage
from maas.core.network import Network
from maas.usecases.municipalities import StopZones
from maas.usecases.realtime import Realtime
from routing.boards.changes import Changes
from routing.boards.geometry import load_kernels
from routing.boards.index import BoardIndex
from routing.boards.overlay import OverlayData
from routing.boards.runs import Runs
from routing.config import SearchConfig
from routing.errors import TimetableInvalid
from routing.model import SearchRequest, SearchResult, StopRef, Via
from routing.places import PlaceIndex
from routing.planner import JourneyPlanner
from routing.reach import Reach
from routing.realtime.index import NetworkIndex
from routing.realtime.overlay import build_overlay
from routing.realtime.runs import Overlay
from routing.timetable.model import Timetable
from routing.timetable.store import POINTER, load_timetable
from ticketing.fares.book import FareBook

_LOG: Final = logging.getLogger(__name__)
LATE_S: Final = 23 * 3600
"""Second of the day at which a search needs the days after as well."""


STAYS: Final = frozenset(
    {"places", "scheduled", "changes", "shown", "languages", "language", "measures"}
)
"""Lookups of `Served` that depend on the timetable only."""


Shown = dict[tuple[object, ...], Any]
"""Places, routes and lines as the API writes them, by what they are and where they stand."""


class Planner(Protocol):
    """Finds journeys."""

    def plan(self, request: SearchRequest) -> SearchResult:
        """Return the journeys that a request asks for."""
        ...

    def reach(self, request: SearchRequest) -> Reach:
        """Return the stops that are reached from the origin (or that reach the destination)."""
        ...


class NoNetwork(MaasError):
    """There is no network to search yet."""

    code = "no-network"
    title = "There is no timetable to search yet"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


@dataclass(frozen=True)
class Served:
    """One network as it is served; a new one, or new live data, is a new value."""

    network: Network
    planner: Planner
    clock: Clock = field(default_factory=SystemClock)
    overlay: Overlay | None = None
    timetable: Timetable | None = None
    index: BoardIndex | None = None
    version: str = "memory"
    fares: Mapping[str, FareBook] = field(default_factory=dict)
    """Fares of the feeds, by tag; a feed without an entry publishes none."""

    @cached_property
    def boards(self) -> BoardIndex:
        """Lookups, shared by every state of live data."""
        return self.index or BoardIndex(self.network)

    @cached_property
    def places(self) -> PlaceIndex:
        """Places by what people type."""
        return PlaceIndex(self.network)

    @cached_property
    def scheduled(self) -> Runs:
        """Runs as the timetable has them."""
        return Runs(self.boards)

    @cached_property
    def operated(self) -> Runs:
        """Runs as they are operated today."""
        if self.overlay is None:
            return self.scheduled
        return Runs(self.boards, OverlayData(self.boards, self.overlay))

    @cached_property
    def changes(self) -> Changes:
        """How long changes take, for what the API adds to found journeys."""
        if self.timetable is None and isinstance(self.planner, JourneyPlanner):
            return Changes(self.planner.timetable)
        return Changes(self.timetable)

    @cached_property
    def measures(self) -> RideMeasures:
        """What rides on this network are worth, for settlement."""
        return RideMeasures(self.network, self.fares)

    @cached_property
    def zones(self) -> StopZones:
        """Prefecture and municipality of the stops."""
        return StopZones(self.network)

    @cached_property
    def shown(self) -> dict[tuple[object, ...], Shown]:
        """What the API wrote of the timetable, by the words asked for, for the next requests."""
        return {}

    @cached_property
    def languages(self) -> frozenset[str]:
        """Languages in which the network has texts: the feeds' own and those of translations."""
        own = {tag.split("-")[0].lower() for tag in self.network.feeds.language if tag}
        return frozenset(own | {key.rsplit(".", 1)[-1] for key in self.network.translations})

    @cached_property
    def language(self) -> str:
        """The language of who asks for none: that of most feeds, else what the zone suggests."""
        own = [tag.split("-")[0].lower() for tag in self.network.feeds.language if tag]
        known = [tag for tag in own if tag != "mul"]
        if known:
            return max(sorted(set(known)), key=known.count)
        zones = {zone.key for zone in self.boards.zones}
        return "ja" if zones <= {JAPAN.key} else "en"

    @property
    def feeds(self) -> Sequence[str]:
        """Tags of the feeds."""
        return self.network.feeds.tag.tolist()

    def with_overlay(self, overlay: Overlay) -> "Served":
        """Return the same network as it is operated now; lookups are shared."""
        assert isinstance(self.planner, JourneyPlanner)
        planner = self.planner.with_overlay(overlay)
        served = replace(self, planner=planner, overlay=overlay, index=self.boards)
        # What live data does not change is not made again for every message.
        served.__dict__.update({k: v for k, v in self.__dict__.items() if k in STAYS})
        return served

    def warm(self) -> None:
        """Make the lookups that first requests would wait for."""
        self.boards.calls_by_stop  # noqa: B018 (a cached property is made by naming it)
        self.boards.calls_of_stop  # noqa: B018
        self.boards.modes_of_stop  # noqa: B018
        self.boards.stop_rows  # noqa: B018
        self.boards.trip_rows  # noqa: B018
        self.places  # noqa: B018
        self.changes  # noqa: B018
        load_kernels()
        self.search_once()
        for request in self._usual():
            # A bounded window: where walking beats every ride, no number of journeys is enough.
            self.planner.plan(replace(request, min_itineraries=2, max_window_s=600))

    def warm_all(self) -> None:
        """
        Do the same for what fewer ask: through a stop on the way, and to everywhere.

        On a machine that has not compiled these kernels yet it takes most of a minute.
        """
        self.warm()
        for request in self._usual()[:1]:
            busiest = Via(self.network.stops.id[int(self.boards.calls_of_stop.argmax())])
            for window in (0, 3600):
                self.planner.plan(replace(request, vias=(busiest,), window_s=window))
            self.planner.reach(request)

    def search_once(self, windows: Sequence[int] = (0, 3600)) -> None:
        """
        Search between the two busiest stops, so that no traveller waits for the kernels.

        It is one for now and one for late today, so that the views of today are there, and
        processes share them.
        """
        for request in self._usual():
            for window in windows:
                self.planner.plan(replace(request, window_s=window))
                self.planner.plan(replace(request, window_s=window, arrive_by=True))

    def _usual(self) -> list[SearchRequest]:
        busiest = np.argsort(self.boards.calls_of_stop)[-2:].tolist()
        if len(busiest) < 2 or not self.boards.days:
            return []
        ids = self.network.stops.id
        starts = self.boards.day_start[0]
        now = int(self.clock.now().timestamp())
        today = int(np.searchsorted(starts, now, "right")) - 1
        if not 0 <= today < len(starts) - 1:
            today, now = 0, int(starts[0])
        origin, destination = StopRef(ids[busiest[0]]), StopRef(ids[busiest[1]])
        return [
            SearchRequest(origin, destination, datetime.fromtimestamp(moment, UTC))
            for moment in (now, int(starts[today]) + LATE_S)
        ]


def served_timetable(
    timetable: Timetable, clock: Clock, version: str = "memory", shelf: Path | None = None
) -> Served:
    """Return a timetable as it is served; processes share the views that lie in `shelf`."""
    planner = JourneyPlanner(timetable, SearchConfig(shelf=shelf))
    return Served(timetable.network, planner, clock, timetable=timetable, version=version)


class NetworkHolder:
    """
    The network of a directory, the newest that was published there.

    `current` never waits for a new one: a thread looks now and then, opens what it finds, and
    swaps it in; searches that began in the old one end in it.
    """

    def __init__(self, directory: Path, clock: Clock, *, every_s: float = 5.0) -> None:
        self._directory = directory
        self._clock = clock
        self._every_s = every_s
        self._served: Served | None = None
        self._operated: Served | None = None
        self._index: NetworkIndex | None = None
        self._messages: tuple[LiveMessage, ...] = ()
        self._refused = ""
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def current(self) -> Served:
        """
        Return the network in use.

        Raises:
            NoNetwork: None was published yet, or none could be opened.
        """
        if self._operated is None:
            raise NoNetwork("No timetable is loaded yet; please try again in a moment.")
        return self._operated

    @property
    def index(self) -> NetworkIndex | None:
        """How messages find the network in use; None where there is none."""
        return self._index

    def operate(self, messages: tuple[LiveMessage, ...]) -> None:
        """Serve the network as these messages say it is operated now; none: by the timetable."""
        with self._lock:
            if messages != self._messages:
                self._messages = messages
                self._overlay()

    def _overlay(self) -> None:
        served, index = self._served, self._index
        if served is None or index is None or not self._messages:
            self._operated = served
            return
        operated = served.with_overlay(build_overlay(index, self._messages))
        # Laid over the day's vehicles before the first traveller asks; the kernels are there.
        operated.search_once(windows=(0,))
        self._operated = operated

    def look(self) -> bool:
        """Open the published network if it is another than the one in use; return whether."""
        try:
            version = (self._directory / POINTER).read_text().strip()
        except OSError:
            return False
        in_use = self._served.version if self._served else ""
        if version in {in_use, self._refused}:
            return False
        try:
            timetable = load_timetable(self._directory)
            folder = self._directory / version
            served = served_timetable(timetable, self._clock, version, folder)
            served = replace(served, fares=FareShelf(folder, timetable.network))
            served.warm()
        except TimetableInvalid as error:
            # The old network stays in use; a damaged version is not tried again and again.
            self._refused = version
            _LOG.error("network %s refused: %s", version, error.detail)
            return False
        with self._lock:
            self._served, self._index = served, NetworkIndex(served.network)
            self._overlay()
        # What a network holds is there to stay: a garbage collection that goes through all of it
        # takes 0.1 s on K. What the one before left in circles is found here.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        _LOG.info("network %s in use", version)
        return True

    def start(self) -> None:
        """Open the network and keep looking for a newer one until `close`."""
        self.look()
        self._thread = threading.Thread(target=self._watch, name="network", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _watch(self) -> None:
        while not self._stop.wait(self._every_s):
            self.look()


class LiveThread:
    """Asks for realtime messages again and again, and lets the holder serve what they say."""

    def __init__(self, holder: NetworkHolder, realtime: Realtime, *, every_s: float) -> None:
        self._holder = holder
        self._realtime = realtime
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="live", daemon=True)

    def start(self) -> None:
        """Begin, until `close`."""
        self._thread.start()

    def close(self) -> None:
        """Stop asking; an answer that is under way is left behind."""
        self._stop.set()

    def round(self) -> None:
        """Ask every address once."""
        self._holder.operate(self._realtime.poll(self._holder.index))

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self.round()
            except Exception:  # noqa: BLE001 - the next round asks again
                _LOG.exception("realtime messages could not be taken; trying again")
            self._stop.wait(self._every_s)
