"""
Every endpoint of both OpenAPI documents is called with what schemathesis makes of them.

Whatever is sent, by nobody, a buyer, or staff with every right, to things that exist or do not: the
answer is never a fault of ours. Seeded; `MAAS_FUZZ_EXAMPLES=200` looks longer (3 by default).
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from maas.adapters.singles import SingleFares
from maas.app import create_app
from maas.core.clock import SystemClock
from maas.db.outbox import work_off
from maas.rest.principal import new_access_key
from maas.settings import Settings
from maas.trade import Trade, open_trade
from tests.support.database import sqlite_url
from tests.support.feed_text import SMALL
from tests.support.served import served_of
from tests.support.shop import ALL_MODES, RETURN, key

EXAMPLES = int(os.environ.get("MAAS_FUZZ_EXAMPLES", "3"))
RIGHTS = [
    "orders:read",
    "orders:write",
    "refunds:write",
    "inspect",
    "inspect:cases",
    "tickets:read",
    "tickets:reissue",
    "partner",
    "registry:read",
    "registry:write",
    "settlement:read",
    "settlement:close",
    "council",
]


class World:
    """A service with one of everything, and who may call it."""

    def __init__(self, folder: Path) -> None:
        served = served_of(SMALL)
        settings_ = Settings(
            data_dir=folder, database=sqlite_url(folder), stripe_key="", run_jobs=False
        )
        self.trade: Trade = open_trade(settings_, SystemClock(), environment={})
        self.trade.desk.fares = SingleFares(lambda: served, self.trade.sessions)
        self.trade.start("http://127.0.0.1:9")
        self.app = create_app(lambda: served, settings_, trade=self.trade)
        for route in self.app.routes:
            inner = getattr(route, "app", None)
            if isinstance(inner, FastAPI):
                inner.state.no_rate_limits = True
        self.client = TestClient(self.app, raise_server_exceptions=False)
        now = SystemClock().now()
        self.staff, row = new_access_key("fuzz", RIGHTS, now, operator_id="op-fuzz")
        with self.trade.sessions.begin() as session:
            session.add(row)
        self.real: dict[str, list[str]] = {"product_id": [ALL_MODES], "version": ["1"]}
        self.buyer = self._buy()

    def _buy(self) -> str:
        """Buy something, so that there is an order, a payment, a ticket and a refund offer."""
        post = self.client.post
        item = {"product_id": "sample-city-24h", "riders": {"adult": 2}}
        offer = post("/v1/offers", json={"items": [item]}, headers=key()).json()
        body = {
            "offer_ids": [offer["id"]],
            "buyer": {"email": "taro@example.jp"},
            "terms_accepted": True,
        }
        order = post("/v1/orders", json=body, headers=key()).json()
        auth = {"authorization": f"Bearer {order['secret']}"}
        pay = {
            "order_id": order["id"],
            "method": "card",
            "return_url": RETURN,
            "token": "pm_card_visa",
        }
        payment = post("/v1/checkout", json=pay, headers=auth | key()).json()
        self.work()
        ticket = self.client.get(f"/v1/tickets?order={order['id']}", headers=auth).json()[0]
        refund = post("/v1/refunds", json={"order_id": order["id"]}, headers=auth | key()).json()
        self.real |= {
            "offer_id": [offer["id"]],
            "order_id": [order["id"]],
            "payment_id": [payment["id"]],
            "ticket_id": [ticket["id"]],
            "entitlement_id": [ticket["id"]],
            "refund_id": [refund["id"]],
            "order": [order["id"]],
            "packageId": [order["id"]],
            "offerId": [offer["id"]],
            "stopId": ["test_s1"],
            "fromPlace": ["test_s1"],
            "toPlace": ["test_s3"],
        }
        return str(order["secret"])

    def work(self) -> None:
        work_off(self.trade.sessions, SystemClock(), self.trade.handlers, rounds=3)

    def call(self, prefix: str, case: Any, who: str, *, real: bool) -> Any:
        """Send a case as this caller; with `real`, ids name things that exist."""
        for part in (case.path_parameters, case.query) if real else ():
            for name in part or {}:
                if name in self.real:
                    part[name] = self.real[name][0]
        headers = {"authorization": f"Bearer {getattr(self, who)}"} if who != "nobody" else {}
        return send(self.client, prefix, case, headers | (key() if real else {}))


def send(client: TestClient, prefix: str, case: Any, headers: dict[str, str]) -> Any:
    sent = case.as_transport_kwargs(base_url=f"http://testserver{prefix}")
    made = {name: value for name, value in sent["headers"].items() if name != "User-Agent"}
    sent["headers"] = made | headers
    cookies = "; ".join(
        f"{name}={value}" for name, value in (sent.pop("cookies", None) or {}).items()
    )
    if cookies:
        sent["headers"]["cookie"] = cookies.encode()
    if "data" in sent:
        sent["content"] = sent.pop("data")
    return client.request(**{name: value for name, value in sent.items() if value is not None})


Call = Callable[[Any, str, bool], Any]


def fuzz(document: dict[str, Any], call: Call) -> int:
    """Call every operation of a document some times; return how many calls were answered."""
    calls = 0
    schema = schemathesis.openapi.from_dict(document)
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=operation.as_strategy(),
            who=st.sampled_from(["staff", "buyer", "nobody"]),
            real=st.booleans(),
        )
        def run(case: Any, who: str, real: bool) -> None:
            nonlocal calls
            answer = call(case, who, real)
            calls += 1
            told = f"{case.method} {case.path}: {answer.status_code} {answer.text[:300]}"
            # 503 is an answer: what is asked for is switched off here.
            assert answer.status_code < 500 or answer.status_code == 503, told

        run()
    return calls


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("fuzz"))
    yield made
    made.trade.stop()


@pytest.mark.parametrize("prefix", ["/v1", ""])
def test_no_request_is_answered_with_a_fault_of_ours(world: World, prefix: str) -> None:
    document = world.client.get(f"{prefix}/openapi.json").json()

    calls = fuzz(document, lambda case, who, real: world.call(prefix, case, who, real=real))

    assert calls >= len(document["paths"])


def test_the_fuzz_finds_a_fault_where_there_is_one() -> None:
    broken = FastAPI()

    @broken.get("/broken")
    def fail(number: int) -> float:
        return 1 / (number - number)

    client = TestClient(broken, raise_server_exceptions=False)
    with pytest.raises(AssertionError, match="GET /broken: 500"):
        fuzz(broken.openapi(), lambda case, _who, _real: send(client, "", case, {}))
