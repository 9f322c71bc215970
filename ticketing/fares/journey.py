"""
Price a journey by the fares that its feeds publish.

Fares v2 after the GTFS reference (fare_leg_rules.txt, fare_leg_join_rules.txt,
fare_transfer_rules.txt, timeframes.txt); v1 (fare_attributes.txt, fare_rules.txt) for feeds without
it. What no rule prices is unknown, and a total with an unknown part is unknown: never a 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from ticketing.fares.book import ANY, FareBook, JoinRule, LegRule, TransferRule, distinct
from ticketing.fares.facts import Price, RideFact


@dataclass(frozen=True, slots=True)
class PricedLeg:
    """One effective fare leg: rides that one fare covers."""

    rides: tuple[RideFact, ...]
    prices: tuple[Price, ...]
    """Ways to pay for it; empty: unknown."""
    groups: tuple[str, ...] = ()
    """Leg groups of the rules that matched."""


@dataclass(frozen=True, slots=True)
class FareTransfer:
    """Legs that one transfer arrangement binds; without a rule it is a single leg."""

    legs: tuple[PricedLeg, ...]
    rule: TransferRule | None = None
    prices: tuple[Price, ...] = ()
    """Of the transfer itself."""


@dataclass(frozen=True, slots=True)
class JourneyFare:
    """The fares of a journey in order."""

    transfers: tuple[FareTransfer, ...]

    def total(self, currency: str = "JPY") -> int | None:
        """Return the cheapest total for an adult with any medium; None where a part is unknown."""
        parts = [_cost(transfer, currency) for transfer in self.transfers]
        return sum(part for part in parts if part is not None) if None not in parts else None


def price_journey(rides: Sequence[RideFact], books: Mapping[str, FareBook]) -> JourneyFare:
    """Return the fares of a journey; rides of different feeds never share one."""
    transfers: list[FareTransfer] = []
    for feed, run in groupby(rides, key=lambda ride: ride.feed):
        book = books.get(feed)
        part = tuple(run)
        if book is None or book.empty:
            transfers += [FareTransfer((PricedLeg((ride,), ()),)) for ride in part]
        elif book.leg_rules:
            transfers += _with_transfers(book, [_price(book, leg) for leg in _joined(book, part)])
        else:
            transfers += [FareTransfer((_zone_priced(book, ride),)) for ride in part]
    return JourneyFare(tuple(transfers))


def _joined(book: FareBook, rides: Sequence[RideFact]) -> list[tuple[RideFact, ...]]:
    """Join consecutive rides whose change a join rule names."""
    legs: list[list[RideFact]] = []
    for ride in rides:
        if legs and any(_joins(book, rule, legs[-1][-1], ride) for rule in book.join_rules):
            legs[-1].append(ride)
        else:
            legs.append([ride])
    return [tuple(leg) for leg in legs]


def _joins(book: FareBook, rule: JoinRule, before: RideFact, after: RideFact) -> bool:
    if not before.trip or not after.trip:
        return False
    networks = (book.networks.get(before.route, ANY), book.networks.get(after.route, ANY))
    if ANY in networks or networks != (rule.from_network, rule.to_network):
        return False
    here, there = before.stops[-1], after.stops[0]
    if not rule.from_stop and not rule.to_stop:
        return book.parent(here) == book.parent(there)
    return rule.from_stop in {here, book.parent(here)} and rule.to_stop in {
        there,
        book.parent(there),
    }


def _price(book: FareBook, rides: tuple[RideFact, ...]) -> PricedLeg:
    if not all(ride.trip for ride in rides):
        return PricedLeg(rides, ())
    rules = _matching(book, rides)
    prices = distinct(price for rule in rules for price in book.prices.get(rule.product, ()))
    groups = tuple(dict.fromkeys(rule.group for rule in rules if rule.group))
    return PricedLeg(rides, tuple(prices), groups)


def _matching(book: FareBook, rides: tuple[RideFact, ...]) -> list[LegRule]:
    """Return the rules of the highest priority that match an effective leg."""
    networks = {book.networks.get(ride.route, ANY) for ride in rides}
    network = networks.pop() if len(networks) == 1 else ANY
    first, last = rides[0], rides[-1]
    from_areas, to_areas = book.areas_of(first.stops[0]), book.areas_of(last.stops[-1])
    touched = frozenset(a for ride in rides for stop in ride.stops for a in book.areas_of(stop))
    named = _Named.of(book)
    matches = [
        rule
        for rule in book.leg_rules
        if named.network(rule.network, network)
        and named.area(rule.from_area, from_areas, named.from_areas)
        and named.area(rule.to_area, to_areas, named.to_areas)
        and _in_timeframe(book, rule.from_timeframe, first.departure)
        and _in_timeframe(book, rule.to_timeframe, last.arrival)
        and (rule.exact_areas is None or rule.exact_areas == touched)
        and (rule.contains_areas is None or rule.contains_areas <= touched)
    ]
    highest = max((rule.priority for rule in matches), default=0)
    return [rule for rule in matches if rule.priority == highest]


@dataclass(frozen=True, slots=True)
class _Named:
    """What the rules name: an empty entry stands for everything that none of them names."""

    priority: bool
    networks: frozenset[str]
    from_areas: frozenset[str]
    to_areas: frozenset[str]

    @classmethod
    def of(cls, book: FareBook) -> "_Named":
        return cls(
            book.has_priority,
            frozenset(rule.network for rule in book.leg_rules) - {ANY},
            frozenset(rule.from_area for rule in book.leg_rules) - {ANY},
            frozenset(rule.to_area for rule in book.leg_rules) - {ANY},
        )

    def network(self, wanted: str, here: str) -> bool:
        if wanted:
            return wanted == here
        return self.priority or here not in self.networks

    def area(self, wanted: str, here: frozenset[str], named: frozenset[str]) -> bool:
        if wanted:
            return wanted in here
        return self.priority or not here & named


def _in_timeframe(book: FareBook, group: str, instant: datetime) -> bool:
    if not group:
        return True
    midnight = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    second = int((instant - midnight) / timedelta(seconds=1))
    return any(
        frame.start_s <= second < frame.end_s
        and instant.date() in book.services.get(frame.service, frozenset())
        for frame in book.timeframes.get(group, ())
    )


def _with_transfers(book: FareBook, legs: Sequence[PricedLeg]) -> list[FareTransfer]:
    """Bind consecutive legs by transfer rules, as many as one arrangement spans."""
    found: list[FareTransfer] = []
    position = 0
    while position < len(legs):
        bound = _longest(book, legs, position)
        found.append(bound or FareTransfer((legs[position],)))
        position += len(found[-1].legs)
    return found


def _longest(book: FareBook, legs: Sequence[PricedLeg], start: int) -> FareTransfer | None:
    """
    Return the arrangement that begins with this leg, or None.

    Between different groups a rule binds two legs; within one group it goes on for as many
    transfers as its count allows, and of several the smallest count that suffices is taken.
    """
    if start + 1 >= len(legs):
        return None
    rules = [r for r in book.transfer_rules if _binds(book, r, legs[start], legs[start + 1])]
    best: FareTransfer | None = None
    for rule in sorted(rules, key=lambda row: (row.count or 1) % (1 << 31)):
        span = [legs[start]]
        for leg in legs[start + 1 :]:
            allowed = rule.count if rule.count is not None else 1
            if not _binds(book, rule, span[-1], leg) or 0 < allowed < len(span):
                break
            if not _in_time(rule, span[0], leg):
                break
            span.append(leg)
        if len(span) > (len(best.legs) if best else 1):
            best = FareTransfer(tuple(span), rule, tuple(book.prices.get(rule.product, ())))
    return best


def _binds(book: FareBook, rule: TransferRule, before: PricedLeg, after: PricedLeg) -> bool:
    named_from = {row.from_group for row in book.transfer_rules}
    named_to = {row.to_group for row in book.transfer_rules}
    return _is_group(rule.from_group, before.groups, named_from) and _is_group(
        rule.to_group, after.groups, named_to
    )


def _is_group(wanted: str, groups: tuple[str, ...], named: set[str]) -> bool:
    if wanted:
        return wanted in groups
    return bool(groups) and not set(groups) & (named - {ANY})


def _in_time(rule: TransferRule, first: PricedLeg, last: PricedLeg) -> bool:
    if rule.limit_s is None:
        return True
    begin = first.rides[0].departure if rule.limit_type in {0, 1} else first.rides[-1].arrival
    end = last.rides[-1].arrival if rule.limit_type in {0, 3} else last.rides[0].departure
    return end - begin <= timedelta(seconds=rule.limit_s)


def _zone_priced(book: FareBook, ride: RideFact) -> PricedLeg:
    """
    Price a ride by fare_attributes and fare_rules.

    A rule that names a route goes before one that does not. Where several fares hold, all are
    given: adult and child fares look alike in this format, so none is preferred silently.
    """
    if not ride.trip:
        return PricedLeg((ride,), ())
    origin, destination = _zone(book, ride.stops[0]), _zone(book, ride.stops[-1])
    keys = [
        (route, start, end)
        for route in (ride.route, ANY)
        for start, end in ((origin, destination), (origin, ANY), (ANY, destination), (ANY, ANY))
        if (route, start, end) != (ANY, ANY, ANY)
    ]
    fares = next((found for key in keys if (found := book.by_route_and_zones.get(key))), set())
    if not fares:
        fares = _containing(book, ride) or book.unbound
    prices = [
        book.zone_fares[fare].price
        for fare in sorted(fares)
        if book.zone_fares[fare].agency in {"", ride.agency}
    ]
    return PricedLeg((ride,), tuple(distinct(prices)))


def _containing(book: FareBook, ride: RideFact) -> set[str]:
    passed = {zone for stop in ride.stops if (zone := _zone(book, stop))}
    return {
        fare
        for (fare, route), zones in book.contains.items()
        if route in {ANY, ride.route} and zones == passed
    }


def _zone(book: FareBook, stop: str) -> str:
    return book.zones.get(stop) or book.zones.get(book.parent(stop), ANY)


def _cost(transfer: FareTransfer, currency: str) -> int | None:
    """Return the cheapest cost for an adult, after the transfer's type."""
    legs = [_cheapest(leg.prices, currency) for leg in transfer.legs]
    if transfer.rule is None:
        return legs[0]
    extra = _cheapest(transfer.prices, currency) if transfer.rule.product else 0
    counted = {0: legs[:1], 1: legs, 2: []}[transfer.rule.type]
    times = len(transfer.legs) - 1
    parts = [*counted, extra]
    if None in parts:
        return None
    return sum(part for part in counted if part is not None) + (extra or 0) * times


def _cheapest(prices: Iterable[Price], currency: str) -> int | None:
    fitting = [p.amount for p in prices if p.currency == currency and p.default_category]
    return min(fitting, default=None)
