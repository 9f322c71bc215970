"""What a ride was worth when it was settled, kept for ever."""

import sqlalchemy as sa
from alembic import op

import maas.db.base
from operators.settlement.models import fixed

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "settlement_rides",
        sa.Column("usage", sa.String(length=255), nullable=False),
        sa.Column("nominal_fare", maas.db.base.YenType(), nullable=True),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("duration_s", sa.Integer(), nullable=True),
        sa.Column("settled_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("usage", name=op.f("pk_settlement_rides")),
    )
    for statement in fixed("settlement_rides", op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Undo."""
    op.drop_table("settlement_rides")
