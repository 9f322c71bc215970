"""
Judge a scanned code: a pure function, the same online and offline.

What it says is "was validly issued, is not known to be revoked, was not just seen on this
device". It never says "was not used elsewhere": only the upload of scans can tell that, later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ticketing.inspection.coverage import Coverage, Place, RuleBook
from ticketing.inspection.verdict import Verdict
from ticketing.tickets.keys import KeySet, RevocationList
from ticketing.tickets.payload import TicketBody
from ticketing.tickets.signing import OpenedTicket, Refusal, open_ticket


@dataclass(frozen=True, slots=True)
class ReaderPolicy:
    """How strict a reader is; data of the operator, not of the product."""

    skew: timedelta = timedelta(seconds=90)
    """How far a phone's clock may be off."""
    list_amber: timedelta = timedelta(hours=24)
    list_red: timedelta = timedelta(days=7)
    clock_amber: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ReaderState:
    """All that a reader knows when it judges."""

    keys: KeySet
    revoked: RevocationList
    rules: RuleBook
    seen: Mapping[bytes, datetime]
    """When this device last accepted each serial."""
    clock_checked: datetime
    """When the reader's clock was last compared with the server's."""
    policy: ReaderPolicy = ReaderPolicy()
    test: bool = False


def inspect(text: str, at: datetime, place: Place, reader: ReaderState) -> Verdict:
    """
    Return the verdict on a code scanned `at` an instant of the reader's clock.

    The gravest reason wins: forged, revoked, cannot judge, too early or late, not here, not now,
    then the amber ones. Total: any text gives a verdict.
    """
    opened = open_ticket(text, reader.keys, at, test=reader.test)
    if isinstance(opened, Refusal):
        return Verdict(opened.value)
    body = opened.body
    rules = reader.rules.find(body.product, body.product_version)
    red = _refusal(opened, at, place, reader, rules)
    names = (rules.name_ja, rules.name_en) if rules else ("", "")
    if red:
        return Verdict(red, body, *names)
    amber = _doubts(opened, at, reader, rules)
    if not amber:
        return Verdict("valid", body, *names)
    return Verdict(amber[0], body, *names, also=tuple(amber[1:]))


def _refusal(
    opened: OpenedTicket,
    at: datetime,
    place: Place,
    reader: ReaderState,
    rules: Coverage | None,
) -> str:
    """Return the gravest reason to refuse, or the empty text."""
    body, policy = opened.body, reader.policy
    if reader.revoked.revokes(body.serial):
        return "revoked"
    if reader.revoked.age(at) > policy.list_red or at >= reader.revoked.not_after:
        return "list-too-old"
    late = _staleness(opened, at, reader, rules)
    if late:
        return late
    if at < body.valid_from:
        return "not-yet"
    if at >= body.valid_until:
        return "expired"
    if rules and not rules.allows(place):
        return "not-here"
    if rules and not rules.time_allows(at, reader.rules.holidays):
        return "not-now"
    return ""


def _staleness(
    opened: OpenedTicket, at: datetime, reader: ReaderState, rules: Coverage | None
) -> str:
    if opened.shown_at is None:
        return ""
    shown_for = timedelta(seconds=rules.display_s if rules else 60)
    if at - opened.shown_at > shown_for + reader.policy.skew:
        return "screenshot"
    if opened.shown_at - at > reader.policy.skew:
        return "code-from-future"
    return ""


def _doubts(
    opened: OpenedTicket, at: datetime, reader: ReaderState, rules: Coverage | None
) -> list[str]:
    """Return the amber reasons, gravest first."""
    doubts = []
    if rules is None:
        doubts.append("valid-product-unknown")
    if _seen_again(opened.body, at, reader, rules):
        doubts.append("seen-again")
    if opened.shown_at is None:
        doubts.append("valid-check-identity")
    if reader.revoked.age(at) > reader.policy.list_amber:
        doubts.append("valid-list-old")
    if at - reader.clock_checked > reader.policy.clock_amber:
        doubts.append("valid-clock-unsure")
    return doubts


def _seen_again(
    body: TicketBody, at: datetime, reader: ReaderState, rules: Coverage | None
) -> bool:
    last = reader.seen.get(body.serial)
    window = timedelta(minutes=rules.again_after_min if rules else 10)
    return last is not None and timedelta(0) <= at - last < window
