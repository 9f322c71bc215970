"""Deliver events as signed webhooks: retried, and late, repeated or out of order on demand."""

import json
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from stripe import WebhookSignature

from ticketing.payments.fake_stripe.state import State, Thing


@dataclass(slots=True)
class Delivery:
    """One endpoint that hears of every event."""

    state: State
    url: str
    secret: str
    retry_s: float = 0.2
    attempts: int = 12
    log: list[tuple[str, str, int]] = field(default_factory=list)
    """Every delivery: event id, type, status (0 where nobody answered)."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Start to deliver in the background."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="fake-stripe-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop delivering."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)

    def _run(self) -> None:
        waiting: list[tuple[float, int, Thing]] = []
        while not self._stop.wait(0.02):
            faults = self.state.faults
            with self.state.lock:
                fresh, self.state.outgoing[:] = list(self.state.outgoing), []
            if faults.webhook_drop:
                fresh = []
            now = time.monotonic()
            for event in fresh:
                copies = max(1, faults.webhook_copies)
                waiting += [(now + faults.webhook_delay_s, 0, event)] * copies
            due = [row for row in waiting if row[0] <= now]
            waiting = [row for row in waiting if row[0] > now]
            if faults.webhook_shuffle:
                due.reverse()
            for _, tried, event in due:
                if self._send(event) or tried + 1 >= self.attempts:
                    continue
                wait = min(self.retry_s * 2**tried, 5.0)
                waiting.append((time.monotonic() + wait, tried + 1, event))

    def _send(self, event: Thing) -> bool:
        body = json.dumps(event)
        header = WebhookSignature.generate_signature_header(payload=body, secret=self.secret)
        request = urllib.request.Request(  # noqa: S310  # our own loopback address
            self.url,
            data=body.encode(),
            headers={"content-type": "application/json", "stripe-signature": header},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                status = int(answer.status)
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            status = 0
        self.log.append((event["id"], event["type"], status))
        if 200 <= status < 300 and self.state.faults.webhook_first_fail > 0:
            self.state.faults.webhook_first_fail -= 1
            return False
        return 200 <= status < 300
