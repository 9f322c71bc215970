"""A server and workers as processes of their own, to be killed. Started from a fork server."""

import functools
import multiprocessing
import os
import signal
from datetime import timedelta

import uvicorn

import maas.api.v1  # imported here, so that forked children start at once
import maas.db.relay
import maas.tasks.outbox
import ticketing.payments.fake_stripe
from maas.core.clock import SystemClock
from maas.db.outbox import Handlers
from maas.db.runner import Runner
from maas.db.session import make_engine, make_sessions
from maas.settings import Settings
from maas.worker import attach_relay, make_worker
from ticketing.config import TicketingConfig
from ticketing.desk import PERIODIC, Desk
from ticketing.payments.stripe_gateway import StripeGateway, StripeKeys
from ticketing.tickets.keyring import demo_keyring
from ticketing.tickets.subscriptions import subscribe

SECRET = "whsec_kill"
LEASE = timedelta(seconds=2)
"""Short, so that what a killed process held is free again soon; longer than any job here."""

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.faults.shop_server"])


def desk_of(
    db: str, stripe_url: str, config: TicketingConfig | None = None, *, pool_size: int = 10
) -> Desk:
    gateway = StripeGateway(StripeKeys("sk_test_kill", SECRET, stripe_url, timeout_s=5))
    sessions = make_sessions(make_engine(db, pool_size=pool_size))
    return Desk(sessions, SystemClock(), gateway, config or TicketingConfig())


def handlers_of(desk: Desk) -> Handlers:
    """Everything that a worker does: money, rights and signed tickets."""
    handlers = Handlers()
    desk.register(handlers)
    subscribe(handlers, desk.clock, desk.config, demo_keyring())
    return handlers


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
    handlers = handlers_of(desk)
    runner = Runner(
        desk.sessions, desk.clock, handlers, PERIODIC, threads=1, poll_s=0.05, lease=LEASE
    )
    runner.start()
    signal.pause()


def work_by_celery(db: str, stripe_url: str, redis: str, folder: str) -> None:
    """Be `maas worker` over Redis until killed, with leases as short as those of `work`."""
    os.environ |= {
        "MAAS_DATABASE": db,
        "MAAS_DATA_DIR": folder,
        "MAAS_BROKER_URL": redis,
        "MAAS_STRIPE_KEY": "sk_test_kill",
        "MAAS_STRIPE_URL": stripe_url,
        "MAAS_STRIPE_WEBHOOK_SECRET": SECRET,
    }
    maas.db.relay.OFFER = LEASE
    maas.tasks.outbox.claim = functools.partial(maas.tasks.outbox.claim, lease=LEASE)
    settings = Settings()
    app = make_worker(settings)
    attach_relay(app, settings)
    app.worker_main(["-q", "worker", "--concurrency=1", "--loglevel=CRITICAL"])


class Victim:
    """A process that is killed without warning and started again."""

    def __init__(self, target, *args) -> None:
        self._target, self._args = target, args
        self._process = None
        self.kills = 0

    def start(self) -> None:
        self._process = context.Process(target=_lead, args=(self._target, *self._args), daemon=True)
        self._process.start()

    def kill(self) -> None:
        """SIGKILL: no handler runs, no buffer is written, no transaction is ended."""
        self.stop()
        self.kills += 1

    def stop(self) -> None:
        if self._process is None or not self._process.is_alive():
            return
        for kill in (os.killpg, os.kill):  # it may not lead its group yet
            try:
                kill(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.join()


def _lead(target, *args) -> None:
    """Lead a group of processes, so that what a worker forks dies with it."""
    os.setsid()
    target(*args)


__all__ = ["ticketing"]
