"""Celery task: claim an outbox row and do it."""

import os
from functools import cache

from celery import shared_task

from maas.core.clock import SystemClock
from maas.db.outbox import claim, dispatch
from maas.settings import Settings
from maas.trade import Trade, open_trade

NAME = "maas.outbox.run"


@cache
def _trade(process: int) -> Trade:
    """Open once a process: connections do not survive a fork."""
    del process
    settings = Settings().model_copy(update={"run_jobs": False})
    return open_trade(settings, SystemClock())


@shared_task(name=NAME)  # type: ignore[untyped-decorator]
def run(job_id: int) -> bool:
    """Do one outbox row; False where another worker has it or it failed and waits."""
    trade = _trade(os.getpid())
    job = claim(trade.sessions, trade.desk.clock, job_id)
    if job is None:
        return False
    return dispatch(trade.sessions, trade.desk.clock, trade.handlers, job)
