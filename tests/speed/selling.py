"""
How fast it sells: `make bench ARGS="--inputs selling"`, or `python -m tests.speed.selling`.

Each figure is work a second of one process. Without a database, in processor time of one core:
tickets signed, codes verified (the issuer's signature; live codes also the phone's), verdicts (the
whole inspection). The others in wall time, for they wait for a disk:
On SQLite, and on PostgreSQL where `MAAS_TEST_POSTGRES` names it: orders placed (offer, places,
order, one durable commit each), whole purchases over the fake gateway (offer, order, payment,
entitlement), verdicts of the server (judged and kept as a fact), jobs of the outbox.
"""

import argparse
import itertools
import secrets
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from nacl.signing import SigningKey

from maas.core.clock import JAPAN, SystemClock
from maas.db.outbox import Handlers, record, work_off
from tests.support.database import BACKENDS, POSTGRES, WITHOUT_POSTGRES
from tests.support.shop import Shop, open_shop
from ticketing.inspection.coverage import Place
from ticketing.inspection.from_products import rule_book
from ticketing.inspection.inspect import ReaderState, inspect
from ticketing.inspection.service import InspectionService, NewScan
from ticketing.offers.service import OfferService, Wish
from ticketing.orders.service import Buyer, OrderService
from ticketing.payments.models import Method
from ticketing.products import definition as products
from ticketing.products.service import load_samples
from ticketing.tickets.keyring import demo_keyring
from ticketing.tickets.keys import RevocationList
from ticketing.tickets.payload import BOUND, STATIC, RiderCategory, TicketBody
from ticketing.tickets.signing import OpenedTicket, open_ticket, present


def per_second(
    work: Callable[[], object], times: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Do it once to warm up, then so many times."""
    work()
    began = clock()
    for _ in range(times):
        work()
    return times / (clock() - began)


def per_core_second(work: Callable[[], object], times: int) -> float:
    """Count processor time: what one core does, whatever else the machine is at."""
    return per_second(work, times, time.process_time)


def place(shop: Shop):
    wish = Wish("sample-bus-pass-all-3", {products.RiderCategory.ADULT: 1}, day_of(shop))
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


class Gate:
    """Tickets of the two-day sample, and a reader that knows its rules."""

    place = Place("nishitetsu-bus", mode="bus")

    def __init__(self, tickets: int) -> None:
        self.now = SystemClock().now()
        self.ring = demo_keyring()
        self.phone = SigningKey.generate()
        [self.product] = [each for each in load_samples() if each.id == "sample-all-modes-2"]
        self.rules = rule_book([self.product], version=1, issued=self.now, holidays=())
        self.static = [self.sign(STATIC) for _ in range(tickets)]
        self.live = [present(self.sign(BOUND), self.phone, self.now) for _ in range(tickets)]
        revoked = RevocationList(1, self.now, self.now + timedelta(days=1), ())
        self.reader = ReaderState(
            self.ring.keys, revoked, self.rules, {}, self.now, test=self.ring.demo
        )

    def sign(self, kind: int) -> str:
        start = self.now.replace(second=0, microsecond=0) - timedelta(hours=1)
        body = TicketBody(
            kind=kind,
            key_id=1,
            product=self.product.number,
            product_version=self.product.version,
            valid_from=start,
            valid_until=start + timedelta(days=2),
            category=RiderCategory.ADULT,
            riders=1,
            serial=secrets.token_bytes(12),
            device_key=bytes(self.phone.verify_key) if kind == BOUND else b"",
        )
        return self.ring.issuer.issue(body)

    def verify(self, text: str) -> None:
        opened = open_ticket(text, self.ring.keys, self.now, test=True)
        assert isinstance(opened, OpenedTicket), opened

    def verdict(self, text: str) -> None:
        assert inspect(text, self.now, self.place, self.reader).accepted


def without_database(times: int) -> dict[str, float]:
    gate = Gate(times)
    static, live = itertools.cycle(gate.static), itertools.cycle(gate.live)
    return {
        "tickets signed": per_core_second(lambda: gate.sign(STATIC), times),
        "tickets verified": per_core_second(lambda: gate.verify(next(static)), times),
        "live codes verified": per_core_second(lambda: gate.verify(next(live)), times),
        "verdicts": per_core_second(lambda: gate.verdict(next(static)), times),
    }


def judged_by_server(shop: Shop, times: int) -> float:
    """Verdicts that are kept as facts, a commit each."""
    gate = Gate(times)
    texts = itertools.cycle(gate.static)

    def keep() -> None:
        with shop.sessions.begin() as session:
            service = InspectionService(session, shop.clock, gate.ring, gate.rules)
            scan = NewScan(secrets.token_hex(8), next(texts), shop.clock.now(), gate.place)
            service.judge("gate-1", "nishitetsu-bus", scan)

    return per_second(keep, times)


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
    parser.add_argument("--times", type=int, default=200)
    times = parser.parse_args().times
    print(table(measure(times)))


def measure(times: int = 200) -> dict[str, dict[str, float]]:
    """Return what is done a second: without a database, and on each that there is."""
    found = {"no database": without_database(times * 10)}
    for backend in BACKENDS:
        with tempfile.TemporaryDirectory() as folder, open_shop(backend, Path(folder)) as shop:
            found[backend] = {
                "orders": per_second(lambda shop=shop: place(shop), times),
                "purchases": per_second(lambda shop=shop: purchase(shop), times // 4 or 1),
                "verdicts kept": judged_by_server(shop, times),
                "outbox jobs": jobs(shop, times),
            }
    return found


def table(figures: dict[str, dict[str, float]]) -> str:
    """Return the figures as a table that can be read."""
    rows = ["", "## selling: work a second of one process", "", "| where | what | a second |"]
    rows.append("|---|---|---|")
    for where, row in figures.items():
        rows += [f"| {where} | {what} | {value:,.0f} |" for what, value in row.items()]
    if not POSTGRES:
        rows.append(f"\n{WITHOUT_POSTGRES}")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
