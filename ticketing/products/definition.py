"""
A product as data: every rule that a wide-area pass of Kyushu needs.

The shape was taken from the passes that exist (SUNQパス, 旅名人の九州満喫きっぷ,
ぐるっと九州きっぷ, JQ CARD おでかけネットパス, JR Kyushu Rail Pass,
わいわいパス, 東京メトロ24時間券 …). A definition is a value: a change makes a
new version, and an order keeps the one that it bought. `ticketing.products.validity` judges by it,
`ticketing.products.lint` proves that it is complete and free of contradictions.
"""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

MONEY_LIMIT = 9_999_999
"""No pass costs more; a price above it is a slip of the keyboard."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Money = Annotated[int, Field(ge=0, le=MONEY_LIMIT, strict=True)]


def _sorted_unique(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


Ids = Annotated[tuple[Id, ...], Field(max_length=2000), AfterValidator(_sorted_unique)]


class Rule(BaseModel):
    """A part of a definition: frozen, and an unknown field is an error, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Localized(Rule):
    """A text in Japanese and English."""

    ja: Text
    en: Text


class Mode(StrEnum):
    """Means of transport."""

    RAIL = "rail"
    SUBWAY = "subway"
    TRAM = "tram"
    MONORAIL = "monorail"
    BUS = "bus"
    HIGHWAY_BUS = "highway-bus"
    FERRY = "ferry"
    ROPEWAY = "ropeway"
    AIR = "air"


class VehicleClass(StrEnum):
    """Class of a train, bus or ship, where a pass tells them apart."""

    LOCAL = "local"
    RAPID = "rapid"
    LIMITED_EXPRESS = "limited-express"
    SHINKANSEN = "shinkansen"
    RESERVED = "reserved"


class CheckPoint(StrEnum):
    """Where validity is judged."""

    BOARDING = "boarding"
    ALIGHTING = "alighting"
    GATE_IN = "gate-in"
    GATE_OUT = "gate-out"
    PURCHASE = "purchase"


class Extra(StrEnum):
    """Whether the surcharge (料金) of an express or a seat is in the price."""

    INCLUDED = "included"
    PAY_EXTRA = "pay-extra"
    NONE = "none"


class AreaRule(Rule):
    """Rides that fit every dimension that is given; an empty dimension fits all."""

    operators: Ids = ()
    routes: Ids = ()
    zones: Ids = ()
    """Both ends of the ride must be in one of them."""
    stops: Ids = ()
    """Every stop of the ride must be one of them, where whoever checks knows the stop."""
    modes: tuple[Mode, ...] = ()
    classes: tuple[VehicleClass, ...] = ()
    surcharge: Extra = Extra.NONE
    seat_slip: bool = False
    """Whether a reserved seat must be fetched before boarding (座席指定券)."""
    check: CheckPoint | None = None
    """Where these rides are judged, if other than the product's."""


class Area(Rule):
    """Where the product is good: in one of `covers` and in none of `excludes`."""

    covers: Annotated[tuple[AreaRule, ...], Field(max_length=200)]
    excludes: Annotated[tuple[AreaRule, ...], Field(max_length=200)] = ()
    description: Localized


class OpenJaw(Rule):
    """One way from one of `start_zones` to one of `end_zones`, without turning back."""

    start_zones: Ids
    end_zones: Ids
    once_backwards: bool = False
    """Whether a ride towards the start is allowed."""


class DayKind(StrEnum):
    """Which days of the week."""

    ALL = "all"
    WEEKDAYS = "weekdays"
    """Monday to Friday without national holidays."""
    WEEKENDS_AND_HOLIDAYS = "weekends-and-holidays"


class MonthDays(Rule):
    """Days that return every year, both ends included; may pass New Year (12-28 to 01-06)."""

    first: Annotated[str, StringConstraints(pattern=r"^\d{2}-\d{2}$")]
    last: Annotated[str, StringConstraints(pattern=r"^\d{2}-\d{2}$")]


class DateSpan(Rule):
    """Calendar days, both ends included."""

    first: date
    last: date


class TimeBand(Rule):
    """Hours of the service day in which a ride may be judged valid; `until` is not included."""

    since: Annotated[str, StringConstraints(pattern=r"^\d{2}:[0-5]\d$")]
    until: Annotated[str, StringConstraints(pattern=r"^\d{2}:[0-5]\d$")]
    """Hours may pass 24 (`26:00`), as timetables count."""
    days: DayKind = DayKind.ALL


class Calendar(Rule):
    """When it is sold and when it may be used."""

    sale: DateSpan | None = None
    use: DateSpan | None = None
    days: DayKind = DayKind.ALL
    blackout: tuple[MonthDays | DateSpan, ...] = ()
    bands: tuple[TimeBand, ...] = ()
    service_day_ends: Annotated[str, StringConstraints(pattern=r"^0[0-5]:[0-5]\d$")] = "02:59"
    """Last minute of the service day on the next calendar day; until then it is yesterday."""
    sold_ahead_days: Annotated[int, Field(ge=0, le=180)] = 90
    """How many days before the first day it may be bought."""


class Consecutive(Rule):
    """Valid on n service days in a row, from the day that is chosen or first used."""

    kind: Literal["consecutive-days"] = "consecutive-days"
    days: Annotated[int, Field(ge=1, le=31)]


class AnyDays(Rule):
    """
    Valid on any n service days within a period; each day that is used is crossed off.

    Where `shareable`, each rider of the day takes one (旅名人の九州満喫きっぷ).
    """

    kind: Literal["any-days"] = "any-days"
    days: Annotated[int, Field(ge=1, le=31)]
    within_days: Annotated[int, Field(ge=1, le=180)]
    shareable: bool = False


class Hours(Rule):
    """Valid n hours from the minute of first use."""

    kind: Literal["hours"] = "hours"
    hours: Annotated[int, Field(ge=1, le=168)]
    leave_after_end: bool = True
    """Whether a ride that was entered in time may end after it."""


class Rides(Rule):
    """Valid for n rides within a period."""

    kind: Literal["rides"] = "rides"
    rides: Annotated[int, Field(ge=1, le=100)]
    within_days: Annotated[int, Field(ge=1, le=180)]


Counting = Annotated[Consecutive | AnyDays | Hours | Rides, Field(discriminator="kind")]


class RiderCategory(StrEnum):
    """Who rides (旅客区分)."""

    ADULT = "adult"
    CHILD = "child"
    CONCESSION = "concession"
    GROUP = "group"


class Proof(StrEnum):
    """What the rider must show beside the ticket."""

    NONE = "none"
    DISABILITY = "disability-certificate"
    STUDENT = "student-card"
    SENIOR = "age-certificate"
    FOREIGN_VISITOR = "passport-short-stay"
    RESIDENT = "residence-certificate"
    MEMBER_CARD = "member-card"


class RiderPrice(Rule):
    """A price for one kind of rider."""

    category: RiderCategory
    price: Money
    adults: Annotated[int, Field(ge=0, le=100)] = 1
    children: Annotated[int, Field(ge=0, le=100)] = 0
    """Persons on one ticket: a group of 1 adult and 2 children is (1, 2)."""
    age: tuple[int, int] | None = None
    """First and last age, both included."""
    proof: Proof = Proof.NONE

    @property
    def persons(self) -> int:
        """How many ride on one ticket."""
        return self.adults + self.children


class Component(Rule):
    """A part of the price that belongs to an operator, for receipts and settlement."""

    operator_id: Id
    label: Localized
    weight: Annotated[int, Field(ge=1, le=1_000_000)]
    """Share of the price in proportion to the sum of weights."""
    by_air: bool = False
    """Air needs a qualified invoice at any price; rail, bus and ship below ¥30,000 do not."""


class Quota(Rule):
    """How many may be sold."""

    size: Annotated[int, Field(ge=1, le=1_000_000)]
    per: Literal["product", "first-day"] = "product"
    counts: Literal["tickets", "persons"] = "tickets"


class FeeTier(Rule):
    """A fee that depends on how long before the first day the refund is asked."""

    from_days_before: Annotated[int, Field(ge=0, le=365)]
    """From so many days before the first day (0: on the day), the nearest tier counts."""
    percent: Annotated[int, Field(ge=0, le=100)] = 0
    yen: Money = 0


class Refunds(Rule):
    """What goes back, until when, for which fee."""

    before_use: bool
    deadline: Literal["first-use", "day-before", "end-of-sale-window"] = "first-use"
    deadline_time: Annotated[str, StringConstraints(pattern=r"^[0-2]\d:[0-5]\d$")] | None = None
    """With `day-before`: until this hour in Japan (SUNQ e-tickets: 18:00)."""
    handling_fee: Money = 0
    """Per ticket, the same at any time: a taxable service (NTA No. 6253)."""
    cancellation: tuple[FeeTier, ...] = ()
    """Depends on time: damages, not taxable (NTA No. 6253)."""
    after_use: Literal["none", "unused-days"] = "none"
    operator_cancelled: Literal["full", "unused-days", "by-hand"] = "full"
    """When the operator stops the service; no fee is taken then."""


class Loss(Rule):
    """What happens to a lost phone or paper."""

    reissue: Literal["none", "free", "for-fee"]
    fee: Money = 0


class Transfer(Rule):
    """Giving companions their tickets (分配)."""

    allowed: bool = False
    before_activation_only: bool = True


class Exchange(Rule):
    """The phone's ticket must be changed into paper at a counter."""

    counters: Localized
    until_days_after_sale: Annotated[int, Field(ge=0, le=180)] = 90


class Perk(Rule):
    """Something a partner shop gives the holder (特典)."""

    partner: Localized
    what: Localized


class SeatAllowance(Rule):
    """How many reserved seats may be taken on it (指定席の利用回数)."""

    times: Annotated[int, Field(ge=1, le=100)]


class Filing(Rule):
    """The joint-fare notification (共通乗車船券の届出); without it nothing may be published."""

    number: Id
    filed_on: date
    valid_from: date
    legal_basis: Text


class Definition(Rule):
    """A version of a product."""

    id: Slug
    number: Annotated[int, Field(ge=1, le=65_535)]
    """Its number inside a signed ticket."""
    version: Annotated[int, Field(ge=1, le=255)]
    sample: bool = False
    """Made up: shaped after a real pass, never to be sold for money."""
    kind: Literal["pass", "single"] = "pass"
    name: Localized
    summary: Localized
    area: Area
    journey: OpenJaw | None = None
    calendar: Calendar
    counting: Counting
    start: Literal["chosen-day", "first-use"]
    """Whether the buyer names the first day, or first use starts the clock."""
    check: CheckPoint
    riders: Annotated[tuple[RiderPrice, ...], Field(max_length=50)]
    quota: Quota | None = None
    seats: SeatAllowance | None = None
    exchange: Exchange | None = None
    refunds: Refunds
    loss: Loss
    transfer: Transfer = Transfer()
    display: tuple[Literal["qr", "moving-clock", "paper", "tap"], ...] = ("qr", "moving-clock")
    perks: tuple[Perk, ...] = ()
    components: Annotated[tuple[Component, ...], Field(max_length=200)]
    not_covered: Localized
    """What the buyer may think is in it and is not; shown before he pays."""
    tax_percent: Literal[0, 8, 10] = 10
    filing: Filing | None = None

    def price_for(self, category: RiderCategory) -> RiderPrice | None:
        """Return the price for this kind of rider, or None where there is none."""
        return next((price for price in self.riders if price.category is category), None)

    def on_sale(self, day: date) -> bool:
        """Whether it is sold on this day in Japan."""
        span = self.calendar.sale
        return span is None or span.first <= day <= span.last


def day_change(calendar: Calendar) -> time:
    """Return the first minute of a new service day (`02:59` ends one, so 03:00)."""
    hour, minute = (int(part) for part in calendar.service_day_ends.split(":"))
    total = hour * 60 + minute + 1
    return time(total // 60, total % 60)


def minutes(text: str) -> int:
    """Return the minutes of `HH:MM`; hours may pass 24."""
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)
