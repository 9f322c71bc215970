"""What the council had computed or has published."""

import sqlalchemy as sa
from alembic import op

import maas.db.base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "council_results",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("made_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_council_results")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("council_results")
