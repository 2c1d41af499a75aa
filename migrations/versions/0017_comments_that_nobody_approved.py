"""Threads are found by what was approved, repetitions by edition, and kept answers by what they are about

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
NEW = {
    "comments": (
        ["variant_id", "status", "root_us", "root_id"],
        ["locale", "text_key"],
        ["status", "updated_at"],
    ),
    "contact_messages": (["status", "updated_at"],),
    "idempotency_keys": (["about"],),
}
OLD = (["variant_id", "sent_us", "id"], ["variant_id", "text_key"])


def upgrade() -> None:
    op.add_column("idempotency_keys", sa.Column("about", sa.Uuid(), nullable=True))
    op.add_column("comments", sa.Column("root_us", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.execute("UPDATE comments SET root_us = (SELECT r.sent_us FROM comments r WHERE r.id = comments.root_id)")
    for columns in OLD:
        op.drop_index(_name("comments", columns), table_name="comments")
    for table, indexes in NEW.items():
        for columns in indexes:
            op.create_index(_name(table, columns), table, columns, unique=False)


def downgrade() -> None:
    for table, indexes in NEW.items():
        for columns in indexes:
            op.drop_index(_name(table, columns), table_name=table)
    for columns in OLD:
        op.create_index(_name("comments", columns), "comments", columns, unique=False)
    op.drop_column("comments", "root_us")
    op.drop_column("idempotency_keys", "about")


def _name(table: str, columns: list[str]) -> str:
    name: str = op.f(f"ix_{table}_{'_'.join(columns)}")
    return name
