"""Versions of revocation lists are seconds since 1970, which pass 31 bits in 2038."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; SQLite's integers have 64 bits as they are."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("scans", "list_version", type_=sa.BigInteger())


def downgrade() -> None:
    """Undo."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("scans", "list_version", type_=sa.Integer())
