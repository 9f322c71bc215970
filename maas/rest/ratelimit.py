"""Rate limits: so many requests a minute for a caller, kept in this process."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from fastapi import Request

from maas.rest.errors import TooManyRequests

MOST_CALLERS: Final = 20_000
"""Callers that are remembered; the one not seen for longest is forgotten first."""


@dataclass(slots=True, eq=False)
class RateLimit:
    """
    A bucket of tokens for each caller: `burst` at once, `per_minute` in the long run.

    Use it as a dependency: `dependencies=[Depends(RateLimit(60, 20))]`. The caller is the client
    address; behind a proxy let the server be told of it (`uvicorn --proxy-headers`).
    """

    per_minute: float
    burst: int
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> None:
        """
        Take a token.

        Raises:
            TooManyRequests: None is left; `retry_after` says how many seconds to wait.

        """
        if getattr(request.app.state, "no_rate_limits", False):
            return
        caller = request.client.host if request.client else ""
        wait = self.take(caller, time.monotonic())
        if wait > 0:
            raise TooManyRequests("Ask again later.", retry_after=int(wait) + 1)

    def take(self, caller: str, now: float) -> float:
        """Take a token at this time; return 0, or the seconds until there is one."""
        with self._lock:
            tokens, seen = self._buckets.pop(caller, (float(self.burst), now))
            tokens = min(self.burst, tokens + (now - seen) * self.per_minute / 60)
            taken = tokens >= 1
            self._buckets[caller] = (tokens - 1 if taken else tokens, now)
            while len(self._buckets) > MOST_CALLERS:
                self._buckets.popitem(last=False)
            return 0.0 if taken else (1 - tokens) * 60 / self.per_minute
