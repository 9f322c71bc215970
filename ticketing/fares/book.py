"""
The fares of one feed: GTFS Fares v2 and v1 as lookups.

Built from tables of text, whatever is in them: a row that refers to nothing, or whose amount is no
number, is left out and told in `faults`, and never becomes a fare of 0.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from ticketing.fares.facts import Price

Row = Mapping[str, str]
Tables = Mapping[str, Sequence[Row]]

ANY: Final = ""
_MOST: Final = 10**12
"""An amount above it is a slip, and would not fit what it is added to."""
_CHILDREN: Final = re.compile(
    r"小児|小人|子供|子ども|こども|小学生|\bchild|\bkids?\b", re.IGNORECASE
)
_CONCESSION: Final = re.compile(r"障|身体|療育|割引|学割|disab|handicap|disc", re.IGNORECASE)
"""Names of rider categories: the format has no other sign of whose price it is."""
_DECIMALS: Final = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "KWD": 3, "BHD": 3, "TND": 3}


@dataclass(frozen=True, slots=True)
class LegRule:
    """A row of fare_leg_rules.txt."""

    group: str
    network: str
    from_area: str
    to_area: str
    from_timeframe: str
    to_timeframe: str
    product: str
    priority: int
    exact_areas: frozenset[str] | None = None
    """All areas that the ride touches, and no other (contains_exactly_area_set_id, proposed)."""
    contains_areas: frozenset[str] | None = None
    """Areas that the ride must touch (contains_area_set_id, proposed)."""


@dataclass(frozen=True, slots=True)
class TransferRule:
    """A row of fare_transfer_rules.txt."""

    from_group: str
    to_group: str
    count: int | None
    """-1 without limit; None where the groups differ."""
    limit_s: int | None
    limit_type: int
    type: int
    """0: A + AB, 1: A + AB + B, 2: AB."""
    product: str


@dataclass(frozen=True, slots=True)
class JoinRule:
    """A row of fare_leg_join_rules.txt."""

    from_network: str
    to_network: str
    from_stop: str
    to_stop: str


@dataclass(frozen=True, slots=True)
class Timeframe:
    """A row of timeframes.txt: seconds of the local day, end not included, and the days."""

    start_s: int
    end_s: int
    service: str


@dataclass(frozen=True, slots=True)
class ZoneFare:
    """A fare of fare_attributes.txt with the rows of fare_rules.txt that bind it."""

    price: Price
    agency: str


@dataclass(slots=True)
class FareBook:
    """All fares of one feed."""

    feed: str
    leg_rules: list[LegRule] = field(default_factory=list)
    has_priority: bool = False
    join_rules: list[JoinRule] = field(default_factory=list)
    transfer_rules: list[TransferRule] = field(default_factory=list)
    prices: dict[str, list[Price]] = field(default_factory=lambda: defaultdict(list))
    areas: dict[str, frozenset[str]] = field(default_factory=dict)
    """Areas of a stop, its station's where it has none of its own."""
    networks: dict[str, str] = field(default_factory=dict)
    """Network of a route."""
    parents: dict[str, str] = field(default_factory=dict)
    timeframes: dict[str, list[Timeframe]] = field(default_factory=lambda: defaultdict(list))
    services: dict[str, frozenset[date]] = field(default_factory=dict)
    """Days of the services that timeframes name."""
    zones: dict[str, str] = field(default_factory=dict)
    """Fare zone of a stop (v1)."""
    zone_fares: dict[str, ZoneFare] = field(default_factory=dict)
    by_route_and_zones: dict[tuple[str, str, str], set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )
    """Fares of (route, origin zone, destination zone); empty parts bind nothing."""
    contains: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """Zones that (fare, route) must contain, and no other."""
    unbound: set[str] = field(default_factory=set)
    """Fares without any rule: they hold for every ride."""
    faults: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Tell whether the feed publishes no fare."""
        return not self.leg_rules and not self.zone_fares

    def parent(self, stop: str) -> str:
        """Return the station of a stop, or the stop."""
        return self.parents.get(stop, stop)

    def areas_of(self, stop: str) -> frozenset[str]:
        """Return the areas of a stop."""
        return self.areas.get(stop) or self.areas.get(self.parent(stop)) or frozenset()


def build(feed: str, tables: Tables, services: Mapping[str, frozenset[date]]) -> FareBook:
    """
    Build the book of a feed.

    Args:
        feed: The feed's tag.
        tables: Rows of text by file name without `.txt`.
        services: The days of each service, for timeframes.

    """
    book = FareBook(feed, services=dict(services))
    clean = {name: [_clean(row) for row in rows] for name, rows in tables.items()}
    for stop in clean.get("stops", ()):
        if stop.get("parent_station"):
            book.parents[stop.get("stop_id", "")] = stop["parent_station"]
        if stop.get("zone_id"):
            book.zones[stop.get("stop_id", "")] = stop["zone_id"]
    _networks(book, clean)
    _areas(book, clean)
    _products(book, clean)
    _timeframes(book, clean)
    _leg_rules(book, clean)
    _transfer_rules(book, clean)
    _zone_fares(book, clean)
    return book


def _clean(row: Row) -> dict[str, str]:
    """Return the row with names and values trimmed: a tab in a header is a known slip."""
    return {name.strip(): (value or "").strip() for name, value in row.items()}


def _networks(book: FareBook, tables: Tables) -> None:
    for route in tables.get("routes", ()):
        if route.get("network_id"):
            book.networks[route.get("route_id", "")] = route["network_id"]
    for row in tables.get("route_networks", ()):
        book.networks[row.get("route_id", "")] = row.get("network_id", "")


def _areas(book: FareBook, tables: Tables) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for row in tables.get("stop_areas", ()):
        found[row.get("stop_id", "")].add(row.get("area_id", ""))
    for row in tables.get("stops", ()):
        if row.get("area_id"):
            found[row.get("stop_id", "")].add(row["area_id"])
    book.areas = {stop: frozenset(areas) for stop, areas in found.items()}


def _products(book: FareBook, tables: Tables) -> None:
    media = {row.get("fare_media_id", ""): row for row in tables.get("fare_media", ())}
    riders = {row.get("rider_category_id", ""): row for row in tables.get("rider_categories", ())}
    for row in tables.get("fare_products", ()):
        product = row.get("fare_product_id", "")
        amount = _amount(row.get("amount", ""), row.get("currency", ""))
        if amount is None:
            book.faults.append(f"fare_products: {product}: amount {row.get('amount', '')!r}")
            continue
        medium = media.get(row.get("fare_media_id", ""), {})
        rider = riders.get(row.get("rider_category_id", ""), {})
        by_default = not rider or rider.get("is_default_fare_category") == "1"
        category = rider.get("rider_category_name", "")
        book.prices[product].append(
            Price(
                product=product,
                name=row.get("fare_product_name", ""),
                amount=amount,
                currency=row.get("currency", ""),
                decimals=_decimals(row.get("currency", "")),
                medium=medium.get("fare_media_name", ""),
                medium_type=_integer(medium.get("fare_media_type", "")),
                rider_category=category,
                default_category=by_default,
                for_children=not by_default
                and bool(_CHILDREN.search(category))
                and not _CONCESSION.search(category),
            )
        )


def _timeframes(book: FareBook, tables: Tables) -> None:
    for row in tables.get("timeframes", ()):
        start = _seconds(row.get("start_time") or "00:00:00")
        end = _seconds(row.get("end_time") or "24:00:00")
        if start is None or end is None:
            book.faults.append(f"timeframes: {row.get('timeframe_group_id', '')}: time")
            continue
        book.timeframes[row.get("timeframe_group_id", "")].append(
            Timeframe(start, end, row.get("service_id", ""))
        )


def _leg_rules(book: FareBook, tables: Tables) -> None:
    sets: dict[str, set[str]] = defaultdict(set)
    for row in tables.get("area_set_elements", ()):
        sets[row.get("area_set_id", "")].add(row.get("area_id", ""))
    for row in tables.get("fare_leg_rules", ()):
        book.has_priority = book.has_priority or "rule_priority" in row
        exact, contains = row.get("contains_exactly_area_set_id"), row.get("contains_area_set_id")
        book.leg_rules.append(
            LegRule(
                group=row.get("leg_group_id", ""),
                network=row.get("network_id", ""),
                from_area=row.get("from_area_id", ""),
                to_area=row.get("to_area_id", ""),
                from_timeframe=row.get("from_timeframe_group_id", ""),
                to_timeframe=row.get("to_timeframe_group_id", ""),
                product=row.get("fare_product_id", ""),
                priority=_integer(row.get("rule_priority", "")) or 0,
                exact_areas=frozenset(sets[exact]) if exact else None,
                contains_areas=frozenset(sets[contains]) if contains else None,
            )
        )
    for row in tables.get("fare_leg_join_rules", ()):
        book.join_rules.append(
            JoinRule(
                row.get("from_network_id", ""),
                row.get("to_network_id", ""),
                row.get("from_stop_id", ""),
                row.get("to_stop_id", ""),
            )
        )


def _transfer_rules(book: FareBook, tables: Tables) -> None:
    for row in tables.get("fare_transfer_rules", ()):
        kind = _integer(row.get("fare_transfer_type", ""))
        if kind not in {0, 1, 2}:
            book.faults.append(f"fare_transfer_rules: type {row.get('fare_transfer_type', '')!r}")
            continue
        book.transfer_rules.append(
            TransferRule(
                from_group=row.get("from_leg_group_id", ""),
                to_group=row.get("to_leg_group_id", ""),
                count=_integer(row.get("transfer_count", "")),
                limit_s=_integer(row.get("duration_limit", "")),
                limit_type=_integer(row.get("duration_limit_type", "")) or 0,
                type=kind,
                product=row.get("fare_product_id", ""),
            )
        )


def _zone_fares(book: FareBook, tables: Tables) -> None:
    for row in tables.get("fare_attributes", ()):
        fare = row.get("fare_id", "")
        amount = _amount(row.get("price", ""), row.get("currency_type", ""))
        if amount is None or not fare:
            book.faults.append(f"fare_attributes: {fare}: price {row.get('price', '')!r}")
            continue
        currency = row.get("currency_type", "")
        price = Price(fare, fare, amount, currency, _decimals(currency))
        book.zone_fares[fare] = ZoneFare(price, row.get("agency_id", ""))
    bound = set()
    for row in tables.get("fare_rules", ()):
        fare = row.get("fare_id", "")
        if fare not in book.zone_fares:
            continue
        bound.add(fare)
        route = row.get("route_id", "")
        if row.get("contains_id"):
            book.contains[fare, route].add(row["contains_id"])
            continue
        key = (route, row.get("origin_id", ""), row.get("destination_id", ""))
        book.by_route_and_zones[key].add(fare)
    book.unbound = set(book.zone_fares) - bound


def _amount(text: str, currency: str) -> int | None:
    """Return the amount in the currency's smallest unit; None where it is no amount of it."""
    try:
        value = Decimal(text).scaleb(_decimals(currency))
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 <= value < _MOST or value != value.to_integral_value():
        return None
    return int(value)


def _decimals(currency: str) -> int:
    return _DECIMALS.get(currency, 2)


def _integer(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _seconds(text: str) -> int | None:
    parts = text.split(":")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return None
    return int(parts[0]) * 3600 + int(parts[1]) * 60 + int(parts[2])


def distinct(prices: Iterable[Price]) -> list[Price]:
    """Return the prices without repeats, in order."""
    return list(dict.fromkeys(prices))
