"""What a running service holds together: the network in use, its planner and its live data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from maas.core.clock import Clock, SystemClock
from maas.core.network import Network
from routing.boards.changes import Changes
from routing.boards.index import BoardIndex
from routing.boards.overlay import OverlayData
from routing.boards.runs import Runs
from routing.model import SearchRequest, SearchResult
from routing.realtime.runs import Overlay


class Planner(Protocol):
    """Finds journeys."""

    def plan(self, request: SearchRequest) -> SearchResult:
        """Return the journeys that a request asks for."""
        ...


@dataclass(frozen=True)
class Served:
    """One network as it is served; a new one, or new live data, is a new value."""

    network: Network
    planner: Planner
    clock: Clock = field(default_factory=SystemClock)
    overlay: Overlay | None = None
    index: BoardIndex | None = None
    name: str = "memory"

    @cached_property
    def boards(self) -> BoardIndex:
        """Lookups, shared by every state of live data."""
        return self.index or BoardIndex(self.network)

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
        return Changes(self.network)

    @cached_property
    def shown(self) -> dict[tuple[object, ...], dict[str, object]]:
        """Places and routes as the API writes them, kept from request to request."""
        return {}

    @cached_property
    def languages(self) -> frozenset[str]:
        """Languages in which the network has texts: the feeds' own and those of translations."""
        own = {tag.split("-")[0].lower() for tag in self.network.feeds.language if tag}
        return frozenset(own | {key.rsplit(".", 1)[-1] for key in self.network.translations})

    @property
    def feeds(self) -> Sequence[str]:
        """Tags of the feeds."""
        return self.network.feeds.tag.tolist()
