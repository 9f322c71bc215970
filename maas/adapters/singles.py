"""Rides of the timetable in use, as `ticketing.fares.singles` sells them."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import numpy as np
from sqlalchemy import select

from maas.core.columns import Int64s
from maas.core.ids import split_feed_scoped
from maas.core.money import Yen
from maas.core.network import Network
from maas.db.session import Sessions, read_session
from operators.registry.models import Company, CompanyFeed
from routing.boards.index import BoardIndex
from ticketing.fares.book import FareBook
from ticketing.fares.facts import RideFact
from ticketing.fares.singles import SingleFare, StopUnknown, fare_of
from ticketing.products.definition import Localized

MOST_STOPS: Final = 2000
"""A ticket that names more would not fit a product; readers then judge the operator alone."""


class Timetabled(Protocol):
    """The part of a served network that fares need."""

    @property
    def network(self) -> Network:
        """Columns of the network."""
        ...

    @property
    def boards(self) -> BoardIndex:
        """Lookups over them."""
        ...

    @property
    def fares(self) -> Mapping[str, FareBook]:
        """Fares of the feeds, by tag."""
        ...


@dataclass(slots=True)
class _Way:
    """Rides of one operator at one price."""

    stops: dict[str, None] = field(default_factory=dict)
    routes: dict[str, None] = field(default_factory=dict)
    children: dict[Yen | None, None] = field(default_factory=dict)
    """What children pay on them; sold only where that is one price."""


class SingleFares:
    """`FareSource` over the network in use; the registry says which company a feed is of."""

    def __init__(self, current: Callable[[], Timetabled], sessions: Sessions) -> None:
        self._current = current
        self._sessions = sessions

    def singles(self, origin: str, destination: str) -> Sequence[SingleFare]:
        """Return the fares of direct rides between two stops, stations or places."""
        served = self._current()
        network, boards = served.network, served.boards
        ends = [_end(boards, each) for each in (origin, destination)]
        if ends[0].id == ends[1].id:
            return []
        found: dict[int, dict[Yen | None, _Way]] = defaultdict(lambda: defaultdict(_Way))
        for route, ride, stops in _rides(boards, *(end.rows for end in ends)):
            agency = int(network.routes.agency[route])
            fare = fare_of(ride, served.fares)
            way = found[agency][fare.adult]
            way.children[fare.child] = None
            way.routes[network.routes.id[route]] = None
            way.stops.update(dict.fromkeys(stops))
        made = []
        for agency, by_price in found.items():
            certain, alone = _certain(by_price)
            made += [
                self._fare(network, agency, ends, yen, way, alone=alone)
                for yen, way in certain.items()
            ]
        return sorted(made, key=lambda fare: (fare.yen, fare.operator_id, fare.routes))

    def _fare(
        self,
        network: Network,
        agency: int,
        ends: "Sequence[_End]",
        yen: Yen,
        way: _Way,
        *,
        alone: bool,
    ) -> SingleFare:
        feed = int(network.agencies.feed[agency])
        origin, destination = ends
        return SingleFare(
            operator_id=self._company(network.feeds.tag[feed]) or network.agencies.id[agency],
            operator_name=_named(network, "agencies", agency, network.agencies.name[agency]),
            origin=origin.id,
            origin_name=origin.name,
            destination=destination.id,
            destination_name=destination.name,
            yen=yen,
            stops=tuple(sorted(way.stops)) if len(way.stops) <= MOST_STOPS else (),
            routes=() if alone else tuple(sorted(way.routes)),
            sample=bool(network.feeds.synthetic[feed]),
            runs_on=tuple(sorted(way.routes)),
            child_yen=next(iter(way.children)) if len(way.children) == 1 else None,
        )

    def _company(self, tag: str) -> str:
        """Return the company whose feed this is; empty where none or more than one has it."""
        with read_session(self._sessions) as session:
            slugs = session.scalars(
                select(Company.slug)
                .join(CompanyFeed, CompanyFeed.company_id == Company.id)
                .where(CompanyFeed.tag == tag)
                .distinct()
            ).all()
        return slugs[0] if len(slugs) == 1 else ""


@dataclass(frozen=True, slots=True)
class _End:
    id: str
    """The place's, where the stop is of one: poles of one place are one end."""
    name: Localized
    rows: Int64s


def _end(boards: BoardIndex, wanted: str) -> _End:
    network = boards.network
    place = boards.place_rows.get(wanted, -1)
    row = boards.stop_rows.get(wanted, -1)
    if place < 0 and row < 0:
        raise StopUnknown("Send the id of a stop, a station or a place.", stop=wanted[:120])
    place = place if place >= 0 else int(network.stops.place[row])
    if place < 0:
        return _End(wanted, _named(network, "stops", row, network.stops.name[row]), np.array([row]))
    rows = np.flatnonzero(np.asarray(network.stops.place) == place)
    name = _named(network, "places", place, network.places.name[place])
    return _End(network.places.id[place], name, rows)


def _named(network: Network, group: str, row: int, name: str) -> Localized:
    english = network.translations.get(f"{group}.name.en")
    own = name or "?"
    return Localized(ja=own, en=(english[row] if english is not None else "") or own)


def _rides(
    boards: BoardIndex, origin: Int64s, destination: Int64s
) -> Iterator[tuple[int, RideFact, tuple[str, ...]]]:
    """Yield every different direct ride: route row, facts, and the ids of its stops."""
    network = boards.network
    stop = np.asarray(network.calls.stop)
    boarding = np.flatnonzero(np.isin(stop, origin) & (np.asarray(network.calls.pickup) != 1))
    alighting = np.flatnonzero(
        np.isin(stop, destination) & (np.asarray(network.calls.drop_off) != 1)
    )
    first_of = dict(zip(boards.trip_of_call[boarding].tolist(), boarding.tolist(), strict=True))
    seen = set()
    for last in alighting.tolist():
        trip = int(boards.trip_of_call[last])
        first = first_of.get(trip, last)
        if first >= last:
            continue
        rows = stop[first : last + 1].tolist()
        departure = int(network.calls.departure_s[first])
        key = (int(network.trips.route[trip]), departure, *rows)
        if key in seen:
            continue
        seen.add(key)
        ids = tuple(network.stops.id[row] for row in rows)
        yield key[0], _fact(boards, trip, first, last, ids), ids


def _fact(boards: BoardIndex, trip: int, first: int, last: int, stops: tuple[str, ...]) -> RideFact:
    network = boards.network
    route = int(network.trips.route[trip])
    agency = int(network.routes.agency[route])
    runs = np.flatnonzero(network.services.runs[int(network.trips.service[trip])])
    begin = int(boards.day_start[agency, int(runs[0]) if len(runs) else 0])
    zone = boards.zones[agency]

    def at(second: int) -> datetime:
        return (datetime.fromtimestamp(begin, UTC) + timedelta(seconds=second)).astimezone(zone)

    return RideFact(
        feed=split_feed_scoped(stops[0])[0],
        route=split_feed_scoped(network.routes.id[route])[1],
        agency=split_feed_scoped(network.agencies.id[agency])[1],
        stops=tuple(split_feed_scoped(stop)[1] for stop in stops),
        departure=at(int(network.calls.departure_s[first])),
        arrival=at(int(network.calls.arrival_s[last])),
        trip=split_feed_scoped(network.trips.id[trip])[1],
    )


def _certain(by_price: Mapping[Yen | None, _Way]) -> tuple[dict[Yen, _Way], bool]:
    """
    Return the prices by which routes can be sold, and whether one price holds on all of them.

    A route is sold at one price, whatever the run; one that has none, or several, is not sold.
    """
    prices: dict[str, set[Yen | None]] = defaultdict(set)
    for yen, way in by_price.items():
        for route in way.routes:
            prices[route].add(yen)
    certain: dict[Yen, _Way] = {}
    for yen, way in by_price.items():
        routes = {route: None for route in way.routes if len(prices[route]) == 1}
        if yen and routes:
            certain[yen] = _Way(way.stops, routes, way.children)
    return certain, len(by_price) == 1
