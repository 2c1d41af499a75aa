"""What documents say of their terms, ready to be read

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_names",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("entries", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["documents.variant_id"],
            name=op.f("fk_document_names_variant_id_documents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_document_names")),
        sqlite_with_rowid=False,
    )
    aggregate, character = ("group_concat", "char") if op.get_bind().dialect.name == "sqlite" else ("string_agg", "chr")
    op.execute(
        f"""INSERT INTO document_names (variant_id, entries)
            SELECT d.variant_id, coalesce((SELECT {aggregate}(x.entry, {character}(30)) FROM (
                SELECT t.role || {character}(31) || p.face AS entry
                FROM document_terms t JOIN term_pages p ON p.term_id = t.term_id AND p.locale = t.locale
                WHERE t.variant_id = d.variant_id AND t.role <> 'within' ORDER BY t.role, t.position) x), '')
            FROM documents d"""
    )


def downgrade() -> None:
    op.drop_table("document_names")
