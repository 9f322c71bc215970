"""Fresh databases for tests: SQLite always, PostgreSQL where MAAS_TEST_POSTGRES names it."""

import atexit
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from maas.db.session import make_engine
from maas.migrations import upgrade

POSTGRES = os.environ.get("MAAS_TEST_POSTGRES", "")
REDIS = os.environ.get("MAAS_TEST_REDIS", "")
BACKENDS = ["sqlite", "postgresql"] if POSTGRES else ["sqlite"]
WITHOUT_POSTGRES = "no PostgreSQL: set MAAS_TEST_POSTGRES (.ci/servers starts one)"
WITHOUT_REDIS = "no Redis: set MAAS_TEST_REDIS (.ci/servers starts one)"


@cache
def _migrated_file() -> Path:
    """Migrate one SQLite file for the whole run; every test gets a copy of it."""
    path = Path(mkdtemp(prefix="maas-test-")) / "template.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    with engine.connect() as connection:
        connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.rollback()
    engine.dispose()
    return path


def sqlite_url(folder: Path, *, migrated: bool = True) -> str:
    """Return the address of a fresh SQLite database in this folder."""
    path = folder / f"{uuid.uuid4().hex}.db"
    if migrated:
        shutil.copy(_migrated_file(), path)
    return f"sqlite:///{path}"


@cache
def _migrated_database() -> str:
    """Migrate one database for the whole run; every test gets a copy of it."""
    name = f"maas_template_{uuid.uuid4().hex[:12]}"
    _tell_server(f'CREATE DATABASE "{name}"')
    atexit.register(_tell_server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    engine = make_engine(_postgres_address(name))
    upgrade(engine)
    engine.dispose()
    return name


def _tell_server(statement: str) -> None:
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(statement))
    server.dispose()


def _postgres_address(name: str) -> str:
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


@contextmanager
def postgres_url(*, migrated: bool = True) -> Iterator[str]:
    """Make a database on the PostgreSQL server of the run, and drop it afterwards."""
    name = f"maas_test_{uuid.uuid4().hex[:12]}"
    template = f'TEMPLATE "{_migrated_database()}"' if migrated else ""
    _tell_server(f'CREATE DATABASE "{name}" {template}')
    try:
        yield _postgres_address(name)
    finally:
        _tell_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def fresh_engine(backend: str, folder: Path, *, migrated: bool = True) -> Iterator[Engine]:
    """Give an engine on a fresh database of this backend; a test that fails leaves nothing open."""
    if backend == "sqlite":
        engine = make_engine(sqlite_url(folder, migrated=migrated))
        try:
            yield engine
        finally:
            engine.dispose()
    else:
        with postgres_url(migrated=migrated) as url:
            engine = make_engine(url)
            try:
                yield engine
            finally:
                engine.dispose()
