"""`maas demo sell`: from a search to a ticket, its inspection, refunds, and balanced books."""

import base64
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
from nacl.signing import SigningKey
from rich.console import Console

from maas.adapters.product_area import operators_of, vehicle_of
from maas.cli.demo_server import DemoFailed, DemoServer
from maas.cli.ledger import journal_table
from maas.cli.words import language, say
from maas.core.clock import JAPAN, SystemClock, japan_date
from maas.core.ids import split_feed_scoped
from maas.core.money import Yen
from maas.db.session import read_session
from ticketing.audit import audit
from ticketing.inspection.coverage import Place, open_rules
from ticketing.inspection.inspect import ReaderState, inspect
from ticketing.inspection.verdict import CATALOGUE
from ticketing.ledger.service import Ledger
from ticketing.tickets.keys import Sealed, open_keys, open_revocations
from ticketing.tickets.signing import present

THREE_D_SECURE: Final = "pm_card_threeDSecure2Required"
BUYER: Final = {"email": "taro@example.jp", "name": "九州 太郎", "language": "ja"}
LATER: Final = timedelta(days=7)
"""How far ahead the second order begins: far enough for its refund."""
SCREENSHOT_AGE: Final = timedelta(minutes=5)


@dataclass
class Sale:
    """The demonstration, step by step; `failed` counts what was not as it should be."""

    server: DemoServer
    console: Console
    out: Path
    failed: int = 0
    step: int = 0
    _orders: list[str] = field(default_factory=list)

    def run(self, start: str, end: str) -> None:
        """Do everything, in the order of the issue."""
        journey, chosen = self._search(start, end)
        order, secret = self._buy(chosen, chosen["first_day"], tickets=2)
        boarding = datetime.fromisoformat(journey["startTime"])
        texts = self._tickets(order, secret)
        self._inspect(journey, texts, max(boarding, SystemClock().now()))
        self._refused(order, secret)
        self._refunded(chosen)
        self._books()

    def _title(self, key: str) -> None:
        self.step += 1
        self.console.print(f"\n[bold cyan]{self.step}  {say(f'sell.{key}')}[/]")

    def _check(self, good: bool, key: str, **parts: object) -> None:
        mark = "[green]✓[/]" if good else "[bold red]✗[/]"
        self.failed += not good
        self.console.print(f"   {mark} {say(f'sell.{key}', **parts)}", highlight=False)

    def _tell(self, text: str) -> None:
        self.console.print(f"     {text}", highlight=False)

    def _search(self, start: str, end: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the first journey that a pass covers, and the cheapest such pass."""
        self._title("search")
        tag = language()
        ends = [
            self.server.get("/api/v1/geocode", text=name, language=tag) for name in (start, end)
        ]
        for name, matches in zip((start, end), ends, strict=True):
            if not matches:
                raise DemoFailed(say("plan.unknown", text=name, names="—"))
        found = self.server.get(
            "/api/v6/plan",
            fromPlace=ends[0][0]["id"],
            toPlace=ends[1][0]["id"],
            time=SystemClock().now().isoformat(),
            searchWindow="86400",
            language=tag,
        )
        journeys = found["itineraries"]
        self._check(bool(journeys), "journeys", n=len(journeys))
        for journey in journeys:
            answer = self.server.get("/v1/passes", itineraryId=journey["id"])
            best = next((row for row in answer["passes"] if row["cheapest"]), None)
            if best is not None:
                self._show_journey(journey, answer, best)
                return journey, best
        raise DemoFailed(say("sell.no-pass"))

    def _show_journey(
        self, journey: dict[str, Any], answer: dict[str, Any], best: dict[str, Any]
    ) -> None:
        for leg in journey["legs"]:
            if "tripId" not in leg:
                continue
            begin, until = (
                datetime.fromisoformat(leg[name]).astimezone(JAPAN)
                for name in ("startTime", "endTime")
            )
            self._tell(
                f"{begin:%m-%d %H:%M} {leg['from']['name']} → {until:%H:%M} {leg['to']['name']}"
                f"   [dim]{leg['agencyName']}[/]"
            )
        fare = answer["fare"]
        if fare["total"] is None:
            self._tell(say("sell.fare-unknown", n=fare["unknown_rides"], all=fare["rides"]))
        else:
            self._tell(say("sell.fare", yen=f"{fare['total']:,}"))
        for row in answer["passes"][:4]:
            notes = [
                say(f"sell.note.{key}")
                for key in ("pay_extra", "seat_slip", "exchange")
                if row[key]
            ]
            if row["proof"] != "none":
                notes.append(say("sell.note.proof"))
            note = f"  [dim]{' · '.join(notes)}[/]" if notes else ""
            mark = "[yellow]→[/]" if row is best else " "
            self._tell(f"{mark} ¥{row['price']:>6,}  {_name(row['product'])}{note}")
        prices = [row["price"] for row in answer["passes"] if _open_to_all(row)]
        self._check(best["price"] == min(prices), "cheapest", name=_name(best["product"]))

    def _buy(
        self, chosen: dict[str, Any], first_day: str | None, *, tickets: int
    ) -> tuple[str, str]:
        """Order the pass and pay with 3-D Secure; return the order's id and secret."""
        self._title("pay")
        wish = {
            "product_id": chosen["product"]["id"],
            "riders": {"adult": tickets},
            "first_day": first_day,
        }
        offer = self.server.post("/v1/offers", {"items": [wish]})
        self._check(offer["total"] == tickets * chosen["price"], "offer", yen=f"{offer['total']:,}")
        body = {"offer_ids": [offer["id"]], "buyer": BUYER, "terms_accepted": True}
        order = self.server.post("/v1/orders", body)
        secret = order["secret"]
        payment = self.server.post(
            "/v1/checkout",
            {
                "order_id": order["id"],
                "method": "card",
                "token": THREE_D_SECURE,
                "return_url": f"{self.server.url}/",
            },
            secret,
        )
        action = (payment["next_action"] or {}).get("redirect_to_url") or {}
        self._check(payment["status"] == "requires-action" and "url" in action, "challenge")
        httpx2.post(action["url"], data={"ok": "1", "from_page": "1"})
        paid = self.server.wait(
            lambda: (
                row
                if (row := self.server.get(f"/v1/orders/{order['id']}", secret))["status"]
                == "fulfilled"
                else None
            )
        )
        self._check(paid["paid_at"] is not None, "paid", number=paid["number"])
        self._save(
            f"receipt-{len(self._orders) + 1}.pdf", f"/v1/orders/{order['id']}/receipt.pdf", secret
        )
        self._orders.append(order["id"])
        return order["id"], secret

    def _tickets(self, order: str, secret: str) -> dict[str, Any]:
        """Put one ticket on a phone and one on paper; return what both show."""
        self._title("ticket")
        phone_ticket, paper_ticket = self.server.get("/v1/tickets", secret, order=order)
        phone = SigningKey.generate()
        key = base64.b64encode(bytes(phone.verify_key)).decode()
        path = f"/v1/tickets/{phone_ticket['id']}"
        bound = self.server.post(f"{path}/activate", {"device_key": key}, secret)["signed"]["text"]
        path = f"/v1/tickets/{paper_ticket['id']}"
        paper = self.server.post(f"{path}/activate", {}, secret)["signed"]["text"]
        self._save("ticket.png", f"{path}/code.png", secret)
        self._save("ticket.pdf", f"{path}/paper.pdf", secret)
        return {"phone": phone, "bound": bound, "paper": paper}

    def _save(self, name: str, path: str, secret: str) -> None:
        content = self.server.file(path, secret)
        (self.out / name).write_bytes(content)
        good = content.startswith((b"%PDF", b"\x89PNG")) and len(content) > 500
        self._check(good, "saved", file=self.out / name, size=f"{len(content):,}")

    def _inspect(self, journey: dict[str, Any], texts: dict[str, Any], at: datetime) -> None:
        """Judge the codes with what a reader downloaded before; the server is not asked again."""
        self._title("inspect")
        reader, place = self._reader(), self._place(journey)
        live = present(texts["bound"], texts["phone"], at)
        self._check(len(live) <= 300, "characters", n=len(live))
        forged = texts["paper"][:40] + ("A" if texts["paper"][40] != "A" else "B")
        forged += texts["paper"][41:]
        expected = (
            ("live", live, at, "valid"),
            ("paper", texts["paper"], at, "valid-check-identity"),
            ("screenshot", live, at + SCREENSHOT_AGE, "screenshot"),
            ("forged", forged, at, "bad-signature"),
        )
        for name, text, moment, reason in expected:
            verdict = inspect(text, moment, place, reader)
            words = CATALOGUE[verdict.reason]
            said = words.ja if language() == "ja" else words.en
            self._check(
                verdict.reason == reason, "verdict", what=say(f"sell.code.{name}"), said=said
            )

    def _reader(self) -> ReaderState:
        told, now = self.server.get("/v1/keys"), SystemClock().now()
        keys = open_keys(Sealed.from_json(told["keys"]), base64.b64decode(told["root"]))
        return ReaderState(
            keys=keys,
            revoked=open_revocations(Sealed.from_json(told["revocations"]), keys, now),
            rules=open_rules(Sealed.from_json(told["rules"]), keys, now),
            seen={},
            clock_checked=now,
            test=told["test"],
        )

    def _place(self, journey: dict[str, Any]) -> Place:
        """Return where the conductor of the first ride stands."""
        network = self.server.holder.current().network
        leg = next(leg for leg in journey["legs"] if "tripId" in leg)
        route = network.routes.id.tolist().index(leg["routeId"])
        mode, kind = vehicle_of(network, route)
        tag, own = split_feed_scoped(leg["routeId"])
        names = operators_of(tag)
        return Place(names[0], own, mode.value if mode else "", kind.value if kind else "")

    def _refused(self, order: str, secret: str) -> None:
        self._title("refused")
        answer = self.server.try_post("/v1/refunds", {"order_id": order}, secret)
        problem = answer.json()
        refused = answer.status_code == 409 and problem.get("reason") == "used"
        self._check(refused, "refusal", why=problem.get("detail", ""))

    def _refunded(self, chosen: dict[str, Any]) -> None:
        """Buy again for a later day, and give it back."""
        first = chosen["first_day"]
        if first is not None:
            later = japan_date(SystemClock()) + LATER
            first = later.isoformat()
        order, secret = self._buy(chosen, first, tickets=1)
        self._title("refund")
        offer = self.server.post("/v1/refunds", {"order_id": order}, secret)
        item = offer["quote"]["items"][0]
        why = item["ja"] if language() == "ja" else item["en"]
        fee, amount = f"{offer['fee']:,}", f"{offer['amount']:,}"
        whole = offer["gross"] == chosen["price"] == offer["amount"] + offer["fee"]
        self._check(whole, "refund-offer", yen=amount, fee=fee, why=why)
        self.server.post(f"/v1/refunds/{offer['id']}/confirm", {}, secret)
        row = self.server.wait(
            lambda: (
                row
                if (row := self.server.get(f"/v1/refunds/{offer['id']}", secret))["status"]
                == "succeeded"
                else None
            )
        )
        self._check(row["amount"] == offer["amount"], "refund-paid", yen=amount)
        self._save("return-invoice.pdf", f"/v1/refunds/{offer['id']}/invoice.pdf", secret)

    def _books(self) -> None:
        self._title("books")
        with read_session(self.server.trade.sessions) as session:
            books = Ledger(session, SystemClock())
            self.console.print(journal_table(books.journal()))
            balances = books.balances()
            violations = audit(session)
        for account, amount in balances.items():
            self._tell(f"{account:28} {amount:>14,}")
        total = Yen(sum(balances.values()))
        self._check(total == 0, "balanced", yen=f"{total:,}")
        self._check(not violations, "audit", n=len(violations))


def run_sale(network: Path, out: Path, console: Console, start: str, end: str) -> int:
    """Run the demonstration on fresh books; return how many things were not as they should be."""
    out.mkdir(parents=True, exist_ok=True)
    failed = 0
    try:
        with (
            tempfile.TemporaryDirectory(prefix="maas-sell-") as folder,
            DemoServer(network, Path(folder)) as server,
        ):
            sale = Sale(server, console, out)
            try:
                sale.run(start, end)
            finally:
                failed = sale.failed
    except DemoFailed as error:
        console.print(f"   [bold red]✗[/] {error}", highlight=False)
        return failed + 1
    return failed


def _open_to_all(row: dict[str, Any]) -> bool:
    return not row["pay_extra"] and row["proof"] == "none"


def _name(product: dict[str, Any]) -> str:
    return str(product["name"][language()])
