"""Staff accounts, invitations, links by mail; feeds and realtime addresses of companies."""

import sqlalchemy as sa
from alembic import op

import maas.db.base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = maas.db.base.Instant(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROLE = sa.Enum("council", "operator", name="role", native_enum=False, length=40)


def _company(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_company_id_companies")
    return sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=name)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "staff_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("role", ROLE, nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        _company("staff_accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_accounts_email")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=255), nullable=True),
        sa.Column("invited_by", sa.String(length=255), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        _company("invitations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitations_digest")),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("digest", sa.String(length=255), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_accounts.id"],
            name=op.f("fk_sign_in_links_staff_id_staff_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_in_links")),
    )
    op.create_table(
        "company_changes",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("why", sa.String(length=255), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        _company("company_changes"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_company_changes")),
    )
    op.create_index(op.f("ix_company_changes_company_id"), "company_changes", ["company_id"])
    op.create_table(
        "feed_registrations",
        sa.Column("tag", sa.String(length=255), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        _company("feed_registrations"),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_feed_registrations")),
    )
    op.create_index(op.f("ix_feed_registrations_company_id"), "feed_registrations", ["company_id"])
    op.create_table(
        "realtime_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(length=255), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        _company("realtime_endpoints"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_realtime_endpoints")),
        sa.UniqueConstraint("tag", "url", name=op.f("uq_realtime_endpoints_tag_url")),
    )
    op.create_index(op.f("ix_realtime_endpoints_company_id"), "realtime_endpoints", ["company_id"])


def downgrade() -> None:
    """Undo."""
    for table in (
        "realtime_endpoints",
        "feed_registrations",
        "company_changes",
        "sign_in_links",
        "invitations",
        "staff_accounts",
    ):
        op.drop_table(table)
