"""
How much goes back: pure functions of the product's rule and what happened to the ticket.

Sources: SUNQ's e-ticket (¥110 handling fee, until 18:00 the day before, nothing after first
use); NTA No. 6253 (a fixed handling fee is a taxable service, a time-dependent cancellation fee
is damages), so the two are kept apart.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from maas.core.clock import JAPAN
from maas.core.money import Yen
from ticketing.products.definition import AnyDays, Consecutive, Definition
from ticketing.products.validity import Usage, service_day, window

NOTHING: Final = Yen(0)


class Cause(StrEnum):
    """Why money is asked back."""

    BUYER = "buyer"
    OPERATOR_CANCELLED = "operator-cancelled"
    """The operator stopped the service; staff confirm it."""


class Why(StrEnum):
    """What decided the amount; the sentences are in `messages.json`."""

    FULL = "full"
    WITH_FEE = "with-fee"
    UNUSED_DAYS = "unused-days"
    OPERATOR_CANCELLED = "operator-cancelled"
    NOT_BY_RULE = "not-by-rule"
    USED = "used"
    TOO_LATE = "too-late"
    ENDED = "ended"
    NOTHING_LEFT = "nothing-left"
    BY_HAND = "by-hand"
    GIVEN_AWAY = "given-away"
    """A companion took it: it is no longer the buyer's to give back."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer for one ticket: `gross` = what its price gives back before fees."""

    why: Why
    gross: Yen = NOTHING
    handling_fee: Yen = NOTHING
    cancellation_fee: Yen = NOTHING

    @property
    def amount(self) -> Yen:
        """What the buyer gets."""
        return Yen(self.gross - self.handling_fee - self.cancellation_fee)

    @property
    def refundable(self) -> bool:
        """Whether anything goes back."""
        return self.gross > 0 and self.amount >= 0


@cache
def sentences() -> dict[str, dict[str, str]]:
    """Return the sentence of every reason, in Japanese and English."""
    loaded: dict[str, dict[str, str]] = json.loads(
        files("ticketing.refunds").joinpath("messages.json").read_text("utf-8")
    )
    return loaded


def quote(definition: Definition, price: Yen, usage: Usage, now: datetime, cause: Cause) -> Quote:
    """
    Return what goes back for a ticket.

    Args:
        definition: The version that was bought.
        price: What was paid for the ticket.
        usage: What has happened to it.
        now: When it is asked.
        cause: Why.

    """
    rule = definition.refunds
    if price == 0:
        return Quote(Why.NOTHING_LEFT)
    if cause is Cause.OPERATOR_CANCELLED:
        if rule.operator_cancelled == "by-hand":
            return Quote(Why.BY_HAND)
        if rule.operator_cancelled == "unused-days" and usage.activated_at is not None:
            return Quote(Why.OPERATOR_CANCELLED, _unused(definition, price, usage, now))
        return Quote(Why.OPERATOR_CANCELLED, price)
    if not rule.before_use:
        return Quote(Why.NOT_BY_RULE)
    if usage.activated_at is not None:
        return _after_use(definition, price, usage, now)
    if now >= _deadline(definition, usage):
        return Quote(Why.TOO_LATE)
    handling = Yen(min(rule.handling_fee, price))
    cancellation = _cancellation_fee(definition, Yen(price - handling), usage, now)
    why = Why.WITH_FEE if handling or cancellation else Why.FULL
    return _something(Quote(why, price, handling, cancellation))


def _after_use(definition: Definition, price: Yen, usage: Usage, now: datetime) -> Quote:
    if definition.refunds.after_use == "none":
        return Quote(Why.USED)
    if now >= window(definition, usage).end:
        return Quote(Why.TOO_LATE)
    left = _unused(definition, price, usage, now)
    fee = Yen(min(definition.refunds.handling_fee, left))
    return _something(Quote(Why.UNUSED_DAYS, left, fee))


def _something(answer: Quote) -> Quote:
    return answer if answer.amount > 0 else Quote(Why.NOTHING_LEFT)


def _unused(definition: Definition, price: Yen, usage: Usage, now: datetime) -> Yen:
    """Return the price of the days that were not used, each used day rounded up to a yen."""
    counting = definition.counting
    if isinstance(counting, AnyDays):
        used = sum(riders for _, riders in usage.days)
    elif isinstance(counting, Consecutive):
        begin = service_day(definition.calendar, window(definition, usage).begin)
        used = (service_day(definition.calendar, now) - begin).days + 1
    else:
        return Yen(0)
    used = min(max(used, 1), counting.days)
    return Yen(price * (counting.days - used) // counting.days)


def _deadline(definition: Definition, usage: Usage) -> datetime:
    """Return the first instant that is too late for a ticket that was never used."""
    rule = definition.refunds
    if rule.deadline == "day-before" and usage.first_day is not None and rule.deadline_time:
        hour, minute = (int(part) for part in rule.deadline_time.split(":"))
        day_before: date = usage.first_day - timedelta(days=1)
        return datetime.combine(day_before, datetime.min.time(), tzinfo=JAPAN) + timedelta(
            hours=hour, minutes=minute
        )
    return window(definition, usage).end


def _cancellation_fee(definition: Definition, rest: Yen, usage: Usage, now: datetime) -> Yen:
    tiers = definition.refunds.cancellation
    if not tiers:
        return Yen(0)
    today = service_day(definition.calendar, now)
    ahead = (usage.first_day - today).days if usage.first_day is not None else 0
    fitting = [tier for tier in tiers if tier.from_days_before <= max(ahead, 0)]
    if not fitting:
        return Yen(0)
    tier = max(fitting, key=lambda tier: tier.from_days_before)
    # A percentage of yen is rounded down: in doubt for the buyer.
    return Yen(min(rest, rest * tier.percent // 100 + tier.yen))
