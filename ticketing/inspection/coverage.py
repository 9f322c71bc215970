"""
What a reader without a network must know of each product: the rule book.

A rule book is signed like a key list and travels beside it. It holds only rules that are judged
on board; prices, quotas and refunds stay on the server.
"""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from ticketing.tickets.keys import KeyListRefused, KeySet, KeyUse, Sealed

_CONTEXT: Final = b"KQ1-rules\x00"
JAPAN: Final = ZoneInfo("Asia/Tokyo")


class Days(StrEnum):
    """Which service days."""

    ALL = "all"
    WEEKDAYS = "weekdays"
    """Monday to Friday without national holidays."""
    WEEKENDS_AND_HOLIDAYS = "weekends-and-holidays"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ticket is checked."""

    operator: str
    route: str = ""
    mode: str = ""
    vehicle_class: str = ""
    from_stop: str = ""
    """Where the ride begins, as far as the reader knows; single tickets and settlement
    look at it."""
    to_stop: str = ""
    """Where it ends, as far as the reader knows."""
    point: str = ""
    """`entry`, `on-board` or `exit` of a ride, if the reader says it; rides are counted by it."""


@dataclass(frozen=True, slots=True)
class Rides:
    """Rides that fit every set that is given; an empty set fits all."""

    operators: frozenset[str] = frozenset()
    routes: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    stops: frozenset[str] = frozenset()
    """Where a ride may begin and end; judged as far as the reader knows its stops."""

    def fit(self, place: Place) -> bool:
        """Tell whether a ride here is one of them."""
        return (
            (not self.operators or place.operator in self.operators)
            and (not self.routes or place.route in self.routes)
            and (not self.modes or place.mode in self.modes)
            and (not self.classes or place.vehicle_class in self.classes)
            and (not self.stops or {place.from_stop, place.to_stop} <= self.stops | {""})
        )


@dataclass(frozen=True, slots=True)
class Band:
    """Minutes of the service day; `until` is not included and may pass 1440."""

    since: int
    until: int
    days: Days = Days.ALL


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rules of one product version that are judged on board."""

    product: int
    version: int
    name_ja: str
    name_en: str
    covers: tuple[Rides, ...]
    """Good on a ride that fits one of them …"""
    excludes: tuple[Rides, ...] = ()
    """… and none of these."""
    days: Days = Days.ALL
    blackout: tuple[tuple[date, date], ...] = ()
    """Spans of service days, both ends included."""
    bands: tuple[Band, ...] = ()
    """Where there are any, one of them must hold."""
    day_change_minute: int = 180
    """A service day ends in this minute of the next calendar day: 180 = use until 02:59."""
    display_s: int = 60
    """How long one live code is shown."""
    again_after_min: int = 10
    """A second check on the same device sooner than this is called out."""
    note_ja: str = ""
    note_en: str = ""
    """What the conductor should know: surcharges, seat slips, sections that he must look at."""

    def allows(self, place: Place) -> bool:
        """Tell whether it is good on this operator, route, mode and class."""
        return any(rides.fit(place) for rides in self.covers) and not any(
            rides.fit(place) for rides in self.excludes
        )

    def service_day(self, instant: datetime) -> tuple[date, int]:
        """Return the service day of an instant, and the minute of that day (past 1440 at night)."""
        local = instant.astimezone(JAPAN)
        minute = local.hour * 60 + local.minute
        if minute < self.day_change_minute:
            return local.date() - timedelta(days=1), minute + 1440
        return local.date(), minute

    def time_allows(self, instant: datetime, holidays: AbstractSet[date]) -> bool:
        """Tell whether the kind of day, blackout spans and time bands allow use now."""
        day, minute = self.service_day(instant)
        if not _is_one(day, self.days, holidays):
            return False
        if any(first <= day <= last for first, last in self.blackout):
            return False
        return not self.bands or any(
            band.since <= minute < band.until and _is_one(day, band.days, holidays)
            for band in self.bands
        )


def _is_one(day: date, days: Days, holidays: AbstractSet[date]) -> bool:
    if days is Days.ALL:
        return True
    free = day.weekday() >= 5 or day in holidays
    return free == (days is Days.WEEKENDS_AND_HOLIDAYS)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The products that a reader knows."""

    version: int
    issued: datetime
    products: Mapping[tuple[int, int], Coverage]
    holidays: frozenset[date] = frozenset()
    """National holidays of the years that the products cover."""

    def find(self, product: int, version: int) -> Coverage | None:
        """Return the rules of a product version, or None."""
        return self.products.get((product, version))


def seal_rules(book: RuleBook, key: SigningKey) -> Sealed:
    """Sign a rule book with a list key."""
    document = {
        "format": "KQ1-rules",
        "version": book.version,
        "issued": book.issued.isoformat(),
        "holidays": sorted(day.isoformat() for day in book.holidays),
        "products": [_to_json(coverage) for _, coverage in sorted(book.products.items())],
    }
    payload = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Sealed(payload, key.sign(_CONTEXT + payload).signature)


def open_rules(sealed: Sealed, keys: KeySet, at: datetime, *, newer_than: int = 0) -> RuleBook:
    """
    Return the rule book if a list key that holds now signed it.

    Raises:
        KeyListRefused: The signature, the form, or a version older than the one in use.
    """
    trusted = [key.public for key in keys.keys if key.use == KeyUse.LIST and key.holds_at(at)]
    if not any(_signed_by(sealed, public) for public in trusted):
        raise KeyListRefused("No trusted key signed it.")
    try:
        document = json.loads(sealed.payload)
        products = [_from_json(row) for row in document["products"]]
        book = RuleBook(
            int(document["version"]),
            datetime.fromisoformat(document["issued"]).astimezone(UTC),
            {(coverage.product, coverage.version): coverage for coverage in products},
            frozenset(date.fromisoformat(day) for day in document["holidays"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise KeyListRefused("The rule book does not have the form of KQ1-rules.") from error
    if book.version < newer_than:
        raise KeyListRefused("The rule book is older than the one in use.")
    return book


def _signed_by(sealed: Sealed, public: bytes) -> bool:
    try:
        VerifyKey(public).verify(_CONTEXT + sealed.payload, sealed.signature)
    except (CryptoError, ValueError):
        return False
    return True


def _to_json(coverage: Coverage) -> dict[str, Any]:
    return {
        "product": coverage.product,
        "version": coverage.version,
        "name": {"ja": coverage.name_ja, "en": coverage.name_en},
        "covers": [_rides_to_json(rides) for rides in coverage.covers],
        "excludes": [_rides_to_json(rides) for rides in coverage.excludes],
        "days": coverage.days.value,
        "blackout": [[first.isoformat(), last.isoformat()] for first, last in coverage.blackout],
        "bands": [[band.since, band.until, band.days.value] for band in coverage.bands],
        "day_change": coverage.day_change_minute,
        "display_s": coverage.display_s,
        "again_after_min": coverage.again_after_min,
        "note": {"ja": coverage.note_ja, "en": coverage.note_en},
    }


def _rides_to_json(rides: Rides) -> dict[str, list[str]]:
    return {
        "operators": sorted(rides.operators),
        "routes": sorted(rides.routes),
        "modes": sorted(rides.modes),
        "classes": sorted(rides.classes),
        "stops": sorted(rides.stops),
    }


def _rides(row: Mapping[str, list[str]]) -> Rides:
    return Rides(
        frozenset(row["operators"]),
        frozenset(row["routes"]),
        frozenset(row["modes"]),
        frozenset(row["classes"]),
        frozenset(row.get("stops", ())),
    )


def _from_json(row: Mapping[str, Any]) -> Coverage:
    return Coverage(
        product=int(row["product"]),
        version=int(row["version"]),
        name_ja=str(row["name"]["ja"]),
        name_en=str(row["name"]["en"]),
        covers=tuple(_rides(rides) for rides in row["covers"]),
        excludes=tuple(_rides(rides) for rides in row["excludes"]),
        days=Days(row["days"]),
        blackout=tuple(
            (date.fromisoformat(first), date.fromisoformat(last)) for first, last in row["blackout"]
        ),
        bands=tuple(
            Band(int(since), int(until), Days(days)) for since, until, days in row["bands"]
        ),
        day_change_minute=int(row["day_change"]),
        display_s=int(row["display_s"]),
        again_after_min=int(row["again_after_min"]),
        note_ja=str(row["note"]["ja"]),
        note_en=str(row["note"]["en"]),
    )
