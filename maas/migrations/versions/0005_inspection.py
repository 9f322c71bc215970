"""Signed tickets, revoked serials, handovers, scans and cases."""

import sqlalchemy as sa
from alembic import op

import maas.db.base

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "revoked_serials",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("serial", sa.LargeBinary(length=12), nullable=False),
        sa.Column("valid_until", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("revoked_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_revoked_serials")),
        sa.UniqueConstraint("serial", name=op.f("uq_revoked_serials_serial")),
    )
    op.create_table(
        "scans",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("device_id", sa.String(length=255), nullable=False),
        sa.Column("nonce", sa.String(length=255), nullable=False),
        sa.Column("operator_id", sa.String(length=255), nullable=False),
        sa.Column("scanned_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("received_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("serial", sa.LargeBinary(length=12), nullable=True),
        sa.Column("text_hash", sa.String(length=255), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("device_verdict", sa.String(length=255), nullable=False),
        sa.Column("server_verdict", sa.String(length=255), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_scans")),
        sa.UniqueConstraint("device_id", "nonce", name=op.f("uq_scans_device_id_nonce")),
    )
    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.create_index("ix_scans_serial", ["serial", "scanned_at"], unique=False)

    op.create_table(
        "inspection_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("serial", sa.LargeBinary(length=12), nullable=False),
        sa.Column(
            "first_scan", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "second_scan", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("opened_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("closed_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=255), nullable=True),
        sa.Column("outcome", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["first_scan"], ["scans.number"], name=op.f("fk_inspection_cases_first_scan_scans")
        ),
        sa.ForeignKeyConstraint(
            ["second_scan"], ["scans.number"], name=op.f("fk_inspection_cases_second_scan_scans")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_cases")),
        sa.UniqueConstraint(
            "kind",
            "serial",
            "first_scan",
            "second_scan",
            name=op.f("uq_inspection_cases_kind_serial_first_scan_second_scan"),
        ),
    )
    op.create_table(
        "handovers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("code_digest", sa.String(length=255), nullable=False),
        sa.Column("holder_digest", sa.String(length=255), nullable=True),
        sa.Column("made_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("taken_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("cancelled_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entitlement_id"],
            ["entitlements.id"],
            name=op.f("fk_handovers_entitlement_id_entitlements"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_handovers_code_digest")),
    )
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_handovers_entitlement_id"), ["entitlement_id"], unique=False
        )

    op.create_table(
        "signed_tickets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.LargeBinary(length=12), nullable=False),
        sa.Column(
            "form",
            sa.Enum("phone", "paper", name="ticketform", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("device_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("valid_from", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("valid_until", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("signed_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("ended_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["entitlement_id"],
            ["entitlements.id"],
            name=op.f("fk_signed_tickets_entitlement_id_entitlements"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_tickets")),
        sa.UniqueConstraint("serial", name=op.f("uq_signed_tickets_serial")),
    )
    with op.batch_alter_table("signed_tickets", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signed_tickets_entitlement_id"), ["entitlement_id"], unique=False
        )
        batch_op.create_index(
            "uq_signed_tickets_current",
            ["entitlement_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("signed_tickets", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_signed_tickets_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_signed_tickets_entitlement_id"))

    op.drop_table("signed_tickets")
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handovers_entitlement_id"))

    op.drop_table("handovers")
    op.drop_table("inspection_cases")
    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.drop_index("ix_scans_serial")

    op.drop_table("scans")
    op.drop_table("revoked_serials")
