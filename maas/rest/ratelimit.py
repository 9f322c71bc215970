"""
Rate limits: so many requests a minute for a caller, whichever process answers him.

The count lies where all processes look: in a file beside the data, or, where `MAAS_BROKER_URL`
names a Redis, there, so that several machines count together. While Redis does not answer, each
machine counts for itself. One number is kept of a caller: the instant at which he has all his
tokens again (the generic cell rate algorithm, which is a bucket of tokens).
"""

import logging
import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol, cast

from fastapi import Request
from redis import Redis, RedisError

from maas.core.clock import SystemClock
from maas.rest.errors import TooManyRequests

log = logging.getLogger(__name__)

PATIENCE_S: Final = 1.0
"""How long a request waits for the count; then it passes uncounted."""
TIDY_AFTER: Final = 1000
"""Requests between two removals of callers who have all their tokens again."""


class Buckets(Protocol):
    """Where tokens are counted."""

    def take(self, caller: str, token: timedelta, burst: int, now: float) -> float:
        """
        Take one token of a caller.

        Args:
            caller: Who asks, and for what.
            token: How long a token takes to come back.
            burst: How many there are.
            now: The time, in seconds.

        Returns:
            0, or the seconds until there is a token.

        """
        ...


class FileBuckets:
    """Counts in an SQLite file, shared by the processes of a machine, or in `:memory:`."""

    def __init__(self, path: Path | str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None
        self._taken = 0

    def take(self, caller: str, token: timedelta, burst: int, now: float) -> float:
        """Take one token; a count that cannot be kept stops nobody."""
        tick, at = round(token.total_seconds() * 1e6), round(now * 1e6)
        try:
            with self._lock:
                return self._take(caller, tick, tick * burst, at)
        except (sqlite3.Error, OSError):
            log.exception("rate limits are not counted")
            return 0.0

    def _take(self, caller: str, tick: int, whole: int, at: int) -> float:
        connection = self._connection()
        names = {"caller": caller, "tick": tick, "whole": whole, "at": at}
        self._taken += 1
        if self._taken % TIDY_AFTER == 0:
            connection.execute("DELETE FROM buckets WHERE full_at <= :at", names)
        with closing(connection.execute(_TAKE, names)) as answer:
            if answer.fetchone():
                return 0.0
        with closing(connection.execute(_WAIT, names)) as answer:
            row = answer.fetchone()
        # Between the two another process may have tidied: then he has all his tokens again.
        return float(row[0]) / 1e6 if row else 0.0

    def _connection(self) -> sqlite3.Connection:
        """Open it at the first request: a connection must not be used by two processes."""
        if self._opened is None:
            opened = sqlite3.connect(
                self._path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False
            )
            opened.execute("PRAGMA journal_mode=WAL")
            opened.execute("PRAGMA synchronous=NORMAL")  # nobody waits for the disk
            opened.execute(_TABLE)
            self._opened = opened
        return self._opened


_TABLE: Final = """
CREATE TABLE IF NOT EXISTS buckets (caller TEXT PRIMARY KEY, full_at INTEGER) WITHOUT ROWID
"""
# A clock that was put back must lock nobody out: nobody owes more than all his tokens.
_TAKE: Final = """
INSERT INTO buckets VALUES (:caller, :at + :tick)
ON CONFLICT (caller) DO UPDATE SET full_at = max(min(full_at, :at + :whole), :at) + :tick
WHERE min(full_at, :at + :whole) + :tick <= :at + :whole
RETURNING 1
"""
_WAIT: Final = """
UPDATE buckets SET full_at = min(full_at, :at + :whole) WHERE caller = :caller
RETURNING full_at + :tick - :at - :whole
"""


class RedisBuckets:
    """Counts in Redis, which all machines share; `meanwhile` counts while it gives no answer."""

    def __init__(self, url: str, meanwhile: Buckets) -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S
        )
        self._script = self._redis.register_script(_SCRIPT)
        self._meanwhile = meanwhile

    def take(self, caller: str, token: timedelta, burst: int, now: float) -> float:
        """Take one token."""
        tick = round(token.total_seconds() * 1e6)
        arguments = (tick, tick * burst, round(now * 1e6))
        try:
            wait = self._script(keys=[f"maas:limit:{caller}"], args=arguments)
        except (RedisError, OSError) as error:
            log.warning("rate limits are counted on this machine alone: %s", error)
            return self._meanwhile.take(caller, token, burst, now)
        return cast("int", wait) / 1e6


_SCRIPT: Final = """
local tick, whole, at = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(math.min(tonumber(redis.call('GET', KEYS[1]) or at), at + whole), at)
local wait = math.max(full + tick - at - whole, 0)
if wait == 0 then full = full + tick end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - at) / 1000))
return wait
"""


def open_buckets(redis_url: str, file: Path) -> Buckets:
    """Return where this service counts: Redis where the address is one, else the file."""
    own = FileBuckets(file)
    if redis_url.startswith(("redis://", "rediss://")):
        return RedisBuckets(redis_url, own)
    return own


@dataclass(frozen=True, slots=True)
class RateLimit:
    """
    A bucket of tokens for each caller: `burst` at once, `per_minute` in the long run.

    Use it as a dependency: `dependencies=[Depends(RateLimit("look", 60, 20))]`; the application
    says where is counted (`app.state.buckets`). The caller is the client address; behind a proxy
    let the server be told of it (`uvicorn --proxy-headers`).
    """

    name: str
    """Limits of one name share their buckets."""
    per_minute: float
    burst: int

    def __call__(self, request: Request) -> None:
        """
        Take a token.

        Raises:
            TooManyRequests: None is left; `retry_after` says how many seconds to wait.

        """
        if getattr(request.app.state, "no_rate_limits", False):
            return
        buckets: Buckets = request.app.state.buckets
        caller = request.client.host if request.client else ""
        token = timedelta(minutes=1) / self.per_minute
        now = SystemClock().now().timestamp()
        wait = buckets.take(f"{self.name}:{caller}", token, self.burst, now)
        if wait > 0:
            raise TooManyRequests("Ask again later.", retry_after=int(wait) + 1)
