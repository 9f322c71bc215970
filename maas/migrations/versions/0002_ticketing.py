"""Products, offers, orders, payments, entitlements, refunds and the ledger."""

import sqlalchemy as sa
from alembic import op

import maas.db.base
from ticketing.ledger.models import POSTGRES_FUNCTIONS, SQLITE_TRIGGERS, trigger_statements

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "customers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("language", sa.String(length=255), nullable=False),
        sa.Column("created_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("erased_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    op.create_table(
        "ledger_transactions",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("order_id", sa.String(length=255), nullable=True),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("posted_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("reverses", sa.String(length=255), nullable=True),
        sa.Column("note", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transactions")),
        sa.UniqueConstraint("key", name=op.f("uq_ledger_transactions_key")),
    )
    with op.batch_alter_table("ledger_transactions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_ledger_transactions_order_id"), ["order_id"], unique=False
        )

    op.create_table(
        "offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("total", maas.db.base.YenType(), nullable=False),
        sa.Column("created_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("total >= 0", name=op.f("ck_offers_total_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    op.create_table(
        "product_versions",
        sa.Column("product_id", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("published_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("withdrawn_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("product_id", "version", name=op.f("pk_product_versions")),
        sa.UniqueConstraint("number", "version", name=op.f("uq_product_versions_number_version")),
    )
    op.create_table(
        "quota_buckets",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sold", sa.Integer(), nullable=False),
        sa.CheckConstraint("sold <= size", name=op.f("ck_quota_buckets_not_oversold")),
        sa.CheckConstraint("sold >= 0", name=op.f("ck_quota_buckets_sold_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_buckets")),
        sa.UniqueConstraint("name", name=op.f("uq_quota_buckets_name")),
    )
    op.create_table(
        "stored_webhooks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("event_id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("object_id", sa.String(length=255), nullable=True),
        sa.Column("created_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("received_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("handled_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_webhooks")),
        sa.UniqueConstraint("source", "event_id", name=op.f("uq_stored_webhooks_source_event_id")),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transaction_id", sa.String(length=255), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("amount", maas.db.base.YenType(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entries_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_ledger_entries_transaction_id_ledger_transactions"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
    )
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_entries_account", ["account"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_ledger_entries_transaction_id"), ["transaction_id"], unique=False
        )

    op.create_table(
        "offer_lines",
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.String(length=255), nullable=False),
        sa.Column("product_version", sa.Integer(), nullable=False),
        sa.Column("rider_category", sa.String(length=255), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", maas.db.base.YenType(), nullable=False),
        sa.Column("price", maas.db.base.YenType(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("tax_percent", sa.Integer(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "price = unit_price * quantity", name=op.f("ck_offer_lines_price_adds_up")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_offer_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_offer_lines_offer_id_offers")
        ),
        sa.ForeignKeyConstraint(
            ["product_id", "product_version"],
            ["product_versions.product_id", "product_versions.version"],
            name=op.f("fk_offer_lines_product_id_product_version_product_versions"),
        ),
        sa.PrimaryKeyConstraint("offer_id", "position", name=op.f("pk_offer_lines")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=255), nullable=False),
        sa.Column("secret_digest", sa.String(length=255), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "awaiting-payment",
                "payment-pending",
                "paid",
                "fulfilled",
                "partly-refunded",
                "refunded",
                "disputed",
                "charged-back",
                "expired",
                "cancelled",
                name="orderstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("total", maas.db.base.YenType(), nullable=False),
        sa.Column("created_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("hold_until", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("paid_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("ended_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("confirmation", sa.JSON(), nullable=False),
        sa.CheckConstraint("total >= 0", name=op.f("ck_orders_total_not_negative")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_orders_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index("ix_orders_status_hold", ["status", "hold_until"], unique=False)

    op.create_table(
        "order_lines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.String(length=255), nullable=False),
        sa.Column("product_version", sa.Integer(), nullable=False),
        sa.Column("rider_category", sa.String(length=255), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", maas.db.base.YenType(), nullable=False),
        sa.Column("price", maas.db.base.YenType(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("tax_percent", sa.Integer(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "price = unit_price * quantity", name=op.f("ck_order_lines_price_adds_up")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_order_lines_offer_id_offers")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["product_id", "product_version"],
            ["product_versions.product_id", "product_versions.version"],
            name=op.f("fk_order_lines_product_id_product_version_product_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
    )
    with op.batch_alter_table("order_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_lines_order_id"), ["order_id"], unique=False)

    op.create_table(
        "ordered_offers",
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_ordered_offers_offer_id_offers")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_ordered_offers_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_ordered_offers")),
    )
    with op.batch_alter_table("ordered_offers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ordered_offers_order_id"), ["order_id"], unique=False)

    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.String(length=255), nullable=False),
        sa.Column(
            "method",
            sa.Enum("card", "konbini", "checkout", name="method", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "created",
                "requires-method",
                "requires-action",
                "voucher-out",
                "processing",
                "succeeded",
                "failed",
                "cancelled",
                name="paymentstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount", maas.db.base.YenType(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("gateway_id", sa.String(length=255), nullable=True),
        sa.Column("intent_id", sa.String(length=255), nullable=True),
        sa.Column("client_secret", sa.String(length=255), nullable=True),
        sa.Column("next_action", sa.JSON(), nullable=True),
        sa.Column("failure_code", sa.String(length=255), nullable=True),
        sa.Column("created_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("voucher_until", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("captured_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("synced_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount_positive")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_payments_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("gateway_id", name=op.f("uq_payments_gateway_id")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_payments_idempotency_key")),
        sa.UniqueConstraint("order_id", "client_key", name=op.f("uq_payments_order_id_client_key")),
    )
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payments_intent_id"), ["intent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payments_order_id"), ["order_id"], unique=False)

    op.create_table(
        "disputes",
        sa.Column("gateway_id", sa.String(length=255), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("amount", maas.db.base.YenType(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=255), nullable=False),
        sa.Column("opened_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("closed_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_disputes_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("gateway_id", name=op.f("pk_disputes")),
    )
    with op.batch_alter_table("disputes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disputes_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_disputes_payment_id"), ["payment_id"], unique=False)

    op.create_table(
        "entitlements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "order_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.String(length=255), nullable=False),
        sa.Column("product_version", sa.Integer(), nullable=False),
        sa.Column("rider_category", sa.String(length=255), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("price", maas.db.base.YenType(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "issued",
                "active",
                "used",
                "refunded",
                "revoked",
                name="entitlementstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("issued_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("activated_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("ended_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.CheckConstraint("price >= 0", name=op.f("ck_entitlements_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_entitlements_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_entitlements_order_line_id_order_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id", "product_version"],
            ["product_versions.product_id", "product_versions.version"],
            name=op.f("fk_entitlements_product_id_product_version_product_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlements")),
        sa.UniqueConstraint(
            "order_line_id", "position", name=op.f("uq_entitlements_order_line_id_position")
        ),
    )
    with op.batch_alter_table("entitlements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entitlements_order_id"), ["order_id"], unique=False)

    op.create_table(
        "quota_holds",
        sa.Column(
            "order_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "bucket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("released_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.CheckConstraint("places > 0", name=op.f("ck_quota_holds_places_positive")),
        sa.ForeignKeyConstraint(
            ["bucket_id"], ["quota_buckets.id"], name=op.f("fk_quota_holds_bucket_id_quota_buckets")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_quota_holds_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_quota_holds_order_line_id_order_lines"),
        ),
        sa.PrimaryKeyConstraint("order_line_id", name=op.f("pk_quota_holds")),
    )
    with op.batch_alter_table("quota_holds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quota_holds_bucket_id"), ["bucket_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_quota_holds_order_id"), ["order_id"], unique=False)

    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "requested",
                "operator-cancelled",
                "late-payment",
                name="refundkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "offered",
                "confirmed",
                "pending",
                "succeeded",
                "failed",
                "lapsed",
                name="refundstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("gross", maas.db.base.YenType(), nullable=False),
        sa.Column("fee", maas.db.base.YenType(), nullable=False),
        sa.Column("amount", maas.db.base.YenType(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=True),
        sa.Column("quote", sa.JSON(), nullable=False),
        sa.Column("created_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("confirmed_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.Column("paid_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.CheckConstraint("amount >= 0 AND fee >= 0", name=op.f("ck_refunds_not_negative")),
        sa.CheckConstraint("gross = amount + fee", name=op.f("ck_refunds_adds_up")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_refunds_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
    )
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refunds_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_refunds_payment_id"), ["payment_id"], unique=False)

    op.create_table(
        "refund_attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=255), nullable=False),
        sa.Column("gateway_id", sa.String(length=255), nullable=True),
        sa.Column("failure_code", sa.String(length=255), nullable=True),
        sa.Column("created_at", maas.db.base.Instant(timezone=True), nullable=False),
        sa.Column("synced_at", maas.db.base.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_refund_attempts_refund_id_refunds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_attempts")),
        sa.UniqueConstraint("gateway_id", name=op.f("uq_refund_attempts_gateway_id")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_refund_attempts_idempotency_key")),
        sa.UniqueConstraint(
            "refund_id", "number", name=op.f("uq_refund_attempts_refund_id_number")
        ),
    )
    op.create_table(
        "refund_items",
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("gross", maas.db.base.YenType(), nullable=False),
        sa.Column("fee", maas.db.base.YenType(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entitlement_id"],
            ["entitlements.id"],
            name=op.f("fk_refund_items_entitlement_id_entitlements"),
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_refund_items_refund_id_refunds")
        ),
        sa.PrimaryKeyConstraint("entitlement_id", name=op.f("pk_refund_items")),
    )
    with op.batch_alter_table("refund_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_items_refund_id"), ["refund_id"], unique=False)

    for statement in trigger_statements(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Undo."""
    if op.get_bind().dialect.name == "sqlite":
        for name in SQLITE_TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
    with op.batch_alter_table("refund_items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_items_refund_id"))

    op.drop_table("refund_items")
    op.drop_table("refund_attempts")
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refunds_payment_id"))
        batch_op.drop_index(batch_op.f("ix_refunds_order_id"))

    op.drop_table("refunds")
    with op.batch_alter_table("quota_holds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quota_holds_order_id"))
        batch_op.drop_index(batch_op.f("ix_quota_holds_bucket_id"))

    op.drop_table("quota_holds")
    with op.batch_alter_table("entitlements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entitlements_order_id"))

    op.drop_table("entitlements")
    with op.batch_alter_table("disputes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_disputes_payment_id"))
        batch_op.drop_index(batch_op.f("ix_disputes_order_id"))

    op.drop_table("disputes")
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payments_order_id"))
        batch_op.drop_index(batch_op.f("ix_payments_intent_id"))

    op.drop_table("payments")
    with op.batch_alter_table("ordered_offers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ordered_offers_order_id"))

    op.drop_table("ordered_offers")
    with op.batch_alter_table("order_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_lines_order_id"))

    op.drop_table("order_lines")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index("ix_orders_status_hold")

    op.drop_table("orders")
    op.drop_table("offer_lines")
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ledger_entries_transaction_id"))
        batch_op.drop_index("ix_ledger_entries_account")

    op.drop_table("ledger_entries")
    op.drop_table("stored_webhooks")
    op.drop_table("quota_buckets")
    op.drop_table("product_versions")
    op.drop_table("offers")
    with op.batch_alter_table("ledger_transactions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ledger_transactions_order_id"))

    op.drop_table("ledger_transactions")
    op.drop_table("customers")
    if op.get_bind().dialect.name == "postgresql":
        for name in POSTGRES_FUNCTIONS:
            op.execute(f"DROP FUNCTION {name}()")
