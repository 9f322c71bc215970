"""A server and a worker as processes of their own, to be killed. Started from a fork server."""

import multiprocessing
import os
import signal
from datetime import timedelta

import uvicorn

import maas.api.v1  # imported here, so that forked children start at once
import ticketing.payments.fake_stripe
from maas.core.clock import SystemClock
from maas.db.outbox import Handlers
from maas.db.runner import Runner
from maas.db.session import make_engine, make_sessions
from ticketing.config import TicketingConfig
from ticketing.desk import PERIODIC, Desk
from ticketing.payments.stripe_gateway import StripeGateway, StripeKeys

SECRET = "whsec_kill"
LEASE = timedelta(seconds=2)
"""Short, so that what a killed process held is free again soon; longer than any job here."""

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.faults.shop_server"])


def desk_of(db: str, stripe_url: str, config: TicketingConfig | None = None) -> Desk:
    gateway = StripeGateway(StripeKeys("sk_test_kill", SECRET, stripe_url, timeout_s=5))
    return Desk(make_sessions(make_engine(db)), SystemClock(), gateway, config or TicketingConfig())


def serve(db: str, stripe_url: str, port: int) -> None:
    """Run the API until killed; background work is the worker's."""
    desk = desk_of(db, stripe_url)
    app = maas.api.v1.create_v1(desk)
    app.state.no_rate_limits = True
    app.state.idempotency_hold = LEASE
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical")


def work(db: str, stripe_url: str) -> None:
    """Work off the outbox until killed."""
    desk = desk_of(db, stripe_url)
    handlers = Handlers()
    desk.register(handlers)
    runner = Runner(
        desk.sessions, desk.clock, handlers, PERIODIC, threads=1, poll_s=0.05, lease=LEASE
    )
    runner.start()
    signal.pause()


class Victim:
    """A process that is killed without warning and started again."""

    def __init__(self, target, *args) -> None:
        self._target, self._args = target, args
        self._process = None
        self.kills = 0

    def start(self) -> None:
        self._process = context.Process(target=self._target, args=self._args, daemon=True)
        self._process.start()

    def kill(self) -> None:
        """SIGKILL: no handler runs, no buffer is written, no transaction is ended."""
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()
        self.kills += 1

    def stop(self) -> None:
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            self._process.join()


__all__ = ["ticketing"]
