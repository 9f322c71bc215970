"""The HTTP server: Stripe's paths, and `/_fake/…` for what a buyer, a till or a bank does."""

import hashlib
import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import urlsplit

from ticketing.payments.fake_stripe import checkout, intents, pages, refunds
from ticketing.payments.fake_stripe.delivery import Delivery
from ticketing.payments.fake_stripe.errors import Refusal, invalid, missing
from ticketing.payments.fake_stripe.params import check, tree
from ticketing.payments.fake_stripe.state import Faults, State, Thing, new_id

LARGEST_BODY: Final = 1_000_000
OUTAGE: Final = b'{"error": {"type": "api_error", "message": "An error occurred."}}'


class FakeStripe:
    """
    A fake Stripe account on `http://127.0.0.1:<port>`.

    Use it as a context manager, or `start` and `stop` it. `webhook_url` may be set later; events
    wait until then.
    """

    def __init__(
        self, *, port: int = 0, webhook_url: str = "", webhook_secret: str = "", version: str = ""
    ) -> None:
        self.state = State(api_version=version)
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self.state.base_url = self.url
        self._thread: threading.Thread | None = None
        self._delivery: Delivery | None = None
        if webhook_url:
            self.deliver_to(webhook_url, webhook_secret)

    @property
    def url(self) -> str:
        """Where the SDK finds it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def deliveries(self) -> list[tuple[str, str, int]]:
        """Every delivery of a webhook so far: event id, type, status."""
        return [] if self._delivery is None else self._delivery.log

    def deliver_to(self, url: str, secret: str) -> None:
        """Send events to this address from now on."""
        if self._delivery is not None:
            self._delivery.stop()
        self._delivery = Delivery(self.state, url, secret)
        self._delivery.start()

    def start(self) -> None:
        """Start to answer."""
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="fake-stripe", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and delivering."""
        if self._delivery is not None:
            self._delivery.stop()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def answer(self, method: str, path: str, query: str, body: str) -> Any:
        """Answer one call; the lock is held, so calls happen one after the other."""
        parts = [part for part in path.split("/") if part]
        if parts[:1] == ["_fake"]:
            return _by_hand(self.state, parts[1:], tree(body))
        if parts[:1] != ["v1"]:
            raise Refusal(404, "invalid_request_error", f"Unrecognized request URL ({path}).")
        given = tree(query if method == "GET" else body)
        return _route(self.state, method, parts[1:], given)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers that hang up, as killed ones do; tell everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _route(state: State, method: str, parts: list[str], given: Thing) -> Any:
    posts: dict[tuple[str, ...], Callable[[], Any]] = {
        ("payment_intents",): lambda: intents.create(state, given),
        ("payment_intents", "*", "confirm"): lambda: intents.confirm(state, parts[1], given),
        ("payment_intents", "*", "cancel"): lambda: intents.cancel(state, parts[1], given),
        ("refunds",): lambda: refunds.create(state, given),
        ("checkout", "sessions"): lambda: checkout.create(state, given),
        ("checkout", "sessions", "*", "expire"): lambda: checkout.expire(state, parts[2], given),
        ("disputes", "*", "close"): lambda: refunds.accept_dispute(state, parts[1], given),
    }
    gets: dict[tuple[str, ...], Callable[[], Any]] = {
        ("payment_intents",): lambda: _listed(state, "payment_intent", parts, given),
        ("refunds",): lambda: _listed(state, "refund", parts, given),
        ("balance_transactions",): lambda: _listed(state, "balance_transaction", parts, given),
        ("events",): lambda: refunds.listing("/v1/events", state.events[::-1]),
        ("payment_intents", "*"): lambda: state.get(parts[1], "payment_intent"),
        ("charges", "*"): lambda: state.get(parts[1], "charge"),
        ("refunds", "*"): lambda: state.get(parts[1], "refund"),
        ("disputes", "*"): lambda: state.get(parts[1], "dispute"),
        ("balance_transactions", "*"): lambda: state.get(parts[1], "balance_transaction"),
        ("checkout", "sessions", "*"): lambda: checkout.read(state, parts[2]),
    }
    table = posts if method == "POST" else gets
    for pattern, act in table.items():
        if len(pattern) == len(parts) and all(
            want in ("*", part) for want, part in zip(pattern, parts, strict=True)
        ):
            return act()
    raise Refusal(
        404,
        "invalid_request_error",
        f"Unrecognized request URL ({method}: /v1/{'/'.join(parts)}).",
    )


def _listed(state: State, kind: str, parts: list[str], given: Thing) -> Thing:
    check(f"{parts[0]}.list", given)
    since = int((given.get("created") or {}).get("gte", 0)) if given.get("created") else 0
    rows = [row for row in state.of_kind(kind) if row["created"] >= since]
    if given.get("payment_intent"):
        rows = [row for row in rows if row["payment_intent"] == given["payment_intent"]]
    after = given.get("starting_after")
    if after:
        ids = [row["id"] for row in rows]
        rows = rows[ids.index(after) + 1 :] if after in ids else []
    if "data.source" in (given.get("expand") or {}).values():
        rows = [row | {"source": state.things.get(row["source"], row["source"])} for row in rows]
    limit = int(given.get("limit", 10))
    page = refunds.listing(f"/v1/{parts[0]}", rows[:limit])
    page["has_more"] = len(rows) > limit
    return page


def _by_hand(state: State, parts: list[str], given: Thing) -> Any:
    """Do what a person, a till or a bank does."""
    if parts == ["faults"]:
        _set_faults(state.faults, given)
        return asdict(state.faults)
    if parts == ["calls"]:
        return {"calls": state.calls}
    if parts == ["payout"]:
        return state.pay_out()
    if len(parts) != 2:
        raise missing("/".join(parts))
    what, thing_id = parts
    if what == "3ds":
        intent = state.get(thing_id, "payment_intent")
        if intent["status"] != "requires_action":
            raise invalid("There is nothing to authenticate.")
        if given.get("ok") == "0":
            return intents.fail(state, intent, "payment_intent_authentication_failure")
        intents.take(state, intent)
        page = checkout.of_intent(state, intent)
        if page is not None:
            checkout.complete(state, page)
        return intent
    if what == "till":
        intent = state.get(thing_id, "payment_intent")
        if intent["status"] != "requires_action":
            raise invalid("The voucher is not open.")
        if given.get("ok") == "0":
            return intents.fail(state, intent, "payment_intent_payment_attempt_expired")
        return intents.take(state, intent)
    if what == "checkout":
        page = state.get(thing_id, "checkout.session")
        return checkout.pay(state, page, str(given.get("method", "pm_card_visa")))
    if what == "confirm":  # what the browser does with the client secret
        return intents.confirm(state, thing_id, given)
    if what == "refund":
        refund = state.get(thing_id, "refund")
        if given.get("ok") == "0":
            refunds.fail(state, refund)
        else:
            refunds.settle(state, refund)
        return refund
    if what == "dispute":
        intent = state.get(thing_id, "payment_intent")
        charge = state.get(intent["latest_charge"], "charge")
        return refunds.open_dispute(state, charge, str(given.get("reason", "fraudulent")))
    if what == "decide":
        dispute = state.get(thing_id, "dispute")
        return refunds.close_dispute(state, dispute, won=given.get("won") == "1")
    raise missing("/".join(parts))


def _set_faults(faults: Faults, given: Thing) -> None:
    for known in fields(faults):
        if known.name in given:
            value = str(given[known.name])
            kind = type(getattr(faults, known.name))
            setattr(faults, known.name, value in {"1", "true"} if kind is bool else kind(value))


def _handler(fake: FakeStripe) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "fake-stripe"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:  # the library's name
            self._respond("GET")

        def do_POST(self) -> None:  # the library's name
            self._respond("POST")

        def log_message(self, *_args: object) -> None:
            """Say nothing: the caller has its own log."""

        def _respond(self, method: str) -> None:
            if method == "GET" and self.path.startswith("/_fake/"):
                page = pages.page(fake.state, self.path)
                if page is not None:
                    self._send(200, page, "text/html; charset=utf-8")
                    return
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(min(length, LARGEST_BODY)).decode("utf-8", "replace")
            status, said = _answer(fake, method, self.path, body, dict(self.headers))
            back = pages.way_back(fake.state, self.path, body) if status == 200 else ""
            if back:
                self.send_response(303)
                self.send_header("location", back)
                self.send_header("content-length", "0")
                self.end_headers()
                return
            self._send(status, said, "application/json")

        def _send(self, status: int, said: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(said)))
            self.send_header("request-id", new_id("req_"))
            self.end_headers()
            self.wfile.write(said)

    return Handler


def _answer(
    fake: FakeStripe, method: str, target: str, body: str, headers: dict[str, str]
) -> tuple[int, bytes]:
    """Answer a request: authentication, idempotency, faults, then the call itself."""
    state = fake.state
    url = urlsplit(target)
    lowered = {name.lower(): value for name, value in headers.items()}
    by_hand = url.path.startswith("/_fake/")
    if state.faults.latency_s and not by_hand:
        time.sleep(state.faults.latency_s)
    try:
        if not by_hand:
            _check_caller(state, lowered)
        with state.lock:
            return _once(fake, method, url.path, url.query, body, lowered)
    except Refusal as refusal:
        return refusal.status, json.dumps(refusal.body).encode()


def _check_caller(state: State, headers: dict[str, str]) -> None:
    key = headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not key.startswith("sk_test_"):
        raise Refusal(401, "invalid_request_error", "Invalid API Key provided; only test keys.")
    version = headers.get("stripe-version", "")
    if state.api_version and version != state.api_version:
        raise invalid(f"Invalid Stripe API version: {version}")


def _once(
    fake: FakeStripe, method: str, path: str, query: str, body: str, headers: dict[str, str]
) -> tuple[int, bytes]:
    state = fake.state
    changes = method == "POST" and not path.startswith("/_fake/")
    if changes and state.faults.unavailable > 0:
        state.faults.unavailable -= 1
        return 503, OUTAGE
    key = headers.get("idempotency-key") if changes else None
    ordered = "&".join(sorted(body.split("&")))
    print_ = hashlib.sha256(f"{path}\n{ordered}".encode()).hexdigest()
    if key and key in state.answers:
        known, status, said = state.answers[key]
        if known != print_:
            raise Refusal(
                400,
                "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they "
                "were first used with.",
            )
        return status, said
    state.calls.append(f"{method} {path}")
    try:
        status, said = 200, _json(fake.answer(method, path, query, body))
    except Refusal as refusal:
        status, said = refusal.status, json.dumps(refusal.body).encode()
        if status in {401, 404} or (status == 400 and "param" in refusal.body["error"]):
            return status, said  # refused before it began: Stripe keeps no answer for it
    if changes and state.faults.keep_500 > 0:
        state.faults.keep_500 -= 1
        status, said = 500, OUTAGE
    if key:
        state.answers[key] = (print_, status, said)
    if changes and state.faults.lose_answers > 0:
        state.faults.lose_answers -= 1
        return 500, OUTAGE
    return status, said


def _json(answer: Any) -> bytes:
    hidden = {name: value for name, value in answer.items() if not name.startswith("_")}
    return json.dumps(hidden).encode()
