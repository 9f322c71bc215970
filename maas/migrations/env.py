"""What alembic runs: migrate on the connection that `maas.migrations` hands in."""

from alembic import context

from maas.migrations.tables import metadata

connection = context.config.attributes["connection"]
if connection is None:
    raise RuntimeError("Use maas.migrations.upgrade(engine) or `maas db upgrade`.")
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
