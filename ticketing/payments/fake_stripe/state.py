"""What the fake remembers: objects, events, answers to idempotency keys. One lock guards all."""

import copy
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from ticketing.payments.fake_stripe.errors import missing
from ticketing.payments.fake_stripe.moment import unix_now

Thing = dict[str, Any]


def new_id(prefix: str) -> str:
    """Return a fresh id in Stripe's shape."""
    return prefix + secrets.token_hex(12)


@dataclass(slots=True)
class Faults:
    """How the fake misbehaves; every field may be set over HTTP while it runs."""

    lose_answers: int = 0
    """So many calls that change something take effect and answer 500."""
    keep_500: int = 0
    """So many calls take effect, answer 500, and repeat that 500 for their key."""
    unavailable: int = 0
    """So many calls answer 503 and do nothing."""
    latency_s: float = 0.0
    webhook_copies: int = 1
    """How often each event is delivered."""
    webhook_delay_s: float = 0.0
    webhook_shuffle: bool = False
    """Whether events that wait are delivered newest first."""
    webhook_first_fail: int = 0
    """So many deliveries are treated as failed although they arrived, and so repeated."""
    webhook_drop: bool = False
    """Whether events are never delivered."""
    refund_fails: int = 0
    """So many refunds end as failed, some time after they were taken."""


@dataclass(slots=True)
class State:
    """All objects of one fake account."""

    things: dict[str, Thing] = field(default_factory=dict)
    events: list[Thing] = field(default_factory=list)
    outgoing: list[Thing] = field(default_factory=list)
    answers: dict[str, tuple[str, int, bytes]] = field(default_factory=dict)
    at_work: set[str] = field(default_factory=set)
    faults: Faults = field(default_factory=Faults)
    calls: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    api_version: str = ""
    base_url: str = ""
    """Where the pages of the fake are."""

    def add(self, thing: Thing) -> Thing:
        """Keep an object and return it."""
        self.things[thing["id"]] = thing
        return thing

    def get(self, thing_id: Any, kind: str) -> Thing:
        """
        Return an object of this kind.

        Raises:
            Refusal: There is none (404).

        """
        thing = self.things.get(str(thing_id))
        if thing is None or thing["object"] != kind:
            raise missing(str(thing_id))
        return thing

    def of_kind(self, kind: str) -> list[Thing]:
        """Return all objects of a kind, newest first, as Stripe lists them."""
        return [thing for thing in reversed(self.things.values()) if thing["object"] == kind]

    def emit(self, kind: str, thing: Thing) -> None:
        """Write an event with the object as it is now, and queue its delivery."""
        event = {
            "id": new_id("evt_"),
            "object": "event",
            "api_version": self.api_version,
            "created": unix_now(),
            "data": {"object": copy.deepcopy(thing)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self.events.append(event)
        self.outgoing.append(event)

    def pay_out(self) -> Thing:
        """Send the whole balance to the bank."""
        balance = sum(line["net"] for line in self.of_kind("balance_transaction"))
        return self.move_money("payout", new_id("po_"), -balance)

    def move_money(self, kind: str, source: str, amount: int, fee: int = 0) -> Thing:
        """Write a line of the account."""
        now = unix_now()
        return self.add(
            {
                "id": new_id("txn_"),
                "object": "balance_transaction",
                "amount": amount,
                "available_on": now,
                "created": now,
                "currency": "jpy",
                "description": None,
                "exchange_rate": None,
                "fee": fee,
                "fee_details": [],
                "net": amount - fee,
                "reporting_category": kind,
                "source": source,
                "status": "available",
                "type": kind,
            }
        )
