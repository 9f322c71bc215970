"""Companies, their steps, agreements, feeds, products, contacts and catalogue sources."""

import sqlalchemy as sa
from alembic import op

import maas.db.base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "companies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=255), nullable=False),
        sa.Column("corporate_number", sa.String(length=255), nullable=True),
        sa.Column("registration_number", sa.String(length=255), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "operator",
                "municipality",
                "tourism",
                "retail",
                "taxi",
                "share-cycle",
                "other",
                name="kind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("name_kana", sa.String(length=255), nullable=False),
        sa.Column("name_en", sa.String(length=255), nullable=False),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.Column("prefectures", sa.JSON(), nullable=False),
        sa.Column("brands", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "candidate",
                "invited",
                "agreed",
                "data-in-test",
                "live",
                "suspended",
                "left",
                name="state",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("notes", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
        sa.UniqueConstraint("corporate_number", name=op.f("uq_companies_corporate_number")),
        sa.UniqueConstraint("slug", name=op.f("uq_companies_slug")),
    )
    op.create_table(
        "company_agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("document", sa.String(length=255), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("terminated_on", sa.Date(), nullable=True),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from",
            name=op.f("ck_company_agreements_validity"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_company_agreements_company_id_companies"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_agreements")),
    )
    op.create_table(
        "company_contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("phone", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_company_contacts_company_id_companies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_contacts")),
    )
    op.create_table(
        "company_feeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(length=255), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_company_feeds_company_id_companies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_feeds")),
    )
    op.create_table(
        "company_products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("product", sa.String(length=255), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_company_products_company_id_companies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_products")),
    )
    op.create_table(
        "company_sources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("realtime_urls", sa.JSON(), nullable=False),
        sa.Column("licence", sa.String(length=255), nullable=False),
        sa.Column("needs_key", sa.Boolean(), nullable=False),
        sa.Column("catalogue", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_company_sources_company_id_companies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_sources")),
        sa.UniqueConstraint("company_id", "url", name=op.f("uq_company_sources_company_id_url")),
    )
    op.create_table(
        "company_steps",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column(
            "before",
            sa.Enum(
                "candidate",
                "invited",
                "agreed",
                "data-in-test",
                "live",
                "suspended",
                "left",
                name="state",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "after",
            sa.Enum(
                "candidate",
                "invited",
                "agreed",
                "data-in-test",
                "live",
                "suspended",
                "left",
                name="state",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("recorded_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("why", sa.String(length=255), nullable=False),
        sa.Column("document", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_company_steps_company_id_companies")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_company_steps")),
    )
    with op.batch_alter_table("company_steps", schema=None) as batch_op:
        batch_op.create_index("ix_company_steps_company", ["company_id", "at"], unique=False)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("company_steps", schema=None) as batch_op:
        batch_op.drop_index("ix_company_steps_company")

    op.drop_table("company_steps")
    op.drop_table("company_sources")
    op.drop_table("company_products")
    op.drop_table("company_feeds")
    op.drop_table("company_contacts")
    op.drop_table("company_agreements")
    op.drop_table("companies")
