"""The outbox, stored answers and access keys."""

import sqlalchemy as sa
from alembic import op

import maas.db.base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "access_keys",
        sa.Column("digest", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("operator_id", sa.String(length=255), nullable=True),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("created_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("revoked_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_access_keys")),
    )
    op.create_table(
        "idempotent_answers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scope", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=255), nullable=False),
        sa.Column("created_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("held_until", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(length=255), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_answers")),
        sa.UniqueConstraint("scope", "key", name=op.f("uq_idempotent_answers_scope_key")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("run_after", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("offered_until", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("done_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("dead_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_open", ["done_at", "dead_at", "run_after"], unique=False)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_open")

    op.drop_table("outbox")
    op.drop_table("idempotent_answers")
    op.drop_table("access_keys")
