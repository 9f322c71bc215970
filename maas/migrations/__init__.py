"""
One migration history for every table, on SQLite and on PostgreSQL.

A change of a table is a new file in `versions/` named `NNNN_what.py` whose `down_revision` is
the last one; `tests/db/test_migrations.py` proves that the history has one head, goes up and
down, and ends where the models are.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text


def config(connection: Connection | None = None) -> Config:
    """Return alembic's configuration; there is no ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def upgrade(engine: Engine, revision: str = "head") -> None:
    """
    Bring the database up to a revision; two processes that start together take turns.

    SQLite's BEGIN IMMEDIATE is the turn there; on PostgreSQL it is an advisory lock.
    """
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7112026)"))
        command.upgrade(config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database down to a revision (`base` is empty)."""
    with engine.begin() as connection:
        command.downgrade(config(connection), revision)


def head() -> str:
    """Return the newest revision that this code knows."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    assert revision is not None
    return revision


def current(engine: Engine) -> str | None:
    """Return the revision that the database is at; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
