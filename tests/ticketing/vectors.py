"""
Test vectors of the ticket format, from fixed seeds; `docs/ticket-vectors.json` is their file.

`python -m tests.ticketing.vectors` writes it anew. The expected reasons are stated here by hand;
they are not what a reader answered.
"""

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from ticketing.inspection.coverage import (
    Band,
    Coverage,
    Days,
    Rides,
    RuleBook,
    seal_rules,
)
from ticketing.tickets.keys import KeySet, KeyUse, TrustedKey, seal_keys, seal_revocations
from ticketing.tickets.payload import BOUND, STATIC, RiderCategory, TicketBody
from ticketing.tickets.signing import TicketIssuer, present

FILE = Path(__file__).parents[2] / "docs" / "ticket-vectors.json"

ROOT = SigningKey(b"root" * 8)
ISSUER = SigningKey(b"issuer-7" * 4)
OLD_ISSUER = SigningKey(b"issuer-6" * 4)
TWIN_ISSUER = SigningKey(b"issuer7b" * 4)
LISTS = SigningKey(b"lists-20" * 4)
STRANGER = SigningKey(b"stranger" * 4)
PHONE = SigningKey(b"a phone!" * 4)
OTHER_PHONE = SigningKey(b"other ph" * 4)

# Tuesday 2026-12-01 10:00 in Japan.
NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)


def trusted(
    key_id: int, use: KeyUse, key: SigningKey, begin: datetime, end: datetime
) -> TrustedKey:
    return TrustedKey(key_id, use, bytes(key.verify_key), begin, end, "Kyushu MaaS test issuer")


YEAR = (datetime(2026, 4, 1, tzinfo=UTC), datetime(2027, 10, 1, tzinfo=UTC))
KEYS = KeySet(
    3,
    datetime(2026, 11, 1, tzinfo=UTC),
    (
        trusted(7, KeyUse.TICKET, ISSUER, *YEAR),
        # Two keys with one id: the id is a hint, every key with it is tried.
        trusted(7, KeyUse.TICKET, TWIN_ISSUER, *YEAR),
        trusted(
            6, KeyUse.TICKET, OLD_ISSUER, datetime(2025, 4, 1, tzinfo=UTC), NOW - timedelta(days=1)
        ),
        trusted(20, KeyUse.LIST, LISTS, *YEAR),
    ),
)

BASE = TicketBody(
    kind=STATIC,
    key_id=7,
    product=101,
    product_version=1,
    # 2026-12-01 00:00 to 2026-12-03 03:00 in Japan: two service days ending at 02:59.
    valid_from=datetime(2026, 11, 30, 15, 0, tzinfo=UTC),
    valid_until=datetime(2026, 12, 2, 18, 0, tzinfo=UTC),
    category=RiderCategory.ADULT,
    riders=1,
    serial=bytes(range(12)),
)
LIVE = replace(BASE, kind=BOUND, device_key=bytes(PHONE.verify_key), serial=bytes(range(50, 62)))
REVOKED_SERIAL = bytes(range(100, 112))

RULES = RuleBook(
    5,
    datetime(2026, 11, 1, tzinfo=UTC),
    {
        (101, 1): Coverage(
            101,
            1,
            "見本2日券",
            "Sample 2-day pass",
            covers=(
                Rides(operators=frozenset({"op-rail", "op-bus"})),
                Rides(routes=frozenset({"ferry-sakurajima"})),
            ),
            excludes=(
                Rides(routes=frozenset({"airport-express"})),
                Rides(modes=frozenset({"air"})),
                Rides(operators=frozenset({"op-rail"}), classes=frozenset({"shinkansen"})),
            ),
        ),
        (102, 1): Coverage(
            102,
            1,
            "見本平日昼間券",
            "Sample weekday daytime pass",
            covers=(Rides(),),
            days=Days.WEEKDAYS,
            blackout=((date(2026, 12, 2), date(2026, 12, 2)),),
            bands=(Band(10 * 60, 26 * 60),),
        ),
        (103, 1): Coverage(
            103,
            1,
            "見本片道券",
            "Sample single ticket",
            covers=(Rides(operators=frozenset({"op-bus"}), stops=frozenset({"stop-a", "stop-b"})),),
        ),
    },
    # Thursday 2026-12-03 is made a holiday here, to show what one does.
    frozenset({date(2026, 12, 3)}),
)


def ticket(body: TicketBody, key: SigningKey = ISSUER, *, test: bool = False) -> str:
    return TicketIssuer(body.key_id, key, test=test).issue(body)


def live(body: TicketBody = LIVE, *, shown: datetime = NOW, phone: SigningKey = PHONE) -> str:
    return present(ticket(body), phone, shown)


def flip(text: str, index: int) -> str:
    """Another letter of the alphabet in one place."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    place = alphabet.find(text[index])
    return text[:index] + alphabet[(place + 1) % 36] + text[index + 1 :]


def cases() -> list[dict[str, Any]]:
    """Return every vector: name, text, when, where, and the reason that must come out."""
    rail = {"operator": "op-rail", "route": "main", "mode": "rail"}
    static = ticket(BASE)
    weekday = replace(BASE, product=102)
    single = replace(BASE, product=103)
    bus_b = {"operator": "op-bus", "route": "b1", "mode": "bus", "from_stop": "stop-b"}
    bus_c = {**bus_b, "to_stop": "stop-c"}
    week = replace(weekday, valid_until=datetime(2026, 12, 7, 18, 0, tzinfo=UTC))
    rows: list[tuple[str, str, datetime, dict[str, str], str]] = [
        ("a live code shown now", live(), NOW, rail, "valid"),
        (
            "the phone's clock 80 s behind",
            live(shown=NOW - timedelta(seconds=80)),
            NOW,
            rail,
            "valid",
        ),
        (
            "shown 150 s ago: display 60 s + skew 90 s",
            live(shown=NOW - timedelta(seconds=150)),
            NOW,
            rail,
            "valid",
        ),
        ("shown 151 s ago", live(shown=NOW - timedelta(seconds=151)), NOW, rail, "screenshot"),
        (
            "a picture ten minutes old",
            live(shown=NOW - timedelta(minutes=10)),
            NOW,
            rail,
            "screenshot",
        ),
        (
            "the phone's clock 90 s ahead",
            live(shown=NOW + timedelta(seconds=90)),
            NOW,
            rail,
            "valid",
        ),
        (
            "the phone's clock ten minutes ahead",
            live(shown=NOW + timedelta(minutes=10)),
            NOW,
            rail,
            "code-from-future",
        ),
        ("signed by another phone", live(phone=OTHER_PHONE), NOW, rail, "bad-device-signature"),
        ("a bound ticket without the phone's signature", ticket(LIVE), NOW, rail, "not-live"),
        ("paper", static, NOW, rail, "valid-check-identity"),
        (
            "the other key with the same id",
            ticket(BASE, TWIN_ISSUER),
            NOW,
            rail,
            "valid-check-identity",
        ),
        (
            "the last minute, 02:59 on the third day",
            static,
            datetime(2026, 12, 2, 17, 59, 59, tzinfo=UTC),
            rail,
            "valid-check-identity",
        ),
        (
            "03:00 on the third day",
            static,
            datetime(2026, 12, 2, 18, 0, tzinfo=UTC),
            rail,
            "expired",
        ),
        (
            "one second before it begins",
            static,
            BASE.valid_from - timedelta(seconds=1),
            rail,
            "not-yet",
        ),
        ("a company that takes no part", static, NOW, {**rail, "operator": "op-else"}, "not-here"),
        (
            "a route that is covered by name",
            static,
            NOW,
            {"operator": "op-else", "route": "ferry-sakurajima", "mode": "ferry"},
            "valid-check-identity",
        ),
        ("a route that is excluded", static, NOW, {**rail, "route": "airport-express"}, "not-here"),
        ("a mode that is excluded", static, NOW, {**rail, "mode": "air"}, "not-here"),
        (
            "a class that is excluded",
            static,
            NOW,
            {**rail, "vehicle_class": "shinkansen"},
            "not-here",
        ),
        (
            "a class that is excluded only on the other company",
            static,
            NOW,
            {"operator": "op-bus", "route": "b1", "mode": "bus", "vehicle_class": "shinkansen"},
            "valid-check-identity",
        ),
        (
            "a single ticket at a stop on its way",
            ticket(single),
            NOW,
            bus_b,
            "valid-check-identity",
        ),
        ("a single ticket past its last stop", ticket(single), NOW, bus_c, "not-here"),
        (
            "a single ticket where the reader knows no stop",
            ticket(single),
            NOW,
            {**bus_b, "from_stop": ""},
            "valid-check-identity",
        ),
        ("the band opens at 10:00", ticket(weekday), NOW, rail, "valid-check-identity"),
        (
            "one minute before the band",
            ticket(weekday),
            NOW - timedelta(minutes=1),
            rail,
            "not-now",
        ),
        (
            "01:30 at night still counts as the weekday before",
            ticket(weekday),
            datetime(2026, 12, 1, 16, 30, tzinfo=UTC),
            rail,
            "valid-check-identity",
        ),
        (
            "02:00 at night is past the band",
            ticket(weekday),
            datetime(2026, 12, 1, 17, 0, tzinfo=UTC),
            rail,
            "not-now",
        ),
        (
            "a blackout day",
            ticket(weekday),
            datetime(2026, 12, 2, 3, 0, tzinfo=UTC),
            rail,
            "not-now",
        ),
        (
            "a national holiday is no weekday",
            ticket(week),
            datetime(2026, 12, 3, 3, 0, tzinfo=UTC),
            rail,
            "not-now",
        ),
        (
            "the Friday after it is one",
            ticket(week),
            datetime(2026, 12, 4, 3, 0, tzinfo=UTC),
            rail,
            "valid-check-identity",
        ),
        (
            "Saturday is none",
            ticket(week),
            datetime(2026, 12, 5, 3, 0, tzinfo=UTC),
            rail,
            "not-now",
        ),
        ("revoked", ticket(replace(BASE, serial=REVOKED_SERIAL)), NOW, rail, "revoked"),
        (
            "revoked goes before expired",
            ticket(replace(BASE, serial=REVOKED_SERIAL)),
            datetime(2026, 12, 2, 18, 0, tzinfo=UTC),
            rail,
            "revoked",
        ),
        (
            "a product that the reader does not know",
            ticket(replace(BASE, product=999)),
            NOW,
            rail,
            "valid-product-unknown",
        ),
        (
            "a key that has expired",
            ticket(replace(BASE, key_id=6), OLD_ISSUER),
            NOW,
            rail,
            "key-expired",
        ),
        (
            "a ticket that outlives its key",
            ticket(replace(BASE, valid_until=datetime(2027, 10, 1, 0, 1, tzinfo=UTC))),
            NOW,
            rail,
            "key-expired",
        ),
        ("a key id that nobody has", ticket(replace(BASE, key_id=9)), NOW, rail, "unknown-key"),
        ("the id of a list key", ticket(replace(BASE, key_id=20), LISTS), NOW, rail, "unknown-key"),
        (
            "signed by a stranger with our key id",
            ticket(BASE, STRANGER),
            NOW,
            rail,
            "bad-signature",
        ),
        ("one letter changed in the signature", flip(static, 60), NOW, rail, "bad-signature"),
        ("cut short", static[:-3], NOW, rail, "damaged"),
        ("too long", static + "000", NOW, rail, "damaged"),
        ("small letters", "KQ1:" + static[4:].lower(), NOW, rail, "damaged"),
        ("nothing after the prefix", "KQ1:", NOW, rail, "damaged"),
        ("a test ticket", ticket(BASE, test=True), NOW, rail, "test-ticket"),
        (
            "a test ticket with the real prefix",
            "KQ1:" + ticket(BASE, test=True)[4:],
            NOW,
            rail,
            "bad-signature",
        ),
        ("a certificate of another system", "HC1:NCFOXN", NOW, rail, "foreign"),
        ("a web address", "https://example.com/", NOW, rail, "not-a-ticket"),
        ("nothing", "", NOW, rail, "not-a-ticket"),
    ]
    named = [
        {"name": name, "text": text, "at": at.isoformat(), "place": place, "expect": reason}
        for name, text, at, place, reason in rows
    ]
    return [
        *named,
        {
            "name": "two doubts at once: an old list and an unchecked clock",
            "text": live(shown=NOW + timedelta(hours=30)),
            "at": (NOW + timedelta(hours=30)).isoformat(),
            "place": rail,
            "expect": "valid-list-old",
            "also": ["valid-clock-unsure"],
        },
        {
            "name": "seen nine minutes ago",
            "text": live(),
            "at": NOW.isoformat(),
            "place": rail,
            "seen": {LIVE.serial.hex(): (NOW - timedelta(minutes=9)).isoformat()},
            "expect": "seen-again",
        },
        {
            "name": "seen ten minutes ago",
            "text": live(),
            "at": NOW.isoformat(),
            "place": rail,
            "seen": {LIVE.serial.hex(): (NOW - timedelta(minutes=10)).isoformat()},
            "expect": "valid",
        },
        {
            "name": "the list is older than a week",
            "text": live(shown=NOW + timedelta(days=7)),
            "at": (NOW + timedelta(days=7)).isoformat(),
            "place": rail,
            "expect": "list-too-old",
        },
    ]


def document() -> dict[str, Any]:
    """Return everything that a reader needs, and the cases."""
    revoked = seal_revocations(
        [REVOKED_SERIAL, *(bytes([n]) * 12 for n in range(1, 40))],
        version=12,
        issued=NOW - timedelta(hours=12),
        not_after=NOW + timedelta(days=30),
        key=LISTS,
    )
    return {
        "about": "Vectors of the KQ1 ticket format. All keys here are public: never trust them.",
        "root": base64.b64encode(bytes(ROOT.verify_key)).decode(),
        "keys": seal_keys(KEYS, ROOT).to_json(),
        "revocations": revoked.to_json(),
        "rules": seal_rules(RULES, LISTS).to_json(),
        "clock_checked": NOW.isoformat(),
        "cases": cases(),
    }


def text() -> str:
    """Return the file's text."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
