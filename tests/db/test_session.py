"""What our engines do that the drivers leave off."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, StatementError

from maas.db.session import read_session
from maas.rest.models import AccessKey

TOKYO = ZoneInfo("Asia/Tokyo")


def key(**changes):
    return AccessKey(
        **{
            "digest": "d",
            "subject": "s",
            "rights": [],
            "created_at": datetime(2026, 4, 1, 9, tzinfo=TOKYO),
        }
        | changes
    )


def test_an_instant_comes_back_as_the_same_instant_in_utc(sessions):
    with sessions.begin() as session:
        session.add(key())
    with sessions() as session:
        read = session.get(AccessKey, "d").created_at

    assert read == datetime(2026, 4, 1, 9, tzinfo=TOKYO)
    assert read.utcoffset() == timedelta(0)


def test_a_naive_instant_is_refused(sessions):
    with pytest.raises(StatementError, match="time zone"), sessions.begin() as session:
        session.add(key(created_at=datetime(2026, 4, 1)))  # noqa: DTZ001


def test_sqlite_readers_do_not_wait_for_the_writer_and_cannot_write(engine, sessions):
    if engine.dialect.name != "sqlite":
        pytest.skip("SQLite only")
    with sessions() as writer, read_session(sessions) as reader:
        writer.add(key())
        writer.flush()
        assert reader.execute(text("SELECT count(*) FROM access_keys")).scalar() == 0
        reader.connection().exec_driver_sql("PRAGMA busy_timeout=1")
        with pytest.raises(OperationalError, match="locked"):
            reader.execute(text("DELETE FROM access_keys"))


def test_sqlite_keeps_foreign_keys_and_the_write_ahead_log(engine):
    if engine.dialect.name != "sqlite":
        pytest.skip("SQLite only")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
