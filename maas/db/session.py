"""
Engines and sessions: one transaction per request or job.

SQLite (the default) is used in WAL mode with foreign keys on, and a transaction that may write
starts with BEGIN IMMEDIATE: the driver's own way runs a SELECT outside any transaction, which
sold 58 of 50 seats when measured. A session made with `read_only=True` starts deferred, so
readers never wait for the writer.
"""

from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

Sessions = sessionmaker[Session]

BUSY_TIMEOUT_MS: Final = 15_000
"""How long a SQLite writer waits for another one before it gives up."""

READ_ONLY: Final = {"maas_read_only": True}
"""Execution options of a connection that only reads."""


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """
    Return the engine of a database.

    Args:
        url: `sqlite:///path` or `postgresql://…` (psycopg 3).
        pool_size: Connections kept open; up to five times as many are opened under load. With 0
            none is kept: what ends with its work, as a command, leaves nothing open.

    """
    parsed = make_url(url)
    pool: dict[str, Any] = {"poolclass": NullPool}
    if pool_size:
        pool = {"pool_size": pool_size, "max_overflow": 4 * pool_size}
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, **pool)
        _tune_sqlite(engine)
        return engine
    return create_engine(parsed, **pool, pool_pre_ping=bool(pool_size))


def make_sessions(engine: Engine) -> Sessions:
    """Return the factory of sessions; objects stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


def read_session(sessions: Sessions) -> Session:
    """Return a session that only reads; use it as a context manager."""
    session = sessions()
    session.connection(execution_options=READ_ONLY)
    return session


def _tune_sqlite(engine: Engine) -> None:
    """Set what SQLite leaves off by default, on every new connection."""

    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, the driver keeps out of it
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # a sale that was confirmed survives a power cut
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("maas_read_only", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
