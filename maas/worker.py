"""
The Celery worker: does what the runner in the server does, in processes of its own.

The queue is only a way to wake up: the outbox row is the truth. The settings are those that
lost nothing at kill -9 when measured; with Redis, kombu looks for tasks of dead workers only
every `unacked_restore_interval × unacked_restore_throttle` ticks, so the throttle is 1, and the
relay offers an unclaimed row again after half a minute anyway.
"""

from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutdown

from maas.core.clock import SystemClock
from maas.db.relay import Relay
from maas.db.session import make_engine, make_sessions
from maas.settings import Settings
from maas.tasks.outbox import NAME
from maas.trade import PERIODIC

VISIBILITY_S = 300
"""Longer than any job: a gateway call has 20 s, and a job makes a few."""


def make_worker(settings: Settings) -> Celery:
    """Return the Celery application; `maas worker` runs it."""
    app = Celery("maas", broker=settings.broker_url)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_time_limit=VISIBILITY_S - 60,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_S,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
        },
        imports=("maas.tasks.outbox",),
        task_default_queue="maas",
    )
    return app


def attach_relay(app: Celery, settings: Settings) -> None:
    """Keep the schedule and offer due rows from the worker's own process, while it runs."""
    sessions = make_sessions(make_engine(settings.database_address, pool_size=2))
    relay = Relay(
        sessions,
        SystemClock(),
        lambda job_id: app.send_task(NAME, args=[job_id]),
        periodic=PERIODIC,
    )

    def start(**_facts: Any) -> None:
        relay.start()

    def stop(**_facts: Any) -> None:
        relay.stop()

    worker_ready.connect(start, weak=False)
    worker_shutdown.connect(stop, weak=False)
