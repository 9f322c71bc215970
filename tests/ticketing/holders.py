"""Who deals with tickets in tests: a shop, a holder's phone and an inspector's device."""

import base64
import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

from nacl.signing import SigningKey
from starlette.testclient import TestClient

from maas.core.clock import FrozenClock
from maas.db.session import Sessions
from maas.rest.principal import new_access_key
from ticketing.config import TicketingConfig
from ticketing.inspection.coverage import Place
from ticketing.offers.service import OfferService, Wish
from ticketing.orders.service import Buyer, OrderService
from ticketing.products.definition import Definition, RiderCategory
from ticketing.products.service import ProductService, load_samples
from ticketing.tickets.entitlements import EntitlementService
from ticketing.tickets.keyring import demo_keyring
from ticketing.tickets.models import Entitlement, EntitlementStatus
from ticketing.tickets.service import TicketService

# Tuesday 2026-12-01 09:00 in Japan.
MORNING = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
CONFIG = TicketingConfig()
SAMPLES = {definition.id: definition for definition in load_samples()}
BUS_PASS = SAMPLES["sample-bus-pass-all-3"]


def place_of(definition: Definition) -> Place:
    """Somewhere the product is good: what its first rule asks for."""
    rule = definition.area.covers[0]
    return Place(
        rule.operators[0] if rule.operators else "any",
        rule.routes[0] if rule.routes else "",
        rule.modes[0].value if rule.modes else "",
        rule.classes[0].value if rule.classes else "",
    )


class Shop:
    """Sells products without a payment: what is tested here begins when the money is in."""

    def __init__(self, sessions: Sessions, clock: FrozenClock) -> None:
        self.sessions, self.clock = sessions, clock

    def sell(self, definition: Definition, **riders: int) -> tuple[str, list[str], str]:
        with self.sessions.begin() as session:
            ProductService(session, self.clock).publish(definition)
            wish = Wish(
                definition.id,
                {RiderCategory(name): number for name, number in riders.items()}
                or {RiderCategory.ADULT: 1},
                MORNING.date() if definition.start == "chosen-day" else None,
            )
            offer = OfferService(session, self.clock, CONFIG).make([wish])
            orders = OrderService(session, self.clock, CONFIG)
            order, secret = orders.place(
                [offer.id], Buyer("a@example.com", "ja"), terms_accepted=True
            )
            orders.mark_paid(order)
            entitlements = EntitlementService(session, self.clock, CONFIG).issue(order.id)
            return str(order.id), [str(row.id) for row in entitlements], secret

    def end(self, ticket: str) -> None:
        with self.sessions.begin() as session:
            row = session.get_one(Entitlement, UUID(ticket))
            EntitlementService(session, self.clock, CONFIG).end(
                row, EntitlementStatus.REFUNDED, "refund"
            )
            TicketService(session, self.clock, CONFIG, demo_keyring()).end(row.id, "refund")


class Phone:
    """A holder's phone: a key of its own, and the secret of the order or of the handover."""

    def __init__(self, client: TestClient, secret: str) -> None:
        self.client, self.secret = client, secret
        self.key = SigningKey(uuid4().bytes + uuid4().bytes)

    @property
    def public(self) -> str:
        return base64.b64encode(bytes(self.key.verify_key)).decode()

    def get(self, path: str):
        return self.client.get(path, headers={"authorization": f"Bearer {self.secret}"})

    def post(self, path: str, body: object):
        headers = {"authorization": f"Bearer {self.secret}", "idempotency-key": uuid4().hex}
        return self.client.post(path, json=body, headers=headers)

    def activate(self, ticket: str):
        return self.post(f"/v1/tickets/{ticket}/activate", {"device_key": self.public})


class Device:
    """An inspector's device with a key of its operator."""

    def __init__(self, client: TestClient, sessions: Sessions, operator: str, *rights: str) -> None:
        secret, row = new_access_key(
            f"device-{operator}", list(rights or ["inspect"]), MORNING, operator_id=operator
        )
        with sessions.begin() as session:
            session.add(row)
        self.client, self.headers = client, {"authorization": f"Bearer {secret}"}

    def post(self, path: str, body: object):
        # As a browser writes it: half of an emoji becomes an escape.
        headers = {"idempotency-key": uuid4().hex, "content-type": "application/json"}
        return self.client.post(path, content=json.dumps(body), headers=self.headers | headers)

    def scan(
        self, text: str, at: datetime, verdict: str = "", nonce: str = ""
    ) -> dict[str, object]:
        place = place_of(BUS_PASS)
        return {
            "nonce": nonce or uuid4().hex,
            "text": text,
            "scanned_at": at.isoformat(),
            "place": {
                "route": place.route,
                "mode": place.mode,
                "vehicle_class": place.vehicle_class,
            },
            "device_verdict": verdict,
        }
