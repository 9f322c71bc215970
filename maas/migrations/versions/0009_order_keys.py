"""The keys of orders that went out by mail."""

import sqlalchemy as sa
from alembic import op

import maas.db.base

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "order_keys",
        sa.Column("digest", sa.String(length=255), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("mail", sa.String(length=255), nullable=False),
        sa.Column("created_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("sent_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_keys_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_order_keys")),
    )
    op.create_index(op.f("ix_order_keys_order_id"), "order_keys", ["order_id"])
    op.create_index(op.f("ix_order_keys_mail"), "order_keys", ["mail"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("order_keys")
