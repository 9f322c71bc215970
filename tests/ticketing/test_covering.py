"""Which passes cover a journey. Prices are those of the sample files."""

from datetime import datetime

from maas.core.clock import JAPAN
from ticketing.products.covering import covering_products
from ticketing.products.definition import Mode, VehicleClass
from ticketing.products.holidays import national_holidays
from ticketing.products.service import load_samples
from ticketing.products.validity import Ride

HOLIDAYS = national_holidays()
NOW = datetime(2026, 12, 1, 8, tzinfo=JAPAN)  # a Tuesday
CITY = frozenset({"fukuoka-city"})


def ride(operator: str, mode: Mode, kind: VehicleClass | None = None, **changes) -> list[Ride]:
    begin = datetime(2026, 12, 3, 9, tzinfo=JAPAN)
    end = begin.replace(hour=10)
    given = {"has_seat_slip": True, "proof_shown": True} | changes
    return [Ride(begin, end, operator, mode=mode, vehicle_class=kind, **given)]


SUBWAY = ride("fukuoka-subway", Mode.SUBWAY, VehicleClass.LOCAL)
CITY_BUS = ride("nishitetsu-bus", Mode.BUS, from_zones=CITY, to_zones=CITY)
JETFOIL = ride("tane-yaku-jetfoil", Mode.FERRY)
SHINKANSEN = ride("jr-kyushu", Mode.RAIL, VehicleClass.SHINKANSEN)
FROM_AIRPORT = frozenset({"airport-fuk"})
EXPRESS = ride("jr-kyushu", Mode.RAIL, VehicleClass.LIMITED_EXPRESS, from_zones=FROM_AIRPORT)


def covered(*rides: list[Ride]):
    return covering_products(load_samples(), rides, NOW, HOLIDAYS)


def test_the_cheapest_pass_that_covers_every_ride_comes_first() -> None:
    found = covered(SUBWAY, CITY_BUS)

    # The 24-hour ticket of Fukuoka (¥1,500) covers both; so does the 2-day pass of all modes.
    assert [(one.definition.id, one.price.price) for one in found] == [
        ("sample-city-24h", 1_500),
        ("sample-all-modes-2", 12_000),
    ]
    assert found[0].first_day is None
    assert found[1].first_day is not None


def test_one_ride_that_is_not_covered_is_enough_to_leave_a_pass_out() -> None:
    assert [one.definition.id for one in covered(SUBWAY, JETFOIL)] == ["sample-all-modes-2"]
    assert covered(SHINKANSEN, JETFOIL) == []


def test_what_needs_a_proof_or_a_surcharge_comes_after_what_anybody_can_use() -> None:
    found = covered(EXPRESS)

    # ¥13,500 covers the express; ¥12,000 and ¥14,300 leave the surcharge, ¥22,500 needs a passport.
    assert found[0].definition.id == "sample-airport-to-airport"
    assert [one.open_to_all for one in found] == [True, *[False] * (len(found) - 1)]
    extra = {one.definition.id for one in found if one.pay_extra}
    assert {"sample-all-modes-2", "sample-jr-round-3"} <= extra
    visitor = next(one for one in found if one.definition.id == "sample-visitor-rail-5")
    assert not visitor.open_to_all


def test_a_vehicle_of_unknown_class_is_not_taken_for_a_covered_one() -> None:
    unknown = ride("jr-kyushu", Mode.RAIL, None)

    assert "sample-rail-3-any-days" not in {one.definition.id for one in covered(unknown)}


def test_a_journey_on_foot_needs_no_pass() -> None:
    assert covered() == []


def test_a_pass_that_cannot_be_bought_for_that_day_is_left_out() -> None:
    far = [Ride(NOW.replace(year=2027), NOW.replace(year=2027), "fukuoka-subway", mode=Mode.SUBWAY)]

    assert "sample-all-modes-2" not in {one.definition.id for one in covered(far)}
