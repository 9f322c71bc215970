"""A whole shop for tests: a fresh database, a fake Stripe, the desk, and an HTTP client."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from maas.adapters.file_outbox import FileOutbox
from maas.api.v1 import create_v1
from maas.core.clock import JAPAN, Clock, FrozenClock, SystemClock
from maas.db.outbox import Handlers, work_off
from maas.db.session import make_sessions
from tests.support.database import fresh_engine
from ticketing.audit import audit
from ticketing.config import TicketingConfig
from ticketing.desk import Desk
from ticketing.ledger.service import Ledger
from ticketing.payments.fake_stripe import FakeStripe
from ticketing.payments.stripe_gateway import API_VERSION, StripeGateway, StripeKeys
from ticketing.products.definition import Definition
from ticketing.products.service import ProductService, load_samples
from ticketing.tickets.keyring import keyring_from
from ticketing.tickets.subscriptions import subscribe

SECRET = "whsec_test"
RETURN = "https://shop.example/return"
ALL_MODES = "sample-all-modes-2"
CITY = "sample-city-24h"


def key() -> dict[str, str]:
    """A fresh Idempotency-Key."""
    return {"idempotency-key": str(uuid.uuid4())}


class Shop:
    """What a test does in a shop."""

    def __init__(
        self, engine: Engine, fake: FakeStripe, mails: Path, clock: Clock | None = None
    ) -> None:
        self.mails = mails
        self.engine = engine
        self.fake = fake
        self.clock = clock or SystemClock()
        keys = StripeKeys("sk_test_shop", SECRET, fake.url, timeout_s=10)
        self.gateway = StripeGateway(keys)
        self.desk = Desk(
            make_sessions(engine),
            self.clock,
            self.gateway,
            TicketingConfig(),
            mail=FileOutbox(mails),
            url="https://maas.example",
            staff="staff@maas.example",
        )
        self.handlers = Handlers()
        self.desk.register(self.handlers)
        subscribe(self.handlers, self.clock, self.desk.config, keyring_from({}))
        self.app = create_v1(self.desk)
        self.app.state.no_rate_limits = True
        self.client = TestClient(self.app, raise_server_exceptions=True)
        self.publish(*load_samples())

    @property
    def sessions(self):
        return self.desk.sessions

    def publish(self, *definitions: Definition) -> None:
        with self.sessions.begin() as session:
            for definition in definitions:
                ProductService(session, self.clock).publish(definition)

    def tomorrow(self, days: int = 5) -> str:
        day: date = self.clock.now().astimezone(JAPAN).date() + timedelta(days=days)
        return day.isoformat()

    def service_day(self) -> str:
        """The day that is still served now: before three in the morning it is yesterday."""
        now: datetime = self.clock.now().astimezone(JAPAN)
        return (now - timedelta(hours=3)).date().isoformat()

    def offer(self, product: str = ALL_MODES, days: int = 5, **riders: int) -> dict[str, Any]:
        item = {"product_id": product, "riders": riders or {"adult": 1}}
        if product != CITY:
            item["first_day"] = self.tomorrow(days)
        answer = self.client.post("/offers", json={"items": [item]}, headers=key())
        assert answer.status_code == 201, answer.text
        return answer.json()

    def order(self, product: str = ALL_MODES, days: int = 5, **riders: int) -> dict[str, Any]:
        answer = self.place([self.offer(product, days, **riders)["id"]])
        assert answer.status_code == 201, answer.text
        return answer.json()

    def place(self, offer_ids: list[str], **changes: Any):
        body = {
            "offer_ids": offer_ids,
            "buyer": {"email": "taro@example.jp", "name": "九州 太郎"},
            "terms_accepted": True,
        }
        return self.client.post("/orders", json=body | changes, headers=key())

    def auth(self, order: dict[str, Any]) -> dict[str, str]:
        return {"authorization": f"Bearer {order['secret']}"}

    def pay(self, order: dict[str, Any], token: str | None = "pm_card_visa", **changes: Any):
        body = {"order_id": order["id"], "method": "card", "return_url": RETURN, "token": token}
        headers = self.auth(order) | key()
        return self.client.post("/checkout", json=body | changes, headers=headers)

    def read(self, order: dict[str, Any]) -> dict[str, Any]:
        return self.client.get(f"/orders/{order['id']}", headers=self.auth(order)).json()

    def rights(self, order: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.client.get(f"/orders/{order['id']}/entitlements", headers=self.auth(order))
        return answer.json()["entitlements"]

    def bought(self, product: str = ALL_MODES, days: int = 5, **riders: int) -> dict[str, Any]:
        order = self.order(product, days, **riders)
        paid = self.pay(order)
        assert paid.json()["status"] == "succeeded", paid.text
        self.work()
        return order

    def refund(self, order: dict[str, Any], ids: list[str] | None = None, **changes: Any):
        body = {"order_id": order["id"], "entitlement_ids": ids} | changes
        return self.client.post("/refunds", json=body, headers=self.auth(order) | key())

    def confirm(self, order: dict[str, Any], refund: dict[str, Any]):
        path = f"/refunds/{refund['id']}/confirm"
        return self.client.post(path, headers=self.auth(order) | key())

    def hand(self, path: str, **form: str) -> dict[str, Any]:
        """What a buyer, a till or a bank does at the gateway."""
        answer = httpx2.post(f"{self.fake.url}/_fake/{path}", data=form)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def faults(self, **faults: Any) -> None:
        self.hand("faults", **{name: str(value) for name, value in faults.items()})

    def work(self, rounds: int = 20) -> int:
        return work_off(self.sessions, self.clock, self.handlers, rounds=rounds)

    def hurry(self) -> None:
        """Make every job that waits due."""
        with self.sessions.begin() as session:
            session.execute(text("UPDATE outbox SET run_after = created_at WHERE done_at IS NULL"))

    def messages(self) -> list[tuple[bytes, str]]:
        """Every event of the gateway so far, signed as it would send it now."""
        import json

        import stripe

        signed = []
        for event in self.fake.state.events:
            body = json.dumps(event)
            stamp = int(self.clock.now().timestamp())
            header = stripe.WebhookSignature.generate_signature_header(
                payload=body, secret=SECRET, timestamp=stamp
            )
            signed.append((body.encode(), header))
        return signed

    def deliver(self, messages: list[tuple[bytes, str]] | None = None) -> None:
        for body, header in self.messages() if messages is None else messages:
            answer = self.client.post(
                "/webhooks/stripe", content=body, headers={"stripe-signature": header}
            )
            assert answer.status_code == 200, answer.text

    def balances(self) -> dict[str, int]:
        with self.sessions() as session:
            return {k: v for k, v in Ledger(session, self.clock).balances().items() if v}

    def audit(self, *, settled: bool = True) -> list[str]:
        with self.sessions() as session:
            found = audit(session, settled=settled)
        return [f"{violation.code} {violation.what}" for violation in found]

    def sold(self, bucket: str) -> int:
        from sqlalchemy import select

        from ticketing.products.models import QuotaBucket

        with self.sessions() as session:
            found = session.scalar(select(QuotaBucket.sold).where(QuotaBucket.name == bucket))
        return found or 0

    def settle(self, seconds: float = 10.0) -> None:
        """Work until nothing is due."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.work():
            pass


@contextmanager
def open_shop(backend: str, folder: Path, clock: Clock | None = None) -> Iterator[Shop]:
    """Open a shop on a fresh database."""
    fake = FakeStripe(version=API_VERSION)
    with fresh_engine(backend, folder) as engine, fake:
        yield Shop(engine, fake, folder / "mail", clock)


def frozen(text: str) -> FrozenClock:
    """A clock that stands at this time in Japan."""
    from datetime import datetime

    return FrozenClock(datetime.fromisoformat(text).replace(tzinfo=JAPAN))
