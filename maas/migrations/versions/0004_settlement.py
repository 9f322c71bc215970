"""Settlement: signed agreements, closed periods, cohorts and statements; all append-only."""

import sqlalchemy as sa
from alembic import op

import maas.db.base
from operators.settlement.models import trigger_statements

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "settlement_agreements",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("product", sa.String(length=255), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=255), nullable=False),
        sa.Column("signed_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_agreements")),
    )
    with op.batch_alter_table("settlement_agreements", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_settlement_agreements_product"), ["product"], unique=False
        )

    op.create_table(
        "settlement_cohorts",
        sa.Column("cohort", sa.String(length=255), nullable=False),
        sa.Column("period", sa.String(length=255), nullable=False),
        sa.Column("agreement", sa.String(length=255), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("cohort", "period", name=op.f("pk_settlement_cohorts")),
    )
    op.create_table(
        "settlement_periods",
        sa.Column("period", sa.String(length=255), nullable=False),
        sa.Column("closed_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(length=255), nullable=False),
        sa.Column("pool", maas.db.base.YenType(), nullable=False),
        sa.Column("commission", maas.db.base.YenType(), nullable=False),
        sa.Column("card_fees", maas.db.base.YenType(), nullable=False),
        sa.Column("statements", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_settlement_periods")),
    )
    op.create_table(
        "settlement_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=255), nullable=False),
        sa.Column("period", sa.String(length=255), nullable=False),
        sa.Column("operator", sa.String(length=255), nullable=False),
        sa.Column("total", maas.db.base.YenType(), nullable=False),
        sa.Column("hash", sa.String(length=255), nullable=False),
        sa.Column("issued_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_statements")),
        sa.UniqueConstraint("number", name=op.f("uq_settlement_statements_number")),
        sa.UniqueConstraint(
            "period", "operator", name=op.f("uq_settlement_statements_period_operator")
        ),
    )
    for statement in trigger_statements(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Undo."""
    op.drop_table("settlement_statements")
    op.drop_table("settlement_periods")
    op.drop_table("settlement_cohorts")
    with op.batch_alter_table("settlement_agreements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_settlement_agreements_product"))

    op.drop_table("settlement_agreements")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION settlement_refuse()")
