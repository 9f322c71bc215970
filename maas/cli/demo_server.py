"""The server of the demonstration: the real one, with fresh books and a fake payment account."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

import httpx2
import uvicorn

from maas.app import create_app
from maas.core.clock import SystemClock
from maas.settings import Settings
from maas.trade import open_trade
from maas.wiring import NetworkHolder

_WAIT_S: Final = 20.0
START_S: Final = 300.0
"""The very first start compiles the search."""
TOO_MANY: Final = 429


class DemoFailed(Exception):
    """A step did not end as it must."""


class DemoServer:
    """A server on a free port of this machine; everything is done over HTTP, as an app does it."""

    def __init__(self, network: Path, folder: Path) -> None:
        clock = SystemClock()
        settings = Settings(
            data_dir=folder,
            network=network,
            port=_free_port(),
            database=f"sqlite:///{folder / 'demo.db'}",
            stripe_key="",
            run_jobs=True,
        )
        self.holder = NetworkHolder(network, clock)
        # The fake account and the demo's ticket keys, whatever the environment says.
        logging.getLogger("maas.trade").setLevel(logging.ERROR)
        self.trade = open_trade(settings, clock, environment={})
        app = create_app(self.holder.current, settings, holder=self.holder, trade=self.trade)
        config = uvicorn.Config(app, port=settings.port, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="demo", daemon=True)
        self.url = f"http://127.0.0.1:{settings.port}"
        self._client = httpx2.Client(base_url=self.url, timeout=_WAIT_S)

    def __enter__(self) -> Self:
        self._thread.start()
        self.wait(lambda: self._server.started, START_S)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._client.close()
        self._server.should_exit = True
        self._thread.join(_WAIT_S)

    def get(self, path: str, secret: str = "", **query: str) -> Any:
        """Return a JSON answer."""
        answer = self._client.get(path, params=query, headers=_headers(secret))
        while answer.status_code == TOO_MANY:  # the server says how long to wait
            time.sleep(float(answer.json()["retry_after"]))
            answer = self._client.get(path, params=query, headers=_headers(secret))
        return self._checked(answer).json()

    def file(self, path: str, secret: str) -> bytes:
        """Return a file."""
        return bytes(self._checked(self._client.get(path, headers=_headers(secret))).content)

    def post(self, path: str, body: object, secret: str = "") -> Any:
        """Return the JSON answer of a change."""
        return self._checked(self.try_post(path, body, secret)).json()

    def try_post(self, path: str, body: object, secret: str = "") -> httpx2.Response:
        """Return the answer to a change, a refusal too."""
        headers = _headers(secret) | {"idempotency-key": uuid4().hex}
        return self._client.post(path, json=body, headers=headers)

    def wait(self, done: Callable[[], Any], seconds: float = _WAIT_S) -> Any:
        """
        Return the first true answer: webhooks and the outbox need a moment.

        Raises:
            DemoFailed: It does not come.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := done():
                return found
            time.sleep(0.1)
        raise DemoFailed("The server did not get there in time.")

    @staticmethod
    def _checked(answer: httpx2.Response) -> httpx2.Response:
        if answer.is_success:
            return answer
        raise DemoFailed(f"{answer.request.url.path}: {answer.status_code} {answer.text[:300]}")


def _headers(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"} if secret else {}


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
