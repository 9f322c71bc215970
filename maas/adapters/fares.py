"""The fares of feeds, and the rides of itineraries, in the words of `ticketing.fares`."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from gtfs_feeds.read.tables import ROW, FeedTables
from maas.core.ids import split_feed_scoped
from maas.core.network import Network
from routing.model import Itinerary, Leg
from ticketing.fares.book import FareBook, build
from ticketing.fares.facts import RideFact

FARE_FILES: Final = (
    "areas",
    "area_set_elements",
    "fare_attributes",
    "fare_leg_join_rules",
    "fare_leg_rules",
    "fare_media",
    "fare_products",
    "fare_rules",
    "fare_transfer_rules",
    "rider_categories",
    "route_networks",
    "routes",
    "stop_areas",
    "stops",
    "timeframes",
)
_PRICED: Final = ("fare_attributes", "fare_products")
FOLDER: Final = "fares"


def fare_book(tag: str, tables: FeedTables, network: Network) -> FareBook:
    """Return the fares of one feed of the network."""
    rows = {
        name: table.drop(ROW, strict=False).to_dicts()
        for name in FARE_FILES
        if (table := tables.table(name)) is not None
    }
    return build(tag, rows, _services(tag, rows, network))


def save_fares(folder: Path, tables: Mapping[str, Mapping[str, pl.DataFrame]]) -> None:
    """Keep the fare tables of the feeds (by tag, by file) beside a stored network."""
    for tag, files in tables.items():
        target = folder / FOLDER / tag
        target.mkdir(parents=True, exist_ok=True)
        for name, table in files.items():
            table.write_parquet(target / f"{name}.parquet")


def fare_tables(tables: FeedTables) -> dict[str, pl.DataFrame]:
    """Return the tables of a feed on which fares depend; none where it publishes no fare."""
    if not any(tables.table(name) is not None for name in _PRICED):
        return {}
    found = {name: tables.table(name) for name in FARE_FILES}
    return {
        name: table.drop(ROW, strict=False) for name, table in found.items() if table is not None
    }


class FareShelf(Mapping[str, FareBook]):
    """The fares of a stored network, each feed's built when a journey first asks for it."""

    def __init__(self, folder: Path, network: Network) -> None:
        self._folder = folder / FOLDER
        self._network = network
        self._books: dict[str, FareBook] = {}
        self._lock = threading.Lock()

    def __getitem__(self, tag: str) -> FareBook:
        with self._lock:
            if tag not in self._books:
                self._books[tag] = self._read(tag)
            return self._books[tag]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.name for path in self._folder.glob("*")))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read(self, tag: str) -> FareBook:
        target = self._folder / tag
        if not target.is_dir():
            raise KeyError(tag)
        rows = {path.stem: pl.read_parquet(path).to_dicts() for path in target.glob("*.parquet")}
        return build(tag, rows, _services(tag, rows, self._network))


def _services(
    tag: str, rows: Mapping[str, Sequence[Mapping[str, str]]], network: Network
) -> dict[str, frozenset[date]]:
    """Return the days of the services that timeframes name."""
    named = {row.get("service_id", "") for row in rows.get("timeframes", ())}
    found = {}
    for index, scoped in enumerate(network.services.id):
        feed, service = split_feed_scoped(scoped)
        if feed == tag and service in named:
            days = network.services.runs[index].nonzero()[0].tolist()
            found[service] = frozenset(network.first_day + timedelta(days=day) for day in days)
    return found


def rides_of(itinerary: Itinerary) -> list[RideFact]:
    """Return the rides of an itinerary; staying seated through a change of trip is one ride."""
    rides: list[list[Leg]] = []
    for leg in itinerary.legs:
        if leg.trip is None and not leg.route_id:
            continue
        if leg.stays_seated and rides:
            rides[-1].append(leg)
        else:
            rides.append([leg])
    return [_ride(legs) for legs in rides]


def _ride(legs: Sequence[Leg]) -> RideFact:
    first, last = legs[0], legs[-1]
    begin, end = first.calls[0], last.calls[-1]
    stops = [call.stop_id for leg in legs for call in leg.calls]
    feed = split_feed_scoped(begin.stop_id)[0]
    return RideFact(
        feed=feed,
        route=split_feed_scoped(first.route_id)[1],
        agency=split_feed_scoped(first.agency_id)[1],
        stops=tuple(dict.fromkeys(split_feed_scoped(stop)[1] for stop in stops)),
        departure=first.scheduled_departure.astimezone(ZoneInfo(begin.zone)),
        arrival=last.scheduled_arrival.astimezone(ZoneInfo(end.zone)),
        trip=split_feed_scoped(first.trip.trip_id)[1] if first.trip else "",
    )
