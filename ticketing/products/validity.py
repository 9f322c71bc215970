"""
Is this ride good on this product? Pure functions of the definition, what was used, and the ride.

A refusal is a value with a reason, not an exception. Times are judged in Japan; the service day
of an instant is the calendar day of the instant minus the day change (03:00 where the day ends
at 02:59), so 00:00–02:59 counts as yesterday (SUNQ's rule).
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import assert_never

from maas.core.clock import JAPAN
from ticketing.products.definition import (
    AnyDays,
    AreaRule,
    Calendar,
    CheckPoint,
    Consecutive,
    DayKind,
    Definition,
    Hours,
    Mode,
    MonthDays,
    Rides,
    VehicleClass,
    day_change,
    minutes,
)


class Reason(StrEnum):
    """Why a ride is or is not covered; the sentences are in `messages.json`."""

    VALID = "valid"
    NOT_YET = "not-yet"
    EXPIRED = "expired"
    DAYS_USED_UP = "days-used-up"
    RIDES_USED_UP = "rides-used-up"
    SEATS_USED_UP = "seats-used-up"
    BLACKOUT = "blackout"
    WRONG_DAY = "wrong-day"
    OUTSIDE_BAND = "outside-band"
    OUTSIDE_AREA = "outside-area"
    EXCLUDED = "excluded"
    WRONG_DIRECTION = "wrong-direction"
    TOO_MANY_RIDERS = "too-many-riders"
    PROOF_NEEDED = "proof-needed"
    SEAT_SLIP_NEEDED = "seat-slip-needed"
    EXCHANGE_NEEDED = "exchange-needed"


@dataclass(frozen=True, slots=True)
class Usage:
    """What has happened to a ticket so far."""

    sold_at: datetime
    first_day: date | None = None
    """The day that the buyer chose, for products that start so."""
    activated_at: datetime | None = None
    days: tuple[tuple[date, int], ...] = ()
    """Service days that were used, with the riders of that day."""
    rides: int = 0
    seats: int = 0
    exchanged: bool = False


@dataclass(frozen=True, slots=True)
class Ride:
    """A ride, as far as a pass depends on it."""

    boarded_at: datetime
    alights_at: datetime
    operator_id: str
    route_id: str = ""
    mode: Mode | None = None
    vehicle_class: VehicleClass | None = None
    from_zones: frozenset[str] = frozenset()
    to_zones: frozenset[str] = frozenset()
    riders: int = 1
    takes_seat: bool = False
    has_seat_slip: bool = False
    proof_shown: bool = False
    backwards: bool = False
    """Whether it leads back towards the start of an open-jaw journey."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer: a reason, and the usage after the ride where it is valid."""

    reason: Reason
    usage: Usage
    pay_extra: bool = False
    """Whether a surcharge (料金) must be paid on top."""
    judged_at: CheckPoint = CheckPoint.BOARDING

    @property
    def valid(self) -> bool:
        """Whether the ride is covered."""
        return self.reason is Reason.VALID


@dataclass(frozen=True, slots=True)
class Window:
    """From the first to the first instant that is too late."""

    begin: datetime
    end: datetime


def service_day(calendar: Calendar, instant: datetime) -> date:
    """Return the service day of an instant, as the product counts days."""
    change = day_change(calendar)
    local = instant.astimezone(JAPAN)
    return (local - timedelta(hours=change.hour, minutes=change.minute)).date()


def day_start(calendar: Calendar, day: date) -> datetime:
    """Return the instant at which this service day starts."""
    return datetime.combine(day, day_change(calendar), tzinfo=JAPAN)


def window(definition: Definition, usage: Usage) -> Window:
    """
    Return when the ticket may be used at all.

    Before first use of a product that starts with it, this is the time in which first use must
    happen: from the sale until its period ends.
    """
    calendar, counting = definition.calendar, definition.counting
    opened = _opening_day(definition, usage)
    begin = usage.sold_at if definition.start == "first-use" else day_start(calendar, opened)
    if isinstance(counting, Consecutive):
        if definition.start == "first-use" and usage.activated_at is None:
            return Window(begin, day_start(calendar, _last_start(definition, usage)))
        end = day_start(calendar, opened + timedelta(days=counting.days))
        return Window(max(begin, usage.activated_at or begin), end)
    if isinstance(counting, Hours):
        if usage.activated_at is None:
            latest = _last_start(definition, usage)
            return Window(begin, day_start(calendar, latest))
        first = usage.activated_at
        return Window(first, first + timedelta(hours=counting.hours))
    if isinstance(counting, AnyDays | Rides):
        return Window(begin, day_start(calendar, opened + timedelta(days=counting.within_days)))
    assert_never(counting)


def _opening_day(definition: Definition, usage: Usage) -> date:
    """Return the service day from which days are counted."""
    if definition.start == "chosen-day" and usage.first_day is not None:
        return usage.first_day
    return service_day(definition.calendar, usage.activated_at or usage.sold_at)


def _last_start(definition: Definition, usage: Usage) -> date:
    """Return the first service day on which a ticket that was never used cannot start."""
    sold = service_day(definition.calendar, usage.sold_at)
    if usage.first_day is not None and definition.start == "chosen-day":
        return usage.first_day + timedelta(days=1)
    return sold + timedelta(days=definition.calendar.sold_ahead_days + 1)


def day_allowed(calendar: Calendar, day: date, holidays: Collection[date]) -> Reason:
    """Return VALID, or why a service day is not one of the product's."""
    if calendar.use is not None and day < calendar.use.first:
        return Reason.NOT_YET
    if calendar.use is not None and day > calendar.use.last:
        return Reason.EXPIRED
    if any(_in_span(span, day) for span in calendar.blackout):
        return Reason.BLACKOUT
    return Reason.VALID if _is_kind(calendar.days, day, holidays) else Reason.WRONG_DAY


def _in_span(span: object, day: date) -> bool:
    if isinstance(span, MonthDays):
        here = f"{day:%m-%d}"
        if span.first <= span.last:
            return span.first <= here <= span.last
        return here >= span.first or here <= span.last
    first, last = getattr(span, "first", day), getattr(span, "last", day)
    return bool(first <= day <= last)


def _is_kind(kind: DayKind, day: date, holidays: Collection[date]) -> bool:
    free = day.weekday() >= 5 or day in holidays
    if kind is DayKind.ALL:
        return True
    return free if kind is DayKind.WEEKENDS_AND_HOLIDAYS else not free


def in_bands(calendar: Calendar, instant: datetime, holidays: Collection[date]) -> bool:
    """Whether an instant is in one of the product's time bands; no band is all day."""
    if not calendar.bands:
        return True
    day = service_day(calendar, instant)
    midnight = datetime.combine(day, datetime.min.time(), tzinfo=JAPAN)
    minute = int((instant.astimezone(JAPAN) - midnight) / timedelta(minutes=1))
    return any(
        minutes(band.since) <= minute < minutes(band.until) and _is_kind(band.days, day, holidays)
        for band in calendar.bands
    )


def covering_rule(definition: Definition, ride: Ride) -> AreaRule | Reason:
    """Return the rule of the area that covers the ride, or why none does."""
    if any(_fits(rule, ride) for rule in definition.area.excludes):
        return Reason.EXCLUDED
    fitting = next((rule for rule in definition.area.covers if _fits(rule, ride)), None)
    return fitting if fitting is not None else Reason.OUTSIDE_AREA


def _fits(rule: AreaRule, ride: Ride) -> bool:
    if rule.operators and ride.operator_id not in rule.operators:
        return False
    if rule.routes and ride.route_id not in rule.routes:
        return False
    if rule.modes and ride.mode not in rule.modes:
        return False
    if rule.classes and ride.vehicle_class not in rule.classes:
        return False
    if not rule.zones:
        return True
    zones = frozenset(rule.zones)
    return bool(zones & ride.from_zones) and bool(zones & ride.to_zones)


def judge(
    definition: Definition,
    usage: Usage,
    ride: Ride,
    *,
    holidays: Collection[date] = (),
    persons: int = 1,
) -> Judgement:
    """
    Judge one ride and count it.

    Args:
        definition: The version that was bought.
        usage: What has happened to the ticket; the answer holds what it becomes.
        ride: The ride.
        holidays: National holidays; needed where the product tells weekdays from them.
        persons: How many the ticket was sold for.

    """
    covered = covering_rule(definition, ride)
    if isinstance(covered, Reason):
        return Judgement(covered, usage)
    point = covered.check or definition.check
    at = (
        ride.alights_at
        if point in {CheckPoint.ALIGHTING, CheckPoint.GATE_OUT}
        else (usage.sold_at if point is CheckPoint.PURCHASE else ride.boarded_at)
    )
    reason = _refusal(definition, usage, ride, covered, at, holidays, persons)
    if reason is not Reason.VALID:
        return Judgement(reason, usage, judged_at=point)
    return _count(definition, usage, ride, covered, at, point)


def _refusal(
    definition: Definition,
    usage: Usage,
    ride: Ride,
    rule: AreaRule,
    at: datetime,
    holidays: Collection[date],
    persons: int,
) -> Reason:
    calendar, counting = definition.calendar, definition.counting
    if definition.exchange is not None and not usage.exchanged:
        return Reason.EXCHANGE_NEEDED
    shareable = isinstance(counting, AnyDays) and counting.shareable
    if ride.riders > persons and not shareable:
        return Reason.TOO_MANY_RIDERS
    if rule.seat_slip and not ride.has_seat_slip:
        return Reason.SEAT_SLIP_NEEDED
    if ride.takes_seat and definition.seats and usage.seats >= definition.seats.times:
        return Reason.SEATS_USED_UP
    if definition.journey is not None and not _onward(definition, usage, ride):
        return Reason.WRONG_DIRECTION
    span = window(definition, usage)
    ends = at
    if isinstance(counting, Hours) and counting.leave_after_end:
        ends = ride.boarded_at
    if ends < span.begin:
        return Reason.NOT_YET
    if ends >= span.end:
        return Reason.EXPIRED
    day = service_day(calendar, at)
    allowed = day_allowed(calendar, day, holidays)
    if allowed is not Reason.VALID:
        return allowed
    if not in_bands(calendar, at, holidays):
        return Reason.OUTSIDE_BAND
    return _used_up(definition, usage, ride, day)


def _onward(definition: Definition, usage: Usage, ride: Ride) -> bool:
    assert definition.journey is not None
    if ride.backwards:
        return definition.journey.once_backwards
    starts = frozenset(definition.journey.start_zones)
    return usage.rides > 0 or bool(starts & ride.from_zones)


def _used_up(definition: Definition, usage: Usage, ride: Ride, day: date) -> Reason:
    counting = definition.counting
    if isinstance(counting, AnyDays):
        used = dict(usage.days)
        riders = ride.riders if counting.shareable else 1
        more = max(0, riders - used.get(day, 0))
        if sum(used.values()) + more > counting.days:
            return Reason.DAYS_USED_UP
    if isinstance(counting, Rides) and usage.rides >= counting.rides:
        return Reason.RIDES_USED_UP
    return Reason.VALID


def _count(
    definition: Definition,
    usage: Usage,
    ride: Ride,
    rule: AreaRule,
    at: datetime,
    point: CheckPoint,
) -> Judgement:
    day = service_day(definition.calendar, at)
    counting = definition.counting
    riders = ride.riders if isinstance(counting, AnyDays) and counting.shareable else 1
    used = dict(usage.days)
    used[day] = max(used.get(day, 0), riders)
    after = replace(
        usage,
        activated_at=usage.activated_at or ride.boarded_at,
        days=tuple(sorted(used.items())),
        rides=usage.rides + 1,
        seats=usage.seats + ride.takes_seat,
    )
    extra = rule.surcharge.value == "pay-extra"
    return Judgement(Reason.VALID, after, pay_extra=extra, judged_at=point)


@dataclass(frozen=True, slots=True)
class Sale:
    """What a buyer asks for."""

    at: datetime
    first_day: date | None
    holidays: Collection[date] = field(default=())


def may_sell(definition: Definition, sale: Sale) -> Reason:
    """Return VALID, or why it cannot be sold for this first day."""
    today = service_day(definition.calendar, sale.at)
    if not definition.on_sale(sale.at.astimezone(JAPAN).date()):
        return Reason.EXPIRED
    if definition.start == "first-use":
        span = definition.calendar.use
        return Reason.EXPIRED if span is not None and today > span.last else Reason.VALID
    if sale.first_day is None or sale.first_day < today:
        return Reason.EXPIRED
    if sale.first_day > today + timedelta(days=definition.calendar.sold_ahead_days):
        return Reason.NOT_YET
    return day_allowed(definition.calendar, sale.first_day, sale.holidays)
