"""
How `maas serve` answers: in processes that share one copy of the network.

Each answers at the same socket and looks for new networks itself; realtime messages are asked for
by whichever comes first, and the others read its answers. One more works off the outbox, so that
there is exactly one, and studies of minutes do not share an interpreter with who waits for an
answer; where no Stripe key is set, the fake account lives there.
"""

import gc
import os
import signal
import socket
import sys
import threading
from functools import partial
from typing import Final

import uvicorn
from fastapi import FastAPI

from maas.app import create_app, network_holder, served_app
from maas.bounded_http import BoundedHttp
from maas.core.clock import SystemClock
from maas.settings import Settings
from maas.supervisor import Supervisor
from maas.trade import DEMO_KEY, Trade, open_trade
from maas.wiring import LiveThread

BACKLOG: Final = 2048


def tcp_socket() -> socket.socket:
    """
    Return a socket to listen at.

    It is named as TCP: else asyncio leaves Nagle's algorithm on, and every answer waits 40 ms for
    the acknowledgement that a client which keeps its connection sends late.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return listener


def serve_in_one(settings: Settings, listener: socket.socket) -> None:
    """Answer in this process, which does nothing else, until a signal ends it."""
    _answer(served_app(settings), listener)


def serve_in_several(settings: Settings, listener: socket.socket, count: int) -> None:
    """Answer in `count` processes until a signal ends them."""
    clock = SystemClock()
    holder = network_holder(settings, clock)
    holder.look()
    # Brings the database up to date, and binds the fake account's port, before there are several.
    jobs = open_trade(settings, clock, current=holder.current)
    shared = settings.model_copy(update={"run_jobs": False})
    if jobs.fake is not None:
        shared = shared.model_copy(
            update={
                "stripe_key": DEMO_KEY,
                "stripe_url": jobs.fake.url,
                "stripe_webhook_secret": jobs.desk_secret,
            }
        )
    trade = open_trade(shared, clock, current=holder.current)
    # Each process asks every `realtime_s`; an answer holds a little less, so that one of them asks.
    trade.house.realtime.share(settings.data_dir / "realtime", shared.realtime_s * 0.75)
    live = LiveThread(holder, trade.house.realtime, every_s=shared.realtime_s)
    app = create_app(holder.current, shared, holder=holder, trade=trade, live=live)
    for opened in (jobs, trade):
        opened.engine.dispose()  # a connection must not be used by two processes
    listener.listen(BACKLOG)
    tasks = {f"answers-{number}": partial(_answer, app, listener) for number in range(count)}
    if jobs.runner is not None or jobs.fake is not None:
        tasks["jobs"] = partial(_work, jobs, listener, f"http://{settings.host}:{settings.port}")
    Supervisor(tasks).run()


SWITCH_S: Final = 0.0005
"""
How long a thread that comes out of a kernel, or has a request to take in, waits before whoever runs
Python must let it in; the interpreter's own 5 ms are three searches. Two threads that search wait
for it 4 instead of 9 % of their time on Kyushu, 8 instead of 19 % on a tenth of it.
"""


COLLECTED_AT: Final = (20_000, 10, 10)
"""
An answer holds some thousands of objects at once and leaves none in circles, so the collections of
garbage at the usual 700 only go through what is being written, for 8 % of the time of an answer.
"""


def _answer(app: FastAPI, listener: socket.socket) -> None:
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(*COLLECTED_AT)
    config = uvicorn.Config(
        app,
        http=BoundedHttp,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=30,
    )
    uvicorn.Server(config).run(sockets=[listener])


OFTEN_S: Final = 0.2
"""The outbox is looked at so often: who records work cannot wake another process."""
POLITE: Final = 5
"""Answers come first: beside them, this process gets a quarter of a core that both want."""


def _work(trade: Trade, listener: socket.socket, url: str) -> None:
    """Work off the outbox until SIGTERM."""
    # Where the parent was killed, the port is free as soon as nobody answers any more.
    listener.close()
    os.nice(POLITE)
    if trade.runner is not None:
        trade.runner.poll_s = OFTEN_S
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, lambda *_: ended.set())
    trade.start(url)
    ended.wait()
    trade.stop()
