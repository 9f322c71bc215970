"""
Kill the server and the worker at random instants of pay → ticket → refund, and count the yen.

`python -m tests.faults.kill --count 200 [--postgres] [--celery]` prints what happened and exits 1
where anything is not as it must be: a paid order without ticket or refund, a ticket without money, a double charge, a
ledger that does not balance or does not agree with the gateway.
"""

import argparse
import collections
import contextlib
import json
import random
import socket
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import stripe
from sqlalchemy import select, text

from maas.core.clock import SystemClock
from maas.db.outbox import work_off
from maas.db.session import make_engine, make_sessions
from tests.faults.buyers import Buyer
from tests.faults.shop_server import (
    SECRET,
    Victim,
    desk_of,
    handlers_of,
    serve,
    work,
    work_by_celery,
)
from tests.support.database import REDIS, postgres_url, sqlite_url
from ticketing.audit import audit
from ticketing.ledger.service import Ledger
from ticketing.orders.models import Order
from ticketing.payments.fake_stripe import FakeStripe, refunds
from ticketing.payments.stripe_gateway import API_VERSION
from ticketing.products.service import ProductService, load_samples
from ticketing.reconcile import reconcile


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(
    kills: int, *, seed: int = 1, buyers: int = 3, postgres: bool = False, celery: bool = False
) -> "Report":
    """Sell while killing the server and the worker; return what was found afterwards."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        url = stack.enter_context(postgres_url()) if postgres else sqlite_url(Path(folder))
        engine = make_engine(url)
        with make_sessions(engine).begin() as session:
            for sample in load_samples():
                ProductService(session, SystemClock()).publish(sample)
        fake = FakeStripe(version=API_VERSION)
        port = free_port()
        fake.deliver_to(f"http://127.0.0.1:{port}/webhooks/stripe", SECRET)
        fake.state.faults.webhook_copies = 2
        with fake:
            worker = (
                Victim(work_by_celery, url, fake.url, REDIS, folder)
                if celery
                else Victim(work, url, fake.url)
            )
            victims = [Victim(serve, url, fake.url, port), worker]
            # Celery needs some seconds to start: it must live to be killed at work.
            pause = 6.0 if celery else 0.6
            api = f"http://127.0.0.1:{port}"
            report = _massacre(victims, kills, seed, api, fake, buyers, pause)
            _look(report, url, fake)
        engine.dispose()
        return report


class Report:
    """What happened, and what is wrong."""

    def __init__(self) -> None:
        self.kills = 0
        self.ends: collections.Counter[str] = collections.Counter()
        self.wrong: list[str] = []
        self.balances: dict[str, int] = {}
        self.seconds = 0.0

    def __str__(self) -> str:
        ends = ", ".join(f"{end}: {count}" for end, count in sorted(self.ends.items()))
        return (
            f"{self.kills} kills in {self.seconds:.0f} s; purchases: {sum(self.ends.values())} "
            f"({ends}); balances {self.balances}; wrong: {self.wrong or 'nothing'}"
        )


def _massacre(
    victims: list[Victim],
    kills: int,
    seed: int,
    api: str,
    fake: FakeStripe,
    buyers: int,
    pause: float,
) -> Report:
    report = Report()
    over = threading.Event()
    chance = random.Random(seed)
    lock = threading.Lock()

    def shop(number: int) -> None:
        turn = 0
        while not over.is_set():
            turn += 1
            buyer = Buyer(seed * 1_000_003 + number * 1000 + turn, api, fake.url)
            try:
                end = buyer.buy()
            except (TimeoutError, KeyError) as error:
                end = "stuck"
                with lock:
                    report.wrong.append(f"buyer {number}.{turn}: {error!r}")
            with lock:
                report.ends[end] += 1
                report.wrong += buyer.trouble

    for victim in victims:
        victim.start()
    threads = [threading.Thread(target=shop, args=(number,)) for number in range(buyers)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    while sum(victim.kills for victim in victims) < kills:
        if chance.random() < 0.9:  # else it dies while it starts
            _await(api)
        time.sleep(chance.uniform(0.0, pause))
        for victim in chance.choice([victims[:1], victims[1:], victims]):
            victim.kill()
            victim.start()
    over.set()
    for thread in threads:
        thread.join()
    report.kills = sum(victim.kills for victim in victims)
    report.seconds = time.monotonic() - began
    for victim in victims:
        victim.stop()
    return report


def _await(api: str) -> None:
    """Wait until the server answers, but not for ever."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx2.get(f"{api}/nothing", timeout=2).status_code == 404:
                return
        except httpx2.TransportError:
            time.sleep(0.02)


def _look(report: Report, url: str, fake: FakeStripe) -> None:
    """Work off what waits, in this process, and compare the books with the gateway."""
    desk = desk_of(url, fake.url, pool_size=0)
    handlers = handlers_of(desk)
    deadline = time.monotonic() + 90
    found, owed = [], 0
    while time.monotonic() < deadline:
        with fake.state.lock:
            for thing in list(fake.state.things.values()):
                if thing["object"] == "refund" and thing["status"] == "requires_action":
                    refunds.settle(fake.state, thing)  # the konbini buyer names his account
            events = list(fake.state.events)
        _take_in(desk, events)
        with desk.sessions.begin() as session:
            session.execute(text("UPDATE outbox SET run_after = created_at WHERE done_at IS NULL"))
        work_off(desk.sessions, desk.clock, handlers, rounds=3)
        with desk.sessions() as session:
            found = audit(session, settled=True)
            owed = Ledger(session, desk.clock).balances().get("refund_payable", 0)
        if not found and not owed:
            break
        time.sleep(0.2)
    report.wrong += [f"{violation.code}: {violation.what}" for violation in found]
    if owed:
        report.wrong.append(f"¥{-owed} is still owed to buyers")
    desk.book_movements()
    since = datetime.now(UTC) - timedelta(days=1)
    with desk.sessions() as session:
        apart = reconcile(session, desk.gateway.movements(since), since)
        report.balances = {k: v for k, v in Ledger(session, desk.clock).balances().items() if v}
    report.wrong += [f"{violation.code}: {violation.what}" for violation in apart]
    charged: collections.Counter[str] = collections.Counter()
    for charge in fake.state.things.values():
        if charge["object"] == "charge" and charge["status"] == "succeeded":
            charged[charge["metadata"]["order_id"]] += charge["amount"] - charge["amount_refunded"]
    with desk.sessions() as session:
        totals = {str(order.id): order.total for order in session.scalars(select(Order))}
    report.wrong += [
        f"order {order} was charged {amount} of {totals.get(order)}"
        for order, amount in charged.items()
        if amount > totals.get(order, 0)
    ]


def _take_in(desk, events) -> None:
    """Deliver what the killed server did not take: the gateway tries for three days."""
    for event in events:
        body = json.dumps(event)
        header = stripe.WebhookSignature.generate_signature_header(payload=body, secret=SECRET)
        desk.inbox.receive(body.encode(), header)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="use MAAS_TEST_POSTGRES")
    parser.add_argument("--celery", action="store_true", help="Celery over MAAS_TEST_REDIS")
    arguments = parser.parse_args()
    report = run(
        arguments.count,
        seed=arguments.seed,
        postgres=arguments.postgres,
        celery=arguments.celery,
    )
    print(report)
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
