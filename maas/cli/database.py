"""The service's database, as commands open it."""

from sqlalchemy import Engine

from maas.db.session import Sessions, make_engine, make_sessions
from maas.migrations import upgrade
from maas.settings import Settings


def command_engine() -> Engine:
    """Return the engine of the service's database; it keeps no connection, as a command ends."""
    return make_engine(Settings().database_address, pool_size=0)


def open_database() -> Sessions:
    """Return the sessions of the service's database, brought up to date."""
    engine = command_engine()
    upgrade(engine)
    return make_sessions(engine)
