"""
Prove that a product is complete and free of contradictions.

Each finding has a code, the field, a sentence in Japanese and in English that says what is wrong
and what to do; the sentences are in `lint.json`. Errors bar publication, warnings are for a
person to read.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import pairwise

from ticketing.products.definition import (
    AnyDays,
    Calendar,
    CheckPoint,
    Consecutive,
    DateSpan,
    DayKind,
    Definition,
    Hours,
    Mode,
    MonthDays,
    Proof,
    RiderCategory,
    Rides,
    minutes,
)
from ticketing.products.holidays import known_until, national_holidays
from ticketing.products.validity import Reason, day_allowed, day_start, in_bands

PREPAID_DAYS = 180
"""資金決済法: rights that can be used longer than six months are prepaid instruments."""


class Severity(StrEnum):
    """Whether it bars publication."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a definition."""

    code: str
    field: str
    severity: Severity
    ja: str
    en: str


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return the sentences by code."""
    loaded: dict[str, dict[str, str]] = json.loads(
        files("ticketing.products").joinpath("lint.json").read_text("utf-8")
    )
    return loaded


def _finding(code: str, field: str, **facts: object) -> Finding:
    words = catalogue()[code]
    return Finding(
        code,
        field,
        Severity(words["severity"]),
        words["ja"].format(**facts),
        words["en"].format(**facts),
    )


def lint(definition: Definition) -> list[Finding]:
    """Return every fault, errors first."""
    found = [finding for rule in RULES for finding in rule(definition)]
    return sorted(found, key=lambda finding: finding.severity is not Severity.ERROR)


def _area(d: Definition) -> Iterator[Finding]:
    if not d.area.covers:
        yield _finding("area-empty", "area.covers")
    for index, rule in enumerate(d.area.covers):
        if rule in d.area.excludes:
            yield _finding("area-covered-and-excluded", f"area.covers[{index}]", rule=index + 1)
        if rule.seat_slip and rule.check is CheckPoint.ALIGHTING:
            yield _finding("seat-slip-judged-late", f"area.covers[{index}].check", rule=index + 1)
    for index, rule in enumerate(d.area.excludes):
        if not (rule.operators or rule.routes or rule.zones or rule.modes or rule.classes):
            yield _finding("area-excludes-all", f"area.excludes[{index}]")
    air = any(Mode.AIR in rule.modes for rule in d.area.covers)
    if air and not any(part.by_air for part in d.components):
        yield _finding("air-without-component", "components")
    if d.journey is not None:
        if not d.journey.start_zones or not d.journey.end_zones:
            yield _finding("journey-open", "journey")
        if set(d.journey.start_zones) & set(d.journey.end_zones):
            yield _finding("journey-circular", "journey")


def _calendar(d: Definition) -> Iterator[Finding]:
    calendar = d.calendar
    spans: list[tuple[str, object]] = [
        ("calendar.sale", calendar.sale),
        ("calendar.use", calendar.use),
        *((f"calendar.blackout[{n}]", span) for n, span in enumerate(calendar.blackout)),
    ]
    for field, span in spans:
        if isinstance(span, DateSpan) and span.last < span.first:
            yield _finding("span-reversed", field, first=span.first, last=span.last)
        if isinstance(span, MonthDays):
            for text in (span.first, span.last):
                if not _is_month_day(text):
                    yield _finding("no-such-day", field, day=text)
    if calendar.sale and calendar.use and calendar.use.last < calendar.sale.first:
        yield _finding("sold-after-use", "calendar.sale")
    for index, band in enumerate(calendar.bands):
        if minutes(band.until) <= minutes(band.since):
            yield _finding("band-empty", f"calendar.bands[{index}]", band=band.since)
        if minutes(band.until) > 27 * 60:
            yield _finding("band-too-late", f"calendar.bands[{index}]", band=band.until)
        if _never_together(calendar.days, band.days):
            yield _finding("band-on-no-day", f"calendar.bands[{index}]")
    if not _usable_day(calendar):
        yield _finding("never-usable", "calendar")


def _is_month_day(text: str) -> bool:
    month, day = (int(part) for part in text.split("-"))
    try:
        date(2024, month, day)  # a leap year: 02-29 exists
    except ValueError:
        return False
    return True


def _never_together(one: DayKind, other: DayKind) -> bool:
    return {one, other} == {DayKind.WEEKDAYS, DayKind.WEEKENDS_AND_HOLIDAYS}


def _usable_day(calendar: Calendar) -> bool:
    """Whether at least one day of use remains, within the next year where it is open-ended."""
    if any(isinstance(s, MonthDays) and not _is_month_day(s.first) for s in calendar.blackout):
        return True  # said above
    first = calendar.use.first if calendar.use else known_until() - timedelta(days=365)
    last = calendar.use.last if calendar.use else first + timedelta(days=365)
    day = first
    while day <= min(last, first + timedelta(days=366)):
        if day_allowed(calendar, day, national_holidays()) is Reason.VALID:
            return True
        day += timedelta(days=1)
    return False


def _counting(d: Definition) -> Iterator[Finding]:
    counting = d.counting
    if isinstance(counting, AnyDays) and counting.days > counting.within_days:
        yield _finding(
            "more-days-than-period", "counting", days=counting.days, period=counting.within_days
        )
    if isinstance(counting, Hours) and d.start == "chosen-day":
        yield _finding("hours-from-a-chosen-day", "start")
    longest = d.calendar.sold_ahead_days + (
        counting.within_days
        if isinstance(counting, AnyDays | Rides)
        else counting.days
        if isinstance(counting, Consecutive)
        else -(-counting.hours // 24)
    )
    if longest > PREPAID_DAYS:
        yield _finding("prepaid-instrument", "counting", days=longest, limit=PREPAID_DAYS)
    if (
        isinstance(counting, Consecutive)
        and counting.days > 1
        and d.calendar.days is not DayKind.ALL
    ):
        yield _finding("days-in-a-row-with-gaps", "calendar.days", days=counting.days)
    if isinstance(counting, AnyDays) and counting.shareable and not d.transfer.allowed:
        yield _finding("shareable-not-transferable", "transfer")
    if d.quota is not None and d.quota.per == "first-day" and d.start == "first-use":
        yield _finding("quota-of-an-unknown-day", "quota.per")
    if d.seats is not None and not any(r.surcharge == "included" for r in d.area.covers):
        yield _finding("seats-without-class", "seats")


def _riders(d: Definition) -> Iterator[Finding]:
    if not d.riders:
        yield _finding("no-riders", "riders")
    seen: set[RiderCategory] = set()
    adult = d.price_for(RiderCategory.ADULT)
    for index, price in enumerate(d.riders):
        field = f"riders[{index}]"
        if price.category in seen:
            yield _finding("rider-twice", field, category=price.category.value)
        seen.add(price.category)
        if price.persons == 0:
            yield _finding("nobody-rides", field, category=price.category.value)
        if price.category is RiderCategory.GROUP and price.persons < 2:
            yield _finding("group-of-one", field)
        if price.age is not None and price.age[0] > price.age[1]:
            yield _finding("age-reversed", field, first=price.age[0], last=price.age[1])
        if price.category is RiderCategory.CONCESSION and price.proof is Proof.NONE:
            yield _finding("concession-without-proof", field)
        # A published fare is what it is: an offer that is too small as a whole is refused there.
        if 0 < price.price < 50 and d.kind == "pass":
            yield _finding("price-below-gateway", field, price=price.price)
        dearer = adult is not None and price.price > adult.price
        if dearer and price.category in {RiderCategory.CHILD, RiderCategory.CONCESSION}:
            yield _finding("discount-dearer", field, category=price.category.value)
    if RiderCategory.CHILD not in seen and RiderCategory.GROUP not in seen:
        yield _finding("no-child-price", "riders")


def _refunds(d: Definition) -> Iterator[Finding]:
    rule = d.refunds
    cheapest = min((price.price for price in d.riders), default=0)
    if rule.before_use and rule.deadline == "day-before":
        if rule.deadline_time is None:
            yield _finding("deadline-without-time", "refunds.deadline_time")
        if d.start == "first-use":
            yield _finding("deadline-without-day", "refunds.deadline")
    if not rule.before_use and (rule.cancellation or rule.handling_fee):
        yield _finding("fee-without-refund", "refunds")
    if not rule.before_use and rule.after_use != "none":
        yield _finding("refund-only-after-use", "refunds.after_use")
    if rule.handling_fee > cheapest:
        yield _finding("fee-above-price", "refunds.handling_fee", fee=rule.handling_fee)
    days = [tier.from_days_before for tier in rule.cancellation]
    if len(set(days)) != len(days):
        yield _finding("tier-twice", "refunds.cancellation")
    tiers = sorted(rule.cancellation, key=lambda tier: -tier.from_days_before)
    for earlier, later in pairwise(tiers):
        if (later.percent, later.yen) < (earlier.percent, earlier.yen):
            yield _finding("fee-falls-with-time", "refunds.cancellation")
    if not isinstance(d.counting, Consecutive | AnyDays):
        for field in ("after_use", "operator_cancelled"):
            if getattr(rule, field) == "unused-days":
                yield _finding("unused-days-of-no-days", f"refunds.{field}")
    if rule.cancellation and d.start == "first-use" and max(days) > 0:
        yield _finding("tier-without-day", "refunds.cancellation")
    if d.loss.fee and d.loss.reissue != "for-fee":
        yield _finding("loss-fee-without-reissue", "loss.fee")
    if d.loss.reissue == "for-fee" and not d.loss.fee:
        yield _finding("loss-without-fee", "loss.fee")


def _papers(d: Definition) -> Iterator[Finding]:
    if not d.components:
        yield _finding("no-components", "components")
    operators = [part.operator_id for part in d.components]
    if len(set(operators)) != len(operators):
        yield _finding("operator-twice", "components")
    in_area = {name for rule in d.area.covers for name in rule.operators}
    for name in sorted(in_area - set(operators)):
        yield _finding("operator-without-share", "components", operator=name)
    if d.exchange is not None and "paper" not in d.display:
        yield _finding("exchange-without-paper", "display")
    if not d.display:
        yield _finding("no-display", "display")
    if d.sample != d.id.startswith("sample-"):
        yield _finding("sample-not-named", "id")
    if not d.sample and d.kind == "pass" and len(operators) > 1 and d.filing is None:
        yield _finding("not-filed", "filing")
    if d.filing is not None and d.filing.valid_from < d.filing.filed_on:
        yield _finding("filed-after-start", "filing")
    sale = d.calendar.sale
    if d.filing is not None and sale is not None and sale.first < d.filing.valid_from:
        yield _finding("sold-before-filing", "calendar.sale")


def _use(d: Definition) -> Iterator[Finding]:
    """Prove by trying that some minute of some day is inside the bands."""
    if not d.calendar.bands:
        return
    start = d.calendar.use.first if d.calendar.use else known_until() - timedelta(days=365)
    moments = (
        day_start(d.calendar, start + timedelta(days=day)) + timedelta(minutes=30 * half)
        for day in range(14)
        for half in range(48)
    )
    if not any(in_bands(d.calendar, moment, national_holidays()) for moment in moments):
        yield _finding("never-in-band", "calendar.bands")


RULES: tuple[Callable[[Definition], Iterator[Finding]], ...] = (
    _area,
    _calendar,
    _counting,
    _riders,
    _refunds,
    _papers,
    _use,
)
