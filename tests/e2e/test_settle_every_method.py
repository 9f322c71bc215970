"""
Every method of an agreement, from a ticket that a reader checked to the yen of an operator.

The line: stops A, B, C on one parallel, 0.1° and 0.2° apart, so A–B is to A–C as 1 to 3.
Bus: A 8:00, B 8:20, C 9:00, fares 200 (A–B) and 500 (A–C). Rail: A 8:05, C 8:35, fare 1,000.
The rides: ticket one on the bus A–B and the train A–C, ticket two on the bus A–C. So

    nominal fares   bus 200 + 500 = 700    rail 1,000
    rides           bus 2                  rail 1
    distance        bus 1 + 3 = 4 parts    rail 3 parts
    minutes         bus 20 + 60 = 80       rail 30
    days of passes  bus 2                  rail 1
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy import text as text_of
from sqlalchemy.exc import DBAPIError

from gtfs_feeds.read import read_files
from maas.adapters.fares import fare_book
from maas.adapters.ride_measures import RideMeasures
from maas.core.clock import FrozenClock
from maas.rest.principal import Principal, new_access_key
from maas.usecases.close_period import close_period
from operators.settlement.agreement import Agreement, Method, Part, Party, WhenUnknown
from operators.settlement.errors import FactsMissing
from operators.settlement.service import SettlementService
from operators.settlement.statement import verify
from tests.support.database import fresh_engine
from tests.support.served import network_of
from tests.support.shop import CITY, Shop, key
from ticketing.ledger.service import Account, Ledger, Posting
from ticketing.orders.models import Order
from ticketing.payments.fake_stripe import FakeStripe
from ticketing.payments.stripe_gateway import API_VERSION
from ticketing.tickets.keyring import demo_keyring
from ticketing.tickets.service import TicketService

BEGIN = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
AFTER = datetime(2027, 1, 5, tzinfo=UTC)
GTFS = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n"
    "1,見本,https://example.com,Asia/Tokyo\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,zone_id\n"
    "A,あ,33.0,130.0,A\nB,い,33.0,130.1,B\nC,う,33.0,130.3,C\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nbus,1,バス,3\nrail,1,鉄道,2\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    "start_date,end_date\nall,1,1,1,1,1,1,1,20261201,20261231\n",
    "trips.txt": "route_id,service_id,trip_id\nbus,all,b\nrail,all,r\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "b,08:00:00,08:00:00,A,1\nb,08:20:00,08:20:00,B,2\nb,09:00:00,09:00:00,C,3\n"
    "r,08:05:00,08:05:00,A,1\nr,08:35:00,08:35:00,C,2\n",
    "fare_attributes.txt": "fare_id,price,currency_type,payment_method,transfers\n"
    "near,200,JPY,0,0\nfar,500,JPY,0,0\ntrain,1000,JPY,0,0\n",
    "fare_rules.txt": "fare_id,route_id,origin_id,destination_id\n"
    "near,bus,A,B\nfar,bus,A,C\ntrain,rail,A,C\n",
}
BUS_NEAR = {"route": "test_bus", "from_stop": "test_A", "to_stop": "test_B"}
BUS_FAR = {"route": "test_bus", "from_stop": "test_A", "to_stop": "test_C"}
TRAIN = {"route": "test_rail", "from_stop": "test_A", "to_stop": "test_C"}
TERMS = Agreement("city@1", CITY, date(2026, 4, 1), None, (Party("bus", 1), Party("rail", 3)), ())


def only(method: Method, **terms: object) -> Agreement:
    return replace(TERMS, parts=(Part(method, 10_000),), **terms)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(BEGIN)


@pytest.fixture
def shop(tmp_path: Path, clock: FrozenClock) -> Iterator[Shop]:
    with fresh_engine("sqlite", tmp_path) as engine, FakeStripe(version=API_VERSION) as fake:
        yield Shop(engine, fake, tmp_path / "mail", clock)


@pytest.fixture(scope="module")
def measures() -> RideMeasures:
    network = network_of(GTFS)
    return RideMeasures(network, {"test": fare_book("test", read_files(dict(GTFS)), network)})


def checked(shop: Shop, clock: FrozenClock, rides: list[tuple[str, dict[str, str]]]) -> int:
    """Sell a ticket, activate it, and have readers upload its rides; return its price."""
    price, text = active(shop, clock)
    for operator, place in rides:
        upload(shop, clock, text, operator, place)
    return price


def active(shop: Shop, clock: FrozenClock) -> tuple[int, str]:
    """Sell a ticket and activate it; return its price and its code."""
    order = shop.bought(CITY)
    with shop.sessions.begin() as session:
        tickets = TicketService(session, clock, shop.desk.config, demo_keyring())
        holder = Principal(buyer_secret=order["secret"])
        (entitlement,) = tickets.of_order(UUID(order["id"]), holder)
        return int(order["total"]), tickets.activate(entitlement.id, holder, None).text


def upload(shop: Shop, clock: FrozenClock, text: str, operator: str, place: dict[str, str]) -> None:
    """Let a reader of the operator upload a scan that it accepted without a network."""
    with shop.sessions.begin() as session:
        secret, row = new_access_key("gate", ["inspect"], clock.now(), operator_id=operator)
        session.add(row)
    scan = {
        "nonce": uuid4().hex,
        "text": text,
        "scanned_at": clock.now().isoformat(),
        "place": place,
        "device_verdict": "valid",
    }
    headers = key() | {"authorization": f"Bearer {secret}"}
    answer = shop.client.post("/inspections/batch", json={"scans": [scan]}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()[0]["refused"] == ""


def rides_of_the_month(shop: Shop, clock: FrozenClock) -> int:
    """Return what was sold: the rides above."""
    return checked(shop, clock, [("bus", BUS_NEAR), ("rail", TRAIN)]) + checked(
        shop, clock, [("bus", BUS_FAR)]
    )


def close(
    shop: Shop, clock: FrozenClock, terms: Agreement, measures: RideMeasures | None
) -> dict[str, int]:
    clock.move(AFTER - clock.now())
    with shop.sessions.begin() as session:
        SettlementService(session, clock).sign(terms)
        closed = close_period(
            session, clock, shop.desk.config, "2026-12", by="council", measures=measures
        )
        for document in closed.statements.values():
            assert all(check.passed for check in verify(document))
        return {name: int(row["total"]) for name, row in closed.statements.items()}


@pytest.mark.parametrize(
    ("method", "bus"),
    [
        (Method.FIXED, Fraction(1, 4)),
        (Method.NOMINAL_FARE, Fraction(700, 1_700)),
        (Method.RIDES, Fraction(2, 3)),
        (Method.DISTANCE, Fraction(4, 7)),
        (Method.DURATION, Fraction(80, 110)),
        (Method.ACTIVE_DAYS, Fraction(2, 3)),
    ],
)
def test_a_method_splits_what_the_readers_saw(
    shop: Shop, clock: FrozenClock, measures: RideMeasures, method: Method, bus: Fraction
) -> None:
    sold = rides_of_the_month(shop, clock)

    totals = close(shop, clock, only(method), measures)

    assert sum(totals.values()) == sold
    # One yen for the largest remainder, and that a degree is rounded to whole metres.
    assert abs(totals["bus"] - sold * bus) <= 1


def test_methods_are_stacked(shop: Shop, clock: FrozenClock, measures: RideMeasures) -> None:
    sold = rides_of_the_month(shop, clock)
    parts = (
        Part(Method.FIXED, 5_000),
        Part(Method.NOMINAL_FARE, 3_000),
        Part(Method.RIDES, 2_000),
    )

    totals = close(shop, clock, replace(TERMS, parts=parts), measures)

    bus = Fraction(1, 2) / 4 + Fraction(3, 10) * Fraction(7, 17) + Fraction(1, 5) * Fraction(2, 3)
    assert sum(totals.values()) == sold
    assert abs(totals["bus"] - sold * bus) <= 3  # each part rounds by itself


def test_commission_and_card_fees_come_first_then_the_guarantee(
    shop: Shop, clock: FrozenClock, measures: RideMeasures
) -> None:
    sold = rides_of_the_month(shop, clock)
    fees = _fees(shop, clock)
    terms = only(
        Method.RIDES,
        commission=1_000,
        commission_cap=60,
        parties=(Party("bus", 1), Party("rail", 3, minimum=sold // 2)),
    )

    totals = close(shop, clock, terms, measures)

    # Two sales of more than 600 yen: the commission of 10 % is capped at 60 yen each.
    pool = sold - 2 * 60 - fees
    # Rail would get a third by rides and is guaranteed half of the sales.
    assert totals == {"rail": sold // 2, "bus": pool - sold // 2}


def test_what_lies_above_a_cap_goes_to_the_others(
    shop: Shop, clock: FrozenClock, measures: RideMeasures
) -> None:
    sold = rides_of_the_month(shop, clock)
    terms = only(Method.RIDES, parties=(Party("bus", 1, maximum=100), Party("rail", 3)))

    assert close(shop, clock, terms, measures) == {"bus": 100, "rail": sold - 100}


def test_card_fees_that_the_seller_bears_leave_the_pool_whole(
    shop: Shop, clock: FrozenClock, measures: RideMeasures
) -> None:
    sold = rides_of_the_month(shop, clock)
    _fees(shop, clock)

    totals = close(shop, clock, only(Method.RIDES, card_fee_from_pool=False), measures)

    assert sum(totals.values()) == sold


def _fees(shop: Shop, clock: FrozenClock) -> int:
    """Book 20 yen of card fees for every order, as the gateway's balance shows them."""
    with shop.sessions.begin() as session:
        orders = [str(row) for row in session.scalars(select(Order.id))]
        for order in orders:
            entries = [(Account.GATEWAY_FEE, 20), (Account.GATEWAY, -20)]
            Ledger(session, clock).post(
                Posting(
                    kind="gateway-fee", key=f"test-fee:{order}", entries=entries, order_id=order
                )
            )
    return 20 * len(orders)


def test_a_ride_without_stops_is_unknown_and_never_zero(
    shop: Shop, clock: FrozenClock, measures: RideMeasures
) -> None:
    checked(shop, clock, [("bus", {"route": "test_bus"}), ("rail", TRAIN)])

    with pytest.raises(FactsMissing):
        close(shop, clock, only(Method.NOMINAL_FARE), measures)


def test_an_agreed_value_stands_in_for_what_is_unknown(
    shop: Shop, clock: FrozenClock, measures: RideMeasures
) -> None:
    sold = checked(shop, clock, [("bus", {}), ("rail", TRAIN)])
    parties = (Party("bus", 1, agreed_fare=250), Party("rail", 3, agreed_fare=400))
    parts = (Part(Method.NOMINAL_FARE, 10_000, WhenUnknown.AGREED),)

    totals = close(shop, clock, replace(TERMS, parties=parties, parts=parts), measures)

    # 250 agreed for the bus against 1,000 published for the train.
    assert abs(totals["bus"] - Fraction(sold, 5)) <= 1


def test_a_ride_is_weighed_for_ever_by_what_held_when_it_was_settled(
    shop: Shop, clock: FrozenClock, measures: RideMeasures
) -> None:
    sold, text = active(shop, clock)
    upload(shop, clock, text, "bus", BUS_FAR)
    upload(shop, clock, text, "rail", TRAIN)
    december = close(shop, clock, only(Method.NOMINAL_FARE), measures)
    dearer = GTFS | {"fare_attributes.txt": GTFS["fare_attributes.txt"].replace("1000", "9000")}
    network = network_of(dearer)
    risen = RideMeasures(network, {"test": fare_book("test", read_files(dict(dearer)), network)})
    # A ride on the bus is uploaded in January, after the train's fare has risen ninefold.
    upload(shop, clock, text, "bus", BUS_FAR)
    clock.move(datetime(2027, 2, 5, tzinfo=UTC) - clock.now())
    with shop.sessions.begin() as session:
        closed = close_period(
            session, clock, shop.desk.config, "2027-01", by="council", measures=risen
        )

    for statement in ("DELETE FROM settlement_rides", "UPDATE settlement_rides SET distance_m = 1"):
        with pytest.raises(DBAPIError, match="closed stays"), shop.sessions.begin() as session:
            session.execute(text_of(statement))
    # December 500 : 1,000, then 1,000 : 1,000 as the train's ride keeps the fare of December.
    assert abs(december["bus"] - Fraction(sold, 3)) <= 1
    assert abs(closed.statements["bus"]["total"] - Fraction(sold, 6)) <= 1
    assert sum(int(row["total"]) for row in closed.statements.values()) == 0
