"""Fares by the published rules, on small books that can be reckoned by hand."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.fares.book import FareBook, build
from ticketing.fares.facts import RideFact
from ticketing.fares.journey import JourneyFare, price_journey

TOKYO = ZoneInfo("Asia/Tokyo")
TUESDAY = date(2026, 12, 1)


def table(text: str) -> list[dict[str, str]]:
    head, *rows = [line.split(",") for line in text.split()]
    return [dict(zip(head, row, strict=True)) for row in rows]


def ride(
    route: str, *stops: str, at: str = "09:00", until: str = "09:20", trip: str = "t"
) -> RideFact:
    def instant(text: str) -> datetime:
        hour, minute = text.split(":")
        return datetime(2026, 12, 1, int(hour), int(minute), tzinfo=TOKYO)

    return RideFact("f", route, "a", stops, instant(at), instant(until), trip)


def priced(book: FareBook, *rides: RideFact) -> JourneyFare:
    return price_journey(list(rides), {"f": book})


def legs(fare: JourneyFare) -> list[tuple[list[str], list[int]]]:
    return [
        ([row.route for row in leg.rides], sorted(price.amount for price in leg.prices))
        for transfer in fare.transfers
        for leg in transfer.legs
    ]


BUS = {
    "stops": table("stop_id,zone_id A,1 B,2 C,3 P,"),
    "fare_attributes": table(
        "fare_id,price,currency_type,agency_id ab,170,JPY, bc,260,JPY, only,100,JPY,other"
    ),
    "fare_rules": table(
        "fare_id,route_id,origin_id,destination_id,contains_id ab,,1,2, bc,r,2,3, only,,1,3,"
    ),
}


def test_a_fare_of_a_zone_pair_is_found() -> None:
    assert priced(build("f", BUS, {}), ride("r", "A", "B")).total() == 170


def test_a_missing_pair_is_unknown_and_makes_the_total_unknown() -> None:
    fare = priced(build("f", BUS, {}), ride("r", "A", "B"), ride("r", "B", "A"))

    assert legs(fare) == [(["r"], [170]), (["r"], [])]
    assert fare.total() is None


def test_a_fare_of_another_route_or_company_does_not_hold() -> None:
    book = build("f", BUS, {})

    assert priced(book, ride("r", "B", "C")).total() == 260
    assert priced(book, ride("other", "B", "C")).total() is None
    assert priced(book, ride("r", "A", "C")).total() is None


def test_a_flat_fare_without_rules_holds_everywhere() -> None:
    tram = {"fare_attributes": table("fare_id,price,currency_type tram,180,JPY")}

    assert priced(build("f", tram, {}), ride("x", "A", "B")).total() == 180


@pytest.mark.parametrize("amount", ["", "x", "-1", "NaN", "170.5", "1e400"])
def test_a_broken_amount_is_told_and_never_free(amount: str) -> None:
    rows = {"fare_attributes": [{"fare_id": "f", "price": amount, "currency_type": "JPY"}]}
    book = build("f", rows, {})

    assert len(book.faults) == 1
    assert priced(book, ride("x", "A", "B")).total() is None


def test_a_feed_without_fares_is_unknown() -> None:
    assert priced(build("f", {}, {}), ride("x", "A", "B")).total() is None


V2 = {
    "stops": table("stop_id,parent_station A,S A2,S B, C, D,"),
    "stop_areas": table("area_id,stop_id one,S two,B two,C three,D"),
    "routes": table("route_id,network_id metro1,metro metro2,metro bus1,bus"),
    "fare_products": table(
        "fare_product_id,fare_product_name,currency,amount,rider_category_id,fare_media_id "
        "near,Near,JPY,210,, far,Far,JPY,260,, bus,Bus,JPY,150,adult, bus,Bus,JPY,80,child, link,Link,JPY,30,,"
    ),
    "rider_categories": table(
        "rider_category_id,rider_category_name,is_default_fare_category adult,Adult,1 child,Child,"
    ),
    "fare_leg_rules": table(
        "leg_group_id,network_id,from_area_id,to_area_id,fare_product_id "
        "m,metro,one,two,near m,metro,one,three,far b,bus,,,bus"
    ),
    "fare_leg_join_rules": table("from_network_id,to_network_id metro,metro"),
    "fare_transfer_rules": table(
        "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id,duration_limit,duration_limit_type,transfer_count "
        "m,b,1,link,3600,0,"
    ),
}


def test_rides_that_join_pay_one_fare_from_first_to_last() -> None:
    fare = priced(build("f", V2, {}), ride("metro1", "A", "B"), ride("metro2", "B", "D"))

    assert legs(fare) == [(["metro1", "metro2"], [260])]
    assert fare.total() == 260


def test_rides_of_two_stations_do_not_join() -> None:
    fare = priced(build("f", V2, {}), ride("metro1", "A", "B"), ride("metro2", "C", "D"))

    # The second begins in area two, for which no rule has a fare.
    assert legs(fare) == [(["metro1"], [210]), (["metro2"], [])]


def test_a_transfer_in_time_costs_what_its_rule_says() -> None:
    book = build("f", V2, {})
    metro = ride("metro1", "A2", "B")

    soon = priced(book, metro, ride("bus1", "B", "X", at="09:30", until="09:50"))
    late = priced(book, metro, ride("bus1", "B", "X", at="10:30", until="10:50"))

    # A + AB + B = 210 + 30 + 150; after the hour the two are separate.
    assert soon.total() == 390
    assert late.total() == 360


def test_a_child_fare_is_shown_and_not_taken_for_the_adults() -> None:
    fare = priced(build("f", V2, {}), ride("bus1", "B", "X"))

    assert legs(fare) == [(["bus1"], [80, 150])]
    assert fare.total() == 150


def test_an_empty_entry_means_all_that_no_rule_names() -> None:
    rules = table(
        "leg_group_id,network_id,from_area_id,to_area_id,fare_product_id x,,one,,near y,,,,bus"
    )
    book = build("f", {**V2, "fare_leg_rules": rules}, {})

    # From area one only the rule that names it; from elsewhere only the empty one.
    assert priced(book, ride("metro1", "A", "B")).total() == 210
    assert priced(book, ride("metro1", "B", "D")).total() == 150


def test_with_priorities_an_empty_entry_matches_all_and_the_highest_wins() -> None:
    rules = table(
        "leg_group_id,network_id,from_area_id,to_area_id,fare_product_id,rule_priority x,,one,,near,1 y,,,,bus,"
    )
    book = build("f", {**V2, "fare_leg_rules": rules}, {})

    assert legs(priced(book, ride("metro1", "A", "B"))) == [(["metro1"], [210])]
    assert priced(book, ride("metro1", "B", "D")).total() == 150


def test_a_timeframe_holds_on_its_days_and_hours_with_the_end_outside() -> None:
    rules = table(
        "leg_group_id,network_id,from_area_id,to_area_id,from_timeframe_group_id,fare_product_id "
        "p,,,,peak,far o,,,,day,near"
    )
    frames = table(
        "timeframe_group_id,start_time,end_time,service_id peak,07:00:00,09:00:00,wk day,09:00:00,24:00:00,wk"
    )
    tables = {**V2, "fare_leg_rules": rules, "timeframes": frames}
    weekdays = {"wk": frozenset({TUESDAY})}

    def total(at: str) -> int | None:
        return priced(build("f", tables, weekdays), ride("metro1", "A", "B", at=at)).total()

    assert (total("08:59"), total("09:00"), total("06:59")) == (260, 210, None)
    assert priced(build("f", tables, {"wk": frozenset()}), ride("metro1", "A", "B")).total() is None


def test_a_count_limits_how_many_transfers_one_fare_covers() -> None:
    # Bus to bus is free once (A + AB with an empty product), the third bus pays again.
    rules = table(
        "from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id,transfer_count b,b,0,,1"
    )
    book = build("f", {**V2, "fare_transfer_rules": rules}, {})
    bus = ride("bus1", "B", "X")

    assert [priced(book, *[bus] * n).total() for n in (1, 2, 3, 4)] == [150, 150, 300, 300]


def test_a_run_that_was_added_today_has_no_known_fare() -> None:
    assert priced(build("f", V2, {}), ride("bus1", "B", "X", trip="")).total() is None


def test_rides_of_two_feeds_are_priced_apart() -> None:
    book = build("f", BUS, {})
    other = RideFact("g", "r", "a", ("A", "B"), *[datetime(2026, 12, 1, 9, tzinfo=TOKYO)] * 2, "t")

    fare = price_journey([ride("r", "A", "B"), other], {"f": book})

    assert [len(leg.prices) for transfer in fare.transfers for leg in transfer.legs] == [1, 0]


cells = st.sampled_from(
    ["", "A", "B", "1", "metro", "x", "JPY", "-1", "999999999999", "9:0:0", "peak", "0", "2"]
)


@given(
    st.dictionaries(
        st.sampled_from(
            [*V2, *BUS, "timeframes", "fare_media", "area_set_elements", "route_networks"]
        ),
        st.lists(
            st.dictionaries(
                st.sampled_from(
                    [
                        "stop_id",
                        "zone_id",
                        "fare_id",
                        "price",
                        "currency_type",
                        "amount",
                        "currency",
                        "from_leg_group_id",
                        "to_leg_group_id",
                        "leg_group_id",
                        "fare_transfer_type",
                        "transfer_count",
                        "duration_limit",
                        "network_id",
                        "start_time",
                        "end_time",
                        "timeframe_group_id",
                        "from_timeframe_group_id",
                        "fare_product_id",
                        "route_id",
                        "rule_priority",
                        "origin_id",
                        "contains_id",
                        "area_id",
                        "from_area_id",
                    ]
                ),
                cells,
                max_size=8,
            ),
            max_size=6,
        ),
    )
)
def test_any_tables_make_a_book_and_a_fare_or_none(tables: dict[str, list[dict[str, str]]]) -> None:
    book = build("f", tables, {})
    total = priced(book, ride("metro", "A", "B"), ride("x", "B", "A")).total()

    assert total is None or total >= 0
