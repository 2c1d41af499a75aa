"""Comments, and messages to an edition

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("editions", sa.Column("comments_enabled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("editions", sa.Column("comments_close_after", sa.Integer(), nullable=True))
    op.add_column("editions", sa.Column("comments_depth", sa.Integer(), nullable=False, server_default=sa.text("4")))
    op.add_column("editions", sa.Column("contact_email", sa.Text(), nullable=True))
    op.create_table(
        "comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("root_id", sa.Uuid(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("held_for", sa.JSON(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("text_key", sa.Text(), nullable=True),
        sa.Column("sent_us", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["comments.id"], name=op.f("fk_comments_parent_id_comments")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_comments_variant_id_variants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    for columns in (
        ["variant_id", "sent_us", "id"],
        ["variant_id", "text_key"],
        ["root_id", "status"],
        ["locale", "status", "id"],
        ["parent_id"],
        ["email_key"],
    ):
        op.create_index(op.f(f"ix_comments_{'_'.join(columns)}"), "comments", columns, unique=False)
    op.create_table(
        "contact_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("held_for", sa.JSON(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_key", sa.Text(), nullable=False),
        sa.Column("sent_us", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["locale"], ["editions.locale"], name=op.f("fk_contact_messages_locale_editions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_messages")),
    )
    for columns in (["locale", "status", "id"], ["locale", "text_key"], ["email_key"]):
        op.create_index(op.f(f"ix_contact_messages_{'_'.join(columns)}"), "contact_messages", columns, unique=False)
    op.create_table(
        "blocked_words",
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["locale"], ["editions.locale"], name=op.f("fk_blocked_words_locale_editions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("locale", name=op.f("pk_blocked_words")),
    )
    op.execute(
        "INSERT INTO blocked_words (locale, words, version, updated_at) "
        "SELECT locale, '[]', 1, updated_at FROM editions"
    )
    op.create_table(
        "spent_forms",
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_spent_forms")),
    )
    op.create_table(
        "send_tallies",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_send_tallies")),
    )


def downgrade() -> None:
    op.execute("UPDATE documents SET comments = 0 WHERE comments <> 0")
    for table in ("send_tallies", "spent_forms", "blocked_words", "contact_messages", "comments"):
        op.drop_table(table)
    for column in ("contact_email", "comments_depth", "comments_close_after", "comments_enabled"):
        op.drop_column("editions", column)
