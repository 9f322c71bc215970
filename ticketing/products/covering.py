"""Which products cover a whole journey, and for how much."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ticketing.products.definition import Definition, Proof, RiderCategory, RiderPrice
from ticketing.products.validity import (
    Judgement,
    Reason,
    Ride,
    Sale,
    Usage,
    covering_rule,
    judge,
    may_sell,
    service_day,
)


@dataclass(frozen=True, slots=True)
class Covering:
    """A product on which every ride of a journey is good."""

    definition: Definition
    price: RiderPrice
    first_day: date | None
    """To be chosen when it is bought; None where first use starts the clock."""
    pay_extra: bool
    """An express surcharge comes on top: how much is not known here."""
    seat_slip: bool
    """A seat must be booked, or a slip fetched, before a ride."""
    exchange: bool
    """It must be changed into paper at a counter before first use."""

    @property
    def open_to_all(self) -> bool:
        """Whether anybody can ride on it for its price alone."""
        return self.price.proof is Proof.NONE and not self.pay_extra


def covering_products(
    definitions: Iterable[Definition],
    rides: Sequence[Sequence[Ride]],
    now: datetime,
    holidays: Collection[date],
) -> list[Covering]:
    """
    Return the products that cover every ride for one adult, the best first.

    What anybody can use for its price alone comes first, then what needs a proof or a surcharge;
    within both the cheaper one.

    Args:
        definitions: What is on sale.
        rides: For each ride of the journey in order, the ride under every id by which a product
            may know its operator; at least one ride.
        now: When it would be bought.
        holidays: National holidays.

    """
    if not rides:
        return []
    found = (_covering(definition, rides, now, holidays) for definition in definitions)
    good = [covering for covering in found if covering is not None]
    return sorted(good, key=lambda one: (not one.open_to_all, one.price.price, one.definition.id))


def _covering(
    definition: Definition,
    rides: Sequence[Sequence[Ride]],
    now: datetime,
    holidays: Collection[date],
) -> Covering | None:
    price = definition.price_for(RiderCategory.ADULT)
    if price is None or definition.kind == "single":
        return None
    chosen = definition.start == "chosen-day"
    first = service_day(definition.calendar, rides[0][0].boarded_at) if chosen else None
    if may_sell(definition, Sale(now, first, holidays)) is not Reason.VALID:
        return None
    usage = Usage(sold_at=now, first_day=first, exchanged=True)
    extra = slip = False
    for candidates in rides:
        good = next(_judged(definition, usage, candidates, holidays), None)
        if good is None:
            return None
        ride, judgement = good
        rule = covering_rule(definition, ride)
        assert not isinstance(rule, Reason)
        usage = judgement.usage
        extra |= judgement.pay_extra
        slip |= rule.seat_slip
    return Covering(
        definition=definition,
        price=price,
        first_day=first,
        pay_extra=extra,
        seat_slip=slip,
        exchange=definition.exchange is not None,
    )


def _judged(
    definition: Definition, usage: Usage, candidates: Iterable[Ride], holidays: Collection[date]
) -> Iterator[tuple[Ride, Judgement]]:
    for ride in candidates:
        judgement = judge(definition, usage, ride, holidays=holidays)
        if judgement.valid:
            yield ride, judgement
