"""The rules of the real passes, one by one. Times are Japanese; days of the week are 2026's."""

from datetime import date, datetime

import pytest

from maas.core.clock import JAPAN
from ticketing.products.definition import Mode, VehicleClass
from ticketing.products.holidays import national_holidays
from ticketing.products.service import load_samples
from ticketing.products.validity import Reason, Ride, Sale, Usage, judge, may_sell, window

PASSES = {definition.id: definition for definition in load_samples()}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAPAN)


def ride(board: str, alight: str | None = None, **changes) -> Ride:
    begin = at(board)
    given = {"boarded_at": begin, "alights_at": at(alight) if alight else begin}
    return Ride(**(given | {"operator_id": "x"} | changes))


def local_bus(board: str, alight: str | None = None, **changes) -> Ride:
    given = {"operator_id": "nishitetsu-bus", "mode": Mode.BUS}
    return ride(board, alight, **(given | changes))


def highway(board: str, **changes) -> Ride:
    given = {"operator_id": "highway-bus", "mode": Mode.HIGHWAY_BUS}
    return ride(board, **(given | changes))


def sold(first_day: date | None = None, **changes) -> Usage:
    return Usage(sold_at=at("2026-05-01T10:00"), first_day=first_day, **changes)


SUNQ = PASSES["sample-bus-pass-all-3"]
DAY = date(2026, 5, 8)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        # Three service days from 8 May: 8 May 03:00 up to and with 11 May 02:59.
        ("2026-05-08T02:59", Reason.NOT_YET),
        ("2026-05-08T03:00", Reason.VALID),
        ("2026-05-10T23:59", Reason.VALID),
        ("2026-05-11T02:59", Reason.VALID),
        ("2026-05-11T03:00", Reason.EXPIRED),
    ],
)
def test_three_consecutive_days_end_at_0259_of_the_next_day(when, expected):
    assert judge(SUNQ, sold(DAY), local_bus(when)).reason is expected


def test_a_local_bus_is_judged_when_alighting_and_a_reserved_one_when_boarding():
    late = local_bus("2026-05-11T02:50", "2026-05-11T03:05")
    assert judge(SUNQ, sold(DAY), late).reason is Reason.EXPIRED

    overnight = highway(
        "2026-05-11T02:50",
        alights_at=at("2026-05-11T07:00"),
        vehicle_class=VehicleClass.RESERVED,
        has_seat_slip=True,
    )
    assert judge(SUNQ, sold(DAY), overnight).reason is Reason.VALID


def test_a_reserved_bus_needs_a_seat_slip():
    reserved = highway("2026-05-08T09:00", vehicle_class=VehicleClass.RESERVED)
    assert judge(SUNQ, sold(DAY), reserved).reason is Reason.SEAT_SLIP_NEEDED


def test_the_southern_pass_does_not_cover_northern_buses():
    south = PASSES["sample-bus-pass-south-3"]
    assert judge(south, sold(DAY), local_bus("2026-05-08T09:00")).reason is Reason.OUTSIDE_AREA
    southern = local_bus("2026-05-08T09:00", operator_id="kyushu-bus-south")
    assert judge(south, sold(DAY), southern).valid


RAIL = PASSES["sample-rail-3-any-days"]


def train(when: str, klass: VehicleClass = VehicleClass.LOCAL, **changes) -> Ride:
    given = {"operator_id": "jr-kyushu", "mode": Mode.RAIL, "vehicle_class": klass}
    return ride(when, **(given | changes))


def test_three_days_need_not_be_in_a_row_and_two_rides_of_a_day_count_once():
    usage = sold()
    for when in ("2026-05-02T08:00", "2026-05-02T17:00", "2026-05-20T08:00", "2026-06-30T08:00"):
        answer = judge(RAIL, usage, train(when))
        assert answer.valid
        usage = answer.usage

    assert [day.isoformat() for day, _ in usage.days] == ["2026-05-02", "2026-05-20", "2026-06-30"]
    assert judge(RAIL, usage, train("2026-07-01T08:00")).reason is Reason.DAYS_USED_UP
    assert judge(RAIL, usage, train("2026-07-01T02:30")).valid  # still 30 June


def test_a_shareable_pass_takes_one_day_for_each_rider():
    together = judge(RAIL, sold(), train("2026-05-02T08:00", riders=2))
    assert together.valid
    assert together.usage.days == ((date(2026, 5, 2), 2),)
    assert judge(RAIL, together.usage, train("2026-05-02T12:00", riders=3)).valid
    again = judge(RAIL, together.usage, train("2026-05-03T08:00", riders=2))
    assert again.reason is Reason.DAYS_USED_UP


def test_no_express_even_with_an_express_ticket():
    express = train("2026-05-02T08:00", VehicleClass.LIMITED_EXPRESS)
    assert judge(RAIL, sold(), express).reason is Reason.OUTSIDE_AREA


def test_the_period_of_any_days_ends_ninety_days_after_the_first():
    usage = judge(RAIL, sold(), train("2026-05-02T08:00")).usage
    # 2 May + 90 days = 31 July, 03:00.
    assert judge(RAIL, usage, train("2026-07-31T02:59")).valid
    assert judge(RAIL, usage, train("2026-07-31T03:00")).reason is Reason.EXPIRED


ROUND = PASSES["sample-jr-round-3"]


def test_an_express_costs_extra_and_the_shinkansen_is_excluded():
    express = judge(ROUND, sold(DAY), train("2026-05-08T08:00", VehicleClass.LIMITED_EXPRESS))
    local = judge(ROUND, sold(DAY), train("2026-05-08T08:00"))
    bullet = judge(ROUND, sold(DAY), train("2026-05-08T08:00", VehicleClass.SHINKANSEN))

    assert (express.valid, express.pay_extra) == (True, True)
    assert (local.valid, local.pay_extra) == (True, False)
    assert bullet.reason is Reason.EXCLUDED


@pytest.mark.parametrize("day", ["2026-12-28", "2026-12-31", "2027-01-01", "2027-01-06"])
def test_new_year_is_blacked_out_across_the_turn_of_the_year(day):
    used = sold(date(2026, 12, 27))
    wide = ROUND.model_copy(update={"counting": ROUND.counting.model_copy(update={"days": 14})})
    assert judge(wide, used, train(f"{day}T09:00")).reason is Reason.BLACKOUT
    sale = Sale(at("2026-12-20T09:00"), date.fromisoformat(day))
    assert may_sell(ROUND, sale) is Reason.BLACKOUT


def test_the_days_around_the_blackout_are_good():
    assert judge(ROUND, sold(date(2026, 12, 27)), train("2026-12-27T09:00")).valid
    assert judge(ROUND, sold(date(2027, 1, 7)), train("2027-01-07T09:00")).valid


NET = PASSES["sample-net-pass-2"]
NORTH = {"from_zones": frozenset({"north"}), "to_zones": frozenset({"north"})}


def test_a_pass_that_must_be_fetched_is_no_good_before():
    inside = train("2026-05-08T08:00", **NORTH)
    assert judge(NET, sold(DAY), inside).reason is Reason.EXCHANGE_NEEDED
    assert judge(NET, sold(DAY, exchanged=True), inside).valid


def test_six_reserved_seats_and_no_seventh():
    usage = sold(DAY, exchanged=True)
    seat = train("2026-05-08T08:00", takes_seat=True, **NORTH)
    for _ in range(6):
        answer = judge(NET, usage, seat)
        assert answer.valid
        usage = answer.usage
    assert judge(NET, usage, seat).reason is Reason.SEATS_USED_UP
    assert judge(NET, usage, train("2026-05-08T08:00", **NORTH)).valid


def test_both_ends_of_a_ride_must_be_in_the_zone():
    out = train("2026-05-08T08:00", from_zones=frozenset({"north"}), to_zones=frozenset({"south"}))
    assert judge(NET, sold(DAY, exchanged=True), out).reason is Reason.OUTSIDE_AREA


CITY = PASSES["sample-city-24h"]


def subway(board: str, alight: str | None = None) -> Ride:
    return ride(board, alight, operator_id="fukuoka-subway", mode=Mode.SUBWAY)


def test_twenty_four_hours_count_from_the_first_use_and_are_judged_at_entry():
    first = judge(CITY, sold(), subway("2026-05-08T10:15"))
    assert first.valid
    span = window(CITY, first.usage)
    assert (span.begin, span.end) == (at("2026-05-08T10:15"), at("2026-05-09T10:15"))

    # Entered at 10:14, left at 10:40: good (東京メトロ24時間券); entered at 10:15: over.
    last = subway("2026-05-09T10:14", "2026-05-09T10:40")
    assert judge(CITY, first.usage, last).valid
    assert judge(CITY, first.usage, subway("2026-05-09T10:15")).reason is Reason.EXPIRED


def test_a_pass_that_was_never_used_ends_with_its_sale_window():
    # Sold 1 May, may start within 30 days: the 31st of May is the last service day.
    assert judge(CITY, sold(), subway("2026-06-01T02:59")).valid
    assert judge(CITY, sold(), subway("2026-06-01T03:00")).reason is Reason.EXPIRED


def test_one_day_is_the_service_day_of_the_first_use_not_24_hours():
    kumamoto = PASSES["sample-city-1day"]
    tram = {"operator_id": "kumamoto-tram", "mode": Mode.TRAM}
    first = judge(kumamoto, sold(), ride("2026-05-08T20:00", **tram))
    assert judge(kumamoto, first.usage, ride("2026-05-09T00:30", **tram)).valid
    assert judge(kumamoto, first.usage, ride("2026-05-09T06:00", **tram)).reason is Reason.EXPIRED


def test_four_sailings_within_seven_days():
    ferry = PASSES["sample-island-ferry"]
    usage = sold(DAY)
    sail = {"operator_id": "island-ferry", "mode": Mode.FERRY}
    for day in (8, 9, 11, 14):
        answer = judge(ferry, usage, ride(f"2026-05-{day:02}T09:00", **sail))
        assert answer.valid
        usage = answer.usage
    assert judge(ferry, usage, ride("2026-05-14T15:00", **sail)).reason is Reason.RIDES_USED_UP
    late = judge(ferry, sold(DAY), ride("2026-05-15T09:00", **sail))
    assert late.reason is Reason.EXPIRED


OPEN_JAW = PASSES["sample-airport-to-airport"]


def test_an_open_jaw_starts_at_its_airport_and_never_turns_back():
    start = ride(
        "2026-05-08T10:00",
        operator_id="fukuoka-subway",
        mode=Mode.SUBWAY,
        from_zones=frozenset({"airport-fuk"}),
    )
    elsewhere = train("2026-05-08T10:00", VehicleClass.LIMITED_EXPRESS)
    assert judge(OPEN_JAW, sold(DAY), elsewhere).reason is Reason.WRONG_DIRECTION
    begun = judge(OPEN_JAW, sold(DAY), start)
    assert begun.valid
    assert judge(OPEN_JAW, begun.usage, elsewhere).valid
    back = train("2026-05-08T12:00", VehicleClass.LIMITED_EXPRESS, backwards=True)
    assert judge(OPEN_JAW, begun.usage, back).reason is Reason.WRONG_DIRECTION


FAMILY = PASSES["sample-group-weekend"]
CENTRE = frozenset({"kumamoto-centre"})
TRAM = {
    "operator_id": "kumamoto-tram",
    "mode": Mode.TRAM,
    "from_zones": CENTRE,
    "to_zones": CENTRE,
}


def test_a_family_of_three_rides_on_weekends_and_holidays_only():
    holidays = national_holidays()
    saturday, monday, holiday = date(2026, 5, 9), date(2026, 5, 11), date(2026, 5, 5)
    for day, expected in (
        (saturday, Reason.VALID),
        (monday, Reason.WRONG_DAY),
        (holiday, Reason.VALID),  # a Tuesday, こどもの日
    ):
        trip = ride(f"{day}T11:00", riders=3, **TRAM)
        answer = judge(FAMILY, sold(day), trip, holidays=holidays, persons=3)
        assert answer.reason is expected


def test_a_fourth_person_needs_another_ticket():
    four = ride("2026-05-09T11:00", riders=4, **TRAM)
    answer = judge(FAMILY, sold(date(2026, 5, 9)), four, persons=3)
    assert answer.reason is Reason.TOO_MANY_RIDERS


BAND = PASSES["sample-weekday-band"]


@pytest.mark.parametrize(
    ("board", "alight", "expected"),
    [
        # Judged when alighting (わいわいパス): boarding at 9:50 is fine, alighting at 9:59 is not.
        ("2026-05-11T09:50", "2026-05-11T10:00", Reason.VALID),
        ("2026-05-11T09:30", "2026-05-11T09:59", Reason.OUTSIDE_BAND),
        ("2026-05-11T15:30", "2026-05-11T15:59", Reason.VALID),
        ("2026-05-11T15:30", "2026-05-11T16:00", Reason.OUTSIDE_BAND),
        ("2026-05-09T11:00", "2026-05-09T11:30", Reason.WRONG_DAY),
        ("2026-05-05T11:00", "2026-05-05T11:30", Reason.WRONG_DAY),
    ],
)
def test_a_weekday_band_is_judged_when_alighting(board, alight, expected):
    bus = ride(board, alight, operator_id="kitakyushu-bus", mode=Mode.BUS)
    answer = judge(BAND, sold(), bus, holidays=national_holidays())
    assert answer.reason is expected


def test_a_refused_ride_uses_nothing():
    usage = sold(DAY)
    assert judge(SUNQ, usage, local_bus("2026-05-11T03:00")).usage is usage
