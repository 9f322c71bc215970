"""One history, up and down, on every database that is here."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from maas.migrations import config, current, downgrade, head, upgrade
from maas.migrations.tables import metadata
from tests.support.database import BACKENDS, fresh_engine


@pytest.fixture(params=BACKENDS)
def empty(request, tmp_path):
    with fresh_engine(request.param, tmp_path, migrated=False) as engine:
        yield engine


def test_the_history_has_one_head():
    assert len(ScriptDirectory.from_config(config()).get_heads()) == 1


def test_upgrading_ends_where_the_models_are(empty):
    upgrade(empty)

    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert current(empty) == head()


def test_every_step_goes_down_and_up_again(empty):
    steps = list(ScriptDirectory.from_config(config()).walk_revisions())
    for step in reversed(steps):
        upgrade(empty, step.revision)
        downgrade(empty, step.down_revision or "base")
        upgrade(empty, step.revision)
    downgrade(empty, "base")

    assert set(inspect(empty).get_table_names()) <= {"alembic_version"}


def test_an_empty_database_has_no_revision(empty):
    assert current(empty) is None
