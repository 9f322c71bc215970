"""
How fast it sells: `python -m tests.speed.selling`.

SQLite always, PostgreSQL where `MAAS_TEST_POSTGRES` names it. Each figure is work a second of one
process: rides judged, orders placed (offer, places, order, one durable commit each), whole
purchases over the fake gateway (offer, order, payment, entitlement), jobs of the outbox.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from maas.core.clock import JAPAN, SystemClock
from maas.db.outbox import Handlers, record, work_off
from tests.support.database import BACKENDS
from tests.support.shop import Shop, open_shop
from ticketing.offers.service import OfferService, Wish
from ticketing.orders.service import Buyer, OrderService
from ticketing.payments.models import Method
from ticketing.products.definition import Mode, RiderCategory
from ticketing.products.service import load_samples
from ticketing.products.validity import Ride, Usage, judge


def per_second(work: Callable[[], object], times: int) -> float:
    """Do it once to warm up, then so many times."""
    work()
    began = time.perf_counter()
    for _ in range(times):
        work()
    return times / (time.perf_counter() - began)


def place(shop: Shop):
    wish = Wish("sample-bus-pass-all-3", {RiderCategory.ADULT: 1}, day_of(shop))
    with shop.sessions.begin() as session:
        offer = OfferService(session, shop.clock, shop.desk.config).make([wish])
        orders = OrderService(session, shop.clock, shop.desk.config)
        order, _ = orders.place([offer.id], Buyer("a@example.jp", "ja"), terms_accepted=True)
        return order.id


def day_of(shop: Shop):
    return shop.clock.now().astimezone(JAPAN).date() + timedelta(days=9)


def purchase(shop: Shop) -> None:
    order = place(shop)
    shop.desk.payments.start(
        order,
        Method.CARD,
        f"speed-{order}",
        return_url="https://a.example/",
        token="pm_card_visa",
    )
    shop.work(rounds=3)


def judging(times: int) -> float:
    [definition] = [each for each in load_samples() if each.id == "sample-all-modes-2"]
    now = SystemClock().now()
    usage = Usage(sold_at=now, first_day=now.astimezone(JAPAN).date())
    ride = Ride(now, now + timedelta(minutes=9), "nishitetsu-bus", mode=Mode.BUS)
    return per_second(lambda: judge(definition, usage, ride), times)


def jobs(shop: Shop, times: int) -> float:
    handlers = Handlers()
    handlers.on("speed", lambda _session, _job: None)
    with shop.sessions.begin() as session:
        for number in range(times):
            record(session, "speed", f"speed:{number}", {}, now=shop.clock.now())
    began = time.perf_counter()
    done = work_off(shop.sessions, shop.clock, handlers, limit=times)
    return done / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    times = parser.parse_args().times
    print(f"rides judged: {judging(times * 100):,.0f}/s")
    for backend in BACKENDS:
        with tempfile.TemporaryDirectory() as folder, open_shop(backend, Path(folder)) as shop:
            found = {
                "orders": per_second(lambda: place(shop), times),
                "purchases": per_second(lambda: purchase(shop), times // 4 or 1),
                "outbox jobs": jobs(shop, times),
            }
        print(f"{backend}: " + ", ".join(f"{k} {v:,.1f}/s" for k, v in found.items()))


if __name__ == "__main__":
    main()
