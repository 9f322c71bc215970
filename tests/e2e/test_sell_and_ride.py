"""One server, as it is started: buy with 3-D Secure, activate, be inspected, refund, and audit."""

import base64
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
import uvicorn
from nacl.signing import SigningKey
from sqlalchemy.orm import Session

from maas.app import create_app
from maas.core.clock import SystemClock
from maas.core.errors import MaasError
from maas.rest.principal import new_access_key
from maas.settings import Settings
from maas.trade import Trade, TradeMisconfigured, open_trade
from maas.wiring import NoNetwork, Served
from ticketing.audit import audit
from ticketing.tickets.signing import present


def no_network() -> Served:
    raise NoNetwork("This server only sells.")


class House:
    """A running server with its own database."""

    def __init__(self, folder: Path) -> None:
        import socket

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = Settings(data_dir=folder, port=port, database="", stripe_key="")
        self.trade: Trade = open_trade(settings, SystemClock(), environment={})
        app = create_app(no_network, settings, trade=self.trade)
        self.server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{port}/v1", timeout=20)
        for _ in range(200):
            try:
                self.client.get("/keys")
                return
            except httpx2.TransportError:
                time.sleep(0.05)
        raise TimeoutError("the server did not start")

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(20)
        self.client.close()

    def post(self, path: str, body: object, secret: str = "") -> httpx2.Response:
        headers = {"idempotency-key": uuid4().hex}
        if secret:
            headers["authorization"] = f"Bearer {secret}"
        return self.client.post(path, json=body, headers=headers)

    def get(self, path: str, secret: str) -> httpx2.Response:
        return self.client.get(path, headers={"authorization": f"Bearer {secret}"})

    def until(self, path: str, secret: str, what) -> dict:
        """Ask until the answer is as wanted: webhooks and the outbox need a moment."""
        for _ in range(200):
            answer = self.get(path, secret).json()
            if what(answer):
                return answer
            time.sleep(0.05)
        raise AssertionError(answer)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.stop()


def buy(house: House, product: str = "sample-city-24h") -> tuple[str, str]:
    offer = house.post(
        "/offers", {"items": [{"product_id": product, "riders": {"adult": 1}}]}
    ).json()
    buyer = {"email": "taro@example.jp", "name": "九州 太郎"}
    order = house.post(
        "/orders", {"offer_ids": [offer["id"]], "buyer": buyer, "terms_accepted": True}
    ).json()
    paid = house.post(
        "/checkout",
        {
            "order_id": order["id"],
            "method": "card",
            "return_url": "https://shop.example/back",
            "token": "pm_card_visa",
        },
        order["secret"],
    )
    assert paid.status_code == 201, paid.text
    house.until(f"/orders/{order['id']}", order["secret"], lambda row: row["status"] == "fulfilled")
    return order["id"], order["secret"]


def test_from_payment_to_inspection_and_refund(house: House) -> None:
    order, secret = buy(house)
    ((ticket,),) = [house.get(f"/tickets?order={order}", secret).json()]
    phone = SigningKey.generate()
    device_key = base64.b64encode(bytes(phone.verify_key)).decode()
    active = house.post(
        f"/tickets/{ticket['id']}/activate", {"device_key": device_key}, secret
    ).json()
    inspector, row = new_access_key(
        "gate-1", ["inspect"], SystemClock().now(), operator_id="op-anybody"
    )
    with house.trade.sessions.begin() as session:
        session.add(row)

    live = present(active["signed"]["text"], phone, SystemClock().now())
    scan = {"nonce": uuid4().hex, "text": live, "scanned_at": SystemClock().now().isoformat()}
    verdict = house.post("/inspections", scan, inspector).json()

    # Correctly issued and known; the place is none of the product's, and that is said.
    assert verdict["reason"] == "not-here"
    refused = house.post("/refunds", {"order_id": order}, secret)
    assert refused.status_code == 409, refused.text


def test_a_refund_over_http_leaves_balanced_books(house: House) -> None:
    order, secret = buy(house)
    offer = house.post("/refunds", {"order_id": order}, secret)
    assert offer.status_code == 201, offer.text
    refund = offer.json()
    confirmed = house.post(f"/refunds/{refund['id']}/confirm", {}, secret)
    assert confirmed.is_success, confirmed.text

    house.until(f"/orders/{order}", secret, lambda row: row["status"] == "refunded")

    with Session(house.trade.engine) as session:
        assert audit(session) == []


def test_live_money_is_not_taken_with_the_demos_keys(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, stripe_key="sk_live_x", database="")

    with pytest.raises(TradeMisconfigured):
        open_trade(settings, SystemClock(), environment={})
    assert issubclass(TradeMisconfigured, MaasError)
