"""Tickets for n rides, and passes of any n days, checked by devices that upload in any order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import permutations
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from maas.core.clock import FrozenClock
from maas.db.session import Sessions
from tests.ticketing.holders import MORNING, SAMPLES, Device, Phone, Shop
from ticketing.inspection.api import current_rules
from ticketing.inspection.coverage import Place
from ticketing.inspection.service import InspectionService, NewScan
from ticketing.inspection.used import Check, exceeds, uses
from ticketing.products.definition import CheckPoint, Rides
from ticketing.tickets.keyring import demo_keyring
from ticketing.tickets.signing import present

FERRY = SAMPLES["sample-island-ferry"]
TWO_RIDES = FERRY.model_copy(
    update={"id": "sample-two-rides", "number": 910, "counting": Rides(rides=2, within_days=7)}
)
COMPANY = "island-ferry"


class Holder:
    """Somebody with a ticket for two sailings."""

    def __init__(self, client: TestClient, clock: FrozenClock, sessions: Sessions) -> None:
        shop = Shop(sessions, clock)
        _, (ticket,), secret = shop.sell(TWO_RIDES)
        self.phone = Phone(client, secret)
        self.text = self.phone.activate(ticket).json()["signed"]["text"]

    def shows(self, device: Device, at: datetime, verdict: str = "", **place: str):
        live = present(self.text, self.phone.key, at)
        return device.scan(live, at, verdict=verdict) | {"place": {"mode": "ferry"} | place}


@pytest.fixture
def holder(client: TestClient, clock: FrozenClock, sessions: Sessions) -> Holder:
    return Holder(client, clock, sessions)


@pytest.fixture
def device(client: TestClient, sessions: Sessions) -> Device:
    return Device(client, sessions, COMPANY, "inspect", "inspect:cases")


def cases(client: TestClient, device: Device) -> list[str]:
    rows = client.get("/v1/inspections/cases", headers=device.headers).json()
    return [row["kind"] for row in rows]


def test_a_ticket_for_two_rides_is_refused_on_the_third(
    client: TestClient, clock: FrozenClock, holder: Holder, device: Device
) -> None:
    reasons = []
    for _ in range(3):
        answer = device.post("/v1/inspections", holder.shows(device, clock.now()))
        reasons.append(answer.json()["reason"])
        clock.move(timedelta(hours=2))

    assert reasons == ["valid", "valid", "rides-used-up"]
    # Whoever was refused did not ride: there is nothing for a person to look at.
    assert cases(client, device) == []


def test_a_second_look_within_ten_minutes_is_no_further_ride(
    client: TestClient, clock: FrozenClock, holder: Holder, device: Device
) -> None:
    for _ in range(2):
        device.post("/v1/inspections", holder.shows(device, clock.now()))
        clock.move(timedelta(minutes=9))
        again = device.post("/v1/inspections", holder.shows(device, clock.now()))
        assert again.json()["reason"] == "seen-again"
        clock.move(timedelta(hours=2))
    refused = device.post("/v1/inspections", holder.shows(device, clock.now()))

    assert refused.json()["reason"] == "rides-used-up"


def test_a_reader_at_the_exit_does_not_count_where_boarding_does(
    client: TestClient, clock: FrozenClock, holder: Holder, device: Device
) -> None:
    assert TWO_RIDES.check is CheckPoint.BOARDING
    for _ in range(2):
        for point in ("entry", "on-board", "exit"):
            shown = holder.shows(device, clock.now(), point=point)
            assert device.post("/v1/inspections", shown).json()["reason"] == "valid"
            clock.move(timedelta(minutes=40))
    third = holder.shows(device, clock.now(), point="entry")

    assert device.post("/v1/inspections", third).json()["reason"] == "rides-used-up"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_ride_too_many_is_seen_in_whatever_order_devices_upload(
    client: TestClient,
    clock: FrozenClock,
    holder: Holder,
    device: Device,
    order: tuple[int, ...],
) -> None:
    scans = [
        holder.shows(device, MORNING + timedelta(hours=hour), verdict="valid") for hour in (1, 3, 5)
    ]
    clock.move(timedelta(hours=8))

    for place in order:
        told = device.post("/v1/inspections/batch", {"scans": [scans[place]]}).json()
        assert told[0]["refused"] == ""
        again = device.post("/v1/inspections/batch", {"scans": [scans[place]]}).json()
        assert again[0]["verdict"]["reason"] == told[0]["verdict"]["reason"]

    # One use too many is one case, and nothing was blocked by it.
    assert cases(client, device) == ["used-too-often"]


def test_of_many_devices_at_once_as_many_let_the_rider_on_as_there_are_rides(
    clock: FrozenClock, holder: Holder, sessions: Sessions
) -> None:
    live = present(holder.text, holder.phone.key, clock.now())
    together = Barrier(6)

    def ask(number: int) -> str:
        together.wait()
        with sessions.begin() as session:
            rules = current_rules(session, clock.now())
            service = InspectionService(session, clock, demo_keyring(), rules)
            # Each on a line of its own, so that no two are one ride.
            place = Place(COMPANY, f"line-{number}", "ferry")
            new = NewScan(f"nonce-{number}", live, clock.now(), place)
            return service.judge(f"gate-{number}", COMPANY, new)[1].reason

    with ThreadPoolExecutor(6) as threads:
        reasons = sorted(threads.map(ask, range(6)))

    assert reasons == ["rides-used-up"] * 4 + ["valid"] * 2


def test_scans_of_one_upload_are_counted_together(
    client: TestClient, clock: FrozenClock, holder: Holder, device: Device
) -> None:
    scans = [
        holder.shows(device, MORNING + timedelta(hours=hour), verdict="valid") for hour in range(4)
    ]
    clock.move(timedelta(hours=8))

    told = device.post("/v1/inspections/batch", {"scans": scans}).json()

    reasons = [row["verdict"]["reason"] for row in told]
    assert reasons == ["valid", "valid", "rides-used-up", "rides-used-up"]
    assert cases(client, device) == ["used-too-often", "used-too-often"]


def check(minute: int, operator: str = COMPANY, route: str = "", point: str = "") -> Check:
    return Check(MORNING + timedelta(minutes=minute), operator, route, point, number=minute + 1)


def test_two_operators_or_two_routes_at_once_are_two_rides() -> None:
    assert len(uses(TWO_RIDES, [check(0, route="a"), check(5, route="b")])) == 2
    assert len(uses(TWO_RIDES, [check(0), check(5, operator="other")])) == 2
    # A gate that does not know the route, and then the conductor who does.
    assert len(uses(TWO_RIDES, [check(0), check(5, route="b")])) == 1
    # The window does not grow with every look: 0 and 9 are one ride, 12 is the next.
    assert len(uses(TWO_RIDES, [check(0), check(9), check(12)])) == 2


@settings(max_examples=100)
@given(st.lists(st.integers(0, 600), unique=True, max_size=12), st.randoms())
def test_uses_do_not_depend_on_the_order_in_which_scans_arrive(minutes, random) -> None:
    checks = [check(minute) for minute in minutes]
    shuffled = random.sample(checks, len(checks))

    assert uses(TWO_RIDES, shuffled) == uses(TWO_RIDES, checks)
    # By hand: a ride begins with each check that is ten minutes or more after the last beginning.
    begun: list[int] = []
    for minute in sorted(minutes):
        if not begun or minute - begun[-1] >= 10:
            begun.append(minute)
    assert len(uses(TWO_RIDES, checks)) == len(begun)


def test_what_is_not_counted_is_never_too_much() -> None:
    consecutive = SAMPLES["sample-bus-pass-all-3"]
    assert exceeds(consecutive, [check(m * 60) for m in range(50)], check(5000)) is None
