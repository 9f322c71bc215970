"""Buyers who never give up: every step is tried again with its key until there is an answer."""

import base64
import random
import time
import uuid
from datetime import timedelta

import httpx2
from nacl.signing import SigningKey

from maas.core.clock import JAPAN, SystemClock
from tests.support.shop import ALL_MODES, CITY

PATIENCE_S = 240.0


class Buyer:
    """One purchase, from the offer to the ticket, perhaps with a refund."""

    def __init__(self, seed: int, api: str, stripe_url: str) -> None:
        self.random = random.Random(seed)
        self.http = httpx2.Client(base_url=api, timeout=10)
        self.stripe = httpx2.Client(base_url=stripe_url, timeout=10)
        self.order: dict | None = None
        self.trouble: list[str] = []

    def insist(self, method: str, path: str, body=None, auth=None) -> httpx2.Response:
        """Send until somebody answers; refused connections, 409 in progress and 5xx are tried on."""
        headers = {"idempotency-key": str(uuid.uuid4())} | (auth or {})
        deadline = time.monotonic() + PATIENCE_S
        last = "no answer"
        while time.monotonic() < deadline:
            try:
                answer = self.http.request(method, path, json=body, headers=headers)
            except httpx2.TransportError as error:
                last = type(error).__name__
            else:
                last = f"{answer.status_code} {answer.text[:200]}"
                waits = answer.status_code == 409 and "in-progress" in answer.text
                if answer.status_code == 500:
                    self.trouble.append(f"{path}: {last}")
                if answer.status_code < 500 and not waits:
                    return answer
            time.sleep(0.03)
        raise TimeoutError(f"{method} {path}: {last}")

    def by_hand(self, path: str, **form: str) -> None:
        self.stripe.post(f"/_fake/{path}", data=form)

    def buy(self) -> str:
        """Buy; return how it ended."""
        try:
            return self._buy()
        finally:
            self.http.close()
            self.stripe.close()

    def _buy(self) -> str:
        day = (SystemClock().now().astimezone(JAPAN).date() + timedelta(days=9)).isoformat()
        item = self.random.choice(
            [
                {"product_id": CITY, "riders": {"adult": 2}},
                {"product_id": ALL_MODES, "riders": {"adult": 1, "child": 1}, "first_day": day},
            ]
        )
        offer = self.insist("POST", "/offers", {"items": [item]}).json()
        body = {
            "offer_ids": [offer["id"]],
            "buyer": {"email": "a@example.jp"},
            "terms_accepted": True,
        }
        answer = self.insist("POST", "/orders", body)
        if answer.status_code != 201:
            return f"not ordered: {answer.json()['code']}"
        self.order = answer.json()
        auth = {"authorization": f"Bearer {self.order['secret']}"}
        self._pay(auth)
        if not self._wait(auth, {"fulfilled"}):
            return "not fulfilled"
        if self.random.random() < 0.5:
            self._activate(auth)
        if self.random.random() < 0.5:
            return self._refund(auth)
        return "fulfilled"

    def _activate(self, auth: dict[str, str]) -> None:
        """Have the first ticket signed for a phone; a step like the others, tried until it is."""
        tickets = self.insist("GET", f"/tickets?order={self.order['id']}", auth=auth).json()
        phone = SigningKey(self.random.randbytes(32))
        body = {"device_key": base64.b64encode(bytes(phone.verify_key)).decode()}
        answer = self.insist("POST", f"/tickets/{tickets[0]['id']}/activate", body, auth)
        if answer.status_code != 200 or not answer.json()["signed"]:
            self.trouble.append(f"not signed: {answer.status_code} {answer.text[:200]}")

    def _pay(self, auth: dict[str, str]) -> None:
        way = self.random.choice(["card", "3ds", "konbini", "checkout"])
        body = {"order_id": self.order["id"], "return_url": "https://a.example/"}
        if way in {"card", "3ds"}:
            token = "pm_card_visa" if way == "card" else "pm_card_threeDSecure2Required"
            body |= {"method": "card", "token": token}
        else:
            body["method"] = way
        payment = self.insist("POST", "/checkout", body, auth).json()
        if way == "3ds":
            self.by_hand(f"3ds/{payment['client_secret'].split('_secret')[0]}")
        elif way == "konbini":
            self.by_hand(f"till/{payment['client_secret'].split('_secret')[0]}")
        elif way == "checkout" and payment["next_action"]:
            page = payment["next_action"]["redirect_to_url"]["url"].rsplit("/", 1)[-1]
            self.by_hand(f"checkout/{page}")

    def _wait(self, auth: dict[str, str], states: set[str]) -> bool:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            order = self.insist("GET", f"/orders/{self.order['id']}", auth=auth).json()
            if order["status"] in states:
                return True
            time.sleep(0.05)
        return False

    def _refund(self, auth: dict[str, str]) -> str:
        rights = self.insist("GET", f"/orders/{self.order['id']}/entitlements", auth=auth).json()
        ids = [right["id"] for right in rights["entitlements"]]
        chosen = ids if self.random.random() < 0.5 else ids[:1]
        body = {"order_id": self.order["id"], "entitlement_ids": chosen}
        offered = self.insist("POST", "/refunds", body, auth)
        if offered.status_code != 201:
            return f"refund refused: {offered.json().get('reason')}"
        self.insist("POST", f"/refunds/{offered.json()['id']}/confirm", None, auth)
        return "refunded" if len(chosen) == len(ids) else "partly refunded"
