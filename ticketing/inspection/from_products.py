"""The rule book of the products that are on sale or still valid."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from ticketing.inspection.coverage import Band, Coverage, Days, Rides, RuleBook
from ticketing.products.definition import (
    Area,
    AreaRule,
    Calendar,
    DateSpan,
    Definition,
    Extra,
    MonthDays,
    Proof,
    day_change,
    minutes,
)

_NOTES: Final = {
    "zones": (
        "区間の指定があります。乗車区間を確認してください。",
        "Sections apply: check the ride.",
    ),
    "journey": (
        "片道の経路です。戻りの乗車ではないか確認してください。",
        "One way: check the direction.",
    ),
    "seat_slip": ("指定席は座席指定券も確認してください。", "Reserved seats need a seat slip."),
    "surcharge": ("特急料金などは別に必要です。", "Express surcharges are payable on top."),
    "proof": ("資格の証明書を確認してください。", "Check the proof of eligibility."),
    "exchange": ("窓口で引き換えた券が必要です。", "The paper from the counter is needed."),
}


def rule_book(
    definitions: Iterable[Definition], *, version: int, issued: datetime, holidays: Iterable[date]
) -> RuleBook:
    """Return what readers must know of these product versions."""
    rows = [coverage_of(definition, issued.year) for definition in definitions]
    return RuleBook(
        version, issued, {(row.product, row.version): row for row in rows}, frozenset(holidays)
    )


def coverage_of(definition: Definition, year: int) -> Coverage:
    """
    Return the part of a definition that is judged on board.

    What a reader cannot judge alone (sections, direction, proofs, days that are used up) becomes
    a note for the conductor; nothing is silently left out. Spans that return every year are
    written out for last year, this year and the two after it.
    """
    notes = _notes(definition)
    return Coverage(
        product=definition.number,
        version=definition.version,
        name_ja=definition.name.ja,
        name_en=definition.name.en,
        covers=tuple(_rides(rule) for rule in definition.area.covers),
        excludes=tuple(_rides(rule) for rule in definition.area.excludes),
        days=Days(definition.calendar.days.value),
        blackout=_blackout(definition.calendar, year),
        bands=tuple(
            Band(minutes(band.since), minutes(band.until), Days(band.days.value))
            for band in definition.calendar.bands
        ),
        day_change_minute=_day_change_minute(definition.calendar),
        note_ja=" ".join(_NOTES[note][0] for note in notes),
        note_en=" ".join(_NOTES[note][1] for note in notes),
    )


def _rides(rule: AreaRule) -> Rides:
    return Rides(
        frozenset(rule.operators),
        frozenset(rule.routes),
        frozenset(mode.value for mode in rule.modes),
        frozenset(kind.value for kind in rule.classes),
        frozenset(rule.stops),
    )


def _day_change_minute(calendar: Calendar) -> int:
    change = day_change(calendar)
    return change.hour * 60 + change.minute


def _blackout(calendar: Calendar, year: int) -> tuple[tuple[date, date], ...]:
    spans: list[tuple[date, date]] = []
    for span in calendar.blackout:
        if isinstance(span, DateSpan):
            spans.append((span.first, span.last))
        else:
            spans += [_in_year(span, each) for each in range(year - 1, year + 3)]
    return tuple(sorted(spans))


def _in_year(span: MonthDays, year: int) -> tuple[date, date]:
    first = _month_day(span.first, year, last=False)
    over = span.last < span.first
    return first, _month_day(span.last, year + over, last=True)


def _month_day(text: str, year: int, *, last: bool) -> date:
    """Return the day; 02-29 in a common year is the day before or after, to the narrower side."""
    month, day = (int(part) for part in text.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, 2, 28) if last else date(year, 3, 1)


def _notes(definition: Definition) -> list[str]:
    area: Area = definition.area
    found = []
    if any(rule.zones for rule in area.covers + area.excludes):
        found.append("zones")
    if definition.journey is not None:
        found.append("journey")
    if any(rule.seat_slip for rule in area.covers):
        found.append("seat_slip")
    if any(rule.surcharge is Extra.PAY_EXTRA for rule in area.covers):
        found.append("surcharge")
    if any(price.proof is not Proof.NONE for price in definition.riders):
        found.append("proof")
    if definition.exchange is not None:
        found.append("exchange")
    return found
