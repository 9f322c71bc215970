"""
What a reader without a network must know of each product: the rule book.

A rule book is signed like a key list and travels beside it. It holds only rules that are judged
on board; prices, quotas and refunds stay on the server.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from ticketing.tickets.keys import KeyListRefused, KeySet, KeyUse, Sealed

_CONTEXT: Final = b"KQ1-rules\x00"
JAPAN: Final = ZoneInfo("Asia/Tokyo")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ticket is checked."""

    operator: str
    route: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rules of one product version that are judged on board."""

    product: int
    version: int
    name_ja: str
    name_en: str
    operators: frozenset[str] = frozenset()
    """Empty: every operator."""
    routes: frozenset[str] = frozenset()
    """Covered although their operator is not; with `only_routes` nothing else is."""
    only_routes: bool = False
    without_routes: frozenset[str] = frozenset()
    without_modes: frozenset[str] = frozenset()
    weekdays: frozenset[int] = frozenset(range(7))
    """Monday is 0; of the service day."""
    blackout: frozenset[date] = frozenset()
    band_from_minute: int = 0
    """Minute of the service day from which it may be used …"""
    band_until_minute: int = 48 * 60
    """… and before which."""
    day_change_minute: int = 180
    """A service day ends in this minute of the next calendar day: 180 = use until 02:59."""
    display_s: int = 60
    """How long one live code is shown."""
    again_after_min: int = 10
    """A second check on the same device sooner than this is called out."""
    note_ja: str = ""
    note_en: str = ""
    """What the conductor should know: surcharges, seat slips."""

    def covers(self, place: Place) -> bool:
        """Tell whether it is good on this operator, route and mode."""
        if place.route in self.without_routes or place.mode in self.without_modes:
            return False
        if place.route in self.routes:
            return True
        return not self.only_routes and (not self.operators or place.operator in self.operators)

    def service_day(self, instant: datetime) -> tuple[date, int]:
        """Return the service day of an instant, and the minute of that day (past 1440 at night)."""
        local = instant.astimezone(JAPAN)
        minute = local.hour * 60 + local.minute
        if minute < self.day_change_minute:
            return local.date() - timedelta(days=1), minute + 1440
        return local.date(), minute

    def time_allows(self, instant: datetime) -> bool:
        """Tell whether weekday, blackout and time band allow use now."""
        day, minute = self.service_day(instant)
        return (
            day.weekday() in self.weekdays
            and day not in self.blackout
            and self.band_from_minute <= minute < self.band_until_minute
        )


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The products that a reader knows."""

    version: int
    issued: datetime
    products: dict[tuple[int, int], Coverage]

    def find(self, product: int, version: int) -> Coverage | None:
        """Return the rules of a product version, or None."""
        return self.products.get((product, version))


def seal_rules(book: RuleBook, key: SigningKey) -> Sealed:
    """Sign a rule book with a list key."""
    document = {
        "format": "KQ1-rules",
        "version": book.version,
        "issued": book.issued.isoformat(),
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
        "operators": sorted(coverage.operators),
        "routes": sorted(coverage.routes),
        "only_routes": coverage.only_routes,
        "without_routes": sorted(coverage.without_routes),
        "without_modes": sorted(coverage.without_modes),
        "weekdays": sorted(coverage.weekdays),
        "blackout": sorted(day.isoformat() for day in coverage.blackout),
        "band": [coverage.band_from_minute, coverage.band_until_minute],
        "day_change": coverage.day_change_minute,
        "display_s": coverage.display_s,
        "again_after_min": coverage.again_after_min,
        "note": {"ja": coverage.note_ja, "en": coverage.note_en},
    }


def _from_json(row: dict[str, Any]) -> Coverage:
    return Coverage(
        product=int(row["product"]),
        version=int(row["version"]),
        name_ja=str(row["name"]["ja"]),
        name_en=str(row["name"]["en"]),
        operators=frozenset(row["operators"]),
        routes=frozenset(row["routes"]),
        only_routes=bool(row["only_routes"]),
        without_routes=frozenset(row["without_routes"]),
        without_modes=frozenset(row["without_modes"]),
        weekdays=frozenset(int(day) for day in row["weekdays"]),
        blackout=frozenset(date.fromisoformat(day) for day in row["blackout"]),
        band_from_minute=int(row["band"][0]),
        band_until_minute=int(row["band"][1]),
        day_change_minute=int(row["day_change"]),
        display_s=int(row["display_s"]),
        again_after_min=int(row["again_after_min"]),
        note_ja=str(row["note"]["ja"]),
        note_en=str(row["note"]["en"]),
    )
